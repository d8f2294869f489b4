"""A Meilisearch server for tests and measurements: the program on this machine, in a temporary folder."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import httpx

PROGRAM = os.environ.get("DANHMUC_TEST_MEILISEARCH") or shutil.which("meilisearch")
ABSENT = (
    "Meilisearch is not tested against a real server: no `meilisearch` is on the path, and "
    "DANHMUC_TEST_MEILISEARCH names none"
)
KEY = "a-master-key-for-tests-alone"


class Server:
    """One server on a free loopback port. It may be killed, started again, and lose its disk."""

    def __init__(self) -> None:
        assert PROGRAM, ABSENT
        self.folder = Path(tempfile.mkdtemp(prefix="danhmuc-meilisearch-"))
        self.key = KEY
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [
                    *(PROGRAM, "--http-addr", f"127.0.0.1:{self.port}", "--no-analytics"),
                    *("--db-path", str(self.folder / "data"), "--dump-dir", str(self.folder / "dumps")),
                    *("--snapshot-dir", str(self.folder / "snapshots"), "--log-level", "WARN"),
                    # By its default of two thirds of the memory, the server spends 0.6 s on every change.
                    *("--max-indexing-memory", "512MiB"),
                ],
                env={**os.environ, "MEILI_MASTER_KEY": KEY},
                stdout=log,
                stderr=log,
            )
        end = time.monotonic() + 30
        while not self._healthy():
            if time.monotonic() > end or self._process.poll() is not None:
                raise RuntimeError(f"Meilisearch does not start: {(self.folder / 'log').read_text()[-2000:]}")
            time.sleep(0.02)

    def _healthy(self) -> bool:
        try:
            return httpx.get(f"{self.url}/health", timeout=1, trust_env=False).is_success
        except httpx.HTTPError:
            return False

    def kill(self) -> None:
        """End it without warning."""
        self._end(signal.SIGKILL)

    def lose_disk(self) -> None:
        """Start anew on an empty disk."""
        self.kill()
        shutil.rmtree(self.folder / "data")
        self.start()

    def stop(self) -> None:
        self._end(signal.SIGKILL)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _end(self, number: int) -> None:
        if self._process is not None:
            self._process.send_signal(number)
            self._process.wait(30)
            self._process = None
