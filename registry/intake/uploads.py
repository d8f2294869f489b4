"""Files that people upload to be taken in: kept, looked at, decided about. The work itself is in ``foresight``."""

import asyncio
import re
import shutil
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

import msgspec
from piccolo.querystring import QueryString

from registry import clock
from registry.access import audit
from registry.access.actors import Actor
from registry.engine import Database, Row
from registry.intake.pipeline import Outcome
from registry.intake.record import Cover
from registry.settings import Settings
from registry.tables.uploads import Foreseen
from registry.tables.uploads import Upload as UploadTable

KEPT = timedelta(days=14)
RECEIVING = ".receiving-"  # begins the name of a file while it comes
SILENT = timedelta(seconds=30)  # work that has not been heard of for so long has been cut off
_LONGEST_NAME = 120
_UNSAFE = re.compile(r"[^\w.\- ()]+")


class State(StrEnum):
    """Where an upload stands. ``looking`` and ``accepting`` are work; ``shown`` waits for a decision; ``moved``
    says that the catalogue changed in what it touches; ``unreadable`` and ``failed`` cannot go on as they are."""

    LOOKING = "looking"
    SHOWN = "shown"
    UNREADABLE = "unreadable"
    MOVED = "moved"
    FAILED = "failed"
    ACCEPTING = "accepting"
    ACCEPTED = "accepted"
    DISCARDED = "discarded"


WORKING = (State.LOOKING, State.ACCEPTING)
OVER = (State.ACCEPTED, State.DISCARDED)


class UploadNotFound(Exception):
    def __init__(self, key: str) -> None:
        super().__init__(f"there is no upload {key[:40]!r}")


class UploadBusy(Exception):
    """The upload is not where this could be done to it; ``state`` is where it is."""

    def __init__(self, upload: "Upload") -> None:
        self.state = upload.state
        super().__init__(f"upload {upload.id} is {upload.state}")


class Upload(msgspec.Struct, frozen=True, rename="camel"):
    """An uploaded file, as its table describes it."""

    id: str
    name: str
    size: int
    state: State
    attempt: int
    format: str
    cover: Cover
    agency: str
    day: date
    created_at: datetime
    created_by: str
    created_name: str
    stage: str
    done: int
    total: int | None
    beat: datetime
    outcome: Outcome | None
    fault: str
    mark: str
    run: int
    decided_at: datetime | None
    decided_by: str

    @property
    def working(self) -> bool:
        return self.state in WORKING and not self.cut_off

    @property
    def cut_off(self) -> bool:
        """Whether work on it ended without a word: its process was killed."""
        return self.state in WORKING and clock.now() - self.beat > SILENT


class Fate(msgspec.Struct, frozen=True, rename="camel"):
    """What would become of one record, as its table describes it."""

    number: int
    fate: str
    origin: str
    code: str
    name: str = ""
    announcement: str = ""
    start: date | None = None
    sections: list[str] = []
    reason: str = ""
    field: str = ""
    before: str = ""
    place: int = 0
    length: int = 0
    cleaned: bool = False


COLUMNS = ", ".join(f'"{name}"' for name in Upload.__struct_fields__)
_FATES = ", ".join(f'"{name}"' for name in Fate.__struct_fields__)
_texts = msgspec.json.Decoder(list[str]).decode
_outcome = msgspec.json.Decoder(Outcome).decode


def folder(settings: Settings, key: str) -> Path:
    """Where an upload lies."""
    return settings.data / "uploads" / key


def file_of(settings: Settings, upload: Upload) -> Path:
    """The uploaded file."""
    return folder(settings, upload.id) / safe_name(upload.name)


def contents_of(settings: Settings, upload: Upload) -> Path:
    """The contents that it would bring, one after the other."""
    return folder(settings, upload.id) / ".contents"


