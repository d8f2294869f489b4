"""Writing a batch: dossiers, tallies, what is aside, what is rejected and the counts, in one transaction."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

import msgspec
from piccolo.querystring import QueryString

from registry import clock
from registry.dossiers import REVISION, bulk, image
from registry.dossiers.batch import Batch, LineFault, Rejection, encode
from registry.dossiers.counting import Touched, counted
from registry.dossiers.dossier import Stored
from registry.dossiers.entering import Entered, enter
from registry.dossiers.merging import Fate, Merged, merge
from registry.engine import Database

TRIED = "dossiers-aside-tried"
"""Name of the single fact that says against which revision of the catalogue all that is aside was tried."""
CONTRADICTED = "is the same as in another delivery of this dossier, which says something else; one of them counts"


class Written(msgspec.Struct, frozen=True):
    """What a batch came to. ``counts`` are fates, and how many rows were kept aside, kept as rejected and taken
    from aside."""

    counts: Counter[str]
    contradictions: list[LineFault]


class Delivery(msgspec.Struct):
    """A source while it is read. ``counts`` are those of the batches that are written."""

    id: int
    source: str
    format: str
    counts: Counter[str]


async def begin(database: Database, source: str, format_name: str) -> Delivery:
    """Open a delivery."""

    async def unit() -> int:
        rows = await database.rows(QueryString("SELECT COALESCE(MAX(id), 0) + 1 AS id FROM dossier_delivery"))
        await database.rows(
            QueryString(
                "INSERT INTO dossier_delivery (id, source, format, started_at, counts, revision) "
                "VALUES ({}, {}, {}, {}, {}, 0)",
                rows[0]["id"],
                source,
                format_name,
                clock.now(),
                "{}",
            )
        )
        return int(rows[0]["id"])

    return Delivery(await database.transact(unit), source, format_name, Counter())


async def finish(database: Database, delivery: Delivery) -> None:
    """Say that a delivery was read to its end."""

    async def unit() -> None:
        await database.rows(
            QueryString("UPDATE dossier_delivery SET finished_at = {} WHERE id = {}", clock.now(), delivery.id)
        )

    await database.transact(unit)


async def write(database: Database, batch: Batch, delivery: Delivery, taken: Sequence[str] = ()) -> Written:
    """Write a batch, all or nothing. ``taken`` are ids of rows that were aside and now are dossiers."""

    async def unit() -> Written:
        await bulk.prepare(database, batch.count)
        entered = await enter(database, batch)
        left = list(entered.left.values())
        merged = merge(left, await bulk.held(database, [row.key for row in left]))
        await bulk.update(database, merged.changed)
        touched = await _tally(database, batch, entered, merged)
        await _resolve(database, batch)
        new = batch.count - len(left) - len(entered.same)
        counts = Counter({**merged.fates, Fate.NEW.value: new, "read": batch.read})
        counts[Fate.REPEATED.value] += len(entered.same)
        counts[Fate.ASIDE.value] += len(batch.asides)
        counts[Fate.REJECTED.value] += len(batch.rejections)
        counts["contradicted"] = len(merged.contradicted)
        counts["keptAside"] = await _keep_aside(database, batch, delivery)
        contradictions = _contradictions(batch, entered, merged)
        counts["keptRejected"] = await _keep_rejected(database, [*batch.rejections, *contradictions], delivery)
        counts["takenFromAside"] = await _take_from_aside(database, taken)
        changed = bool(new or merged.changed or counts["keptAside"] or counts["takenFromAside"])
        revision = await _revise(database, changed, touched)
        await _account(database, delivery, counts, revision)
        faults = [LineFault(one.line, "contradicted", one.field, one.reason) for one in contradictions]
        return Written(counts, faults)

    try:
        written = await database.transact(unit, batch.records if database.kind == "sqlite" else None)
    finally:
        if batch.records:
            image.remove(batch.records)
    delivery.counts.update(written.counts)
    return written


async def _tally(database: Database, batch: Batch, entered: Entered, merged: Merged) -> set[Touched]:
    """Add to the tallies what has come, and take away what it took the place of. What was counted while it was
    read serves where most of it is new. Returns what is touched by that."""
    known = entered.same | entered.left.keys()
    if not known:
        await bulk.add_all(database, batch)
        return batch.touched
    if len(known) * 2 > batch.count:
        changes = counted([*_records(batch, known, False), *merged.changed], merged.old)
        touched = changes.touched()
    else:
        await bulk.add_all(database, batch)
        changes = counted(merged.changed, [*_records(batch, known, True), *merged.old])
        touched = batch.touched | changes.touched()
    await bulk.add(database, changes)
    await bulk.clear(database, changes.deltas())
    return touched


def _records(batch: Batch, known: set[int], among: bool) -> Iterator[Stored]:
    """The records of a batch that are, or are not, among the known."""
    if among or len(known) < batch.count:
        yield from (row for place, row in enumerate(batch.rows()) if (place in known) is among)


def _contradictions(batch: Batch, entered: Entered, merged: Merged) -> list[Rejection]:
    left = list(entered.left.items())
    found: list[Rejection] = []
    for place, row in map(left.__getitem__, merged.contradicted):
        told = {"procedure": row.procedure, "agency": row.agency, "state": row.state, "updated": row.updated}
        found.append(Rejection(batch.lines[place], "updated", CONTRADICTED, encode(told).decode(), row.key))
    return found


async def _keep_aside(database: Database, batch: Batch, delivery: Delivery) -> int:
    now = clock.now()
    rows = {
        one.id: (
            one.id, now, delivery.id, one.line, one.reason.value, one.procedure, one.agency, one.received,
            encode(one.dossier).decode(),
        )
        for one in batch.asides
    }  # fmt: skip
    columns = ("id", "recorded_at", "delivery", "line", "reason", "procedure", "agency", "received", "body")
    kept = await _keep(database, "dossier_aside", columns, rows)
    tried = await fact(database, TRIED)
    if kept and (tried is None or int(tried) > batch.seen):
        await note(database, TRIED, str(batch.seen))
    return kept


async def _take_from_aside(database: Database, ids: Sequence[str]) -> int:
    """Returns how many were still there: another process may have taken them in meanwhile."""
    there = await database.rows_in("SELECT id FROM dossier_aside WHERE id IN ({})", ids)
    gone = [(row["id"],) for row in there]
    await database.each(f"DELETE FROM dossier_aside WHERE id = {database.mark(1)}", gone)
    return len(gone)


async def _keep_rejected(database: Database, rejections: Sequence[Rejection], delivery: Delivery) -> int:
    now = clock.now()
    rows = {}
    for one in rejections:
        key = one.identify(delivery.source)
        rows[key] = (key, now, delivery.id, one.line, one.field, one.reason, one.kept, one.key)
    reopened = f"UPDATE dossier_rejected SET resolved_at = NULL WHERE id = {database.mark(1)}"
    await database.each(reopened, [(key,) for key in rows])
    columns = ("id", "recorded_at", "delivery", "line", "field", "reason", "kept", "key")
    return await _keep(database, "dossier_rejected", columns, rows)


async def _keep(
    database: Database, table: str, columns: Sequence[str], rows: Mapping[str, Sequence[object]]
) -> int:
    """Insert the rows that are not there yet. Returns how many."""
    rows = dict(rows)
    for row in await database.rows_in(f"SELECT id FROM {table} WHERE id IN ({{}})", list(rows)):
        del rows[row["id"]]
    marks = ", ".join(database.mark(place) for place in range(1, len(columns) + 1))
    await database.each(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})", rows.values())
    return len(rows)


async def _resolve(database: Database, batch: Batch) -> None:
    """A line that is accepted resolves those of the same dossier that were not."""
    some = await database.rows(
        QueryString("SELECT 1 AS n FROM dossier_rejected WHERE resolved_at IS NULL AND key IS NOT NULL LIMIT 1")
    )
    if not some:
        return
    mark, now = database.mark, clock.now()
    resolved = [(now, key) for key in await bulk.rejected(database, batch.keys())]
    await database.each(
        f"UPDATE dossier_rejected SET resolved_at = {mark(1)} WHERE key = {mark(2)} AND resolved_at IS NULL",
        resolved,
    )


async def _revise(database: Database, changed: bool, touched: set[Touched]) -> int:
    revision = int(await fact(database, REVISION) or 0)
    if not changed:
        return revision
    await note(database, REVISION, str(revision + 1))
    marks = ", ".join(database.mark(place) for place in (1, 2, 3))
    await database.each(
        f"INSERT INTO dossier_touched (agency, month, revision) VALUES ({marks}) "
        "ON CONFLICT (agency, month) DO UPDATE SET revision = excluded.revision",
        [(agency, month, revision + 1) for agency, month in sorted(touched)],
    )
    return revision + 1


async def fact(database: Database, name: str) -> str | None:
    """A single fact about the store."""
    rows = await database.rows(QueryString("SELECT value FROM meta WHERE name = {}", name))
    return str(rows[0]["value"]) if rows else None


async def note(database: Database, name: str, value: str) -> None:
    """Keep a single fact about the store. Inside ``transact``."""
    await database.rows(
        QueryString(
            "INSERT INTO meta (name, value) VALUES ({}, {}) "
            "ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            name,
            value,
        )
    )


async def _account(database: Database, delivery: Delivery, counts: Counter[str], revision: int) -> None:
    total = delivery.counts + counts
    await database.rows(
        QueryString(
            "UPDATE dossier_delivery SET counts = {}, revision = {} WHERE id = {}",
            encode(total).decode(),
            revision,
            delivery.id,
        )
    )
