"""Takes the pictures of the README: ``python tests/browser/screens.py FOLDER [--all]``.

The demonstration is served from a store made for it; its main pages are taken as a phone, a tablet and a laptop
show them, light and dark. Without ``--all`` only those are kept that the README shows.
"""

import argparse
import re
import sys
import tempfile
from collections.abc import Iterator
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

from playwright.sync_api import Browser, Page, sync_playwright

HERE = Path(__file__).parent
WIDTHS = {390: 844, 768: 1024, 1280: 800}
LARGEST = 150_000


class Picture(NamedTuple):
    """A page to be taken. ``shown`` are the width and colours that the README shows, ``signed`` needs somebody who
    is signed in, ``at`` is scrolled to."""

    name: str
    address: str
    shown: tuple[int, str] | None = None
    signed: bool = False
    at: str = ""


PICTURES = (
    Picture("tim", "/", (1280, "light")),
    Picture("ket-qua", "/?q=lam+giay+khai+sinh", (390, "light")),
    Picture("thu-tuc", "/thu-tuc/{cases}", (390, "dark")),
    Picture("so-sanh", "/thu-tuc/{amended}/so-sanh?tu={amended_before}&den={amended_day}", (768, "light")),
    Picture("so-lieu", "/so-lieu?co-quan=H55&ky=2025", (1280, "light")),
    Picture("do-phu", "/so-lieu/do-phu", (1280, "dark")),
    Picture("thay-doi", "/thay-doi", (768, "dark")),
    Picture("du-lieu", "/du-lieu"),
    Picture("bien-tap", "/bien-tap", (1280, "light"), signed=True),
    Picture("du-thao", "/bien-tap/du-thao/moi", signed=True),
)


def module(name: str) -> ModuleType:
    """A neighbour of this file."""
    spec = spec_from_file_location(f"screens_{name}", HERE / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    found = module_from_spec(spec)
    sys.modules[spec.name] = found
    spec.loader.exec_module(found)
    return found


def wanted(everything: bool) -> Iterator[tuple[Picture, int, str]]:
    for picture in PICTURES:
        for width in WIDTHS:
            for scheme in ("light", "dark"):
                if everything or picture.shown == (width, scheme):
                    yield picture, width, scheme


def take(page: Page, path: Path) -> None:
    """Keep what is seen without scrolling, as PNG, or as JPEG where that would be too large."""
    page.evaluate("document.fonts.ready.then(() => new Promise(drawn => requestAnimationFrame(drawn)))")
    image = page.screenshot(animations="disabled", caret="hide")
    if len(image) <= LARGEST:
        path.with_suffix(".png").write_bytes(image)
        return
    path.with_suffix(".jpg").write_bytes(page.screenshot(type="jpeg", quality=70, animations="disabled"))


def photograph(browser: Browser, site: object, folder: Path, everything: bool, tests: ModuleType) -> list[Path]:
    signed = browser.new_context()
    tests.sign_in(signed, site)
    state = signed.storage_state()
    signed.close()
    for picture, width, scheme in wanted(everything):
        context = browser.new_context(
            viewport={"width": width, "height": WIDTHS[width]},
            color_scheme=scheme,  # type: ignore[arg-type]
            storage_state=state if picture.signed else None,
        )
        page = context.new_page()
        answer = page.goto(site(picture.address), wait_until="networkidle")  # type: ignore[operator]
        assert answer is not None
        assert answer.ok, f"{picture.address} answers {answer.status}"
        take(page, folder / f"{picture.name}-{width}-{scheme}")
        context.close()
    return sorted(folder.glob("*.*"))


def main() -> None:
    parser = argparse.ArgumentParser(description=re.sub(r"\s+", " ", __doc__.partition("\n\n")[2]))
    parser.add_argument("folder", type=Path, help="where the pictures are put")
    parser.add_argument("--all", action="store_true", help="every page at 390, 768 and 1280 px, light and dark")
    given = parser.parse_args()
    stores, tests = module("stores"), module("conftest")
    given.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="danhmuc-") as folder:
        store = Path(folder) / "var"
        stores.make("demonstration", store)
        with tests.serving(store, Path(folder) / "log") as address, sync_playwright() as driver:
            browser = driver.chromium.launch(executable_path=tests.CHROMIUM, args=["--no-sandbox"])
            for path in photograph(browser, tests.Site(address, store), given.folder, given.all, tests):
                print(f"{path}: {path.stat().st_size:,} bytes")
            browser.close()


if __name__ == "__main__":
    main()
