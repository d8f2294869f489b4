"""What everyone may see: numbers of fewer than five dossiers are hidden, and so is what would reveal them.

Within one answer a hidden group cannot be worked out from the total and the other groups: what is hidden together
is at least two groups, and no fewer than five dossiers on each side. Points that rest on a single hidden value are
hidden with it.
"""

from collections.abc import Sequence

from msgspec.structs import replace

from registry.metrics.answer import Answer, Compared, Group, Scorecard, Scored, Standing, Value

LEAST = 5
PRIVATE = ("dossiers", "petitions")


def small(value: Value, units: Sequence[str]) -> bool:
    """Whether a value shows a number that only few dossiers stand behind."""
    if not set(units) & set(PRIVATE):
        return False
    sides = [value.numerator, value.denominator]
    counts = [side for side, unit in zip(sides, units, strict=False) if unit in PRIVATE]
    counts += [*value.excluded.values(), *value.quality.values()]
    return any(number is not None and 0 < number < LEAST for number in counts)


def hidden(value: Value) -> Value:
    """A value that tells nothing but that it is hidden."""
    return Value(None, None, None, None, {}, {}, value.flags, hidden=True)


def public(answer: Answer) -> Answer:
    """An answer as everyone may see it."""
    units = answer.units
    value = hidden(answer.value) if small(answer.value, units) else answer.value
    return replace(
        answer,
        value=value,
        groups=_groups(answer.groups, units),
        compared=_compared(answer.compared, value, units),
        rank=answer.rank and replace(answer.rank, peers=_groups(answer.rank.peers, units)),
    )


def _groups(groups: tuple[Group, ...], units: Sequence[str]) -> tuple[Group, ...]:
    chosen = {place for place, group in enumerate(groups) if small(group.value, units)}
    shown = sorted((place for place in range(len(groups)) if place not in chosen), key=lambda n: _size(groups[n]))
    while chosen and shown and _reveals([groups[place].value for place in chosen], units):
        place = shown.pop(0)
        if _size(groups[place]):
            chosen.add(place)
    return tuple(
        replace(group, value=hidden(group.value), place=None) if place in chosen else group
        for place, group in enumerate(groups)
    )


def _size(group: Group) -> int:
    return (group.value.denominator or 0) + (group.value.numerator or 0)


def _reveals(values: list[Value], units: Sequence[str]) -> bool:
    """Whether the total less what is shown tells of few: what remains is the sum of these values."""
    tops = sum(value.numerator or 0 for value in values)
    bottoms = sum(value.denominator or 0 for value in values)
    reasons = {reason for value in values for reason in (*value.excluded, *value.quality)}
    rests = [
        sum(value.excluded.get(reason, 0) + value.quality.get(reason, 0) for value in values) for reason in reasons
    ]
    counts = [number for number, unit in zip((tops, bottoms), units, strict=False) if unit in PRIVATE]
    return len(values) < 2 or any(0 < number < LEAST for number in (*counts, *rests))


def _compared(compared: Compared | None, value: Value, units: Sequence[str]) -> Compared | None:
    if compared is None:
        return None
    before = hidden(compared.value) if small(compared.value, units) else compared.value
    if not before.hidden and not value.hidden:
        return compared
    return Compared(compared.period, before, None, None, None)


def public_scorecard(card: Scorecard) -> Scorecard:
    """A scorecard as everyone may see it: the points of a group with a single hidden value are hidden, and the
    total's where only one group's are."""
    groups = tuple(_scored(group) for group in card.groups)
    single = sum(group.points is None for group in groups) == 1
    earlier = sum(group.change is None for group in groups) == 1
    return replace(
        card,
        groups=groups,
        points=None if single else card.points,
        classification=None if single else card.classification,
        classification_title=None if single else card.classification_title,
        change=None if single or earlier else card.change,
        peers=tuple(map(_standing, card.peers)),
        below=tuple(map(_standing, card.below)),
        hidden=single,
    )


def _scored(group: Scored) -> Scored:
    answers = tuple(map(public, group.indicators))
    single = sum(one.value.hidden for one in answers) == 1
    before = sum(one.compared is not None and one.compared.value.hidden for one in answers) == 1
    return replace(
        group,
        indicators=answers,
        points=None if single else group.points,
        change=None if single or before else group.change,
    )


def _standing(one: Standing) -> Standing:
    single = len(one.sparse) == 1
    return replace(
        one,
        groups={code: None if code in one.sparse else points for code, points in one.groups.items()},
        points=None if single else one.points,
        classification=None if single else one.classification,
    )
