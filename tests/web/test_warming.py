"""What a server makes ready while it answers already."""

import asyncio
import gc
import logging
from collections.abc import Iterator

import pytest

from registry.app import COLLECTED, create_app
from registry.settings import Settings
from registry.web import warming

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def uncollected() -> Iterator[None]:
    """As a server starts: without looking for garbage."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


async def _warmed() -> None:
    (task,) = [one for one in asyncio.all_tasks() if one.get_name() == "warming"]
    await task


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
async def test_main_pages_are_made_before_anybody_asks_and_garbage_is_collected_then(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    app = create_app(settings, warm=True)
    with caplog.at_level(logging.ERROR):
        async with app.lifespan():
            assert not gc.isenabled()
            await _warmed()
            assert len(app.state.service.answers) >= len(warming.PAGES) - 1  # one of them is made anew each time
            assert gc.isenabled()
            assert gc.get_threshold()[0] == COLLECTED
    assert gc.get_threshold()[0] < COLLECTED
    assert not caplog.records


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
async def test_a_page_that_cannot_be_made_keeps_no_other_from_it(
    settings: Settings, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise OSError("no dictionary")

    monkeypatch.setattr(warming, "understand", broken)
    monkeypatch.setattr(warming, "PAGES", ("/khong-co", "/su-kien"))
    app = create_app(settings, warm=True)
    async with app.lifespan():
        await _warmed()
        assert len(app.state.service.answers) == 1
        assert gc.isenabled()
    told = [one.getMessage() for one in caplog.records if one.name == warming.__name__]
    assert told == [
        "words could not be made ready: OSError: no dictionary",
        "/khong-co could not be made ready: it is answered with 404",
    ]


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
async def test_an_app_that_ends_at_once_does_not_wait_for_it(settings: Settings) -> None:
    app = create_app(settings, warm=True)
    async with asyncio.timeout(10):
        async with app.lifespan():
            pass
    assert not [one for one in asyncio.all_tasks() if one.get_name() == "warming"]
