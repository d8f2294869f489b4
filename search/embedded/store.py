"""The folder of an embedded index: which generation counts, up to which revision, and who may write.

``state.json`` names the generation that counts. It is replaced by one atomic rename, after the index itself
is on disk: a kill at any moment leaves either the old state or the new one, and at worst a change that is
applied but not yet counted, which applying again does not alter.
"""

import fcntl
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import msgspec

from search.contract import IndexUnavailable
from search.embedded.schema import FORMAT

_STATE = "state.json"
_LOCK = "write.lock"
_PREFIX = "generation-"
REMEDY = "rebuild it with: danhmuc reindex"


class State(msgspec.Struct, frozen=True):
    """What counts. ``stamp`` differs with every write, so that readers notice."""

    format: int
    generation: str
    revision: int
    stamp: str


class Store:
    """One index folder. Several processes may read it; one at a time writes."""

    def __init__(self, path: Path, patience: float) -> None:
        """``patience``: seconds to wait for another writer."""
        self.path = path
        self._state = str(path / _STATE)
        self._patience = patience

    def mark(self) -> tuple[int, int, int] | None:
        """What changes whenever the state does, without reading it; ``None`` when there is no index."""
        try:
            stat = os.stat(self._state)  # noqa: PTH116 - every search asks, and a path takes as long as the call
        except FileNotFoundError:
            return None
        except OSError as fault:
            raise IndexUnavailable(f"search index {self.path}: {fault}") from fault
        return stat.st_mtime_ns, stat.st_ino, stat.st_size

    def read(self) -> State | None:
        """The present state, ``None`` when nothing was built yet, or an earlier program built it.

        Raises ``IndexUnavailable`` when it cannot be read, or a later program built it.
        """
        try:
            raw = (self.path / _STATE).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as fault:
            raise IndexUnavailable(f"search index {self.path}: {fault}") from fault
        try:
            state = msgspec.json.decode(raw, type=State)
        except msgspec.DecodeError as fault:
            raise IndexUnavailable(f"search index {self.path / _STATE} is damaged ({fault}); {REMEDY}") from fault
        if state.format < FORMAT:  # of an earlier program: nothing is lost when it is built anew
            return None
        if state.format > FORMAT:
            raise IndexUnavailable(
                f"search index {self.path} has format {state.format}, this program reads {FORMAT}; {REMEDY}"
            )
        return state

    def write(self, generation: str, revision: int) -> State:
        """Make this state the one that counts, durably."""
        state = State(format=FORMAT, generation=generation, revision=revision, stamp=uuid4().hex)
        fresh = self.path / f"{_STATE}.{state.stamp}"
        try:
            with fresh.open("wb") as file:
                file.write(msgspec.json.encode(state))
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(self.path / _STATE)
            _sync(self.path)
        except OSError as fault:
            fresh.unlink(missing_ok=True)
            raise IndexUnavailable(f"search index {self.path} cannot be written: {fault}") from fault
        return state

    def folder(self, generation: str) -> Path:
        return self.path / generation

    def fresh(self) -> str:
        """Make the folder of a new generation, and give its name."""
        generation = f"{_PREFIX}{uuid4().hex[:12]}"
        try:
            self.folder(generation).mkdir(parents=True)
        except OSError as fault:
            raise IndexUnavailable(f"search index {self.path} cannot be written: {fault}") from fault
        return generation

    def discard(self, generation: str) -> None:
        """Remove a generation that never counted."""
        shutil.rmtree(self.folder(generation), ignore_errors=True)

    def sweep(self, keep: str) -> None:
        """Remove every generation but one, and what killed writers left. Call it under the lock.

        Processes that still read an old generation keep its files until they look at the state again.
        """
        for path in self.path.iterdir():
            if path.name.startswith(_PREFIX) and path.name != keep:
                shutil.rmtree(path, ignore_errors=True)
            elif path.name.startswith(f"{_STATE}."):
                path.unlink(missing_ok=True)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the write lock, which the system lets go when the process dies.

        Raises ``IndexUnavailable`` when another writer holds it for longer than ``patience``.
        """
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            lock = os.open(self.path / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as fault:
            raise IndexUnavailable(f"search index {self.path} cannot be written: {fault}") from fault
        try:
            self._acquire(lock)
            try:
                yield
            finally:
                # Closing alone would leave it with a process that was forked meanwhile.
                fcntl.flock(lock, fcntl.LOCK_UN)
        finally:
            os.close(lock)

    def _acquire(self, lock: int) -> None:
        end = time.monotonic() + self._patience
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() >= end:
                    raise IndexUnavailable(
                        f"search index {self.path} has been locked by another writer for {self._patience:g} s"
                    ) from None
                time.sleep(0.02)
            else:
                return


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
