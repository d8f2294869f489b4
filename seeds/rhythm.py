"""When people come: by the day of the week, the month and the holidays, each office in a rhythm of its own."""

from bisect import bisect_right
from datetime import date, timedelta
from itertools import accumulate

from registry.calendar import is_working
from seeds.chance import generator

_WEEKDAYS = (1.22, 1.1, 1.0, 0.97, 0.8, 0.05, 0.03)
_AWAY = 10  # days around a long holiday on which fewer people come
_DIP = 0.45


class Days:
    """The days from ``first`` to ``last`` by their number from 0, and how much each weighs at an office.

    ``iso`` and ``short`` are how they are written (2025-05-31, 250531), ``worked`` the last working day until
    each, or the day itself where there is none.
    """

    def __init__(self, first: date, last: date) -> None:
        self.first, self.last = first, last
        self.count = (last - first).days + 1
        self.working = [is_working(self.day(number)) for number in range(self.count)]
        self.iso = [self.day(number).isoformat() for number in range(self.count)]
        self.short = [f"{iso[2:4]}{iso[5:7]}{iso[8:]}" for iso in self.iso]
        self.worked: list[int] = []
        for number, working in enumerate(self.working):
            self.worked.append(number if working or not self.worked else self.worked[-1])
        self._weights = [_WEEKDAYS[self.day(number).weekday()] for number in range(self.count)]
        for number in range(self.count):
            if not self.working[number]:
                self._weights[number] = min(self._weights[number], _WEEKDAYS[5])
            elif self._long_holiday(number):
                self._weights[number] *= _DIP

    def day(self, number: int) -> date:
        return self.first + timedelta(days=number)

    def number(self, day: date) -> int:
        """The number of a day; of the first or the last where it is beyond them."""
        return min(max((day - self.first).days, 0), self.count - 1)

    def _long_holiday(self, number: int) -> bool:
        """Whether offices are closed for five days in a row somewhere near."""
        near = [is_working(self.day(each)) for each in range(number - _AWAY, number + _AWAY + 1)]
        run = longest = 0
        for open_ in near:
            run = 0 if open_ else run + 1
            longest = max(longest, run)
        return longest >= 5

    def sums(self, *about: object) -> tuple[list[float], list[float]]:
        """Running sums of the weights at one office: of all days, for what comes online, and of working days."""
        noise = generator("rhythm", *about)
        week = [0.85 + 0.3 * noise.random() for _ in range(7)]
        months: dict[tuple[int, int], float] = {}
        every, open_ = [], []
        for number in range(self.count):
            day = self.day(number)
            month = months.setdefault((day.year, day.month), 0.75 + 0.5 * noise.random())
            weight = self._weights[number] * week[day.weekday()] * month * (0.8 + 0.4 * noise.random())
            every.append(weight)
            open_.append(weight if self.working[number] else 0.0)
        return list(accumulate(every)), list(accumulate(open_))


def pick(sums: list[float], first: int, last: int, chance: float) -> int:
    """The day between ``first`` and ``last`` that ``chance`` (0 to below 1) falls on."""
    low = sums[first - 1] if first else 0.0
    place = bisect_right(sums, low + (sums[last] - low) * chance)
    return min(max(place, first), last)
