"""Ratios, points and classification: exact arithmetic on whole numbers, rounded once, at the end.

The rule, stated here only: a ratio is in per cent with two decimals, points have two decimals, both rounded half
up from the exact fraction; an indicator's points are never more than its most nor less than zero. A group's points
are the sum of its indicators' rounded points, a total that of its groups, so that sums always come out.
"""

import msgspec

from registry.metrics.answer import Title


class Points(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """At most ``most`` points, all of them from ``full`` per cent on, in proportion below."""

    most: float
    full: int = 100

    def __post_init__(self) -> None:
        if self.most <= 0 or round(self.most * 100) != self.most * 100:
            raise ValueError(f"most must be more than 0 with at most two decimals, not {self.most}")
        if not 0 < self.full <= 100:
            raise ValueError(f"full must be a percentage above 0 and up to 100, not {self.full}")

    @property
    def text(self) -> str:
        share = "ratio" if self.full == 100 else f"min(100 %, ratio / {self.full} %)"
        return f"{self.most:g} × {share}"

    def hundredths(self, numerator: int, denominator: int) -> int:
        """The points for a ratio, in hundredths of a point. ``denominator`` must not be zero."""
        most = round(self.most * 100)
        exact = half_up(most * numerator * 100, denominator * self.full)
        return max(0, min(most, exact))

    def all(self) -> int:
        return round(self.most * 100)


class Band(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A class of totals: from ``least`` per cent of all points on."""

    code: str
    least: int
    title: Title


def half_up(numerator: int, denominator: int) -> int:
    """The quotient as a whole number, halves rounded up. ``denominator`` is more than zero."""
    return (2 * numerator + denominator) // (2 * denominator)


def ratio(numerator: int, denominator: int | None) -> float | None:
    """The ratio in per cent with two decimals; ``None`` where the denominator is zero or there is none."""
    return half_up(numerator * 10_000, denominator) / 100 if denominator else None


def summed(points: list[float | None]) -> float:
    """The sum of points with two decimals each, exactly."""
    return sum(round(each * 100) for each in points if each is not None) / 100


def classify(points: float, most: float, bands: tuple[Band, ...]) -> Band | None:
    """The class of a total: the highest whose share it reaches."""
    share = round(points * 100) * 100
    reached = [band for band in bands if share >= band.least * round(most * 100)]
    return max(reached, key=lambda band: band.least, default=None)
