"""Whose procedures and announcements are whose, on the catalogue's side."""

from datetime import date, timedelta

import msgspec

from registry import calendar
from registry.metrics.activity import numbering
from registry.metrics.boundaries import Atlas, atlas
from registry.metrics.holdings import Act, Held, Holdings
from registry.metrics.periods import Span
from registry.metrics.sides import Announced, Condition, Deadline
from registry.vocabulary import Level
from search.text import fold

LOCAL = {Level.PROVINCE, Level.DISTRICT, Level.COMMUNE}


class Whose(msgspec.Struct, frozen=True):
    """What tells whose procedures are meant: agencies with the same have the same procedures.

    ``province`` carries out what is national at its levels and what it announced itself; ``level`` narrows that to
    one level; ``body`` to what this agency executes. Without a province ``body`` has what it issues or executes.
    What does not exist on the day has ``nothing``.
    """

    province: str | None = None
    level: str | None = None
    body: str | None = None
    nothing: bool = False


def whose(map_: Atlas, agency: str | None, below: bool, day: date) -> Whose:
    """Whose procedures an agency's are: all where there is none."""
    if agency is None:
        return Whose()
    if not map_.exists(agency, day):
        return Whose(nothing=True)
    seat = map_.tree(day)[agency]
    provinces = [code for code, level in zip(seat.chain, seat.levels, strict=True) if level == Level.PROVINCE]
    if not provinces:
        return Whose(body=agency)
    province = provinces[-1]
    if agency == province:
        return Whose(province, None if below else Level.PROVINCE.value)
    if seat.level in (Level.DISTRICT, Level.COMMUNE):
        return Whose(province, seat.level)
    return Whose(province, None, agency)


def offered(found: Holdings, owner: Whose, where: tuple[Condition, ...], day: date) -> tuple[Held, ...]:
    """The procedures in force on ``day`` that are ``owner``'s and meet the conditions, by code."""

    def make() -> tuple[Held, ...]:
        if not where:
            return _owned(found, owner, day)
        fit = _meeting(found, where)
        return tuple([one for one in offered(found, owner, (), day) if one.seq in fit])

    return found.once(("offered", owner, where, day), make)


def mask(found: Holdings, owner: Whose, where: tuple[Condition, ...], day: date) -> int:
    """What is ``offered``, as a set of ``numbering``."""
    key = ("mask", owner, where, day)
    return found.once(key, lambda: numbering.mask({one.code for one in offered(found, owner, where, day)}))


def _meeting(found: Holdings, where: tuple[Condition, ...]) -> frozenset[int]:
    """The versions that meet the conditions, by their numbers: whoever's they are, and on whatever day."""

    def meets(condition: Condition) -> set[int]:
        having = found.having
        fit = set[int]().union(*(having.get((condition.trait, value), ()) for value in condition.values))
        return {one.seq for one in found.versions} - fit if condition.negated else fit

    return found.once(("meeting", where), lambda: frozenset(set.intersection(*map(meets, where))))


def _owned(found: Holdings, owner: Whose, day: date) -> tuple[Held, ...]:
    everything = [] if owner.nothing else found.in_force(day)
    if owner.province is None:
        if owner.body is None:
            return tuple(everything)
        inside = _inside(found, owner.body, day)
        return tuple(
            [
                one
                for one in everything
                if one.content.issuer in inside or any(code in inside for code, _ in one.content.doers)
            ]
        )
    shared, own = _shared(found), _inside(found, owner.province, day)
    local = [one for one in everything if one.seq in shared or one.content.issuer in own]
    if owner.level is not None:
        return tuple([one for one in local if owner.level in one.content.levels])
    if owner.body is None:
        return tuple(local)
    name, inside = fold(atlas(found).state(owner.body, day).name), _inside(found, owner.body, day)
    return tuple(
        [one for one in local if any(code in inside or _class_of(doer, name) for code, doer in one.content.doers)]
    )


def _inside(found: Holdings, agency: str, day: date) -> frozenset[str | None]:
    """An agency and all below it on a day."""
    map_ = atlas(found)

    def make() -> frozenset[str | None]:
        tree = map_.tree(day)
        return (
            frozenset(code for code, seat in tree.items() if agency in seat.chain)
            if agency in tree
            else frozenset()
        )

    return found.once(("inside", agency, map_.epoch(day)), make)


def _shared(found: Holdings) -> frozenset[int]:
    """The national versions that provinces carry out, by their numbers."""
    return found.once(
        ("shared",),
        lambda: frozenset(
            one.seq for one in found.versions if one.content.national and not LOCAL.isdisjoint(one.content.levels)
        ),
    )


def _class_of(doer: str, name: str) -> bool:
    """Whether ``doer`` names the class of the agency: "Sở Tư pháp" that of "Sở Tư pháp tỉnh Thái Nguyên"."""
    return bool(doer) and (name == doer or name.startswith(doer + " "))


class Judged(msgspec.Struct, frozen=True):
    """An announcement in a period. ``met`` is whether it kept the deadline; ``reason`` why it is left out."""

    act: Act
    day: date
    deadline: date | None = None
    met: bool = True
    reason: str = ""


def judge(act: Act, term: Announced, span: Span, as_of: date) -> Judged | None:
    """An announcement by a deadline; ``None`` where the period does not have it."""
    rule = term.deadline
    if rule is None:
        day = act.effective or act.decided
        return Judged(act, day) if day and span.start <= day <= span.end else None
    done, _ = _days(act, rule)
    limit = deadline(act, rule)
    if done is not None and span.start <= done <= span.end:
        if limit is None:
            return Judged(act, done, None, False, f"no-{rule.since}-day")
        return Judged(act, done, limit, done <= limit)
    if not rule.due or limit is None or not span.start <= limit <= span.end:
        return None
    if done is None and limit >= as_of:
        return Judged(act, limit, limit, False, "not-due-yet")
    return Judged(act, limit, limit, done is not None and done <= limit)


def deadline(act: Act, rule: Deadline) -> date | None:
    """The last day on which it is in time; ``None`` where the day that it is counted from is not known."""
    _, since = _days(act, rule)
    if since is None:
        return None
    days = rule.ministry if act.ministry else rule.days
    try:
        return calendar.add_working(since, days)
    except OverflowError:
        return since + timedelta(days=days)


def _days(act: Act, rule: Deadline) -> tuple[date | None, date | None]:
    days = {"decided": act.decided, "effective": act.effective, "published": act.published}
    return days[rule.by], days[rule.since]


def carried(found: Holdings, act: Act, agencies: tuple[str, ...]) -> tuple[str, ...]:
    """Of these agencies those whose announcement it is: it was issued by them, below them, or above them."""
    map_ = atlas(found)
    issuer, day = act.issuer, act.decided or act.effective or act.published or date.min
    if issuer is None or issuer not in map_:
        return ()

    def make() -> tuple[str, ...]:
        tree = map_.tree(day)
        above = tree[issuer].chain
        return tuple(code for code in agencies if code in above or issuer in tree[code].chain)

    return found.once(("carried", issuer, map_.epoch(day), agencies), make)
