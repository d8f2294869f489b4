"""Sifting in a process of its own (``registry.dossiers.served``), so that one core reads while another writes."""

import asyncio
import pickle
import sys
from collections.abc import Awaitable, Callable
from typing import Any

from registry.dossiers.batch import Batch
from registry.dossiers.examining import Known, Now, Wanted
from registry.dossiers.lines import Line
from registry.dossiers.served import LENGTH, Task
from registry.intake.record import SourceUnreadable

_AHEAD = 8
"""Blocks that may wait in the other process."""
_BUFFER = 2**20


Learn = Callable[[Wanted], Awaitable[Known]]
Deliver = Callable[[Batch], Awaitable[None]]
Look = Callable[[], Awaitable[Now]]


class Apart:
    """The other process, seen from this one."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._free = asyncio.Semaphore(_AHEAD)
        self._asked = False
        self._hearing: asyncio.Task[None] | None = None
        self._delivering: asyncio.Task[None] | None = None
        self._turn = asyncio.Lock()

    @classmethod
    async def start(cls) -> "Apart":
        """Start it. It waits to be told what to do."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            "from registry.dossiers.served import serve; serve()",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=_BUFFER,
            start_new_session=True,  # what is typed to interrupt this process is not for the other
        )
        return cls(process)

    def begin(self, task: Task, learn: Learn, deliver: Deliver, look: Look) -> None:
        """Say what it is to do. ``learn`` asks the catalogue; ``deliver`` takes a full batch away, once the batch
        before it is written; then ``look`` says what time it is."""
        self._asked = task.path is None
        self._tell("task", task)
        self._hearing = asyncio.create_task(self._hear(learn, deliver, look))

    async def sift(self, number: int, block: bytes | Line) -> None:
        """Have lines sifted, the first of which has this number; where the other process does not read itself."""
        assert self._hearing is not None
        free = asyncio.ensure_future(self._free.acquire())
        await asyncio.wait({free, self._hearing}, return_when=asyncio.FIRST_COMPLETED)
        if self._hearing.done():
            free.cancel()
            await self._hearing
        self._tell("sift", number, block)

    async def finish(self) -> None:
        """Have all that is left delivered, and end."""
        if self._asked:
            self._tell("end")
        if self._hearing is not None:
            await self._hearing
        await self._process.wait()

    async def stop(self) -> None:
        """End at once, whatever it is at."""
        begun = [task for task in (self._hearing, self._delivering) if task is not None]
        for task in begun:
            task.cancel()
        await asyncio.gather(*begun, return_exceptions=True)
        self._kill()
        await self._process.wait()

    def _kill(self) -> None:
        if self._process.returncode is None:
            self._process.kill()

    def _tell(self, *message: Any) -> None:
        assert self._process.stdin is not None
        frame = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
        self._process.stdin.write(LENGTH.pack(len(frame)) + frame)

    async def _hear(self, learn: Learn, deliver: Deliver, look: Look) -> None:
        while True:
            match await self._heard():
                case ("sifted",):
                    self._free.release()
                case ("wanted", wanted):
                    async with self._turn:
                        self._tell("known", await learn(wanted))
                case ("batch", batch):
                    await self._delivered()
                    # Meanwhile the other process goes on, and has its questions answered.
                    self._delivering = asyncio.create_task(self._deliver(batch, deliver, look))
                case ("broken", reason):
                    await self._delivered()
                    raise SourceUnreadable(reason)
                case _:
                    return await self._delivered()

    async def _deliver(self, batch: Batch, deliver: Deliver, look: Look) -> None:
        try:
            await deliver(batch)
            async with self._turn:  # what it is told after this is as new as this
                self._tell("now", await look())
        except BaseException:
            self._kill()  # it would wait for an answer, and whoever hears it for a word
            raise

    async def _delivered(self) -> None:
        if self._delivering is not None:
            await self._delivering

    async def _heard(self) -> Any:
        assert self._process.stdout is not None
        try:
            (length,) = LENGTH.unpack(await self._process.stdout.readexactly(LENGTH.size))
            return pickle.loads(await self._process.stdout.readexactly(length))  # noqa: S301 - our own process
        except asyncio.IncompleteReadError as error:
            await self._delivered()
            code = await self._process.wait()
            raise SourceUnreadable(
                f"the process that reads it ended with {code}; what came before is taken in, and delivering it "
                "again finishes it"
            ) from error
