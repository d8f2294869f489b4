"""A procedure in full, its versions, and what differs between them, as answers."""

from datetime import date, datetime
from typing import Any

import msgspec

from registry.api.answers import Decision, Successor, decisions, names, recorded
from registry.api.problems import ProcedureAbsent
from registry.api.related import Related, related, things
from registry.catalogue import versions
from registry.catalogue.errors import ProcedureNotFound
from registry.catalogue.versions import Version
from registry.engine import Database
from registry.exchange.layers import Layer, layers_of
from registry.procedure import Procedure
from registry.sections import LABELS, SEVEN_PARTS, differences, missing_parts
from registry.vocabulary import LEVEL_VALIDITY, Level, label, level_exists
from search.contract import Engine


class LevelState(msgspec.Struct, frozen=True, rename="camel"):
    """A level of government that carries a procedure out, and whether it exists on the day."""

    level: Level
    label: str
    valid_from: date | None
    valid_to: date | None
    source: str
    in_force: bool


class Completeness(msgspec.Struct, frozen=True, rename="camel"):
    """How many of the seven parts a published procedure must have (Decree 63/2010, art. 8.2) are there."""

    present: int
    required: int
    complete: bool


class Cleaning(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """One thing that cleaning changed on the source's record."""

    field: str
    rule: str
    before: str = ""
    after: str = ""


class Detail(msgspec.Struct, frozen=True, rename="camel"):
    """A procedure as it is in force on a day, and by which decision. ``valid_to`` is the first day on which
    this version is no longer in force; ``None`` while open. ``related`` are at most eight procedures that are
    read beside it, ``None`` where it belongs to a life event while the search index does not answer. ``digest`` is
    that of the content. ``local`` is what is added here, today, to the content that came from elsewhere."""

    code: str
    as_of: date
    valid_from: date
    valid_to: date | None
    announcement: Decision | None
    ended_by: Decision | None
    procedure: Procedure
    levels: list[LevelState]
    predecessors: list[Successor]
    successors: list[Successor]
    related: list[Related] | None
    missing_parts: list[str]
    completeness: Completeness
    cleaning: list[Cleaning]
    local: list[Layer]
    source: str
    recorded_at: datetime
    superseded_at: datetime | None
    digest: str
    revision: int


class Section(msgspec.Struct, frozen=True):
    section: str
    label: str


class Past(msgspec.Struct, frozen=True, rename="camel"):
    """One version. ``changed`` are the sections that differ from the version before; ``None`` of the first."""

    valid_from: date
    valid_to: date | None
    name: str
    announcement: Decision | None
    ended_by: Decision | None
    changed: list[Section] | None
    recorded_at: datetime
    digest: str


class History(msgspec.Struct, frozen=True, rename="camel"):
    """Every version of a procedure, oldest first."""

    code: str
    versions: list[Past]
    predecessors: list[Successor]
    successors: list[Successor]
    revision: int


class Difference(msgspec.Struct, frozen=True, rename="camel"):
    """One section that differs, and the announcements that made it so; ``None`` on a day without a version."""

    section: str
    label: str
    before: Any
    after: Any
    announcements: list[Decision]


class Differences(msgspec.Struct, frozen=True, rename={"first": "from", "last": "to"}):
    """What differs between two days."""

    code: str
    first: date
    last: date
    differences: list[Difference]
    revision: int


_DECISION = {
    "id": "4472/QĐ-BTC|G12|2025-03-14",
    "number": "4472/QĐ-BTC",
    "decided": "2025-03-14",
    "effective": "2025-04-01",
    "issuer": {"role": "issuing", "name": "Bộ Tài chính", "code": "G12"},
}
DETAIL = {
    "code": "9.000001",
    "asOf": "2025-05-31",
    "validFrom": "2025-04-01",
    "validTo": None,
    "announcement": _DECISION,
    "endedBy": None,
    "procedure": {"code": "9.000001", "name": "Đăng ký khai sinh"},
    "related": [{"code": "9.000009", "name": "Đăng ký lại khai sinh", "reason": "variant"}],
    "missingParts": ["timeLimit"],
    "completeness": {"present": 6, "required": 7, "complete": False},
    "local": [],
    "revision": 1204,
}
HISTORY = {
    "code": "9.000001",
    "versions": [
        {
            "validFrom": "2025-04-01",
            "validTo": None,
            "name": "Đăng ký khai sinh",
            "announcement": _DECISION,
            "endedBy": None,
            "changed": [{"section": "fees", "label": "Phí, lệ phí"}],
        }
    ],
    "revision": 1204,
}
DIFFERENCES = {
    "code": "9.000001",
    "from": "2025-01-01",
    "to": "2025-07-01",
    "differences": [
        {
            "section": "name",
            "label": "Tên thủ tục",
            "before": "Khai sinh",
            "after": "Đăng ký khai sinh",
            "announcements": [_DECISION],
        }
    ],
    "revision": 1204,
}


_cleaning = msgspec.json.Decoder(list[Cleaning]).decode


async def absent(database: Database, error: ProcedureNotFound) -> ProcedureAbsent:
    successors = await versions.successors(database, error.code)
    return ProcedureAbsent(error, list(dict.fromkeys(code for code, _, _ in successors)))


async def _relatives(database: Database, code: str) -> tuple[list[Successor], list[Successor]]:
    """What a procedure took the place of, and what took its place."""
    before = await versions.predecessors(database, code)
    after = await versions.successors(database, code)
    called = await names(database, [other for other, _, _ in before + after])
    cited = await decisions(database, [by for _, _, by in before + after])

    def successor(other: str, day: date, by: str | None) -> Successor:
        return Successor(other, called.get(other), day, cited[by] if by else None)

    return [successor(*each) for each in before], [successor(*each) for each in after]


async def detail(
    database: Database, engine: Engine, version: Version, day: date, language: str, revision: int
) -> Detail:
    cited = await decisions(database, [version.announcement, version.ended_by])
    predecessors, successors = await _relatives(database, version.code)
    moments = await recorded(database, [version.seq, version.recorded_to or version.seq])
    known = await things(database, revision)
    missing = missing_parts(version.procedure)
    return Detail(
        code=version.code,
        as_of=day,
        valid_from=version.valid_from,
        valid_to=version.valid_to,
        announcement=cited[version.announcement] if version.announcement else None,
        ended_by=cited[version.ended_by] if version.ended_by else None,
        procedure=version.procedure,
        levels=[_level(level, day, language) for level in version.procedure.levels],
        predecessors=predecessors,
        successors=successors,
        related=await related(known, engine, version.procedure, day, predecessors, successors),
        missing_parts=missing,
        completeness=Completeness(len(SEVEN_PARTS) - len(missing), len(SEVEN_PARTS), not missing),
        cleaning=_cleaning(version.cleaning),
        local=await layers_of(database, version.code),
        source=version.source,
        recorded_at=moments[version.seq],
        superseded_at=moments[version.recorded_to] if version.recorded_to else None,
        digest=version.digest,
        revision=revision,
    )


def _level(level: Level, day: date, language: str) -> LevelState:
    start, end, source = LEVEL_VALIDITY[level]
    return LevelState(level, label("level", level, language), start, end, source, level_exists(level, day))


async def history(database: Database, code: str, found: list[Version], language: str, revision: int) -> History:
    cited = await decisions(database, [by for v in found for by in (v.announcement, v.ended_by)])
    moments = await recorded(database, [version.seq for version in found])
    predecessors, successors = await _relatives(database, code)
    past: list[Past] = []
    before: Procedure | None = None
    for version in found:
        changed = None
        if before is not None:
            changed = [_section(d.section, language) for d in differences(before, version.procedure)]
        before = version.procedure
        past.append(
            Past(
                valid_from=version.valid_from,
                valid_to=version.valid_to,
                name=version.procedure.name,
                announcement=cited[version.announcement] if version.announcement else None,
                ended_by=cited[version.ended_by] if version.ended_by else None,
                changed=changed,
                recorded_at=moments[version.seq],
                digest=version.digest,
            )
        )
    return History(code, past, predecessors, successors, revision)


def _section(section: str, language: str) -> Section:
    words = LABELS[section]
    return Section(section, words.en if language == "en" else words.vi)


async def compared(
    database: Database, code: str, days: tuple[date, date], language: str, known: int | None, revision: int
) -> Differences:
    spans = await versions.days(database, code, known)
    if not any(start <= day and (end is None or day < end) for start, end in spans for day in days):
        raise await absent(database, ProcedureNotFound(code, days[0], spans))
    changes = await versions.compare(database, code, *days, language, known)
    cited = await decisions(database, [by for change in changes for by in change.announcements])
    found = [
        Difference(
            change.section,
            change.label,
            _camel(change.before) if change.section == "flags" else change.before,
            _camel(change.after) if change.section == "flags" else change.after,
            [cited[by] for by in change.announcements],
        )
        for change in changes
    ]
    return Differences(code, *days, found, revision)


def _camel(flags: dict[str, Any] | None) -> dict[str, Any] | None:
    """Flags by the names that they have everywhere else in the interface."""
    if flags is None:
        return None
    encoded = msgspec.structs.fields(Procedure)
    spelt = {field.name: field.encode_name for field in encoded}
    return {spelt[name]: value for name, value in flags.items()}
