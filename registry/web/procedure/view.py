"""All that a procedure's page shows, made from one state of the store."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, NamedTuple

from markupsafe import Markup

from registry import calendar, clock
from registry.api import details
from registry.api.answers import Decision, decisions
from registry.api.service import Service
from registry.catalogue import versions
from registry.catalogue.errors import ProcedureNotFound
from registry.catalogue.versions import Version
from registry.exchange import schemaorg
from registry.exchange.layers import Addition, Layer
from registry.exchange.portal.checked import seen
from registry.procedure import Agency, Procedure, Term
from registry.sections import LABELS
from registry.vocabulary import LEVEL_VALIDITY, Channel, Role, label, level_exists
from registry.web.addresses import link
from registry.web.procedure import guidance, offer, printed, reading
from registry.web.procedure.papers import checklist
from registry.web.procedure.practice import real


class Past(NamedTuple):
    """A version, by its days and the decisions that began and ended it."""

    valid_from: date
    valid_to: date | None
    announcement: Decision | None
    ended_by: Decision | None


class Coming(NamedTuple):
    """What happens to a procedure after the day that is read: from ``day``, by ``announcement``; it ``ends`` or
    changes."""

    day: date
    announcement: Decision | None
    ends: bool


async def found(service: Service, code: str, day: date) -> Version:
    """The version in force on ``day``. Raises ``ProcedureAbsent`` with its other days and its successors."""
    try:
        return await versions.find(service.database, code, day)
    except ProcedureNotFound as error:
        raise await details.absent(service.database, error) from error


async def page(
    service: Service, version: Version, day: date, chosen: str | None, language: str, site: str
) -> Mapping[str, Any]:
    """The whole page."""
    database = service.database
    revision = await versions.revision(database)
    detail = await details.detail(database, service.engine, version, day, language, revision)
    past, there = await _past(service, version.code), await seen(database, version.code)
    canonical = f"{site}{link('vi', f'/thu-tuc/{version.code}')}"
    return {
        **summary(version.procedure, day, chosen, language),
        "detail": detail,
        "on": day,
        "local": added(detail.local, language),
        "past": past,
        "coming": coming(past, day),
        "real": await real(database, version, language) if day == clock.today() else [],
        "checked": there.at,
        "portal_page": guidance.portal_page(version.procedure, there.item),
        "canonical": canonical,
        "before_end": before_end,
        "markup": Markup(schemaorg.markup(version, site, canonical)),  # noqa: S704 - escaped where it is made
        "announced": announced(version.procedure, language),
        **printing(version, site),
    }


class Due(NamedTuple):
    """The last day for a dossier that is received today, under a time limit told in words."""

    day: date
    told: str


def sheet(version: Version, day: date, chosen: str | None, language: str, site: str) -> Mapping[str, Any]:
    """What a clerk needs at the counter."""
    times = dict.fromkeys(way.time for way in version.procedure.ways if way.time is not None)
    found = [(calendar.due(clock.today(), one), offer.length(one, language)) for one in times]
    return {
        **summary(version.procedure, day, chosen, language),
        "on": day,
        "due": list(dict.fromkeys(Due(last, told) for last, told in found if last)),
        **printing(version, site),
    }


async def absent(service: Service, error: ProcedureNotFound, day: date, language: str) -> Mapping[str, Any]:
    """What is told of a procedure that is not in force on ``day``: when it was, and what took its place."""
    database = service.database
    async with database.snapshot():
        revision = await versions.revision(database)
        past = await versions.history(database, error.code)
        told = await details.history(database, error.code, past, language, revision)
    return {
        "code": error.code,
        "name": told.versions[-1].name,
        "on": day,
        "past": told.versions,
        "successors": told.successors,
        "ended": all(one.valid_to and one.valid_to <= day for one in told.versions),
        "coming": all(one.valid_from > day for one in told.versions),
        "before_end": before_end,
    }


def before_end(end: date) -> date:
    """The last day of something that ends on ``end``."""
    return end - timedelta(days=1)


def summary(procedure: Procedure, day: date, chosen: str | None, language: str) -> dict[str, Any]:
    """What a page and a counter sheet both tell of a procedure."""
    return {
        "p": procedure,
        "time": offer.time(procedure, language),
        "cost": offer.cost(procedure, language),
        "channels": offer.channels(procedure, language),
        "outputs": [
            line.rstrip(" .;")
            for one in procedure.outputs
            for block in reading.blocks(one.name)
            for line in block.lines
        ],
        "audiences": [_audience(one, language) for one in procedure.audiences],
        "executing": executing(procedure),
        "levels": [
            (label("level", one, language), None if level_exists(one, day) else LEVEL_VALIDITY[one])
            for one in procedure.levels
        ],
        "list": checklist(procedure, day, chosen, language),
        "steps": reading.parts(procedure.steps),
        "original": reading.original(procedure),
        "addresses": reading.blocks(procedure.addresses),
        "conditions": reading.blocks(procedure.requirements)
        if reading.says_something(procedure.requirements)
        else [],
        "portal": guidance.guidance().portal.name.by(language),
        "portal_home": guidance.guidance().portal.home,
        "portal_page": guidance.portal_page(procedure),
        "online": Channel.ONLINE in procedure.channels,
        "rights": guidance.rights(day),
    }


def _audience(one: Term, language: str) -> str:
    """As announced; in English by its label, where it is one of those that there are labels for."""
    known = label("audience", one.code, language)
    return one.name if language == "vi" or known == one.code else known


def executing(procedure: Procedure) -> list[Agency]:
    """Who carries it out; where the source does not say, who is competent. Each once."""
    named = procedure.by_role(Role.EXECUTING) or procedure.by_role(Role.COMPETENT)
    return list({(one.code, one.name): one for one in named}.values())


def printing(version: Version, site: str) -> dict[str, Any]:
    """What stands on paper: where to see whether the print is still right, as an address and as a code."""
    address = printed.address(version, site)
    return {"print_address": address, "qr": printed.code(address)}


class Added(NamedTuple):
    """What is added here to content that came from elsewhere, with its fees in words."""

    addition: Addition
    fees: list[str]


def added(layers: list[Layer], language: str) -> list[Added]:
    return [
        Added(
            one.addition,
            [
                f"{offer.price(fee, language)} ({fee.text})" if fee.text else offer.price(fee, language)
                for fee in one.addition.fees
            ],
        )
        for one in layers
    ]


async def _past(service: Service, code: str) -> list[Past]:
    turns = await versions.turns(service.database, code)
    cited = await decisions(service.database, [by for one in turns for by in (one.announcement, one.ended_by)])

    def by(given: str | None) -> Decision | None:
        return cited[given] if given else None

    return [Past(one.valid_from, one.valid_to, by(one.announcement), by(one.ended_by)) for one in turns]


def coming(past: list[Past], day: date) -> Coming | None:
    """The next change after ``day``, where one is known."""
    for one in past:
        if one.valid_from > day:
            return Coming(one.valid_from, one.announcement, ends=False)
        if one.valid_to and one.valid_to > day and not any(other.valid_from == one.valid_to for other in past):
            return Coming(one.valid_to, one.ended_by, ends=True)
    return None


def announced(procedure: Procedure, language: str) -> list[tuple[str, list[str]]]:
    """The full text as it was announced, under the headings of its sections."""
    papers = []
    for case in procedure.cases:
        papers += [case.name] if case.name else []
        papers += [paper.name for paper in case.papers]
    told = [
        ("steps", [reading.original(procedure)]),
        ("channels", _ways(procedure, language)),
        ("papers", papers),
        ("audience", [one.name for one in procedure.audiences]),
        ("agencies", [f"{label('role', one.role, language)}: {one.name}" for one in procedure.agencies]),
        ("outputs", [one.name for one in procedure.outputs]),
        ("requirements", [procedure.requirements]),
        ("classification", [procedure.note]),
    ]
    return [
        (named(section, language), texts)
        for section, lines in told
        if (texts := [line for line in lines if line.strip()])
    ]


def named(section: str, language: str) -> str:
    """What a section is called."""
    words = LABELS[section]
    return words.en if language == "en" else words.vi


def _ways(procedure: Procedure, language: str) -> list[str]:
    lines = []
    for way in procedure.ways:
        told = [offer.length(way.time, language)] if way.time else []
        told += [way.time.text] if way.time and way.time.text else []
        for fee in way.fees:
            told += [offer.price(fee, language), fee.text]
        lines.append(f"{label('channel', way.channel, language)}: {'; '.join(dict.fromkeys(filter(None, told)))}")
    return list(dict.fromkeys(lines))
