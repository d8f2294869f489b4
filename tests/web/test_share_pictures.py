"""Pictures of links: what stands on them, their size, and that they change when the procedure does."""

import io
import re
from typing import Any

import httpx
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from registry import clock
from registry.catalogue import versions
from registry.catalogue.ledger import Ledger, record
from registry.procedure import Fee, Way
from registry.vocabulary import Channel, FeeKind, FeeState
from registry.web.sharing import card, drawing

anyio = pytest.mark.anyio
MOST_BYTES = 60_000
LETTERS = "ăâđêôơưáàảãạấầẩẫậắằẳẵặéèẻẽẹếềểễệíìỉĩịóòỏõọốồổỗộớờởỡợúùủũụứừửữựýỳỷỹỵ₫"


def opened(body: bytes) -> Image.Image:
    """A picture as PNG of the size that chats ask for."""
    found = Image.open(io.BytesIO(body))
    assert (found.format, found.size) == ("PNG", (1200, 630))
    assert len(body) <= MOST_BYTES
    return found.convert("RGB")


def pictured(page: Any) -> str:
    """The address of the picture that a page names."""
    (found,) = [one["content"] for one in page.all("meta", property="og:image")]
    return str(found)


@anyio
async def test_a_procedures_page_names_its_picture_by_a_whole_address(
    site: httpx.AsyncClient, open_page: Any
) -> None:
    for path in ("/thu-tuc/9.000001", "/"):
        page = await open_page(path)
        address = pictured(page)
        assert address.startswith("http")
        assert page.one("meta", name="twitter:card")["content"] == "summary_large_image"
        assert page.one("meta", property="og:image:alt")["content"]
        answer = await site.get(re.sub(r"^https?://[^/]+", "", address))
        assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png")
        picture = opened(answer.content)
        assert picture.getpixel((5, 5)) == (0x0F, 0x35, 0x64)
        assert picture.getpixel((5, 300)) == (255, 255, 255)
    assert (await open_page("/", q="khai sinh")).all("meta", property="og:image") == []


@anyio
async def test_a_picture_that_is_known_is_not_sent_again(site: httpx.AsyncClient) -> None:
    for path in ("/the.png", "/thu-tuc/9.000001/the.png"):
        first = await site.get(path)
        etag = first.headers["etag"]
        again = await site.get(path, headers={"if-none-match": etag})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag)
        english = await site.get(path, params={"lang": "en"})
        assert english.headers["etag"] != etag
        assert opened(english.content).tobytes() != opened(first.content).tobytes()


@anyio
async def test_there_is_no_picture_of_what_there_is_not(site: httpx.AsyncClient) -> None:
    for path, status in (
        ("/thu-tuc/9.999999/the.png", 404),
        ("/thu-tuc/9.000001/the.png?b=000000000000", 404),
        ("/thu-tuc/9.000001/the.png?b=x", 400),
        ("/thu-tuc/9.000001/the.png?c=1", 400),
        ("/the.png?lang=fr", 400),
    ):
        answer = await site.get(path)
        assert (answer.status_code, answer.headers["content-type"]) == (status, "text/html; charset=utf-8"), path


@anyio
async def test_the_picture_changes_with_the_version_and_the_old_one_stays(
    own_site: Any, read: Any, small: Any
) -> None:
    app, client, _ = own_site
    database = app.state.service.database
    before = pictured(read((await client.get("/thu-tuc/9.000001")).text))
    path = "/thu-tuc/9.000001/the.png"
    old = await client.get(path)
    now = await versions.find(database, "9.000001", clock.today())
    fee = Fee(FeeKind.FEE, FeeState.AMOUNT, 123_000)
    changed = msgspec.structs.replace(now.procedure, ways=(Way(Channel.ONLINE, fees=(fee,)),))

    async def unit(book: Ledger) -> None:
        await book.load(["9.000001"], [], [])
        book.put(changed, clock.today(), None, small.HERE)

    await record(database, unit)
    new = await client.get(path)
    after = pictured(read((await client.get("/thu-tuc/9.000001")).text))
    assert before != after
    assert old.headers["etag"] != new.headers["etag"]
    assert opened(old.content).tobytes() != opened(new.content).tobytes()
    kept = await client.get(re.sub(r"^https?://[^/]+", "", before))
    assert kept.content == old.content


def test_every_vietnamese_letter_is_drawn() -> None:
    for bold in (False, True):
        letters = drawing.font(40, bold=bold)
        missing = bytes(letters.getmask("\U0010fffd"))
        drawn = {letter: bytes(letters.getmask(letter)) for letter in LETTERS + LETTERS.upper()}
        assert [letter for letter, shape in drawn.items() if shape == missing] == []
        assert len(set(drawn.values())) == len(set(LETTERS + LETTERS.upper()))


def of(title: str, *values: str) -> card.Card:
    facts = tuple((f"Mục {number}", value) for number, value in enumerate(values))
    return card.Card("Danh Mục", "Danh mục thủ tục hành chính", title, facts or (("Phí", ""),), title, "Minh hoạ")


def test_what_is_too_long_is_wrapped_then_cut_and_stays_in_its_place() -> None:
    for title in ("Cấp giấy phép " * 200, "x" * 5000, "Thủ tục " + "ngoằn" * 90, "", "\n\t\0\u202e"):
        picture = opened(drawing.draw(of(title, title, "Miễn phí", title)))
        # Nothing is written into the margins beside the text.
        for left in (0, drawing.WIDTH - drawing.EDGE + 8):
            margin = picture.crop((left, drawing.BAND + 1, left + drawing.EDGE - 8, drawing.FOOT - 1))
            assert margin.getcolors() == [(margin.width * margin.height, (255, 255, 255))], title[:20]


def test_a_mark_stands_on_the_picture_of_what_is_made_up() -> None:
    plain = of("Đăng ký khai sinh")._replace(mark="")
    assert drawing.draw(plain) != drawing.draw(of("Đăng ký khai sinh"))


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=300), st.integers(120, 1100), st.integers(1, 5))
def test_lines_are_never_wider_than_their_room_and_lose_no_letter(text: str, width: int, most: int) -> None:
    letters = drawing.font(32, bold=True)
    lines, whole = drawing.wrapped(text, letters, width, most)
    assert 1 <= len(lines) <= most
    # Letters that move closer to each other are measured one by one, and fit the better for it.
    assert all(letters.getlength(line) <= width + 4 for line in lines)
    said, told = "".join(text.split()), "".join("".join(lines).split())
    assert told == said if whole else said.startswith(told.removesuffix("…"))
