"""The process that sifts while another writes.

The two speak over pipes in frames: a length, and a pickled message of fixed kinds. This one knows neither the
database nor the clock: it asks for what the catalogue says, and is told the time. It ends with its input, and thus
with the process that started it, however that one ends.
"""

import gc
import os
import pickle
import shutil
import sys
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from struct import Struct
from typing import Any, BinaryIO, NamedTuple

from registry.dossiers.examining import Examiner, Known
from registry.dossiers.formats import known
from registry.dossiers.lines import Line, blocks, chunks, headless
from registry.dossiers.sifting import Sifter
from registry.intake.record import SourceUnreadable

LENGTH = Struct("<Q")
_SELDOM = 500_000


class Task(NamedTuple):
    """What this process has to know: how lines are written, what dossiers are examined by, how many make a batch
    at most, and where records are written. ``path`` is the file that it reads, which people call ``source``;
    without one it is told what to sift."""

    form: str
    header: bytes
    examiner: Examiner
    most: int
    folder: str
    path: Path | None = None
    source: str = ""


def serve() -> None:
    """Do what is asked until the input ends."""
    gc.freeze()
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
        self._examiner: Examiner
        self._unanswered = False
        self._folder = ""

    def tidy(self) -> None:
        """Delete what has been written."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def run(self) -> None:
        _, task = self._hear()
        self._folder, self._examiner = task.folder, task.examiner
        sifter = Sifter(known()[task.form], task.header, task.examiner, task.most, task.folder)
        broken = None
        try:
            for number, block in self._asked() if task.path is None else _read(task):
                self._sift(sifter, number, block)
        except SourceUnreadable as error:
            broken = str(error)
        self._deliver(sifter)
        self._tell(*(("end",) if broken is None else ("broken", broken)))

    def _sift(self, sifter: Sifter, number: int, block: bytes | Line) -> None:
        for wanted in sifter.sift(number, block):
            self._tell("wanted", wanted)
            self._examiner.told(self._known())
        if sifter.full:
            self._deliver(sifter)

    def _asked(self) -> Iterator[tuple[int, bytes | Line]]:
        """What this process is told to sift."""
        while True:
            match self._waiting.popleft() if self._waiting else self._hear():
                case ("sift", number, block):
                    yield number, block
                    self._tell("sifted")
                case ("now", _):
                    continue
                case _:
                    return

    def _deliver(self, sifter: Sifter) -> None:
        """Have a batch written. The one before it must be on its way: no more than three are held at once."""
        batch = sifter.take()
        while self._unanswered:
            self._keep(self._hear())
        self._tell("batch", batch)
        self._unanswered = True

    def _known(self) -> Known:
        """The answer to a question; what comes before it waits."""
        while (message := self._hear())[0] != "known":
            self._keep(message)
        return message[1]  # type: ignore[no-any-return]  # of the kind that was told

    def _hear(self) -> Any:
        (length,) = LENGTH.unpack(self._exactly(LENGTH.size))
        message = pickle.loads(self._exactly(length))  # noqa: S301 - from the process that started this one
        if message[0] == "now":
            self._examiner.refresh(message[1])
            self._unanswered = False
        return message

    def _keep(self, message: Any) -> None:
        if message[0] != "now":
            self._waiting.append(message)

    def _exactly(self, length: int) -> bytes:
        found = self._input.read(length)
        if len(found) < length:
            raise EOFError
        return found

    def _tell(self, *message: Any) -> None:
        frame = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
        self._output.write(LENGTH.pack(len(frame)) + frame)
        self._output.flush()


def _read(task: Task) -> Iterator[tuple[int, bytes | Line]]:
    assert task.path is not None
    found = blocks(task.source, chunks(task.path))
    return headless(found) if task.header else found
