"""Reports of citizens at the desk: what waits, how long it may still wait, and the answer."""

from typing import Annotated, Any

from litestar import Controller, Request, Response, get, post
from litestar.exceptions import NotFoundException, PermissionDeniedException
from litestar.params import PathParameter

from registry import clock
from registry.access import people
from registry.api.access import database_of
from registry.api.parameters import one
from registry.api.problems import ParameterInvalid
from registry.calendar import working_between
from registry.catalogue import versions
from registry.engine import Database
from registry.feedback import Report, ReportInvalid, ReportNotFound, State, answer, report, reports
from registry.sections import LABELS
from registry.web.desk.bounds import bounds
from registry.web.desk.entry import acting, page, signed_in
from registry.web.forms import done, read, text
from registry.web.pages import language

HOME = "/bien-tap/phan-anh"
SHOWN = 50
ANSWERS = (State.WORKING, State.CORRECTED, State.DECLINED, State.NOTED)
InState = Annotated[str | None, one("trang-thai", "Only reports that stand so.", "open", enum=[*State])]
Of = Annotated[str | None, one("thu-tuc", "Only reports on this procedure.", "1.001193")]
After = Annotated[str | None, one("sau", "Continues a list.", "50")]
Done = Annotated[str | None, one("da-luu", "That an answer was kept.", "1")]
Number = Annotated[int, PathParameter(description="The report's number.")]


class ReportPages(Controller):
    path = HOME
    guards = (signed_in("announce"),)

    @get()
    async def entries(
        self,
        request: Request[Any, Any, Any],
        wanted: InState = None,
        code: Of = None,
        after: After = None,
        saved: Done = None,
    ) -> Response[Any]:
        """What stands in a state, those that wait longest first."""
        if wanted and wanted not in set(State):
            raise ParameterInvalid("trang-thai", f"{wanted[:40]!r} is no state", [*State])
        database, chosen = database_of(request), State(wanted or State.OPEN)
        known = await bounds(database, await acting(request))
        codes = known.codes
        agencies = None if codes is None else sorted(codes)
        try:
            found = await reports(database, chosen, SHOWN, after or None, agencies=agencies, code=code or None)
        except ReportInvalid as error:
            raise ParameterInvalid("sau", str(error)) from error
        names = await _names(database, [one.code for one in found.items])
        data = {
            "found": found,
            "state": chosen,
            "states": list(State),
            "code": code or "",
            "names": names,
            "left": {one.number: left(one) for one in found.items},
            "saved": saved,
        }
        return await page(request, "desk/reports.html", data)

    @get("/{number:int}")
    async def show(self, request: Request[Any, Any, Any], number: Number) -> Response[Any]:
        """One report, and the form that answers it."""
        return await _shown(request, await _found(request, number))

    @post("/{number:int}")
    async def answer(self, request: Request[Any, Any, Any], number: Number) -> Response[Any]:
        """Say what came of it. What is wrong with the answer is told beside it; what was typed is not lost."""
        found, form = await _found(request, number), await read(request)
        state, said = text(form, "state", 20), text(form, "text")
        if state not in set(ANSWERS):
            return await _shown(request, found, said=said, wrong="state", status=422)
        try:
            await answer(database_of(request), number, await acting(request), State(state), said)
        except ReportInvalid as error:
            long = error.field == "text" and bool(said)
            return await _shown(
                request, found, chosen=state, said=said, wrong="long" if long else error.field, status=422
            )
        return done(request, HOME, **{"da-luu": number})


def left(one: Report) -> int | None:
    """Working days until an answer is late: 0 on the last, negative once it is; ``None`` where none is owed."""
    if one.due is None or one.state not in (State.OPEN, State.WORKING):
        return None
    today = clock.today()
    return working_between(today, one.due) if one.due >= today else -working_between(one.due, today)


async def _found(request: Request[Any, Any, Any], number: int) -> Report:
    """A report of the agencies that somebody acts for. Raises 404 and 403."""
    database = database_of(request)
    try:
        found = await report(database, number)
    except ReportNotFound as error:
        raise NotFoundException(str(error)) from error
    known = await bounds(database, await acting(request))
    if not known.holds(found.agency):
        raise PermissionDeniedException(f"report {number} is on a procedure of {found.agency or 'no agency'}")
    return found


async def _names(database: Database, codes: list[str]) -> dict[str, str]:
    """The names of procedures, as they are or were last."""
    return {one.code: one.procedure.name for one in await versions.versions_of(database, sorted(set(codes)))}


async def _shown(
    request: Request[Any, Any, Any],
    found: Report,
    *,
    chosen: str = "",
    said: str = "",
    wrong: str = "",
    status: int = 200,
) -> Response[Any]:
    database, spoken = database_of(request), language(request)
    names = await _names(database, [found.code])
    everybody = {one.id: one.name for one in await people.listed(database)}
    data = {
        "one": found,
        "name": names.get(found.code, found.code),
        "named": [LABELS[name].en if spoken == "en" else LABELS[name].vi for name in found.sections],
        "left": left(found),
        "answers": ANSWERS,
        "chosen": chosen or (found.state if found.state in ANSWERS else ""),
        "said": said or found.answer,
        "wrong": wrong,
        "by": everybody.get(found.answered_by, found.answered_by),
    }
    return await page(request, "desk/report.html", data, status=status)
