"""Everything that is believed at one change, as lines of NDJSON, while writes go on.

The ledger keeps what it ever believed, so a state is read by its number: no transaction stays open while a slow
reader takes its time, and a snapshot that broke off goes on where it stopped, at the same state.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

from piccolo.querystring import QueryString

from registry.catalogue.versions import believed
from registry.engine import Database, Row
from registry.exchange import reading
from registry.exchange.protocol import (
    PROTOCOL,
    AgencyHistory,
    AnnouncementState,
    AnyState,
    ProcedureState,
    SectorState,
    SnapshotEnd,
    SnapshotHead,
    plain,
)
from registry.exchange.reading import grouped

ORDER = ("sectors", "agencies", "announcements", "procedures")
"""What others name is told before them."""
BATCH = 250

Read = Callable[[Database, int, Sequence[str]], Awaitable[Sequence[AnyState]]]


async def stream(
    database: Database,
    registry: str,
    revision: int,
    mark: str,
    *,
    digest: str | None = None,
    after: str = "",
    keys: tuple[str, Sequence[str]] | None = None,
) -> AsyncIterator[bytes]:
    """The state at change ``revision``, in chunks of whole lines.

    ``after`` is a position ``part:key`` after which to go on; ``keys`` are a part and the records of it that are
    wanted, instead of all.
    """
    yield plain(SnapshotHead(PROTOCOL, registry, revision, mark, digest))
    count = 0
    batches = (
        _batches(database, revision, after) if keys is None else _chosen(database, revision, keys[0], keys[1])
    )
    async for states in batches:
        count += len(states)
        yield b"".join(plain(state) for state in states)
    yield plain(SnapshotEnd(count))


async def _batches(database: Database, revision: int, after: str) -> AsyncIterator[Sequence[AnyState]]:
    begun, _, last = after.partition(":")
    for part in ORDER[ORDER.index(begun) if begun else 0 :]:
        key = last if part == begun else ""
        while keys := await _keys(database, part, revision, key):
            yield await READERS[part](database, revision, keys)
            key = keys[-1]


async def _chosen(
    database: Database, revision: int, part: str, keys: Sequence[str]
) -> AsyncIterator[Sequence[AnyState]]:
    for start in range(0, len(keys), BATCH):
        yield await READERS[part](database, revision, keys[start : start + BATCH])


_KEYS = {
    "procedures": (("version", "code", ""), ("succession", "old", "kind = 'procedure'")),
    "announcements": (("announcement", "id", ""),),
    "agencies": (("agency", "code", ""), ("succession", "old", "kind = 'agency'")),
    "sectors": (("sector", "code", ""),),
}


async def _keys(database: Database, part: str, revision: int, after: str) -> list[str]:
    """The next keys of a part in the order of their code points, whatever the database's collation."""
    found: set[str] = set()
    for table, column, only in _KEYS[part]:
        name = f"v.{column}" if database.kind == "sqlite" else f'v.{column} COLLATE "C"'
        held = believed(revision) if table != "succession" else QueryString("v.seq <= {}", revision)
        where = f" AND v.{only}" if only else ""
        rows = await database.rows(
            QueryString(
                f"SELECT DISTINCT {name} AS key FROM {table} v WHERE {name} > {{}} AND {{}}{where} "
                f"ORDER BY {name} LIMIT {{}}",
                after,
                held,
                BATCH,
            )
        )
        found.update(row["key"] for row in rows)
    return sorted(found)[:BATCH]


async def _select(
    database: Database, sql: str, held: QueryString, column: str, keys: Sequence[str], order: str
) -> list[Row]:
    marks = QueryString(", ".join(["{}"] * len(keys)), *keys)
    return await database.rows(QueryString(f"{sql} WHERE v.{column} IN ({{}}) AND {{}} {order}", marks, held))


async def procedures(database: Database, revision: int, keys: Sequence[str]) -> list[ProcedureState]:
    """All versions and successions of procedures, in the order of ``keys``; one that is not known is empty."""
    rows = await _select(
        database, reading.VERSIONS, believed(revision), "code", keys, "ORDER BY v.code, v.valid_from"
    )
    versions = grouped(rows, "code")
    followed = await _successions(database, "procedure", revision, keys)
    return [
        ProcedureState(
            key,
            tuple(reading.version(row) for row in versions.get(key, ())),
            tuple(reading.succession(row) for row in followed.get(key, ())),
        )
        for key in keys
    ]


async def _successions(database: Database, kind: str, revision: int, keys: Sequence[str]) -> dict[str, list[Row]]:
    held = QueryString("v.kind = {} AND v.seq <= {}", kind, revision)
    sql = "SELECT v.old, v.new, v.day, v.announcement FROM succession v"
    return grouped(await _select(database, sql, held, "old", keys, "ORDER BY v.seq"), "old")


async def announcements(database: Database, revision: int, keys: Sequence[str]) -> list[AnnouncementState]:
    """Announcements with their items; those that are not known are left out."""
    sql = "SELECT v.id, v.body FROM announcement v"
    bodies = grouped(await _select(database, sql, believed(revision), "id", keys, ""), "id")
    sql = "SELECT v.announcement, v.action, v.old, v.new FROM item v"
    held = QueryString("v.seq <= {}", revision)
    items = grouped(await _select(database, sql, held, "announcement", keys, "ORDER BY v.seq"), "announcement")
    return [
        AnnouncementState(
            key, reading.raw(bodies[key][0]["body"]), tuple(reading.item(row) for row in items.get(key, ()))
        )
        for key in keys
        if key in bodies
    ]


async def agencies(database: Database, revision: int, keys: Sequence[str]) -> list[AgencyHistory]:
    """All states and successions of agencies, in the order of ``keys``."""
    rows = await _select(
        database, reading.AGENCIES, believed(revision), "code", keys, "ORDER BY v.code, v.valid_from"
    )
    states = grouped(rows, "code")
    followed = await _successions(database, "agency", revision, keys)
    return [
        AgencyHistory(
            key,
            tuple(reading.agency(row) for row in states.get(key, ())),
            tuple(reading.succession(row) for row in followed.get(key, ())),
        )
        for key in keys
    ]


async def sectors(database: Database, revision: int, keys: Sequence[str]) -> list[SectorState]:
    rows = await _select(
        database, "SELECT v.code, v.name FROM sector v", believed(revision), "code", keys, "ORDER BY v.code"
    )
    return [SectorState(row["code"], row["name"]) for row in rows]


READERS: dict[str, Read] = {
    "procedures": procedures,
    "announcements": announcements,
    "agencies": agencies,
    "sectors": sectors,
}
