"""Looking at what an upload would do, and doing exactly that.

What was shown has a mark: a digest of every record's fate, with its new content and what it would change. It is
taken in only if deciding once more, against the catalogue of that moment, comes to the same mark; and each unit of
work only if nobody has changed since what it touches.
"""

from collections.abc import Callable, Iterator
from datetime import date
from hashlib import blake2b
from pathlib import Path

import msgspec

from registry.access.actors import Actor
from registry.engine import Database
from registry.intake import pipeline, uploads
from registry.intake.compare import Fate as RecordFate
from registry.intake.formats import detect
from registry.intake.pipeline import Decided, Outcome
from registry.intake.reading import Entry, Progress
from registry.intake.record import Options, SourceUnreadable
from registry.intake.uploads import Fate, State, Upload
from registry.intake.watching import CatalogueMoved
from registry.settings import Settings

_encode = msgspec.json.Encoder(order="deterministic").encode


class Differs(Exception):
    """Deciding once more came to something else than what was shown."""


async def look(database: Database, settings: Settings, upload: Upload, progress: Progress) -> None:
    """Find out what an upload would do, and keep it to be shown."""
    found: list[Fate] = []
    mark = ""

    def agree(decided: Decided) -> None:
        nonlocal mark
        mark = digest(decided)
        with uploads.contents_of(settings, upload).open("wb") as contents:
            found.extend(_fates(decided, contents.write))

    try:
        outcome, name = await _take(database, settings, upload, progress, agree, dry_run=True)
    except SourceUnreadable as error:
        await _end(database, upload, State.UNREADABLE, fault=told(error, settings, upload))
        return
    await uploads.keep_fates(database, upload.id, upload.attempt, found)
    await _end(
        database,
        upload,
        State.SHOWN,
        format=name,
        mark=mark,
        outcome=_kept(outcome),
    )


async def accept(database: Database, settings: Settings, upload: Upload, actor: Actor, progress: Progress) -> None:
    """Take an upload in as it was shown."""

    def agree(decided: Decided) -> None:
        if digest(decided) != upload.mark:
            raise Differs()

    try:
        outcome, _ = await _take(database, settings, upload, progress, agree, actor=actor)
    except Differs:
        await _end(database, upload, State.MOVED)
    except CatalogueMoved as error:
        await _end(database, upload, State.MOVED, fault=", ".join(error.codes[:50]))
    except SourceUnreadable as error:
        await _end(database, upload, State.UNREADABLE, fault=told(error, settings, upload))
    else:
        await _end(database, upload, State.ACCEPTED, run=outcome.run, outcome=_kept(outcome))
        uploads.clear(settings, upload.id)


def digest(decided: Decided) -> str:
    """A digest of everything that an intake would do, in whatever order its source tells it."""
    parts = [
        _encode((e.code, e.fate, e.start, _told(e.end), e.ended_by, e.digest, _key(e), _before(decided, e.code)))
        for e in decided.reading.entries
        if e.fate is not RecordFate.UNCHANGED
    ]
    parts += [_encode((one.raw.origin, one.reason)) for one in decided.reading.rejections]
    parts += [_encode((code, _before(decided, code))) for code in decided.ends]
    return blake2b(b"\n".join(sorted(parts)), digest_size=16).hexdigest()


def told(error: Exception, settings: Settings, upload: Upload) -> str:
    """An error in words that name the file as its owner does, and not where it lies here."""
    return str(error).replace(str(uploads.file_of(settings, upload)), upload.name)[:2000]


async def _take(
    database: Database,
    settings: Settings,
    upload: Upload,
    progress: Progress,
    agree: pipeline.Agree,
    *,
    dry_run: bool = False,
    actor: Actor | None = None,
) -> tuple[Outcome, str]:
    source = detect(uploads.file_of(settings, upload))
    options = Options(
        source=upload.name,
        day=upload.day,
        cover=upload.cover,
        agency=upload.agency,
        dry_run=dry_run,
        # Whoever accepts has been shown what ends, and has said that it is right.
        allow_ends=not dry_run,
    )
    outcome = await pipeline.take(
        database, source, options, settings.data, progress=progress, agree=agree, actor=actor
    )
    return outcome, source.name


async def _end(database: Database, upload: Upload, state: State, **values: object) -> None:
    await uploads.note(database, upload.id, upload.attempt, state=state.value, stage="", **values)


def _kept(outcome: Outcome) -> str:
    """An outcome to be kept beside its fates, which tell what ends."""
    return _encode(msgspec.structs.replace(outcome, ends=[])).decode()


def _fates(decided: Decided, write: Callable[[bytes], int]) -> Iterator[Fate]:
    number, place = 0, 0
    for entry in decided.reading.entries:
        if entry.fate is RecordFate.UNCHANGED:
            continue
        body = decided.spool.get(entry.body)
        write(body)
        number += 1
        yield _fate(decided, entry, number, place, len(body))
        place += len(body)
    for entry in decided.reading.repeated:
        number += 1
        yield Fate(
            number,
            RecordFate.REPEATED,
            entry.origin,
            entry.code,
            entry.name,
            "",
            None,
            [],
            "",
            "",
            "",
            0,
            0,
            False,
        )
    for one in decided.reading.rejections:
        number += 1
        yield Fate(
            number,
            RecordFate.QUARANTINED,
            one.raw.origin,
            one.code,
            one.name[:300],
            reason=one.reason,
            field=one.field,
        )
    for code in decided.ends:
        number += 1
        yield Fate(number, RecordFate.ENDED, "", code, before=_before(decided, code))


def _fate(decided: Decided, entry: Entry, number: int, place: int, length: int) -> Fate:
    return Fate(
        number=number,
        fate=(entry.fate or RecordFate.UNCHANGED).value,
        origin=entry.origin,
        code=entry.code,
        name=entry.name,
        announcement=entry.announcement.number if entry.announcement else "",
        start=entry.start,
        sections=list(entry.sections),
        reason="",
        field="",
        before=_before(decided, entry.code),
        place=place,
        length=length,
        cleaned=bool(entry.notes),
    )


def _before(decided: Decided, code: str) -> str:
    held = decided.held.get(code)
    return held.content if held else ""


def _told(end: date | msgspec.UnsetType | None) -> str:
    """A source may name the end, say that there is none, or not say."""
    return "not said" if isinstance(end, msgspec.UnsetType) else str(end)


def _key(entry: Entry) -> str:
    return entry.announcement.id if entry.announcement else ""


def contents(path: Path, fate: Fate) -> bytes:
    """The content that a record would bring."""
    with path.open("rb") as file:
        file.seek(fate.place)
        return file.read(fate.length)
