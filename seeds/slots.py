"""When which department announces: the announcements to be, before anything stands in them."""

from collections.abc import Iterator
from datetime import date, timedelta

import msgspec

from seeds.chance import draw
from seeds.sources import Data, Sector

_SMALL = 20  # departments with fewer procedures announce in every other window


class Slot(msgspec.Struct, frozen=True):
    """An announcement to be. ``window`` numbers those before the report's year, -1 is none of them."""

    effective: date
    department: str
    sectors: tuple[str, ...] = ()
    window: int = -1
    regrades: bool = False

    @property
    def key(self) -> tuple[date, str, tuple[str, ...]]:
        return (self.effective, self.department, self.sectors)


class Calendar:
    """All slots of a catalogue, asked by sector."""

    def __init__(self, data: Data, sizes: dict[str, int]) -> None:
        self._data = data
        self.slots = [*_windows(data, sizes), *_regradings(data, sizes), *_year(data), *_two_tier(data, sizes)]

    def _covering(self, sector: Sector) -> Iterator[Slot]:
        for slot in self.slots:
            department = self.department(sector, slot.effective)
            if slot.department == department and (not slot.sectors or sector.code in slot.sectors):
                yield slot

    def department(self, sector: Sector, day: date) -> str:
        return sector.after if sector.after and day >= self._data.outline.merger else sector.department

    def windows(self, sector: Sector) -> list[Slot]:
        """The slots before the report's year, oldest first."""
        return [slot for slot in self._covering(sector) if slot.window >= 0]

    def regrading(self, sector: Sector) -> Slot:
        return next(slot for slot in self._covering(sector) if slot.regrades)

    def year(self, sector: Sector) -> list[Slot]:
        """The slots of the report's year, up to its day; that of the merger first, where there is one."""
        found = [
            slot
            for slot in self._covering(sector)
            if slot.window < 0 and not slot.regrades and slot.effective <= self._data.outline.day
        ]
        return sorted(found, key=lambda slot: (slot.effective != self._data.outline.merger, slot.effective))

    def merging(self, sector: Sector) -> Slot:
        """The slot by which a sector comes to another department."""
        return self.year(sector)[0]

    def ending(self, sector: Sector) -> Slot:
        """The slot of the day on which the district level has ended."""
        day = self._data.outline.two_tier
        return next(slot for slot in self._covering(sector) if slot.effective == day)


def _workday(day: date) -> date:
    return day - timedelta(days=max(0, day.weekday() - 4))


def between(first: date, last: date, *about: object) -> date:
    """A working day of the window, always the same for what it is about."""
    return _workday(first + timedelta(days=draw("day", *about) % ((last - first).days + 1)))


def _windows(data: Data, sizes: dict[str, int]) -> Iterator[Slot]:
    for department, size in sizes.items():
        for number, window in enumerate(data.outline.window):
            if size >= _SMALL or number % 2 == 0:
                day = between(window.first, window.last, department, number)
                yield Slot(day, department, window=number)


def _regradings(data: Data, sizes: dict[str, int]) -> Iterator[Slot]:
    regrading = data.outline.regrading
    for department in sizes:
        day = between(regrading.first, regrading.last, department, "regrading")
        yield Slot(day, department, regrades=True)


def _year(data: Data) -> Iterator[Slot]:
    for announced in data.outline.announcement:
        yield Slot(announced.effective, announced.department, announced.sectors)


def _two_tier(data: Data, sizes: dict[str, int]) -> Iterator[Slot]:
    departments = {sector.after or sector.department for sector in data.sectors} | set(sizes)
    for department in sorted(departments):
        yield Slot(data.outline.two_tier, department)
