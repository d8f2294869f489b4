"""Takes out of a text what tells who wrote it: nobody asked for it, and nobody needs it.

What is masked are e-mail addresses, telephone numbers and the numbers of identity papers. Sums of money, codes of
procedures and numbers of acts stay, since they are what reports are about.
"""

import re
from typing import NamedTuple

MASK = "•••"

_EMAIL = r"[\w.+\-]+@[\w\-]+(?:\.[\w\-]+)+"
_PHONE = r"(?:\(?\+?84\)?|\(?0)(?:[\s.()\-]{0,2}\d){8,11}(?!\d)"
_GROUPS = r"\d{3}[ .\-]\d{3}[ .\-]\d{3}(?:[ .\-]\d{3})?(?!\d)"
_DIGITS = r"\d{9,}"
_MONEY = r"(?<!\d)[1-9]\d*(?:[ .,]\d{3})*\s*(?:đ\b|đồng|vnđ|vnd|triệu|tỷ)"
# A code may carry the suffix of a province: 1.001193.000.00.00.H55.
_CODE = r"(?<!\d)\d\.\d{6}(?:\.\d{3}\.\d\d\.\d\d\.[A-Z]\d+)?(?!\d)"
_FOUND = re.compile(rf"(?P<kept>{_CODE}|{_MONEY})|{_EMAIL}|(?<!\d)(?:{_PHONE}|{_GROUPS}|{_DIGITS})", re.IGNORECASE)


class Masked(NamedTuple):
    """A text, and how many addresses and numbers were taken out of it."""

    text: str
    many: int


def masked(text: str) -> Masked:
    """``text`` without e-mail addresses, telephone numbers and numbers of identity papers."""
    count = 0

    def cover(found: re.Match[str]) -> str:
        nonlocal count
        if found["kept"] is not None:
            return found[0]
        count += 1
        return MASK

    return Masked(_FOUND.sub(cover, text), count)
