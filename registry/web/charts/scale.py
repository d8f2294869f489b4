"""Scales: round numbers that cover the data, and where a value stands between them."""

from collections.abc import Iterable
from fractions import Fraction
from math import ceil, floor

import msgspec

_STEPS = (1, 2, 5)


def ticks(low: float, high: float, *, most: int = 5, whole: bool = False) -> tuple[float, ...]:
    """Round numbers in even steps of 1, 2 or 5 times a power of ten, the first at or below ``low``, the last at or
    above ``high``: at most ``most`` steps, at least one. ``whole`` takes steps of one and more only.

    Raises ``ValueError`` where ``high`` is below ``low``.
    """
    if high < low:
        raise ValueError(f"a scale cannot go from {low} up to {high}")
    bottom, top = Fraction(low), Fraction(high)
    step = _first(top - bottom, most)
    if whole:
        step = max(step, Fraction(1))
    while True:
        first, last = floor(bottom / step), ceil(top / step)
        if last == first:
            last += 1
        if last - first <= most:
            return tuple(float(number * step) for number in range(first, last + 1))
        step = _next(step)


def _first(span: Fraction, most: int) -> Fraction:
    """The smallest round step that could do; a step of one where all is the same."""
    if span == 0:
        return Fraction(1)
    power = Fraction(1)
    while power * most > span:
        power /= 10
    while power * 10 * most <= span:
        power *= 10
    return next(power * step for step in (*_STEPS, 10) if power * step * most >= span)


def _next(step: Fraction) -> Fraction:
    """The round step after this one: 1, 2, 5, 10, 20 …"""
    lead = step
    while lead >= 10:
        lead /= 10
    while lead < 1:
        lead *= 10
    return step * 2 if lead in (1, 5) else step * Fraction(5, 2)


class Scale(msgspec.Struct, frozen=True):
    """From ``low`` at 0 % to ``high`` at 100 %, with its marks."""

    marks: tuple[float, ...]

    @property
    def low(self) -> float:
        return self.marks[0]

    @property
    def high(self) -> float:
        return self.marks[-1]

    def place(self, value: float) -> float:
        """Where a value stands, in per cent of the way up."""
        return 100 * (value - self.low) / (self.high - self.low)


def shares(values: Iterable[float], *, least: float = 5.0) -> Scale:
    """A scale for shares in per cent, where they move: it spans ``least`` points or more, so that
    noise does not look like news, and never goes beyond 0 and 100."""
    found = list(values)
    low, high = (min(found), max(found)) if found else (0.0, 100.0)
    short = max(0.0, least - (high - low))
    low, high = low - short / 2, high + short / 2
    if low < 0:
        low, high = 0.0, max(high, least)
    if high > 100:
        low, high = min(low, 100 - least), 100.0
    return Scale(ticks(low, high))
