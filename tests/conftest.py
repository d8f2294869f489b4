"""Stores for tests: SQLite in a temporary folder, and a throw-away PostgreSQL cluster that the tests start."""

import asyncio
import fcntl
import gc
import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from registry.engine import Database, open_database
from registry.intake.formats import detect
from registry.intake.record import Format, Raw, Record, Rejection
from registry.settings import Settings

# Processes that tests start keep what they compile, as those of people do: each is ready the sooner.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# What tests write is thrown away: where memory can hold it, no disk is waited for.
MEMORY, ENOUGH = Path("/dev/shm"), 4 * 2**30
if "TMPDIR" not in os.environ and MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ENOUGH:
    os.environ["TMPDIR"] = str(MEMORY)
    tempfile.tempdir = None

HERE = Path(__file__).parent
SHARED = Path(os.environ.get("DANHMUC_SHARED", HERE.parents[1] / "shared"))
IN_CI = os.environ.get("CI") == "true"


# The files that take longest begin, so that what is left for the end is short and no core waits for another.
LONGEST = (
    "test_pages.py",
    # It makes the store of the real catalogue, while the browser looks at the demonstration.
    "test_relevance.py",
    "test_serve.py",
    "test_killed.py",
    "test_intake_real.py",
    "test_fuzz.py",
)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest first."""
    places = {name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: places.get(item.path.name, len(places)))


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """Collect garbage seldom, and not among what stays: it took an eighth of the time, and much more in a process
    that grew large."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)


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


@pytest.fixture(scope="session")
def store_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """``store_of("real")``: the folder of a store of ``tests/browser/stores.py``, made once for all workers.
    Whoever writes to it takes a copy."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base

    def store(kind: str) -> Path:
        folder = shared / f"store-{kind}"
        with (shared / f"{kind}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not folder.exists():
                draft = folder.with_suffix(".draft")
                # In a process of its own: a browser's driver holds the event loop of this one.
                command = [sys.executable, str(HERE / "browser" / "stores.py"), kind, str(draft)]
                made = subprocess.run(command, capture_output=True, text=True, timeout=300)
                assert made.returncode == 0, made.stderr
                draft.rename(folder)
        return folder

    return store


class Read:
    """A source that was read once, in the shape in which it is read."""

    def __init__(self, source: Format) -> None:
        self.name = source.name
        self._raws = list(source.raws())
        self._parsed = {id(raw): source.parse(raw) for raw in self._raws if isinstance(raw, Raw)}

    def raws(self) -> Iterator[Raw | Rejection]:
        return iter(self._raws)

    def parse(self, raw: Raw) -> Record | Rejection:
        return self._parsed[id(raw)]


@pytest.fixture(scope="module")
def real_source(real_archive: Path) -> Read:
    """The real catalogue. Reading it takes seconds, and much memory until the last test of the file."""
    return Read(detect(real_archive))


# Empties what was written to; triggers that would refuse are off meanwhile.
EMPTY = """
DO $$
DECLARE written text;
BEGIN
    SET LOCAL session_replication_role = replica;
    SELECT string_agg(oid::regclass::text, ', ') INTO written FROM pg_class
    WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
    AND relname <> 'migration' AND pg_relation_size(oid) > 0;
    IF written IS NOT NULL THEN
        EXECUTE 'TRUNCATE ' || written || ' RESTART IDENTITY CASCADE';
    END IF;
END $$
"""
# Ends whoever is still connected: what serves a process that was killed must not write later on.
ALONE = """
SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
# What a test might have changed about the tables themselves.
SHAPE = """
SELECT md5(string_agg(line, ' ' ORDER BY line)) FROM (
    SELECT concat(relname, relkind) AS line FROM pg_class WHERE relnamespace = 'public'::regnamespace
    UNION ALL SELECT concat(tgname, tgenabled) FROM pg_trigger
    UNION ALL SELECT concat(attname, atttypid) FROM pg_attribute WHERE attrelid >= 16384
) AS lines
"""


class Cluster:
    """A PostgreSQL cluster in a temporary folder, run by a user who is not root."""

    def __init__(self, programs: Path) -> None:
        # Where another user may go; TMPDIR might be a folder of ours alone.
        room = MEMORY if os.environ.get("TMPDIR") == str(MEMORY) else "/tmp"
        self.folder = Path(tempfile.mkdtemp(prefix="danhmuc-pg-", dir=room))
        self.programs = programs
        self.user = "nobody" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
        self.made = 0
        self._connections: dict[str, asyncpg.Connection] = {}
        self._shapes: dict[str, str] = {}
        self._spare: list[str] = []
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
            **options,  # type: ignore[call-overload]  # by name
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
        self._wait(self._execute("postgres", statement))
        return self.url(name)

    def borrow(self, template: str) -> str:
        """The name of a database like ``template``: one that was given back, or else a new one."""
        if self._spare:
            return self._spare.pop()
        name = self.create(template).rpartition("/")[2]
        self._shapes[name] = self._wait(self._execute(name, SHAPE))
        return name

    def give_back(self, name: str) -> None:
        """Empty a database for whoever borrows next, in a fraction of the time of making another. One whose tables
        were tampered with is left behind."""
        self._wait(self._execute(name, ALONE))
        if self._wait(self._execute(name, SHAPE)) == self._shapes[name]:
            self._wait(self._execute(name, EMPTY))
            self._spare.append(name)

    def _wait(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(60)

    async def _execute(self, database: str, statement: str) -> Any:
        if database not in self._connections:
            self._connections[database] = await asyncpg.connect(self.url(database))
        return await self._connections[database].fetchval(statement)


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
    asyncio.run(_migrate(Settings(data=cluster.folder, database_url=url)))
    return url.rpartition("/")[2]


async def _migrate(settings: Settings) -> None:
    await (await open_database(settings)).close()


@pytest.fixture
def postgres(cluster: Cluster, migrated: str) -> Iterator[str]:
    """The address of a fresh store in PostgreSQL."""
    name = cluster.borrow(migrated)
    yield cluster.url(name)
    cluster.give_back(name)


@pytest.fixture(scope="session")
def blank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an empty store in SQLite: copying it is faster than migrating each."""
    folder = tmp_path_factory.mktemp("blank")
    asyncio.run(_migrate(Settings(data=folder)))
    return folder


@pytest.fixture(params=["sqlite", "postgres"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """Settings of a fresh store, on each database."""
    if request.param == "sqlite":
        shutil.copytree(request.getfixturevalue("blank"), tmp_path / "var")
        return Settings(data=tmp_path / "var")
    return Settings(data=tmp_path / "var", database_url=request.getfixturevalue("postgres"))


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
