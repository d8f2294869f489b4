"""Whose an agency is on a day: the tree as it stood then, through every merger, split and end."""

from bisect import bisect_right
from datetime import date

import msgspec

from registry.catalogue.agencies import AgencyVersion
from registry.metrics.holdings import Holdings


class Seat(msgspec.Struct, frozen=True):
    """Where an agency stands on a day: what it has become, and all above that, the nearest first.

    ``level`` is its own on that day (its last one once it has ended, that of what is above where it has none).
    """

    chain: tuple[str, ...]
    level: str | None
    levels: tuple[str | None, ...]


Tree = dict[str, Seat]


class Atlas:
    """The trees of all days. Between two of ``days`` nothing changes."""

    def __init__(self, found: Holdings) -> None:
        self._states: dict[str, list[AgencyVersion]] = {}
        for one in found.bodies:
            self._states.setdefault(one.code, []).append(one)
        self._after: dict[str, list[tuple[str, date]]] = {}
        for old, new, day in found.successions:
            self._after.setdefault(old, []).append((new, day))
        changes = {day for one in found.bodies for day in (one.valid_from, one.valid_to) if day is not None}
        self.days = sorted(changes | {day for _, _, day in found.successions})
        self._trees: dict[int, Tree] = {}

    def __contains__(self, code: str) -> bool:
        return code in self._states

    def state(self, code: str, day: date) -> AgencyVersion:
        """What an agency is on ``day``: before it began what it was first, once it has ended what it was last."""
        states = self._states[code]
        begun = [one for one in states if one.valid_from is None or one.valid_from <= day]
        return begun[-1] if begun else states[0]

    def exists(self, code: str, day: date) -> bool:
        return any(
            (one.valid_from is None or one.valid_from <= day) and (one.valid_to is None or day < one.valid_to)
            for one in self._states[code]
        )

    def tree(self, day: date) -> Tree:
        """Where each agency stands on ``day``."""
        epoch = self.epoch(day)
        if epoch not in self._trees:
            placing = _Placing(self, day)
            self._trees[epoch] = {code: placing.seat(code) for code in self._states}
        return self._trees[epoch]

    def epoch(self, day: date) -> int:
        """The number of the run of days that ``day`` is in, in which nothing changes."""
        return bisect_right(self.days, day)

    def heirs(self, code: str, day: date) -> list[str]:
        """What took the place of ``code`` by ``day``."""
        return [new for new, since in self._after.get(code, ()) if since <= day and new in self._states]

    def codes(self) -> list[str]:
        return list(self._states)


class _Placing:
    """Works out the seats of one day."""

    def __init__(self, atlas: Atlas, day: date) -> None:
        self._atlas = atlas
        self._day = day
        self._chains: dict[str, tuple[str, ...]] = {}

    def seat(self, code: str) -> Seat:
        chain = self.chain(code, frozenset())
        levels = tuple(self._level(one) for one in chain)
        own = self._atlas.state(code, self._day).level
        return Seat(chain, own or next((level for level in levels if level), None), levels)

    def _level(self, code: str) -> str | None:
        return self._atlas.state(code, self._day).level

    def chain(self, code: str, seen: frozenset[str]) -> tuple[str, ...]:
        """What ``code`` has become and all above; ``seen`` are those on whose account this is asked, so that
        records which lead in a circle end."""
        if code in self._chains:
            return self._chains[code]
        state = self._atlas.state(code, self._day)
        ended = state.valid_to is not None and state.valid_to <= self._day
        above = self._above(state.parent, seen | {code})
        found = (self._heirs(code, seen | {code}) or above or (code,)) if ended else (code, *above)
        if not seen:
            self._chains[code] = found
        return found

    def _above(self, parent: str | None, seen: frozenset[str]) -> tuple[str, ...]:
        if parent is None or parent in seen or parent not in self._atlas:
            return ()
        return self.chain(parent, seen)

    def _heirs(self, code: str, seen: frozenset[str]) -> tuple[str, ...]:
        """The chain of the one that took its place, or what is above all of them: a dossier cannot be divided."""
        chains = [self.chain(one, seen) for one in self._atlas.heirs(code, self._day) if one not in seen]
        if not chains:
            return ()
        first, *others = chains
        return next((first[n:] for n, one in enumerate(first) if all(one in chain for chain in others)), ())


def atlas(found: Holdings) -> Atlas:
    """The atlas of these holdings, made once."""
    return found.once("atlas", lambda: Atlas(found))
