"""What citizens say of a page: a mistake, or whether they found what they needed; and what became of it.

Nobody is asked who they are. A report has a number, by which anybody can see where it stands, but not its text.
"""

import secrets
from collections.abc import Mapping
from datetime import date, timedelta
from hashlib import blake2b
from typing import Annotated, Any

from litestar import Controller, Request, Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from registry import clock
from registry.access import limits
from registry.access.limits import Limit, TooMany
from registry.api.access import address_of, refused
from registry.api.answers import names
from registry.api.parameters import Code, code_of, day_of, one, optional_day
from registry.api.problems import ParameterInvalid
from registry.api.service import service_of
from registry.catalogue import versions
from registry.catalogue.errors import ProcedureNotFound
from registry.catalogue.versions import Version
from registry.feedback import Handed, Kind, ReportInvalid, ReportNotFound, Taken, hand_in, report
from registry.feedback.reporting import MOST_TEXT
from registry.web import forms
from registry.web.pages import language, shown
from registry.web.procedure.controller import Day
from registry.web.procedure.view import named
from registry.web.wording import said

# A whole neighbourhood may share one address on a telephone's network.
REPORTS = Limit(20, timedelta(hours=1), timedelta(seconds=10), timedelta(minutes=10))
ANSWERS = Limit(200, timedelta(hours=1), timedelta(seconds=1), timedelta(minutes=1))
MOST_BYTES = 64 * 2**10
AGAIN = 600
"""Seconds in which the same answer from the same place counts once."""
SECTIONS = (
    "name",
    "papers",
    "timeLimit",
    "fees",
    "channels",
    "agencies",
    "steps",
    "outputs",
    "audience",
    "requirements",
    "legalBases",
    "onlineLevel",
)
"""What may be named on the form: the sections that people see on the page."""
_SALT = secrets.token_bytes(16)

After = Annotated[str | None, one("sau", "The number of an answer that this explains.", "12")]
Asked = Annotated[str | None, one("so", "The number of a report.", "12")]


class ReportPages(Controller):
    path = "/thu-tuc/{code:str}"

    @get("/bao-sai")
    async def form(
        self, request: Request[Any, Any, Any], code: Code, on: Day = None, after: After = None
    ) -> Response[Any]:
        """The form for a mistake, or with ``sau`` for what was not found."""
        day = day_of("ngay", on)
        version = await _version(request, code_of(code), day)
        return await _form(request, version, day, Kind.NO if after else Kind.WRONG)

    @post("/bao-sai")
    async def send(self, request: Request[Any, Any, Any], code: Code) -> Response[Any]:
        """Take it in once, and tell its number."""
        form = await forms.posted(request, MOST_BYTES)
        day = optional_day("ngay", forms.text(form, "ngay", 10)) or clock.today()
        version = await _version(request, code_of(code), day)
        kind = Kind.NO if forms.text(form, "kind", 8) == Kind.NO else Kind.WRONG
        text = forms.text(form, "text")
        sections = tuple(name for name in SECTIONS if name in form.getall("sections", []))
        handed = _handed(version, kind, forms.once(form), day, text, sections)
        written = (version, day, kind, text, sections)
        try:
            taken = await _take(request, handed, REPORTS)
        except ReportInvalid as error:
            key = "long" if len(text) > MOST_TEXT else "empty" if error.field == "text" else "any"
            told = said(language(request), f"procedure.report.error.{key}", n=len(text), most=MOST_TEXT)
            return await _form(request, *written, told, status=422)
        except TooMany as error:
            told = said(language(request), "procedure.report.error.often", wait=error.wait)
            later = {"retry-after": str(error.wait)}
            return await _form(request, *written, told, status=429, headers=later)
        return forms.done(request, f"/phan-anh/{taken.number}", che=taken.masked or None)

    @post("/y-kien")
    async def opinion(self, request: Request[Any, Any, Any], code: Code) -> Redirect:
        """Yes or no: whether somebody found what they needed."""
        form = await forms.posted(request, MOST_BYTES, public=True)
        version = await _version(request, code_of(code), clock.today())
        kind = _answered(forms.text(form, "answer", 8))
        handed = _handed(version, kind, _same(request, version.code, kind), clock.today())
        try:
            taken = await _take(request, handed, ANSWERS)
        except TooMany as error:
            raise refused(error) from error
        return forms.done(request, f"/phan-anh/{taken.number}")


