"""The one place that repairs, folds and cuts up Vietnamese text.

Three forms of a word matter: as it was written; its *exact* form, in lower case with every mark, the tone
moved to one place ("hoà" and "hòa" are one word); and its *folded* form, plain letters only ("hoa"), which is
also what "họa" and "hoá" fold to. An exact form identifies, a folded one forgives.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

# Combining marks, by their Unicode blocks.
_MARK = "\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
_MARKS = re.compile(f"[{_MARK}]+")
# The five tones: huyền, sắc, ngã, hỏi, nặng. The other marks (â, ê, ô, ă, ơ, ư) make letters, not tones.
_TONES = re.compile("[\u0300\u0301\u0303\u0309\u0323]")
_WORD = re.compile(f"[^\\W_]+(?:[{_MARK}]+[^\\W_]*)*")
_PIECES = re.compile(f"({_WORD.pattern})")
_NOT_PLAIN = re.compile(r"[^a-z0-9]+")
_BREAK = re.compile(r" *\n[ \n]*")
_SPACES = re.compile(r" {2,}")

_QUOTES = {
    "\u2018": "'", "\u2019": "'", "\u201a": "'", "\u201b": "'", "\u02bc": "'",
    "\u201c": '"', "\u201d": '"', "\u201e": '"', "\u201f": '"',
}  # fmt: skip
_BREAKS = "\r\v\f\x1c\x1d\x1e\x85\u2028\u2029"


class Word(NamedTuple):
    """One word and where it stands: ``text[start:end]`` of the text it was cut from."""

    start: int
    end: int
    exact: str
    folded: str


def _replacement(char: str) -> str:
    """What takes the place of a character that has no business in a text; itself where it has."""
    if char in _QUOTES:
        return _QUOTES[char]
    if char == "\n" or char in _BREAKS:
        return "\n"
    category = unicodedata.category(char)
    if category == "Cf":  # zero-width, soft hyphens, direction marks, byte-order marks
        return ""
    # Controls, lone surrogates, private-use glyphs (bullets of symbol fonts) and all kinds of space.
    return " " if category in {"Cc", "Cs", "Co", "Zs"} else char


class _Repairs(dict[int, str]):
    """A translation table that fills itself with the characters that it meets."""

    def __missing__(self, point: int) -> str:
        self[point] = found = _replacement(chr(point))
        return found


_repairs = _Repairs()


def repair(text: str, *, lines: bool = False) -> str:
    """The text in NFC, without control, zero-width and private-use characters, with plain quotes and spaces.

    Runs of spaces become one and the ends are trimmed. Line breaks become spaces, or with ``lines`` are kept,
    one for each run of them.
    """
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").translate(_repairs))
    text = _BREAK.sub("\n" if lines else " ", text)
    return _SPACES.sub(" ", text).strip()


def fold(text: str) -> str:
    """Lower case, without marks, đ as d. Folding twice changes nothing."""
    lowered = unicodedata.normalize("NFKD", text).lower()
    return _MARKS.sub("", unicodedata.normalize("NFKD", lowered)).replace("đ", "d")


@lru_cache(maxsize=65536)
def exact(word: str) -> str:
    """One word in lower case with its marks, its tone written last, so that "hoà" and "hòa" are the same."""
    apart = unicodedata.normalize("NFD", word.lower())
    tones = _TONES.findall(apart)
    return unicodedata.normalize("NFC", _TONES.sub("", apart)) + "".join(tones)


@lru_cache(maxsize=65536)
def folded(word: str) -> str:
    """One word folded; remembered, since a catalogue has few different words."""
    return fold(word)


def words(text: str) -> Iterator[Word]:
    """The words of a text, runs of letters and digits of any script, with their places in it."""
    for found in _WORD.finditer(text):
        word = found.group()
        yield Word(found.start(), found.end(), exact(word), folded(word))


def pieces(text: str) -> list[str]:
    """A text in pieces: what stands before its first word, the word, what stands before the next, and so on."""
    return _PIECES.split(text)


def tokens(text: str) -> list[str]:
    """The words of a text in lower case and NFC, marks kept as they were written."""
    return [unicodedata.normalize("NFC", word.lower()) for word in _WORD.findall(text)]


def syllables(text: str) -> list[str]:
    """The words of a text, folded."""
    return list(map(folded, _WORD.findall(text)))


_ALPHABET = str.maketrans(
    {"ă": "a{", "â": "a|", "đ": "d{", "ê": "e{", "ô": "o{", "ơ": "o|", "ư": "u{"}
)  # fmt: skip
_TONE_ORDER = str.maketrans("\u0300\u0309\u0303\u0301\u0323", "12345")


@lru_cache(maxsize=65536)
def _sorted_as(word: str) -> tuple[str, str]:
    """What a word sorts by: its letters, and then its tone."""
    whole = exact(word)
    plain = _TONES.sub("", whole)
    return plain.translate(_ALPHABET), whole[len(plain) :].translate(_TONE_ORDER) or "0"


def collate(text: str) -> str:
    """A key that sorts by the Vietnamese alphabet (a ă â … d đ e ê …), and only then by tone."""
    keys = [_sorted_as(word) for word in _WORD.findall(text)]
    return " ".join(letters for letters, _ in keys) + " \t" + "".join(tone for _, tone in keys)


def slug(text: str) -> str:
    """A text as a key: folded, with "-" for whatever is neither a plain letter nor a digit."""
    return _NOT_PLAIN.sub("-", fold(text)).strip("-")
