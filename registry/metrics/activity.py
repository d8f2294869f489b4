"""Which procedures had dossiers: for each agency and each month or year a set of them, as the bits of a number.

How many *different* procedures a province had cannot be added up from its agencies, and going through every pair
of agency and procedure takes longer than everything else together. So the sets are kept in memory, by the revision
of the dossiers from which they were read: whatever is taken in is a new revision, and nothing kept is ever stale.
A new revision tells which months of which agencies it touched; the sets of all others stay as they are.
"""

from collections import OrderedDict
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from weakref import WeakKeyDictionary

import msgspec
from piccolo.querystring import QueryString

from registry import dossiers
from registry.dossiers.measures import BY_NAME, predicate
from registry.dossiers.tallies import Grain
from registry.engine import Database, Row
from registry.metrics import reading
from registry.metrics.backlog import Backlog
from registry.metrics.definitions import definitions
from registry.metrics.periods import Span
from registry.metrics.sides import Procedures, terms
from registry.metrics.territory import Place

KEPT = 2
KEPT_DAYS = 64
KEPT_JOINED = 256
Bits = tuple[int, ...]
"""One set for each of the measures, in their order."""
_encode = msgspec.json.Encoder().encode


class Numbering:
    """Procedures by the number of their bit. It only grows, so that sets of different days can be joined."""

    def __init__(self) -> None:
        self._bits: dict[str, int] = {}
        self._codes: list[str] = []

    def mask(self, codes: frozenset[str] | set[str]) -> int:
        """The set of these codes."""
        try:
            return sum(map(self._bits.__getitem__, codes))  # each has a bit of its own: their sum is their union
        except KeyError:
            return sum(map(self._bit, codes))

    def codes(self, bits: int) -> set[str]:
        """The codes of a set."""
        found = set()
        while bits:
            low = bits & -bits
            found.add(self._codes[low.bit_length() - 1])
            bits ^= low
        return found

    def has(self, bits: int, code: str) -> bool:
        """Whether a set has a code."""
        return bool(bits & self._bit(code))

    def _bit(self, code: str) -> int:
        if code not in self._bits:
            self._bits[code] = 1 << len(self._codes)
            self._codes.append(code)
        return self._bits[code]


numbering = Numbering()


