"""Files that a command writes: whole under their name, or not there at all."""

import os
import tempfile
from pathlib import Path
from types import TracebackType


class Output:
    """A file that takes its name when it is complete.

    Every piece reaches the system at once, so that a full disk is met while there is still time to stop.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        # A device or a pipe cannot be replaced, only written to.
        self._special = path.exists() and not path.is_file()

    def __enter__(self) -> "Output":
        if self._special:
            self._handle, self._name = os.open(self.path, os.O_WRONLY), ""
        else:
            self._handle, self._name = self._beside()
        return self

    def _beside(self) -> tuple[int, str]:
        try:
            handle, name = tempfile.mkstemp(dir=self.path.parent, prefix=f".{self.path.name[:100]}.")
            mask = os.umask(0)
            os.umask(mask)
            os.fchmod(handle, 0o666 & ~mask)
        except OSError as error:
            error.filename = str(self.path)
            raise
        return handle, name

    def write(self, data: bytes) -> None:
        left = memoryview(data)
        try:
            while left:
                left = left[os.write(self._handle, left) :]
        except OSError as error:
            error.filename = str(self.path)
            raise

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None and self._name:
                os.fsync(self._handle)
                Path(self._name).replace(self.path)
                self._name = ""
        finally:
            os.close(self._handle)
            if self._name:
                Path(self._name).unlink(missing_ok=True)
