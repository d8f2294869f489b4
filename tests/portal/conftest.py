"""A replica of the portal with a few records, and runs of syncing from it."""

import copy
import importlib.util
import json
import shutil
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec
import pytest

from registry.engine import Database, open_database
from registry.exchange.portal.legacy import Legacy
from registry.exchange.portal.manners import Manners
from registry.exchange.portal.modern import Modern
from registry.exchange.portal.syncing import Options, Outcome, sync
from registry.settings import Settings

HERE = Path(__file__).parent
CLEAN = json.loads(
    (HERE.parent / "fixtures" / "portal" / "procedures" / "7.000001" / "raw_procedure.json").read_bytes()
)
DECIDED = 1779210000000  # midnight of 2026-05-20 in Vietnam
QUICK = Manners(
    rate=0,
    tries=3,
    pause=0.002,
    longest=0.3,
    connecting=10,
    answering=10,
    whole=20,
    most_bytes=10**6,
    page=4,
    rounds=4,
)
Go = Callable[..., Awaitable[Outcome]]


@pytest.fixture(scope="session")
def portal() -> ModuleType:
    """The module of the replica; tests are no package, so that it cannot be imported by name."""
    spec = importlib.util.spec_from_file_location("portal_replica", HERE / "replica.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def record(number: int, code: str = "", **detail: object) -> dict[str, Any]:
    """A clean record; three in a row share an announcement."""
    made = copy.deepcopy(CLEAN["detail"])
    code = code or f"7.1{number:05}"
    made |= {"id": f"id-{number:05}", "code": code, "codeNotation": code, "name": f"Cấp giấy phép ví dụ {number}"}
    decision = {"id": f"d-{number // 3}", "proposalNumber": f"{number // 3}/QĐ-BVD", "decisionDate": DECIDED}
    made["procedureProposal"] |= decision | {"publicationDate": DECIDED}
    made |= {"updatedAt": DECIDED, **detail}
    return made


@pytest.fixture(scope="session")
def make() -> Callable[..., dict[str, Any]]:
    return record


@pytest.fixture
def replica(portal: ModuleType) -> Iterator[Any]:
    """A portal with ten records."""
    with portal.running(portal.Replica().fill(record(number) for number in range(10))) as found:
        yield found


@pytest.fixture
def fault(portal: ModuleType, replica: Any) -> Callable[..., None]:
    """Tells the replica what is to go wrong."""

    def tell(*arguments: Any, **options: Any) -> None:
        replica.faults.append(portal.Fault(*arguments, **options))

    return tell


def goer(database: Database, folder: Path, replica: Any) -> Go:
    async def go(report: Any = lambda _: None, manners: dict[str, Any] | None = None, **options: Any) -> Outcome:
        older = options.pop("older", False)
        limits = msgspec.structs.replace(QUICK, **(manners or {}))
        url = options.pop("url", replica.url.removesuffix("/api/v1") + "/legacy" if older else replica.url)
        asked = Options(url=url, manners=limits, **{"allow_private": True, **options})
        outcome = await sync(database, Legacy() if older else Modern(limits.page), asked, folder, report)
        assert outcome.listed == sum(outcome.lines.values())
        if outcome.status != "refused":
            read = outcome.lines["fetched"] + outcome.lines["unreadable"]
            assert read == sum(outcome.taken.values())
        return outcome

    return go


@pytest.fixture
def go(database: Database, settings: Settings, replica: Any) -> Go:
    """Runs a sync on each database; its numbers must add up."""
    settings.data.mkdir(parents=True, exist_ok=True)
    return goer(database, settings.data, replica)


@pytest.fixture
async def local(blank: Path, tmp_path: Path) -> AsyncIterator[Database]:
    """A SQLite store, for what does not depend on the database."""
    shutil.copytree(blank, tmp_path / "var")
    found = await open_database(Settings(data=tmp_path / "var"))
    yield found
    await found.close()


@pytest.fixture
def attempt(local: Database, tmp_path: Path, replica: Any) -> Go:
    """Runs a sync on SQLite; its numbers must add up."""
    return goer(local, tmp_path / "var", replica)
