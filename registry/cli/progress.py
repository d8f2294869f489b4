"""How far a long work has come: a bar on a terminal, plain lines elsewhere, both on the error stream."""

import asyncio
import sys
from types import TracebackType
from typing import TYPE_CHECKING

from registry.cli.screen import Screen

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

EVERY = 1000


class Meter:
    """Call it with (stage, done, of how many); ``None`` where that is not known."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._bar: Progress | None = None
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> "Meter":
        if self._screen.watched:
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

            columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
            self._bar = Progress(*columns, console=Console(file=sys.stderr), transient=True)
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()
        if kind is asyncio.CancelledError:
            self._screen.remark("stopped: what was applied stays, and running it again finishes it")

    def __call__(self, stage: str, done: int, total: int | None) -> None:
        _heed()
        if self._bar is None:
            if done == total or done % EVERY == 0:
                self._screen.remark(f"{stage}: {done:,}" + (f" of {total:,}" if total else ""))
            return
        if stage not in self._tasks:
            self._tasks[stage] = self._bar.add_task(stage, total=total)
        self._bar.update(self._tasks[stage], completed=done, total=total)


def _heed() -> None:
    """Stop here if Ctrl-C was pressed: reading does not wait for anything, so that nothing else would."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError
