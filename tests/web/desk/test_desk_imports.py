"""Import by upload: looked at first, taken in exactly as it was shown, or not at all."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from registry import clock
from registry.catalogue import ledger, versions
from registry.catalogue.ledger import Ledger, Origin
from registry.intake import apply, uploads, watching, working
from registry.intake.uploads import State

pytestmark = pytest.mark.anyio

LIST = "Mã số,Tên,Cơ quan ban hành,Cơ quan thực hiện,Lĩnh vực\n"
ROW = "{code},{name},Bộ Tư pháp,Ủy ban nhân dân cấp xã,Hộ tịch\n"


def listing(*rows: tuple[str, str]) -> bytes:
    return (LIST + "".join(ROW.format(code=code, name=name) for code, name in rows)).encode()


async def sent(browser: Any, data: bytes, name: str = "danh-muc.csv", status: int = 303, **typed: str) -> str:
    """The address that a file leads to once it is uploaded."""
    page = await browser.open("/bien-tap/nhap")
    fields = dict(browser.filled(page, "/nhap", typed))
    browser.answer = await browser.client.post("/bien-tap/nhap", data=fields, files={"tep": (name, data)})
    assert browser.answer.status_code == status, browser.answer.text[-1500:]
    return str(browser.answer.headers.get("location", ""))


async def looked(desk: Any, browser: Any, data: bytes, **typed: str) -> tuple[str, Any]:
    """A file that was looked at, and the page that shows what it would do."""
    address = await sent(browser, data, **typed)
    await desk.settle()
    return address, await browser.open(address)


async def accepted(desk: Any, browser: Any, address: str, **typed: str) -> Any:
    await browser.send(await browser.open(f"{address}/nhan"), "/nhan", **typed)
    await desk.settle()
    return await browser.open(address)


@pytest.mark.usefixtures("near")
async def test_nothing_is_taken_in_before_somebody_has_looked_and_accepted(desk: Any) -> None:
    lan = await desk.person("announce")
    revision = await versions.revision(desk.database)
    data = listing(
        ("9.300001", "Thủ tục mới"), ("9.000003", "Cấp bản sao trích lục hộ tịch mới"), ("hai", "Mã sai")
    )
    address, page = await looked(desk, lan, data)
    assert await versions.revision(desk.database) == revision
    fates = {row.all("td")[1].text: row.all("td")[0].text for row in page.main.one("tbody").all("tr")}
    assert fates == {"9.300001": "Mới", "9.000003": "Sửa đổi", "hai": "Cách ly"}
    assert "không phải mã thủ tục" in page.main.text
    # Each can be looked through, and the list be narrowed.
    page = await lan.open(page.links["Cấp bản sao trích lục hộ tịch mới"])
    assert page.main.all("ins")[0].text == "mới"
    page = await lan.open(address, loai="new")
    assert len(page.main.one("tbody").all("tr")) == 1
    page = await accepted(desk, lan, address)
    assert "đã nhập tệp này" in page.main.text
    found = await versions.history(desk.database, "9.300001")
    assert found[-1].procedure.name == "Thủ tục mới"
    assert await desk.count("audit", "action = 'intake.begin' AND kind = 'person'") >= 1
    assert not uploads.folder(desk.settings, address.rsplit("/", 1)[-1]).exists()


async def change(desk: Any, code: str, name: str) -> None:
    """Somebody else changes a procedure."""
    held = (await versions.history(desk.database, code))[-1]

    async def unit(book: Ledger) -> None:
        await book.load([code])
        made = msgspec.structs.replace(held.procedure, name=name)
        book.put(made, held.valid_from, held.announcement, Origin("else"))

    await ledger.record(desk.database, unit)


@pytest.mark.usefixtures("near")
async def test_what_changed_since_it_was_shown_is_not_overwritten(desk: Any) -> None:
    lan = await desk.person("announce")
    address, _ = await looked(desk, lan, listing(("9.000006", "Giao đất"), ("9.300002", "Mới")))
    await change(desk, "9.000006", "Tên của người khác")
    revision = await versions.revision(desk.database)
    page = await accepted(desk, lan, address)
    assert "Danh mục đã thay đổi từ lúc bạn xem" in page.main.text
    assert await versions.revision(desk.database) == revision
    await lan.send(page, "/xem-lai")
    await desk.settle()
    page = await lan.open(address)
    page = await lan.open(page.links["Giao đất"])
    assert "Tên của người khác" in page.main.text
    assert "đã nhập" in (await accepted(desk, lan, address)).main.text
    # What nobody had looked at since is taken in only now.
    assert (await versions.history(desk.database, "9.000006"))[-1].procedure.name == "Giao đất"


@pytest.mark.usefixtures("near")
async def test_what_changes_while_it_is_taken_in_stops_it_between_two_announcements(
    desk: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    lan = await desk.person("announce")
    rows = [("9.300003", "Một"), ("9.300004", "Hai"), ("9.000005", "Hỗ trợ đất")]
    address, _ = await looked(desk, lan, listing(*rows))
    monkeypatch.setattr(apply, "PER_TRANSACTION", 1)
    record, done = watching.Watch.record, 0

    async def interrupted(self: Any, codes: Any, unit: Any) -> None:
        nonlocal done
        if done == 1:
            await change(desk, "9.000005", "Của người khác")
        done += 1
        await record(self, codes, unit)

    monkeypatch.setattr(watching.Watch, "record", interrupted)
    page = await accepted(desk, lan, address)
    monkeypatch.undo()
    assert "Danh mục đã thay đổi" in page.main.text
    assert (await versions.history(desk.database, "9.000005"))[-1].procedure.name == "Của người khác"


@pytest.mark.usefixtures("near")
async def test_ending_too_much_is_shown_and_asked_for_by_name(own_desk: Any) -> None:
    lan = await own_desk.person("announce")
    before = await versions.count(own_desk.database, clock.today())
    address, page = await looked(own_desk, lan, listing(("9.000001", "Đăng ký khai sinh")), cover="catalogue")
    assert "sẽ kết thúc quá nhiều thủ tục" in page.main.text
    page = await lan.open(address, loai="ended")
    assert "9.000003" in page.main.text
    page = await lan.open(f"{address}/nhan")
    page = await lan.send(page, "/nhan", 422)
    assert "Đánh dấu vào ô xác nhận" in page.main.text
    assert await versions.count(own_desk.database, clock.today()) == before
    page = await accepted(own_desk, lan, address, ends="1")
    assert "đã nhập" in page.main.text
    assert await versions.count(own_desk.database, clock.today()) == 1


@pytest.mark.usefixtures("near")
@pytest.mark.parametrize(
    ("data", "said"),
    [(b"%PDF-1.7 \x00\x01", "không phải loại tệp"), (b"", "Tệp trống"), (b"PK\x03\x04cut", "Tệp"), (b"[]", "Tệp")],
)
async def test_a_file_of_the_wrong_kind_is_told_plainly(desk: Any, data: bytes, said: str) -> None:
    lan = await desk.person("announce")
    _, page = await looked(desk, lan, data)
    assert "Không đọc được tệp này" in page.main.text
    assert said in page.main.one("div", "notice").text
    assert str(desk.settings.data) not in page.main.text


async def test_a_file_of_a_gigabyte_is_refused_before_it_is_read(desk: Any) -> None:
    lan = await desk.person("announce")
    read = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal read
        while read < 2**24:
            read += 2**16
            yield b"a" * 2**16

    kind = {"content-type": "multipart/form-data; boundary=x"}
    answer = await lan.client.post(
        "/bien-tap/nhap", content=endless(), headers={**kind, "content-length": str(2**30)}
    )
    assert answer.status_code == 413
    assert "256 MB" in answer.text


def held(desk: Any) -> list[Path]:
    """What lies in the folder of uploads."""
    return sorted((desk.settings.data / "uploads").rglob("*"))


async def test_a_file_that_hides_its_size_is_cut_off_at_the_limit_and_leaves_nothing(
    desk: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    lan = await desk.person("announce")
    monkeypatch.setattr(desk.app.state, "settings", msgspec.structs.replace(desk.settings, most_upload=1))
    before = held(desk)
    page = await lan.open("/bien-tap/nhap")
    parts = [
        f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in lan.filled(page, "/nhap", {})
    ]
    parts.append(b'--x\r\nContent-Disposition: form-data; name="tep"; filename="a.csv"\r\n\r\n')

    async def stream() -> AsyncIterator[bytes]:
        for part in parts:
            yield part
        for _ in range(40):
            yield b"a" * 2**16

    kind = {"content-type": "multipart/form-data; boundary=x"}
    answer = await lan.client.post("/bien-tap/nhap", content=stream(), headers=kind)
    assert answer.status_code == 413
    assert "1 MB" in answer.text
    assert held(desk) == before


async def test_a_file_without_the_forms_token_is_never_written(desk: Any) -> None:
    lan = await desk.person("announce")
    before = held(desk), await desk.count("upload")
    answer = await lan.client.post(
        "/bien-tap/nhap", data={"cover": "loose", "once": "x"}, files={"tep": ("a.csv", b"a")}
    )
    assert answer.status_code == 403
    assert (held(desk), await desk.count("upload")) == before


@pytest.mark.usefixtures("near")
@pytest.mark.parametrize(
    "name",
    ["<script>alert(1)</script>.csv", "../../../etc/passwd", "..\\..\\.a\u202egpj.csv"],
)
async def test_a_files_name_is_but_a_name(desk: Any, name: str) -> None:
    lan = await desk.person("announce")
    address, page = await looked(desk, lan, listing(("9.300005", "Một")), name=name)
    assert not page.all("script")
    place = uploads.folder(desk.settings, address.rsplit("/", 1)[-1])
    (kept,) = [path for path in place.iterdir() if path.name != ".contents"]
    assert kept.parent == place
    assert not set(kept.name) & set('<>/\\"\u202e')
    await lan.send(await lan.open(f"{address}/bo"), "/bo")
    assert not place.exists()
    assert "đã bỏ tệp này" in (await lan.open(address)).main.text


@pytest.mark.usefixtures("near")
async def test_a_form_sent_twice_is_one_upload_and_accepting_twice_is_one_intake(desk: Any) -> None:
    lan = await desk.person("announce")
    page = await lan.open("/bien-tap/nhap")
    fields = dict(lan.filled(page, "/nhap", {}))
    data = listing(("9.300006", "Hai lần"))
    places = set()
    for _ in range(2):
        answer = await lan.client.post("/bien-tap/nhap", data=fields, files={"tep": ("hai.csv", data)})
        places.add(answer.headers["location"])
    await desk.settle()
    (address,) = places
    page = await lan.open(f"{address}/nhan")
    fields = lan.filled(page, "/nhan", {})
    runs = await desk.count("run")
    await asyncio.gather(*(lan.client.post(f"{address}/nhan", data=dict(fields)) for _ in range(2)))
    await desk.settle()
    assert await desk.count("run") == runs + 1


async def test_fields_that_are_wrong_are_told_beside_them_and_nothing_is_written(desk: Any) -> None:
    lan = await desk.person("announce")
    before = await desk.count("upload")
    for typed, field in (
        ({"cover": "agency", "agency": "H99"}, "agency"),
        ({"cover": "all"}, "cover"),
        ({"ngay": "2025-02-30"}, "ngay"),
    ):
        await sent(lan, listing(("9.300007", "Một")), status=422, **typed)
        assert f'id="{field}-error"' in lan.answer.text
    assert await desk.count("upload") == before


async def test_a_page_that_waits_loads_again_by_itself_and_tells_how_far_it_is(
    desk: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def idle(self: Any, task: Any) -> None:
        await uploads.note(self._database, task.upload, task.attempt, stage="read", done=1200)

    monkeypatch.setattr(working.Workers, "_watch", idle)
    lan = await desk.person("announce")
    _, page = await looked(desk, lan, listing(("9.300008", "Một")))
    assert int(lan.answer.headers["refresh"]) > 0
    assert "Đã đọc 1.200 bản ghi" in page.main.text
    # Work that is not heard of any more has been cut off: it can be begun anew.
    monkeypatch.setattr(uploads, "SILENT", uploads.timedelta(0))
    page = await lan.open(lan.path)
    assert "refresh" not in lan.answer.headers
    assert "bị gián đoạn" in page.main.text


async def test_an_intake_that_is_killed_is_finished_by_looking_and_accepting_again(
    own_desk: Any,
) -> None:
    """In a process of its own, as it is really done; killed between two of its transactions."""
    lan = await own_desk.person("announce")
    address, rows = await _killed(own_desk, lan)
    written = await own_desk.count("version", f"code LIKE '{rows[0][0][:4]}%'")
    assert 0 < written < len(rows)
    page = await lan.open(address)
    assert "bị gián đoạn" in page.main.text
    await lan.send(page, "/xem-lai")
    await own_desk.settle()
    page = await accepted(own_desk, lan, address)
    assert "đã nhập" in page.main.text
    found = await versions.versions_of(own_desk.database, [code for code, _ in rows])
    assert [(one.code, one.procedure.name) for one in found] == rows


async def _killed(desk: Any, lan: Any) -> tuple[str, list[tuple[str, str]]]:
    """The address of an intake that was killed after it wrote something, and its rows. On a busy machine one may
    be done before it is looked at: then another is killed."""
    for attempt in range(4, 10):
        rows = [(f"9.{attempt}{number:05}", f"Thủ tục số {number}") for number in range(900)]
        address, page = await looked(desk, lan, listing(*rows))
        assert "Mới: 900" in page.main.text
        before = await versions.revision(desk.database)
        await lan.send(await lan.open(f"{address}/nhan"), "/nhan")
        await _changed(desk, before)
        for process in _children():
            os.kill(process, signal.SIGKILL)
        await desk.settle()
        if (await uploads.find(desk.database, address.rsplit("/", 1)[-1])).state is State.FAILED:
            return address, rows
    raise AssertionError("no intake was caught at work")


async def _changed(desk: Any, revision: int) -> None:
    """Until another process has written something."""
    for _ in range(10_000):
        if await versions.revision(desk.database) != revision:
            return
        await asyncio.sleep(0.005)
    raise AssertionError("nothing was written")


def _children() -> list[int]:
    """Processes of this one that work on uploads."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            parent = int(place.joinpath("stat").read_text().rsplit(")", 1)[1].split()[1])
            command = place.joinpath("cmdline").read_bytes()
        except (OSError, ValueError):
            continue
        if parent == os.getpid() and working.__name__.encode() in command:
            found.append(int(place.name))
    return found


@pytest.mark.usefixtures("near")
async def test_what_nobody_decides_about_goes_after_two_weeks(desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    lan = await desk.person("announce")
    address, _ = await looked(desk, lan, listing(("9.300009", "Bỏ quên")))
    place = uploads.folder(desk.settings, address.rsplit("/", 1)[-1])
    assert place.is_dir()
    monkeypatch.setattr(uploads, "KEPT", uploads.timedelta(0))
    await sent(lan, listing(("9.300010", "Sau đó")))
    await desk.settle()
    assert not place.exists()
    assert "đã bỏ tệp này" in (await lan.open(address)).main.text
