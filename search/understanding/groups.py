"""From the words of a question, and the rows they say, to groups and preferences."""

from collections.abc import Sequence
from itertools import groupby, pairwise
from operator import attrgetter

import msgspec

from search.query import Alternative, Group, Preference
from search.understanding import pairs
from search.understanding.cover import Match
from search.understanding.lexicon import Row, Value, Wording
from search.understanding.words import Words

# What a word counts as heard rather than as written, when it is no word of procedures and when it is one.
HEARD = 0.9
DOUBTED = 0.5
# An extra wording, and words that only say where or how.
ALSO = 0.5
# What the catalogue's own words count beside what they mean, and what else they mean in a longer question.
OWN = 1.0
BESIDE_OWN = 0.75
# Beside what is asked for by rows: a term of the catalogue, and any other word.
TERM = 1.0
LOOSE = 0.8
# Whom or what something is for, named after it ("… cho quán cà phê").
FOR = 0.5
# What follows "để" tells what for, not what.
PURPOSE = 0.25
MOST_WORDINGS = 8


def literal(words: Words, matches: Sequence[Match]) -> tuple[list[Group], list[Preference]]:
    """The groups and preferences of the words as they stand, with the rows that they say in their places."""
    rows = {start: list(some) for start, some in groupby(matches, attrgetter("start"))}
    silent = sum(len(one.places) for one in matches if one.row.aside)
    core = [one for one in matches if one.row.mean and not one.row.optional]
    beside = bool(core) or any(one.row.aside and one.row.keep == 0 for one in matches)
    groups: list[Group] = []
    place, cut, purpose = 0, None, _purpose(words)
    while place < len(words):
        if cut is None and place >= purpose:
            cut = len(groups)
        if here := rows.get(place):
            alone = len(here[0].places) + silent == len(words)
            said = _said(words, here, alone=alone)
            for_whom = place > 0 and words.plain[place - 1] == "cho" and any(one.start < place for one in core)
            groups += [lesser(group, FOR) for group in said] if for_whom else said
            place = here[0].end
        else:
            group = _word(words, place)
            groups.append(_loose(words, place, group, core=bool(core)) if beside else group)
            place += 1
    if cut is not None and any(not group.optional for group in groups[:cut]):
        groups[cut:] = [lesser(group, PURPOSE) for group in groups[cut:]]
    if all(group.optional for group in groups):
        groups = _demanded(words, groups)
    return groups, [_preference(one.row, value) for one in matches for value in one.row.prefer]


def own(words: Words, match: Match) -> bool:
    """Whether the words of a row are the catalogue's own, not those of every day."""
    plain = words.plain[match.start : match.end]
    if pairs.wording(plain):
        return True
    typed = f" {' '.join(words.written[match.start : match.end])} "
    return any(typed in f" {' '.join(one.words)} " for one in match.row.mean)


def lesser(group: Group, share: float) -> Group:
    """The group as a mere lift."""
    return msgspec.structs.replace(group, weight=share * group.weight, optional=True, partial=False)


def _purpose(words: Words) -> int:
    """The place from which the words tell what for ("… để bán đất"); the end when none do."""
    for place in range(1, len(words) - 1):
        if words.written[place] == "để" and words.plain[place + 1] not in {"lai", "o", "nghi"}:
            return place
    return len(words)


def _preference(row: Row, one: Value) -> Preference:
    return Preference(one.facet, one.value, one.weight, row.reason)


def _word(words: Words, place: int) -> Group:
    word, heard = words.written[place], words.heard[place]
    options = [Alternative((word,))]
    if heard is not None:
        weight = DOUBTED if pairs.known(words.plain[place]) else HEARD
        options.append(Alternative((heard,), weight, f"“{word}” có thể là “{heard}”"))
    return Group(tuple(options), partial=words.open and place == len(words) - 1)


def _loose(words: Words, place: int, group: Group, *, core: bool) -> Group:
    """A word beside what rows ask for, or in a question that talks: it only lifts where there is a ``core``."""
    near = words.plain[max(0, place - 1) : place + 2]
    term = any(pairs.official(left, right) for left, right in pairwise(near))
    if not core:
        return group
    return msgspec.structs.replace(group, weight=TERM if term else LOOSE, optional=True, partial=False)


def _said(words: Words, here: Sequence[Match], *, alone: bool) -> list[Group]:
    """The groups of words that rows explain: the typed words, and what they mean.

    Words that are the catalogue's own count themselves, the more so when they do not stand ``alone``.
    """
    rows = [one.row for one in here]
    typed = words.written[here[0].start : here[0].end]
    said = " ".join(typed)
    same = [one.weight for row in rows for one in row.mean if one.words == typed]
    keep, share = max([row.keep for row in rows] + same), 1.0
    if len(typed) > 1 and pairs.wording(words.plain[here[0].start : here[0].end]):
        keep, share = max(keep, OWN), 1.0 if alone else BESIDE_OWN
    meant = [
        Alternative(one.words, share * one.weight, f"“{said}” hiểu là “{one.text}”: {row.reason}")
        for row in rows
        for one in row.mean
        if one.words != typed
    ]
    groups: list[Group] = []
    if meant or same:
        options = [Alternative(typed, keep)] if keep else []
        options = sorted((*options, *meant), key=lambda one: -one.weight)[:MOST_WORDINGS]
        optional = all(row.optional or not row.mean for row in rows)
        groups.append(Group(tuple(options), weight=ALSO if optional else 1.0, optional=optional))
    elif keep:
        groups += [Group((Alternative((word,)),), weight=keep, optional=True) for word in typed]
    return groups + [_lift(row, one, said) for row in rows for one in row.also]


def _lift(row: Row, wording: Wording, said: str) -> Group:
    reason = f"“{said}” gợi đến “{wording.text}”: {row.reason}"
    return Group((Alternative(wording.words, 1.0, reason),), weight=ALSO * wording.weight, optional=True)


def _demanded(words: Words, groups: list[Group]) -> list[Group]:
    """Groups of a question in which nothing is asked for: what could be asked for, is."""
    if not any(one.reason for group in groups for one in group.alternatives):
        return [_word(words, place) for place in range(len(words))]
    return [
        msgspec.structs.replace(group, optional=False, weight=1.0)
        if any(one.reason for one in group.alternatives)
        else group
        for group in groups
    ]
