"""What a title says about the papers around it, and how it reads once the district level has ended."""

import re

_DOCUMENT = re.compile(
    r"\b(giấy|chứng chỉ|thẻ|phù hiệu|phiếu|bằng(?= tốt| \")|hộ chiếu|biển số|mã số|bản sao|sổ|biên bản)\b.*",
    re.IGNORECASE,
)
_ENDS = re.compile(
    r" (đối với|cho|trong|tại|thuộc|do|theo|của|trên|khi|đã|bằng phương thức|từ|cấp tỉnh|phục vụ|với|lần|để)\b.*"
)
_MOVES = (
    ("cấp huyện", "{level}"),
    ("Phòng Tư pháp", "Ủy ban nhân dân cấp xã"),
    ("Phòng Tài chính - Kế hoạch", "Ủy ban nhân dân"),
    ("nhiều xã thuộc một huyện", "nhiều xã"),
    ("nhiều huyện", "nhiều xã"),
    ("một huyện", "một xã"),
    ("giữa các huyện", "giữa các xã"),
    ("ngoài huyện", "ngoài xã"),
    ("trong huyện", "trong xã"),
    ("phạm vi huyện", "phạm vi xã"),
    ("địa bàn huyện", "địa bàn xã"),
    ("đường huyện", "đường xã"),
    ("xã, phường, thị trấn", "xã, phường"),
    ("Xã, phường, thị trấn", "Xã, phường"),
)


def small(text: str) -> str:
    """With a small first letter."""
    return text[:1].lower() + text[1:]


def application(template: str, title: str) -> str:
    """The name of the application for what a title says."""
    act = small(title)
    return template.format(act=act)


def document(title: str, otherwise: str) -> str:
    """The document that a title names, such as "Giấy phép xây dựng"; ``otherwise`` where it names none."""
    found = _DOCUMENT.search(title)
    if found is None:
        return otherwise
    name = _ENDS.sub("", found.group()).split(": ")[0].rstrip(" ,")
    return name[:1].upper() + name[1:] if len(name.split()) > 1 else otherwise


def after_districts(title: str, level: str) -> str:
    """The title once there is no district level; ``level`` is "cấp xã" or "cấp tỉnh"."""
    for old, new in _MOVES:
        title = title.replace(old, new.format(level=level))
    return title
