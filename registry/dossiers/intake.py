"""The way of a source into the store: unpack → lines → dossiers → examine → write, a batch at a time.

Memory holds one batch, however long the source is. What a batch has written stays, whatever happens to the next: a
delivery that was cut off is finished by delivering it again.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterator
from pathlib import Path

import msgspec

from registry.dossiers import aside, revision
from registry.dossiers.batch import Aside, Batch, LineFault, Report, no_counts, rejection
from registry.dossiers.catalogued import Catalogued
from registry.dossiers.dossier import Delivered, Wrong
from registry.dossiers.examining import Absent, Examiner, Unlearned
from registry.dossiers.formats import Format, Reader, detect
from registry.dossiers.formats import known as known_formats
from registry.dossiers.lines import LONGEST_LINE, Line, Splitter, Unpacker
from registry.dossiers.merging import Fate
from registry.dossiers.recording import Delivery, Written, begin, finish, write
from registry.engine import Database
from registry.intake.record import SourceUnreadable

BATCH = 40_000
"""Dossiers that one transaction takes in."""
CHUNK = 256 * 2**10

Progress = Callable[[str, int, int | None], None]


class Outcome(msgspec.Struct, frozen=True, rename="camel"):
    """What came of a delivery. ``read`` is the sum of ``fates``; ``contradicted`` lines have a fate besides.

    ``absences`` counts what is kept aside by its reason, ``faults`` what is rejected by its field. ``resolved``
    is how many that were aside before have been taken in. ``broken`` says why the rest of a source could not be
    read; what came before is taken in.
    """

    delivery: int
    source: str
    format: str
    read: int
    fates: dict[str, int]
    contradicted: int
    absences: dict[str, int]
    faults: dict[str, int]
    resolved: int
    revision: int
    broken: str | None = None


class Intake:
    """One delivery on its way."""

    def __init__(
        self, database: Database, source: str, examiner: Examiner, report: Report, progress: Progress
    ) -> None:
        self.database = database
        self.source = source
        self.examiner = examiner
        self.report = report
        self.progress = progress
        self.batch = Batch()
        self.delivery: Delivery | None = None
        self.format: Format | None = None
        self.absences: Counter[str] = Counter()
        self.faults: Counter[str] = Counter()
        self._read: Reader | None = None
        self._writing: asyncio.Task[Written] | None = None

    async def open(self, first: bytes, name: str | None) -> bool:
        """Settle the format by the first line. Returns whether that line is a header."""
        formats = known_formats()
        self.format = formats[name] if name else detect(self.source, first)
        header = first if self.format.HEADED else b""
        try:
            self._read = self.format.reader(header)
        except SourceUnreadable as error:
            raise SourceUnreadable(f"{self.source}: {error}") from error
        self.delivery = await begin(self.database, self.source, self.format.NAME)
        return self.format.HEADED

    async def take(self, lines: list[tuple[int, bytes | Line]]) -> None:
        """Read lines into the batch, and write it when it is full."""
        assert self._read is not None
        read, batch = self._read, self.batch
        dossiers: list[tuple[int, Delivered]] = []
        for number, line in lines:
            try:
                if isinstance(line, Line):
                    raise Wrong("", f"has {line.length:,} bytes; at most {LONGEST_LINE:,} are read")
                dossiers.append((number, read(line)))
            except Wrong as wrong:
                self._reject(number, line.length if isinstance(line, Line) else len(line), wrong)
        batch.read += len(lines)
        done = self._examine(dossiers, 0)
        while done < len(dossiers):  # seldom: the same few thousand codes come again and again
            await self.examiner.learn([dossier for _, dossier in dossiers[done:]])
            done = self._examine(dossiers, done)
        if len(batch) >= BATCH:
            await self.flush()

    def _examine(self, dossiers: list[tuple[int, Delivered]], start: int) -> int:
        """Put dossiers into the batch. Returns how far it came before one that has to be learned of."""
        key_of, examine = self.examiner.key, self.examiner.examine
        rows, numbers = self.batch.rows, self.batch.lines
        for place in range(start, len(dossiers)):
            number, dossier = dossiers[place]
            try:
                key = key_of(dossier.number)
                rows.append(examine(key, dossier))
                numbers.append(number)
            except Unlearned:
                return place
            except Wrong as wrong:
                wrong.data = dossier
                self._reject(number, 0, wrong)
            except Absent as absent:
                self._keep_aside(number, key, dossier, absent)
        return len(dossiers)

    async def flush(self) -> None:
        """Write what has been read, while more is read."""
        await self.settle()
        if not self.batch.read or self.delivery is None:
            return
        self.batch.seen = self.examiner.revision
        self._writing = asyncio.create_task(write(self.database, self.batch, self.delivery))
        self.batch = Batch()
        await self.examiner.refresh()

    async def settle(self) -> None:
        """Wait until what is being written is written."""
        if self._writing is None or self.delivery is None:
            return
        written = await self._writing
        self._writing = None
        for fault in written.contradictions:
            self.report(fault)
        if self.delivery.counts["read"] >= BATCH:
            self.progress("taken in", self.delivery.counts["read"] // 1000 * 1000, None)

    async def abandon(self) -> None:
        """Stop writing; what is being written is undone."""
        if self._writing is not None:
            self._writing.cancel()
            await asyncio.gather(self._writing, return_exceptions=True)

    def _reject(self, number: int, length: int, wrong: Wrong) -> None:
        text = wrong.data.number if isinstance(wrong.data, Delivered) else None
        if isinstance(wrong.data, dict):
            text = wrong.data.get("number")
        key = None
        if isinstance(text, str) and wrong.field != "number":
            try:
                key = self.examiner.key(text)
            except Wrong:  # the line has two faults, and tells the other
                key = None
        self.batch.rejections.append(rejection(number, length, wrong, key))
        self.faults[wrong.field or "line"] += 1
        self.report(LineFault(number, Fate.REJECTED.value, wrong.field, wrong.reason))

    def _keep_aside(self, number: int, key: bytes, dossier: Delivered, absent: Absent) -> None:
        kept = msgspec.structs.replace(dossier, number=key.hex(), procedure=absent.procedure, agency=absent.agency)
        self.batch.asides.append(
            Aside(number, absent.reason, absent.procedure, absent.agency, absent.received, kept)
        )
        self.absences[absent.reason.value] += 1
        field = "agency" if "agency" in absent.reason else "procedure"
        self.report(LineFault(number, Fate.ASIDE.value, field, absent.reason.value))

    async def outcome(self, resolved: int, broken: str | None) -> Outcome:
        assert self.delivery is not None
        counts = self.delivery.counts
        return Outcome(
            delivery=self.delivery.id,
            source=self.source,
            format=self.delivery.format,
            read=counts["read"],
            fates={fate: counts[fate] for fate in no_counts()},
            contradicted=counts["contradicted"],
            absences=dict(self.absences),
            faults=dict(self.faults),
            resolved=resolved,
            revision=await revision(self.database),
            broken=broken,
        )


async def take(
    database: Database,
    source: str,
    chunks: AsyncIterable[bytes],
    key: bytes,
    *,
    format_name: str | None = None,
    most: int | None = None,
    bound: str | None = None,
    report: Report = lambda _: None,
    progress: Progress = lambda *_: None,
) -> Outcome:
    """Take a source of dossiers in, plain or packed with gzip, its format told by its content or ``format_name``.

    ``source`` is what people call it, ``key`` that of ``registry.dossiers.keys``, ``most`` the bytes that it may
    hold unpacked, ``bound`` the agency whose dossiers it may hold, with those below it. ``report`` hears of every
    line that is not taken in as it is. Raises ``SourceUnreadable`` where nothing of it can be read, and then
    nothing has changed; a source that breaks off later ends in ``broken``.
    """
    resolved = await aside.retry(database, key)
    view = Catalogued(database)
    examiner = Examiner(view, key, await view.below(bound) if bound else None)
    await examiner.refresh()
    intake = Intake(database, source, examiner, report, progress)
    try:
        broken = await _read(intake, chunks, Unpacker(source, most), format_name)
        if intake.delivery is None:
            raise SourceUnreadable(f"{source}: is empty")
        await intake.flush()
        await intake.settle()
    finally:
        await intake.abandon()
    progress("taken in", intake.delivery.counts["read"], intake.delivery.counts["read"])
    if broken is None:
        await finish(database, intake.delivery)
    return await intake.outcome(resolved.taken, broken)


async def _read(
    intake: Intake, chunks: AsyncIterable[bytes], unpacker: Unpacker, format_name: str | None
) -> str | None:
    """Read a source to its end. Returns why it breaks off, if it does after something could be read of it."""
    splitter = Splitter()
    try:
        async for chunk in chunks:
            for piece in unpacker.feed(chunk):
                await _lines(intake, list(splitter.feed(piece)), format_name)
        for piece in unpacker.end():
            await _lines(intake, list(splitter.feed(piece)), format_name)
        await _lines(intake, list(splitter.end()), format_name)
    except SourceUnreadable as error:
        await intake.settle()
        if intake.delivery is None or not (intake.batch.read or intake.delivery.counts["read"]):
            raise
        return str(error)
    return None


async def _lines(intake: Intake, lines: list[tuple[int, bytes | Line]], format_name: str | None) -> None:
    if not lines:
        return
    if intake.format is None:
        first = lines[0][1]
        if await intake.open(b"" if isinstance(first, Line) else first, format_name):
            lines = lines[1:]
    await intake.take(lines)
    await asyncio.sleep(0)  # reading waits for nothing; whoever else is served must have a turn


async def read_file(path: Path) -> AsyncIterator[bytes]:
    """A file's bytes, in chunks. Raises ``SourceUnreadable``."""
    for chunk in _chunks(path):
        yield chunk


def _chunks(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as file:
            while chunk := file.read(CHUNK):
                yield chunk
    except OSError as error:
        raise SourceUnreadable(f"{path}: cannot be read ({error.strerror})") from error
