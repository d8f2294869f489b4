"""Parts of a procedure as a source with fewer keys tells them, filled from what is already known of them.

A part is known again by what every source tells: a paper and a step by their words, a fee by its amount and text,
a channel by its kind; of several alike each in its turn. What the source does not speak of stays; what it tells
differently is taken.
"""

from collections.abc import Callable, Hashable, Iterable
from typing import Generic, TypeVar

import msgspec

from registry.procedure import Case, Fee, Paper, Step, Way
from registry.vocabulary import FeeState
from search.text import fold

T = TypeVar("T")


class _Known(Generic[T]):
    """What is known, by a key; each is given out once."""

    def __init__(self, parts: Iterable[T], key: Callable[[T], Hashable]) -> None:
        self._key = key
        self._parts: dict[Hashable, list[T]] = {}
        for part in parts:
            self._parts.setdefault(key(part), []).append(part)

    def again(self, told: T) -> T | None:
        """The known part that ``told`` is, if there is one left."""
        parts = self._parts.get(self._key(told))
        return parts.pop(0) if parts else None


def ways(held: tuple[Way, ...], told: tuple[Way, ...]) -> tuple[Way, ...]:
    """Channels: a time or fees that are not told are those of the same channel; fees keep their kind."""
    known = _Known(held, lambda way: way.channel)
    return tuple(_way(way, known.again(way)) for way in told)


def _way(told: Way, known: Way | None) -> Way:
    if known is None:
        return told
    # A fee and a service fee of one amount and text are one to who has no word for kinds: all of them are meant.
    fees: list[Fee] = []
    for one in told.fees:
        fees += [fee for fee in known.fees if _priced(fee) == _priced(one)] or [one]
    if all(fee.state is FeeState.UNKNOWN and not fee.text for fee in fees):
        fees = list(known.fees) or fees
    return msgspec.structs.replace(told, time=told.time or known.time, fees=tuple(fees))


def _priced(fee: Fee) -> Hashable:
    return fee.state, fee.amount, fee.currency, fee.text


def steps(held: tuple[Step, ...], told: tuple[Step, ...]) -> tuple[Step, ...]:
    """Steps keep their names."""
    known = _Known(held, lambda step: fold(step.text))
    return tuple(known.again(step) or step for step in told)


def cases(held: tuple[Case, ...], told: tuple[Case, ...]) -> tuple[Case, ...]:
    """Papers keep their codes and forms, and what is known of their being required or electronic."""
    known = _Known((paper for case in held for paper in case.papers), lambda paper: fold(paper.name))
    return tuple(
        msgspec.structs.replace(case, papers=tuple(_paper(paper, known.again(paper)) for paper in case.papers))
        for case in told
    )


def _paper(told: Paper, known: Paper | None) -> Paper:
    if known is None:
        return told
    return msgspec.structs.replace(
        told,
        name=known.name,
        code=told.code or known.code,
        required=known.required if told.required is None else told.required,
        electronic=known.electronic if told.electronic is None else told.electronic,
        forms=told.forms or known.forms,
    )
