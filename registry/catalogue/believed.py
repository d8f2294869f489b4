"""What a ledger believes of dated things, by key: timelines whose every span is a numbered row."""

from collections.abc import Callable, Iterable
from datetime import date
from typing import Generic, TypeVar

import msgspec

from registry.catalogue import timeline
from registry.catalogue.timeline import Span

T = TypeVar("T")


class Numbered(msgspec.Struct, Generic[T], frozen=True):
    """A state and the number of the change that recorded it."""

    seq: int
    state: T


class Believed(Generic[T]):
    """Timelines of one kind (``version``, ``agency``) within a unit of work.

    ``change`` numbers a change of ``(kind, key, action)``. Rows from before this unit of work that are no longer
    believed are in ``closed`` as (number of the change that superseded it, its own number); rows that it made and
    unmade itself leave no trace.
    """

    def __init__(self, kind: str, first: int, change: Callable[[str, str, str], int]) -> None:
        self.kind = kind
        self.closed: list[tuple[int, int]] = []
        self._first = first
        self._change = change
        self._spans: dict[str, list[Span[Numbered[T]]]] = {}

    def missing(self, keys: Iterable[str]) -> list[str]:
        """The keys that have not been loaded yet; from now on they count as loaded, with nothing known."""
        found = [key for key in dict.fromkeys(keys) if key not in self._spans]
        self._spans.update((key, []) for key in found)
        return found

    def load(self, key: str, start: date, end: date | None, seq: int, state: T) -> None:
        self._spans[key].append(Span(start, end, Numbered(seq, state)))

    def knows(self, key: str) -> bool:
        return bool(self._spans[key])

    def at(self, key: str, day: date) -> Span[Numbered[T]] | None:
        return timeline.at(self._spans[key], day)

    def spans(self, key: str) -> list[Span[Numbered[T]]]:
        """What holds of ``key``, oldest first."""
        return sorted(self._spans[key], key=lambda span: span.start)

    def natural_end(self, key: str, start: date) -> date | None:
        return timeline.natural_end(self._spans[key], start)

    def put(self, key: str, start: date, end: date | None, state: T, cut: Callable[[T], T]) -> None:
        """Let ``state`` hold on ``start <= day < end``; what it cuts short becomes ``cut`` of itself."""
        self._clear(key, start, end, cut)
        self._open(key, "put", start, end, state)

    def end(self, key: str, day: date, cut: Callable[[T], T]) -> bool:
        """End what holds on ``day``. Returns whether anything did. What begins later stays."""
        held = self.at(key, day)
        if held is None:
            return False
        self._clear(key, day, held.end, cut)
        self._change(self.kind, key, "end")
        return True

    def opened(self) -> Iterable[tuple[str, Span[Numbered[T]]]]:
        """The spans that this unit of work made, with their keys."""
        for key, spans in self._spans.items():
            for span in spans:
                if span.value.seq >= self._first:
                    yield key, span

    def _clear(self, key: str, start: date, end: date | None, cut: Callable[[T], T]) -> None:
        edit = timeline.clear(self._spans[key], start, end)
        if not edit.closed:
            return
        self._spans[key] = [span for span in self._spans[key] if span not in edit.closed]
        opening = [self._cut(key, span, start, cut) for span in edit.cut]
        by = opening[0] if opening else self._change(self.kind, key, "close")
        self.closed += [(by, span.value.seq) for span in edit.closed if span.value.seq < self._first]

    def _cut(self, key: str, span: Span[Numbered[T]], start: date, cut: Callable[[T], T]) -> int:
        state = cut(span.value.state) if span.end == start else span.value.state
        return self._open(key, "cut", span.start, span.end, state)

    def _open(self, key: str, action: str, start: date, end: date | None, state: T) -> int:
        seq = self._change(self.kind, key, action)
        self._spans[key].append(Span(start, end, Numbered(seq, state)))
        return seq
