"""The figures that the reports publish, each with the sentence that says it and the question that must give it."""

from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

from seeds.sources import Source, one


class Figure(Source, frozen=True):
    """One published figure. ``indicator`` names what computes it, ``observed`` what was reported by others.

    ``what`` is the side of the answer: ``count`` (the numerator, or what was observed), ``denominator``, ``ratio``
    in per cent, ``change`` since the compared period or ``relative-change``, that change in per cent. ``decimals``
    is the precision to which it was published; one that is ``over`` or ``nearly`` was rounded at its last digit
    that is not zero.
    """

    report: str
    id: str
    sentence: str
    published: float
    how: Literal["exactly", "over", "nearly"]
    decimals: int
    unit: Literal["count", "percent", "points", "rank", "places"]
    agency: str
    start: date
    end: date
    what: Literal["count", "denominator", "ratio", "change", "relative-change"] = "count"
    indicator: str = ""
    observed: str = ""
    below: bool = True
    level: str | None = None
    sector: str | None = None
    compare_start: date | None = None
    compare_end: date | None = None
    note: str = ""

    @property
    def compared(self) -> tuple[date, date] | None:
        """The first and the last day of the period that it is compared with."""
        return (self.compare_start, self.compare_end) if self.compare_start and self.compare_end else None

    @property
    def exact(self) -> Decimal:
        """The published number."""
        return Decimal(str(self.published)).quantize(Decimal(1).scaleb(-self.decimals))

    @property
    def step(self) -> Decimal:
        """The worth of its last digit that is not zero: 1,000 of 272,000, 100 of 1,800."""
        return Decimal(1).scaleb(int(self.exact.normalize().as_tuple().exponent))

    def holds(self, computed: Decimal) -> bool:
        """Whether ``computed`` is what was published, to the precision to which it was."""
        if self.how == "over":
            return self.exact < computed < self.exact + self.step
        if self.how == "nearly":
            return self.exact - self.step < computed < self.exact
        return computed.quantize(self.exact, ROUND_HALF_UP) == self.exact


class Published(Source, frozen=True):
    figure: tuple[Figure, ...]


def figures() -> tuple[Figure, ...]:
    """All of them, report by report."""
    return one("", "published.toml", Published).figure
