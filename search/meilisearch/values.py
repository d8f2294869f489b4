"""Values as Meilisearch can tell them apart.

Meilisearch compares filter values without regard to case, composition and outer spaces, and keeps 468 bytes of
them. Values are therefore written in an alphabet that survives this. It holds neither quotes nor backslashes,
so that a value can never be read as a part of a filter.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from hashlib import blake2b

from search.contract import FOREVER

_PLAIN = re.compile(r"[^a-z0-9._*=/-]")
_ESCAPED = re.compile(r"\^([a-z])|~([0-9a-f]+);|~$")
_LENGTH = 400
_EMPTY = "~"
# A filter that nothing passes.
NOTHING = "key IN []"


def _escape(match: re.Match[str]) -> str:
    char = match.group()
    return f"^{char.lower()}" if char.isascii() and char.isupper() else f"~{ord(char):x};"


def _unescape(match: re.Match[str]) -> str:
    letter, point = match.groups()
    if letter:
        return str(letter).upper()
    return chr(int(point, 16)) if point else ""


@lru_cache(maxsize=16384)
def encode(value: str) -> str:
    """A value in the safe alphabet. Very long ones are cut, and told apart by a digest at their end."""
    written = _PLAIN.sub(_escape, value) or _EMPTY
    if len(written) <= _LENGTH:
        return written
    cut = written[: _LENGTH - 60].rpartition("~")[0] or written[: _LENGTH - 60]
    return f"{cut}/{blake2b(value.encode('utf-8', 'surrogatepass'), digest_size=16).hexdigest()}"


@lru_cache(maxsize=16384)
def decode(written: str) -> str:
    """The value that was encoded; of one that was cut, what is left."""
    return _ESCAPED.sub(_unescape, written)


def identity(key: str) -> str:
    """A document id as Meilisearch allows them: letters and digits only, of fixed length."""
    return blake2b(key.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def one_of(attribute: str, values: Iterable[str]) -> str:
    """A filter: the attribute has one of these values, which are encoded, words or keys."""
    quoted = ",".join(f'"{value}"' for value in values if '"' not in value and "\\" not in value)
    return f"{attribute} IN [{quoted}]" if quoted else NOTHING


def every(filters: Iterable[str]) -> str:
    """All of these filters; at least one must be given."""
    some = list(filters)
    return some[0] if len(some) == 1 else "(" + " AND ".join(some) + ")"


def either(filters: Iterable[str]) -> str:
    """One of these filters; at least one must be given."""
    some = list(filters)
    return some[0] if len(some) == 1 else "(" + " OR ".join(some) + ")"


def at_least(count: int, filters: list[str]) -> str:
    """So many of these filters. Grows with the binomial coefficient: meant for a handful of them."""
    if count >= len(filters):
        return every(filters)
    if count <= 1:
        return either(filters)
    first, rest = filters[0], filters[1:]
    return either([every([first, at_least(count - 1, rest)]), at_least(count, rest)])


def in_force(day: int) -> str:
    """A filter: in force on this day."""
    day = min(max(0, day), FOREVER)
    return f"validFrom <= {day} AND validTo > {day}"
