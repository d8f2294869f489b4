"""Parts of answers that several routes share."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

import msgspec
from litestar.openapi import ResponseSpec
from litestar.openapi.spec import Example

from registry.api.documented import documented
from registry.catalogue import announcements
from registry.engine import Database
from registry.procedure import Agency, Announcement

# The name out of a stored content, without moving the whole of it.
_NAME = {"sqlite": "json_extract(c.body, '$.name')", "postgres": "c.body::json ->> 'name'"}


class Decision(msgspec.Struct, frozen=True, rename="camel"):
    """An announcement, as small as it can be cited. Only ``id`` is known of one that was never recorded."""

    id: str
    number: str
    decided: date | None = None
    effective: date | None = None
    issuer: Agency | None = None


class Named(msgspec.Struct, frozen=True, rename="camel"):
    """A procedure by its code; ``name`` is ``None`` where the catalogue does not hold it."""

    code: str
    name: str | None


class Successor(msgspec.Struct, frozen=True, rename="camel"):
    """What took the place of something, or gave way to it, on a day by an announcement."""

    code: str
    name: str | None
    day: date
    announcement: Decision | None


def decision(announcement: Announcement) -> Decision:
    return Decision(
        announcement.id,
        announcement.number,
        announcement.decided,
        announcement.effective,
        announcement.issuer,
    )


async def decisions(database: Database, ids: Iterable[str | None]) -> dict[str, Decision]:
    """Announcements by id, as they are cited; one that is not recorded is cited by its id."""
    wanted = [one for one in ids if one is not None]
    found = await announcements.by_ids(database, wanted)
    return {one: decision(found[one]) if one in found else Decision(one, one) for one in wanted}


async def names(database: Database, codes: Iterable[str]) -> dict[str, str]:
    """The latest names of procedures by code; unknown codes are left out."""
    rows = await database.rows_in(
        f"SELECT v.code AS code, {_NAME[database.kind]} AS name FROM version v "
        "JOIN content c ON c.digest = v.content WHERE v.recorded_to IS NULL AND v.code IN ({}) "
        "ORDER BY v.code, v.valid_from",
        list(dict.fromkeys(codes)),
    )
    return {row["code"]: row["name"] for row in rows}


async def agency_names(database: Database, codes: Iterable[str]) -> dict[str, str]:
    """The latest names of agencies by code; unknown codes are left out."""
    rows = await database.rows_in(
        "SELECT code, name FROM agency WHERE recorded_to IS NULL AND code IN ({}) ORDER BY code, valid_from",
        list(dict.fromkeys(codes)),
    )
    return {row["code"]: row["name"] for row in rows}


async def recorded(database: Database, changes: Iterable[int]) -> dict[int, datetime]:
    """When changes were recorded, by their numbers."""
    rows = await database.rows_in("SELECT seq, recorded_at FROM change WHERE seq IN ({})", list(set(changes)))
    return {row["seq"]: row["recorded_at"] for row in rows}


def responses(
    kind: type[Any], description: str, example: dict[str, Any], *problems: int
) -> dict[int, ResponseSpec]:
    """The documented answers of a route: its own with an example, and the problems it may meet."""
    return {
        200: ResponseSpec(
            kind,
            description=description,
            generate_examples=False,
            examples=[Example(summary=description, value=example)],
        ),
        **documented(*problems),
    }
