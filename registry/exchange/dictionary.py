"""The data dictionary: every column of every table, from the same declarations that the tables are written by."""

from collections.abc import AsyncIterator

import msgspec

from registry.engine import Database
from registry.exchange.delimited import MARK, line
from registry.exchange.holdings import Wanted
from registry.exchange.table import choices, tables


class Allowed(msgspec.Struct, frozen=True):
    """A value that a column may hold, and its words."""

    value: str
    vi: str
    en: str


class Described(msgspec.Struct, frozen=True, rename="camel"):
    """A column: in which table, of which type, in which unit, what it means, and what it may hold."""

    table: str
    name: str
    type: str
    unit: str
    vi: str
    en: str
    about_vi: str
    about_en: str
    values: tuple[Allowed, ...]


HEADINGS = ("table", "name", "type", "unit", "vi", "en", "aboutVi", "aboutEn", "values")


def described() -> list[Described]:
    """Every column, in the order of the tables."""
    return [
        Described(
            table.name,
            column.name,
            column.kind,
            column.unit,
            column.vi,
            column.en,
            column.about_vi,
            column.about_en,
            tuple(Allowed(value, words.vi, words.en) for value, words in choices(column).items()),
        )
        for table in tables().values()
        for column in table.columns
    ]


def rows() -> list[tuple[str, ...]]:
    """The dictionary as a table of its own, without its headings."""
    return [
        (
            *msgspec.structs.astuple(one)[:-1],
            "\n".join(f"{each.value}: {each.vi} / {each.en}" for each in one.values),
        )
        for one in described()
    ]


async def export(database: Database, wanted: Wanted) -> AsyncIterator[bytes]:  # noqa: ARG001 - as every export
    """The dictionary as CSV."""
    mark = MARK if wanted.mark else ""
    yield (mark + line(HEADINGS) + "".join(map(line, rows()))).encode()
