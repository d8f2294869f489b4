"""Applications, what became of their deliveries, and the tallies kept with them.

Days are ordinals (1 is 0001-01-01), as ``datetime.date.toordinal`` gives them: small, ordered, and their
difference is a number of days. The tables of tallies have keys of several columns, which Piccolo does not know;
``registry.dossiers.tallies`` describes them and a migration makes them.
"""

from piccolo.columns import BigInt, Bytea, Integer, SmallInt, Text, Timestamptz, Varchar
from piccolo.table import Table


class Dossier(Table, tablename="dossier"):
    """One application, in its latest state. Who made it is not known: ``key`` is a keyed digest of its number.

    ``version`` is the change that recorded the procedure's version in force on the day of reception. ``due``
    includes the days that it waited for the citizen (``suspended``). ``state`` is the rank of a
    ``registry.dossiers.dossier.State``, ``facts`` bits of ``registry.dossiers.facts.Fact``, ``fee`` in đồng,
    ``updated`` the moment of this state in milliseconds since 1970.
    """

    key = Bytea(primary_key=True, default=b"")
    agency = Text()
    procedure = Text()
    channel = Varchar(length=16)
    received = Integer()
    due = Integer(null=True, default=None)
    finished = Integer(null=True, default=None)
    state = SmallInt()
    supplements = Integer()
    suspended = Integer()
    fee = BigInt()
    facts = Integer()
    petitions = Integer()
    petitions_on_time = Integer()
    petitions_unsatisfied = Integer()
    place = Varchar(length=16, null=True, default=None)
    updated = BigInt()
    version = BigInt()


class Delivery(Table, tablename="dossier_delivery"):
    """One source of dossiers: a file, a request, or a new look at what was kept aside. ``counts`` are the fates of
    the lines that are recorded so far; they are written in the same transaction."""

    id = BigInt(primary_key=True, default=0)
    source = Text()
    format = Varchar(length=32)
    started_at = Timestamptz(default=None, null=False)
    finished_at = Timestamptz(null=True, default=None)
    counts = Text(default="{}")
    revision = BigInt(default=0)


class Aside(Table, tablename="dossier_aside"):
    """A sound dossier whose procedure or agency the catalogue did not have on its day; taken in once it does.

    ``body`` is the dossier with its number already digested.
    """

    id = Varchar(length=32, primary_key=True, default="")
    recorded_at = Timestamptz(default=None, null=False)
    delivery = BigInt()
    line = BigInt()
    reason = Varchar(length=32, index=True)
    procedure = Text()
    agency = Text()
    received = Integer()
    body = Text()


class Rejected(Table, tablename="dossier_rejected"):
    """A line that was not accepted, with its reason. ``kept`` holds its sound fields, and never the number, a
    free text or an unknown field; ``key`` is the number's digest where it could be read. It is resolved when a
    later line of the same number is accepted, and kept all the same."""

    id = Varchar(length=32, primary_key=True, default="")
    recorded_at = Timestamptz(default=None, null=False)
    delivery = BigInt(index=True)
    line = BigInt()
    field = Text()
    reason = Text()
    kept = Text()
    key = Bytea(null=True, default=None)
    resolved_at = Timestamptz(null=True, default=None)


TABLES: tuple[type[Table], ...] = (Dossier, Delivery, Aside, Rejected)
