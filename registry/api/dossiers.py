"""Dossiers come in over HTTP."""

from dataclasses import dataclass
from typing import Annotated, Any

import msgspec
from litestar import Controller, Request, post
from litestar.exceptions import HTTPException
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import Example, OpenAPIMediaType, Operation, RequestBody, Schema
from litestar.openapi.spec.enums import OpenAPIFormat, OpenAPIType

from registry.access import audit
from registry.access.actors import KeyScope
from registry.api.access import acting, needs
from registry.api.documented import documented
from registry.api.parameters import one
from registry.api.problems import ParameterInvalid
from registry.api.service import service_of
from registry.dossiers import aside, intake, keys
from registry.dossiers.batch import LineFault
from registry.dossiers.formats import known
from registry.dossiers.intake import Outcome
from registry.intake.record import SourceUnreadable

MOST_SENT = 64 * 2**20
"""Bytes of one request."""
MOST_UNPACKED = 512 * 2**20
MOST_FAULTS = 1_000
LONGEST_SOURCE = 200


class Taken(msgspec.Struct, frozen=True, rename="camel"):
    """What came of a request. ``read`` is the sum of ``fates``: new, changed, repeated, older than what is known,
    aside, rejected. ``contradicted`` lines have a fate besides: they say something else than another delivery of
    the same dossier, state and moment.

    ``lines`` tells of each line that was not taken in as it is, ``leftOut`` of how many more. ``resolved`` were
    aside before and have been taken in; ``aside`` says how many dossiers wait now, by reason.
    """

    delivery: int
    read: int
    fates: dict[str, int]
    contradicted: int
    lines: list[LineFault]
    left_out: int
    resolved: int
    aside: dict[str, int]
    revision: int


Named = Annotated[str | None, one("source", "What to call this delivery in the log.", "one-stop Thái Nguyên")]
Told = Annotated[
    str | None, one("format", "How the body is written; told by its first line by default.", "ndjson")
]

_EXAMPLE = {
    "delivery": 12,
    "read": 3,
    "fates": {"new": 1, "changed": 0, "repeated": 0, "older": 0, "aside": 1, "rejected": 1},
    "contradicted": 0,
    "lines": [
        {
            "line": 2,
            "fate": "rejected",
            "field": "finished",
            "reason": "is before the day on which it was received",
        },
        {"line": 3, "fate": "aside", "field": "procedure", "reason": "unknown-procedure"},
    ],
    "leftOut": 0,
    "resolved": 0,
    "aside": {"unknown-procedure": 1},
    "revision": 7,
}
_LINE = (
    '{"number": "H55.17-250512-0001", "procedure": "1.001193", "agency": "H55.17", "channel": "online", '
    '"received": "2025-05-12", "state": "finished", "finished": "2025-05-14"}'
)


_LIST = (
    "number,procedure,agency,channel,received,state,finished\n"
    "H55.17-250512-0001,1.001193,H55.17,online,2025-05-12,finished,2025-05-14\n"
)


@dataclass
class _Delivery(Operation):
    """An operation whose body is a stream that nothing decodes for it."""

    def __post_init__(self) -> None:
        text = OpenAPIMediaType(schema=Schema(type=OpenAPIType.STRING), example=_LINE)
        table = OpenAPIMediaType(schema=Schema(type=OpenAPIType.STRING), example=_LIST)
        packed = OpenAPIMediaType(schema=Schema(type=OpenAPIType.STRING, format=OpenAPIFormat.BINARY))
        self.request_body = RequestBody(
            description="Dossiers, one a line: NDJSON, or CSV under a header; plain or packed with gzip.",
            content={"application/x-ndjson": text, "text/csv": table, "application/gzip": packed},
            required=True,
        )


class DossierController(Controller):
    path = "/api/dossiers"
    tags = ("dossiers",)

    @post(
        summary="Take dossiers in",
        status_code=200,
        guards=[needs(KeyScope.DOSSIERS)],
        request_max_body_size=MOST_SENT,
        operation_class=_Delivery,
        responses={
            200: ResponseSpec(
                Taken,
                description="What came of every line.",
                generate_examples=False,
                examples=[Example(summary="three lines", value=_EXAMPLE)],
            ),
            **documented(400, 401, 403, 429, 503),
        },
    )
    async def take(self, request: Request[Any, Any, Any], source: Named = None, format_name: Told = None) -> Taken:
        """Each line is taken in, or told why not; the others do not suffer. Sending the same again changes
        nothing, and states may come in any order: the latest (`updated`) counts. Dossiers of a procedure or an
        agency that the catalogue does not have on their day are kept aside, and taken in once it does. The number
        is kept only as a keyed digest."""
        _check(source, format_name)
        database, actor, told = service_of(request).database, await acting(request), _Told()
        try:
            outcome = await intake.take(
                database,
                source or "api",
                request.stream(),
                await keys.secret(database, request.app.state.settings),
                format_name=format_name,
                most=MOST_UNPACKED,
                bound=actor.agency,
                report=told,
            )
        except SourceUnreadable as error:
            raise HTTPException(status_code=400, detail=str(error)) from error
        counts = {"read": outcome.read, **outcome.fates}
        subject = f"delivery {outcome.delivery}"
        await database.transact(lambda: audit.record(database, actor, "dossiers.take", subject, counts))
        if outcome.broken:
            raise HTTPException(status_code=400, detail=_broken(outcome))
        return Taken(
            delivery=outcome.delivery,
            read=outcome.read,
            fates=outcome.fates,
            contradicted=outcome.contradicted,
            lines=told.first,
            left_out=told.count - len(told.first),
            resolved=outcome.resolved,
            aside=await aside.counts(database),
            revision=outcome.revision,
        )


class _Told:
    """Hears of every line that was not taken in as it is, and keeps the first ones."""

    def __init__(self) -> None:
        self.count = 0
        self.first: list[LineFault] = []

    def __call__(self, fault: LineFault) -> None:
        self.count += 1
        if len(self.first) < MOST_FAULTS:
            self.first.append(fault)


def _check(source: str | None, format_name: str | None) -> None:
    if format_name is not None and format_name not in known():
        raise ParameterInvalid("format", f"there is no format {format_name!r}", sorted(known()))
    if source is not None and (len(source) > LONGEST_SOURCE or not source.isprintable()):
        raise ParameterInvalid("source", f"a name has at most {LONGEST_SOURCE} characters that can be printed")


def _broken(outcome: Outcome) -> str:
    return f"{outcome.broken}; the {outcome.read:,} lines before that were read, and sending it again finishes it"
