"""From what was typed to a ``Query``: each step is a pure function of the one before it."""

from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise

import msgspec

from search import codes
from search.query import (
    MAX_CHARACTERS,
    MAX_TOKEN_LENGTH,
    MAX_TOKENS,
    Alternative,
    Group,
    Preference,
    Query,
)
from search.text import folded, repair, tokens
from search.understanding import ages, boundaries, dictation, keystrokes, lexicon, pairs, situations
from search.understanding.lexicon import Row, Wording
from search.understanding.phrases import Found

Known = Callable[[str], bool]

# What a word counts as heard rather than as written, when it is no word of procedures and when it is one; an extra
# wording; and what was told beside a situation.
HEARD = 0.9
DOUBTED = 0.5
ALSO = 0.5
BESIDE = 0.25
# What one situation adds to a question that is official already, and what the second and third one count.
ADDED = 0.4
LATER = (1.0, 0.75, 0.6)
# What the catalogue's own words count themselves beside what they mean, and what else they mean in a longer question.
OWN = 1.0
BESIDE_OWN = 0.75
# In a question that talks: a term beside what is asked for, and any other word.
TERM = 0.6
LOOSE = 0.35
# As many known pairs of words in a row name a procedure.
OFFICIAL = 2
# What follows "để" tells what for, not what.
PURPOSE = 0.25
_MOST_WORDINGS = 8


class Words(msgspec.Struct, frozen=True):
    """The words of a question: as they should stand, as they may have been meant, and whether the last is open."""

    written: tuple[str, ...]
    heard: tuple[str | None, ...]
    open: bool


def understand(text: str, known: Known | None = None) -> Query:
    """What a question means. ``known`` tells whether the index holds a folded word."""
    found, rest = codes.find(repair(text[:MAX_CHARACTERS]))
    words = read(rest, known, open_ended=text[-1:].isalnum() and not found)
    matches = cover(words)
    told = situations.told(words.written)
    groups, preferences = _literal(words, matches, _purpose(words))
    groups = _beside(words, matches, told, groups)
    groups += [
        Group(alternatives=(Alternative(tuple(tokens(age.say)), reason=age.reason),), weight=ALSO, optional=True)
        for age in ages.ages(words.written)
    ]
    return Query(
        groups=tuple(groups[:MAX_TOKENS]),
        codes=tuple(found),
        filters=_filters(matches),
        preferences=tuple(preferences),
    )


def read(text: str, known: Known | None = None, *, open_ended: bool = False) -> Words:
    """The words of a repaired text: keystrokes restored, run-together words cut, doubtful ones heard."""
    typed = [token[:MAX_TOKEN_LENGTH] for token in tokens(text)[:MAX_TOKENS]]
    restored = keystrokes.restore(typed, known)
    written = [part for word in restored for part in boundaries.cut(word)][:MAX_TOKENS]
    is_open = open_ended and bool(written) and restored[-1:] == typed[-1:] and written[-1] == typed[-1]
    return Words(tuple(written), tuple(dictation.heard(written, known)), is_open)


def cover(words: Words) -> list[tuple[Found, Row]]:
    """The rows of the lexicon that the words say, the longest first from left to right, none overlapping."""
    index = lexicon.phrases()
    heard = [other or word for word, other in zip(words.written, words.heard, strict=True)]
    doubted = frozenset(place for place, other in enumerate(words.heard) if other is not None)
    found: list[tuple[Found, Row]] = []
    place = 0
    while place < len(heard):
        here = index.at(words.written, place)
        if doubted:
            here += [one for one in index.at(heard, place) if _certain(one, doubted)]
        if not here or _inner(words, place, here):
            place += 1
            continue
        best = max(here, key=lambda one: (one.end, len(index.values[one.value].mean) > 0))
        if better := _later(words, heard, best):
            here = [one for one in here if one.end <= better]
            if not here:
                place += 1
                continue
            best = max(here, key=lambda one: (one.end, len(index.values[one.value].mean) > 0))
        same = [one for one in here if one.end == best.end and one.value != best.value]
        found.append((best, index.values[best.value]))
        found += [(one, index.values[one.value]) for one in dict.fromkeys(same)]
        place = best.end
    return found


