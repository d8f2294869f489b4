"""What people upload at the desk to be taken in: each file, and what was found that it would do."""

from piccolo.columns import BigInt, Boolean, Date, Text, Timestamptz, Varchar
from piccolo.table import Table


class Upload(Table, tablename="upload"):
    """A file that was uploaded; it lies in the data folder under its id until it is decided about.

    ``attempt`` counts the times that it was looked at or taken in: what an earlier one finds counts no more.
    ``stage``, ``done`` and ``total`` tell how far work on it is, ``beat`` when that was last heard; ``outcome`` is
    JSON, ``fault`` why it cannot go on. ``mark`` is a digest of everything that it would do.
    """

    id = Varchar(length=16, primary_key=True, default="")
    name = Text()
    size = BigInt(default=0)
    state = Varchar(length=16, default="looking")
    attempt = BigInt(default=1)
    format = Varchar(length=32, default="")
    cover = Varchar(length=16)
    agency = Text(default="")
    day = Date(default=None, null=False)
    created_at = Timestamptz(default=None, null=False)
    created_by = Varchar(length=64, default="")
    created_name = Text(default="")
    stage = Varchar(length=16, default="")
    done = BigInt(default=0)
    total = BigInt(null=True, default=None)
    beat = Timestamptz(default=None, null=False)
    outcome = Text(default="")
    fault = Text(default="")
    mark = Varchar(length=32, default="")
    run = BigInt(default=0)
    decided_at = Timestamptz(null=True, default=None)
    decided_by = Text(default="")


class Foreseen(Table, tablename="upload_fate"):
    """What would become of one record of an upload; those that would not change are only counted.

    ``place`` and ``length`` tell where its content lies in the upload's own file of contents; ``before`` is the
    digest of what it would change. ``sections`` is JSON.
    """

    id = Varchar(length=32, primary_key=True, default="")
    upload = Varchar(length=16, index=True, default="")
    number = BigInt()
    fate = Varchar(length=16)
    origin = Text(default="")
    code = Text(default="")
    name = Text(default="")
    announcement = Text(default="")
    start = Date(null=True, default=None)
    sections = Text(default="[]")
    reason = Text(default="")
    field = Text(default="")
    before = Varchar(length=32, default="")
    place = BigInt(default=0)
    length = BigInt(default=0)
    cleaned = Boolean(default=False)


TABLES: tuple[type[Table], ...] = (Upload, Foreseen)
