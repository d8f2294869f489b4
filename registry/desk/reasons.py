"""Why the publish gate refuses: codes for programs, sentences for people."""

import msgspec

from registry.vocabulary import Label


class Reason(msgspec.Struct, frozen=True):
    """One reason. ``field`` is where in the draft it is wrong, like ``items[0].new[1].procedure.steps``."""

    code: str
    field: str
    vi: str
    en: str


TEXTS: dict[str, Label] = {
    "missing": Label("Chưa có {vi}.", "{en} is missing."),
    "part-missing": Label(
        "Thủ tục {subject} thiếu {vi}, một trong bảy bộ phận bắt buộc (Nghị định 63/2010/NĐ-CP, Điều 8.2).",
        "Procedure {subject} has no {en}, one of the seven parts that it must have (Decree 63/2010, art. 8.2).",
    ),
    "effective-before-decided": Label(
        "Ngày có hiệu lực {effective} trước ngày ký quyết định {decided}.",
        "It takes effect on {effective}, before it was decided on {decided}.",
    ),
    "published-before-decided": Label(
        "Ngày công khai {published} trước ngày ký quyết định {decided}.",
        "It was published on {published}, before it was decided on {decided}.",
    ),
    "not-decided-yet": Label(
        "Ngày ký quyết định {decided} chưa đến (hôm nay ở Việt Nam là {today}).",
        "It is decided on {decided}, which has not come (in Viet Nam today is {today}).",
    ),
    "day-implausible": Label(
        "Ngày {day} không hợp lý: phải từ {first} đến {last}.",
        "The day {day} cannot be right: it must be from {first} to {last}.",
    ),
    "number-used": Label(
        "Số {number} đã được {issuer} dùng trong năm {year} (quyết định {other}).",
        "{issuer} used the number {number} in {year} already (announcement {other}).",
    ),
    "corrected-unknown": Label(
        "Không có quyết định {other} để đính chính.", "There is no announcement {other} that could be corrected."
    ),
    "item-dropped": Label(
        "Bản đính chính bỏ mục đã công bố ({what}). Mục đã công bố không xoá được: hãy công bố quyết định khác.",
        "The correction leaves out an item that was published ({what}). What was published stays: publish another "
        "announcement that undoes it.",
    ),
    "shape": Label("Mục “{action_vi}” phải có {vi}.", "“{action_en}” must have {en}."),
    "duplicate": Label(
        "Mã {subject} xuất hiện nhiều lần (còn ở {other}).", "The code {subject} stands here and at {other}."
    ),
    "code-malformed": Label(
        "“{subject}” không phải mã thủ tục, như 1.001193.", "{subject!r} is no procedure's code, like 1.001193."
    ),
    "content-missing": Label(
        "Thủ tục mới {subject} cần toàn bộ nội dung, không chỉ phần thay đổi.",
        "Procedure {subject} is not in force, so it needs its whole content: there is nothing to change.",
    ),
    "nothing-changed": Label(
        "Nội dung của {subject} giống hệt nội dung đang có hiệu lực.",
        "The content of {subject} is the same as what is in force.",
    ),
    "code-in-force": Label(
        "Mã {subject} đã có hiệu lực từ {since}; dùng “sửa đổi” hoặc “thay thế”.",
        "{subject} is in force already, since {since}: amend or replace it instead.",
    ),
    "code-begins-later": Label(
        "Mã {subject} đã được công bố có hiệu lực từ {since}.",
        "{subject} is announced already, to be in force from {since}.",
    ),
    "code-unknown": Label("Không có thủ tục {subject}.", "There is no procedure {subject}."),
    "code-abolished": Label(
        "Thủ tục {subject} đã hết hiệu lực từ {until}.", "Procedure {subject} ended on {until} already."
    ),
    "code-not-yet": Label(
        "Thủ tục {subject} chưa có hiệu lực ngày {day}.", "Procedure {subject} is not in force yet on {day}."
    ),
    "agency-unknown": Label(
        "Không có cơ quan {subject}. Sửa tên, mã, hoặc ghi nhận cơ quan này trước.",
        "There is no agency {subject}: mend its code or name, or record the agency first by a reorganisation.",
    ),
    "agency-not-there": Label(
        "Cơ quan {subject} không tồn tại ngày {day}{further_vi}.",
        "Agency {subject} does not exist on {day}{further_en}.",
    ),
    "agency-there": Label("Cơ quan {subject} đã tồn tại ngày {day}.", "Agency {subject} exists on {day} already."),
    "agency-malformed": Label(
        "“{subject}” không phải mã cơ quan, như H55.17.", "{subject!r} is no agency's code, like H55.17."
    ),
    "agency-circular": Label(
        "Cơ quan {subject} sẽ trực thuộc chính nó.", "Agency {subject} would be below itself."
    ),
    "not-allowed": Label(
        "Khoá hoặc tài khoản này chỉ được công bố cho {bound} và cơ quan trực thuộc, không cho {subject}.",
        "This key or account may publish only for {bound} and what is below it, not for {subject}.",
    ),
    "level-ended": Label("{vi} đã kết thúc từ {until} ({source}).", "The level {en} ended on {until} ({source})."),
    "sector-renamed": Label(
        "Lĩnh vực {subject} tên là “{known}”, không phải “{given}”.",
        "Sector {subject} is called {known!r}, not {given!r}.",
    ),
}


def reason(code: str, field: str, **values: object) -> Reason:
    """The reason of this code, its sentences filled with ``values``."""
    vi, en = TEXTS[code]
    return Reason(code, field, vi.format(**values), en.format(**values))
