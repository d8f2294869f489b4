"""Syncs at the desk: the run that goes on and how far it is, those before it, and why one failed."""

from typing import Any, NamedTuple

from litestar import Controller, Request, Response, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from registry.api.access import database_of
from registry.catalogue import versions
from registry.exchange.portal import runs
from registry.exchange.portal.runs import Run
from registry.web.desk import faults
from registry.web.desk.entry import page, signed_in
from registry.web.pages import language
from registry.web.wording import words

SHOWN = 50


class Progress(NamedTuple):
    """How far a run is: its stage, what is done, and of how many (``None``: not known yet)."""

    stage: str
    done: int
    whole: int | None


class SyncPages(Controller):
    path = "/bien-tap/dong-bo"
    guards = (signed_in("announce", "admin"),)

    @get()
    async def entries(self, request: Request[Any, Any, Any]) -> Response[Any]:
        """The last runs, latest first, and the one that goes on."""
        found = await runs.listed(database_of(request), SHOWN)
        spoken = language(request)
        going = next((one for one in found if one.outcome is None), None)
        data = {
            "runs": [one for one in found if one.outcome is not None],
            "going": going,
            "progress": progress(going) if going else None,
            "faults": {one.id: faults.told(one.reason, spoken) for one in found},
            "counted": counted,
            "shown": SHOWN,
        }
        return await page(request, "desk/syncs.html", data)

    @get("/{number:int}")
    async def run(self, request: Request[Any, Any, Any], number: FromPath[int]) -> Response[Any]:
        """One run: its numbers, and the procedures that it ended or would have ended."""
        database = database_of(request)
        found = await runs.found(database, number)
        if found is None:
            raise NotFoundException(f"there is no run {number}")
        named = {one.code: one.procedure.name for one in await versions.versions_of(database, found.ends)}
        data = {
            "run": found,
            "progress": progress(found) if found.outcome is None else None,
            "fault": faults.told(found.reason, language(request)),
            "counts": counted(found),
            "ends": [(code, named.get(code, "")) for code in found.ends],
        }
        return await page(request, "desk/sync.html", data)


def progress(run: Run) -> Progress | None:
    """How far a run that goes on is; ``None`` before it has said so."""
    stage = next((name for name in run.counts if name != "of"), None)
    return None if stage is None else Progress(stage, run.counts[stage], run.counts.get("of"))


def counted(run: Run) -> list[tuple[str, str, int]]:
    """The numbers of a run that are not nothing: the key of the word for each, its own name, and how many."""
    return [
        (f"upkeep.sync.count.{name}" if f"upkeep.sync.count.{name}" in words() else "", name, count)
        for name, count in run.counts.items()
        if count
    ]
