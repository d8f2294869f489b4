"""GET /: what is told of hard cases: bad input, twins, the states of a fee, engines that do not answer."""

import random
import shutil
from collections.abc import AsyncIterator, Callable
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import msgspec
import pytest

from registry.catalogue.ledger import record
from registry.engine import open_database
from registry.procedure import Agency, Fee, Procedure, ProcessingTime, Term, Way
from registry.settings import Settings
from registry.vocabulary import Channel, FeeKind, FeeState, Level, OnlineLevel, Role, Scope, TimeUnit
from registry.web.search import cards
from search.failover import Failover

pytestmark = pytest.mark.anyio


NAMES = (
    *("q", "q", "level", "sector", "agency", "onlineLevel", "channel", "audience", "lifeEvent", "fee", "province"),
    *("eResult", "postal", "internal", "fold", "asOf", "sort", "limit", "offset", "lang", "phan", "xem", "x"),
)
VALUES = (
    *("", " ", "khai sinh", "9.000002", "9.000001.000.00.00.H55", "H55", "H03", "province", "Đất đai", "true"),
    *("free", "2025-05-31", "0001-01-01", "9999-12-31", "-updated", "only", "1", "100", "10000", "1e9", "ket-qua"),
    *(
        "sector",
        "en",
        "\"'><script>x</script>",
        "\u202e\ud7ff",
        "%00",
        "&amp;",
        "a" * 1001,
        "{{7*7}}",
        "../..",
        "☃",
    ),
)


def results(page: Any) -> list[Any]:
    return [one for one in page.main.one("ol", "found").inside if getattr(one, "tag", "") == "li"]


def query(address: str) -> dict[str, list[str]]:
    return parse_qs(urlsplit(address).query)


