"""Where commands write: tables on a terminal, plain lines and JSON elsewhere, remarks to the error stream."""

import sys
import unicodedata
from collections.abc import Container, Iterable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Literal, TextIO

if TYPE_CHECKING:
    from rich.table import Table

_KEPT = "\n\t"


class OutputClosed(Exception):
    """Nobody reads the output any more."""


class Screen:
    """The two streams of a command, looked up when it is made."""

    def __init__(self, out: TextIO | None = None, err: TextIO | None = None) -> None:
        self.out = sys.stdout if out is None else out
        self.err = sys.stderr if err is None else err
        self.terminal = self.seen(self.out)
        self.watched = self.seen(self.err)

    @staticmethod
    def seen(stream: TextIO) -> bool:
        """Whether people look at this stream."""
        return stream.isatty()

    def say(self, *lines: str) -> None:
        """Lines of the answer."""
        self._write("".join(f"{plain(line)}\n" for line in lines))

    def remark(self, line: str) -> None:
        """A line about the work, beside the answer."""
        with suppress(BrokenPipeError):  # nobody listens any more; the answer goes on
            self.err.write(f"{plain(line)}\n")
            self.err.flush()

    def json(self, value: object) -> None:
        """The answer for a program: one JSON document in UTF-8, whatever the locale."""
        import msgspec

        self.bytes(msgspec.json.format(msgspec.json.encode(value), indent=2) + b"\n")

    def bytes(self, data: bytes) -> None:
        """Bytes as they are."""
        try:
            self.out.flush()
            self.out.buffer.write(data)
        except BrokenPipeError as error:
            raise OutputClosed from error

    def table(
        self,
        headings: Sequence[str],
        rows: Iterable[Sequence[str]],
        wide: int | None = None,
        right: Container[int] = (),
    ) -> None:
        """Rows under headings; elsewhere than on a terminal one row a line, its cells apart by tabs.

        ``wide`` is the column that takes the room that is left, ``right`` are those aligned to the right.
        """
        if not self.terminal:
            for row in rows:
                self.say("\t".join(" ".join(cell.split()) for cell in row))
            return
        from rich.table import Table
        from rich.text import Text

        table = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 2, 0, 0))
        for place, heading in enumerate(headings):
            side: Literal["left", "right"] = "right" if place in right else "left"
            table.add_column(heading, no_wrap=place == 0, ratio=1 if place == wide else None, justify=side)
        for row in rows:
            table.add_row(*(Text(plain(cell)) for cell in row))
        self._render(table)

    def pairs(self, rows: Iterable[tuple[str, str]]) -> None:
        """Names and what they stand for."""
        if not self.terminal:
            for name, value in rows:
                self.say(f"{name}: {value}")
            return
        from rich.table import Table
        from rich.text import Text

        table = Table.grid(padding=(0, 2, 0, 0))
        table.add_column(no_wrap=True)
        table.add_column()
        for name, value in rows:
            table.add_row(Text(name, style="bold"), Text(plain(value)))
        self._render(table)

    def flush(self) -> None:
        try:
            self.out.flush()
        except BrokenPipeError as error:
            raise OutputClosed from error

    def _render(self, table: "Table") -> None:
        from rich.console import Console

        console = Console(file=self.out)
        # Rich ends the process when a pipe is closed; that is for one place to decide.
        with console.capture() as captured:
            console.print(table)
        self._write(captured.get())

    def _write(self, text: str) -> None:
        try:
            self.out.write(text)
        except BrokenPipeError as error:
            raise OutputClosed from error


def plain(text: str) -> str:
    """The text without control characters: what a source holds must not steer a terminal."""
    if text.isprintable():
        return text
    return "".join(char for char in text if char in _KEPT or unicodedata.category(char) not in ("Cc", "Cs"))
