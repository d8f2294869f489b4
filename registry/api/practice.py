"""The legal time of procedures beside what agencies really take."""

from typing import Annotated, Any

import msgspec
from litestar import Controller, Request, Response, get

from registry.access.actors import KeyScope
from registry.api.access import needs
from registry.api.answers import responses
from registry.api.numbers import AgencyFilter, Cursor, FirstDay, LastDay, PageLimit, days_of, numbered, sees_all
from registry.api.parameters import code_of, one
from registry.api.problems import ParameterInvalid
from registry.api.service import service_of
from registry.metrics.practice import FinishedPage, Practices, Sort, finished, practice

ProcedureFilter = Annotated[str | None, one("procedure", "A procedure's code, in any notation.", "9.000001")]
Order = Annotated[
    str | None,
    one(
        "sort",
        "Most dossiers first (count), least on time (late), longest over the legal time (over), or by code.",
        "over",
        enum=[*Sort],
    ),
]

_TIMES = {
    "promise": 5.0,
    "promiseUnit": "working-day",
    "text": "",
    "channels": ["online", "direct"],
    "unit": "working-day",
    "count": 412,
    "onTime": 409,
    "share": 99.27,
    "median": 2.0,
    "p90": 4.0,
    "hidden": False,
}
_PRACTICE = {
    "period": {"start": "2025-01-01", "end": "2025-05-31"},
    "agency": "H55",
    "agencyName": "UBND tỉnh Thái Nguyên",
    "procedure": None,
    "sort": "count",
    "pairs": 1,
    "items": [
        {
            "procedure": "9.000001",
            "name": "Đăng ký khai sinh",
            "agency": "H55.17",
            "agencyName": "Sở Tư pháp tỉnh Thái Nguyên",
            "count": 412,
            "onTime": 409,
            "share": 99.27,
            "times": [_TIMES],
            "hidden": False,
        }
    ],
    "next": None,
    "revisions": {"catalogue": 1204, "dossiers": 18, "observations": 0},
}
_RECORDS = {
    "procedure": "9.000001",
    "agency": "H55.17",
    "total": 412,
    "items": [
        {
            "key": "5d1f0b6c8a4e4c1e9d3f0a7b2c6e8f10",
            "channel": "online",
            "received": "2025-03-03",
            "finished": "2025-03-05",
            "due": "2025-03-10",
            "suspended": 0,
            "late": False,
            "taken": 2.0,
            "unit": "working-day",
        }
    ],
    "next": None,
}


class PracticeController(Controller):
    path = "/api/practice"
    tags = ("indicators",)

    @get(
        summary="Compare the legal time of procedures with the real one",
        responses=responses(Practices, "Promise and practice.", _PRACTICE, 400, 401, 404, 503),
    )
    async def entries(
        self,
        request: Request[Any, Any, Any],
        agency: AgencyFilter = None,
        procedure: ProcedureFilter = None,
        first: FirstDay = None,
        last: LastDay = None,
        sort: Order = None,
        limit: PageLimit = 50,
        cursor: Cursor = None,
    ) -> Response[Practices]:
        """Dossiers count in the period in which they were finished, under the legal time of the version in force
        when they were received. Times are in the unit of the legal time; fewer than 5 dossiers are hidden without
        a key of the scope metrics."""
        database, (start, end) = service_of(request).database, days_of(first, last)
        order = _sort(sort)

        async def make(held: frozenset[str]) -> msgspec.Struct:
            return await practice(
                database,
                start,
                end,
                agency=agency or None,
                procedure=code_of(procedure) if procedure else None,
                sort=order,
                limit=limit,
                cursor=cursor or None,
                full=sees_all(held),
            )

        return await numbered(request, make)

    @get(
        "/records",
        summary="List the dossiers behind one line of practice",
        guards=[needs(KeyScope.METRICS)],
        responses=responses(FinishedPage, "Dossiers, never their numbers.", _RECORDS, 400, 401, 403, 503),
    )
    async def records(
        self,
        request: Request[Any, Any, Any],
        agency: AgencyFilter = None,
        procedure: ProcedureFilter = None,
        first: FirstDay = None,
        last: LastDay = None,
        limit: PageLimit = 100,
        cursor: Cursor = None,
    ) -> Response[FinishedPage]:
        """The dossiers of one procedure with one agency that were finished in the period, in that order. Needs a
        key of the scope metrics."""
        database, (start, end) = service_of(request).database, days_of(first, last)
        if not procedure or not agency:
            name = "agency" if procedure else "procedure"
            raise ParameterInvalid(name, f"{name}: give one procedure and one agency")

        async def make(_: frozenset[str]) -> msgspec.Struct:
            return await finished(database, code_of(procedure), agency, start, end, limit, cursor or None)

        return await numbered(request, make)


def _sort(given: str | None) -> Sort:
    try:
        return Sort(given or Sort.COUNT)
    except ValueError as error:
        raise ParameterInvalid("sort", f"sort: {str(given)[:40]!r} is no order", [*Sort]) from error