@pytest.fixture(scope="module")
async def site(
    blank: Path, tmp_path_factory: pytest.TempPathFactory, small: Any
) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the small catalogue with twins; what is asked here is answered before any database is."""
    folder = tmp_path_factory.mktemp("edges") / "var"
    shutil.copytree(blank, folder)
    store = await small.stored(Settings(data=folder))
    database = await open_database(store)
    try:
        await record(database, _known_twins(small))
    finally:
        await database.close()
    async with small.serving(store) as (_, client):
        yield client


class TestBadInput:
    """Said plainly, with the way on; nothing executes, nothing is lost."""

    async def test_addresses_keep_parameters_in_the_order_in_which_they_were_given(
        self, site: httpx.AsyncClient, read: Any
    ) -> None:
        given = "/?sort=name&level=province&q=khai&level=commune&fold=false&limit=5"
        page = read((await site.get(given)).text)
        assert page.one("a", "language")["href"] == f"{given}&lang=en"

    async def test_a_script_in_a_question_stays_text(self, site: httpx.AsyncClient, read: Any) -> None:
        nasty = '"><script>alert(1)</script><img src=x onerror=alert(2)>\u202e&amp;'
        for path in ("/", "/?phan=ket-qua"):
            answer = await site.get(path, params={"q": nasty, **({"phan": "ket-qua"} if "phan" in path else {})})
            page = read(answer.text)
            assert answer.status_code == 200
            assert [one for one in page.all("script") if one.get("src") is None] == []
            assert page.all("img") == []
        assert page.one("h2", id="so-ket-qua").text.count("<script>") == 1
        assert "script-src" not in answer.headers["content-security-policy"]
        assert "'unsafe-inline'" not in answer.headers["content-security-policy"]

    async def test_ten_thousand_characters_keep_their_beginning(self, site: httpx.AsyncClient, read: Any) -> None:
        answer = await site.get("/", params={"q": "khai sinh " * 1000, "level": "commune"})
        page = read(answer.text)
        assert answer.status_code == 400
        assert "Câu hỏi quá dài" in page.text
        assert page.one("input", id="q")["value"].startswith("khai sinh khai sinh")
        assert ("level", "commune") in page.fields(page.one("form", "ask"))

    @pytest.mark.parametrize(
        ("given", "told"),
        [
            ({"level": "thôn"}, "“Cấp thực hiện”: thôn"),
            ({"asOf": "2025-02-30"}, "“Ngày xem danh mục”: 2025-02-30"),
            ({"sort": "price"}, "“Sắp xếp”: price"),
            ({"offset": "-1"}, "“Vị trí trang”: -1"),
            ({"limit": "nhiều"}, "“Số kết quả mỗi trang”: nhiều"),
            ({"province": "H99"}, "“Tỉnh, thành phố”: H99"),
            ({"xem": "<b>"}, "“xem”: <b>"),
            ({"mau": "do"}, "“mau”: do"),
        ],
    )
    async def test_what_cannot_be_asked_is_named_and_left_out(
        self, site: httpx.AsyncClient, read: Any, given: dict[str, str], told: str
    ) -> None:
        answer = await site.get("/", params={"q": "khai sinh", **given})
        page = read(answer.text)
        assert (answer.status_code, answer.headers["content-type"]) == (400, "text/html; charset=utf-8")
        assert told in page.main.text
        assert query(page.links["Tìm mà không có phần đó"]) == {"q": ["khai sinh"]}
        assert page.one("input", id="q")["value"] == "khai sinh"

    async def test_control_characters_and_emptiness_are_nothing(self, site: httpx.AsyncClient) -> None:
        for text in ("\x01\x02", "   ", "\u200b", "'", "%", "..", "🙂"):
            answer = await site.get("/", params={"q": text})
            assert answer.status_code == 200, text
        assert (await site.get("/?q=%00")).status_code == 400
        assert (await site.get("/?q=%FF%FE")).status_code == 200
        front = (await site.get("/", params={"q": "", "province": "", "asOf": ""})).text
        assert 'id="theo-viec"' in front, "a form sent empty is no question"

    async def test_whatever_is_asked_is_a_page(self, site: httpx.AsyncClient, read: Any) -> None:
        chance = random.Random(20250531)
        for _ in range(80):
            asked = [(chance.choice(NAMES), chance.choice(VALUES)) for _ in range(chance.randrange(5))]
            answer = await site.get("/", params=asked)
            assert answer.status_code in (200, 400), asked
            page = read(answer.text)
            assert page.one("h1").text, asked
            assert [one for one in page.all("script") if one.get("src") is None] == [], asked


class TestNothing:
    """A registry that holds nothing yet."""

    async def test_an_empty_catalogue_is_said_to_be_empty(
        self, blank: Path, tmp_path: Path, small: Any, read: Any
    ) -> None:
        shutil.copytree(blank, tmp_path / "var")
        async with small.serving(Settings(data=tmp_path / "var")) as (_, client):
            page = read((await client.get("/")).text)
            assert page.links["Tất cả thủ tục"] == "/?sort=name"
            assert "Theo lĩnh vực" not in page.main.text
            assert "chưa có gì" in read((await client.get("/linh-vuc")).text).main.text
            assert "Không tìm thấy" in read((await client.get("/", params={"q": "khai sinh"})).text).main.text


class TestEngines:
    """When an index does not answer, or another stands in for it."""

    async def test_a_search_that_is_down_says_so_and_opens_codes(self, own_site: Any, read: Any) -> None:
        _, client, engine = own_site
        engine.down = True
        answer = await client.get("/", params={"q": "9.000001"})
        page = read(answer.text)
        assert (answer.status_code, answer.headers["cache-control"]) == (503, "no-store")
        assert "Tạm thời chưa tìm được" in page.text
        assert page.links["Mở thủ tục 9.000001"] == "/thu-tuc/9.000001"
        assert page.one("input", id="q")["value"] == "9.000001"
        engine.down = False
        assert (await client.get("/", params={"q": "9.000001"})).status_code == 200

    async def test_an_answer_of_what_stands_in_is_said_to_be_one_and_not_kept(
        self, tmp_path: Path, small: Any, read: Any
    ) -> None:
        store = await small.stored(Settings(data=tmp_path / "var"))
        server = small.Fickle(tmp_path / "server")
        server.name = "server"
        server.down = True
        engine = Failover(server, small.Embedded(store.index_path), limit_seconds=1.0)
        async with small.serving(store, engine) as (_, client):
            answer = await client.get("/", params={"q": "khai sinh"})
            page = read(answer.text)
            assert answer.headers["cache-control"] == "no-store"
            assert "chỉ mục dự phòng" in page.one("div", "notice").text
            assert results(page)[0].one("h3").one("a")["href"] == "/thu-tuc/9.000001"


class TestTwins:
    """Procedures of one name, and the four states of a fee."""

    async def test_what_tells_them_apart_is_said(self, site: httpx.AsyncClient, read: Any) -> None:
        page = read((await site.get("/", params={"q": "giao rừng", "fold": "false"})).text)
        told = [one.one("p", "apart").text for one in results(page)]
        assert len(set(told)) == len(told) == 3
        assert any("do UBND tỉnh Thái Nguyên công bố" in one for one in told)
        assert any("do Bộ Tư pháp công bố" in one for one in told)

    async def test_folded_copies_open_with_their_provinces(self, site: httpx.AsyncClient, read: Any) -> None:
        page = read((await site.get("/", params={"q": "giao rừng"})).text)
        folded = next(one for one in results(page) if one.all("details"))
        assert folded.one("summary").text == "1 địa phương khác có thủ tục gần giống"
        assert next(one.text for one in folded.one("details").all("a")).startswith("UBND tỉnh ")
        assert query(page.links["Xem từng bản"])["fold"] == ["false"]

    async def test_a_name_with_markup_is_text(self, site: httpx.AsyncClient, read: Any) -> None:
        page = read((await site.get("/", params={"q": "xác nhận thẻ"})).text)
        assert results(page)[0].one("h3").text == "Xác nhận thẻ <script>alert(1)</script>"
        assert [one for one in page.all("script") if one.get("src") is None] == []


def _known_twins(small: Any) -> Callable[[Any], Any]:
    here = Agency(Role.ISSUING, "UBND tỉnh Thái Nguyên", "H55")
    there = Agency(Role.ISSUING, "UBND tỉnh Lạng Sơn", "H37")
    wood = Procedure(
        code="9.000101",
        name="Giao rừng cho hộ gia đình",
        scope=Scope.PROVINCIAL,
        sectors=(Term("G10-LN", "Lâm nghiệp"),),
        levels=(Level.COMMUNE,),
        agencies=(here,),
        ways=(Way(Channel.DIRECT, ProcessingTime(TimeUnit.DAY, 20)),),
    )
    made = (
        wood,
        msgspec.structs.replace(wood, code="9.000102", agencies=(there,)),
        msgspec.structs.replace(wood, code="9.000103", agencies=(small.JUSTICE,), scope=Scope.NATIONAL),
        msgspec.structs.replace(
            wood, code="9.000104", name="Xác nhận thẻ <script>alert(1)</script>", agencies=(small.JUSTICE,)
        ),
    )

    async def known(book: Any) -> None:
        await book.load([one.code for one in made], [], [])
        for one in made:
            book.put(one, date(2025, 1, 1), None, small.HERE)

    return known


FEE = FeeKind.FEE


@pytest.mark.parametrize(
    ("state", "fees", "told"),
    [
        (FeeState.FREE, (Fee(FEE, FeeState.FREE),), "Miễn phí"),
        (FeeState.UNKNOWN, (), "Chưa rõ"),
        (
            FeeState.SCHEDULE,
            (Fee(FEE, FeeState.SCHEDULE, text="Theo nghị quyết"),),
            "Theo biểu phí, xem trong thủ tục",
        ),
        (FeeState.AMOUNT, (Fee(FEE, FeeState.AMOUNT, 50_000),), "50.000 đồng"),
        (
            FeeState.AMOUNT,
            (Fee(FEE, FeeState.AMOUNT, 75_000), Fee(FEE, FeeState.AMOUNT, 50_000)),
            "50.000 đồng đến 75.000 đồng",
        ),
        (
            FeeState.AMOUNT,
            (Fee(FEE, FeeState.AMOUNT, 50_000), Fee(FEE, FeeState.SCHEDULE, text="biểu")),
            "Từ 50.000 đồng, tuỳ trường hợp",
        ),
        (FeeState.AMOUNT, (Fee(FEE, FeeState.AMOUNT, 20, "USD"),), "20 USD"),
        # The first channel that says anything has no amount, another has.
        (FeeState.AMOUNT, (Fee(FEE, FeeState.FREE),), "Có thu, tuỳ cách nộp và trường hợp"),
    ],
)
def test_a_fee_has_four_states(state: FeeState, fees: tuple[Fee, ...], told: str) -> None:
    assert cards.fee_of(state, fees, "vi") == told


@pytest.mark.parametrize(
    ("time", "told"),
    [
        (None, "Chưa rõ"),
        (ProcessingTime(TimeUnit.WORKING_DAY, 15), "15 ngày làm việc"),
        (ProcessingTime(TimeUnit.WORKING_DAY, 7.5, "tuỳ"), "7,5 ngày làm việc"),
        (ProcessingTime(TimeUnit.OTHER, None, "Trong ngày"), "Trong ngày"),
        (ProcessingTime(TimeUnit.OTHER, None, "x" * 500), "Tuỳ trường hợp, xem trong thủ tục"),
        (ProcessingTime(TimeUnit.OTHER), "Tuỳ trường hợp, xem trong thủ tục"),
    ],
)
def test_a_time_is_told_in_the_words_of_its_unit(time: ProcessingTime | None, told: str) -> None:
    assert cards.time_of(time, "vi") == told


def test_one_working_day_is_one_in_english_too() -> None:
    assert cards.time_of(ProcessingTime(TimeUnit.WORKING_DAY, 1), "en") == "1 working day"


@pytest.mark.parametrize(
    ("level", "channels", "told"),
    [
        (OnlineLevel.FULL, (Channel.ONLINE,), ("Làm trực tuyến toàn trình", "ok")),
        (OnlineLevel.PARTIAL, (Channel.ONLINE,), ("Làm trực tuyến một phần", "info")),
        (OnlineLevel.INFORMATION, (), ("Không nộp trực tuyến", "")),
        (OnlineLevel.LEVEL_4, (Channel.ONLINE,), ("Mức độ 4 (cách xếp cũ)", "")),
        (None, (Channel.ONLINE,), ("Chưa rõ có làm trực tuyến được không", "")),
    ],
)
def test_how_far_it_can_be_done_online(level: Any, channels: Any, told: tuple[str, str]) -> None:
    assert cards.online_of(_shown(level, channels), "vi") == told


def test_fully_online_without_an_online_channel_is_doubted() -> None:
    text, kind = cards.online_of(_shown(OnlineLevel.FULL, (Channel.DIRECT,)), "vi")
    assert (text.endswith("chưa thấy kênh nộp trực tuyến"), kind) == (True, "warn")


def _shown(level: OnlineLevel | None, channels: tuple[Channel, ...]) -> Any:
    fields = {one.name: None for one in msgspec.structs.fields(cards.Shown)}
    return cards.Shown(**{**fields, "online_level": level, "channels": channels})
