"""Procedure codes in every notation that people type.

A national code is a digit, a point and six digits ("1.001193"; a few real ones have more). A province's copy
carries a suffix ("1.001193.000.00.00.H55"). Other local codes mix letters and digits ("T-THN-123456-TT").
"""

import re

import msgspec

from search.text import fold, words

# What stands for the point: a comma, hyphen, dash, underscore, middle dot or space.
_POINT = r"(?:\s*[.,\-‐-―_·/]\s*|\s+)"
_SUFFIX = r"(?P<suffix>(?:\s*[.\-]\s*(?:\d{2,3}|[A-Za-z]\d{1,3}))*)"
_WHOLE = re.compile(rf"(?<![\w.,])(?P<first>[1-9]){_POINT}(?P<rest>\d{{6,9}}){_SUFFIX}(?!\w)")
# Without its point a code is only a number: it counts when it stands alone or is called a code.
_RUN = re.compile(rf"(?<![\w.,])(?P<first>[1-9])(?P<rest>\d{{6,9}}){_SUFFIX}(?!\w)")
_PREFIX = re.compile(rf"(?P<first>[1-9]){_POINT}(?P<rest>\d{{1,5}})")
_SHORT = re.compile(r"(?P<first>[1-9])(?P<rest>\d{3,5})")
_LOCAL = re.compile(r"(?<!\S)(?=\S*\d)(?=\S*[^\W\d_])(?=\S*[.\-_/])[\w.\-/]{5,40}(?!\S)")
_NOT_KEY = re.compile(r"[^0-9A-Z]+")
# Words that announce a code, folded: "mã số", "mã thủ tục", "TTHC".
_MARKERS = frozenset({"ma", "so", "tthc", "tt", "thu", "tuc", "hanh", "chinh", "code"})


class Code(msgspec.Struct, frozen=True):
    """A code that was typed: ``value`` in normal form, or its beginning where it is not ``whole``.

    ``local`` is the key of a local code (see ``key``). A code without a value may be a local one or no code
    at all: only the index can tell.
    """

    value: str
    whole: bool = True
    local: str = ""


def key(code: str) -> str:
    """A local code as a key: letters and digits only, in capitals, whatever stood between them."""
    return _NOT_KEY.sub("", fold(code).upper())


def find(text: str) -> tuple[list[Code], str]:
    """The codes in a repaired text, and the text without them and the words that announce them.

    What may be a code and may be a mere number or name ("2024", "63/2010/ND-CP") is given as a code and also
    left in the text.
    """
    codes: list[Code] = []
    rest: list[str] = []
    end = 0
    for match in _WHOLE.finditer(text):
        rest.append(_unmarked(text[end : match.start()]))
        end = match.end()
        codes.append(_code(match))
    if not codes:
        return _alone(text)
    rest.append(text[end:])
    return codes, " ".join(part for part in rest if part.strip())


def _alone(text: str) -> tuple[list[Code], str]:
    """Notations that count only when little else is typed: no point, the beginning of a code, local ones."""
    run = _RUN.search(text)
    if run is not None and _announced(text, run):
        return [_code(run)], f"{_unmarked(text[: run.start()])} {text[run.end() :]}".strip()
    bare = _unmarked_head(text)
    if prefix := _PREFIX.fullmatch(bare):
        return [Code(value=f"{prefix['first']}.{prefix['rest']}", whole=False)], ""
    if short := _SHORT.fullmatch(bare):
        return [Code(value=f"{short['first']}.{short['rest']}", whole=False)], text
    return [Code(value="", local=key(found)) for found in _LOCAL.findall(text)[:4]], text


def _code(match: re.Match[str]) -> Code:
    value = f"{match['first']}.{match['rest']}"
    return Code(value=value, local=key(value + match["suffix"]) if match["suffix"] else "")


def _announced(text: str, match: re.Match[str]) -> bool:
    before = text[: match.start()]
    alone = not before.strip() and not text[match.end() :].strip()
    return alone or _unmarked(before) != before


def _unmarked(before: str) -> str:
    """What stands before a code, without the words that announce it."""
    cut = len(before)
    for word in reversed(list(words(before))):
        if word.folded not in _MARKERS:
            break
        cut = word.start
    return before[:cut]


def _unmarked_head(text: str) -> str:
    """The text without announcing words at its head."""
    cut = 0
    for word in words(text):
        if word.folded not in _MARKERS:
            break
        cut = word.end
    return text[cut:].strip(" :#.-")
