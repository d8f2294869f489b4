"""Announcements and reorganisations in the making."""

from piccolo.columns import BigInt, Text, Timestamptz, Varchar
from piccolo.table import Table


class Drafted(Table, tablename="draft"):
    """A draft. ``version`` counts its edits, so that nobody overwrites what they have not seen; ``state`` is open,
    published or discarded; ``agency`` is that of the key or person who began it (null: unbounded); ``published``
    is what it became: an announcement's id, a reorganisation's number."""

    id = Varchar(length=16, primary_key=True, default="")
    kind = Varchar(length=16, default="")
    state = Varchar(length=16, default="open")
    version = BigInt(default=1)
    agency = Varchar(length=64, null=True, default=None)
    body = Text()
    digest = Varchar(length=32, index=True, default="")
    created_at = Timestamptz(default=None, null=False)
    created_by = Varchar(length=64, default="")
    edited_at = Timestamptz(default=None, null=False)
    edited_by = Varchar(length=64, default="")
    published_at = Timestamptz(null=True, default=None)
    published_by = Varchar(length=64, null=True, default=None)
    published = Text(null=True, default=None)


TABLES: tuple[type[Table], ...] = (Drafted,)
