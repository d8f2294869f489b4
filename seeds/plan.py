"""Which procedure is announced, amended, replaced and abolished by which announcement."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import date
from enum import StrEnum

import msgspec

from registry.vocabulary import Level
from seeds.chance import choose, draw, percent, shuffled
from seeds.entries import Entry
from seeds.slots import Calendar, Slot
from seeds.sources import Data
from seeds.titles import after_districts

_OFTEN = 9  # per cent of procedures that an announcement of their department amends
_SPARSE = 3  # every announcement of the report's year amends at least so many


class Deed(StrEnum):
    """What happens to a procedure on a day."""

    BEGIN = "begin"
    AMEND = "amend"
    REGRADE = "regrade"
    AGAIN = "again"
    MOVE = "move"
    END = "end"


class Happening(msgspec.Struct, frozen=True):
    slot: Slot
    deed: Deed


History = dict[str, list[Happening]]


class Plan:
    """The histories of all entries. ``histories`` holds them by code, each in order of time."""

    def __init__(self, data: Data, found: list[Entry]) -> None:
        self._data, self._entries = data, found
        sizes = Counter(entry.sector.department for entry in found)
        self.calendar = Calendar(data, dict(sorted(sizes.items())))
        self.histories: History = {entry.code: [] for entry in found}
        self._groups = self._dated_groups()
        self._fresh = self._newcomers()
        for entry in found:
            self._live(entry)
        self._fill()
        self._sort()
        self._end_districts()

    def alive(self, entry: Entry, day: date) -> bool:
        """Whether it is in force on ``day``, as far as it has been planned."""
        past = [happening for happening in self.histories[entry.code] if happening.slot.effective <= day]
        return bool(past) and max(past, key=lambda h: h.slot.effective).deed is not Deed.END

    def _add(self, entry: Entry, slot: Slot, deed: Deed) -> None:
        self.histories[entry.code].append(Happening(slot, deed))

    def _dated_groups(self) -> dict[int, Slot]:
        """Replacements by group: every other one in the report's year."""
        dated: dict[int, Slot] = {}
        for entry in self._entries:
            if entry.group < 0 or entry.group in dated:
                continue
            year, windows = self.calendar.year(entry.sector), self.calendar.windows(entry.sector)
            late = year and entry.group % 2 == 0
            dated[entry.group] = year[0] if late else choose(_since(windows[2:], entry), "group", entry.group)
        return dated

    def _newcomers(self) -> set[str]:
        able = [
            entry.code
            for entry in self._entries
            if not entry.fate and not entry.essential and self.calendar.year(entry.sector)
        ]
        return set(shuffled(able, "new")[: self._data.outline.new])

    def _live(self, entry: Entry) -> None:
        begin, end = self._begin(entry), None
        self._add(entry, begin, Deed.BEGIN)
        if entry.fate == "old":
            end = self._groups[entry.group]
        elif entry.fate == "-":
            end = self._abolished(entry, begin)
        regrading = self.calendar.regrading(entry.sector)
        last = end.effective if end else date.max
        for slot in self.calendar.windows(entry.sector):
            often = percent(_OFTEN, "amend", entry.code, slot.window)
            if begin.effective < slot.effective < last and often:
                self._add(entry, slot, Deed.AMEND)
        if begin.effective < self._data.outline.regrading.decree and regrading.effective < last:
            self._add(entry, regrading, Deed.REGRADE)
        if entry.sector.after and entry.level is Level.PROVINCE:
            slot = self.calendar.merging(entry.sector)
            if begin.effective < slot.effective < last:
                self._add(entry, slot, Deed.AGAIN)
        if end:
            self._add(entry, end, Deed.END)

    def _begin(self, entry: Entry) -> Slot:
        if entry.fate == "new":
            return self._groups[entry.group]
        if entry.code in self._fresh:
            return choose(self.calendar.year(entry.sector), "fresh", entry.code)
        windows = self.calendar.windows(entry.sector)
        if entry.fate:
            before = self._groups[entry.group].effective if entry.fate == "old" else windows[-1].effective
            able = [slot for slot in windows[:4] if slot.effective < before]
            return choose(able, "begin", entry.code)
        outline = self._data.outline
        old = percent(outline.share_old, "age", entry.code)
        able = [slot for slot in windows if (slot.effective < outline.regrading.decree) == old]
        able = _since(able, entry) or _since(windows, entry)
        weighted = [slot for slot in able for _ in range(outline.window[slot.window].weight)]
        whose = entry.sector.code if percent(60, "with", entry.code) else entry.code
        return choose(weighted, "begin", whose)

    def _abolished(self, entry: Entry, begin: Slot) -> Slot:
        year = self.calendar.year(entry.sector)
        if year and percent(50, "abolished", entry.code):
            return year[0]
        later = [slot for slot in self.calendar.windows(entry.sector) if slot.effective > begin.effective]
        return choose(later[1:] or later, "abolished when", entry.code)

    def _fill(self) -> None:
        """Amend in the report's year until it has as many items as it must."""
        outline = self._data.outline
        slots = [slot for slot in self.calendar.slots if slot.effective.year == outline.day.year]
        slots = [slot for slot in slots if slot.effective <= outline.day]
        count = self._count()
        quiet = [entry for entry in self._entries if self._quiet(entry)]
        waiting: dict[object, list[Entry]] = defaultdict(list)
        for entry in sorted(quiet, key=lambda entry: draw("fill", entry.code), reverse=True):
            for slot in self.calendar.year(entry.sector):
                waiting[slot.key].append(entry)
        used: set[str] = set()
        for slot in _turns(slots, outline.items):
            while waiting[slot.key] and waiting[slot.key][-1].code in used:
                waiting[slot.key].pop()
            if count < outline.items and waiting[slot.key]:
                entry = waiting[slot.key].pop()
                used.add(entry.code)
                self._add(entry, slot, Deed.AMEND)
                count += 1
        if count != outline.items:
            raise ValueError(f"the report's year has {count} items, it needs {outline.items}")

    def _quiet(self, entry: Entry) -> bool:
        """In force, and untouched in the report's year."""
        year = self._data.outline.day.year
        touched = any(h.slot.effective.year == year for h in self.histories[entry.code])
        return entry.current and not touched and bool(self.calendar.year(entry.sector))

    def _count(self) -> int:
        """The items of the report's year so far: a replacement is one, however many codes it names."""
        found: set[object] = set()
        for entry in self._entries:
            for happening in self.histories[entry.code]:
                if happening.slot.effective.year == self._data.outline.day.year:
                    grouped = entry.group >= 0 and happening.slot == self._groups[entry.group]
                    found.add(entry.group if grouped else (entry.code, happening.slot.effective))
        return len(found)

    def _sort(self) -> None:
        for history in self.histories.values():
            history.sort(key=lambda happening: happening.slot.effective)

    def _end_districts(self) -> None:
        """Move what the districts did, or abolish it, as where the level below does the same already."""
        day = self._data.outline.two_tier
        alive = [entry for entry in self._entries if self.alive(entry, day)]
        staying = {entry.title for entry in alive if not _touched(entry)}
        for entry in filter(_touched, alive):
            gone = "!" in entry.moves or next_title(entry) in staying
            self._add(entry, self.calendar.ending(entry.sector), Deed.END if gone else Deed.MOVE)


def _since(slots: list[Slot], entry: Entry) -> list[Slot]:
    """The slots on whose days the law knew the entry."""
    return [slot for slot in slots if slot.effective >= (entry.sector.since or date.min)]


def next_title(entry: Entry) -> str:
    """The title of an entry once the district level has ended."""
    return after_districts(entry.title, "cấp tỉnh" if "^" in entry.moves else "cấp xã")


def _touched(entry: Entry) -> bool:
    return entry.level is Level.DISTRICT or "huyện" in entry.title


def _turns(slots: Sequence[Slot], rounds: int) -> Iterator[Slot]:
    """The slots over and over: each of them at first, then some of them each time."""
    for number in range(rounds):
        for slot in sorted(slots, key=lambda slot: draw("round", number, slot.key)):
            if number < _SPARSE or percent(40, "turn", number, slot.key):
                yield slot
