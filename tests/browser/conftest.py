"""A real browser before a real server: Debian's Chromium, driven by Playwright, over stores made for it."""

import importlib.util
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from registry.settings import SETTINGS

ROOT = Path(__file__).parents[2]
CHROMIUM = os.environ.get("DANHMUC_TEST_CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
LOGIN, PASSWORD = "lan", "một mật khẩu đủ dài 2025"
SIGN_IN = "/bien-tap/dang-nhap"


class Site:
    """A server of its own on a copy of a store: its address, and what pages there are to look at."""

    def __init__(self, address: str, folder: Path) -> None:
        self.address = address
        self.folder = folder
        self.known = known(folder)

    def __call__(self, path: str) -> str:
        """The address of a page. ``{code}`` and the like stand for what this store holds."""
        return self.address + path.format(**self.known)


def known(folder: Path) -> dict[str, str]:
    """What a store holds that pages are asked about; what it has none of is missing."""
    questions = {
        "code": "SELECT code FROM version WHERE recorded_to IS NULL AND valid_to IS NULL ORDER BY code",
        "digest": ("SELECT content FROM version WHERE recorded_to IS NULL AND valid_to IS NULL ORDER BY code"),
        "last": (
            "SELECT code FROM version WHERE recorded_to IS NULL AND valid_to IS NULL "
            "AND announcement LIKE '%H55%' ORDER BY code DESC"
        ),
        "cases": (
            "SELECT v.code FROM version v JOIN content c ON c.digest = v.content WHERE v.recorded_to IS NULL AND "
            "v.valid_to IS NULL AND json_array_length(c.body, '$.cases') > 1 "
            "ORDER BY json_array_length(c.body, '$.cases') DESC, v.code"
        ),
        "amended": (
            "SELECT code FROM version WHERE recorded_to IS NULL GROUP BY code "
            "HAVING COUNT(*) > 1 AND SUM(valid_to IS NULL) ORDER BY COUNT(*) DESC, code"
        ),
        "amended_day": (
            "SELECT MAX(valid_from) FROM version WHERE recorded_to IS NULL GROUP BY code "
            "HAVING COUNT(*) > 1 AND SUM(valid_to IS NULL) ORDER BY COUNT(*) DESC, code"
        ),
        "amended_before": (
            "SELECT DATE(MAX(valid_from), '-1 day') FROM version WHERE recorded_to IS NULL GROUP BY code "
            "HAVING COUNT(*) > 1 AND SUM(valid_to IS NULL) ORDER BY COUNT(*) DESC, code"
        ),
        "gone": (
            "SELECT code FROM version WHERE recorded_to IS NULL GROUP BY code HAVING SUM(valid_to IS NULL) = 0 "
            "AND code NOT IN (SELECT old FROM succession) ORDER BY code"
        ),
        "replaced": "SELECT old FROM succession WHERE kind = 'procedure' ORDER BY old",
        "act": "SELECT announcement FROM item GROUP BY announcement ORDER BY COUNT(*) DESC, announcement",
        "agency": "SELECT code FROM agency WHERE recorded_to IS NULL AND valid_to IS NULL AND code LIKE 'H%'",
        "old_agency": "SELECT old FROM succession WHERE kind = 'agency' ORDER BY old",
        "sector": "SELECT code FROM sector WHERE recorded_to IS NULL ORDER BY code",
    }
    with closing(sqlite3.connect(f"file:{folder}/danhmuc.sqlite?mode=ro", uri=True)) as store:
        found = {name: store.execute(f"{sql} LIMIT 1").fetchone() for name, sql in questions.items()}
    return {name: str(row[0]) for name, row in found.items() if row}


@contextmanager
def serving(folder: Path, log: Path) -> Iterator[str]:
    """``danhmuc serve`` on a store, and the address that it prints."""
    names = {setting.name for setting in SETTINGS}
    kept = {name: value for name, value in os.environ.items() if name not in names}
    command = [sys.executable, "-m", "registry", "serve", "--port", "0", "--empty", "--workers", "1"]
    with log.open("w") as errors:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env={**kept, "DANHMUC_DATA": str(folder)},
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
        try:
            assert process.stdout is not None
            found = re.search(r"http://\S+?(?=/$)", process.stdout.readline().strip())
            assert found is not None, log.read_text()
            yield found[0]
        finally:
            process.terminate()
            process.wait(15)


@pytest.fixture(scope="session")
def store_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """``store_of("demonstration")``: the folder of a store of ``stores.py``; whoever writes to it takes a copy."""
    spec = importlib.util.spec_from_file_location("browser_folders", Path(__file__).parent / "folders.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.maker(tmp_path_factory)  # type: ignore[no-any-return]


@pytest.fixture(scope="session")
def sites(
    store_of: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], Site]]:
    """``sites("demonstration")``: a server of this worker's own on a copy of that store, started once."""
    running: dict[str, tuple[Site, Any]] = {}

    def site(kind: str) -> Site:
        if kind not in running:
            folder = tmp_path_factory.mktemp(kind)
            shutil.copytree(store_of(kind), folder / "var")
            server = serving(folder / "var", folder / "log")
            running[kind] = Site(server.__enter__(), folder / "var"), server
        return running[kind][0]

    yield site
    for _, server in running.values():
        server.__exit__(None, None, None)


