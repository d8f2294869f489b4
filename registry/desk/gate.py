"""The publish gate: everything that keeps a draft of an announcement from being published. Pure."""

import re
from collections.abc import Iterator
from datetime import date

from registry.access.actors import Actor
from registry.catalogue import timeline
from registry.desk.contents import AnnouncementDraft, ContentDraft, ItemDraft
from registry.desk.planning import Line, Place, Plan, plan
from registry.desk.reasons import Reason, reason
from registry.desk.reorganisation import ReorganisationDraft
from registry.desk.standing import Bodies, Standing
from registry.procedure import Agency, Procedure
from registry.sections import LABELS, missing_parts
from registry.vocabulary import LEVEL_VALIDITY, Action, Role, label, level_exists
from search.text import slug

FIRST_DAY = date(1945, 9, 2)
YEARS_AHEAD = 10
Dated = AnnouncementDraft | ReorganisationDraft
CODE = re.compile(r"[0-9]\.[0-9]{4,12}")


def identity(draft: AnnouncementDraft) -> str:
    """The id under which a draft is published: that of what it corrects, else by number, issuer and day."""
    return draft.corrects or f"{draft.number}|{draft.issuer}|{draft.decided}"


def day_of(draft: AnnouncementDraft, today: date) -> date:
    """The day on which a draft takes effect, as far as it says."""
    return draft.effective or draft.decided or today


def planned(draft: AnnouncementDraft, known: Standing) -> Plan:
    return plan(draft, day_of(draft, known.today), identity(draft), known.lines, known.earlier)


def reasons(draft: AnnouncementDraft, known: Standing, actor: Actor) -> list[Reason]:
    """Why ``actor`` cannot publish ``draft`` as it is; an empty list opens the gate."""
    made = planned(draft, known)
    found = [
        *_head(draft, known),
        *day_bounds(draft, ("decided", "effective", "published"), known.today),
        *_issuer(draft, known, actor),
        *_duplicates(draft),
        *_dropped(draft, known),
    ]
    for number, item in enumerate(draft.items):
        found += _Item(draft, known, actor, made, number, item).reasons()
    return found


def _head(draft: AnnouncementDraft, known: Standing) -> Iterator[Reason]:
    needed = {
        "number": (draft.number, "số quyết định", "the decision's number"),
        "decided": (draft.decided, "ngày ký", "the day of the decision"),
        "effective": (draft.effective, "ngày có hiệu lực", "the day of effect"),
        "issuer": (draft.issuer, "cơ quan ban hành", "the agency that decides"),
        "items": (draft.items, "mục nào", "at least one item"),
    }
    for field, (value, vi, en) in needed.items():
        if not value:
            yield reason("missing", field, vi=vi, en=en)
    if draft.corrects is not None and known.corrected is None:
        yield reason("corrected-unknown", "corrects", other=draft.corrects)
    if draft.number and draft.decided:
        for other, decided in known.same_number:
            if other != draft.corrects and decided is not None and decided.year == draft.decided.year:
                yield reason(
                    "number-used",
                    "number",
                    number=draft.number,
                    issuer=draft.issuer,
                    year=draft.decided.year,
                    other=other,
                )


def day_bounds(draft: Dated, fields: tuple[str, ...], today: date) -> Iterator[Reason]:
    """What is wrong with the days of a draft."""
    last = today.replace(year=today.year + YEARS_AHEAD, day=1)
    for field in fields:
        day: date | None = getattr(draft, field)
        if day is None:
            continue
        if not FIRST_DAY <= day <= last:
            yield reason("day-implausible", field, day=day, first=FIRST_DAY, last=last)
        if field == "decided" and day > today:
            yield reason("not-decided-yet", field, decided=day, today=today)
        if field != "decided" and draft.decided is not None and day < draft.decided:
            yield reason(f"{field}-before-decided", field, **{field: day, "decided": draft.decided})


def _issuer(draft: AnnouncementDraft, known: Standing, actor: Actor) -> Iterator[Reason]:
    if not draft.issuer:
        return
    day = draft.decided or known.today
    yield from existing(known.bodies, draft.issuer, day, "issuer")
    corrected = known.corrected.issuer.code if known.corrected and known.corrected.issuer else None
    for code in dict.fromkeys((draft.issuer, corrected or draft.issuer)):
        yield from allowed(known.bodies, actor, code, day, "issuer")


