"""An agency: what it is called, whom it belongs to, since when and until when, and which procedures it has."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, NamedTuple

import msgspec
from litestar import Controller, Request, Response, get
from litestar.openapi.spec import Example
from litestar.params import PathParameter
from piccolo.querystring import QueryString

from registry import clock
from registry.api.agencies import relatives
from registry.api.answers import Successor
from registry.api.parameters import day_of
from registry.api.service import Service, service_of
from registry.catalogue import agencies, versions
from registry.catalogue.agencies import AgencyVersion
from registry.catalogue.versions import believed, holding
from registry.engine import Database
from registry.vocabulary import Role, label
from registry.web.pages import language, stored
from registry.web.procedure.controller import Day
from registry.web.procedure.view import before_end

MOST_NAMED = 12
AgencyCode = Annotated[
    str, PathParameter(description="The agency's code.", examples=[Example(summary="code", value="H55.17")])
]


class _Agency(msgspec.Struct, frozen=True):
    role: Role
    code: str | None = None


class _Naming(msgspec.Struct, frozen=True):
    """As much of a content as tells who does what in it."""

    name: str
    agencies: tuple[_Agency, ...] = ()


_naming = msgspec.json.Decoder(_Naming).decode


class Had(NamedTuple):
    """The procedures in which an agency has a role: how many, and the first of them (code, name)."""

    role: str
    many: int
    first: list[tuple[str, str]]


class AgencyPages(Controller):
    path = "/co-quan"

    @get("/{code:str}")
    async def show(self, request: Request[Any, Any, Any], code: AgencyCode, on: Day = None) -> Response[Any]:
        """An agency as of a day, with its history, what it came from and what took its place."""
        service, spoken, day = service_of(request), language(request), day_of("ngay", on)

        async def make(_: int) -> Mapping[str, Any]:
            return await _shown(service, code, day, spoken)

        return await stored(request, "procedure/agency.html", make)


async def _shown(service: Service, code: str, day: date, spoken: str) -> Mapping[str, Any]:
    database = service.database
    states = await agencies.history(database, code)
    now = next((one for one in states if _holds(one, day)), None)
    before = await relatives(database, await versions.predecessors(database, code, "agency"))
    after = await relatives(database, await versions.successors(database, code, "agency"))
    return {
        "code": code,
        "on": day,
        "now": now,
        "latest": now or states[-1],
        "states": states,
        "above": await _above(database, now or states[-1], day),
        "below": await agencies.listed(database, day, code),
        "before": _once(before),
        "after": _once(after),
        "roles": await _roles(database, code, day, spoken),
        "level": label("level", (now or states[-1]).level or "", spoken),
        "never": clock.ALWAYS,
        "before_end": before_end,
    }


def _holds(state: AgencyVersion, day: date) -> bool:
    return (state.valid_from is None or state.valid_from <= day) and (
        state.valid_to is None or day < state.valid_to
    )


def _once(found: list[Successor]) -> list[Successor]:
    return list({one.code: one for one in found}.values())


async def _above(database: Database, agency: AgencyVersion, day: date) -> list[AgencyVersion]:
    """The agencies above one, the highest first. Where two are above each other, each is told once."""
    found: list[AgencyVersion] = []
    seen = {agency.code}
    parent = agency.parent
    while parent and parent not in seen:
        seen.add(parent)
        states = await agencies.history(database, parent)
        found.insert(0, next((one for one in states if _holds(one, day)), states[-1]))
        parent = found[0].parent
    return found


async def _roles(database: Database, code: str, day: date, spoken: str) -> list[Had]:
    """In which procedures of the day the agency has which role."""
    pattern = f'%"code":{msgspec.json.encode(code).decode()}%'
    rows = await database.rows(
        QueryString(
            "SELECT v.code, c.body FROM version v JOIN content c ON c.digest = v.content "
            "WHERE {} AND {} AND c.body LIKE {} ORDER BY v.code",
            believed(None),
            holding(day),
            pattern,
        )
    )
    found: dict[Role, list[tuple[str, str]]] = {}
    for row in rows:
        content = _naming(row["body"])
        for role in {one.role for one in content.agencies if one.code == code}:
            found.setdefault(role, []).append((row["code"], content.name))
    return [
        Had(label("role", role, spoken), len(found[role]), found[role][:MOST_NAMED])
        for role in Role
        if role in found
    ]
