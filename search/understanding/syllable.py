"""What a Vietnamese syllable may look like: the tables of onsets and rimes, and where the tone is written.

A syllable is onset + rime + tone. The tables hold the written language (quốc ngữ); that c, ch, p and t close only
syllables in sắc or nặng, and that k, gh and ngh stand before e, ê and i alone, are rules of its spelling.
"""

import unicodedata
from collections.abc import Iterator
from functools import lru_cache

from search.text import fold

# By the name under which keystrokes speak of them: s f r x j, and nothing for the level tone.
TONES = {"": "", "f": "\u0300", "s": "\u0301", "x": "\u0303", "r": "\u0309", "j": "\u0323"}
_MARKS = frozenset(TONES.values()) - {""}

_ONSETS = "b c ch d đ g gh gi h k kh l m n ng ngh nh p ph qu r s t th tr v x"
_RIMES = """
a ac ach ai am an ang anh ao ap at au ay
ăc ăm ăn ăng ăp ăt âc âm ân âng âp ât âu ây
e ec em en eng eo ep et ê êch êm ên ênh êp êt êu
i ia ich im in inh ip it iu iêc iêm iên iêng iêp iêt iêu
o oc oi om on ong op ot oa oac oach oai oam oan oang oanh oap oat oay oao
oăc oăm oăn oăng oăt oe oen oeo oet ô ôc ôi ôm ôn ông ôp ôt ơ ơi ơm ơn ơp ơt
u ua uc ui um un ung up ut uôc uôi uôm uôn uông uôt uân uâng uât uây uê uêch uênh uơ
uy uya uych uyên uyêt uynh uyp uyt uyu
ư ưa ưc ưi ưm ưng ưt ưu ươc ươi ươm ươn ương ươp ươt ươu
y yêm yên yêng yêt yêu
"""
# After "qu" the u is part of the onset; after "gi" an i that would follow is not written twice.
_AFTER_QU = """
a ac ach ai an ang anh ao at ap au ay ăc ăm ăn ăng ăp ăt ân âng ât ây âu e en eng eo et ê ên êt êch ênh i ich in
inh it y ynh yt ych yên yêt yn ơ ôc ơn
"""
_AFTER_GI = "i in ip im iêc iêm iên iêng iêt iêp iêu êc êm ên êng êt êp êu ia"
_FRONT = ("e", "ê", "i", "y")
_BEFORE_FRONT = frozenset({"k", "gh", "ngh"})
_NOT_BEFORE_FRONT = frozenset({"c", "g", "ng"})
_STOPS = ("c", "ch", "p", "t")
_HATS = "ăâêôơư"


def _bases() -> Iterator[tuple[str, str]]:
    """Every onset with every rime that may follow it."""
    for onset in ("", *_ONSETS.split()):
        rimes = (_AFTER_QU if onset == "qu" else _RIMES).split()
        for rime in rimes:
            front = rime.startswith(_FRONT)
            if (onset in _BEFORE_FRONT and not front) or (onset in _NOT_BEFORE_FRONT and front):
                continue
            if rime.startswith("y") and len(rime) > 1 and onset not in {"", "qu"}:
                continue
            if onset == "gi" and rime.startswith("i"):
                continue
            yield onset, rime
    for rime in _AFTER_GI.split():
        yield "g" if rime.startswith("i") else "gi", rime


_RIME_OF = {onset + rime: (onset, rime) for onset, rime in _bases()}
_PLAIN = frozenset(fold(base) for base in _RIME_OF)


def valid(word: str) -> bool:
    """Whether a word in lower case and NFC, marks and tone included, is a syllable."""
    base, tone = split(word)
    return base in _RIME_OF and (tone in {"s", "j"} or not base.endswith(_STOPS))


def plausible(folded: str) -> bool:
    """Whether a folded word is what some syllable folds to."""
    return folded in _PLAIN


@lru_cache(maxsize=16384)
def split(word: str) -> tuple[str, str]:
    """A word without its tone, and the name of its tone (the last one, should it carry several)."""
    apart = unicodedata.normalize("NFD", word)
    tone = ""
    kept: list[str] = []
    for char in apart:
        if char in _MARKS:
            tone = next(name for name, mark in TONES.items() if mark == char)
        else:
            kept.append(char)
    return unicodedata.normalize("NFC", "".join(kept)), tone


def toned(base: str, tone: str) -> str:
    """The syllable ``base`` (which must be one) with a tone, written where the schoolbook has it ("hòa")."""
    if not tone:
        return base
    onset, rime = _RIME_OF[base]
    place = len(onset) + _seat(rime)
    return unicodedata.normalize("NFC", base[: place + 1] + TONES[tone] + base[place + 1 :])


def _seat(rime: str) -> int:
    """The place of the letter of a rime that carries the tone."""
    hats = [place for place, char in enumerate(rime) if char in _HATS]
    if hats:
        return hats[-1]
    vowels = [place for place, char in enumerate(rime) if char in "aeiouy"]
    if len(vowels) == 1:
        return vowels[0]
    return vowels[1] if len(vowels) == 3 or vowels[-1] < len(rime) - 1 else vowels[0]


def inventory() -> Iterator[str]:
    """Every syllable that the tables allow, in each of its tones."""
    for base in _RIME_OF:
        tones = ("s", "j") if base.endswith(_STOPS) else tuple(TONES)
        for tone in tones:
            yield toned(base, tone)