def safe_name(given: str) -> str:
    """A name under which a file may lie: what people called it, without what a file system or a page could take
    for anything but a name."""
    last = re.split(r"[\\/]", given)[-1]
    kept = _UNSAFE.sub("_", last).strip(" ._")
    while len(kept.encode()) > _LONGEST_NAME:
        kept = kept[1:]
    return kept or "tep"


async def create(
    database: Database, actor: Actor, key: str, name: str, size: int, cover: Cover, agency: str, day: date
) -> Upload:
    """Note a file that lies in its folder; work on it begins. One that is known is given back as it is."""

    async def write() -> None:
        if await _rows(database, key):
            return
        moment = clock.now()
        row = {
            "id": key,
            "name": name,
            "size": size,
            "state": State.LOOKING.value,
            "cover": cover.value,
            "agency": agency,
            "day": day,
            "created_at": moment,
            "created_by": actor.id,
            "created_name": actor.name,
            "beat": moment,
        }
        await database.insert(UploadTable, tuple(row), [tuple(row.values())])
        detail = {"name": name, "size": size, "cover": cover, "agency": agency, "day": str(day)}
        await audit.record(database, actor, "upload.create", key, detail)

    await database.transact(write)
    return await find(database, key)


async def find(database: Database, key: str) -> Upload:
    """Raises ``UploadNotFound``."""
    rows = await _rows(database, key)
    if not rows:
        raise UploadNotFound(key)
    return _upload(rows[0])


async def listed(database: Database, limit: int, offset: int = 0) -> tuple[list[Upload], int]:
    """Uploads, latest first, and how many there are."""
    total = await database.rows(QueryString("SELECT COUNT(*) AS n FROM upload"))
    rows = await database.rows(
        QueryString(
            f"SELECT {COLUMNS} FROM upload ORDER BY created_at DESC, id LIMIT {{}} OFFSET {{}}", limit, offset
        )
    )
    return [_upload(row) for row in rows], int(total[0]["n"])


async def waiting(database: Database) -> int:
    """How many uploads wait for somebody to decide."""
    states = [State.SHOWN, State.MOVED, State.FAILED, State.UNREADABLE]
    rows = await database.rows_in(
        "SELECT COUNT(*) AS n FROM upload WHERE state IN ({})", [state.value for state in states]
    )
    return int(rows[0]["n"])


async def move(
    database: Database,
    actor: Actor,
    key: str,
    to: State,
    *,
    expected: Sequence[State],
    attempt: int | None = None,
    mark: str | None = None,
) -> Upload:
    """Bring an upload from one of the ``expected`` states to another, as somebody decided; work that was cut off
    counts as ``failed``. ``attempt`` and ``mark`` are those that they saw. Raises ``UploadBusy`` where it is
    elsewhere by now, so that of two who decide one does."""

    async def write() -> Upload:
        found = await find(database, key)
        state = State.FAILED if found.cut_off else found.state
        if state not in expected or attempt not in (None, found.attempt) or mark not in (None, found.mark):
            raise UploadBusy(found)
        values: dict[str, Any] = {"state": to.value, "stage": "", "done": 0, "total": None, "beat": clock.now()}
        if to in WORKING:
            values |= {"attempt": found.attempt + 1, "fault": ""}
        if to in (State.ACCEPTING, State.DISCARDED):
            values |= {"decided_at": clock.now(), "decided_by": actor.name}
        await _set(database, key, values)
        await audit.record(database, actor, f"upload.{to}", key, {"attempt": found.attempt, "mark": found.mark})
        return await find(database, key)

    return await database.transact(write)


async def note(database: Database, key: str, attempt: int, **values: Any) -> bool:
    """Write how far work on an upload is, or what came of it, unless another attempt has begun since. Returns
    whether it was written."""

    async def write() -> bool:
        found = await find(database, key)
        if found.attempt != attempt or found.state not in WORKING:
            return False
        await _set(database, key, {"beat": clock.now(), **values})
        return True

    return await database.transact(write)


