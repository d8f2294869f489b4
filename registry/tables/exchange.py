"""What is followed, sent and layered.

Moments that are only compared (when to try again, until when a target is taken) are milliseconds since 1970.
"""

from piccolo.columns import BigInt, Boolean, Integer, Text, Timestamptz, Varchar
from piccolo.table import Table


class Followed(Table, tablename="followed"):
    """The registry that this one follows, and how far it has come.

    ``cursor`` is the number of the last change of theirs that is applied here, ``mark`` the mark of that change.
    While ``phase`` is ``snapshot``, their state at change ``target`` is being taken in, up to ``position``.
    ``fault`` is why following failed last, empty once it went well again.
    """

    registry = Varchar(length=32, primary_key=True, default="")
    url = Text()
    phase = Varchar(length=16)
    cursor = BigInt(default=0)
    mark = Varchar(length=32, default="")
    target = BigInt(default=0)
    position = Text(default="")
    caught_at = Timestamptz(null=True, default=None)
    verified = BigInt(null=True, default=None)
    repaired = BigInt(default=0)
    fault = Text(default="")


class Layer(Table, tablename="layer"):
    """What is added here to the content of a procedure, for all or for one agency.

    ``content`` is the digest of the content under which it was last looked at, ``substance`` (JSON) that content's
    digests of substance by section, ``ended`` whether the procedure had an end then.
    """

    id = Text(primary_key=True, default="")
    code = Text(index=True)
    agency = Text(default="")
    body = Text()
    content = Varchar(length=32)
    substance = Text()
    ended = Boolean(default=False)
    updated_at = Timestamptz(default=None, null=False)
    updated_by = Text(default="")


class Webhook(Table, tablename="webhook"):
    """A target that is told of changes. Everything up to change ``cursor`` has been put into dispatches; while it
    is paused they wait."""

    id = Varchar(length=32, primary_key=True, default="")
    url = Text()
    secret = Text(secret=True)
    kinds = Text(default="[]")
    allow_private = Boolean(default=False)
    owner = Text(default="")
    created_at = Timestamptz(default=None, null=False)
    cursor = BigInt(default=0)
    delivered = BigInt(default=0)
    delivered_at = Timestamptz(null=True, default=None)
    taken_until = BigInt(default=0)
    taken_by = Varchar(length=32, default="")
    paused_at = Timestamptz(null=True, default=None)


class Dispatch(Table, tablename="webhook_dispatch"):
    """Changes after ``since`` up to ``until`` for one target: waiting for ``next_at``, or dead after too many
    tries. What was delivered is no longer here."""

    id = Varchar(length=32, primary_key=True, default="")
    webhook = Varchar(length=32, index=True)
    since = BigInt(default=0)
    until = BigInt(default=0)
    state = Varchar(length=16)
    attempts = Integer(default=0)
    next_at = BigInt(default=0)
    status = Integer(null=True, default=None)
    fault = Text(default="")
    created_at = Timestamptz(default=None, null=False)


TABLES: tuple[type[Table], ...] = (Followed, Layer, Webhook, Dispatch)
