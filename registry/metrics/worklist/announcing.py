"""Announcements whose deadline is near or past."""

from registry.metrics.holdings import Act
from registry.metrics.offering import carried, deadline
from registry.metrics.sides import Announced, Deadline
from registry.metrics.worklist.answer import State, Work
from registry.metrics.worklist.asking import Measured, Question
from registry.metrics.worklist.kinds import Found, Place, listed

DONE = {
    "published": ("not-published", "Chưa công khai trên Cổng Dịch vụ công quốc gia"),
    "decided": ("not-decided", "Chưa có quyết định công bố"),
}
TOO_CLOSE = ("too-close", "Công bố quá sát ngày có hiệu lực: còn kịp nếu lùi ngày có hiệu lực")


async def announcements(question: Question, kind: str, indicator: str) -> Found:
    """Announcements that must still be decided or published by the indicator's deadline, each worth the items that
    it has."""
    now = await question.measured(indicator)
    term = (now.definition.denominator or now.definition.numerator).term
    if not isinstance(term, Announced) or term.deadline is None:
        raise TypeError(f"{indicator} is not judged by a deadline of announcements")
    found: list[tuple[Place, Work]] = []
    together = 0
    for act in question.found.acts:
        wanted = _wanted(question, act, term.deadline)
        if wanted is None or not _concerns(question, act):
            continue
        place, work = await _work(question, kind, indicator, act, term, wanted)
        found.append((place, work))
        together += work.count if work.state == State.DUE else 0
    points = now.stake.change(won=(together, together), lost=(0, together))
    return listed(found, points, now.stake)


def _concerns(question: Question, act: Act) -> bool:
    """Whether it is an announcement of the agency that is asked."""
    return question.agency is None or bool(carried(question.found, act, (question.agency,)))


def _wanted(question: Question, act: Act, rule: Deadline) -> tuple[str, str] | None:
    """What is still to be done about an announcement; ``None`` for nothing, or nothing that is near."""
    limit = deadline(act, rule)
    if limit is None or limit > question.horizon:
        return None
    days = {"decided": act.decided, "effective": act.effective, "published": act.published}
    done, since = days[rule.by], days[rule.since]
    if done is None or done > question.as_of:
        return DONE[rule.by]
    return TOO_CLOSE if done > limit and since is not None and since > question.as_of else None


async def _work(
    question: Question, kind: str, indicator: str, act: Act, term: Announced, wanted: tuple[str, str]
) -> tuple[Place, Work]:
    assert term.deadline is not None
    limit = deadline(act, term.deadline)
    assert limit is not None
    count = len(act.items) if term.each else 1
    past = limit < question.as_of
    measured: Measured = await question.measured(indicator, limit.year)
    # What is not due yet is on neither side; once it is due it is in the denominator, in time or not.
    won, lost = ((count, 0), (0, 0)) if past else ((count, count), (0, count))
    work = Work(
        kind=kind,
        id=act.id,
        name=act.number or act.id,
        state=State.PAST if past else State.DUE,
        reason=wanted[0],
        detail=wanted[1],
        agency=act.issuer,
        agency_name=question.name(act.issuer),
        procedure=None,
        deadline=limit,
        days_left=question.left(limit),
        indicator=indicator,
        points=measured.stake.change(won=won, lost=lost),
        count=count,
    )
    return (int(past), -limit.toordinal() if past else limit.toordinal(), act.id), work
