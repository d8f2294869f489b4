"""A real browser before a real server: Debian's Chromium, driven by Playwright, over stores made for it."""

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
# The shell is Chromium without the parts that nobody sees here: a page in it takes half the time of a processor.
CHROMIUM = (
    os.environ.get("DANHMUC_TEST_CHROMIUM")
    or shutil.which("chromium-headless-shell")
    or shutil.which("chromium")
    or "/usr/bin/chromium"
)
# Nothing here runs long enough to be worth compiling with care.
FLAGS = ["--no-sandbox", "--disable-gpu", "--js-flags=--no-turbofan --no-maglev"]
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
LOGIN, PASSWORD = "lan", "một mật khẩu đủ dài 2025"
SIGN_IN = "/bien-tap/dang-nhap"
LAPTOP: Any = {"width": 1280, "height": 800}
BLANK = "about:blank"


class Reader:
    """One window in which page after page is looked at, each by somebody who begins anew.

    A window of its own for each takes a process that has to start, which takes longer than most visits.
    """

    def __init__(self, browser: Browser, script: Path | None = None, state: Any = None) -> None:
        self._cookies = state["cookies"] if state else []
        self._context = browser.new_context(viewport=LAPTOP)
        self._context.set_default_timeout(8_000)
        if script:
            self._context.add_init_script(path=script)
        self._page = self._context.new_page()
        # Everything is fetched again for every page, as for somebody who was never here.
        self._wire = self._context.new_cdp_session(self._page)
        self._wire.send("Network.enable")
        self._wire.send("Network.setCacheDisabled", {"cacheDisabled": True})

    @contextmanager
    def visit(self, **listeners: Callable[[Any], Any]) -> Iterator[Page]:
        """The window as that of somebody new, on a small laptop in light colours, heard by ``listeners``."""
        page = self._page
        page.set_viewport_size(LAPTOP)
        page.emulate_media(color_scheme="light")
        self._context.clear_cookies()
        if self._cookies:
            self._context.add_cookies(self._cookies)
        for event, heard in listeners.items():
            page.on(event, heard)  # type: ignore[call-overload]  # by name
        try:
            yield page
        finally:
            for event, heard in listeners.items():
                page.remove_listener(event, heard)
            # It stays where it is: on the way over an empty page it would get another process.
            if page.url != BLANK:
                page.evaluate("localStorage.clear(); sessionStorage.clear()")

    def close(self) -> None:
        self._context.close()


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
        found = driver.chromium.launch(executable_path=chromium, args=FLAGS)
        yield found
        found.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A reader with nothing kept from before: a small laptop, light colours."""
    found = browser.new_context(viewport=LAPTOP, color_scheme="light")
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


@pytest.fixture(scope="module")
def reader(browser: Browser, signed_in: Callable[[str], Any]) -> Iterator[Callable[..., Reader]]:
    """``reader()``, ``reader(script, kind)``: who looks at page after page; with a script that is put into each
    before its own, and signed in to the site of that kind."""
    kept: dict[tuple[Path | None, str], Reader] = {}

    def found(script: Path | None = None, kind: str = "") -> Reader:
        if (script, kind) not in kept:
            kept[script, kind] = Reader(browser, script, signed_in(kind) if kind else None)
        return kept[script, kind]

    yield found
    for one in kept.values():
        one.close()


def sign_in(context: BrowserContext, site: Site) -> None:
    page = context.new_page()
    page.goto(site(SIGN_IN))
    page.locator("main input[type=text], main input[name=login]").first.fill(LOGIN)
    page.locator("main input[type=password]").fill(PASSWORD)
    page.locator("main form button").first.click()
    page.wait_for_url(lambda address: SIGN_IN not in address)
