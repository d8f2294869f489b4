"""The registry that a store follows, and how far it has come: written together with what is taken in."""

from datetime import datetime

import msgspec
from piccolo.querystring import QueryString

from registry.engine import Database


class FollowRefused(Exception):
    """This registry cannot follow that one as things are; nothing was taken in. The message says the way out."""


class Superseded(Exception):
    """Another process follows with this store too, and is further on."""


class Followed(msgspec.Struct, frozen=True, rename="camel"):
    """The registry that is followed. ``cursor`` is the number of its last change that is here; in the phase
    ``snapshot`` its state at change ``target`` is being taken in, up to ``position``. ``verified`` is the number
    of its change at which both were last proven equal, ``repaired`` counts the records that were not. ``fault`` is
    why following failed last; empty once it is caught up again."""

    registry: str
    url: str
    phase: str
    cursor: int
    mark: str
    target: int
    position: str
    caught_at: datetime | None
    verified: int | None
    repaired: int
    fault: str


async def followed(database: Database) -> Followed | None:
    """The registry that this store follows, if any."""
    names = ", ".join(Followed.__struct_fields__)
    rows = await database.rows(QueryString(f"SELECT {names} FROM followed"))
    return Followed(**rows[0]) if rows else None


async def adopt(database: Database, registry: str, url: str, target: int) -> None:
    """Follow this registry from now on, and none that was followed before; its state at change ``target`` is to
    be taken in first."""

    async def write() -> None:
        await database.rows(QueryString("DELETE FROM followed"))
        await database.rows(
            QueryString(
                "INSERT INTO followed (registry, url, phase, cursor, mark, target, position, repaired, fault) "
                "VALUES ({}, {}, 'snapshot', 0, '', {}, '', 0, '')",
                registry,
                url,
                target,
            )
        )

    await database.transact(write)


async def advance(database: Database, state: Followed, values: dict[str, object]) -> None:
    """Write how far this is, in the open transaction, and only where it still is where ``state`` says.

    Raises ``Superseded``.
    """
    marks = ", ".join(f"{name} = {{}}" for name in values)
    rows = await database.rows(
        QueryString(
            f"UPDATE followed SET {marks} WHERE registry = {{}} AND phase = {{}} AND cursor = {{}} "
            "AND position = {} AND target = {} RETURNING registry",
            *values.values(),
            state.registry,
            state.phase,
            state.cursor,
            state.position,
            state.target,
        )
    )
    if not rows:
        raise Superseded("another process follows with this store")


async def note(database: Database, url: str, fault: str) -> None:
    """Keep why following the registry at ``url`` failed, if it is the one that is followed; empty: it did not."""
    state = await followed(database)
    if state is None or state.url != url or state.fault == fault:
        return

    async def write() -> None:
        await database.rows(QueryString("UPDATE followed SET fault = {} WHERE url = {}", fault, url))

    await database.transact(write)
