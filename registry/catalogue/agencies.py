"""Agencies as they were and are, and sectors."""

from datetime import date

import msgspec
from piccolo.querystring import QueryString

from registry.catalogue.errors import AgencyNotFound
from registry.catalogue.versions import believed, holding
from registry.engine import Database, Row
from registry.procedure import Term

COLUMNS = "v.seq, v.code, v.name, v.kind, v.level, v.parent, v.valid_from, v.valid_to, v.decision"


class AgencyVersion(msgspec.Struct, frozen=True, rename="camel"):
    """An agency on ``valid_from <= day < valid_to``. ``valid_from`` is ``None`` where its beginning is unknown;
    ``kind`` is ``body`` or ``class`` (a class of agency such as "Ủy ban nhân dân cấp xã")."""

    code: str
    name: str
    kind: str
    level: str | None
    parent: str | None
    valid_from: date | None
    valid_to: date | None
    decision: str


def _agency(row: Row) -> AgencyVersion:
    start = row["valid_from"]
    return AgencyVersion(
        code=row["code"],
        name=row["name"],
        kind=row["kind"],
        level=row["level"],
        parent=row["parent"],
        valid_from=None if start == date.min else start,
        valid_to=row["valid_to"],
        decision=row["decision"],
    )


async def listed(database: Database, day: date, parent: str | None = None) -> list[AgencyVersion]:
    """The agencies that exist on ``day``, by code; those directly below ``parent`` where that is given."""
    rows = await database.rows(
        QueryString(
            f"SELECT {COLUMNS} FROM agency v WHERE {{}} AND {{}} AND {{}} ORDER BY v.code",
            believed(None),
            holding(day),
            QueryString("1 = 1") if parent is None else QueryString("v.parent = {}", parent),
        )
    )
    return [_agency(row) for row in rows]


async def history(database: Database, code: str) -> list[AgencyVersion]:
    """Every state of an agency, oldest first. Raises ``AgencyNotFound``."""
    rows = await database.rows(
        QueryString(
            f"SELECT {COLUMNS} FROM agency v WHERE v.code = {{}} AND {{}} ORDER BY v.valid_from",
            code,
            believed(None),
        )
    )
    if not rows:
        raise AgencyNotFound(code)
    return [_agency(row) for row in rows]


async def all_versions(database: Database, known: int | None = None) -> list[AgencyVersion]:
    """Every believed state of every agency, by code and day."""
    rows = await database.rows(
        QueryString(f"SELECT {COLUMNS} FROM agency v WHERE {{}} ORDER BY v.code, v.valid_from", believed(known))
    )
    return [_agency(row) for row in rows]


async def sectors(database: Database) -> list[Term]:
    """The sectors, by code."""
    rows = await database.rows(
        QueryString("SELECT code, name FROM sector WHERE recorded_to IS NULL ORDER BY code")
    )
    return [Term(row["code"], row["name"]) for row in rows]
