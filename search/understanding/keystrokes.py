"""Telex and VNI keystrokes that arrived raw, turned back into the words they were meant to be.

An input method is a small machine that reads keys from left to right. This one understands both methods at once,
with marks typed at their vowel or at the word's end, since people mix them. What it makes counts only when it is
a syllable, and a word is only taken for raw keystrokes when it is neither a syllable nor a known foreign word.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache

from search.understanding import data
from search.understanding.syllable import plausible, toned, valid

_TONE_KEYS = {"f": "f", "s": "s", "x": "x", "r": "r", "j": "j", "2": "f", "1": "s", "4": "x", "3": "r", "5": "j"}
_HAT = {"a": "â", "e": "ê", "o": "ô"}
_HORN = {"o": "ơ", "u": "ư"}
_VOWELS = frozenset("aeiouyăâêôơư")
# What keys and input methods leave: a word may have some of its marks already.
_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789ăâđêôơư")
_LONGEST = 12
# Written with latin letters and no Vietnamese word: left as it is.
_FOREIGN = frozenset(data.words("foreign.txt"))


class _Word:
    """The letters so far, and the tone."""

    def __init__(self) -> None:
        self.letters: list[str] = []
        self.tone = ""
        self.marks = 0

    def press(self, key: str) -> bool:
        """Take one key; false when no input method would."""
        voiced = not _VOWELS.isdisjoint(self.letters)
        if key in _TONE_KEYS and (voiced or key.isdigit()):
            return voiced and self._tone(_TONE_KEYS[key])
        if key in "6789" or key == "w" or (key in "aeod" and key in self.letters):
            return self._mark(key)
        if key.isdigit() or key in "fjwz":
            return False
        self.letters.append(key)
        return True

    def _tone(self, tone: str) -> bool:
        self.marks += 1
        done = not self.tone
        self.tone = tone
        return done

    def _mark(self, key: str) -> bool:
        self.marks += 1
        if key in {"9", "d"}:
            return self._replace({"d": "đ"})
        if key == "8":
            return self._replace({"a": "ă"})
        if key == "6":
            return self._replace(_HAT)
        if key == "o" and self.letters[-2:] in (["o", "a"], ["o", "e"]):
            self.letters.append(key)  # "ngoéo": the one rime with a letter twice
            self.marks -= 1
            return True
        if key in _HAT:
            return self._replace({key: _HAT[key]})
        if key == "w" and self._replace({"a": "ă"}, after="u"):
            return True
        return self._horn(key)

    def _horn(self, key: str) -> bool:
        """Horns on o and u, on both where they stand together; a second key for the other does no harm."""
        text = "".join(self.letters)
        for pair in ("uo", "ưo", "uơ"):
            if pair in text and not text.startswith("qu"):
                place = text.index(pair)
                last = place + 2 == len(text)
                # "uow" at the end may be "uơ" as in "thuở": only then the u stays.
                self.letters[place : place + 2] = ["u" if last and pair == "uo" else "ư", "ơ"]
                return True
        if "ươ" in text:
            return True
        if text.endswith("uu"):
            self.letters[-2] = "ư"
            return True
        if self._replace(_HORN):
            return True
        if key == "w":
            self.letters.append("ư")
            return True
        return False

    def _replace(self, wanted: dict[str, str], after: str = "") -> bool:
        """Mark the last letter that can be; ``after`` keeps "ua" for its horn."""
        for place in range(len(self.letters) - 1, -1, -1):
            if self.letters[place] in wanted:
                before = self.letters[place - 1] if place else ""
                if after and before == after and self.letters[:2] != ["q", "u"]:
                    return False
                self.letters[place] = wanted[self.letters[place]]
                return True
        return False


@lru_cache(maxsize=8192)
def decode(word: str) -> str | None:
    """The syllable that these keys (lower case) type, when one of them makes a mark and all make a syllable."""
    if not word or len(word) > _LONGEST or not _LETTERS.issuperset(word) or not word[0].isalpha():
        return None
    made = _Word()
    if not all(made.press(key) for key in word) or not made.marks:
        return None
    for base in ("".join(made.letters), "".join(made.letters).replace("uơ", "ươ")):
        if valid(base) or (made.tone and valid_with(base, made.tone)):
            return toned(base, made.tone)
    return None


def valid_with(base: str, tone: str) -> bool:
    """Whether ``base`` is a syllable in this tone."""
    try:
        return valid(toned(base, tone))
    except KeyError:
        return False


@lru_cache(maxsize=8192)
def raw(word: str) -> str | None:
    """What a word means if it can only be keystrokes: no syllable without marks, and not foreign."""
    if plausible(word) or valid(word) or word in _FOREIGN or (len(word) == 2 and not word.isalpha()):
        return None
    return decode(word)


def restore(words: Sequence[str], known: Callable[[str], bool] | None = None) -> list[str]:
    """Words with raw keystrokes decoded. One with a tone key alone is left, unless its neighbours are raw too,
    when it is ``known`` as it stands."""
    decoded = [raw(word) for word in words]
    strong = any(made is not None and _strong(word) for word, made in zip(words, decoded, strict=True))
    return [
        word if made is None or (known is not None and known(word) and not strong) else made
        for word, made in zip(words, decoded, strict=True)
    ]


def _strong(word: str) -> bool:
    """More than a tone key at the end: something no other language would spell."""
    return any(char in "w6789" for char in word) or any(pair in word for pair in ("aa", "ee", "oo", "dd"))
