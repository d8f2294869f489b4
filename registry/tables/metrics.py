"""Figures that others publish."""

from piccolo.columns import BigInt, Date, DoublePrecision, Text, Timestamptz, Varchar
from piccolo.table import Table


class Observed(Table, tablename="observation"):
    """One figure that somebody else published. A correction is a later row; ``recorded_to`` is its ``seq``.

    ``begins`` and ``ends`` are the first and the last day of its period; ``procedure`` is empty where it is about
    all procedures; ``out_of`` is the most that it could be: the points there are, how many were ranked.
    """

    seq = BigInt(primary_key=True, default=0)
    recorded_at = Timestamptz(default=None, null=False)
    recorded_to = BigInt(null=True, default=None)
    name = Varchar(length=64)
    unit = Varchar(length=16)
    agency = Varchar(length=64)
    called = Text(default="")
    procedure = Varchar(length=64, default="")
    begins = Date(default=None, null=False)
    ends = Date(default=None, null=False)
    value = DoublePrecision(null=True, default=None)
    numerator = BigInt(null=True, default=None)
    denominator = BigInt(null=True, default=None)
    out_of = DoublePrecision(null=True, default=None)
    quality = Text(default="")
    source = Text()
    captured = Date(default=None, null=False)
    origin = Text(default="")
    note = Text(default="")


TABLES: tuple[type[Table], ...] = (Observed,)
