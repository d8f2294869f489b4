"""How large the exports are about to be, without writing them: from a sample of what they hold.

Every form grows with the contents that it is made of. A sample tells how many bytes each form makes of a byte of
content, and the store how many bytes of content there are.
"""

import asyncio
import gzip
import tempfile
from datetime import date
from pathlib import Path
from typing import NamedTuple

from piccolo.querystring import QueryString

from registry.catalogue.versions import COLUMNS, believed, holding, version_of
from registry.engine import Database
from registry.exchange import delimited, graph, holdings, linked, native, workbook
from registry.exchange.cpsv import Shared
from registry.exchange.holdings import Batch, Wanted
from registry.exchange.table import tables

SAMPLED = 120
RUN = 8
_COMPRESSION = 3
_BYTES = {"sqlite": "LENGTH(CAST(c.body AS BLOB))", "postgres": "OCTET_LENGTH(c.body)"}


class Weight(NamedTuple):
    """Bytes of a file, and of what is sent where the client takes it compressed; about."""

    plain: int
    packed: int


class Content(NamedTuple):
    """How much a day's catalogue, and its whole history, hold: versions, and bytes of content."""

    versions: int
    size: int


async def weights(database: Database, wanted: Wanted) -> dict[str, Weight]:
    """The weights of the catalogue's files on ``wanted.day``, by how their addresses end; none of an empty one.

    Call inside a snapshot. On the real catalogue all are within a sixth of what was written.
    """
    day = wanted.day or wanted.publication.day
    size = f"SUM({_BYTES[database.kind]})"
    whole = await _content(database, size, QueryString("1 = 1"), wanted.known)
    today = await _content(database, size, holding(day), wanted.known)
    rows = await database.rows_in(
        f"SELECT {COLUMNS}, {_BYTES[database.kind]} AS size FROM version v JOIN content c ON c.digest = v.content "
        "WHERE v.seq IN ({}) ORDER BY v.code",
        await _sample(database, day, wanted.known),
    )
    if not rows:
        return {}
    batch = await holdings.batch(database, [version_of(row) for row in rows], wanted.known)
    return await asyncio.to_thread(_weighed, batch, [row["size"] for row in rows], wanted, today, whole)


async def _content(database: Database, size: str, condition: QueryString, known: int) -> Content:
    rows = await database.rows(
        QueryString(
            f"SELECT COUNT(*) AS n, {size} AS size FROM version v JOIN content c ON c.digest = v.content "
            "WHERE {} AND {}",
            believed(known),
            condition,
        )
    )
    return Content(int(rows[0]["n"]), int(rows[0]["size"] or 0))


async def _sample(database: Database, day: date, known: int) -> list[int]:
    """Versions in force on the day by their numbers: runs of neighbours, which compress as well as the whole does,
    evenly spread over the codes."""
    rows = await database.rows(
        QueryString("SELECT v.seq FROM version v WHERE {} AND {} ORDER BY v.code", believed(known), holding(day))
    )
    step = max(RUN, len(rows) * RUN // SAMPLED)
    return [row["seq"] for start in range(0, len(rows), step) for row in rows[start : start + RUN]]


def _weighed(batch: Batch, sizes: list[int], wanted: Wanted, today: Content, whole: Content) -> dict[str, Weight]:
    # What services share is told once, by the first that name it: the first half is not weighed.
    half, lines, turtles = len(sizes) // 2, Shared(), Shared()
    first, rest = (batch._replace(versions=part) for part in (batch.versions[:half], batch.versions[half:]))
    linked.written(first, wanted, lines, graph.lines)
    linked.written(first, wanted, turtles, graph.turtle)
    many, later = today.size / sum(sizes), today.size / sum(sizes[half:])
    empty, full = _book(batch._replace(versions=[]), wanted), _book(batch, wanted)
    book = round(empty + (full - empty) * many)
    return {
        "csv": _weight(delimited.written(tables()[wanted.table], batch, wanted), today.versions / len(sizes)),
        "xlsx": Weight(book, book),
        "ndjson": _weight(native.written(batch.versions), whole.size / sum(sizes)),
        "jsonld": _weight(linked.written(rest, wanted, lines, graph.lines), later),
        "ttl": _weight(linked.written(rest, wanted, turtles, graph.turtle), later),
    }


def _weight(part: bytes, times: float) -> Weight:
    return Weight(round(len(part) * times), round(len(gzip.compress(part, _COMPRESSION)) * times))


def _book(batch: Batch, wanted: Wanted) -> int:
    """The size of a workbook that holds a batch."""
    with tempfile.TemporaryDirectory(prefix="danhmuc-") as folder:
        path = Path(folder) / "catalogue.xlsx"
        book = workbook.Book(path, wanted)
        book.add(batch)
        book.close()
        return path.stat().st_size
