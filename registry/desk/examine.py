"""The publish gate of reorganisations. Pure."""

import re
from collections.abc import Iterator
from datetime import date

from registry.access.actors import Actor
from registry.desk.gate import allowed, day_bounds, existing
from registry.desk.reasons import Reason, reason
from registry.desk.reorganisation import LABELS, Agencies, AgencyDraft, Event, ReorganisationDraft, What
from registry.vocabulary import LEVEL_VALIDITY, Level, label, level_exists

CODE = re.compile(r"[^\s|,;]{1,64}")
_SAME = (What.RENAME, What.MOVE)


def reasons(draft: ReorganisationDraft, agencies: Agencies, actor: Actor, today: date) -> list[Reason]:
    """Why ``actor`` cannot publish ``draft`` as it is; an empty list opens the gate."""
    found = [*_head(draft), *day_bounds(draft, ("decided", "effective"), today), *_duplicates(draft)]
    if draft.issuer:
        found += existing(agencies.known, draft.issuer, draft.decided or agencies.day, "issuer")
    for number, event in enumerate(draft.events):
        found += _event(event, f"events[{number}]", agencies, actor)
    return found


def _head(draft: ReorganisationDraft) -> Iterator[Reason]:
    needed = {
        "number": (draft.number, "số quyết định", "the decision's number"),
        "decided": (draft.decided, "ngày ký", "the day of the decision"),
        "effective": (draft.effective, "ngày có hiệu lực", "the day of effect"),
        "events": (draft.events, "sự kiện nào", "at least one event"),
    }
    for field, (value, vi, en) in needed.items():
        if not value:
            yield reason("missing", field, vi=vi, en=en)


def _duplicates(draft: ReorganisationDraft) -> Iterator[Reason]:
    """An agency ends once, and is named anew once; one that goes on may be renamed, moved and take over."""
    met: dict[tuple[str, str], str] = {}
    for number, event in enumerate(draft.events):
        kept = {agency.code for agency in event.new}
        sides = [
            ("old", code, f"events[{number}].old[{place}]")
            for place, code in enumerate(event.old)
            if code not in kept
        ]
        for place, agency in enumerate(event.new):
            if agency.name:
                sides.append(("new", agency.code, f"events[{number}].new[{place}]"))
        for side, code, field in sides:
            if (side, code) in met:
                yield reason("duplicate", field, subject=code, other=met[(side, code)])
            met.setdefault((side, code), field)


def _event(event: Event, field: str, agencies: Agencies, actor: Actor) -> Iterator[Reason]:
    yield from _shape(event, field)
    for place, code in enumerate(event.old):
        where = f"{field}.old[{place}]"
        yield from existing(agencies.known, code, agencies.day, where)
        yield from allowed(agencies.known, actor, code, agencies.day, where)
    for place, agency in enumerate(event.new):
        yield from _new(event, agency, f"{field}.new[{place}]", agencies, actor)


def _shape(event: Event, field: str) -> Iterator[Reason]:
    old, new = len(set(event.old)), len({agency.code for agency in event.new})
    same = set(event.old) == {agency.code for agency in event.new}
    needs = {
        What.FOUND: (new > 0 and not old, "cơ quan mới, không có cơ quan cũ", "new agencies and no old ones"),
        What.MERGE: (
            old > 0 and new == 1 and not same,
            "các cơ quan cũ và một cơ quan mới",
            "old agencies and one new",
        ),
        What.SPLIT: (
            old == 1 and new > 1,
            "một cơ quan cũ và các cơ quan mới",
            "one old agency and several new ones",
        ),
        What.RENAME: (same and old > 0, "cùng mã ở hai bên", "the same codes on both sides"),
        What.MOVE: (same and old > 0, "cùng mã ở hai bên", "the same codes on both sides"),
        What.END: (old > 0, "cơ quan cũ", "old agencies"),
    }[event.what]
    if not needs[0]:
        yield _shapeless(event, field, needs[1], needs[2])


def _new(event: Event, agency: AgencyDraft, field: str, agencies: Agencies, actor: Actor) -> Iterator[Reason]:
    code, day = agency.code, agencies.day
    if not CODE.fullmatch(code):
        yield reason("agency-malformed", field, subject=code)
        return
    state, there = agencies.after(code), agencies.before(code) is not None
    if event.what is What.FOUND and there:
        yield reason("agency-there", field, subject=code, day=day)
    if state is None or (event.what is What.END and not state.name):
        yield from _gone(code, field, agencies)
        return
    if not state.name or (event.what is What.RENAME and not agency.name):
        yield reason("missing", f"{field}.name", vi="tên cơ quan", en="the agency's name")
    if event.what is What.MOVE and state == agencies.before(code):
        yield reason("missing", field, vi="cấp hoặc cơ quan chủ quản mới", en="a new level or parent")
    if agency.kind not in ("", "body", "class"):
        yield _shapeless(event, f"{field}.kind", "kind là body hoặc class", "a kind that is body or class")
    if there or state.parent is None:
        yield from allowed(agencies.known, actor, code, day, field)
    yield from _placed(agency, field, agencies, actor)


def _placed(agency: AgencyDraft, field: str, agencies: Agencies, actor: Actor) -> Iterator[Reason]:
    """Level and parent of an agency after the event."""
    state = agencies.after(agency.code)
    assert state is not None
    if state.level is not None and not level_exists(Level(state.level), agencies.day):
        _, ended, source = LEVEL_VALIDITY[Level(state.level)]
        vi, en = label("level", state.level), label("level", state.level, "en").lower()
        yield reason("level-ended", f"{field}.level", vi=vi, en=en, until=ended, source=source)
    if state.parent is None:
        return
    if agencies.after(state.parent) is None:
        yield from _gone(state.parent, f"{field}.parent", agencies)
    elif agencies.before(state.parent) is not None:
        yield from allowed(agencies.known, actor, state.parent, agencies.day, f"{field}.parent")
    met = {agency.code}
    above: str | None = state.parent
    while above is not None and above not in met:
        met.add(above)
        upper = agencies.after(above)
        above = upper.parent if upper else None
    if above is not None:
        yield reason("agency-circular", f"{field}.parent", subject=agency.code)


def _gone(code: str, field: str, agencies: Agencies) -> Iterator[Reason]:
    """Why an agency is not there after the reorganisation."""
    if agencies.before(code) is None:
        yield from existing(agencies.known, code, agencies.day, field)
    else:
        by = {"further_vi": ", theo chính quyết định này", "further_en": ", by this very decision"}
        yield reason("agency-not-there", field, subject=code, day=agencies.day, **by)


def _shapeless(event: Event, field: str, vi: str, en: str) -> Reason:
    words = LABELS[event.what]
    return reason("shape", field, action_vi=words.vi, action_en=words.en, vi=vi, en=en)
