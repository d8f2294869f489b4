"""What citizens say of a procedure's page, and how often pages are read. Nobody is told apart from anybody."""

from piccolo.columns import BigInt, Date, Integer, Text, Timestamptz, Varchar
from piccolo.table import Table


class Reported(Table, tablename="report"):
    """One numbered item: something wrong on a page, or whether somebody found what they needed.

    ``agency`` is the code of the one that issued the procedure, ``version`` the digest of the content that was
    shown, ``shown`` the day that the page was about, ``day`` that of receipt, ``due`` the last day on which an
    answer is in time (null where none is owed), ``once`` a digest of what tells the same form sent twice.
    """

    number = BigInt(primary_key=True, default=0)
    kind = Varchar(length=8)
    state = Varchar(length=16)
    code = Varchar(length=64)
    agency = Text(default="")
    version = Varchar(length=32, default="")
    shown = Date(null=True, default=None)
    sections = Text(default="[]")
    text = Text(default="")
    masked = Integer(default=0)
    day = Date(default=None, null=False)
    received_at = Timestamptz(default=None, null=False)
    due = Date(null=True, default=None)
    answer = Text(default="")
    answered_at = Timestamptz(null=True, default=None)
    answered_by = Text(default="")
    once = Varchar(length=32)


class Viewed(Table, tablename="page_view"):
    """How often the page of a procedure was read on a day. ``key`` is the day and the code."""

    key = Varchar(length=80, primary_key=True, default="")
    day = Date(default=None, null=False)
    code = Varchar(length=64)
    views = BigInt(default=0)


TABLES: tuple[type[Table], ...] = (Reported, Viewed)