class StatePages(Controller):
    path = "/phan-anh"

    @get()
    async def ask(self, request: Request[Any, Any, Any], number: Asked = None) -> Response[Any]:
        """Ask for a report by its number."""
        given = (number or "").strip()
        if given.isascii() and given.isdigit() and len(given) < 16:
            return forms.done(request, f"/phan-anh/{int(given)}")
        return await shown(request, "procedure/ask.html", {"given": given}, status=400 if given else 200)

    @get("/{number:int}")
    async def state(
        self,
        request: Request[Any, Any, Any],
        number: FromPath[int],
        masked: Annotated[str | None, one("che", "How many numbers were masked.", "1")] = None,
    ) -> Response[Any]:
        """Where a report stands. What was written is not shown: numbers can be guessed."""
        database = service_of(request).database
        try:
            found = await report(database, number)
        except ReportNotFound:
            return await shown(request, "procedure/ask.html", {"given": str(number)}, status=404)
        spoken = language(request)
        data = {
            "report": found,
            "name": (await names(database, [found.code])).get(found.code, found.code),
            "sections": [named(one, spoken) for one in found.sections],
            "masked": bool(masked),
            "late": found.late(clock.today()),
        }
        return await shown(request, "procedure/report.html", data)


async def _version(request: Request[Any, Any, Any], code: str, day: date) -> Version:
    """What the page showed: the version of the day, else the last there was. Raises ``ProcedureNotFound``."""
    database = service_of(request).database
    try:
        return await versions.find(database, code, day)
    except ProcedureNotFound:
        return (await versions.history(database, code))[-1]


def _answered(given: str) -> Kind:
    """Raises ``ParameterInvalid`` for what is neither yes nor no."""
    if given not in (Kind.YES, Kind.NO):
        raise ParameterInvalid("answer", f"answer: {given!r} is no answer", [Kind.YES, Kind.NO])
    return Kind(given)


def _handed(
    version: Version, kind: Kind, once: str, day: date, text: str = "", sections: tuple[str, ...] = ()
) -> Handed:
    issuer = version.procedure.issuer
    agency = issuer.code if issuer and issuer.code else ""
    return Handed(kind, version.code, once, text, sections, agency, version.digest, day)


async def _take(request: Request[Any, Any, Any], handed: Handed, limit: Limit) -> Taken:
    """Take in what is sound, within what one address may send. Raises ``ReportInvalid`` and ``TooMany``."""
    database = service_of(request).database
    handed.check()
    await limits.take(database, (limit, limits.subject_of(handed.kind, address_of(request))))
    return await hand_in(database, handed)


def _same(request: Request[Any, Any, Any], code: str, kind: Kind) -> str:
    """What an answer has in common with itself sent twice. Pages are the same for everybody and carry no number of
    their own; the salt is gone when the process ends, and with it the way from this to an address."""
    window = int(clock.now().timestamp()) // AGAIN
    told = f"{address_of(request)} {request.headers.get('user-agent', '')} {code} {kind} {window}"
    return blake2b(told.encode(errors="surrogatepass"), key=_SALT, digest_size=16).hexdigest()


async def _form(
    request: Request[Any, Any, Any],
    version: Version,
    day: date,
    kind: Kind,
    text: str = "",
    sections: tuple[str, ...] = (),
    fault: str = "",
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> Response[Any]:
    """The form with what was written, and what is wrong with it."""
    spoken = language(request)
    data: Mapping[str, Any] = {
        "code": version.code,
        "name": version.procedure.name,
        "on": day,
        "kind": kind.value,
        "sections": [(one, named(one, spoken)) for one in SECTIONS],
        "chosen": sections,
        "text": text,
        "fault": fault,
        "most": MOST_TEXT,
    }
    return await shown(request, "procedure/reporting.html", data, status=status, headers=headers)
