"""What work is worth: the points of an indicator now, and with a few more or fewer on its sides.

The points are those of the definition, but not rounded: one dossier of many thousands moves the score by less than
a hundredth of a point, and many of them do count.
"""

from fractions import Fraction

import msgspec

from registry.metrics.definitions import Definition

DIGITS = 6


class Stake(msgspec.Struct, frozen=True):
    """An indicator with its numbers now. It is worth nothing (``None``) where the definition gives no points."""

    definition: Definition
    numerator: int
    denominator: int

    @property
    def most(self) -> float | None:
        return self.definition.points.most if self.definition.points else None

    def points(self, numerator: int, denominator: int) -> Fraction:
        """The points for a ratio, exactly: between zero and the most, all of them from ``full`` per cent on."""
        rule = self.definition.points
        if rule is None:
            return Fraction(0)
        most = Fraction(round(rule.most * 100), 100)
        if denominator <= 0:
            return most if self.definition.empty == "full" else Fraction(0)
        return max(Fraction(0), min(most, most * numerator * 100 / (denominator * rule.full)))

    def change(self, *, won: tuple[int, int] = (0, 0), lost: tuple[int, int] = (0, 0)) -> float | None:
        """The points between two outcomes, each told by what it adds to numerator and denominator."""
        if self.definition.points is None:
            return None
        better = self.points(self.numerator + won[0], self.denominator + won[1])
        worse = self.points(self.numerator + lost[0], self.denominator + lost[1])
        return round(float(better - worse), DIGITS)
