"""The catalogue of record.

Every row that can change its mind carries ``seq``, the number of the change that recorded it, and
``recorded_to``, the number of the change that superseded it (null while it is believed). Changes are numbered
once for the whole registry, so "known at a moment" is one number.
"""

from piccolo.columns import BigInt, Date, Text, Timestamptz, Varchar
from piccolo.table import Table


class Change(Table, tablename="change"):
    """One recorded change: of a version, an announcement, an agency or a sector. Append-only."""

    seq = BigInt(primary_key=True, default=0)
    recorded_at = Timestamptz(default=None, null=False)
    kind = Varchar(length=16)
    key = Text(index=True)
    action = Varchar(length=16)


class Content(Table, tablename="content"):
    """The content of a procedure, stored once however many versions share it; keyed by its digest."""

    digest = Varchar(length=32, primary_key=True, default="")
    body = Text()
    sections = Text()


class Version(Table, tablename="version"):
    """A procedure's content in force from ``valid_from`` to the day before ``valid_to``, by an announcement."""

    seq = BigInt(primary_key=True, default=0)
    recorded_to = BigInt(null=True, default=None, index=True)
    code = Varchar(length=64, index=True)
    valid_from = Date(default=None, null=False)
    valid_to = Date(null=True, default=None)
    announcement = Text(null=True, default=None, index=True)
    ended_by = Text(null=True, default=None)
    content = Varchar(length=32, index=True)
    source = Varchar(length=64)
    origin = Text()
    raw_digest = Varchar(length=32, default="")
    cleaning = Text(default="[]")


class Announced(Table, tablename="announcement"):
    """What is known of an announcement; a correction is a later row of the same ``id``."""

    seq = BigInt(primary_key=True, default=0)
    recorded_to = BigInt(null=True, default=None)
    id = Text(index=True)
    number = Text()
    folded = Text(index=True)
    decided = Date(null=True, default=None)
    effective = Date(null=True, default=None)
    issuer = Varchar(length=64, default="")
    body = Text()


class Itemised(Table, tablename="item"):
    """One item of an announcement. ``old`` and ``new`` are JSON arrays of codes."""

    seq = BigInt(primary_key=True, default=0)
    announcement = Text(index=True)
    action = Varchar(length=16, null=True, default=None)
    old = Text()
    new = Text()


class Succession(Table, tablename="succession"):
    """``old`` gave way to ``new`` on a day: procedures that were replaced, agencies that were merged."""

    seq = BigInt(primary_key=True, default=0)
    kind = Varchar(length=16)
    old = Text(index=True)
    new = Text(index=True)
    day = Date(default=None, null=False)
    announcement = Text(null=True, default=None)


class AgencyVersion(Table, tablename="agency"):
    """An agency as it was from ``valid_from`` to the day before ``valid_to``."""

    seq = BigInt(primary_key=True, default=0)
    recorded_to = BigInt(null=True, default=None)
    code = Text(index=True)
    name = Text()
    kind = Varchar(length=16)
    level = Varchar(length=16, null=True, default=None)
    parent = Text(null=True, default=None)
    valid_from = Date(default=None, null=False)
    valid_to = Date(null=True, default=None)
    decision = Text(default="")


class Sector(Table, tablename="sector"):
    """A sector by its national code; a new name is a later row."""

    seq = BigInt(primary_key=True, default=0)
    recorded_to = BigInt(null=True, default=None)
    code = Text(index=True)
    name = Text()


class Meta(Table, tablename="meta"):
    """Single facts about this store, by name."""

    name = Varchar(length=64, primary_key=True, default="")
    value = Text()


TABLES = (
    Change,
    Content,
    Version,
    Announced,
    Itemised,
    Succession,
    AgencyVersion,
    Sector,
    Meta,
)
