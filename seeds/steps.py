"""Steps, in the words of the one-stop rules."""

from registry.procedure import Step
from registry.vocabulary import Level
from seeds.chance import choose
from seeds.entries import Entry
from seeds.faces import Face
from seeds.titles import small

_CHECKS = (
    "kiểm tra tính đầy đủ, hợp lệ của hồ sơ; hồ sơ chưa đầy đủ thì hướng dẫn bổ sung bằng văn bản một lần",
    "kiểm tra hồ sơ; hồ sơ hợp lệ thì cấp Giấy tiếp nhận hồ sơ và hẹn ngày trả, chưa hợp lệ thì hướng dẫn bổ sung",
    "tiếp nhận, số hóa hồ sơ, kiểm tra thông tin trên các cơ sở dữ liệu quốc gia và cơ sở dữ liệu chuyên ngành",
)
_USUAL = "thẩm định nội dung hồ sơ, kiểm tra điều kiện theo quy định và dự thảo kết quả giải quyết"
_END = "Trường hợp từ chối phải trả lời bằng văn bản và nêu rõ lý do."


def steps(entry: Entry, face: Face, desk: str, office: str) -> tuple[Step, ...]:
    """Three or four steps; those that were ``merged`` give one day less between desk and office."""
    people = "Cá nhân" if entry.sector.audiences[0] == "citizen" else "Tổ chức, cá nhân"
    ways = (
        ["trực tiếp"]
        + ["trực tuyến trên Cổng dịch vụ công"] * face.online
        + ["qua dịch vụ bưu chính công ích"] * face.post
    )
    work = entry.act.work or _USUAL
    handing = f"{people} nộp hồ sơ {small(face.title)} {' hoặc '.join(ways)} đến {desk}."
    checking = f"Công chức tiếp nhận {choose(_CHECKS, 'check', entry.code)}."
    result = f"{people} nhận kết quả tại {desk}" + (
        " hoặc bản điện tử trên Cổng dịch vụ công." if face.online else "."
    )
    paying = f" {people} nộp phí, lệ phí trực tiếp hoặc qua chức năng thanh toán trực tuyến." if entry.paid else ""
    if face.merged:
        body = f"{checking} Hồ sơ được chuyển ngay trong ngày đến {office}; {office} {work}. {_END}"
        found = [("Nộp hồ sơ", handing + paying), ("Tiếp nhận và giải quyết", body), ("Trả kết quả", result)]
    else:
        review = f"{office} {work}. {_END}"
        found = [
            ("Nộp hồ sơ", handing + paying),
            ("Tiếp nhận hồ sơ", checking),
            ("Giải quyết hồ sơ", review),
            ("Trả kết quả", result),
        ]
    if face.level is Level.DISTRICT:
        found[-1] = ("Trả kết quả", result.replace("nhận kết quả", "nhận kết quả theo giấy hẹn"))
    return tuple(Step(text, f"Bước {number}: {name}") for number, (name, text) in enumerate(found, 1))
