"""The records of a batch, and what they add to the tallies, as a small database of SQLite in a file of its own.

A store takes the rows of a database that is attached to it in by one statement, without a row passing through
Python: that takes a third less time than handing them over one by one, and whoever reads meanwhile is not held up.
"""

import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from functools import lru_cache
from itertools import chain, islice
from pathlib import Path
from tempfile import mkstemp

from registry.dossiers.dossier import Row, Stored
from registry.dossiers.tallies import COLUMNS, TALLIES, Tally

_FIELDS = ", ".join(Row._fields)


_TOGETHER = 20
"""Rows of one statement: each statement that is run costs as much as half a row."""


@lru_cache(maxsize=1024)
def _statement(table: str, width: int, count: int) -> str:
    row = f"({', '.join('?' * width)})"
    return f"INSERT INTO {table} VALUES {', '.join([row] * count)}"


class Image:
    """One that is being filled: its table ``record`` has the columns of ``Row``, and a row for each record, in
    their order; those of ``registry.dossiers.tallies`` hold what is to be added to the store's."""

    def __init__(self, folder: str) -> None:
        descriptor, self.path = mkstemp(".sqlite", dir=folder)
        os.close(descriptor)
        self._database = sqlite3.connect(self.path, isolation_level=None)
        for pragma in ("journal_mode=OFF", "synchronous=OFF"):  # nobody reads what a fault has left of it
            self._database.execute(f"PRAGMA {pragma}")
        self._database.execute("BEGIN")
        self._database.execute(f"CREATE TABLE record ({_FIELDS})")
        for tally in TALLIES:
            self._database.execute(f"CREATE TABLE {tally.table} ({', '.join((*tally.dims, *COLUMNS))})")

    def add(self, rows: Iterable[Stored]) -> None:
        """Take records."""
        self._insert("record", len(Row._fields), rows)

    def tally(self, tally: Tally, rows: Iterable[Stored]) -> None:
        """Take rows of a table of tallies: their keys, then the columns."""
        self._insert(tally.table, len(tally.dims) + len(COLUMNS), rows)

    def _insert(self, table: str, width: int, rows: Iterable[Stored]) -> None:
        left = iter(rows)
        while values := tuple(chain.from_iterable(islice(left, _TOGETHER))):
            self._database.execute(_statement(table, width, len(values) // width), values)

    def close(self) -> None:
        """Have it ready to be read, under its ``path``."""
        with closing(self._database):
            self._database.execute("COMMIT")


def rows(path: str) -> Iterator[Stored]:
    """The records of an image, in their order."""
    with closing(sqlite3.connect(path)) as database:
        yield from database.execute(f"SELECT {_FIELDS} FROM record ORDER BY rowid")


def tallied(path: str, tally: Tally) -> list[Stored]:
    """The rows of a table of tallies, in their order."""
    with closing(sqlite3.connect(path)) as database:
        return database.execute(f"SELECT * FROM {tally.table} ORDER BY rowid").fetchall()


def remove(path: str) -> None:
    """Delete an image."""
    Path(path).unlink(missing_ok=True)
