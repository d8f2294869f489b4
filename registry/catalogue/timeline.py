"""Arithmetic on spans of days. Pure: it decides which rows close and which open, and touches no store.

A timeline is a set of spans that do not overlap. A span holds on ``start <= day < end``; an ``end`` of ``None``
is open. Gaps are days on which nothing was in force.
"""

import itertools
from collections.abc import Iterable
from datetime import date
from typing import Generic, TypeVar

import msgspec

T = TypeVar("T")


class Span(msgspec.Struct, Generic[T], frozen=True):
    """A value that holds from ``start`` to the day before ``end``."""

    start: date
    end: date | None
    value: T

    def holds(self, day: date) -> bool:
        return self.start <= day and (self.end is None or day < self.end)


class Edit(msgspec.Struct, Generic[T], frozen=True):
    """What an edit does: ``closed`` spans are no longer believed, ``cut`` are what remains of them."""

    closed: list[Span[T]]
    cut: list[Span[T]]


def at(spans: Iterable[Span[T]], day: date) -> Span[T] | None:
    """The span that holds on ``day``."""
    return next((span for span in spans if span.holds(day)), None)


def natural_end(spans: Iterable[Span[T]], start: date) -> date | None:
    """Where something that begins on ``start`` ends by itself: at the end of the span it falls into, or at the
    next span's beginning."""
    spans = list(spans)
    inside = at(spans, start)
    if inside is not None:
        return inside.end
    later = [span.start for span in spans if span.start > start]
    return min(later, default=None)


def clear(spans: Iterable[Span[T]], start: date, end: date | None) -> Edit[T]:
    """Make room on ``start <= day < end``: spans that reach into it are closed, their remainders cut."""
    if end is not None and end <= start:
        raise ValueError(f"a span must end after it begins: {start} … {end}")
    closed: list[Span[T]] = []
    cut: list[Span[T]] = []
    for span in spans:
        if (end is not None and span.start >= end) or (span.end is not None and span.end <= start):
            continue
        closed.append(span)
        if span.start < start:
            cut.append(Span(span.start, start, span.value))
        if end is not None and (span.end is None or span.end > end):
            cut.append(Span(end, span.end, span.value))
    return Edit(closed, cut)


def overlaps(spans: Iterable[Span[T]]) -> list[tuple[Span[T], Span[T]]]:
    """Pairs of neighbours that overlap; a sound timeline has none."""
    ordered = sorted(spans, key=lambda span: span.start)
    return [
        (left, right) for left, right in itertools.pairwise(ordered) if left.end is None or left.end > right.start
    ]
