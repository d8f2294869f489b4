"""A temporary file that holds what was read until the source has been read to its end."""

import tempfile
from pathlib import Path
from types import TracebackType
from typing import NamedTuple


class Place(NamedTuple):
    """Where a piece lies in the spool."""

    start: int
    length: int


class Spool:
    """Pieces are appended and read back by their place; everything goes when it is closed."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._file = tempfile.TemporaryFile(dir=folder, prefix="intake-")  # noqa: SIM115 - see __exit__
        self._end = 0

    def __enter__(self) -> "Spool":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def add(self, piece: bytes) -> Place:
        self._file.seek(self._end)
        self._file.write(piece)
        place = Place(self._end, len(piece))
        self._end += len(piece)
        return place

    def get(self, place: Place) -> bytes:
        self._file.seek(place.start)
        return self._file.read(place.length)