def _later(words: Words, heard: Sequence[str], best: Found) -> int:
    """Where a longer phrase begins inside this one and goes on beyond it ("mất sổ đỏ" after "bị mất"); 0 if none."""
    index = lexicon.phrases()
    for place in range(best.start + 1, best.end):
        for one in (*index.at(words.written, place), *index.at(heard, place)):
            if one.end > best.end and one.end - one.start > best.end - best.start and not index.values[one.value].aside:
                return place
    return 0


def _certain(found: Found, doubted: frozenset[int]) -> bool:
    """Whether words as heard say a phrase for sure: at least one of them stands as it was typed."""
    places = frozenset(range(found.start, found.end))
    return not places.isdisjoint(doubted) and not places <= doubted


def _inner(words: Words, place: int, here: Sequence[Found]) -> bool:
    """Whether a word to set aside is but a syllable of a longer word ("sao" in "bản sao")."""
    rows = [lexicon.phrases().values[one.value] for one in here]
    if any(one.end > place + 1 for one in here) or any(row.mean and not row.optional for row in rows):
        return False
    word = folded(words.written[place])
    before = folded(words.written[place - 1]) if place else ""
    after = folded(words.written[place + 1]) if place + 1 < len(words.written) else ""
    # Without its marks a word may be any of many, so that its neighbours decide more.
    near = pairs.beside if words.written[place] == word else pairs.compound
    return near(before, word) or near(word, after)


def _purpose(words: Words) -> int:
    """The place from which the words tell what for ("… để bán đất"); the end when none do."""
    plain = [folded(word) for word in words.written]
    for place in range(1, len(plain) - 1):
        if words.written[place] == "để" and plain[place + 1] not in {"lai", "o", "nghi"}:
            return place
    return len(plain)


def _literal(
    words: Words, matches: Sequence[tuple[Found, Row]], purpose: int
) -> tuple[list[Group], list[Preference]]:
    """The groups and preferences of the words as they stand, rows of the lexicon in their places."""
    groups: list[Group] = []
    preferences: list[Preference] = []
    starts: dict[int, list[tuple[Found, Row]]] = {}
    for found, row in matches:
        starts.setdefault(found.start, []).append((found, row))
    silent = sum(found.end - found.start for found, row in matches if row.aside)
    talk = any(row.aside and row.keep == 0 for _, row in matches)
    core = any(row.mean and not row.optional for _, row in matches)
    place = 0
    cut: int | None = None
    while place < len(words.written):
        if cut is None and place >= purpose:
            cut = len(groups)
        here = starts.get(place)
        if here is None:
            group = _word(words, place)
            groups.append(_loose(words, place, group, core=core) if talk else group)
            place += 1
            continue
        end = here[0][0].end
        rows = [row for _, row in here]
        groups += _said(words.written[place:end], rows, alone=end - place + silent == len(words.written))
        preferences += [
            Preference(one.facet, one.value, one.weight, row.reason) for _, row in here for one in row.prefer
        ]
        place = end
    if cut is not None and any(not group.optional for group in groups[:cut]):
        groups[cut:] = [
            msgspec.structs.replace(group, weight=PURPOSE * group.weight, optional=True, partial=False)
            for group in groups[cut:]
        ]
    if not any(not group.optional for group in groups):
        groups = _demanded(words, groups)
    return groups, preferences


def _loose(words: Words, place: int, group: Group, *, core: bool) -> Group:
    """A word of a talkative question: only terms of the catalogue are asked for, and none beside a ``core``."""
    plain = [folded(word) for word in words.written[max(0, place - 1) : place + 2]]
    term = any(pairs.official(left, right) for left, right in pairwise(plain))
    if term and not core:
        return group
    return msgspec.structs.replace(group, weight=TERM if term else LOOSE, optional=True, partial=False)


def _word(words: Words, place: int) -> Group:
    word, heard = words.written[place], words.heard[place]
    options = [Alternative((word,))]
    if heard is not None:
        weight = DOUBTED if pairs.known(folded(word)) else HEARD
        options.append(Alternative((heard,), weight, f"“{word}” có thể là “{heard}”"))
    return Group(tuple(options), partial=words.open and place == len(words.written) - 1)


