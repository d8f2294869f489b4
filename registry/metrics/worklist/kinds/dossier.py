"""Dossiers that are running and will be late, or are late already."""

from collections import Counter
from collections.abc import Iterable
from datetime import date

from piccolo.querystring import QueryString

from registry.dossiers.measures import BY_NAME, predicate
from registry.engine import Row
from registry.metrics.answer import Title
from registry.metrics.ask import AskInvalid
from registry.metrics.periods import Span
from registry.metrics.territory import Scope, territory
from registry.metrics.worklist.answer import State, Work
from registry.metrics.worklist.asking import Question
from registry.metrics.worklist.kinds import Found, Place

NAME = "dossier"
TITLE = Title("Hồ sơ sắp trễ hạn", "Dossiers nearly or already overdue")
RANK = 30
INDICATOR = "ON_TIME"
SCOPE: str | None = "metrics"
_COLUMNS = "d.key, d.agency, d.procedure, d.received, d.due"


async def work(question: Question) -> Found:
    """A dossier counts in the year in which it was received: what it is worth depends on that year's numbers."""
    where = _running(question)
    rows = await question.database.rows(
        QueryString(
            "SELECT d.received AS day, CASE WHEN d.due < {} THEN 1 ELSE 0 END AS past, COUNT(*) AS n "
            "FROM dossier d WHERE {} GROUP BY 1, 2",
            question.as_of.toordinal(),
            where,
        )
    )
    counts: Counter[tuple[int, bool]] = Counter()
    for row in rows:
        counts[date.fromordinal(row["day"]).year, bool(row["past"])] += int(row["n"])
    points = 0.0
    for (year, past), count in counts.items():
        if not past:
            stake = (await question.measured(INDICATOR, year)).stake
            points += stake.change(lost=(-count, 0)) or 0.0

    async def page(after: Place | None, limit: int) -> list[tuple[Place, Work]]:
        found: list[Row] = []
        if after is None or after[0] == 0:
            found += await _rows(question, where, after, limit, past=False)
        if len(found) < limit:
            place = after if after is not None and after[0] == 1 else None
            found += await _rows(question, where, place, limit - len(found), past=True)
        return [await _work(question, row) for row in found]

    total = sum(counts.values())
    overdue = sum(count for (_, past), count in counts.items() if past)
    stake = (await question.measured(INDICATOR)).stake
    return Found(total, overdue, round(points, 6), stake, page)


def _running(question: Question) -> QueryString:
    """The condition that a dossier ``d`` runs, can still be or already is late, and is of the agencies asked."""
    live = BY_NAME["overdue"]
    conditions = [QueryString(predicate(live, "d"), question.horizon.toordinal() + 1)]
    if question.agency is not None:
        codes = _codes(question)
        conditions.append(QueryString(f"d.agency IN ({', '.join(['{}'] * len(codes))})", *codes))
    return QueryString(" AND ".join(["{}"] * len(conditions)), *conditions)


def _codes(question: Question) -> list[str]:
    """The agency and what is below it on the day. A running dossier belongs to whom its agency belongs to now."""
    span = Span(question.as_of, question.as_of)
    return sorted(territory(question.map, Scope(question.agency), span, question.as_of).spans())


async def _rows(
    question: Question, where: QueryString, after: Place | None, limit: int, *, past: bool
) -> Iterable[Row]:
    today = question.as_of.toordinal()
    conditions = [where, QueryString(f"d.due {'<' if past else '>='} {{}}", today)]
    if after is not None:
        day, key = abs(after[1]), _key(after[2])
        beyond = "<" if past else ">"
        conditions.append(QueryString(f"(d.due {beyond} {{}} OR (d.due = {{}} AND d.key > {{}}))", day, day, key))
    order = "d.due DESC, d.key" if past else "d.due, d.key"
    return await question.database.rows(
        QueryString(
            f"SELECT {_COLUMNS} FROM dossier d WHERE {{}} ORDER BY {order} LIMIT {{}}",
            QueryString(" AND ".join(["{}"] * len(conditions)), *conditions),
            limit,
        )
    )


def _key(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise AskInvalid("cursor", "cursor: give the `next` of the page before, or leave it out") from None


async def _work(question: Question, row: Row) -> tuple[Place, Work]:
    due, received = date.fromordinal(row["due"]), date.fromordinal(row["received"])
    past = due < question.as_of
    stake = (await question.measured(INDICATOR, received.year)).stake
    held = question.found.latest(received).get(row["procedure"])
    key = bytes(row["key"]).hex()
    work = Work(
        kind=NAME,
        id=key,
        name=held.content.name if held else row["procedure"],
        state=State.PAST if past else State.DUE,
        reason="overdue" if past else "due-soon",
        detail=f"{'Đã quá hạn' if past else 'Sắp đến hạn'}; tiếp nhận ngày {received:%d/%m/%Y}",
        agency=row["agency"],
        agency_name=question.name(row["agency"]),
        procedure=row["procedure"],
        deadline=due,
        days_left=question.left(due),
        indicator=INDICATOR,
        points=stake.change(won=(1, 0)) if past else stake.change(lost=(-1, 0)),
    )
    return (int(past), -row["due"] if past else row["due"], key), work
