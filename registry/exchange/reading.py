"""Rows of the catalogue as what is sent, without reading what they hold: contents travel as they are stored."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from piccolo.querystring import QueryString

from registry.engine import Database, Row
from registry.exchange.protocol import AgencyContent, ItemContent, SuccessionContent, VersionContent

VERSION = (
    "v.seq, v.code, v.valid_from, v.valid_to, v.announcement, v.ended_by, v.content, v.source, v.origin, "
    "v.cleaning, c.body"
)
VERSIONS = f"SELECT {VERSION} FROM version v JOIN content c ON c.digest = v.content"
AGENCIES = (
    "SELECT v.seq, v.code, v.name, v.kind, v.level, v.parent, v.valid_from, v.valid_to, v.decision FROM agency v"
)
_codes = msgspec.json.Decoder(tuple[str, ...]).decode


def raw(text: str) -> msgspec.Raw:
    return msgspec.Raw(text.encode())


def version(row: Row) -> VersionContent:
    return VersionContent(
        valid_from=row["valid_from"],
        valid_to=row["valid_to"],
        announcement=row["announcement"],
        ended_by=row["ended_by"],
        digest=row["content"],
        procedure=raw(row["body"]),
        source=row["source"],
        origin=row["origin"],
        cleaning=raw(row["cleaning"]),
    )


def agency(row: Row) -> AgencyContent:
    return AgencyContent(
        valid_from=row["valid_from"],
        valid_to=row["valid_to"],
        name=row["name"],
        kind=row["kind"],
        level=row["level"],
        parent=row["parent"],
        decision=row["decision"],
    )


def item(row: Row) -> ItemContent:
    return ItemContent(row["action"], _codes(row["old"]), _codes(row["new"]))


def succession(row: Row) -> SuccessionContent:
    return SuccessionContent(row["new"], row["day"], row["announcement"])


async def by_number(database: Database, sql: str, numbers: Sequence[int]) -> dict[int, Row]:
    """Rows by their numbers; ``sql`` has one ``{}`` for them."""
    return {row["seq"]: row for row in await database.rows_in(sql, numbers)}


def grouped(rows: Iterable[Row], name: str) -> dict[Any, list[Row]]:
    """Rows by the value of one column, each group in the order in which it was read."""
    found: dict[Any, list[Row]] = {}
    for row in rows:
        found.setdefault(row[name], []).append(row)
    return found


def condition(parts: Sequence[QueryString]) -> QueryString:
    """Conditions that all must hold."""
    return QueryString(" AND ".join(["{}"] * len(parts)), *parts)
