"""What of a question was not taken as it stands, told so that people can read it."""

from collections.abc import Iterator

import msgspec

from search.query import MAX_TOKENS
from search.text import syllables, tokens
from search.understanding.cover import Match
from search.understanding.reading import Parsed, parse

MOST_MEANINGS = 6


class Meaning(msgspec.Struct, frozen=True):
    """Words of a question, as they should stand, and what they were taken for."""

    text: str
    meaning: str


def meanings(text: str) -> list[Meaning]:
    """What was understood of a question, in the order of its words, at most ``MOST_MEANINGS``.

    What only repeats the words is left out, and so are words that are set aside.
    """
    parsed = parse(text, None)
    found = [*_restored(parsed), *_said(parsed), *_told(parsed)]
    told = dict.fromkeys(one for one in found if not _within(one.text, one.meaning))
    return list(told)[:MOST_MEANINGS]


def _restored(parsed: Parsed) -> Iterator[Meaning]:
    """The whole, where keystrokes or the bounds of words were put right; compared with marks and spaces."""
    typed = tokens(parsed.rest)[:MAX_TOKENS]
    if tuple(typed) != parsed.words.written:
        yield Meaning(" ".join(typed), " ".join(parsed.words.written))


def _said(parsed: Parsed) -> Iterator[Meaning]:
    """What rows of the lexicon say of words, and what other words may have been heard as."""
    words = parsed.words
    rows: dict[int, Match] = {}
    for match in parsed.matches:
        if not match.row.aside:
            rows.setdefault(match.start, match)
    covered = {place for match in parsed.matches for place in match.places}
    for place, word in enumerate(words.written):
        heard = words.heard[place]
        if place in rows:
            match = rows[place]
            yield Meaning(" ".join(words.written[match.start : match.end]), _meaning(match))
        elif heard is not None and place not in covered:
            yield Meaning(word, heard)


def _meaning(match: Match) -> str:
    """The likeliest wording, or what the row says of itself."""
    row = match.row
    wording = next(iter((*row.mean, *row.also)), None)
    return wording.text if wording is not None else row.reason


def _told(parsed: Parsed) -> Iterator[Meaning]:
    """The most specific situation, by the words that tell it."""
    for told in parsed.told[:1]:
        yield Meaning(" ".join(parsed.words.written[place] for place in sorted(told.words)), told.situation.reason)


def _within(text: str, meaning: str) -> bool:
    """Whether the meaning only repeats the words, perhaps with others around them.

    Words that are run together or carry keystrokes are no repetition, words without marks are.
    """
    return f" {' '.join(syllables(text))} " in f" {' '.join(syllables(meaning))} "
