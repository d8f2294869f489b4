"""From what was typed to a ``Query``: each step is a pure function of the one before it."""

from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from search import codes
from search.codes import Code
from search.query import MAX_CHARACTERS, MAX_TOKENS, Alternative, Group, Query
from search.text import repair, tokens
from search.understanding import ages, groups, situations, telling
from search.understanding.cover import Match, cover
from search.understanding.situations import Told
from search.understanding.words import Known, Words, read


class Parsed(NamedTuple):
    """What is found in a question, before it is decided what is asked."""

    codes: tuple[Code, ...]
    rest: str
    words: Words
    matches: tuple[Match, ...]
    told: tuple[Told, ...]


@lru_cache(maxsize=256)
def parse(text: str, known: Known | None = None) -> Parsed:
    """The codes, words, rows and situations in a question; remembered, since a question is read again to be
    explained."""
    found, rest = codes.find(repair(text[:MAX_CHARACTERS]))
    words = read(rest, known, open_ended=text[-1:].isalnum() and not found)
    told = situations.told(words.written, marked=words.marked)
    return Parsed(tuple(found), rest, words, tuple(cover(words)), tuple(told))


@lru_cache(maxsize=256)
def understand(text: str, known: Known | None = None) -> Query:
    """What a question means. ``known`` tells whether the index holds a folded word."""
    if not text.strip():
        return Query()  # known without reading the dictionaries, for which a start would wait
    found, _, words, matches, told = parse(text, known)
    literal, preferences = groups.literal(words, matches)
    asked = telling.tell(words, matches, told, literal)
    asked += [
        Group((Alternative(tuple(tokens(age.say)), reason=age.reason),), weight=groups.ALSO, optional=True)
        for age in ages.ages(words.written)
    ]
    return Query(
        groups=tuple(asked[:MAX_TOKENS]),
        codes=found,
        filters=_filters(matches),
        preferences=tuple(preferences),
    )


def _filters(matches: Iterable[Match]) -> dict[str, list[str]]:
    filters: dict[str, list[str]] = {}
    for match in matches:
        for one in match.row.demand:
            filters.setdefault(one.facet, []).append(one.value)
    return filters


def explain(text: str, known: Known | None = None) -> list[str]:
    """How a question was understood, one sentence for each thing that was not taken as it stands."""
    query = understand(text, known)
    reasons = [one.reason for group in query.groups for one in group.alternatives]
    reasons += [one.reason for one in query.preferences]
    return list(dict.fromkeys(reason for reason in reasons if reason))
