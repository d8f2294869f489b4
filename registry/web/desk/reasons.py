"""Why records and files are not accepted, in the language of whoever reads it.

Intakes speak English, for logs and programs; what they say is told here in Vietnamese, sentence by sentence, from
a table. What the table does not know is shown as it was said.
"""

import re
import tomllib
from functools import lru_cache
from hashlib import blake2b
from importlib.resources import files

OTHER = "khac"
_MARKS = re.compile(r"\(\?:|\\[a-zA-Z.]\+?|[()\[\]*?+|$^\\]")  # what a pattern holds beside its words


def told(reason: str, language: str = "vi", *places: str) -> str:
    """What was said, without the ``places`` in front of it that are shown anyway."""
    bare = _bare(reason, places)
    if language != "vi":
        return bare
    for pattern, vi in _table():
        if found := pattern.search(bare):
            return vi.format(*(found[0], *(group or "" for group in found.groups())))
    return bare


def known(reason: str) -> bool:
    """Whether there are Vietnamese words for this."""
    return any(pattern.search(reason) for pattern, _ in _table())


def _bare(reason: str, places: tuple[str, ...]) -> str:
    found = reason
    for place in places:
        if place:
            found = found.removeprefix(place).lstrip(": ")
    return found or reason


@lru_cache(maxsize=1)
def _table() -> list[tuple[re.Pattern[str], str]]:
    text = (files(__package__) / "reasons.toml").read_text("utf-8")
    return [(re.compile(one["pattern"], re.DOTALL), one["vi"]) for one in tomllib.loads(text)["reason"]]


def kind(reason: str) -> str:
    """A short name for what kind of reason this is: the same for all that say the same of other records."""
    for pattern, _ in _table():
        if pattern.search(reason):
            return blake2b(pattern.pattern.encode(), digest_size=4).hexdigest()
    return OTHER


def title(name: str, language: str = "vi") -> str:
    """A kind of reason in words, without what differs from record to record; empty for ``OTHER``."""
    for pattern, vi in _table():
        if blake2b(pattern.pattern.encode(), digest_size=4).hexdigest() == name:
            text = (
                vi if language == "vi" else re.sub(r"\(\?:|\\[a-zA-Z.]\+?|[()\[\]*?+|$^]|\\", " ", pattern.pattern)
            )
            return " ".join(re.sub(r"\{\d\}", "…", text).split())
    return ""
