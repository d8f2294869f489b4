"""Names, texts and questions that try to break out of their page: they are shown, and nothing else happens."""

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

ATTACK = "<script>window.broken=1</script>"
PATHS = [
    "/?q=đăng+ký",
    f"/?q={quote(ATTACK)}",
    "/linh-vuc",
    "/thu-tuc/{code}",
    "/thu-tuc/{code}/phien-ban",
    "/thu-tuc/{code}/so-sanh?tu=2025-01-15&den=2025-03-01",
    "/thu-tuc/{code}/phieu",
    "/thu-tuc/{code}/bao-sai",
    f"/thu-tuc/{quote(ATTACK)}",
    "/co-quan/H55",
    "/quyet-dinh/{act}",
    "/thay-doi",
    f"/thay-doi?linh-vuc={quote(ATTACK)}&loai={quote(ATTACK)}",
    "/du-lieu",
    f"/bien-tap/dang-nhap?ve={quote('javascript:window.broken=1')}",
]


Opened = tuple[Page, list[str]]


@pytest.fixture
def opened(reader: Callable[..., Any]) -> Iterator[Opened]:
    """A page, and what it does that it should not."""
    faults: list[str] = []
    listeners: dict[str, Callable[[Any], Any]] = {
        "dialog": lambda one: (faults.append(f"asks {one.message}"), one.dismiss()),
        "pageerror": lambda one: faults.append(f"script: {one}"),
        # A policy that had to refuse something means that something got in.
        "console": lambda one: faults.append(one.text) if "Content Security Policy" in one.text else None,
        "request": lambda one: faults.append(f"asks {one.url}") if one.url.rstrip("/").endswith("/x") else None,
    }
    with reader().visit(**listeners) as page:
        yield page, faults


@pytest.mark.parametrize("path", PATHS)
def test_nothing_executes(path: str, opened: Opened, hostile: Any) -> None:
    page, faults = opened
    page.goto(hostile(path.replace("{", "{{").replace("}", "}}") if "%7B" in path else path))
    assert page.evaluate("window.broken") is None
    assert page.locator("img[onerror], main script:not([src])").count() == 0
    assert not faults, faults


def test_what_was_written_is_shown_as_it_was_written(opened: Opened, hostile: Any) -> None:
    page, _ = opened
    page.goto(hostile("/thu-tuc/{code}"))
    expect(page.locator("h1")).to_contain_text(ATTACK)
    expect(page.locator("h1")).to_contain_text("{{7*7}}")


def test_nothing_executes_while_typing(opened: Opened, hostile: Any) -> None:
    page, faults = opened
    page.goto(hostile("/"))
    page.locator("#q").press_sequentially("Đăng ký", delay=10)
    expect(page.locator("#goi-y li").first).to_be_visible()
    page.locator("#q").fill(ATTACK)
    expect(page.locator("h2#so-ket-qua")).to_contain_text("window.broken")
    assert page.evaluate("window.broken") is None
    assert not faults, faults
