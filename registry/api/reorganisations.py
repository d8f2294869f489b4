"""Reorganisations of agencies in the making: drafted, their effect seen, published."""

from typing import Any

from litestar import Controller, Request, Response, delete, get, post, put
from litestar.params import JSONBody

from registry.api.access import SECURITY, acting, database_of, needs
from registry.api.answers import responses
from registry.api.documented import documented
from registry.api.drafts import (
    KEPT_BY_NOBODY,
    META,
    PUBLISHED,
    DraftEntry,
    DraftId,
    DraftList,
    InState,
    Version,
    fields,
    listed,
    made,
    state_of,
)
from registry.api.parameters import Limit, Offset
from registry.desk import affected, drafts, reorganise
from registry.desk.affected import Affected
from registry.desk.drafts import Draft, Kind
from registry.desk.publishing import Published
from registry.desk.reorganisation import ReorganisationDraft
from registry.intake.record import Note


class ReorganisationShown(DraftEntry, frozen=True, rename="camel", kw_only=True):
    """A draft of a reorganisation with what it holds, and what was cleaned when it was kept."""

    draft: ReorganisationDraft
    cleaned: tuple[Note, ...]


_BODY = {
    "number": "202/2025/QH15",
    "decided": "2025-06-12",
    "effective": "2025-07-01",
    "events": [{"what": "merge", "old": ["H03"], "new": [{"code": "H55"}]}],
}
_META = {**META, "number": "202/2025/QH15"}
_SHOWN = {**_META, "draft": _BODY, "cleaned": []}
_BEFORE = {"name": "UBND tỉnh Bắc Kạn", "kind": "body", "level": "province", "parent": None}
_NAMING = {
    "code": "9.000006",
    "name": "Giao đất của Bắc Kạn",
    "role": "issuing",
    "agency": "H03",
    "ends": True,
}
_AFFECTED = {
    "day": "2025-07-01",
    "revision": 1204,
    "publishable": True,
    "reasons": [],
    "agencies": [
        {
            "code": "H03",
            "before": _BEFORE,
            "after": None,
            "successors": ["H55"],
            "dossiers": 1250,
            "running": 40,
        }
    ],
    "successions": [["H03", "H55"]],
    "procedures": [_NAMING],
    "withoutCompetent": [],
    "orphans": [],
    "dossiers": 1250,
    "running": 40,
}
_PUBLISHED = {**PUBLISHED, "published": "202/2025/QH15"}


class ReorganisationController(Controller):
    path = "/api/reorganisations"
    tags = ("desk",)
    guards = (needs("announce"),)
    security = SECURITY

    @get(
        summary="List drafts of reorganisations",
        responses=responses(
            DraftList, "Drafts, the last edited first.", {"items": [_META], "total": 1}, 400, 401, 403
        ),
    )
    async def entries(
        self, request: Request[Any, Any, Any], wanted: InState = None, limit: Limit = 50, offset: Offset = 0
    ) -> Response[DraftList]:
        """Open ones, or those that were published."""
        return await listed(request, Kind.REORGANISATION, state_of(wanted), limit, offset)

    @post(
        summary="Draft a reorganisation",
        responses=made(ReorganisationShown, "The draft as it is kept.", _SHOWN, 400, 401, 403, 429),
    )
    async def begin(
        self, request: Request[Any, Any, Any], data: JSONBody[ReorganisationDraft]
    ) -> Response[ReorganisationShown]:
        """Agencies are founded, merged, split, renamed, moved or ended, on a day by one decision."""
        draft, notes = await drafts.create(database_of(request), await acting(request), data, Kind.REORGANISATION)
        return _shown(draft, notes, 201)

    @get(
        "/{draft:str}",
        summary="Show a draft of a reorganisation",
        responses=responses(ReorganisationShown, "The draft.", _SHOWN, 400, 401, 403, 404),
    )
    async def show(self, request: Request[Any, Any, Any], draft: DraftId) -> Response[ReorganisationShown]:
        """As it is now."""
        found = await drafts.find(database_of(request), await acting(request), draft, Kind.REORGANISATION)
        return _shown(found, ())

    @put(
        "/{draft:str}",
        summary="Replace what a draft of a reorganisation holds",
        responses=responses(ReorganisationShown, "The draft as it is kept.", _SHOWN, 400, 401, 403, 404, 409, 429),
    )
    async def edit(
        self,
        request: Request[Any, Any, Any],
        draft: DraftId,
        version: Version,
        data: JSONBody[ReorganisationDraft],
    ) -> Response[ReorganisationShown]:
        """Refused (409) where somebody edited it since `version`, or it was published."""
        found, notes = await drafts.edit(database_of(request), await acting(request), draft, version, data)
        return _shown(found, notes)

    @delete(
        "/{draft:str}",
        status_code=204,
        summary="Discard a draft of a reorganisation",
        responses=documented(400, 401, 403, 404, 409, 429),
    )
    async def discard(self, request: Request[Any, Any, Any], draft: DraftId, version: Version) -> None:
        """It stays readable, and cannot be worked on or published any more."""
        await drafts.discard(database_of(request), await acting(request), draft, version, Kind.REORGANISATION)

    @get(
        "/{draft:str}/effect",
        summary="Tell what publishing a reorganisation would do",
        responses=responses(Affected, "What would be touched.", _AFFECTED, 400, 401, 403, 404),
    )
    async def effect(self, request: Request[Any, Any, Any], draft: DraftId) -> Response[Affected]:
        """Every agency, every procedure that names one, by role, and how many dossiers it has; agencies left
        without a parent; and every reason to refuse it. Changes nothing."""
        database, actor = database_of(request), await acting(request)
        async with database.snapshot():
            found = await drafts.find(database, actor, draft, Kind.REORGANISATION)
            told = await affected.affected(database, found.reorganisation(), actor)
        return Response(told, headers=KEPT_BY_NOBODY)

    @post(
        "/{draft:str}/publish",
        status_code=200,
        summary="Publish a reorganisation",
        responses=responses(Published, "It counts now.", _PUBLISHED, 400, 401, 403, 404, 409, 422, 429),
    )
    async def publish(
        self, request: Request[Any, Any, Any], draft: DraftId, version: Version
    ) -> Response[Published]:
        """All in one step, or nothing at all (422 with every reason). Sent twice it publishes once."""
        told = await reorganise.publish(database_of(request), await acting(request), draft, version)
        return Response(told, headers=KEPT_BY_NOBODY)


def _shown(draft: Draft, notes: tuple[Note, ...], status: int = 200) -> Response[ReorganisationShown]:
    body = draft.reorganisation()
    shown = ReorganisationShown(**fields(draft, body), draft=body, cleaned=notes)
    return Response(shown, status_code=status, headers=KEPT_BY_NOBODY)
