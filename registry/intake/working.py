"""Work on uploads in processes of its own: reading a whole catalogue would keep pages waiting.

The server starts a process for each, hears from it how far it is, and notes that in the store, where every process
that serves looks. The process itself writes what came of it. One that is killed leaves nothing half applied: an
intake goes in by announcement, each whole or not at all, and is finished by looking and accepting again.
"""

import asyncio
import logging
import os
import sys
import time

import msgspec

from registry.access.actors import Actor
from registry.engine import Database, open_database
from registry.intake import foresight, uploads
from registry.intake.uploads import State, Upload
from registry.settings import Settings, read_settings

log = logging.getLogger(__name__)

BEAT = 2.0
PATIENCE = 10.0
_LONGEST_SAID = 4000


class Task(msgspec.Struct, frozen=True):
    """What a process is to do: look at an attempt of an upload, or take it in for ``actor``."""

    upload: str
    attempt: int
    actor: Actor | None = None


class Workers:
    """The processes that one server has started. They end when it does."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._settings = settings
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, upload: Upload, actor: Actor | None = None) -> None:
        """Begin work on an upload, and return."""
        task = asyncio.create_task(self._run(Task(upload.id, upload.attempt, actor)), name=f"upload {upload.id}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def stop(self) -> None:
        """End what is under way."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _run(self, task: Task) -> None:
        try:
            said = await self._watch(task)
        except Exception as error:
            log.error("work on upload %s failed: %s", task.upload, error, exc_info=error)
            said = str(error)
        if said is not None:
            await uploads.note(
                self._database, task.upload, task.attempt, state=State.FAILED.value, fault=said[:2000]
            )

    async def _watch(self, task: Task) -> str | None:
        """Note how far a process is until it ends. Returns what it said where it failed."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            __name__,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env={**os.environ, **environment(self._settings)},
            start_new_session=True,
        )
        assert process.stdin is not None
        assert process.stderr is not None
        try:
            process.stdin.write(msgspec.json.encode(task))
            process.stdin.close()
            errors = asyncio.create_task(process.stderr.read())
            await self._listen(process, task)
            code = await process.wait()
            complaint = await errors
        finally:
            if process.returncode is None:
                process.terminate()
                await process.wait()
        said = complaint.decode(errors="replace")[-_LONGEST_SAID:]
        if code:
            log.error("work on upload %s ended with %s: %s", task.upload, code, said)
        return (said.strip().splitlines() or [f"ended with {code}"])[-1] if code else None

    async def _listen(self, process: asyncio.subprocess.Process, task: Task) -> None:
        assert process.stdout is not None
        told: tuple[str, int, int | None] | None = None
        beaten = time.monotonic()
        while True:
            try:
                line = await asyncio.wait_for(process.stdout.readline(), BEAT)
            except TimeoutError:
                line = b"\n"
            if not line:
                return
            if line.strip():
                told = msgspec.json.decode(line, type=tuple[str, int, int | None])
            if time.monotonic() - beaten >= BEAT / 2:
                beaten = time.monotonic()
                values = {} if told is None else dict(zip(("stage", "done", "total"), told, strict=True))
                await uploads.note(self._database, task.upload, task.attempt, **values)


def environment(settings: Settings) -> dict[str, str]:
    """The variables that lead another process to the same store."""
    return {"DANHMUC_DATA": str(settings.data.resolve()), "DANHMUC_DATABASE_URL": settings.database_url}


class Teller:
    """Tells on standard output how far the work is, a few times a second. Nobody listens any more where the server
    has gone: looking ends then; what was accepted goes on."""

    def __init__(self, *, insist: bool) -> None:
        self._insist = insist
        self._last = 0.0

    def __call__(self, stage: str, done: int, total: int | None) -> None:
        moment = time.monotonic()
        if moment - self._last < 0.25:
            return
        self._last = moment
        try:
            sys.stdout.buffer.write(msgspec.json.encode((stage, done, total)) + b"\n")
            sys.stdout.buffer.flush()
        except BrokenPipeError:
            if self._insist:
                raise


async def work(database: Database, settings: Settings, task: Task, *, aloud: bool = True) -> None:
    """Do one task to its end."""
    upload = await uploads.find(database, task.upload)
    if upload.attempt != task.attempt:
        return
    progress = Teller(insist=task.actor is None) if aloud else lambda *_: None
    if task.actor is None:
        await foresight.look(database, settings, upload, progress)
    else:
        await foresight.accept(database, settings, upload, task.actor, progress)


async def _main() -> None:
    settings = read_settings()
    database = await open_database(settings)
    try:
        await work(database, settings, msgspec.json.decode(sys.stdin.buffer.read(), type=Task))
    finally:
        await database.close()


if __name__ == "__main__":
    asyncio.run(_main())
