"""Announcements: the decisions by which procedures change."""

from collections.abc import Iterable
from datetime import date
from typing import Annotated, Any

import msgspec
from litestar import Controller, Request, Response, get, post
from litestar.openapi.spec import Example
from litestar.params import JSONBody, PathParameter

from registry.api.access import SECURITY, acting, needs
from registry.api.answers import Named, names, responses
from registry.api.drafts import KEPT_BY_NOBODY, PUBLISHED, made
from registry.api.parameters import Lang, Limit, Offset, language_of, one, optional_day
from registry.api.service import service_of
from registry.catalogue import announcements
from registry.desk import publish
from registry.desk.contents import AnnouncementDraft, cleaned
from registry.desk.publishing import Published
from registry.engine import Database
from registry.procedure import Agency, Announcement, AnnouncementKind
from registry.vocabulary import Action, label


class AnnouncementEntry(msgspec.Struct, frozen=True, rename="camel"):
    """An announcement in a list, with how many items it has."""

    id: str
    number: str
    decided: date | None
    effective: date | None
    published: date | None
    issuer: Agency | None
    kind: AnnouncementKind | None
    title: str
    illustrative: bool
    item_count: int


class AnnouncementList(msgspec.Struct, frozen=True, rename="camel"):
    """Announcements, the latest first by the day they take effect."""

    items: list[AnnouncementEntry]
    total: int
    revision: int


class AnnouncementItem(msgspec.Struct, frozen=True, rename="camel"):
    """One item: what it does to the procedures in ``old``, and those in force after it. ``action`` is ``None``
    where the source does not say."""

    action: Action | None
    label: str | None
    old: list[Named]
    new: list[Named]


class AnnouncementDetail(AnnouncementEntry, frozen=True, rename="camel", kw_only=True):
    """An announcement with its items, in their order."""

    items: list[AnnouncementItem]
    revision: int


Issuer = Annotated[str | None, one("issuer", "Code of the agency that decided.", "H55")]
Since = Annotated[str | None, one("since", "First day of effect, included.", "2025-01-01", format="date")]
Until = Annotated[str | None, one("until", "Last day of effect, included.", "2025-05-31", format="date")]
Decided = Annotated[str | None, one("decided", "Day of the decision.", "2025-01-06", format="date")]
Number = Annotated[
    str,
    PathParameter(
        description="The decision's number, slashes and letters included, in any case; or an id.",
        examples=[Example(summary="number", value="4472/QĐ-BTC")],
    ),
]

_ENTRY = {
    "id": "4472/QĐ-BTC|G12|2025-03-14",
    "number": "4472/QĐ-BTC",
    "decided": "2025-03-14",
    "effective": "2025-04-01",
    "itemCount": 2,
}
_LIST = {"items": [_ENTRY], "total": 1, "revision": 1204}
_ITEM = {
    "action": "replaced",
    "label": "Thay thế",
    "old": [{"code": "9.000001", "name": "Khai sinh"}],
    "new": [{"code": "9.000002", "name": "Đăng ký khai sinh"}],
}
_DETAIL = {**_ENTRY, "items": [_ITEM], "revision": 1204}


class AnnouncementController(Controller):
    path = "/api/announcements"
    tags = ("announcements",)

    @get(
        summary="List announcements",
        responses=responses(AnnouncementList, "Announcements, the latest first.", _LIST, 400),
    )
    async def entries(
        self,
        request: Request[Any, Any, Any],
        issuer: Issuer = None,
        since: Since = None,
        until: Until = None,
        limit: Limit = 50,
        offset: Offset = 0,
    ) -> Response[AnnouncementList]:
        """The day that counts is the day of effect, or of the decision where none is known."""
        service = service_of(request)
        first, last = optional_day("since", since), optional_day("until", until)

        async def make(revision: int) -> AnnouncementList:
            found, total = await announcements.listed(
                service.database, issuer=issuer or None, since=first, until=last, limit=limit, offset=offset
            )
            return AnnouncementList([_entry(one.announcement, one.items) for one in found], total, revision)

        return await service.stored(request, language_of(request), make)

    @post(
        guards=[needs("announce")],
        security=SECURITY,
        summary="Publish an announcement",
        responses=made(Published, "It counts now.", PUBLISHED, 400, 401, 403, 409, 422, 429),
    )
    async def publish(
        self, request: Request[Any, Any, Any], data: JSONBody[AnnouncementDraft]
    ) -> Response[Published]:
        """Drafted and published in one step, for programs; all of it, or nothing (422 with every reason). Sent
        twice it publishes once. See `/api/drafts` for work in several steps."""
        body, _ = cleaned(data)
        told = await publish.publish_body(service_of(request).database, await acting(request), body)
        return Response(told, status_code=201, headers=KEPT_BY_NOBODY)

    @get(
        "/{number:path}",
        summary="Show an announcement",
        responses=responses(AnnouncementDetail, "The announcement with its items.", _DETAIL, 400, 404, 409),
    )
    async def show(
        self,
        request: Request[Any, Any, Any],
        number: Number,
        issuer: Issuer = None,
        decided: Decided = None,
        lang: Lang = None,
    ) -> Response[AnnouncementDetail]:
        """Every agency counts from 1 each year: name the issuer or the day where a number is not enough."""
        service, language = service_of(request), language_of(request, lang)
        day = optional_day("decided", decided)

        async def make(revision: int) -> AnnouncementDetail:
            found = await announcements.find(service.database, number.strip("/"), issuer or None, day)
            return await detail(service.database, found, language, revision)

        return await service.stored(request, language, make)


def _entry(found: Announcement, count: int) -> AnnouncementEntry:
    return AnnouncementEntry(**_fields(found, count))


def _fields(found: Announcement, count: int) -> dict[str, Any]:
    return {
        "id": found.id,
        "number": found.number,
        "decided": found.decided,
        "effective": found.effective,
        "published": found.published,
        "issuer": found.issuer,
        "kind": found.kind,
        "title": found.title,
        "illustrative": found.illustrative,
        "item_count": count,
    }


async def detail(database: Database, found: Announcement, language: str, revision: int) -> AnnouncementDetail:
    """An announcement with its items, each procedure by its latest name."""
    called = await names(database, [code for item in found.items for code in (*item.old, *item.new)])

    def named(codes: Iterable[str]) -> list[Named]:
        return [Named(code, called.get(code)) for code in codes]

    items = [
        AnnouncementItem(
            item.action,
            label("action", item.action, language) if item.action else None,
            named(item.old),
            named(item.new),
        )
        for item in found.items
    ]
    return AnnouncementDetail(**_fields(found, len(items)), items=items, revision=revision)
