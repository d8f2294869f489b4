"""The way of a source into the store: unpack → lines → dossiers → examine → write, a batch at a time.

A long source is read in a process of its own while this one writes. What is read goes through a temporary folder,
which holds three batches at most, however long the source is. What a batch has written stays, whatever happens to
the next: a delivery that was cut off is finished by delivering it again.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterator
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from registry.dossiers import aside, revision
from registry.dossiers.apart import Apart
from registry.dossiers.batch import Batch, Report, no_counts
from registry.dossiers.catalogued import Catalogued, learn, look
from registry.dossiers.examining import Examiner
from registry.dossiers.formats import Format, detect
from registry.dossiers.formats import known as known_formats
from registry.dossiers.lines import Line, Splitter, Unpacker, blocks, chunks, lines_of
from registry.dossiers.recording import Delivery, Written, begin, finish, write
from registry.dossiers.served import Task
from registry.dossiers.sifting import Sifter
from registry.engine import Database
from registry.intake.record import SourceUnreadable

BATCH = 100_000
"""Dossiers that one transaction takes in."""
APART = 20_000
"""Lines after which a process of its own does the reading: fewer are read before it would have started."""
LONG = 4 * 2**20
"""Bytes of a file that is read by a process of its own from its beginning."""

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
        self,
        database: Database,
        source: str,
        view: Catalogued,
        examiner: Examiner,
        report: Report,
        progress: Progress,
        folder: str,
    ) -> None:
        self.database = database
        self.source = source
        self.report = report
        self.progress = progress
        self.delivery: Delivery | None = None
        self.absences: Counter[str] = Counter()
        self.faults: Counter[str] = Counter()
        self._folder = folder
        self._view = view
        self._examiner = examiner
        self._form: Format | None = None
        self._header = b""
        self._sifter: Sifter | None = None
        self._apart: Apart | None = None
        self._writing: asyncio.Task[Written] | None = None

    async def open(self, first: bytes, name: str | None) -> bool:
        """Settle the format by the first line. Returns whether that line is a header."""
        formats = known_formats()
        self._form = formats[name] if name else detect(self.source, first)
        self._header = first if self._form.HEADED else b""
        try:
            self._sifter = Sifter(self._form, self._header, self._examiner, BATCH, self._folder)
        except SourceUnreadable as error:
            raise SourceUnreadable(f"{self.source}: {error}") from error
        self.delivery = await begin(self.database, self.source, self._form.NAME)
        return self._form.HEADED

    async def take(self, number: int, block: bytes | Line) -> None:
        """Read lines, the first of which has this number, and write what has been read when it is much."""
        if self._apart is not None:
            await self._apart.sift(number, block)
            return
        assert self._sifter is not None
        for wanted in self._sifter.sift(number, block):
            self._examiner.told(await learn(self._view, wanted))
        if self._sifter.full or number > APART:
            await self._deliver(self._sifter.take())
            self._examiner.refresh(await look(self._view))
            if number > APART:
                await self.part()
                self.begin()

    async def part(self) -> None:
        """Start a process of its own for reading."""
        self._apart = await Apart.start()

    def begin(self, path: Path | None = None) -> None:
        """Have what follows read there, or all of a file."""
        assert self._form is not None
        assert self._apart is not None
        task = Task(self._form.NAME, self._header, self._examiner, BATCH, self._folder, path, self.source)
        self._apart.begin(task, partial(learn, self._view), self._deliver, partial(look, self._view))

    async def _deliver(self, batch: Batch) -> None:
        """Begin to write a batch, while more is read."""
        for rejected in batch.rejections:
            self.faults[rejected.field or "line"] += 1
        for kept in batch.asides:
            self.absences[kept.reason.value] += 1
        for fault in batch.faults():
            self.report(fault)
        await self.settle()
        assert self.delivery is not None
        if batch.read:
            self._writing = asyncio.create_task(write(self.database, batch, self.delivery))

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

    async def finish(self) -> None:
        """Write what is left."""
        if self._apart is not None:
            await self._apart.finish()
        elif self._sifter is not None:
            await self._deliver(self._sifter.take())
        await self.settle()

    async def abandon(self) -> None:
        """Stop reading and writing; what is being written is undone."""
        if self._apart is not None:
            await self._apart.stop()
        if self._writing is not None:
            self._writing.cancel()
            await asyncio.gather(self._writing, return_exceptions=True)

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
    stream: AsyncIterable[bytes] | Path,
    key: bytes,
    *,
    format_name: str | None = None,
    most: int | None = None,
    bound: str | None = None,
    report: Report = lambda _: None,
    progress: Progress = lambda *_: None,
) -> Outcome:
    """Take a source of dossiers in, plain or packed with gzip, its format told by its content or ``format_name``.

    ``source`` is what people call it, ``stream`` its bytes or the file that has them, ``key`` that of
    ``registry.dossiers.keys``, ``most`` the bytes that it may hold unpacked, ``bound`` the agency whose dossiers
    it may hold, with those below it. ``report`` hears of every line that is not taken in as it is. Raises
    ``SourceUnreadable`` where nothing of it can be read, and then nothing has changed; a source that breaks off
    later ends in ``broken``.
    """
    resolved = await aside.retry(database, key)
    view = Catalogued(database)
    examiner = Examiner(key, await look(view), await view.below(bound) if bound else None)
    with TemporaryDirectory(prefix="danhmuc-") as folder:
        intake = Intake(database, source, view, examiner, report, progress, folder)
        try:
            if isinstance(stream, Path) and most is None and _is_long(stream):
                broken = await _read_apart(intake, stream, format_name)
            else:
                pieces = _file(stream) if isinstance(stream, Path) else stream
                broken = await _read(intake, pieces, Unpacker(source, most), format_name)
            if intake.delivery is None:
                raise SourceUnreadable(f"{source}: is empty")
        finally:
            await intake.abandon()
    progress("taken in", intake.delivery.counts["read"], intake.delivery.counts["read"])
    if broken is None:
        await finish(database, intake.delivery)
    return await intake.outcome(resolved.taken, broken)


async def _read(
    intake: Intake, stream: AsyncIterable[bytes], unpacker: Unpacker, format_name: str | None
) -> str | None:
    """Read a source to its end. Returns why it breaks off, if it does after something could be read of it."""
    splitter = Splitter()
    broken: SourceUnreadable | None = None
    try:
        async for chunk in stream:
            for piece in unpacker.feed(chunk):
                await _blocks(intake, splitter.feed(piece), format_name)
        for piece in unpacker.end():
            await _blocks(intake, splitter.feed(piece), format_name)
        await _blocks(intake, splitter.end(), format_name)
    except SourceUnreadable as error:
        broken = error
    return await _finished(intake, broken)


async def _read_apart(intake: Intake, path: Path, format_name: str | None) -> str | None:
    """Have a file read by a process of its own. Returns why it breaks off, as ``_read`` does."""
    await intake.part()
    for number, block in blocks(intake.source, chunks(path)):
        await _opened(intake, number, block, format_name)
        if intake.delivery is not None:
            intake.begin(path)
            return await _finished(intake, None)
    return None


async def _finished(intake: Intake, broken: SourceUnreadable | None) -> str | None:
    try:
        await intake.finish()
    except SourceUnreadable as error:
        broken = error
        await intake.settle()
    if broken is None:
        return None
    if intake.delivery is None or not intake.delivery.counts["read"]:
        raise broken
    return str(broken)


async def _blocks(intake: Intake, found: Iterator[tuple[int, bytes | Line]], format_name: str | None) -> None:
    for number, block in found:
        if intake.delivery is None:
            number, block = await _opened(intake, number, block, format_name)
        if block and intake.delivery is not None:
            await intake.take(number, block)
        await asyncio.sleep(0)  # reading waits for nothing; whoever else is served must have a turn


async def _opened(
    intake: Intake, number: int, block: bytes | Line, format_name: str | None
) -> tuple[int, bytes | Line]:
    """Settle the format by the first line of a block. Returns what is to be read of it."""
    for place, line in lines_of(number, block):
        headed = await intake.open(b"" if isinstance(line, Line) else line, format_name)
        if not headed or isinstance(block, Line) or isinstance(line, Line):
            break
        return place + 1, b"".join(block.partition(line)[2:]).partition(b"\n")[2]
    return number, block


def _is_long(path: Path) -> bool:
    return path.is_file() and path.stat().st_size > LONG


async def _file(path: Path) -> AsyncIterator[bytes]:
    for chunk in chunks(path):
        yield chunk
