"""Announcements in the making: listed, begun, their head edited, their effect seen, published or discarded."""

import asyncio
import re
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any
from urllib.parse import quote

import msgspec
from litestar import Controller, Request, Response, get, post
from litestar.params import FromPath, QueryParameter

from registry import clock
from registry.access.actors import Actor
from registry.api.access import database_of
from registry.api.drafts import state_of
from registry.api.parameters import Limit, Offset
from registry.catalogue import announcements, versions
from registry.desk import contents, deadlines, drafts, effect, publish
from registry.desk.contents import AnnouncementDraft, ContentDraft, ItemDraft
from registry.desk.drafts import Draft, Kind, State
from registry.desk.errors import DraftInvalid, Refused
from registry.desk.standing import Bodies, bodies
from registry.engine import Database
from registry.exchange.annex import compose
from registry.procedure import Agency, Announcement, AnnouncementKind, Item, Procedure
from registry.vocabulary import Role
from registry.web.desk.beside import compared
from registry.web.desk.drafting import ADDRESS, HEAD, MOST, Known, keep, known, names, pasted, placed
from registry.web.desk.entry import acting, page, signed_in
from registry.web.desk.twice import identity
from registry.web.forms import done, read, text
from registry.web.pages import language

DAYS = ("decided", "effective", "published")
InState = Annotated[str | None, QueryParameter(name="trang-thai")]
Corrects = Annotated[str | None, QueryParameter(name="dinh-chinh", max_length=200)]
Cleaned = Annotated[int | None, QueryParameter(name="sach", ge=0)]
Faults = dict[str, str]
_ROOT = re.compile(r"[GH]\d\d")  # ministries and provinces, without what is below them


