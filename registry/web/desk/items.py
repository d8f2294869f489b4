"""The items of an announcement in the making, and the contents of the procedures that they bring."""

import re
from collections.abc import Mapping
from typing import Any

import msgspec
from litestar import Controller, Request, Response, get, post
from litestar.datastructures import FormMultiDict
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from registry import clock
from registry.api.access import database_of
from registry.api.parameters import code_of
from registry.catalogue import versions
from registry.catalogue.errors import ProcedureNotFound
from registry.desk import gate
from registry.desk.contents import AnnouncementDraft, ContentDraft, ItemDraft
from registry.procedure import Procedure
from registry.vocabulary import Action, label
from registry.web.desk import shape
from registry.web.desk.drafting import (
    ADDRESS,
    MOST,
    Known,
    item_of,
    keep,
    known,
    pasted,
    placed,
    with_content,
    with_item,
)
from registry.web.desk.entry import page, signed_in
from registry.web.forms import read, text
from registry.web.pages import language

_FIELDS = msgspec.structs.fields(Procedure)


class ItemPages(Controller):
    path = ADDRESS + "/{key:str}"
    guards = (signed_in("announce"),)
    opt = {"most": MOST}  # noqa: RUF012 - Litestar's way of telling guards

    @get("/them-muc")
    async def new(self, request: Request[Any, Any, Any], key: FromPath[str]) -> Response[Any]:
        """What another item does, and to which procedures."""
        return await _item_page(request, await known(request, key), None, {}, {})

    @post("/them-muc")
    async def add(self, request: Request[Any, Any, Any], key: FromPath[str]) -> Response[Any]:
        """Add an item."""
        found, form = await known(request, key), await read(request, MOST)
        item, faults = await _read_item(request, form, None)
        if item is None:
            return await _item_page(request, found, None, faults, dict(form), status=422)
        if found.body.items and found.body.items[-1] == item:  # the form was sent twice
            return await keep(request, key, lambda body: body, f"{ADDRESS}/{key}")
        made = item
        return await keep(
            request,
            key,
            lambda body: msgspec.structs.replace(body, items=(*body.items, made)),
            f"{ADDRESS}/{key}/muc/{len(found.body.items)}",
        )

    @get("/muc/{number:int}")
    async def show(
        self, request: Request[Any, Any, Any], key: FromPath[str], number: FromPath[int]
    ) -> Response[Any]:
        """One item, with its contents and what is wrong with it."""
        found = await known(request, key)
        item_of(found.body, number)
        return await _item_page(request, found, number, {}, {})

    @post("/muc/{number:int}")
    async def save(
        self, request: Request[Any, Any, Any], key: FromPath[str], number: FromPath[int]
    ) -> Response[Any]:
        """Keep what an item does; contents of codes that stay are kept."""
        found, form = await known(request, key), await read(request, MOST)
        item, faults = await _read_item(request, form, item_of(found.body, number))
        if item is None:
            return await _item_page(request, found, number, faults, dict(form), status=422)
        made = item

        def change(body: AnnouncementDraft) -> AnnouncementDraft:
            item_of(body, number)
            return with_item(body, number, made)

        return await keep(request, key, change, f"{ADDRESS}/{key}/muc/{number}")

    @get("/muc/{number:int}/bo")
    async def ask(
        self, request: Request[Any, Any, Any], key: FromPath[str], number: FromPath[int]
    ) -> Response[Any]:
        """Taking an item out, to be confirmed."""
        found = await known(request, key)
        data = {"draft": found.draft, "body": found.body, "number": number, "item": item_of(found.body, number)}
        return await page(request, "desk/draft_item_drop.html", data)

    @post("/muc/{number:int}/bo")
    async def drop(
        self, request: Request[Any, Any, Any], key: FromPath[str], number: FromPath[int]
    ) -> Response[Any]:
        """Take an item out of the draft."""

        def change(body: AnnouncementDraft) -> AnnouncementDraft:
            item_of(body, number)
            return with_item(body, number, None)

        return await keep(request, key, change, f"{ADDRESS}/{key}")

    @get("/muc/{number:int}/noi-dung/{place:int}")
    async def content(
        self, request: Request[Any, Any, Any], key: FromPath[str], number: FromPath[int], place: FromPath[int]
    ) -> Response[Any]:
        """The content of a procedure, as a form."""
        found = await known(request, key)
        return await _content_page(request, found, number, place, None, {})

    @post("/muc/{number:int}/noi-dung/{place:int}")
    async def save_content(
        self, request: Request[Any, Any, Any], key: FromPath[str], number: FromPath[int], place: FromPath[int]
    ) -> Response[Any]:
        """Keep it; or only show more lines to fill in, and keep nothing yet."""
        found, form = await known(request, key), await read(request, MOST)
        one = _content_of(found, number, place)
        base = _base(found, number, place)
        faults: shape.Faults = {}
        data = shape.read(form, base, faults)
        if more := text(form, "them", 200):
            return await _content_page(request, found, number, place, data, {}, more=more, form=form)
        made = shape.procedure(shape.completed(data, base, found.standing.sectors), faults)
        if made is None:
            return await _content_page(request, found, number, place, data, faults, status=422, form=form)
        return await _keep(request, found, number, place, one, made)

    @post("/muc/{number:int}/noi-dung/{place:int}/json")
    async def paste(
        self, request: Request[Any, Any, Any], key: FromPath[str], number: FromPath[int], place: FromPath[int]
    ) -> Response[Any]:
        """Take the whole content from our own JSON, pasted or as a file."""
        found, form = await known(request, key), await read(request, MOST)
        one = _content_of(found, number, place)
        raw = await pasted(form)
        try:
            made = _decoded(raw)
            if made.code != one.subject:
                raise msgspec.ValidationError(f"{made.code} ≠ {one.subject} - at `$.code`")
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            typed_in, unread = raw.decode(errors="replace"), str(error)
            return await _content_page(
                request, found, number, place, None, {}, status=422, given=typed_in, unread=unread
            )
        return await _keep(request, found, number, place, one, made)


