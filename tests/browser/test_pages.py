"""Every page and state of ``pages.toml``: for everybody, on every screen, without scripts, from one host alone."""

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec
import pytest
from playwright.sync_api import Page, Response

POLICY = "default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
LOOK = Path(__file__).parent / "look.js"
SHIFT = 0.02
TABS = 6


class Look(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A page in a state."""

    address: str
    name: str = ""
    store: str = "demonstration"
    signed: bool = False
    dark: bool = False
    status: int = 200
    press: str = ""

    def __str__(self) -> str:
        return " ".join(filter(None, (self.store, self.address, self.name, "signed in" if self.signed else "")))


TABLE = tomllib.loads((Path(__file__).parent / "pages.toml").read_text("utf-8"))
# Those of one store and of one reader together, the demonstration's first.
LOOKS = sorted((msgspec.convert(one, Look) for one in TABLE["page"]), key=lambda look: (look.store, look.signed))


def headers(answer: Response) -> list[str]:
    """What is wrong with how a page is sent."""
    found = answer.headers
    wanted = {
        "content-security-policy": POLICY,
        "x-content-type-options": "nosniff",
        "referrer-policy": "same-origin",
        "content-type": "text/html; charset=utf-8",
    }
    return [f"{name}: {found.get(name)}" for name, value in wanted.items() if found.get(name) != value]


def press(page: Page, selector: str) -> None:
    """Press every element like this, the first first."""
    for one in page.locator(selector).all():
        if one.is_visible():
            one.click()


def tabbed(page: Page) -> list[str]:
    """Where focus is not seen, going through the first of what can be reached by Tab."""
    found: list[str] = []
    for _ in range(TABS):
        page.keyboard.press("Tab")
        found += page.evaluate("look.focus()")
    return found


@pytest.mark.parametrize("look", LOOKS, ids=str)
def test_a_page_is_for_everybody(
    look: Look,
    reader: Callable[..., Any],
    request: pytest.FixtureRequest,
    axe: Callable[..., list[str]],
) -> None:
    site = request.getfixturevalue(look.store)
    host = urlsplit(site.address).netloc
    faults: list[str] = []
    listeners: dict[str, Callable[[Any], Any]] = {
        "console": lambda said: faults.append(f"console: {said.text}") if said.type == "error" else None,
        "pageerror": lambda error: faults.append(f"script: {error}"),
        "request": lambda one: faults.append(f"asks {one.url}") if urlsplit(one.url).netloc != host else None,
    }
    with reader(LOOK, look.store if look.signed else "").visit(**listeners) as page:
        answer = page.goto(site(look.address))
        assert answer is not None
        assert answer.status == look.status, page.title()
        # A page that answers 4xx is told on the console by the browser itself.
        faults[:] = [one for one in faults if f"status of {look.status}" not in one]
        faults += headers(answer)
        faults += page.evaluate("sent => look.lacking(sent)", answer.text())
        if look.press:
            press(page, look.press)
        faults += page.evaluate("look.shape()") + axe(page)
        if look.dark:
            page.emulate_media(color_scheme="dark")
            faults += [f"dark: {one}" for one in axe(page, rules=["color-contrast"])]
        if (shifted := page.evaluate("look.shifted")) > SHIFT:
            faults.append(f"layout shifts by {shifted:.3f}")
        page.set_viewport_size({"width": 320, "height": 640})
        page.evaluate("new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(drawn)))")
        faults += page.evaluate("look.narrow()")
        faults += tabbed(page)
    assert not faults, "\n".join(faults)