class DraftPages(Controller):
    path = ADDRESS
    guards = (signed_in("announce"),)
    opt = {"most": MOST}  # noqa: RUF012 - Litestar's way of telling guards

    @get()
    async def entries(
        self, request: Request[Any, Any, Any], wanted: InState = None, limit: Limit = 20, offset: Offset = 0
    ) -> Response[Any]:
        """Drafts that may be worked on, with their deadlines."""
        database, actor = database_of(request), await acting(request)
        state = state_of(wanted)
        found, total = await drafts.listed(database, actor, Kind.ANNOUNCEMENT, state, limit=limit, offset=offset)
        agencies = await bodies(database)
        data = {
            "items": [(one, body := one.announcement(), _deadlines(agencies, body)) for one in found],
            "total": total,
            "limit": limit,
            "offset": offset,
            "state": state,
            "states": list(State),
            "names": await names(database),
        }
        return await page(request, "desk/drafts.html", data)

    @get("/moi")
    async def new(self, request: Request[Any, Any, Any], corrects: Corrects = None) -> Response[Any]:
        """The head of an announcement; or of a correction, which says again all that was published."""
        actor = await acting(request)
        body = AnnouncementDraft(issuer=actor.agency or "")
        if corrects:
            body = await _correcting(database_of(request), corrects)
        return await _head(request, None, body, {}, {})

    @post()
    async def create(self, request: Request[Any, Any, Any]) -> Response[Any]:
        """Begin a draft; the same form sent twice begins one."""
        actor, form, database = await acting(request), await read(request, MOST), database_of(request)
        body, corrects = AnnouncementDraft(), text(form, "corrects", 200)
        if corrects:
            body = await _correcting(database, corrects)
        made, faults = _with_head(body, form)
        if faults:
            return await _head(request, None, made, faults, dict(form), status=422)
        draft, _ = await drafts.create(database, actor, made, key=identity(form, actor, 12))
        return done(request, f"{ADDRESS}/{draft.id}")

    @get("/{key:str}")
    async def show(
        self, request: Request[Any, Any, Any], key: FromPath[str], notes: Cleaned = None
    ) -> Response[Any]:
        """A draft: its head, its items, and what keeps it from being published."""
        found = await known(request, key)
        return await _head(request, found, found.body, {}, {}, cleaned=notes or 0)

    @post("/{key:str}")
    async def save(self, request: Request[Any, Any, Any], key: FromPath[str]) -> Response[Any]:
        """Keep the head of a draft."""
        form = await read(request, MOST)
        found = await known(request, key)
        made, faults = _with_head(found.body, form)
        if faults:
            return await _head(request, found, made, faults, dict(form), status=422)
        return await keep(request, key, lambda body: _with_head(body, form)[0], f"{ADDRESS}/{key}")

    @post("/{key:str}/json")
    async def paste(self, request: Request[Any, Any, Any], key: FromPath[str]) -> Response[Any]:
        """Take all that a draft is to hold from our own JSON, pasted or as a file."""
        raw = await pasted(await read(request, MOST))
        try:
            made, _ = contents.cleaned(msgspec.json.decode(raw, type=AnnouncementDraft))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, DraftInvalid) as error:
            found = await known(request, key)
            given = {"json": raw.decode(errors="replace"), "unread": str(error)}
            return await _head(request, found, found.body, {}, given, status=422)
        return await keep(request, key, lambda _: made, f"{ADDRESS}/{key}")

    @get("/{key:str}/hieu-luc")
    async def effect(self, request: Request[Any, Any, Any], key: FromPath[str]) -> Response[Any]:
        """What publishing it would do, before it counts."""
        return await _effect(request, key, "desk/draft_effect.html")

    @get("/{key:str}/cong-bo")
    async def ask(self, request: Request[Any, Any, Any], key: FromPath[str]) -> Response[Any]:
        """What publishing would do, to be confirmed."""
        return await _effect(request, key, "desk/draft_publish.html")

    @post("/{key:str}/cong-bo")
    async def publish(self, request: Request[Any, Any, Any], key: FromPath[str]) -> Response[Any]:
        """Publish it as it was shown, all or nothing; sent twice it is published once."""
        form, actor, database = await read(request), await acting(request), database_of(request)
        given = text(form, "version", 20)
        try:
            await publish.publish(database, actor, key, int(given) if given.isdecimal() else 0)
        except Refused:
            return await _effect(request, key, "desk/draft_effect.html", status=422)
        return done(request, f"{ADDRESS}/{key}")

    @get("/{key:str}/bo")
    async def ask_discard(self, request: Request[Any, Any, Any], key: FromPath[str]) -> Response[Any]:
        """To be confirmed."""
        found = await known(request, key)
        return await page(request, "desk/draft_discard.html", {"draft": found.draft, "body": found.body})

    @post("/{key:str}/bo")
    async def discard(self, request: Request[Any, Any, Any], key: FromPath[str]) -> Response[Any]:
        """Let it be worked on no longer. It stays readable."""
        form, database, actor = await read(request), database_of(request), await acting(request)
        found = await drafts.find(database, actor, key, Kind.ANNOUNCEMENT)
        if found.state is not State.DISCARDED:
            given = text(form, "version", 20)
            version = int(given) if given.isdecimal() else 0
            await drafts.discard(database, actor, key, version, Kind.ANNOUNCEMENT)
        return done(request, ADDRESS)

    @get(["/{key:str}/phu-luc.docx", "/{key:str}/phu-luc.xlsx", "/{key:str}/du-thao.json"])
    async def file(self, request: Request[Any, Any, Any], key: FromPath[str]) -> Response[Any]:
        """The annex of a draft, to be appended to the decision before it is signed; or all of it as our JSON."""
        found = await known(request, key)
        suffix = request.url.path.rsplit(".", 1)[-1]
        content, media = await _file(found, suffix)
        name = quote(f"{found.body.number.replace('/', '-') or key}.{suffix}")
        headers = {"content-disposition": f"attachment; filename*=UTF-8''{name}", "cache-control": "no-store"}
        return Response(content=content, media_type=media, headers=headers)


async def _file(found: Known, suffix: str) -> tuple[bytes, str]:
    # What writes Word and Excel takes a tenth of a second to import, which no start should spend.
    from registry.api.annexes import EXCEL, WORD
    from registry.exchange.annex_excel import annex_excel
    from registry.exchange.annex_word import annex_word

    if suffix == "json":
        return msgspec.json.format(bytes(found.draft.body), indent=2), "application/json"
    body = found.body
    issuer = found.standing.bodies.at(body.issuer, body.decided or found.standing.today)
    announced = Announcement(
        id=found.draft.id,
        number=body.number,
        decided=body.decided,
        issuer=Agency(Role.ISSUING, issuer.name if issuer else body.issuer, body.issuer),
        items=tuple(Item(one.action, one.old, tuple(new.subject for new in one.new)) for one in body.items),
    )
    held_now: dict[str, Procedure] = {code: held for code in body.codes() if (held := found.current(code))}
    held_now |= {one.code: one for one in found.plan.contents.values() if one is not None}
    write, media = (annex_word, WORD) if suffix == "docx" else (annex_excel, EXCEL)
    return await asyncio.to_thread(write, compose(announced, held_now)), media


