"""What a situation that was told adds to the groups of the words themselves."""

from collections.abc import Iterable, Sequence

import msgspec

from search.query import Alternative, Group
from search.understanding import pairs
from search.understanding.cover import Match
from search.understanding.groups import MOST_WORDINGS, lesser, own
from search.understanding.situations import Told
from search.understanding.words import Words

# What a situation adds to a question that names its procedure, and what its words count where it is all there is.
ADDED = 0.6
BESIDE = 0.5
# What the second and third situation count.
LATER = (1.0, 0.75, 0.6)
# Of a situation and everyday words, what is told in fewer words counts less.
LESS = 0.75
# As many known pairs in a row name a procedure, outside the words of the situation; twice as many, anywhere.
NAMING = 2


def tell(words: Words, matches: Sequence[Match], told: Sequence[Told], groups: list[Group]) -> list[Group]:
    """The groups with what the situations call for.

    Where the words name a procedure themselves, that only lifts. Else it is what is asked for, and so is what
    everyday words mean; all other words only lift.
    """
    if not told:
        return groups
    wanted = _wanted(told)
    if _named(words, matches, told[0]):
        return [*groups, msgspec.structs.replace(Group(wanted), weight=ADDED, optional=True)]
    longest = max((len(one.places) for one in matches if one.row.mean and not one.row.optional), default=0)
    first, second = (LESS, 1.0) if longest >= told[0].strength else (1.0, LESS)
    options = [_weighed(one, first) for one in wanted]
    options += [
        _weighed(one, second) for group in groups if not group.optional for one in group.alternatives if one.reason
    ]
    return [Group(_best(options)), *(lesser(group, BESIDE) for group in groups)]


def _weighed(one: Alternative, share: float) -> Alternative:
    return msgspec.structs.replace(one, weight=share * one.weight)


def _wanted(told: Sequence[Told]) -> tuple[Alternative, ...]:
    """The wordings of all situations, each once."""
    return _best(
        Alternative(want.words, later * want.weight, f"{one.situation.reason}: “{want.text}”")
        for later, one in zip(LATER, told, strict=False)
        for want in one.situation.want
    )


def _best(options: Iterable[Alternative]) -> tuple[Alternative, ...]:
    """The options that count most, each wording once."""
    kept: dict[tuple[str, ...], Alternative] = {}
    for one in sorted(options, key=lambda one: -one.weight):
        kept.setdefault(one.tokens, one)
    return tuple(kept.values())[:MOST_WORDINGS]


def _named(words: Words, matches: Sequence[Match], told: Told) -> bool:
    """Whether the words name a procedure or paper beside the situation that they tell."""
    for match in matches:
        outside = not told.words.issuperset(match.places)
        if match.row.mean and not match.row.optional and outside and (own(words, match) or match.row.exact):
            return True
    run = beside = 0
    for place in range(1, len(words)):
        joined = pairs.official(words.plain[place - 1], words.plain[place])
        run = run + 1 if joined else 0
        beside = beside + 1 if joined and not told.words & {place - 1, place} else 0
        if beside == NAMING or run == 2 * NAMING:
            return True
    return False