def existing(bodies: Bodies, code: str, day: date, field: str, name: str = "") -> Iterator[Reason]:
    """The reason, if any, why an agency cannot act on ``day``."""
    subject = f"{name} ({code})" if name else code
    if code not in bodies:
        yield reason("agency-unknown", field, subject=subject)
    elif bodies.at(code, day) is None:
        ends = [state.valid_to for state in bodies.states(code) if state.valid_to and state.valid_to <= day]
        ended = max(ends, default=None)
        yield reason(
            "agency-not-there",
            field,
            subject=subject,
            day=day,
            further_vi=f" (đã kết thúc từ {ended})" if ended else "",
            further_en=f" (it ended on {ended})" if ended else "",
        )


def allowed(bodies: Bodies, actor: Actor, code: str, day: date, field: str) -> Iterator[Reason]:
    """The reason, if any, why ``actor`` may not publish for an agency."""
    if actor.agency is not None and not bodies.below(code, actor.agency, day):
        yield reason("not-allowed", field, bound=actor.agency, subject=code)


def _duplicates(draft: AnnouncementDraft) -> Iterator[Reason]:
    """A code may stand once on each side, and on both only in one item."""
    met: dict[tuple[str, str], tuple[int, str]] = {}
    for number, item in enumerate(draft.items):
        sides = [("old", code, f"items[{number}].old[{place}]") for place, code in enumerate(item.old)]
        sides += [("new", one.subject, f"items[{number}].new[{place}]") for place, one in enumerate(item.new)]
        for side, code, field in sides:
            other = "new" if side == "old" else "old"
            earlier = met.get((side, code))
            if earlier is None and (other, code) in met and met[(other, code)][0] != number:
                earlier = met[(other, code)]
            if earlier is not None and code:
                yield reason("duplicate", field, subject=code, other=earlier[1])
            met.setdefault((side, code), (number, field))


def _dropped(draft: AnnouncementDraft, known: Standing) -> Iterator[Reason]:
    """What was published stays published: a correction names every item again."""
    if known.corrected is None:
        return
    said = {(item.action, tuple(changing(item)), tuple(one.subject for one in item.new)) for item in draft.items}
    for item in known.corrected.items:
        if item.action is not None and (item.action, item.old, item.new) not in said:
            what = f"{item.action}: {', '.join(item.old) or '–'} → {', '.join(item.new) or '–'}"
            yield reason("item-dropped", "items", what=what)


def changing(item: ItemDraft) -> list[str]:
    """The codes that an item changes or ends; an amendment need not repeat those of its contents."""
    return [one.subject for one in item.new] if item.action is Action.AMENDED else list(item.old)