async def keep_fates(database: Database, key: str, attempt: int, fates: Sequence[Fate]) -> None:
    """Keep what would become of its records, in the place of what an earlier attempt found."""
    rows = [
        (f"{key}-{one.number:07}", key, *(_plain(getattr(one, name)) for name in Fate.__struct_fields__))
        for one in fates
    ]

    async def write() -> None:
        if (await find(database, key)).attempt == attempt:
            await database.rows(QueryString("DELETE FROM upload_fate WHERE upload = {}", key))
            await database.insert(Foreseen, ("id", "upload", *Fate.__struct_fields__), rows)

    await database.transact(write)


async def fates(database: Database, key: str, fate: str | None, limit: int, offset: int) -> tuple[list[Fate], int]:
    """What would become of its records, in their order, and how many these are."""
    where = (
        QueryString("upload = {}", key) if fate is None else QueryString("upload = {} AND fate = {}", key, fate)
    )
    total = await database.rows(QueryString("SELECT COUNT(*) AS n FROM upload_fate WHERE {}", where))
    rows = await database.rows(
        QueryString(
            f"SELECT {_FATES} FROM upload_fate WHERE {{}} ORDER BY id LIMIT {{}} OFFSET {{}}", where, limit, offset
        )
    )
    return [_fate(row) for row in rows], int(total[0]["n"])


async def fate_of(database: Database, key: str, number: int) -> Fate | None:
    """What would become of one record."""
    rows = await database.rows(
        QueryString(f"SELECT {_FATES} FROM upload_fate WHERE id = {{}}", f"{key}-{number:07}")
    )
    return _fate(rows[0]) if rows else None


async def sweep(database: Database, settings: Settings, actor: Actor) -> None:
    """Discard what nobody decided about for long, forget the records of what was decided long ago, and take away
    what was left of files that never came to their end."""
    cutoff = clock.now() - KEPT
    rows = await database.rows(QueryString(f"SELECT {COLUMNS} FROM upload WHERE created_at < {{}}", cutoff))
    for old in map(_upload, rows):
        if old.state not in OVER and not old.working:
            await move(database, actor, old.id, State.DISCARDED, expected=[*State])
            await asyncio.to_thread(clear, settings, old.id)

    async def forget() -> None:
        old = QueryString("SELECT id FROM upload WHERE created_at < {}", cutoff)
        await database.rows(QueryString("DELETE FROM upload_fate WHERE upload IN ({})", old))

    if rows:
        await database.transact(forget)
    await asyncio.to_thread(_tidy, settings, cutoff.timestamp())


def _tidy(settings: Settings, before: float) -> None:
    for place in (settings.data / "uploads").glob(f"{RECEIVING}*"):
        if place.stat().st_mtime < before:
            place.unlink(missing_ok=True)


def clear(settings: Settings, key: str) -> None:
    """Take an upload's files away."""
    place = folder(settings, key)
    if place.is_dir():
        shutil.rmtree(place)


async def _rows(database: Database, key: str) -> list[Row]:
    return await database.rows(QueryString(f"SELECT {COLUMNS} FROM upload WHERE id = {{}}", key))


async def _set(database: Database, key: str, values: dict[str, Any]) -> None:
    marks = ", ".join(f'"{name}" = {{}}' for name in values)
    await database.rows(QueryString(f"UPDATE upload SET {marks} WHERE id = {{}}", *values.values(), key))


def _upload(row: Row) -> Upload:
    told = row["outcome"]
    read = {
        "state": State(row["state"]),
        "cover": Cover(row["cover"]),
        "outcome": _outcome(told) if told else None,
    }
    return Upload(**{**row, **read})


def _fate(row: Row) -> Fate:
    return Fate(**{**row, "sections": _texts(row["sections"]), "cleaned": bool(row["cleaned"])})


def _plain(value: object) -> object:
    return msgspec.json.encode(value).decode() if isinstance(value, list) else value
