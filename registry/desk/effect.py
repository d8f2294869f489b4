"""What publishing a draft of an announcement would do, before it counts."""

from collections.abc import Mapping
from datetime import date

import msgspec

from registry import lint
from registry.access.actors import Actor
from registry.catalogue import timeline, versions
from registry.catalogue.timeline import Span
from registry.desk import gate
from registry.desk.contents import AnnouncementDraft, ItemDraft
from registry.desk.deadlines import Deadline, deadlines
from registry.desk.planning import Held, Line, Place, Plan
from registry.desk.reasons import Reason
from registry.desk.standing import Bodies, Standing, standing
from registry.engine import Database
from registry.lint import Finding
from registry.procedure import Agency, Procedure
from registry.sections import SectionDifference, differences
from registry.vocabulary import Action, Role
from search.text import slug


class Outcome(msgspec.Struct, frozen=True, rename="camel"):
    """What becomes of one procedure on the day of effect. ``becomes`` is begins, changes, ends, moves (the same
    content on other days), stays or absent (in force neither before nor after). It was in force on
    ``was_from <= day < was_to`` and will be on ``valid_from <= day < valid_to``, where it was or will be.
    ``differences`` are by section."""

    code: str
    name: str
    becomes: str
    was_from: date | None
    was_to: date | None
    valid_from: date | None
    valid_to: date | None
    differences: list[SectionDifference]


class ItemEffect(msgspec.Struct, frozen=True, rename="camel"):
    """One item: the procedures that it ends or changes, those in force after it, and who succeeds whom (n→m)."""

    action: Action
    outcomes: list[Outcome]
    old: list[str]
    new: list[str]


class Remark(msgspec.Struct, frozen=True, rename="camel"):
    """What page lint has to say of one procedure's new content: its score, 0 to 100, and the one before (``None``
    for what is new), and what to improve. No remark keeps anything from being published."""

    code: str
    name: str
    before: int | None
    score: int
    findings: list[Finding]


class Unserved(msgspec.Struct, frozen=True, rename="camel"):
    """A procedure that no competent agency would be left for, and why: ``agencies`` names those that will not
    exist on the day; empty where none is named at all."""

    code: str
    name: str
    agencies: list[str]


class Effect(msgspec.Struct, frozen=True, rename="camel"):
    """What publishing would do on ``day``. ``reasons`` are what the gate would refuse it for; ``in_force`` how
    many procedures are in force on that day, before and after; ``remarks`` are what page lint would improve."""

    announcement: str
    day: date
    revision: int
    publishable: bool
    reasons: list[Reason]
    items: list[ItemEffect]
    without_competent: list[Unserved]
    deadlines: list[Deadline]
    in_force_before: int
    in_force_after: int
    remarks: list[Remark]


async def effect(database: Database, draft: AnnouncementDraft, actor: Actor, language: str = "vi") -> Effect:
    """What ``actor`` would do by publishing ``draft`` now. Changes nothing; call inside a snapshot."""
    known = await standing(database, draft)
    day, plan = gate.day_of(draft, known.today), gate.planned(draft, known)
    reasons = gate.reasons(draft, known, actor)
    issuer = known.bodies.at(draft.issuer, draft.decided or known.today)
    level = issuer.level if issuer else None
    before = await versions.count(database, day)
    return Effect(
        announcement=gate.identity(draft),
        day=day,
        revision=known.revision,
        publishable=not reasons,
        reasons=reasons,
        items=[_item(number, item, plan, day, language) for number, item in enumerate(draft.items)],
        without_competent=_unserved(plan, day, known),
        deadlines=deadlines(level, draft.decided, draft.effective, draft.published, known.today),
        in_force_before=before,
        in_force_after=before + _count(plan.after, day) - _count(plan.now, day),
        remarks=_remarks(plan, day),
    )


def _count(lines: Mapping[str, Line], day: date) -> int:
    return sum(timeline.at(line, day) is not None for line in lines.values())


def _item(number: int, item: ItemDraft, plan: Plan, day: date, language: str) -> ItemEffect:
    contents = [plan.contents[Place(number, place)] for place in range(len(item.new))]
    new = [one.subject for one in item.new]
    codes = dict.fromkeys([*item.old, *new])
    given = {content.code: content for content in contents if content is not None}
    return ItemEffect(
        action=item.action,
        outcomes=[_outcome(code, given.get(code), plan, day, language) for code in codes],
        old=gate.changing(item),
        new=new,
    )


def _outcome(code: str, content: Procedure | None, plan: Plan, day: date, language: str) -> Outcome:
    old, new = timeline.at(plan.now.get(code, []), day), timeline.at(plan.after.get(code, []), day)
    before, after = old.value.procedure if old else None, new.value.procedure if new else None
    found = [one for one in differences(before, after, language) if (before and after) or _says(one.after)]
    if old is None and new is None:  # what a correction moves may have ended before the day
        old, new = _last(plan.now, code), _last(plan.after, code)
    shown = after or before or content or (old.value.procedure if old else None)
    return Outcome(
        code=code,
        name=shown.name if shown else "",
        becomes=_becomes(old, new, day, found),
        was_from=_known(old.start) if old else None,
        was_to=old.end if old else None,
        valid_from=_known(new.start) if new else None,
        valid_to=new.end if new else None,
        differences=found,
    )


def _last(lines: Mapping[str, Line], code: str) -> Span[Held] | None:
    line = lines.get(code)
    return line[-1] if line else None


def _becomes(old: Span[Held] | None, new: Span[Held] | None, day: date, found: list[SectionDifference]) -> str:
    if old is None or new is None:
        return "begins" if new else "ends" if old else "absent"
    if found:
        return "changes"
    if (old.start, old.end) != (new.start, new.end):
        return "moves"
    return "stays" if new.holds(day) else "absent"


def _known(day: date) -> date | None:
    return None if day == date.min else day


def _says(value: object) -> bool:
    """Whether a section of a new procedure holds anything."""
    if isinstance(value, dict):
        return any(_says(one) for one in value.values())
    if isinstance(value, list):
        return any(_says(one) for one in value)
    return value not in (None, "", False)


def _remarks(plan: Plan, day: date) -> list[Remark]:
    """Of every content that is new on ``day``; what stays as it was is not remarked upon again."""
    found = []
    for code, line in plan.after.items():
        old, new = timeline.at(plan.now.get(code, []), day), timeline.at(line, day)
        if new is None or (old is not None and old.value.procedure == new.value.procedure):
            continue
        told = lint.examine(new.value.procedure, day)
        before = lint.grade(old.value.procedure, day).score if old else None
        found.append(Remark(code, told.name, before, told.score, told.findings))
    return found


def _unserved(plan: Plan, day: date, known: Standing) -> list[Unserved]:
    found = []
    for line in plan.after.values():
        held = timeline.at(line, day)
        if held is not None and (missing := unserved(held.value, known.bodies, day)) is not None:
            found.append(missing)
    return found


def unserved(held: Held, bodies: Bodies, day: date) -> Unserved | None:
    """Whether no agency that is competent for a procedure exists on ``day``; where it names none, those that
    execute it stand for them."""
    procedure = held.procedure
    named = procedure.by_role(Role.COMPETENT) or procedure.by_role(Role.EXECUTING)
    gone = [agency for agency in named if bodies.at(key_of(agency), day) is None]
    if len(gone) < len(named):
        return None
    return Unserved(procedure.code, procedure.name, [agency.name for agency in gone])


def key_of(agency: Agency) -> str:
    """The key of an agency in the catalogue: its code, or a slug of its name for a class of agency."""
    return slug(agency.name) if agency.code is None else agency.code