class _Item:
    """One item before the gate."""

    def __init__(
        self,
        draft: AnnouncementDraft,
        known: Standing,
        actor: Actor,
        made: Plan,
        number: int,
        item: ItemDraft,
    ) -> None:
        self.known = known
        self.actor = actor
        self.made = made
        self.number = number
        self.item = item
        self.field = f"items[{number}]"
        self.decided = draft.decided or known.today
        self.day = day_of(draft, known.today)

    def reasons(self) -> Iterator[Reason]:
        yield from self._shape()
        for place, code in enumerate(self.item.old):
            field = f"{self.field}.old[{place}]"
            if self.item.action is not Action.NEW:
                yield from self._in_force(code, field)
        for place, one in enumerate(self.item.new):
            yield from self._new(one, Place(self.number, place))

    def _shape(self) -> Iterator[Reason]:
        action, old, new = self.item.action, self.item.old, self.item.new
        wrong = {
            Action.NEW: (bool(old) or not new, "mã mới và không có mã cũ", "new contents and no old codes"),
            Action.AMENDED: (
                not new or not set(old) <= {one.subject for one in new},
                "nội dung sửa đổi của từng mã",
                "the amended content of each of its codes",
            ),
            Action.REPLACED: (not old or not new, "mã cũ và nội dung mới", "old codes and new contents"),
            Action.ABOLISHED: (not old or bool(new), "mã cũ và không có mã mới", "old codes and nothing new"),
        }[action]
        if wrong[0]:
            words = {"action_vi": label("action", action), "action_en": label("action", action, "en")}
            yield reason("shape", self.field, vi=wrong[1], en=wrong[2], **words)

    def _new(self, one: ContentDraft, place: Place) -> Iterator[Reason]:
        code = one.subject
        if not CODE.fullmatch(code):
            yield reason("code-malformed", str(place), subject=code)
            return
        if self.item.action is Action.AMENDED and code not in self.item.old:
            yield from self._in_force(code, str(place))
        elif self.item.action is Action.NEW or code not in self.item.old:
            yield from self._free(code, str(place))
        content = self.made.contents[place]
        if content is None:
            if self.item.action is not Action.AMENDED:
                yield reason("content-missing", str(place), subject=code)
            return
        held = timeline.at(self._line(code), self.day)
        if self.item.action is Action.AMENDED and held is not None and held.value.procedure == content:
            yield reason("nothing-changed", str(place), subject=code)
        yield from self._content(content, f"{place}.{'procedure' if one.procedure else 'changes'}")

    def _line(self, code: str) -> Line:
        return list(self.made.before.get(code, []))

    def _in_force(self, code: str, field: str) -> Iterator[Reason]:
        """What is changed or ended must be in force on the day."""
        line = self._line(code)
        held = timeline.at(line, self.day)
        if held is not None:
            issuer = held.value.procedure.issuer
            if issuer is not None and issuer.code is not None:
                yield from allowed(self.known.bodies, self.actor, issuer.code, self.decided, field)
            return
        ends = [span.end for span in line if span.end is not None and span.end <= self.day]
        if not line:
            yield reason("code-unknown", field, subject=code)
        elif ends:
            yield reason("code-abolished", field, subject=code, until=max(ends))
        else:
            yield reason("code-not-yet", field, subject=code, day=self.day)

    def _free(self, code: str, field: str) -> Iterator[Reason]:
        """What is new must not be in force, nor be announced for later."""
        line = self._line(code)
        held = timeline.at(line, self.day)
        later = [span.start for span in line if span.start > self.day]
        if held is not None:
            since = "?" if held.start == date.min else held.start
            yield reason("code-in-force", field, subject=code, since=since)
        elif later:
            yield reason("code-begins-later", field, subject=code, since=min(later))

    def _content(self, content: Procedure, field: str) -> Iterator[Reason]:
        for part in missing_parts(content):
            yield reason(
                "part-missing",
                f"{field}.{_PARTS[part]}",
                subject=content.code,
                vi=LABELS[part].vi.lower(),
                en=LABELS[part].en.lower(),
            )
        for place, level in enumerate(content.levels):
            if not level_exists(level, self.day):
                _, ended, source = LEVEL_VALIDITY[level]
                vi, en = label("level", level), label("level", level, "en").lower()
                yield reason("level-ended", f"{field}.levels[{place}]", vi=vi, en=en, until=ended, source=source)
        for place, agency in enumerate(content.agencies):
            yield from self._agency(agency, f"{field}.agencies[{place}]")
        for place, sector in enumerate(content.sectors):
            known = self.known.sectors.get(sector.code)
            if known is not None and known != sector.name:
                yield reason(
                    "sector-renamed",
                    f"{field}.sectors[{place}]",
                    subject=sector.code,
                    known=known,
                    given=sector.name,
                )

    def _agency(self, agency: Agency, field: str) -> Iterator[Reason]:
        """Agencies exist on the day; classes of agency too, by their names."""
        code = slug(agency.name) if agency.code is None else agency.code
        yield from existing(self.known.bodies, code, self.day, field, agency.name)
        if agency.role is Role.ISSUING and agency.code is not None:
            yield from allowed(self.known.bodies, self.actor, agency.code, self.decided, field)


_PARTS = {
    "name": "name",
    "steps": "steps",
    "channels": "ways",
    "papers": "cases",
    "timeLimit": "ways",
    "audience": "audiences",
    "agencies": "agencies",
}
