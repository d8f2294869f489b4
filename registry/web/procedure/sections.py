"""The sections of a procedure as lines that people read, so that two versions can stand beside each other."""

from collections.abc import Callable, Iterable

from registry.procedure import FLAGS, Case, Procedure
from registry.vocabulary import label
from registry.web.procedure import offer
from registry.web.wording import said


def lines(procedure: Procedure, section: str, language: str) -> list[str]:
    """A section (``registry.sections.SECTIONS``) in lines, none of them empty."""
    return [
        line for text in _READ[section](procedure, language) for line in map(str.strip, text.splitlines()) if line
    ]


def _steps(procedure: Procedure, _: str) -> Iterable[str]:
    for step in procedure.steps:
        yield from (step.name, step.text)


def _papers(procedure: Procedure, language: str) -> Iterable[str]:
    for case in procedure.cases:
        yield case.name
        yield from _listed(case, language)


def _listed(case: Case, language: str) -> Iterable[str]:
    for paper in case.papers:
        told = []
        if paper.originals:
            told.append(said(language, "procedure.papers.originals", n=paper.originals))
        if paper.copies:
            told.append(said(language, "procedure.papers.copies", n=paper.copies))
        told += [f"{said(language, 'procedure.papers.form')} {form.name}" for form in paper.forms]
        yield f"{' '.join(paper.name.split())} [{'; '.join(told)}]" if told else paper.name


def _times(procedure: Procedure, language: str) -> Iterable[str]:
    for told in offer.time(procedure, language).lines:
        yield f"{_channels(told.channels, language)}: {told.value}"
        yield told.note


def _fees(procedure: Procedure, language: str) -> Iterable[str]:
    for told in offer.cost(procedure, language).lines:
        yield f"{_channels(told.channels, language)}: {told.value}"
        yield told.note


def _channels(channels: tuple[str, ...], language: str) -> str:
    return ", ".join(channels) if channels else said(language, "procedure.every")


def _agencies(procedure: Procedure, language: str) -> Iterable[str]:
    for agency in procedure.agencies:
        code = f" ({agency.code})" if agency.code else ""
        yield f"{label('role', agency.role, language)}: {agency.name}{code}"
    yield procedure.addresses


def _flags(procedure: Procedure, language: str) -> Iterable[str]:
    for flag in (*FLAGS, "vertical", "anywhere", "offline_only"):
        value = getattr(procedure, flag)
        known = "unknown" if value is None else str(value).lower()
        yield f"{label('trait', flag, language)}: {label('flag', known, language)}"


def _classification(procedure: Procedure, language: str) -> Iterable[str]:
    yield label("scope", procedure.scope, language) if procedure.scope else ""
    yield "; ".join(term.name for term in procedure.life_events)
    yield "; ".join(procedure.keywords)
    yield procedure.local_code or ""
    yield procedure.note
    yield said(language, "procedure.illustrative") if procedure.illustrative else ""


_READ: dict[str, Callable[[Procedure, str], Iterable[str]]] = {
    "name": lambda p, _: [p.name],
    "steps": _steps,
    "channels": lambda p, language: [label("channel", one, language) for one in p.channels],
    "papers": _papers,
    "fees": _fees,
    "timeLimit": _times,
    "audience": lambda p, _: [one.name for one in p.audiences],
    "agencies": _agencies,
    "legalBases": lambda p, _: [" ".join(filter(None, (one.number, one.title))) for one in p.legal_bases],
    "flags": _flags,
    "outputs": lambda p, _: [one.name for one in p.outputs],
    "requirements": lambda p, _: [p.requirements],
    "levels": lambda p, language: [label("level", one, language) for one in p.levels],
    "onlineLevel": lambda p, language: [label("onlineLevel", p.online_level, language)] if p.online_level else [],
    "sector": lambda p, _: [one.name for one in p.sectors],
    "classification": _classification,
}
