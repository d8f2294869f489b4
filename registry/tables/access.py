"""Who may do what, and what they did."""

from piccolo.columns import BigInt, Boolean, Date, Text, Timestamptz, Varchar
from piccolo.table import Table


class Key(Table, tablename="api_key"):
    """A key of a program. ``id`` is the part of it that may be seen; of the secret only ``digest`` is kept.

    ``scopes`` is a JSON array; ``agency`` bounds for whom it acts; ``until`` is its last good day.
    """

    id = Varchar(length=16, primary_key=True, default="")
    digest = Varchar(length=64, default="")
    name = Text()
    scopes = Text()
    agency = Varchar(length=64, null=True, default=None)
    created_at = Timestamptz(default=None, null=False)
    until = Date(default=None, null=False)
    revoked_at = Timestamptz(null=True, default=None)
    last_used = Date(null=True, default=None)


class Person(Table, tablename="person"):
    """Someone who signs in with a browser. ``login`` is kept folded; ``password`` is a salted scrypt hash."""

    id = Varchar(length=16, primary_key=True, default="")
    login = Varchar(length=64, default="")
    name = Text()
    password = Text()
    scopes = Text()
    agency = Varchar(length=64, null=True, default=None)
    created_at = Timestamptz(default=None, null=False)
    closed = Boolean(default=False)


class Session(Table, tablename="session"):
    """A browser that is signed in. ``id`` is a digest of what its cookie holds."""

    id = Varchar(length=64, primary_key=True, default="")
    person = Varchar(length=16, index=True)
    address = Varchar(length=64, default="")
    began_at = Timestamptz(default=None, null=False)
    seen_at = Timestamptz(default=None, null=False)


class Attempt(Table, tablename="attempt"):
    """How often something was tried since ``since``; until ``closed_until`` it is refused."""

    subject = Varchar(length=128, primary_key=True, default="")
    tried = BigInt(default=0)
    since = Timestamptz(default=None, null=False)
    closed_until = Timestamptz(null=True, default=None)


class Audited(Table, tablename="audit"):
    """One thing that somebody did. Append-only; ``digest`` covers the entry and the digest before it."""

    number = BigInt(primary_key=True, default=0)
    at = Varchar(length=32, default="")
    kind = Varchar(length=16, default="")
    actor = Varchar(length=64, default="")
    name = Text()
    address = Varchar(length=64, default="")
    action = Varchar(length=64, default="")
    subject = Text(index=True)
    detail = Text()
    digest = Varchar(length=64, default="")


TABLES: tuple[type[Table], ...] = (Key, Person, Session, Attempt, Audited)
