"""The words of a question, as they should stand."""

from collections.abc import Callable

import msgspec

from search.query import MAX_TOKEN_LENGTH, MAX_TOKENS
from search.text import folded, tokens
from search.understanding import boundaries, dictation, keystrokes

Known = Callable[[str], bool]

# As many words, and this share of them, say that a text is written with its marks.
_MARKED = 2
_SHARE = 0.25


class Words(msgspec.Struct, frozen=True):
    """The words of a question: as they should stand, as they may have been meant, and folded.

    ``open`` says that the last one may still be being typed, ``marked`` that marks are typed at all.
    """

    written: tuple[str, ...]
    heard: tuple[str | None, ...]
    plain: tuple[str, ...]
    open: bool = False
    marked: bool = False

    def __len__(self) -> int:
        return len(self.written)


def read(text: str, known: Known | None = None, *, open_ended: bool = False) -> Words:
    """The words of a repaired text: keystrokes restored, run-together words cut, doubtful ones heard."""
    typed = [token[:MAX_TOKEN_LENGTH] for token in tokens(text)[:MAX_TOKENS]]
    restored = keystrokes.restore(typed, known)
    written = [part for word in restored for part in boundaries.cut(word)][:MAX_TOKENS]
    plain = [folded(word) for word in written]
    marks = sum(one != two for one, two in zip(written, plain, strict=True))
    return Words(
        written=tuple(written),
        heard=tuple(dictation.heard(written, known)),
        plain=tuple(plain),
        open=open_ended and bool(written) and written[-1] == typed[-1],
        marked=marks >= max(_MARKED, _SHARE * len(written)),
    )
