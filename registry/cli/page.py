"""A procedure as people read it on a terminal: labels in English, what it says as it stands.

What its source does not say is shown as unknown, never left out and never taken for a no.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from registry.procedure import FLAGS, Announcement, Case, Fee, Paper, Procedure, ProcessingTime, Way
from registry.sections import LABELS as SECTIONS
from registry.vocabulary import FeeKind, FeeState, Role, TimeUnit, label

UNKNOWN = label("fee", FeeState.UNKNOWN).lower()  # chưa rõ

_FLAGS = {
    "interlinked": "Interlinked",
    "internal": "Between agencies",
    "essential": "Essential service",
    "postal": "By public post",
    "online_payment": "Online payment",
    "e_result": "Electronic result",
    "service_centre": "At a service centre",
}
_UNITS = {
    TimeUnit.WORKING_DAY: "working day",
    TimeUnit.DAY: "day",
    TimeUnit.HOUR: "hour",
    TimeUnit.MONTH: "month",
    TimeUnit.YEAR: "year",
}
_KINDS = {
    FeeKind.FEE: "phí",
    FeeKind.SERVICE_FEE: "lệ phí",
    FeeKind.PRICE_LEVEL: "mức giá",
}

Row = tuple[str, str]


def rows(procedure: Procedure) -> Iterator[Row]:
    """The page of a procedure, as names and values."""
    p = procedure
    yield "Code", p.code + (f" (local: {p.local_code})" if p.local_code else "")
    yield SECTIONS["name"].en, p.name
    if p.illustrative:
        yield "Note", "illustrative: written for demonstration, no real procedure"
    yield SECTIONS["sector"].en, listed(term.name for term in p.sectors)
    yield SECTIONS["levels"].en, listed(label("level", level, "en") for level in p.levels)
    yield "Scope", label("scope", p.scope, "en") if p.scope else UNKNOWN
    for role in Role:
        names = [agency.name + (f" ({agency.code})" if agency.code else "") for agency in p.by_role(role)]
        if names or role is Role.EXECUTING:
            yield label("role", role, "en"), listed(names)
    yield SECTIONS["onlineLevel"].en, label("onlineLevel", p.online_level, "en") if p.online_level else UNKNOWN
    yield SECTIONS["fees"].en, label("fee", p.fee, "en") if p.fee is not FeeState.UNKNOWN else UNKNOWN
    yield from _ways(p.ways)
    yield SECTIONS["audience"].en, listed(term.name for term in p.audiences)
    yield SECTIONS["outputs"].en, listed(term.name for term in p.outputs)
    yield from _papers(p.cases)
    yield SECTIONS["requirements"].en, p.requirements or UNKNOWN
    for number, step in enumerate(p.steps, 1):
        yield f"Step {number}", f"{step.name}\n{step.text}".strip()
    if not p.steps:
        yield SECTIONS["steps"].en, UNKNOWN
    bases = [f"{basis.number} {basis.title}".strip() for basis in p.legal_bases]
    yield SECTIONS["legalBases"].en, "\n".join(bases) or UNKNOWN
    if p.life_events:
        yield "Life events", listed(term.name for term in p.life_events)
    for flag in FLAGS:
        yield _FLAGS[flag], truth(getattr(p, flag))


def _ways(ways: Iterable[Way]) -> Iterator[Row]:
    ways = list(ways)
    if not ways:
        yield SECTIONS["channels"].en, UNKNOWN
    for way in ways:
        fees = "; ".join(cost(fee) for fee in way.fees) or UNKNOWN
        yield label("channel", way.channel, "en"), f"time: {duration(way.time)}; fees: {fees}"


def _papers(cases: Iterable[Case]) -> Iterator[Row]:
    cases = list(cases)
    if not any(case.papers for case in cases):
        yield SECTIONS["papers"].en, UNKNOWN
    for case in cases:
        if case.papers:
            papers = "\n".join(f"- {paper_line(paper)}" for paper in case.papers)
            yield SECTIONS["papers"].en, f"{case.name}\n{papers}".strip()


def titled(name: str, *, illustrative: bool) -> str:
    """A name in a list, marked where it belongs to a demonstration."""
    return f"{name} (illustrative)" if illustrative else name


def paper_line(paper: Paper) -> str:
    """A paper with how many of it are wanted."""
    wanted = [
        f"{number} {kind}" for number, kind in ((paper.originals, "original"), (paper.copies, "copy")) if number
    ]
    return paper.name + (f" ({', '.join(wanted)})" if wanted else "")


def duration(time: ProcessingTime | None) -> str:
    """How long it may take."""
    if time is None:
        return UNKNOWN
    number = ""
    if time.value is not None:
        unit = _UNITS.get(time.unit, time.unit.value)
        number = f"{time.value:,} {unit}" + ("" if time.value == 1 else "s")
    return f"{number} ({time.text})" if number and time.text else number or time.text or UNKNOWN


def cost(fee: Fee) -> str:
    """A line of fees. A zero is only free of charge where the source says so."""
    kind = _KINDS[fee.kind]
    if fee.amount is not None and fee.state is FeeState.AMOUNT:
        money = f"{fee.amount:,}".replace(",", ".")
        said = f"{kind} {money} {'đồng' if fee.currency == 'VND' else fee.currency}"
    else:
        said = f"{kind} {UNKNOWN if fee.state is FeeState.UNKNOWN else label('fee', fee.state, 'en').lower()}"
    return f"{said} ({fee.text})" if fee.text else said


def truth(value: bool | None) -> str:
    """Yes, no, or unknown: a flag that no source gave is not a no."""
    return UNKNOWN if value is None else "yes" if value else "no"


def listed(values: Iterable[str]) -> str:
    return "; ".join(values) or UNKNOWN


def span(start: date, end: date | None) -> str:
    """The days of a version; ``end`` is the first on which it is in force no longer."""
    return f"from {start}" + (f" until {end} (exclusive)" if end else "")


def cite(known: Mapping[str, Announcement], key: str | None) -> str:
    """An announcement by its id: its number, its issuer, its day, as far as they are known."""
    found = known.get(key or "")
    if found is None:
        return key or UNKNOWN
    parts = [found.number or found.id]
    if found.issuer:
        parts.append(found.issuer.name)
    if found.decided:
        parts.append(str(found.decided))
    return ", ".join(parts)
