"""What is fetched from the national portal: each run, and what is remembered of every record there."""

from piccolo.columns import BigInt, Boolean, Text, Timestamptz, Varchar
from piccolo.table import Table


class Sync(Table, tablename="sync"):
    """One run. ``outcome`` is null while it goes on; ``counts`` and ``ends`` are JSON."""

    id = BigInt(primary_key=True, default=0)
    source = Varchar(length=16)
    url = Text()
    province = Varchar(length=16, default="")
    started_at = Timestamptz(default=None, null=False)
    finished_at = Timestamptz(null=True, default=None)
    outcome = Varchar(length=16, null=True, default=None)
    counts = Text(default="{}")
    ends = Text(default="[]")
    reason = Text(default="")
    revision = BigInt(default=0)
    holder = Text(default="")


class Synced(Table, tablename="synced"):
    """What is remembered of one record of a source.

    ``mark`` is the digest of its line in the list, ``detail`` that of the record itself, ``updated`` its own
    ``updatedAt`` in epoch milliseconds, ``checked`` the run that last fetched it. ``taken`` is false where it was
    looked at and left out, because it is outside the province that was asked for.
    """

    key = Text(primary_key=True, default="")
    source = Text(index=True)
    item = Text()
    code = Text()
    mark = Varchar(length=32)
    detail = Varchar(length=32)
    updated = BigInt(null=True, default=None)
    checked = BigInt(default=0)
    taken = Boolean(default=True)


TABLES: tuple[type[Table], ...] = (Sync, Synced)
