"""The ways through the pages, by keyboard alone, and without scripts by clicking."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from registry import clock

FARTHEST = 400
Axe = Callable[..., list[str]]


def reach(page: Page, selector: str) -> None:
    """Press Tab until what has the focus is like this."""
    for _ in range(FARTHEST):
        if page.evaluate("one => document.activeElement.matches(one)", selector):
            return
        page.keyboard.press("Tab")
    pytest.fail(f"{selector} cannot be reached by keyboard on {page.url}")


def enter(page: Page, selector: str) -> None:
    """Go on from a link or a button."""
    reach(page, selector)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def write(page: Page, selector: str, text: str) -> None:
    reach(page, selector)
    page.keyboard.type(text)


def pick_day(page: Page, selector: str, day: date) -> None:
    """Type a day as this browser wants it: the order of its parts is the browser's."""
    reach(page, selector)
    for order in ("%m%d%Y", "%d%m%Y"):
        page.keyboard.type(day.strftime(order))
        if page.locator(selector).input_value() == day.isoformat():
            return
        page.keyboard.press("Shift+Tab")
        reach(page, selector)
    pytest.fail(f"{day} cannot be typed into {selector}")


def test_from_a_question_to_a_report_by_keyboard_alone(
    context: BrowserContext, demonstration: Any, axe: Axe
) -> None:
    page, code = context.new_page(), demonstration.known["cases"]
    page.goto(demonstration("/"))
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('href')") == "#noi-dung", (
        "the first is the skip link"
    )
    write(page, "#q", code)
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/?q={code}")
    enter(page, f"main h3 a[href='/thu-tuc/{code}']")
    assert page.url.endswith(f"/thu-tuc/{code}")
    reach(page, "input[name='truong-hop']")
    page.keyboard.press("ArrowDown")
    enter(page, "form.cases button")
    assert "truong-hop=" in page.url
    enter(page, "a[href*='/bao-sai']")
    write(page, "textarea[name='text']", "Thời hạn trên trang khác với quyết định.")
    enter(page, "main form button")
    assert "/phan-anh/" in page.url
    expect(page.locator("h1")).to_be_visible()
    assert not axe(page)


def test_the_same_way_without_scripts(browser: Browser, demonstration: Any) -> None:
    code = demonstration.known["cases"]
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(demonstration("/"))
        page.locator("#q").fill(code)
        page.locator("form#tim button").first.click()
        page.locator(f"main h3 a[href='/thu-tuc/{code}']").click()
        page.locator("input[name='truong-hop']").nth(1).check()
        page.locator("form.cases button").click()
        assert "truong-hop=" in page.url
        page.locator("a[href*='/bao-sai']").first.click()
        page.locator("textarea[name='text']").fill("Không thấy mẫu tờ khai.")
        page.locator("main form button").first.click()
        assert "/phan-anh/" in page.url


def test_results_come_while_typing_and_go_by_keyboard(context: BrowserContext, demonstration: Any) -> None:
    page = context.new_page()
    page.goto(demonstration("/"))
    write(page, "#q", "dang ky khai sinh")
    expect(page.locator("#ket-qua ol.found > li").first).to_be_visible()
    expect(page).to_have_url(demonstration("/?q=dang+ky+khai+sinh"))
    expect(page.locator("#goi-y")).to_be_visible()
    page.keyboard.press("ArrowDown")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert "/thu-tuc/" in page.url


def test_a_decision_is_drafted_and_published_by_keyboard_alone(
    context: BrowserContext, demonstration: Any, account: tuple[str, str], axe: Axe
) -> None:
    page, today, faults = context.new_page(), clock.today(), []
    page.goto(demonstration("/bien-tap/du-thao/moi"))
    write(page, "#login", account[0])
    write(page, "#password", account[1])
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert page.url.endswith("/bien-tap/du-thao/moi"), "signing in leads back to where one wanted to go"
    write(page, "#number", "2310/QĐ-UBND")
    write(page, "#issuer", "H55")
    pick_day(page, "#decided", today)
    pick_day(page, "#effective", today + timedelta(days=30))
    enter(page, "main form button:not([name])")
    faults += axe(page)
    enter(page, "a[href$='/them-muc']")
    faults += axe(page)
    reach(page, "input[name='action']")
    while page.evaluate("document.activeElement.value") != "abolished":
        page.keyboard.press("ArrowDown")
    write(page, "#old", demonstration.known["last"])
    enter(page, "main form button")
    page.goto(page.url.partition("/muc/")[0])
    enter(page, "a[href$='/cong-bo']")
    faults += axe(page)
    enter(page, "main form button")
    expect(page.locator(".notice.ok")).to_be_visible()
    faults += axe(page)
    assert not faults, faults
    page.goto(demonstration("/thay-doi"))
    expect(page.locator(".coming")).to_contain_text("2310/QĐ-UBND")
