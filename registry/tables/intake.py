"""What came in: each intake, and what it could not accept."""

from piccolo.columns import BigInt, Bytea, Text, Timestamptz, Varchar
from piccolo.table import Table


class Quarantined(Table, tablename="quarantine"):
    """A record that was not accepted, with its reason and its raw bytes. Resolved rows are kept.

    ``assigned`` and ``mended`` are the code and the bytes that a person gave it: they hold for the next intake of
    the same record too.
    """

    id = Varchar(length=32, primary_key=True, default="")
    recorded_at = Timestamptz(default=None, null=False)
    run = BigInt(index=True)
    format = Varchar(length=32)
    source = Text()
    origin = Text()
    code = Text(default="")
    name = Text(default="")
    field = Text(default="")
    reason = Text()
    data = Bytea()
    assigned = Text(default="")
    mended = Bytea(null=True, default=None)
    state = Varchar(length=16, default="held", index=True)
    resolved_at = Timestamptz(null=True, default=None)


class Run(Table, tablename="run"):
    """One intake: what was read, what came of it. ``outcome`` is null while it goes on or after a kill."""

    id = BigInt(primary_key=True, default=0)
    source = Text()
    format = Varchar(length=32)
    cover = Varchar(length=16)
    agency = Text(default="")
    started_at = Timestamptz(default=None, null=False)
    finished_at = Timestamptz(null=True, default=None)
    outcome = Varchar(length=16, null=True, default=None)
    counts = Text(default="{}")
    revision = BigInt(default=0)


TABLES = (Quarantined, Run)
