"""The dossiers behind promise and practice."""

from collections.abc import Iterable
from datetime import date

import msgspec
from piccolo.querystring import QueryString

from registry.dossiers.facts import Fact
from registry.engine import Database, Row
from registry.metrics.ask import AskInvalid
from registry.metrics.cursors import pack, unpack
from registry.metrics.periods import Span, check_span
from registry.metrics.practice.answer import Finished, FinishedPage
from registry.metrics.practice.times import counted_in, decimal, promised, taken
from registry.procedure import Procedure, ProcessingTime
from registry.vocabulary import Channel, TimeUnit

_procedure = msgspec.json.Decoder(Procedure).decode


def ended(codes: Iterable[str] | None, procedure: str | None, span: Span) -> QueryString:
    """The condition that a dossier ``d`` was finished in the period, with one of these agencies."""
    first, last = span.start.toordinal(), span.end.toordinal()
    conditions = [QueryString("d.finished >= {} AND d.finished <= {}", first, last)]
    conditions += within(codes, procedure)
    return QueryString(" AND ".join(["{}"] * len(conditions)), *conditions)


def within(codes: Iterable[str] | None, procedure: str | None) -> list[QueryString]:
    """The conditions that a row ``d`` is of one of these agencies, and of this procedure."""
    found = []
    if codes is not None:
        listed = list(codes)
        found.append(QueryString(f"d.agency IN ({', '.join(['{}'] * len(listed))})", *listed))
    if procedure is not None:
        found.append(QueryString("d.procedure = {}", procedure))
    return found


async def versions(database: Database, numbers: Iterable[int]) -> dict[int, Procedure]:
    """The procedures of versions, by the numbers of the changes that recorded them."""
    rows = await database.rows_in(
        "SELECT v.seq, c.body FROM version v JOIN content c ON c.digest = v.content WHERE v.seq IN ({})",
        sorted(set(numbers)),
    )
    return {row["seq"]: _procedure(row["body"]) for row in rows}


async def finished(
    database: Database,
    procedure: str,
    agency: str,
    start: date,
    end: date,
    limit: int = 100,
    cursor: str | None = None,
) -> FinishedPage:
    """The dossiers behind one procedure with one agency, in the order in which they were finished. Raises
    ``AskInvalid``."""
    where = ended([agency], procedure, check_span(start, end))
    after = QueryString("1 = 1")
    if cursor is not None:
        day, key = unpack(cursor, int, bytes)
        if not 0 < day <= date.max.toordinal():
            raise AskInvalid("cursor", "cursor: give the `next` of the page before, or leave it out")
        after = QueryString("(d.finished > {} OR (d.finished = {} AND d.key > {}))", day, day, key)
    total = await database.rows(QueryString("SELECT COUNT(*) AS n FROM dossier d WHERE {}", where))
    rows = await database.rows(
        QueryString(
            "SELECT d.key, d.channel, d.version, d.received, d.finished, d.due, d.suspended, d.facts "
            "FROM dossier d WHERE {} AND {} ORDER BY d.finished, d.key LIMIT {}",
            where,
            after,
            limit + 1,
        )
    )
    known = await versions(database, (row["version"] for row in rows))
    last = rows[limit - 1] if len(rows) > limit else None
    following = pack(last["finished"], bytes(last["key"])) if last else None
    items = tuple(_finished(row, known.get(row["version"])) for row in rows[:limit])
    return FinishedPage(procedure, agency, int(total[0]["n"]), items, following)


def _finished(row: Row, procedure: Procedure | None) -> Finished:
    promise = promised(procedure, Channel(row["channel"])) if procedure else None
    unit = unit_of(promise)
    received, ended_on = date.fromordinal(row["received"]), date.fromordinal(row["finished"])
    return Finished(
        key=bytes(row["key"]).hex(),
        channel=row["channel"],
        received=received,
        finished=ended_on,
        due=None if row["due"] is None else date.fromordinal(row["due"]),
        suspended=row["suspended"],
        late=bool(row["facts"] & Fact.LATE),
        taken=decimal(taken(received, ended_on, row["suspended"], unit)),
        unit=unit.value,
    )


def unit_of(promise: ProcessingTime | None) -> TimeUnit:
    """The unit in which real time is told beside this promise."""
    return counted_in(promise.unit if promise and promise.value is not None else TimeUnit.OTHER)
