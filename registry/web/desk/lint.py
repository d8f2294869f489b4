"""Page lint at the desk: what to mend first, and in one procedure what, beside its text."""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Annotated, Any, NamedTuple

from litestar import Controller, Request, Response, get

from registry import clock
from registry.api.access import database_of
from registry.api.parameters import Code, Offset, code_of, one
from registry.api.problems import ParameterInvalid
from registry.catalogue import versions
from registry.feedback import Usage, usage
from registry.lint import Finding, examine, rules
from registry.lint.grades import Grades
from registry.lint.page import Page
from registry.lint.work import READ_WITHIN, chosen, ordered, summary
from registry.procedure import Procedure
from registry.sections import LABELS
from registry.web.desk.bounds import bounds
from registry.web.desk.entry import acting, page, signed_in
from registry.web.pages import language

SHOWN = 50
EVERY = "tat-ca"
ByRule = Annotated[str | None, one("quy-tac", "Only pages that this rule finds fault with.", "district")]
ByAgency = Annotated[str | None, one("co-quan", "Only what this agency issues.", "H55")]


class Piece(NamedTuple):
    """A part of a text, whether findings concern it, whether they only say that its sentence is long, and the
    numbers of those that end with it."""

    text: str
    found: bool
    long: bool
    ends: tuple[int, ...]


class Noted(NamedTuple):
    """A finding with its number on the page."""

    number: int
    finding: Finding


class Part(NamedTuple):
    """A text with its findings; ``pieces`` is empty where they concern no text."""

    pieces: list[Piece]
    notes: list[Noted]


class LintPages(Controller):
    path = "/bien-tap/chat-luong"
    guards = (signed_in("announce"),)

    @get()
    async def entries(
        self, request: Request[Any, Any, Any], rule: ByRule = None, agency: ByAgency = None, offset: Offset = 0
    ) -> Response[Any]:
        """How pages fare, rule by rule, and those to mend, what needs it most first."""
        if rule and rule not in rules():
            raise ParameterInvalid("quy-tac", f"there is no rule {rule[:40]!r}", list(rules()))
        database, today = database_of(request), clock.today()
        known = await bounds(database, await acting(request))
        graded = await grades_of(request).on(database, today)
        issuers = sorted({one.agency for one in graded if one.agency}, key=known.name)
        asked = agency or known.actor.agency or EVERY
        if asked != EVERY and asked not in known.known:
            raise ParameterInvalid("co-quan", f"there is no agency {asked[:40]!r}", [EVERY, *issuers])
        agencies = None if asked == EVERY else known.below(asked)
        within = [one for one in graded if agencies is None or one.agency in agencies]
        listed = ordered(chosen(within, rule or "", None), await usage(database, today - READ_WITHIN, today))
        data = {
            "summary": summary(within, today),
            "rules": rules(),
            "listed": listed[offset : offset + SHOWN],
            "total": len(listed),
            "limit": SHOWN,
            "offset": offset,
            "rule": rule or "",
            "agency": asked,
            "issuers": [(EVERY, ""), *((code, known.name(code)) for code in _with(issuers, asked))],
            "every": EVERY,
        }
        return await page(request, "desk/lint.html", data)

    @get("/{code:str}")
    async def findings(self, request: Request[Any, Any, Any], code: Code) -> Response[Any]:
        """What to mend in a procedure, beside the texts that it concerns."""
        database, today = database_of(request), clock.today()
        version = await versions.find(database, code_of(code), today)
        told = examine(version.procedure, today)
        used = (await usage(database, today - READ_WITHIN, today)).get(version.code, Usage())
        spoken = language(request)
        sections = [
            (LABELS[name].en if spoken == "en" else LABELS[name].vi, parts)
            for name, parts in sections_of(version.procedure, told.findings).items()
        ]
        data = {
            "told": told,
            "rules": rules(),
            "found": sections,
            "used": used,
            "version": version,
        }
        return await page(request, "desk/lint_one.html", data)


def grades_of(request: Request[Any, Any, Any]) -> Grades:
    """What this app has graded so far."""
    state = request.app.state
    if state.get("grades") is None:
        state.grades = Grades()
    found: Grades = state.grades
    return found


def sections_of(procedure: Procedure, findings: Sequence[Finding]) -> dict[str, list[Part]]:
    """The findings by section, in the order of the page: those of a whole section first, then text by text."""
    numbered = [Noted(number, one) for number, one in enumerate(findings, 1)]
    texts = {passage.field: passage.text for passage in Page(procedure, clock.today()).passages}
    found: dict[str, list[Part]] = {}
    for section in LABELS:
        own = [note for note in numbered if note.finding.section == section]
        fields = [field for field in texts if any(note.finding.field == field for note in own)]
        whole = [note for note in own if note.finding.field not in texts]
        parts = [Part([], whole)] if whole else []
        for field in fields:
            notes = [note for note in own if note.finding.field == field]
            parts.append(Part(pieces(texts[field], notes), notes))
        if parts:
            found[section] = parts
    return found


def pieces(text: str, notes: Iterable[Noted]) -> list[Piece]:
    """A text cut where findings begin and end; findings may overlap."""
    spans = [(note.finding.start, note.finding.end, note) for note in notes]
    edges = sorted({0, len(text), *(edge for start, end, _ in spans for edge in (start, end))})
    return [_piece(text, start, end, spans) for start, end in pairwise(edges)]


def _piece(text: str, start: int, end: int, spans: list[tuple[int, int, Noted]]) -> Piece:
    inside = [note for first, last, note in spans if first <= start and end <= last]
    return Piece(
        text[start:end],
        bool(inside),
        all(note.finding.rule == "sentence" for note in inside),
        tuple(note.number for _, last, note in spans if last == end),
    )


def _with(issuers: list[str], asked: str) -> list[str]:
    """The agencies to choose from; the one that is asked about among them."""
    return issuers if asked in (*issuers, EVERY) else [asked, *issuers]
