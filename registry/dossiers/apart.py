"""Sifting in a process of its own, so that one core reads while another writes.

The two processes speak over pipes in frames: a length, and a pickled message of fixed kinds. The other process
knows neither the database nor the clock: it asks for what the catalogue says, and is told the time. It ends with
its input, and thus with the process that started it, however that one ends.
"""

import asyncio
import gc
import os
import pickle
import shutil
import sys
from collections import deque
from collections.abc import Awaitable, Callable
from struct import Struct
from typing import Any, BinaryIO, NamedTuple

from registry.dossiers.batch import Batch
from registry.dossiers.examining import Examiner, Known, Now, Wanted
from registry.dossiers.formats import known
from registry.dossiers.lines import Line
from registry.dossiers.sifting import Sifter
from registry.intake.record import SourceUnreadable

_LENGTH = Struct("<Q")
_AHEAD = 8
"""Blocks that may wait in the other process."""
_BUFFER = 2**20
_SELDOM = 500_000


class Task(NamedTuple):
    """What the other process has to know: how lines are written, what dossiers are examined by, and how many make
    a batch at most, and where records are written."""

    form: str
    header: bytes
    examiner: Examiner
    most: int
    folder: str


class Apart:
    """The other process, seen from this one. ``learn`` asks the catalogue; ``deliver`` takes a full batch away and
    says what time it is."""

    def __init__(
        self,
        process: asyncio.subprocess.Process,
        learn: Callable[[Wanted], Awaitable[Known]],
        deliver: Callable[[Batch], Awaitable[Now]],
    ) -> None:
        self._process = process
        self._learn = learn
        self._deliver = deliver
        self._free = asyncio.Semaphore(_AHEAD)
        self._hearing = asyncio.create_task(self._hear())

    @classmethod
    async def start(
        cls,
        task: Task,
        learn: Callable[[Wanted], Awaitable[Known]],
        deliver: Callable[[Batch], Awaitable[Now]],
    ) -> "Apart":
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            "from registry.dossiers.apart import serve; serve()",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=_BUFFER,
            start_new_session=True,  # what is typed to interrupt this process is not for the other
        )
        apart = cls(process, learn, deliver)
        apart._tell("task", task)
        return apart

    async def sift(self, number: int, block: bytes | Line) -> None:
        """Have lines sifted, the first of which has this number."""
        free = asyncio.ensure_future(self._free.acquire())
        await asyncio.wait({free, self._hearing}, return_when=asyncio.FIRST_COMPLETED)
        if self._hearing.done():
            free.cancel()
            await self._hearing
        self._tell("sift", number, block)

    async def finish(self) -> None:
        """Have the last batch delivered, and end."""
        self._tell("end")
        await self._hearing
        await self._process.wait()

    async def stop(self) -> None:
        """End at once, whatever it is at."""
        self._hearing.cancel()
        await asyncio.gather(self._hearing, return_exceptions=True)
        if self._process.returncode is None:
            self._process.kill()
            await self._process.wait()

    def _tell(self, *message: Any) -> None:
        assert self._process.stdin is not None
        frame = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
        self._process.stdin.write(_LENGTH.pack(len(frame)) + frame)

    async def _hear(self) -> None:
        tallies: list[tuple[str, bytes]] = []
        while True:
            match await self._heard():
                case ("sifted",):
                    self._free.release()
                case ("wanted", wanted):
                    self._tell("known", await self._learn(wanted))
                case ("tally", tally):
                    tallies.append(tally)
                case ("batch", batch):
                    batch.tallies, tallies = tallies, []
                    self._tell("now", await self._deliver(batch))
                case _:
                    return

    async def _heard(self) -> Any:
        assert self._process.stdout is not None
        try:
            (length,) = _LENGTH.unpack(await self._process.stdout.readexactly(_LENGTH.size))
            return pickle.loads(await self._process.stdout.readexactly(length))  # noqa: S301 - our own process
        except asyncio.IncompleteReadError as error:
            code = await self._process.wait()
            raise SourceUnreadable(
                f"the process that reads it ended with {code}; what came before is taken in, and delivering it "
                "again finishes it"
            ) from error


# -- the other process ----------------------------------------------------------------------------------------


def serve() -> None:
    """Do what is asked until the input ends."""
    gc.set_threshold(_SELDOM, *gc.get_threshold()[1:])
    told = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what anything prints must not get among the frames
    served = _Served(sys.stdin.buffer, told)
    try:
        served.run()
    except (EOFError, BrokenPipeError):  # nobody listens any more, and nobody else will tidy up
        served.tidy()
        os._exit(1)


class _Served:
    def __init__(self, heard: BinaryIO, told: BinaryIO) -> None:
        self._input = heard
        self._output = told
        self._waiting: deque[Any] = deque()
        self._folder = ""

    def tidy(self) -> None:
        """Delete what has been written."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def run(self) -> None:
        _, task = self._hear()
        self._folder = task.folder
        examiner = task.examiner
        sifter = Sifter(known()[task.form], task.header, examiner, task.most, task.folder)
        while True:
            match self._waiting.popleft() if self._waiting else self._hear():
                case ("sift", number, block):
                    for wanted in sifter.sift(number, block):
                        self._tell("wanted", wanted)
                        examiner.told(self._known())
                    self._tell("sifted")
                    if sifter.full:
                        self._deliver(sifter.take())
                case ("now", now):
                    examiner.refresh(now)
                case _:
                    self._deliver(sifter.take())
                    self._tell("end")
                    return

    def _deliver(self, batch: Batch) -> None:
        """Tell a batch bit by bit: nobody has to keep all of it twice."""
        for tally in batch.tallies:
            self._tell("tally", tally)
        batch.tallies = []
        self._tell("batch", batch)

    def _known(self) -> Known:
        """The answer to a question; what comes before it waits."""
        while True:
            message = self._hear()
            if message[0] == "known":
                return message[1]  # type: ignore[no-any-return]  # of the kind that was told
            self._waiting.append(message)

    def _hear(self) -> Any:
        (length,) = _LENGTH.unpack(self._exactly(_LENGTH.size))
        return pickle.loads(self._exactly(length))  # noqa: S301 - from the process that started this one

    def _exactly(self, length: int) -> bytes:
        found = self._input.read(length)
        if len(found) < length:
            raise EOFError
        return found

    def _tell(self, *message: Any) -> None:
        frame = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
        self._output.write(_LENGTH.pack(len(frame)) + frame)
        self._output.flush()