class TemplatePages(Controller):
    path = "/bien-tap/mau"
    guards = (signed_in("announce"),)

    @get("/{code:str}")
    async def current(self, request: Request[Any, Any, Any], code: FromPath[str]) -> Response[bytes]:
        """What is in force of a procedure as our own JSON, to begin an amendment from."""
        found = await _in_force(request, code)
        headers = {
            "content-disposition": f'attachment; filename="{found.code}.json"',
            "cache-control": "no-store",
        }
        body = msgspec.json.format(msgspec.json.encode(found), indent=2)
        return Response(content=body, media_type="application/json", headers=headers)


async def _in_force(request: Request[Any, Any, Any], code: str) -> Procedure:
    return (await versions.find(database_of(request), code_of(code), clock.today())).procedure


def _decoded(raw: bytes) -> Procedure:
    """A procedure as our JSON has it, or a line of our NDJSON that holds one."""
    value = msgspec.json.decode(raw)
    if isinstance(value, dict) and "procedure" in value:
        value = value["procedure"]
    return msgspec.convert(value, Procedure)


def _content_of(found: Known, number: int, place: int) -> ContentDraft:
    item = item_of(found.body, number)
    if not 0 <= place < len(item.new):
        raise NotFoundException(f"item {number} has no content {place}")
    return item.new[place]


def _base(found: Known, number: int, place: int) -> shape.Json:
    """What the form is filled from: the whole content as far as there is one."""
    whole = found.content(number, place)
    subject = _content_of(found, number, place).subject
    base: shape.Json = msgspec.to_builtins(whole or Procedure(code=subject, name=""))
    return base


async def _keep(
    request: Request[Any, Any, Any], found: Known, number: int, place: int, one: ContentDraft, made: Procedure
) -> Response[Any]:
    """Keep a content: as changes to what is in force where it amends that, else whole."""
    current = found.current(one.subject)
    content = ContentDraft(procedure=made)
    if item_of(found.body, number).action is Action.AMENDED and current is not None and not found.body.corrects:
        content = ContentDraft(code=one.subject, changes=changes(current, made))

    def change(body: AnnouncementDraft) -> AnnouncementDraft:
        if (
            item_of(body, number).new[place : place + 1] != ()
            and body.items[number].new[place].subject == one.subject
        ):
            return with_content(body, number, place, content)
        raise NotFoundException(f"{one.subject} does not stand there any more")

    return await keep(request, found.draft.id, change, f"{ADDRESS}/{found.draft.id}/muc/{number}/noi-dung/{place}")


def changes(before: Procedure, after: Procedure) -> shape.Json:
    """The fields that differ, as they are to be."""
    return {
        one.encode_name: msgspec.to_builtins(getattr(after, one.name))
        for one in _FIELDS
        if one.name != "code" and getattr(after, one.name) != getattr(before, one.name)
    }


