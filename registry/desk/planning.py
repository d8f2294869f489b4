"""What an announcement does to timelines. Pure: it touches no store.

A correction first takes back what the corrected announcement did to the procedures that it names, then does what
the correction says. What it does not name stays as it is.
"""

from collections.abc import Mapping
from datetime import date

import msgspec

from registry.catalogue import timeline
from registry.catalogue.timeline import Span
from registry.catalogue.versions import Version
from registry.desk.contents import AnnouncementDraft, changed
from registry.procedure import Procedure
from registry.vocabulary import Action


class Held(msgspec.Struct, frozen=True):
    """What is in force over a span of days, and the ids of the announcements that began and ended it."""

    procedure: Procedure
    announcement: str | None
    ended_by: str | None


Line = list[Span[Held]]


class Place(msgspec.Struct, frozen=True):
    """Where a content stands in a draft."""

    item: int
    new: int

    def __str__(self) -> str:
        return f"items[{self.item}].new[{self.new}]"


class Plan(msgspec.Struct, frozen=True):
    """Timelines by code: as they are believed, without what is corrected, and as they will be; and the contents
    of the draft in full (``None`` where it changes what is not in force)."""

    now: Mapping[str, Line]
    before: Mapping[str, Line]
    after: Mapping[str, Line]
    contents: Mapping[Place, Procedure | None]


def line_of(versions: list[Version]) -> Line:
    """The timeline of one procedure."""
    return [Span(v.valid_from, v.valid_to, Held(v.procedure, v.announcement, v.ended_by)) for v in versions]


def plan(
    draft: AnnouncementDraft,
    day: date,
    announcement: str,
    now: Mapping[str, Line],
    earlier: Mapping[str, Line],
) -> Plan:
    """What publishing ``draft`` as ``announcement`` does, if it takes effect on ``day``. ``earlier`` are the
    timelines as they were believed before what it corrects was recorded."""
    before = dict(now)
    if draft.corrects:
        before = {code: undone(line, earlier.get(code, []), announcement) for code, line in now.items()}
    contents = _contents(draft, day, before)
    after = dict(before)
    renewed = {content.code for content in contents.values() if content is not None}
    for item in draft.items:
        if item.action in (Action.ABOLISHED, Action.REPLACED):
            for code in item.old:
                if code not in renewed:
                    after[code] = end(after.get(code, []), day, announcement)
    for content in contents.values():
        if content is not None:
            after[content.code] = put(after.get(content.code, []), content, day, announcement)
    return Plan(now, before, after, contents)


def _contents(draft: AnnouncementDraft, day: date, before: Mapping[str, Line]) -> dict[Place, Procedure | None]:
    found: dict[Place, Procedure | None] = {}
    for number, item in enumerate(draft.items):
        for place, one in enumerate(item.new):
            held = timeline.at(before.get(one.subject, []), day)
            made = one.procedure
            if made is None and held is not None:
                made = changed(held.value.procedure, one.changes)
            found[Place(number, place)] = made
    return found


def put(line: Line, procedure: Procedure, start: date, announcement: str) -> Line:
    """``procedure`` from ``start`` on, until the next thing known of it."""
    held, until = timeline.at(line, start), timeline.natural_end(line, start)
    following = None if until is None or held is not None else timeline.at(line, until)
    ended_by = held.value.ended_by if held else following.value.announcement if following else None
    made = Span(start, until, Held(procedure, announcement, ended_by))
    return _sorted([*_cleared(line, start, until, announcement), made])


def end(line: Line, day: date, announcement: str) -> Line:
    """No longer in force from ``day``; what begins later stays."""
    held = timeline.at(line, day)
    return line if held is None else _sorted(_cleared(line, day, held.end, announcement))


def undone(now: Line, earlier: Line, announcement: str) -> Line:
    """The timeline as if ``announcement`` had not been. Where nothing else was learned since, it is what was
    believed ``earlier``; else what can be told from what is believed now."""
    others = [span for span in now if span.value.announcement != announcement]
    known = all(any(_continues(span, one, announcement) for one in earlier) for span in others)
    return earlier if known else without(now, announcement)


def _continues(span: Span[Held], earlier: Span[Held], announcement: str) -> bool:
    """Whether ``span`` is what was believed earlier, but for an end that ``announcement`` set."""
    same = (span.start, span.value.procedure, span.value.announcement)
    if same != (earlier.start, earlier.value.procedure, earlier.value.announcement):
        return False
    return span.value.ended_by == announcement or span == earlier


def without(line: Line, announcement: str) -> Line:
    """The timeline without what ``announcement`` began; what it ended goes on, to the next that is known."""
    kept = [span for span in line if span.value.announcement != announcement]
    gone = {span.start: span for span in line if span.value.announcement == announcement}
    return _sorted([_unended(span, kept, gone, announcement) for span in kept])


def _unended(span: Span[Held], kept: Line, gone: dict[date, Span[Held]], announcement: str) -> Span[Held]:
    if span.end is None or span.value.ended_by != announcement:
        return span
    if span.end in gone:
        lost = gone[span.end]
        return _reaching(span, lost.end, lost.value.ended_by)
    later = min((other for other in kept if other.start >= span.end), key=lambda one: one.start, default=None)
    return _reaching(span, later.start if later else None, later.value.announcement if later else None)


def _reaching(span: Span[Held], until: date | None, ended_by: str | None) -> Span[Held]:
    return Span(span.start, until, msgspec.structs.replace(span.value, ended_by=ended_by))


def _cleared(line: Line, start: date, until: date | None, announcement: str) -> Line:
    edit = timeline.clear(line, start, until)
    kept = [span for span in line if span not in edit.closed]
    return kept + [_reaching(one, one.end, announcement) if one.end == start else one for one in edit.cut]


def _sorted(line: Line) -> Line:
    return sorted(line, key=lambda span: span.start)
