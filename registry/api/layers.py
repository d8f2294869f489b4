"""What is added here to procedures, and what of it is to be reviewed."""

from typing import Annotated, Any

import msgspec
from litestar import Controller, Request, Response, delete, get, post, put
from litestar.exceptions import NotFoundException, PermissionDeniedException, ValidationException
from litestar.params import JSONBody

from registry import clock
from registry.access.actors import AccessError, Actor
from registry.api.access import acting, needs
from registry.api.answers import responses
from registry.api.documented import documented
from registry.api.parameters import Code, code_of, one, text_of
from registry.api.service import service_of
from registry.catalogue.errors import ProcedureNotFound
from registry.desk.standing import bodies
from registry.engine import Database
from registry.exchange import layers
from registry.exchange.layers import Addition, LayerNotFound, Review

For = Annotated[
    str | None,
    one("agency", "The agency for which it is added; for all by default.", "H55.17"),
]
_REVIEW = {
    "code": "9.000001",
    "agency": "",
    "name": "Đăng ký khai sinh",
    "sections": ["fees"],
    "ended": False,
    "validFrom": "2025-04-01",
    "announcement": "30/QĐ-BTP|G04|2025-03-14",
    "recorded": 1204,
}
_HEADERS = {"cache-control": "no-store"}


class ReviewList(msgspec.Struct, frozen=True):
    """Additions whose procedures say something else than when they were made, by code."""

    items: list[Review]


class Reviewed(msgspec.Struct, frozen=True):
    """How many additions were reviewed."""

    reviewed: int


class LayerController(Controller):
    path = "/api/layers"
    tags = ("exchange",)

    @put(
        "/{code:str}",
        status_code=204,
        guards=[needs("announce")],
        summary="Add to a procedure",
        responses=documented(400, 401, 403, 404, 429),
    )
    async def put(
        self, request: Request[Any, Any, Any], code: Code, data: JSONBody[Addition], agency: For = None
    ) -> None:
        """A local code, opening hours, places, fees and a note, beside the content as it was announced, for all or
        for one agency. It stays when the content changes; where that changes in substance it is to be reviewed."""
        database, national, actor = service_of(request).database, code_of(code), await acting(request)
        await _bounded(database, actor, agency)
        _checked(data)
        try:
            await layers.put(database, actor, national, data, agency or "")
        except ProcedureNotFound as error:
            raise NotFoundException(str(error)) from error
        except AccessError as error:
            raise ValidationException(str(error)) from error

    @delete(
        "/{code:str}",
        status_code=204,
        guards=[needs("announce")],
        summary="Take back what was added to a procedure",
        responses=documented(400, 401, 403, 404, 429),
    )
    async def remove(self, request: Request[Any, Any, Any], code: Code, agency: For = None) -> None:
        """For all, or for one agency."""
        database, actor = service_of(request).database, await acting(request)
        await _bounded(database, actor, agency)
        try:
            await layers.remove(database, actor, code_of(code), agency or "")
        except LayerNotFound as error:
            raise NotFoundException(str(error)) from error


class ReviewController(Controller):
    path = "/api/reviews"
    tags = ("exchange",)

    @get(
        summary="List what is to be reviewed",
        responses=responses(ReviewList, "Additions to review.", {"items": [_REVIEW]}, 503),
    )
    async def entries(self, request: Request[Any, Any, Any]) -> Response[ReviewList]:
        """Additions whose procedure changed in substance under them, with the sections that did. A change of
        spaces, punctuation or order is none. `ended` says that the procedure has got an end."""
        return Response(ReviewList(await layers.reviews(service_of(request).database)), headers=_HEADERS)

    @post(
        "/{code:str}",
        status_code=200,
        guards=[needs("announce")],
        summary="Say that additions were reviewed",
        responses=responses(Reviewed, "How many.", {"reviewed": 1}, 400, 401, 403, 404, 429),
    )
    async def resolve(self, request: Request[Any, Any, Any], code: Code, agency: For = None) -> Response[Reviewed]:
        """Those to one procedure, all of them or for one agency: they count as made for its content of now."""
        database, actor = service_of(request).database, await acting(request)
        await _bounded(database, actor, agency)
        try:
            count = await layers.resolve(database, actor, code_of(code), agency)
        except LayerNotFound as error:
            raise NotFoundException(str(error)) from error
        return Response(Reviewed(count), headers=_HEADERS)


async def _bounded(database: Database, actor: Actor, agency: str | None) -> None:
    """Who acts for an agency adds for it and for those below it, and for nobody else."""
    if actor.agency is None:
        return
    known = await bodies(database)
    if not agency or not known.below(agency, actor.agency, clock.today()):
        raise PermissionDeniedException(
            f"This {actor.kind} adds only for agency {actor.agency} and those below it."
        )


def _checked(addition: Addition) -> None:
    for name in ("local_code", "hours", "note"):
        text_of(name, getattr(addition, name))
    for place in addition.places:
        text_of("places", place)
    if addition == Addition():
        raise ValidationException("Nothing is added: give a local code, hours, places, fees or a note.")
