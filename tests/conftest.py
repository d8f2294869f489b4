"""Stores for tests: SQLite in a temporary folder, and a throw-away PostgreSQL cluster that the tests start."""

import asyncio
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest

from registry.engine import Database, open_database
from registry.settings import Settings

SHARED = Path(os.environ.get("DANHMUC_SHARED", Path(__file__).parents[2] / "shared"))
IN_CI = os.environ.get("CI") == "true"


def missing(what: str, reason: str) -> None:
    """What a test needs and this machine lacks: a skip with its reason, but in CI a failure."""
    message = f"{what}: {reason}"
    if IN_CI:
        pytest.fail(message)
    pytest.skip(message)


@pytest.fixture(scope="session")
def real_archive() -> Path:
    path = SHARED / "data" / "portal-2026-07-17" / "raw_procedure.tar.xz"
    if not path.is_file():
        pytest.skip(f"the real catalogue is absent: {path}")
    return path


class Cluster:
    """A PostgreSQL cluster in a temporary folder, run by a user who is not root."""

    def __init__(self, programs: Path) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="danhmuc-pg-", dir="/tmp"))
        self.programs = programs
        self.user = "nobody" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
        self.made = 0
        self._connection: asyncpg.Connection | None = None
        # Tests have loops of their own, one after the other: the connection lives on one that stays.
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, daemon=True).start()
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]

    def run(self, *command: str) -> None:
        options: dict[str, object] = {}
        if os.geteuid() == 0:
            account = pwd.getpwnam(self.user)
            options = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
        done = subprocess.run(
            [str(self.programs / command[0]), *command[1:]],
            capture_output=True,
            text=True,
            cwd=self.folder,
            timeout=60,
            env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "HOME": str(self.folder)},
            **options,  # type: ignore[call-overload]
        )
        if done.returncode:
            raise RuntimeError(f"{command[0]} failed: {done.stderr or done.stdout}")

    def start(self) -> None:
        if os.geteuid() == 0:
            account = pwd.getpwnam(self.user)
            os.chown(self.folder, account.pw_uid, account.pw_gid)
        data = str(self.folder / "data")
        self.run("initdb", "-D", data, "-U", "danhmuc", "--auth=trust", "--no-sync", "-E", "UTF8")
        settings = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=60"
        listen = f"-c listen_addresses=127.0.0.1 -c port={self.port} -c unix_socket_directories={self.folder}"
        log = str(self.folder / "log")
        self.run("pg_ctl", "-D", data, "-w", "-l", log, "-o", f"{settings} {listen}", "start")

    def stop(self) -> None:
        self.run("pg_ctl", "-D", str(self.folder / "data"), "-m", "immediate", "stop")
        shutil.rmtree(self.folder, ignore_errors=True)

    def url(self, name: str) -> str:
        return f"postgres://danhmuc@127.0.0.1:{self.port}/{name}"

    def create(self, template: str = "template0") -> str:
        """A database of its own. Returns its address."""
        self.made += 1
        name = f"store{self.made}"
        # Copying files over one kept connection takes a fifth of the time of a `createdb` for each test.
        statement = f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY"
        asyncio.run_coroutine_threadsafe(self._execute(statement), self._loop).result(60)
        return self.url(name)

    async def _execute(self, statement: str) -> None:
        if self._connection is None:
            self._connection = await asyncpg.connect(self.url("postgres"))
        await self._connection.execute(statement)


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb")) or [Path(shutil.which("initdb") or "")]
    if not found[-1].name:
        missing("PostgreSQL", "initdb is neither on the path nor in /usr/lib/postgresql/*/bin")
    cluster = Cluster(found[-1].parent)
    cluster.start()
    try:
        yield cluster
    finally:
        cluster.stop()


@pytest.fixture(scope="session")
def migrated(cluster: Cluster) -> str:
    """The name of a database that is migrated already: copying it is faster than migrating each."""
    url = cluster.create()

    async def migrate() -> None:
        await (await open_database(Settings(data=cluster.folder, database_url=url))).close()

    asyncio.run(migrate())
    return url.rpartition("/")[2]


@pytest.fixture(params=["sqlite", "postgres"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """Settings of a fresh store, on each database."""
    if request.param == "sqlite":
        return Settings(data=tmp_path / "var")
    cluster: Cluster = request.getfixturevalue("cluster")
    return Settings(data=tmp_path / "var", database_url=cluster.create(request.getfixturevalue("migrated")))


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Database]:
    """The store of these settings, closed again."""
    database = await open_database(settings)
    try:
        yield database
    finally:
        await database.close()


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def database(settings: Settings) -> AsyncIterator[Database]:
    """An open store, on each database. Async tests are marked ``anyio``."""
    async with opened(settings) as found:
        yield found
