"""Procedures that keep an indicator from its points."""

from collections.abc import Callable, Iterable

from registry.metrics.counting import procedures
from registry.metrics.holdings import Held
from registry.metrics.sides import Procedures, Side
from registry.metrics.worklist.answer import State, Work
from registry.metrics.worklist.asking import Measured, Question
from registry.metrics.worklist.kinds import Found, Place, listed

Why = tuple[str, str]
"""A reason, and the words for it."""


def counted(measured: Measured, side: Side | None) -> dict[str, Held]:
    """The procedures that a side counts, by code."""
    if side is None or not isinstance(side.term, Procedures):
        return {}
    return {one.code: one for one in procedures(measured.settled, measured.gathered, side.term).get((), ())}


def failing(measured: Measured) -> dict[str, Held]:
    """Those that are in the denominator and not in the numerator."""
    definition = measured.definition
    met = counted(measured, definition.numerator)
    return {code: one for code, one in counted(measured, definition.denominator).items() if code not in met}


def unknown(measured: Measured, reason: str) -> dict[str, Held]:
    """Those that are left out for this reason."""
    sides = [one.count for one in measured.definition.exclusions if one.reason == reason]
    return {code: one for side in sides for code, one in counted(measured, side).items()}


def together(
    question: Question,
    kind: str,
    measured: Measured,
    groups: Iterable[tuple[dict[str, Held], tuple[int, int], Callable[[Held], Why]]],
) -> Found:
    """Work of several groups of procedures, each with what doing one adds to numerator and denominator. A
    procedure of two groups counts in the first, and groups stand in their order."""
    found: dict[str, tuple[Place, Work]] = {}
    gains = [0, 0]
    for number, (members, gain, why) in enumerate(groups):
        for code, one in members.items():
            if code in found:
                continue
            gains = [gains[0] + gain[0], gains[1] + gain[1]]
            points = measured.stake.change(won=gain)
            place = (number, -round((points or 0) * 10**6), code)
            found[code] = place, _work(question, kind, measured, one, why(one), points)
    points = measured.stake.change(won=(gains[0], gains[1]))
    return listed(list(found.values()), points, measured.stake)


def _work(question: Question, kind: str, measured: Measured, one: Held, why: Why, points: float | None) -> Work:
    return Work(
        kind=kind,
        id=one.code,
        name=one.content.name,
        state=State.OPEN,
        reason=why[0],
        detail=why[1],
        agency=one.content.issuer,
        agency_name=question.name(one.content.issuer),
        procedure=one.code,
        deadline=None,
        days_left=None,
        indicator=measured.definition.id,
        points=points,
    )