async def _head(
    request: Request[Any, Any, Any],
    found: Known | None,
    body: AnnouncementDraft,
    faults: Faults,
    given: Mapping[str, Any],
    *,
    status: int = 200,
    cleaned: int = 0,
) -> Response[Any]:
    """A draft's page. ``given`` is what was typed where it is shown again."""
    database = database_of(request)
    draft = found.draft if found else None
    wrong = placed(draft.id, found.reasons, language(request)) if draft and found else []
    values = {name: _typed(getattr(body, name)) for name in HEAD} | {
        name: str(value) for name, value in given.items() if name in HEAD
    }
    agencies = found.standing.bodies if found else await bodies(database)
    day = body.decided or clock.today()
    roots = [one for code in agencies.codes() if _ROOT.fullmatch(code) and (one := agencies.at(code, day))]
    issuer = agencies.at(body.issuer, day)
    data = {
        "draft": draft,
        "body": body,
        "values": values,
        "json": given.get("json") or msgspec.json.format(msgspec.json.encode(body), indent=2).decode(),
        "unread": given.get("unread", ""),
        "faults": faults,
        "wrong": wrong,
        "kinds": [one.value for one in AnnouncementKind],
        "bodies": roots,
        "issuer": issuer.name if issuer else "",
        "deadlines": _deadlines(agencies, body) if draft and draft.state is State.OPEN else [],
        "names": await names(database),
        "open": draft is None or draft.state is State.OPEN,
        "cleaned": cleaned,
    }
    return await page(request, "desk/draft.html", data, status=status)


def _typed(value: object) -> str:
    return "" if value is None else str(value)


def _with_head(body: AnnouncementDraft, form: Mapping[str, Any]) -> tuple[AnnouncementDraft, Faults]:
    """The draft with the head that was typed, and what is wrong with that, by field."""
    faults: Faults = {}
    changes: dict[str, Any] = {
        "number": text(form, "number", 200),
        "issuer": text(form, "issuer", 64).split(" ")[0],
        "title": text(form, "title", 4000),
        "kind": None,
    }
    kind = text(form, "kind", 40)
    if kind in set(AnnouncementKind):
        changes["kind"] = AnnouncementKind(kind)
    for name in DAYS:
        given = text(form, name, 40)
        try:
            changes[name] = date.fromisoformat(given) if given else None
        except ValueError:
            faults[name] = "day"
    return msgspec.structs.replace(body, **changes), faults


def _deadlines(agencies: Bodies, body: AnnouncementDraft) -> list[deadlines.Deadline]:
    issuer = agencies.at(body.issuer, body.decided or clock.today())
    level = issuer.level if issuer else None
    return deadlines.deadlines(level, body.decided, body.effective, body.published, clock.today())


async def _effect(request: Request[Any, Any, Any], key: str, template: str, *, status: int = 200) -> Response[Any]:
    database, actor, spoken = database_of(request), await acting(request), language(request)
    async with database.snapshot():
        draft: Draft = await drafts.find(database, actor, key, Kind.ANNOUNCEMENT)
        if draft.state is not State.OPEN:
            return done(request, f"{ADDRESS}/{key}")
        told = await effect.effect(database, draft.announcement(), actor, spoken)
    data = {
        "draft": draft,
        "body": draft.announcement(),
        "effect": told,
        "wrong": placed(draft.id, told.reasons, spoken),
        "compared": compared,
    }
    return await page(request, template, data, status=status)


async def _correcting(database: Database, key: str) -> AnnouncementDraft:
    """A draft that says again all that an announcement said, to be corrected. Raises ``AnnouncementNotFound``."""
    found = await announcements.find(database, key)
    made = {}
    for version in await versions.versions_of(database, [code for item in found.items for code in item.new]):
        if version.announcement == found.id:
            made[version.code] = version.procedure
    whole = {
        code: ContentDraft(procedure=made[code]) if code in made else ContentDraft(code=code)
        for item in found.items
        for code in item.new
    }
    items = tuple(
        ItemDraft(item.action, item.old, tuple(whole[code] for code in item.new))
        for item in found.items
        if item.action is not None
    )
    return AnnouncementDraft(
        number=found.number,
        decided=found.decided,
        effective=found.effective,
        published=found.published,
        issuer=(found.issuer.code if found.issuer else None) or "",
        kind=found.kind,
        title=found.title,
        illustrative=found.illustrative,
        corrects=found.id,
        items=items,
    )


async def waiting(database: Database, actor: Actor) -> tuple[int, int]:
    """How many drafts are open, and how many of them are past a deadline."""
    found, total = await drafts.listed(database, actor, Kind.ANNOUNCEMENT, limit=1000)
    agencies = await bodies(database)
    late = [one for one in found if not all(told.kept for told in _deadlines(agencies, one.announcement()))]
    return total, len(late)
