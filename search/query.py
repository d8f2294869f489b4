"""What a question means, put so that any engine can carry it out.

Text becomes a ``Query`` by a builder (``Callable[[str], Query]``). ``plain`` is the one that knows nothing of
the field; query understanding is another builder of the same shape.
"""

from collections.abc import Callable

import msgspec

from search.codes import Code, find
from search.text import repair, tokens

# Beyond these a query is cut: no one means them, and time must stay bounded.
MAX_CHARACTERS = 1000
MAX_TOKENS = 60
MAX_TOKEN_LENGTH = 40


class Alternative(msgspec.Struct, frozen=True):
    """One way to say a group: words in lower case with their marks, all of which must be found.

    ``weight`` is relative to the other ways of the group; ``reason`` says to people why it stands here.
    """

    tokens: tuple[str, ...]
    weight: float = 1.0
    reason: str = ""


class Group(msgspec.Struct, frozen=True):
    """One thing that is asked for, in its alternatives.

    A document need not have every group, but must have those that are ``required``. ``optional`` groups lift
    what has them and are never asked for. ``partial`` says that the last word may still be being typed.
    """

    alternatives: tuple[Alternative, ...]
    weight: float = 1.0
    required: bool = False
    optional: bool = False
    partial: bool = False


class Preference(msgspec.Struct, frozen=True):
    """Lift documents with this value of a facet (or of ``code``), by about ``weight`` well-matched words."""

    facet: str
    value: str
    weight: float = 1.0
    reason: str = ""


class Query(msgspec.Struct, frozen=True):
    """A question, understood.

    ``groups`` are in the order in which they were typed; neighbours are worth more side by side. ``codes``
    are looked up before all else. ``filters`` are facet values that the text demands (OR inside, AND across),
    and join those of the ``Question``; ``preferences`` only lift.
    """

    groups: tuple[Group, ...] = ()
    codes: tuple[Code, ...] = ()
    filters: dict[str, list[str]] = {}
    preferences: tuple[Preference, ...] = ()

    @property
    def empty(self) -> bool:
        """Nothing is asked for: every document answers."""
        return not (self.groups or self.codes or self.preferences)


Understanding = Callable[[str], Query]


def word(token: str, *, partial: bool = False) -> Group:
    """A group of one word."""
    return Group(alternatives=(Alternative(tokens=(token,)),), partial=partial)


def plain(text: str) -> Query:
    """Each word one group, the last one open, codes set apart. A space at the end closes the last word."""
    open_ended = text[-1:].isalnum()
    found, rest = find(repair(text[:MAX_CHARACTERS]))
    typed = [token[:MAX_TOKEN_LENGTH] for token in tokens(rest)[:MAX_TOKENS]]
    last = len(typed) - 1 if open_ended and not found else None
    groups = tuple(word(token, partial=place == last) for place, token in enumerate(typed))
    return Query(groups=groups, codes=tuple(found))
