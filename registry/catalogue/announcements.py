"""Announcements and their items: by which decision something changed."""

from datetime import date

import msgspec
from piccolo.querystring import QueryString

from registry.catalogue.errors import AnnouncementAmbiguous, AnnouncementNotFound
from registry.catalogue.ledger import fold_number
from registry.engine import Database, Row
from registry.procedure import Announcement, Item

_announcement = msgspec.json.Decoder(Announcement).decode
_codes = msgspec.json.Decoder(tuple[str, ...]).decode

COLUMNS = "a.seq, a.id, a.number, a.decided, a.effective, a.issuer, a.body"


async def by_ids(database: Database, ids: list[str]) -> dict[str, Announcement]:
    """Announcements by id, without their items; unknown ids are left out."""
    rows = await database.rows_in(
        f"SELECT {COLUMNS} FROM announcement a WHERE a.recorded_to IS NULL AND a.id IN ({{}})",
        list(dict.fromkeys(ids)),
    )
    return {row["id"]: _announcement(row["body"]) for row in rows}


async def find(
    database: Database, number: str, issuer: str | None = None, decided: date | None = None
) -> Announcement:
    """The announcement of this number (or id), with its items.

    Raises ``AnnouncementNotFound``, and ``AnnouncementAmbiguous`` where ``issuer`` and ``decided`` do not single
    one out: numbers begin at 1 each year with each agency.
    """
    rows = await database.rows(
        QueryString(
            f"SELECT {COLUMNS} FROM announcement a "
            "WHERE a.recorded_to IS NULL AND (a.folded = {} OR a.id = {})",
            fold_number(number),
            number,
        )
    )
    rows = [
        row
        for row in rows
        if row["id"] == number
        or (issuer in (None, row["issuer"]) and (decided is None or decided == row["decided"]))
    ]
    if not rows:
        raise AnnouncementNotFound(number)
    if len(rows) > 1:
        raise AnnouncementAmbiguous(number, [(r["id"], r["issuer"], r["decided"]) for r in rows])
    return msgspec.structs.replace(
        _announcement(rows[0]["body"]), items=tuple(await items_of(database, rows[0]["id"]))
    )


async def items_of(database: Database, announcement: str) -> list[Item]:
    """The items of an announcement by its id, in the order in which they were recorded."""
    rows = await database.rows(
        QueryString("SELECT action, old, new FROM item WHERE announcement = {} ORDER BY seq", announcement)
    )
    return [_item(row) for row in rows]


def _item(row: Row) -> Item:
    return msgspec.convert({"action": row["action"], "old": _codes(row["old"]), "new": _codes(row["new"])}, Item)


class Listed(msgspec.Struct, frozen=True, rename="camel"):
    """An announcement in a list, with how many items it has."""

    announcement: Announcement
    items: int


async def listed(
    database: Database,
    *,
    issuer: str | None = None,
    since: date | None = None,
    until: date | None = None,
    limit: int = 50,
    offset: int = 0,
) -> tuple[list[Listed], int]:
    """Announcements, latest first by effective day (decision day where none is known), and how many there are.

    ``since`` and ``until`` (both inclusive) bound that day.
    """
    day = "COALESCE(a.effective, a.decided)"
    conditions = [QueryString("a.recorded_to IS NULL")]
    if issuer is not None:
        conditions.append(QueryString("a.issuer = {}", issuer))
    if since is not None:
        conditions.append(QueryString(f"{day} >= {{}}", since))
    if until is not None:
        conditions.append(QueryString(f"{day} <= {{}}", until))
    where = QueryString(" AND ".join(["{}"] * len(conditions)), *conditions)
    total = await database.rows(QueryString("SELECT COUNT(*) AS n FROM announcement a WHERE {}", where))
    rows = await database.rows(
        QueryString(
            f"SELECT {COLUMNS}, (SELECT COUNT(*) FROM item i WHERE i.announcement = a.id) AS items "
            f"FROM announcement a WHERE {{}} ORDER BY {day} IS NULL, {day} DESC, a.id LIMIT {{}} OFFSET {{}}",
            where,
            limit,
            offset,
        )
    )
    return [Listed(_announcement(row["body"]), row["items"]) for row in rows], int(total[0]["n"])