async def _read_item(
    request: Request[Any, Any, Any], form: Mapping[str, Any], before: ItemDraft | None
) -> tuple[ItemDraft | None, dict[str, str]]:
    """The item that was typed; ``None`` and what is wrong, by field."""
    faults: dict[str, str] = {}
    action, source = text(form, "action", 20), text(form, "from", 64)
    if action not in set(Action):
        return None, {"action": "action"}
    old, new = _codes(text(form, "old")), _codes(text(form, "new"))
    if not old and not new:
        faults["new"] = "codes"
    template: Procedure | None = None
    if source:
        try:
            template = await _in_force(request, source)
        except ProcedureNotFound:
            faults["from"] = "from"
    kept = {one.subject: one for one in before.new} if before else {}
    contents = tuple(kept.get(code) or _begun(Action(action), code, template) for code in new)
    return (None if faults else ItemDraft(Action(action), tuple(old), contents)), faults


def _codes(given: str) -> list[str]:
    parts = (code_of(part) for part in re.split(r"[\s,;]+", given) if part)
    return list(dict.fromkeys(parts))


def _begun(action: Action, code: str, template: Procedure | None) -> ContentDraft:
    """A content to be filled in: what is in force where it is amended, else a copy of ``template``, or nothing."""
    if action is Action.AMENDED:
        return ContentDraft(code=code)
    if template is None:
        return ContentDraft(procedure=Procedure(code=code, name=""))
    return ContentDraft(procedure=msgspec.structs.replace(template, code=code, local_code=None, source_id=""))


async def _item_page(
    request: Request[Any, Any, Any],
    found: Known,
    number: int | None,
    faults: Mapping[str, str],
    given: Mapping[str, Any],
    *,
    status: int = 200,
) -> Response[Any]:
    spoken = language(request)
    item = None if number is None else item_of(found.body, number)
    here = f"{ADDRESS}/{found.draft.id}/muc/{number}"
    wrong = placed(found.draft.id, found.reasons, spoken)
    data = {
        "draft": found.draft,
        "body": found.body,
        "number": number,
        "item": item,
        "contents": [] if item is None or number is None else [
            (one, found.content(number, place), found.current(one.subject)) for place, one in enumerate(item.new)
        ],
        "ending": {} if item is None else {code: found.current(code) for code in item.old},
        "faults": faults,
        "wrong": [one for one in wrong if one.address == here],
        "below": {one.address for one in wrong},
        "given": given,
        "actions": [(one.value, label("action", one, spoken)) for one in Action],
    }  # fmt: skip
    return await page(request, "desk/draft_item.html", data, status=status)


async def _content_page(
    request: Request[Any, Any, Any],
    found: Known,
    number: int,
    place: int,
    data: shape.Json | None,
    faults: shape.Faults,
    *,
    status: int = 200,
    more: str = "",
    form: FormMultiDict | None = None,
    given: str = "",
    unread: str = "",
) -> Response[Any]:
    """The form of a content. ``data`` is what was typed where it is shown again, ``more`` the path of the lines of
    which there are to be more."""
    one, spoken = _content_of(found, number, place), language(request)
    here = f"{ADDRESS}/{found.draft.id}/muc/{number}/noi-dung/{place}"
    wrong = [each for each in placed(found.draft.id, found.reasons, spoken) if each.address == here]
    item, base = item_of(found.body, number), data or _base(found, number, place)
    shown = {
        "draft": found.draft,
        "body": found.body,
        "number": number,
        "place": place,
        "one": one,
        "item": item,
        "absent": item.action is Action.AMENDED and found.content(number, place) is None,
        "day_of": gate.day_of(found.body, found.standing.today),
        "version": text(form, "version", 20) if form is not None else found.draft.version,
        "nodes": shape.NODES,
        "flags": shape.FLAGS,
        "base": base,
        "faults": faults,
        "wrong": wrong,
        "more": more,
        "blank": shape.BLANK,
        "many": shape.MORE,
        "sectors": found.standing.sectors,
        "label": lambda kind, value: label(kind, value, spoken),
        "pasted": given or msgspec.json.format(msgspec.json.encode(base), indent=2).decode(),
        "unread": unread,
    }
    return await page(request, "desk/draft_content.html", shown, status=status)
