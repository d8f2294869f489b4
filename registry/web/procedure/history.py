"""The versions of a procedure, what differs between two days, and whether a print is still right."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, NamedTuple

from litestar import Controller, Request, Response, get
from litestar.params import PathParameter
from litestar.response import Redirect

from registry import clock
from registry.api import details
from registry.api.answers import Decision, decisions
from registry.api.details import absent
from registry.api.parameters import Code, code_of, day_of, one, optional_day
from registry.api.problems import ParameterInvalid
from registry.api.service import Service, service_of
from registry.catalogue import versions
from registry.catalogue.errors import ProcedureNotFound
from registry.catalogue.versions import Version
from registry.procedure import Procedure
from registry.sections import differences
from registry.web.addresses import link
from registry.web.pages import language, stored
from registry.web.procedure.controller import moved
from registry.web.procedure.difference import Row, rows
from registry.web.procedure.printed import SHORT
from registry.web.procedure.sections import lines
from registry.web.procedure.view import before_end

FromDay = Annotated[str | None, one("tu", "The first of the two days.", "2025-01-01", format="date")]
ToDay = Annotated[str | None, one("den", "The second day; today by default.", "2025-07-01", format="date")]
Print = Annotated[str | None, one("b", "The beginning of the digest of what was printed.", "5f3c9f0a1b2d")]
Digest = Annotated[
    str, PathParameter(description="The beginning of the digest of what was printed.", max_length=64)
]
_HEX = frozenset("0123456789abcdef")


class Changed(NamedTuple):
    """A section that differs, by which decisions, side by side."""

    section: str
    label: str
    announcements: list[Decision]
    rows: list[Row]


class HistoryPages(Controller):
    path = "/thu-tuc/{code:str}"

    @get("/phien-ban")
    async def past(self, request: Request[Any, Any, Any], code: Code) -> Response[Any]:
        """Every version with its days, its decision and what changed with it."""
        national, spoken = code_of(code), language(request)
        if national != code:
            return moved(request, code, national)
        service = service_of(request)

        async def make(revision: int) -> Mapping[str, Any]:
            found = await versions.history(service.database, national)
            told = await details.history(service.database, national, found, spoken, revision)
            return {"history": told, "name": told.versions[-1].name, "before_end": before_end}

        return await stored(request, "procedure/versions.html", make)

    @get("/so-sanh")
    async def compare(
        self, request: Request[Any, Any, Any], code: Code, first: FromDay = None, last: ToDay = None
    ) -> Response[Any]:
        """Two days side by side. Without a first day: what the latest version changed."""
        national, spoken = code_of(code), language(request)
        if national != code:
            return moved(request, code, national)
        service, start, end = service_of(request), optional_day("tu", first), day_of("den", last)

        async def make(revision: int) -> Mapping[str, Any]:
            found = await versions.history(service.database, national)
            return await _compared(service, national, found, (start or _before(found, end), end), spoken, revision)

        return await stored(request, "procedure/difference.html", make)

    @get("/ban-in")
    async def printed(self, request: Request[Any, Any, Any], code: Code, digest: Print = None) -> Response[Any]:
        """Whether a print is still right, or which sections changed since."""
        national, spoken = code_of(code), language(request)
        if national != code:
            return moved(request, code, national)
        begin = (digest or "").strip().lower()
        if not SHORT <= len(begin) <= 32 or not _HEX.issuperset(begin):
            raise ParameterInvalid("b", f"b: {begin[:40]!r} is no digest: scan the code again, or copy all of it")
        service = service_of(request)

        async def make(_: int) -> Mapping[str, Any]:
            return await _checked(service, national, begin, spoken)

        return await stored(request, "procedure/printed.html", make)


class PrintCodes(Controller):
    path = "/b"

    @get("/{code:str}/{digest:str}")
    async def scan(self, request: Request[Any, Any, Any], code: Code, digest: Digest) -> Redirect:
        """Where the code on paper leads."""
        address = link(language(request), f"/thu-tuc/{code_of(code)}/ban-in", b=digest)
        return Redirect(address, status_code=302)


def _before(found: list[Version], end: date) -> date:
    """The first day of the version before that of ``end``: the last day on which it was otherwise."""
    earlier = [one for one in found if one.valid_to is not None and one.valid_from < end]
    last = [one for one in earlier if one.valid_to and one.valid_to <= end]
    return date.fromordinal(last[-1].valid_to.toordinal() - 1) if last and last[-1].valid_to else end


async def _compared(
    service: Service, code: str, found: list[Version], days: tuple[date, date], spoken: str, revision: int
) -> Mapping[str, Any]:
    told = await details.compared(service.database, code, days, spoken, None, revision)
    old, new = (next((one for one in found if one.holds(day)), None) for day in days)
    before, after = (one.procedure if one else None for one in (old, new))
    return {
        "code": code,
        "name": (after or before or found[-1].procedure).name,
        "days": days,
        "old": old,
        "new": new,
        "past": found,
        "changes": [
            Changed(one.section, one.label, one.announcements, _sides(before, after, one.section, spoken))
            for one in told.differences
        ],
    }


def _sides(before: Procedure | None, after: Procedure | None, section: str, spoken: str) -> list[Row]:
    """A section side by side; nothing where there is only one side."""
    if before is None or after is None:
        return []
    return rows(lines(before, section, spoken), lines(after, section, spoken))


async def _checked(service: Service, code: str, begin: str, spoken: str) -> Mapping[str, Any]:
    """What became of what was printed."""
    database, today = service.database, clock.today()
    printed = await versions.of_digest(database, code, begin)
    try:
        now = await versions.find(database, code, today)
    except ProcedureNotFound as error:
        problem = await absent(database, error)
        return {
            "state": "ended" if problem.days else "unknown",
            "code": code,
            "name": printed.procedure.name if printed else code,
            "problem": problem,
            "sections": [],
            "by": None,
            "now": None,
        }
    state = "unknown"
    sections: list[str] = []
    if printed is not None:
        sections = [one.label for one in differences(printed.procedure, now.procedure, spoken)]
        state = "changed" if sections else "right"
    cited = await decisions(database, [now.announcement])
    return {
        "state": state,
        "code": code,
        "name": now.procedure.name,
        "problem": None,
        "sections": sections,
        "by": cited[now.announcement] if now.announcement else None,
        "now": now,
        "printed": printed,
    }
