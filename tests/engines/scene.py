"""What is recorded and replayed: a few documents, and questions of every kind."""

from search.contract import FACETS, FOREVER, Document, Question

DAY = 740_000


def make(code: str, name: str, **rest: object) -> Document:
    given = {"id": f"{code}@1", "valid_from": DAY - 100, "valid_to": FOREVER, "digest": f"d{code}"}
    facets = {"internal": ["false"], "level": ["commune"], "agency": ["H55", "ủy ban"]}
    return Document(code=code, name=name, **{"facets": facets, **given, **rest})  # type: ignore[arg-type]  # by name


DOCUMENTS = [
    make("1.001193", "Thủ tục đăng ký khai sinh", local_codes=["1.001193.000.00.00.H55"], sectors=["Hộ tịch"]),
    make("2.000528", "Thủ tục đăng ký khai sinh có yếu tố nước ngoài", facets={"level": ["province"]}),
    make("1.004194", "Đăng ký tạm trú", sectors=["Cư trú"], payload='{"tên":1}'.encode()),
    make("1.004222", "Đăng ký thường trú", sectors=["Cư trú"], body="nộp tại công an xã"),
    make("3.000001", "Cấp giấy phép lưu thông trên đường thủy"),
    make("3.000002", "Cấp giấy phép lưu thông trên dương thủy"),
    make("3.000003", "Xác nhận về <b>đất</b> & nhà", outputs=["Giấy xác nhận"], weight=2.0),
    make("3.000004", "Cấp phép cũ", id="old", valid_to=DAY - 1),
    make("T-THN-1", "Thủ tục riêng của tỉnh"),
    *(make(f"5.{place:06}", f"Cấp giấy phép số {place}") for place in range(70)),
]
TEXTS = (
    "",
    "đăng ký khai sinh",
    "dang ky tam tru",
    "đăng ký thừong tr",
    "dương thủy",
    "giấy phép",
    "công an xã",
    "1.001193",
    "1.0011",
    "1.001193.000.00.00.H55",
    "T-THN-1",
    "đăng ký tạm trú 2.000528",
    "zq",
    'x" OR level = "y',
)
SCENE = {
    "documents": DOCUMENTS,
    "questions": [
        *(Question(as_of=DAY, text=text, facets=FACETS) for text in TEXTS),
        *(Question(as_of=DAY, text="giấy phép", offset=offset, limit=40) for offset in (40, 60, 200)),
        *(Question(as_of=DAY, text="cấp", sort=sort, limit=5) for sort in ("name", "code", "-updated")),
        Question(as_of=DAY - 50, text="cấp phép cũ"),
        Question(as_of=DAY, filters={"level": ["province"], "agency": ["H55", "x\" y"]}, facets=("level",)),
        Question(as_of=DAY, text="khai sinh", filters={"level": ["province"]}, facets=("level",)),
    ],
    "suggestions": [("đăng ký t", DAY), ("tạm", DAY), ("", DAY), ("zq", DAY)],
}  # fmt: skip