class Activity:
    """The sets of one revision of the dossiers, read as they are asked for."""

    def __init__(self, measures: tuple[str, ...]) -> None:
        self.measures = measures
        self._kept: dict[tuple[Grain, int], dict[str, Bits]] = {}
        self._nothing: Bits = (0,) * len(measures)
        self._days: OrderedDict[Span, dict[str, Bits]] = OrderedDict()
        self._joined: OrderedDict[Hashable, dict[Place, Bits]] = OrderedDict()
        self.backlog = Backlog()

    def without(self, touched: Collection[tuple[str, int]]) -> "Activity":
        """What of it is the same in a later revision, which touched these months of agencies."""
        made = Activity(self.measures)
        for (grain, period), held in self._kept.items():
            gone = {code for code, month in touched if (month if grain is Grain.MONTH else month // 100) == period}
            made._kept[grain, period] = _less(held, gone)
        for span, held in self._days.items():
            first, last = (day.year * 100 + day.month for day in (span.start, span.end))
            made._days[span] = _less(held, {code for code, month in touched if first <= month <= last})
        made.backlog = self.backlog.without({code for code, _ in touched})
        return made

    async def joined(
        self, database: Database, grain: Grain, periods: Sequence[int], members: Mapping[str, Place]
    ) -> dict[Place, Bits]:
        """The sets of each place: those of all its agencies in all of these months or years."""
        key = (grain, tuple(periods), tuple(members.items()))
        if key not in self._joined:
            await self._ready(database, grain, periods, list(members))
            kept = [self._kept[grain, period] for period in periods]
            self._joined[key] = self._union(members, [(code, held[code]) for held in kept for code in members])
        return self._shelved(key)

    async def joined_days(self, database: Database, span: Span, members: Mapping[str, Place]) -> dict[Place, Bits]:
        """The same of loose days."""
        key = (span, tuple(members.items()))
        if key not in self._joined:
            held = await self._loose(database, span, list(members))
            self._joined[key] = self._union(members, [(code, held[code]) for code in members])
        return self._shelved(key)

    def _union(self, members: Mapping[str, Place], found: Iterable[tuple[str, Bits]]) -> dict[Place, Bits]:
        sets: dict[Place, list[int]] = {place: list(self._nothing) for place in members.values()}
        for code, bits in found:
            if bits is not self._nothing:
                own = sets[members[code]]
                for place, each in enumerate(bits):
                    own[place] |= each
        return {place: tuple(each) for place, each in sets.items()}

    def _shelved(self, key: Hashable) -> dict[Place, Bits]:
        self._joined.move_to_end(key)
        found = self._joined[key]
        while len(self._joined) > KEPT_JOINED:
            self._joined.popitem(last=False)
        return found

    async def _ready(
        self, database: Database, grain: Grain, periods: Sequence[int], agencies: Sequence[str]
    ) -> None:
        """Read what is not kept yet of these agencies in these months or years."""
        missing: dict[str, None] = {}
        for period in periods:
            held = self._kept.setdefault((grain, period), {})
            missing |= dict.fromkeys(code for code in agencies if code not in held)
        if not missing:
            return
        for row in await self._read(database, grain, periods, list(missing)):
            held = self._kept[grain, row["period"]]
            sets = (set((row[name] or "").split("\n")) - {""} for name in self.measures)
            held[row["agency"]] = tuple(map(numbering.mask, sets))
        for period in periods:
            held = self._kept[grain, period]
            for code in missing:
                held.setdefault(code, self._nothing)

    async def _read(
        self, database: Database, grain: Grain, periods: Sequence[int], agencies: list[str]
    ) -> list[Row]:
        table, period = ("tally_procedure", "year") if grain is Grain.YEAR else ("tally_cell", "month")
        joined = "group_concat({}, char(10))" if database.kind == "sqlite" else "string_agg({}, chr(10))"
        columns = [
            joined.format(f"CASE WHEN t.{name} > 0 THEN t.procedure END") + f" AS {name}" for name in self.measures
        ]
        return await database.rows(
            QueryString(
                f"SELECT t.agency, t.{period} AS period, {', '.join(columns)} FROM ({_source(database)}) m "
                f"CROSS JOIN {table} t WHERE t.agency = m.agency AND t.{period} >= {{}} AND t.{period} <= {{}} "
                f"GROUP BY t.agency, t.{period}",
                _encode(agencies).decode(),
                min(periods),
                max(periods),
            )
        )

    async def _loose(self, database: Database, span: Span, agencies: Sequence[str]) -> dict[str, Bits]:
        """The sets of loose days, from the records: a year's tally says which procedures to look at."""
        held = self._days.setdefault(span, {})
        self._days.move_to_end(span)
        while len(self._days) > KEPT_DAYS:
            self._days.popitem(last=False)
        missing = [code for code in agencies if code not in held]
        if missing:
            sets: dict[str, list[set[str]]] = {}
            for row in await self._records(database, span, missing):
                found = sets.setdefault(row["agency"], [set() for _ in self.measures])
                for place, name in enumerate(self.measures):
                    if row[name]:
                        found[place].add(row["procedure"])
            held |= dict.fromkeys(missing, self._nothing)
            held |= {code: tuple(map(numbering.mask, found)) for code, found in sets.items()}
        return held

    async def _records(self, database: Database, span: Span, agencies: list[str]) -> list[Row]:
        flags = [
            f"MAX(CASE WHEN {predicate(BY_NAME[name], 't')} THEN 1 ELSE 0 END) AS {name}" for name in self.measures
        ]
        return await database.rows(
            QueryString(
                f"SELECT t.agency, t.procedure, {', '.join(flags)} FROM ({_source(database)}) m "
                "CROSS JOIN tally_procedure p CROSS JOIN dossier t WHERE p.agency = m.agency AND p.received > 0 "
                "AND p.year >= {} AND p.year <= {} AND t.agency = p.agency AND t.procedure = p.procedure "
                "AND t.received >= {} AND t.received <= {} GROUP BY t.agency, t.procedure",
                _encode(agencies).decode(),
                span.start.year,
                span.end.year,
                span.start.toordinal(),
                span.end.toordinal(),
            )
        )

    def named(self, sets: Bits) -> dict[str, int]:
        """Sets by their measures."""
        return dict(zip(self.measures, sets, strict=True))


def _less(held: dict[str, Bits], gone: set[str]) -> dict[str, Bits]:
    return {code: bits for code, bits in held.items() if code not in gone}


def _source(database: Database) -> str:
    """Agencies, as rows of a query that begins with them."""
    if database.kind == "sqlite":
        return "SELECT value AS agency FROM json_each({})"
    return "SELECT jsonb_array_elements_text({}::jsonb) AS agency"


_shelves: WeakKeyDictionary[Database, OrderedDict[int, Activity]] = WeakKeyDictionary()


async def activity(database: Database) -> Activity:
    """The sets of the dossiers as they are in this snapshot."""
    revision = await reading.revision(database)
    shelf = _shelves.setdefault(database, OrderedDict())
    if revision not in shelf:
        before = max((one for one in shelf if one < revision), default=None)
        if before is None:
            made = Activity(asked_for())
        else:
            kept = shelf[before]
            made = kept.without(await dossiers.touched(database, before))
        shelf.setdefault(revision, made)
        while len(shelf) > KEPT:
            shelf.popitem(last=False)
    return shelf[revision]


def asked_for() -> tuple[str, ...]:
    """The measures of which some definition asks for the procedures."""
    found = (term for one in definitions() for side in one.sides for term in terms(side))
    return tuple(dict.fromkeys(term.having for term in found if isinstance(term, Procedures) and term.having))