@pytest.fixture(scope="session")
def demonstration(chromium: str, sites: Callable[[str], Site]) -> Site:
    return sites("demonstration")


@pytest.fixture(scope="session")
def real(chromium: str, sites: Callable[[str], Site], real_archive: Path) -> Site:
    return sites("real")


@pytest.fixture(scope="session")
def hostile(chromium: str, sites: Callable[[str], Site]) -> Site:
    return sites("hostile")


@pytest.fixture(scope="session")
def chromium() -> str:
    """The browser's program: without one tests are skipped, but in CI they fail."""
    if not Path(CHROMIUM).is_file():
        told = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        told(f"Chromium: {CHROMIUM} is not there; DANHMUC_TEST_CHROMIUM names another")
    return CHROMIUM


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    # For a module, not for the session: while the driver runs, no other test of this process may run a loop.
    with sync_playwright() as driver:
        found = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        yield found
        found.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A reader with nothing kept from before: a small laptop, light colours."""
    found = browser.new_context(viewport={"width": 1280, "height": 800}, color_scheme="light")
    found.set_default_timeout(8_000)
    yield found
    found.close()


@pytest.fixture(scope="session")
def axe() -> Callable[..., list[str]]:
    """``axe(page)``: what axe-core finds wrong with a page as it is now; of some ``rules`` alone where given."""

    def found(page: Page, *, rules: Sequence[str] = ()) -> list[str]:
        if not page.evaluate("'axe' in window"):
            page.evaluate(AXE_SCRIPT)
        chosen = {"type": "rule", "values": rules} if rules else {"type": "tag", "values": RULES}
        options = json.dumps({"runOnly": chosen, "resultTypes": ["violations"]})
        violations: Any = page.evaluate(f"() => axe.run({options}).then(told => told.violations)")
        return [
            f"axe {one['id']}: {one['help']}: {node['html'][:160]} {node['failureSummary'][-200:]}"
            for one in violations
            for node in one["nodes"][:4]
        ]

    return found


@pytest.fixture(scope="session")
def account() -> tuple[str, str]:
    """Login and password of somebody who may do everything."""
    return LOGIN, PASSWORD


@pytest.fixture(scope="module")
def signed_in(browser: Browser, sites: Callable[[str], Site]) -> Callable[[str], Any]:
    """``signed_in("demonstration")``: what the browser keeps of somebody who signed in there."""
    kept: dict[str, Any] = {}

    def state(kind: str) -> Any:
        if kind not in kept:
            context = browser.new_context()
            sign_in(context, sites(kind))
            kept[kind] = context.storage_state()
            context.close()
        return kept[kind]

    return state


def sign_in(context: BrowserContext, site: Site) -> None:
    page = context.new_page()
    page.goto(site(SIGN_IN))
    page.locator("main input[type=text], main input[name=login]").first.fill(LOGIN)
    page.locator("main input[type=password]").fill(PASSWORD)
    page.locator("main form button").first.click()
    page.wait_for_url(lambda address: SIGN_IN not in address)
