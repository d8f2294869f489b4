"""Drafts on the command line: read from a file, and their effect told to people."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import msgspec

from registry.cli.exits import Exit
from registry.cli.failures import Refusal
from registry.cli.screen import Screen
from registry.desk.contents import cleaned
from registry.intake.record import Note
from registry.procedure import Record

if TYPE_CHECKING:
    from registry.desk.affected import Affected
    from registry.desk.drafts import Draft
    from registry.desk.effect import Effect, ItemEffect, Outcome
    from registry.desk.publishing import Published
    from registry.desk.reasons import Reason

T = TypeVar("T", bound=Record)
MOST_BYTES = 64 * 2**20


def read(path: Path, kind: type[T]) -> tuple[T, tuple[Note, ...]]:
    """The draft in a JSON file, clean, and what was cleaned."""
    if path.stat().st_size > MOST_BYTES:
        raise Refusal(f"{path}: is larger than {MOST_BYTES // 2**20} MB; that is no draft", Exit.USAGE)
    try:
        return cleaned(msgspec.json.decode(path.read_bytes(), type=kind))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        message, _, place = str(error).partition(" - at `$")
        where = place.rstrip("`").lstrip(".") or "the file"
        raise Refusal(f"{path}: {where}: {message}", Exit.USAGE) from error


def say_cleaned(screen: Screen, notes: Iterable[Note]) -> None:
    for note in notes:
        screen.remark(f"cleaned {note.field} ({note.rule}): {note.before!r} → {note.after!r}")


def say_drafts(screen: Screen, found: list["Draft"], command: str) -> None:
    """The drafts that are open."""
    rows = []
    for draft in found:
        body = msgspec.json.decode(draft.body, type=dict[str, object])
        told = (str(body.get("number", "-")), str(body.get("effective", "-")), str(body.get("title", "")))
        rows.append(
            (draft.id, str(draft.version), f"{draft.edited_at:%Y-%m-%d %H:%M}", draft.agency or "any", *told)
        )
    screen.table(("draft", "version", "edited", "agency", "number", "effective", "title"), rows, wide=6)
    if not found:
        screen.remark(f"no draft is open; begin one with: danhmuc {command} FILE")


def say_published(screen: Screen, told: "Published") -> None:
    if told.repeated:
        screen.say(f"{told.published} had been published already, at {told.at:%Y-%m-%d %H:%M} by {told.by}")
    else:
        screen.say(f"{told.published} is published: {told.changes:,} changes")


def say_reasons(screen: Screen, reasons: Iterable["Reason"]) -> None:
    for reason in reasons:
        screen.say(f"refused ({reason.code}) {reason.field}: {reason.en}")


def say_effect(screen: Screen, effect: "Effect") -> None:
    """What publishing an announcement would do."""
    screen.say(
        f"{effect.announcement} takes effect on {effect.day}: "
        f"{effect.in_force_before:,} procedures in force before, {effect.in_force_after:,} after"
    )
    for item in effect.items:
        screen.say(*_item(item))
    for one in effect.deadlines:
        side = "before" if one.working_days < 0 else "after"
        screen.say(
            f"{one.indicator}: {one.what} by {one.until}, {abs(one.working_days)} working days {side} {one.of}; "
            f"{one.day} is {'in time' if one.kept else 'late'}"
        )
    for lost in effect.without_competent:
        screen.say(_unserved(lost.code, lost.name, lost.agencies))
    for remark in effect.remarks:
        before = "" if remark.before is None else f"{remark.before} → "
        rules = ", ".join(dict.fromkeys(finding.rule for finding in remark.findings)) or "nothing to mend"
        screen.say(f"page {remark.code}  {remark.name}: scores {before}{remark.score} of 100 ({rules})")
    say_reasons(screen, effect.reasons)


def _item(item: "ItemEffect") -> Iterator[str]:
    if item.action == "replaced":
        yield f"{', '.join(item.old)} → {', '.join(item.new)}"
    for outcome in item.outcomes:
        yield f"{item.action} {outcome.code}  {outcome.name}: {_days(outcome)}"
        if outcome.becomes == "changes":
            yield from _differences(outcome)


def _days(outcome: "Outcome") -> str:
    until = f" to {outcome.valid_to}" if outcome.valid_to else ""
    if outcome.becomes == "absent":
        return "not in force on that day"
    if outcome.becomes == "ends":
        return f"ends, after it was in force from {outcome.was_from or 'an unknown day'}"
    return f"{outcome.becomes}, in force from {outcome.valid_from or 'an unknown day'}{until}"


def _differences(outcome: "Outcome") -> Iterator[str]:
    from registry.cli.commands.diff import changed

    for one in outcome.differences:
        yield f"  {one.label}"
        yield from (f"    {line}" for line in changed(one.before, one.after))


def _unserved(code: str, name: str, agencies: list[str]) -> str:
    why = f": {', '.join(agencies)} will not exist" if agencies else ": none is named"
    return f"without a competent agency: {code}  {name}{why}"


def say_affected(screen: Screen, told: "Affected") -> None:
    """What publishing a reorganisation would do."""
    codes = {one.code for one in told.procedures}
    screen.say(
        f"on {told.day}: {len(told.agencies):,} agencies, {len(codes):,} procedures that name them, "
        f"{told.dossiers:,} dossiers of which {told.running:,} are running"
    )
    for agency in told.agencies:
        shown = agency.before or agency.after
        name = shown.name if shown else ""
        if agency.after is None:
            after = f"ends{' → ' + ', '.join(agency.successors) if agency.successors else ''}"
        else:
            after = "begins" if agency.before is None else f"becomes {agency.after.name}"
            after += f", level {agency.after.level or '-'}, below {agency.after.parent or '-'}"
        screen.say(f"{agency.code}  {name}: {after} ({agency.dossiers:,} dossiers, {agency.running:,} running)")
    for orphan in told.orphans:
        screen.say(f"without parent: {orphan.code}  {orphan.name}, below {orphan.parent} which ends")
    for procedure in told.procedures:
        ends = ", which ends" if procedure.ends else ""
        screen.say(f"names {procedure.agency} ({procedure.role}{ends}): {procedure.code}  {procedure.name}")
    for lost in told.without_competent:
        screen.say(_unserved(lost.code, lost.name, lost.agencies))
    say_reasons(screen, told.reasons)