def _said(typed: Sequence[str], rows: Sequence[Row], *, alone: bool) -> list[Group]:
    """The groups of a phrase that rows explain: the typed words, and what they mean.

    Words that are the catalogue's own count themselves, the more so when they do not stand ``alone``.
    """
    said = " ".join(typed)
    same = [one.weight for row in rows for one in row.mean if one.words == tuple(typed)]
    keep = max([row.keep for row in rows] + same)
    share = 1.0
    if len(typed) > 1 and pairs.wording([folded(word) for word in typed]):
        keep, share = max(keep, OWN), share if alone else BESIDE_OWN
    meant = [
        Alternative(one.words, share * one.weight, f"“{said}” hiểu là “{one.text}”: {row.reason}")
        for row in rows
        for one in row.mean
        if one.words != tuple(typed)
    ]
    optional = all(row.optional or not row.mean for row in rows)
    groups: list[Group] = []
    if meant or same:
        literal = [Alternative(tuple(typed), keep)] if keep else []
        options = sorted((*literal, *meant), key=lambda one: -one.weight)[:_MOST_WORDINGS]
        groups.append(Group(tuple(options), weight=ALSO if optional else 1.0, optional=optional))
    elif keep:
        groups += [Group((Alternative((word,)),), weight=keep, optional=True) for word in typed]
    groups += [_lift(row, one, said) for row in rows for one in row.also]
    return groups


def _lift(row: Row, wording: Wording, said: str) -> Group:
    reason = f"“{said}” gợi đến “{wording.text}”: {row.reason}"
    return Group((Alternative(wording.words, 1.0, reason),), weight=ALSO * wording.weight, optional=True)


def _demanded(words: Words, groups: list[Group]) -> list[Group]:
    """Groups of a question in which nothing is asked for: what could be asked for, is."""
    meant = [group for group in groups if any(one.reason for one in group.alternatives)]
    if meant:
        return [
            msgspec.structs.replace(group, optional=False, weight=1.0) if group in meant else group
            for group in groups
        ]
    return [_word(words, place) for place in range(len(words.written))]


def _beside(
    words: Words,
    matches: Iterable[tuple[Found, Row]],
    told: Sequence[situations.Told],
    groups: list[Group],
) -> list[Group]:
    """The groups with those of the situations: beside an official question a lift, else what is asked for."""
    if not told:
        return groups
    best: dict[tuple[str, ...], Alternative] = {}
    for later, one in zip(LATER, told, strict=False):
        for want in one.situation.want:
            option = Alternative(want.words, later * want.weight, f"{one.situation.reason}: “{want.text}”")
            if want.words not in best or best[want.words].weight < option.weight:
                best[want.words] = option
    options = sorted(best.values(), key=lambda one: -one.weight)
    wanted = Group(tuple(options[:_MOST_WORDINGS]))
    if _official(words, matches, told[0]):
        return [*groups, msgspec.structs.replace(wanted, weight=ADDED, optional=True)]
    aside = [
        msgspec.structs.replace(group, weight=BESIDE * group.weight, optional=True, partial=False)
        for group in groups
    ]
    return [wanted, *aside]


def _official(words: Words, matches: Iterable[tuple[Found, Row]], told: situations.Told) -> bool:
    """Whether the words name a procedure or paper beside the situation that they tell."""
    for found, row in matches:
        if row.mean and not row.optional and not told.words.issuperset(range(found.start, found.end)):
            return True
    plain = [folded(word) for word in words.written]
    run = beside = 0
    for place in range(1, len(plain)):
        joined = pairs.official(plain[place - 1], plain[place])
        run = run + 1 if joined else 0
        beside = beside + 1 if joined and not told.words & {place - 1, place} else 0
        if beside == OFFICIAL or run == 2 * OFFICIAL:
            return True
    return False


def _filters(matches: Iterable[tuple[Found, Row]]) -> dict[str, list[str]]:
    filters: dict[str, list[str]] = {}
    for _, row in matches:
        for one in row.demand:
            filters.setdefault(one.facet, []).append(one.value)
    return filters
