"""Keys of programs: made, listed and revoked by an administrator."""

from datetime import date
from typing import Annotated, Any

import msgspec
from litestar import Controller, Request, Response, delete, get, post
from litestar.exceptions import NotFoundException, ValidationException
from litestar.openapi import ResponseSpec
from litestar.openapi.spec import Example
from litestar.params import JSONBody

from registry.access import keys
from registry.access.actors import AccessError, KeyScope
from registry.access.keys import Key, KeyNotFound
from registry.api.access import SECURITY, acting, database_of, needs
from registry.api.answers import responses
from registry.api.documented import documented
from registry.api.parameters import named


class KeyWanted(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """A key to be made: what for, what it may do, for which agency (none: for any), and its last good day."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    scopes: Annotated[list[KeyScope], msgspec.Meta(min_length=1)]
    agency: Annotated[str, msgspec.Meta(max_length=64)] | None = None
    until: date | None = None


class KeyMade(msgspec.Struct, frozen=True, rename="camel"):
    """A new key. ``secret`` is what to send as `Authorization: Bearer`; it is shown this once."""

    key: Key
    secret: str


class KeyList(msgspec.Struct, frozen=True, rename="camel"):
    """Every key there is or was, the newest first; never their secrets."""

    items: list[Key]


KeyId = Annotated[
    str,
    named("The key's id, the part between its underscores.", "38fc245726f7"),
]
_KEY = {
    "id": "38fc245726f7",
    "name": "Phần mềm một cửa",
    "scopes": ["announce"],
    "agency": "H55",
    "createdAt": "2025-05-31T01:00:00Z",
    "until": "2026-05-31",
    "revokedAt": None,
    "lastUsed": None,
}
_NEVER_KEPT = {"cache-control": "no-store"}


class KeyController(Controller):
    path = "/api/keys"
    tags = ("access",)
    guards = (needs("admin"),)
    security = SECURITY

    @get(summary="List keys", responses=responses(KeyList, "Every key.", {"items": [_KEY]}, 401, 403))
    async def entries(self, request: Request[Any, Any, Any]) -> Response[KeyList]:
        """With their scopes, agencies, last good and last used days; revoked ones too."""
        return Response(KeyList(await keys.listed(database_of(request))), headers=_NEVER_KEPT)

    @post(
        summary="Make a key",
        responses={
            201: ResponseSpec(
                KeyMade,
                description="The key, with its secret.",
                generate_examples=False,
                examples=[Example(value={"key": _KEY, "secret": "dm_38fc245726f7_…"})],
            ),
            **documented(400, 401, 403, 429),
        },
    )
    async def make(self, request: Request[Any, Any, Any], data: JSONBody[KeyWanted]) -> Response[KeyMade]:
        """Its secret is shown in this answer and never again. Good for a year where no last day is given."""
        try:
            made = await keys.create(
                database_of(request),
                await acting(request),
                data.name,
                data.scopes,
                agency=data.agency,
                until=data.until,
            )
        except AccessError as error:
            raise ValidationException(str(error)) from error
        return Response(KeyMade(made.key, made.secret), status_code=201, headers=_NEVER_KEPT)

    @delete("/{key:str}", status_code=204, summary="Revoke a key", responses=documented(400, 401, 403, 404, 429))
    async def revoke(self, request: Request[Any, Any, Any], key: KeyId) -> None:
        """It is good no longer, from now on. Twice changes nothing."""
        try:
            await keys.revoke(database_of(request), await acting(request), key)
        except KeyNotFound as error:
            raise NotFoundException(str(error)) from error
