"""Procedures: searched, shown, their history, and what differs between two days."""

from datetime import date, datetime
from typing import Annotated, Any

from litestar import Controller, Request, Response, get
from litestar.di import NamedDependency, Provide

from registry.api import details, folding
from registry.api.answers import responses
from registry.api.dataset import publication_of, written
from registry.api.details import Detail, Differences, History
from registry.api.filters import Filters, read_filters
from registry.api.formats import JSON, JSONLD, TURTLE, VARY, LinkedToo, preferred, told
from registry.api.found import EXAMPLE, Found, Spliced, aid, found
from registry.api.parameters import AsOf, Code, KnownAt, Lang, code_of, day_of, language_of, moment_of, one
from registry.api.problems import ParameterInvalid
from registry.api.service import Service, service_of
from registry.catalogue import versions
from registry.catalogue.errors import ProcedureNotFound
from registry.exchange import cpsv, holdings

FromDay = Annotated[str | None, one("from", "The first of the two days (required).", "2025-01-01", format="date")]
ToDay = Annotated[str | None, one("to", "The second day; today by default.", "2025-07-01", format="date")]


class ProcedureController(Controller):
    path = "/api/procedures"
    tags = ("procedures",)

    @get(
        summary="Search the procedures in force on a day",
        dependencies={"filters": Provide(read_filters, sync_to_thread=False)},
        responses=responses(Found, "What was found, with the counts of every facet.", EXAMPLE, 400, 503),
    )
    async def search(self, request: Request[Any, Any, Any], filters: NamedDependency[Filters]) -> Response[Found]:
        """Filters combine by AND, values of one filter by OR. Values are codes or the words for them. A
        sector or agency that is not known finds nothing; an unknown value of a fixed list is refused."""
        service = service_of(request)
        language = language_of(request, filters.lang)
        labels = await service.labels(service.following.reached)
        question = filters.question(labels)

        async def ask() -> tuple[Spliced, int]:
            folded = await folding.search(service.engine, question, filters.fold)
            revision = folded.answer.revision
            labels = await service.labels(revision)
            aided = await aid(service.engine, question, folded, filters.fold, labels, filters.day, language)
            return found(folded, aided, filters.day, labels, language), revision

        return await service.searched(request, language, ask)

    @get(
        "/{code:str}",
        summary="Show a procedure as of a day",
        responses=responses(
            Detail, "The whole procedure, and by which decision it is in force.", details.DETAIL, 400, 404, 406
        ),
        operation_class=LinkedToo,
    )
    async def show(
        self,
        request: Request[Any, Any, Any],
        code: Code,
        as_of: AsOf = None,
        known_at: KnownAt = None,
        lang: Lang = None,
    ) -> Response[Detail]:
        """With ``knownAt`` the answer is what this registry had recorded by then, whatever it learned later. A
        procedure that is not in force on the day is a problem that tells on which days it was. Where Accept
        prefers it, the answer is CPSV-AP in JSON-LD or Turtle."""
        service, language = service_of(request), language_of(request, lang)
        national, day, moment = code_of(code), day_of("asOf", as_of), moment_of("knownAt", known_at)
        media = preferred(request, JSON, JSONLD, TURTLE)

        async def make(revision: int) -> Detail:
            known = await _known(service, moment)
            try:
                version = await versions.find(service.database, national, day, known)
            except ProcedureNotFound as error:
                raise await details.absent(service.database, error) from error
            return await details.detail(service.database, service.engine, version, day, language, revision)

        async def link(revision: int) -> bytes:
            known = revision if moment is None else await versions.revision_at(service.database, moment)
            return await linked(request, national, day, known, media)

        if media != JSON:
            return await told(request, service, media, link)
        answer = await service.stored(request, language, make)
        answer.headers["vary"] = VARY
        return answer

    @get(
        "/{code:str}/history",
        summary="List every version of a procedure",
        responses=responses(History, "Every version with its days, oldest first.", details.HISTORY, 400, 404),
    )
    async def history(
        self, request: Request[Any, Any, Any], code: Code, known_at: KnownAt = None, lang: Lang = None
    ) -> Response[History]:
        """Each version tells by which decision it came and ended, and which sections changed with it."""
        service, language = service_of(request), language_of(request, lang)
        national, moment = code_of(code), moment_of("knownAt", known_at)

        async def make(revision: int) -> History:
            known = await _known(service, moment)
            past = await versions.history(service.database, national, known)
            return await details.history(service.database, national, past, language, revision)

        return await service.stored(request, language, make)

    @get(
        "/{code:str}/diff",
        summary="Compare a procedure on two days",
        responses=responses(
            Differences, "The sections that differ, and who made it so.", details.DIFFERENCES, 400, 404
        ),
    )
    async def diff(
        self,
        request: Request[Any, Any, Any],
        code: Code,
        first: FromDay = None,
        last: ToDay = None,
        known_at: KnownAt = None,
        lang: Lang = None,
    ) -> Response[Differences]:
        """A section that changed and changed back is no difference. On a day without a version all sections
        are null; without one on either day the answer is a problem."""
        service, language = service_of(request), language_of(request, lang)
        if not first:
            raise ParameterInvalid("from", "from: give the first day to compare, like from=2025-01-01")
        days = day_of("from", first), day_of("to", last)
        national, moment = code_of(code), moment_of("knownAt", known_at)

        async def make(revision: int) -> Differences:
            known = await _known(service, moment)
            return await details.compared(service.database, national, days, language, known, revision)

        return await service.stored(request, language, make)


async def linked(request: Request[Any, Any, Any], code: str, day: date, known: int, media: str) -> bytes:
    """A procedure as CPSV-AP, with everything that it refers to."""
    database = service_of(request).database
    try:
        version = await versions.find(database, code, day, known)
    except ProcedureNotFound as error:
        raise await details.absent(database, error) from error
    batch = await holdings.batch(database, [version], known)
    return written(media, cpsv.nodes(version, batch.announcements, publication_of(request, day)))


async def _known(service: Service, moment: datetime | None) -> int | None:
    return None if moment is None else await versions.revision_at(service.database, moment)
