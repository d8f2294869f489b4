"""What is remembered of every record of a source from one run to the next."""

from collections.abc import Iterable

import msgspec
from piccolo.querystring import QueryString

from registry.engine import Database

_COLUMNS = ("key", "source", "item", "code", "mark", "detail", "updated", "checked", "taken")
_KEPT = ("code", "mark", "detail", "updated", "checked", "taken")


class Memory(msgspec.Struct, frozen=True):
    """One record as it was when it was last fetched, by the run ``checked``; see ``Synced`` for its fields."""

    item: str
    code: str
    mark: str
    detail: str
    updated: int | None
    checked: int
    taken: bool


async def load(database: Database, source: str) -> dict[str, Memory]:
    """Everything remembered of ``source``, by the ids of the records."""
    rows = await database.rows(
        QueryString(
            "SELECT item, code, mark, detail, updated, checked, taken FROM synced WHERE source = {}", source
        )
    )
    return {row["item"]: Memory(**{**row, "taken": bool(row["taken"])}) for row in rows}


async def save(database: Database, source: str, memories: Iterable[Memory]) -> None:
    """Remember records anew. Inside ``transact``."""
    marks = ", ".join(database.mark(place) for place in range(1, len(_COLUMNS) + 1))
    changes = ", ".join(f"{name} = excluded.{name}" for name in _KEPT)
    await database.each(
        f"INSERT INTO synced ({', '.join(_COLUMNS)}) VALUES ({marks}) ON CONFLICT (key) DO UPDATE SET {changes}",
        [(_key(source, one.item), source, *msgspec.structs.astuple(one)) for one in memories],
    )


async def forget(database: Database, source: str, items: Iterable[str]) -> None:
    """Forget records that are listed no more. Inside ``transact``."""
    await database.each(
        f"DELETE FROM synced WHERE key = {database.mark(1)}", [(_key(source, item),) for item in items]
    )


def _key(source: str, item: str) -> str:
    return f"{source} {item}"
