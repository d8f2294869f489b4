"""What the pages of drafts share: finding one, changing it unless somebody else did, and where reasons belong."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

import msgspec
from litestar import Request, Response
from litestar.datastructures import FormMultiDict, UploadFile
from litestar.exceptions import NotFoundException
from litestar.params import PathParameter

from registry.access import people
from registry.api.access import database_of
from registry.catalogue import timeline
from registry.desk import contents, drafts, gate
from registry.desk.contents import AnnouncementDraft, ContentDraft, ItemDraft
from registry.desk.drafts import Draft, Kind, State
from registry.desk.errors import DraftChanged
from registry.desk.planning import Place, Plan
from registry.desk.reasons import Reason
from registry.desk.standing import Standing, standing
from registry.engine import Database
from registry.procedure import Procedure
from registry.sections import differences
from registry.vocabulary import label
from registry.web.desk import beside
from registry.web.desk.entry import acting, kept, page
from registry.web.forms import done, read, text
from registry.web.pages import language

ADDRESS = "/bien-tap/du-thao"
MOST = 2**22
HEAD = ("number", "decided", "effective", "published", "issuer", "kind", "title")
_ITEM = re.compile(r"items\[(\d+)\](?:\.(old|new)\[(\d+)\])?(?:\.(?:procedure|changes)\.(.*))?")
Key = PathParameter(max_length=64)
Change = Callable[[AnnouncementDraft], AnnouncementDraft]


class Wrong(NamedTuple):
    """A reason of the gate, with the page and the field that it is about."""

    address: str
    field: str
    text: str


class Known(NamedTuple):
    """A draft with what is known of what it speaks of."""

    draft: Draft
    body: AnnouncementDraft
    standing: Standing
    plan: Plan
    reasons: list[Reason]

    def content(self, item: int, new: int) -> Procedure | None:
        """What a content comes to, whole; ``None`` where it changes what is not in force."""
        return self.plan.contents.get(Place(item, new))

    def current(self, code: str) -> Procedure | None:
        """What is in force of a code on the day of effect, before this draft."""
        held = timeline.at(self.plan.before.get(code, []), gate.day_of(self.body, self.standing.today))
        return held.value.procedure if held else None


async def known(request: Request[Any, Any, Any], key: str) -> Known:
    """A draft, judged as it stands. Raises ``DraftNotFound`` and ``DraftNotYours``."""
    database, actor = database_of(request), await acting(request)
    async with database.snapshot():
        draft = await drafts.find(database, actor, key, Kind.ANNOUNCEMENT)
        body = draft.announcement()
        found = await standing(database, body)
    plan = gate.planned(body, found)
    return Known(draft, body, found, plan, gate.reasons(body, found, actor) if draft.state is State.OPEN else [])


def placed(draft: str, reasons: Iterable[Reason], spoken: str) -> list[Wrong]:
    """The reasons of the gate, each with where it is to be mended."""
    return [_placed(draft, one, one.en if spoken == "en" else one.vi) for one in reasons]


def _placed(draft: str, one: Reason, said: str) -> Wrong:
    base, found = f"{ADDRESS}/{draft}", _ITEM.fullmatch(one.field)
    if found is None:
        return Wrong(base, one.field, said)
    item, side, place, field = found.groups()
    if field is not None:
        return Wrong(f"{base}/muc/{item}/noi-dung/{place}", field, said)
    return Wrong(f"{base}/muc/{item}", side or "action", said)


def item_of(body: AnnouncementDraft, number: int) -> ItemDraft:
    """Raises 404."""
    if not 0 <= number < len(body.items):
        raise NotFoundException(f"this draft has no item {number}")
    return body.items[number]


def with_item(body: AnnouncementDraft, number: int, item: ItemDraft | None) -> AnnouncementDraft:
    """The draft with another item in this place, or without it."""
    items = list(body.items)
    items[number : number + 1] = [] if item is None else [item]
    return msgspec.structs.replace(body, items=tuple(items))


def with_content(body: AnnouncementDraft, number: int, place: int, content: ContentDraft) -> AnnouncementDraft:
    item = item_of(body, number)
    new = list(item.new)
    if not 0 <= place < len(new):
        raise NotFoundException(f"item {number} has no content {place}")
    new[place] = content
    return with_item(body, number, msgspec.structs.replace(item, new=tuple(new)))


async def keep(
    request: Request[Any, Any, Any], key: str, change: Change, back: str, **query: Any
) -> Response[Any]:
    """Keep a draft, changed, and go on to ``back``. Where somebody edited it since the form was opened, both are
    shown, and nothing is kept; a form that was sent twice has been kept."""
    database, actor, form = database_of(request), await acting(request), await read(request, MOST)
    given = text(form, "version", 20)
    version = int(given) if given.isdecimal() else 0
    found = await drafts.find(database, actor, key, Kind.ANNOUNCEMENT)
    theirs = found.announcement()
    if found.state is not State.OPEN:
        raise drafts.closed(found)
    mine, _ = contents.cleaned(change(theirs))
    if mine == theirs:
        return done(request, back, **query)
    if found.version == version:
        try:
            _, notes = await drafts.edit(database, actor, key, version, mine)
        except DraftChanged:
            found = await drafts.find(database, actor, key, Kind.ANNOUNCEMENT)
            theirs = found.announcement()
        else:
            return done(request, back, **query, sach=len(notes) or None)
    data = {
        "draft": found,
        "by": (await names(database)).get(found.edited_by, found.edited_by),
        "sections": _both(theirs, mine, language(request)),
        "fields": [(name, value) for name, value in kept(form) if name != "version"],
        "action": request.url.path,
        "back": back,
    }
    return await page(request, "desk/draft_conflict.html", data, status=409)


async def pasted(form: FormMultiDict) -> bytes:
    """What was uploaded as a file, else what was pasted."""
    given = form.get("tep")
    raw = await given.read() if isinstance(given, UploadFile) else b""
    return raw or str(form.get("json", "")).encode(errors="replace")


async def names(database: Database) -> dict[str, str]:
    """The names of people by their ids, to say who did what."""
    return {one.id: one.name for one in await people.listed(database)}


def _both(theirs: AnnouncementDraft, mine: AnnouncementDraft, spoken: str) -> list[beside.Compared]:
    """Where two states of a draft differ: its head and items in words, its contents section by section."""
    found = [beside.of_lines("draft", "", _lines(theirs), _lines(mine))] if _lines(theirs) != _lines(mine) else []
    ours, others = _wholes(mine), _wholes(theirs)
    for code, content in ours.items():
        if content != others.get(code):
            found += [beside.compared(one) for one in differences(others.get(code), content, spoken)]
    changed = {code: changes for code, changes in _changes(mine).items() if changes != _changes(theirs).get(code)}
    for code, changes in changed.items():
        before = beside.json_lines(_changes(theirs).get(code))
        found.append(beside.of_lines("changes", code, before, beside.json_lines(changes)))
    return found


def _lines(body: AnnouncementDraft) -> list[str]:
    told = [f"{name}: {value}" for name in HEAD if (value := getattr(body, name))]
    for item in body.items:
        old, new = ", ".join(item.old) or "–", ", ".join(one.subject for one in item.new) or "–"
        told.append(f"{label('action', item.action)}: {old} → {new}")
    return told


def _wholes(body: AnnouncementDraft) -> dict[str, Procedure]:
    return {one.procedure.code: one.procedure for item in body.items for one in item.new if one.procedure}


def _changes(body: AnnouncementDraft) -> Mapping[str, Any]:
    return {one.code: one.changes for item in body.items for one in item.new if one.procedure is None}
