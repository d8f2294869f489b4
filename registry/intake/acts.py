"""Numbers of decisions and other acts, in one notation: 4472/QĐ-BTC, 118/2025/NĐ-CP."""

import re
from functools import lru_cache

from registry.intake.cleaning import Notes

_KINDS = (
    "Luật|Luất|Bộ luật|Pháp lệnh|Nghị quyết|Nghị định|NĐ|Quyết định|QĐ|Thông tư liên tịch|Thông tư|Chỉ thị|"
    "Văn bản hợp nhất|Kế hoạch|Công văn"
)
_NUMBERED = r"\d[\w.]*\s*/\s*\.?(?:\d{4}\s*/\s*)?[^\W\d]"  # with letters that tell what kind of act it is
_RULES = (
    ("number-prefix", re.compile(rf"^(?:(?:{_KINDS})\b)?\s*(?:số)?[\s:.]*(?={_NUMBERED})", re.IGNORECASE), ""),
    ("number-space", re.compile(r"\s*([/-])\s*"), r"\1"),
    ("number-dot", re.compile(r"\.*/\.*"), "/"),
    ("number-dot", re.compile(r"[.;,]+$"), ""),
    ("number-dash", re.compile(r"(?<=/QĐ)_(?=[A-ZĐ])", re.IGNORECASE), "-"),
    ("number-letters", re.compile(r"(?<=/)QD(?=-[A-ZĐ])"), "QĐ"),
    ("number-letters", re.compile(r"(?<=/)ND(?=-CP$)"), "NĐ"),
)
_LONGEST = 200
_SMALL = re.compile(r"\d+[a-z]?/(?:\d{4}/)?[a-zđ&-]+")
_USUAL = re.compile(r"\d+[a-zA-Z]?/(?:\d{4}/)?[A-ZĐ][\wĐ&.]*-[\wĐ&.-]+")


def act_number(text: str, notes: Notes, field: str, *at: int) -> str:
    """The number of an act without what was typed around it. ``text`` must be a clean line."""
    steps = _steps(text)
    for rule, before, after in steps:
        notes.add(field.format(*at) if at else field, rule, before, after)
    return steps[-1][2] if steps else text


@lru_cache(maxsize=16384)
def _steps(text: str) -> tuple[tuple[str, str, str], ...]:
    """Each rule that changes the number, with the number before and after it."""
    if "/" not in text or len(text) > _LONGEST:
        return ()
    steps: list[tuple[str, str, str]] = []
    number = text
    for rule, pattern, instead in _RULES:
        changed = pattern.sub(instead, number)
        if changed and changed != number:
            steps.append((rule, number, changed))
            number = changed
    if _SMALL.fullmatch(number):
        head, slash, letters = number.partition("/")
        steps.append(("number-letters", number, head + slash + letters.upper()))
    return tuple(steps)


def is_usual(number: str) -> bool:
    """Whether a number has the shape of an announcement decision's (``13`` and ``DEMO`` do not)."""
    return _USUAL.fullmatch(number) is not None
