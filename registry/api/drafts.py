"""Announcements in the making: drafted, edited, their effect seen, published."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Controller, Request, Response, delete, get, post, put
from litestar.openapi import ResponseSpec
from litestar.openapi.spec import Example
from litestar.params import JSONBody, QueryParameter

from registry.api.access import SECURITY, acting, database_of, needs
from registry.api.answers import responses
from registry.api.documented import documented
from registry.api.parameters import Lang, Limit, Offset, language_of, named, one
from registry.api.problems import ParameterInvalid
from registry.desk import drafts, effect, publish
from registry.desk.contents import AnnouncementDraft
from registry.desk.drafts import Draft, Kind, State
from registry.desk.effect import Effect
from registry.desk.publishing import Published
from registry.intake.record import Note

KEPT_BY_NOBODY = {"cache-control": "no-store"}


class DraftEntry(msgspec.Struct, frozen=True, rename="camel"):
    """A draft in a list. ``version`` counts its edits: give it back with every change."""

    id: str
    state: State
    version: int
    agency: str | None
    number: str
    title: str
    created_at: datetime
    created_by: str
    edited_at: datetime
    edited_by: str
    published_at: datetime | None
    published_by: str | None
    published: str | None


class DraftList(msgspec.Struct, frozen=True, rename="camel"):
    """Drafts, the last edited first."""

    items: list[DraftEntry]
    total: int


class DraftShown(DraftEntry, frozen=True, rename="camel", kw_only=True):
    """A draft with what it holds, and what was cleaned when it was kept."""

    draft: AnnouncementDraft
    cleaned: tuple[Note, ...]


DraftId = Annotated[str, named("The draft's id.", "5c9f1e07ab42")]
Version = Annotated[
    int, QueryParameter(description="The version that you have seen; another's edit is never overwritten.", ge=1)
]
InState = Annotated[str | None, one("state", "open (default), published or discarded.", "open", enum=[*State])]
META = {
    "id": "5d2cbacaca7a",
    "state": "open",
    "version": 1,
    "agency": "H55",
    "number": "77/QĐ-UBND",
    "title": "",
    "createdAt": "2025-05-02T01:00:00Z",
    "createdBy": "38fc245726f7",
    "editedAt": "2025-05-02T01:00:00Z",
    "editedBy": "38fc245726f7",
    "publishedAt": None,
    "publishedBy": None,
    "published": None,
}
_BODY = {
    "number": "77/QĐ-UBND",
    "decided": "2025-05-01",
    "effective": "2025-05-20",
    "issuer": "H55",
    "items": [
        {"action": "amended", "new": [{"code": "9.000001", "changes": {"name": "Đăng ký khai sinh"}}]},
        {"action": "abolished", "old": ["9.000004"]},
    ],
}
_SHOWN = {**META, "draft": _BODY, "cleaned": []}
_DIFFERENCE = {"section": "name", "label": "Tên thủ tục", "before": "Khai sinh", "after": "Đăng ký khai sinh"}
_OUTCOME = {
    "code": "9.000001",
    "name": "Đăng ký khai sinh",
    "becomes": "changes",
    "wasFrom": "2025-01-10",
    "wasTo": None,
    "validFrom": "2025-05-20",
    "validTo": None,
    "differences": [_DIFFERENCE],
}
_FINDING = {
    "rule": "fee",
    "section": "fees",
    "field": "",
    "start": 0,
    "end": 0,
    "found": "",
    "vi": "Chưa rõ có thu phí hay không. Ghi số tiền, biểu phí, hoặc «Không thu phí».",
    "en": "It does not say whether anything is charged. Give the amount, the schedule, or say that it is free.",
}
_EFFECT = {
    "announcement": "77/QĐ-UBND|H55|2025-05-01",
    "day": "2025-05-20",
    "revision": 1204,
    "publishable": True,
    "reasons": [],
    "items": [{"action": "amended", "outcomes": [_OUTCOME], "old": ["9.000001"], "new": ["9.000001"]}],
    "withoutCompetent": [],
    "deadlines": [
        {
            "indicator": "PUBLISH_ON_TIME",
            "what": "announced",
            "of": "2025-05-20",
            "workingDays": -5,
            "until": "2025-05-13",
            "day": "2025-05-01",
            "kept": True,
        }
    ],
    "inForceBefore": 1860,
    "inForceAfter": 1860,
    "remarks": [
        {"code": "9.000001", "name": "Đăng ký khai sinh", "before": 76, "score": 88, "findings": [_FINDING]}
    ],
}
PUBLISHED = {
    "draft": "5d2cbacaca7a",
    "published": "77/QĐ-UBND|H55|2025-05-01",
    "by": "38fc245726f7",
    "at": "2025-05-02T01:30:00Z",
    "changes": 9,
    "repeated": False,
}


def made(kind: type[Any], description: str, example: dict[str, Any], *problems: int) -> dict[int, ResponseSpec]:
    """The documented answers of a route that makes something."""
    shown = [Example(summary=description, value=example)]
    spec = ResponseSpec(kind, description=description, generate_examples=False, examples=shown)
    return {201: spec, **documented(*problems)}


class DraftController(Controller):
    path = "/api/drafts"
    tags = ("desk",)
    guards = (needs("announce"),)
    security = SECURITY

    @get(
        summary="List drafts of announcements",
        responses=responses(
            DraftList, "Drafts, the last edited first.", {"items": [META], "total": 1}, 400, 401, 403
        ),
    )
    async def entries(
        self, request: Request[Any, Any, Any], wanted: InState = None, limit: Limit = 50, offset: Offset = 0
    ) -> Response[DraftList]:
        """Those of the agency that the key or person acts for, and of what is below it."""
        return await listed(request, Kind.ANNOUNCEMENT, state_of(wanted), limit, offset)

    @post(
        summary="Draft an announcement",
        responses=made(DraftShown, "The draft as it is kept.", _SHOWN, 400, 401, 403, 429),
    )
    async def begin(
        self, request: Request[Any, Any, Any], data: JSONBody[AnnouncementDraft]
    ) -> Response[DraftShown]:
        """Anything may be missing yet. An item's new content is a whole `procedure`, or a `code` with `changes` to
        what is in force; with `corrects` it corrects what was published."""
        draft, notes = await drafts.create(database_of(request), await acting(request), data)
        return _shown(draft, notes, 201)

    @get(
        "/{draft:str}",
        summary="Show a draft",
        responses=responses(DraftShown, "The draft.", _SHOWN, 400, 401, 403, 404),
    )
    async def show(self, request: Request[Any, Any, Any], draft: DraftId) -> Response[DraftShown]:
        """As it is now."""
        found = await drafts.find(database_of(request), await acting(request), draft, Kind.ANNOUNCEMENT)
        return _shown(found, ())

    @put(
        "/{draft:str}",
        summary="Replace what a draft holds",
        responses=responses(DraftShown, "The draft as it is kept.", _SHOWN, 400, 401, 403, 404, 409, 429),
    )
    async def edit(
        self,
        request: Request[Any, Any, Any],
        draft: DraftId,
        version: Version,
        data: JSONBody[AnnouncementDraft],
    ) -> Response[DraftShown]:
        """Refused (409) where somebody edited it since `version`, or it was published."""
        found, notes = await drafts.edit(database_of(request), await acting(request), draft, version, data)
        return _shown(found, notes)

    @delete(
        "/{draft:str}",
        status_code=204,
        summary="Discard a draft",
        responses=documented(400, 401, 403, 404, 409, 429),
    )
    async def discard(self, request: Request[Any, Any, Any], draft: DraftId, version: Version) -> None:
        """It stays readable, and cannot be worked on or published any more."""
        await drafts.discard(database_of(request), await acting(request), draft, version, Kind.ANNOUNCEMENT)

    @get(
        "/{draft:str}/effect",
        summary="Tell what publishing a draft would do",
        responses=responses(Effect, "What would change, and what keeps it from it.", _EFFECT, 400, 401, 403, 404),
    )
    async def effect(self, request: Request[Any, Any, Any], draft: DraftId, lang: Lang = None) -> Response[Effect]:
        """Section by section against what is in force on the day of effect; successors; what would be left without
        a competent agency; the deadlines of indicators; what page lint remarks; and every reason to refuse it.
        Changes nothing."""
        database, actor, language = database_of(request), await acting(request), language_of(request, lang)
        async with database.snapshot():
            found = await drafts.find(database, actor, draft, Kind.ANNOUNCEMENT)
            told = await effect.effect(database, found.announcement(), actor, language)
        return Response(told, headers=KEPT_BY_NOBODY)

    @post(
        "/{draft:str}/publish",
        status_code=200,
        summary="Publish a draft",
        responses=responses(Published, "It counts now.", PUBLISHED, 400, 401, 403, 404, 409, 422, 429),
    )
    async def publish(
        self, request: Request[Any, Any, Any], draft: DraftId, version: Version
    ) -> Response[Published]:
        """All in one step, or nothing at all (422 with every reason). Sent twice it publishes once; of two who
        publish at the same moment one is told (409) that the other did."""
        told = await publish.publish(database_of(request), await acting(request), draft, version)
        return Response(told, headers=KEPT_BY_NOBODY)


async def listed(
    request: Request[Any, Any, Any], kind: Kind, state: State, limit: int, offset: int
) -> Response[DraftList]:
    """A page of the drafts of one kind that whoever asks may work on."""
    found, total = await drafts.listed(
        database_of(request), await acting(request), kind, state, limit=limit, offset=offset
    )
    entries = [DraftEntry(**fields(one, one.content())) for one in found]
    return Response(DraftList(entries, total), headers=KEPT_BY_NOBODY)


def state_of(text: str | None) -> State:
    """The state that is asked for; open where none is."""
    if text and text not in set(State):
        raise ParameterInvalid("state", f"state: {text[:40]!r} is none", list(State))
    return State(text or State.OPEN)


def fields(draft: Draft, body: Any) -> dict[str, Any]:
    """What every draft tells of itself."""
    found = {name: getattr(draft, name) for name in DraftEntry.__struct_fields__ if hasattr(draft, name)}
    return found | {"number": body.number, "title": body.title}


def _shown(draft: Draft, notes: tuple[Note, ...], status: int = 200) -> Response[DraftShown]:
    body = draft.announcement()
    shown = DraftShown(**fields(draft, body), draft=body, cleaned=notes)
    return Response(shown, status_code=status, headers=KEPT_BY_NOBODY)
