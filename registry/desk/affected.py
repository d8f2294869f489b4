"""What a reorganisation would touch: agencies, the procedures that name them, and their dossiers."""

from datetime import date

import msgspec
from piccolo.querystring import QueryString

from registry import clock
from registry.access.actors import Actor
from registry.catalogue import versions
from registry.catalogue.ledger import AgencyState
from registry.desk import examine
from registry.desk.effect import Unserved, key_of
from registry.desk.reasons import Reason
from registry.desk.reorganisation import Agencies, ReorganisationDraft
from registry.desk.standing import bodies
from registry.dossiers.dossier import RANKS
from registry.engine import Database
from registry.procedure import Procedure
from registry.vocabulary import Role


class Body(msgspec.Struct, frozen=True, rename="camel"):
    """An agency as it is told of here."""

    name: str
    kind: str
    level: str | None
    parent: str | None


class Touched(msgspec.Struct, frozen=True, rename="camel"):
    """An agency before and after; ``None`` where it is not. Of the ``dossiers`` that were handed in to it,
    ``running`` ones are not finished."""

    code: str
    before: Body | None
    after: Body | None
    successors: list[str]
    dossiers: int
    running: int


class Naming(msgspec.Struct, frozen=True, rename="camel"):
    """A procedure in force that names a touched agency in a role; ``ends`` says that the agency is no more."""

    code: str
    name: str
    role: Role
    agency: str
    ends: bool


class Orphan(msgspec.Struct, frozen=True, rename="camel"):
    """An agency that stays below one that is no more."""

    code: str
    name: str
    parent: str


class Affected(msgspec.Struct, frozen=True, rename="camel"):
    """What publishing a reorganisation would do on ``day``. ``reasons`` are what the gate would refuse it for."""

    day: date
    revision: int
    publishable: bool
    reasons: list[Reason]
    agencies: list[Touched]
    successions: list[tuple[str, str]]
    procedures: list[Naming]
    without_competent: list[Unserved]
    orphans: list[Orphan]
    dossiers: int
    running: int


async def affected(database: Database, draft: ReorganisationDraft, actor: Actor) -> Affected:
    """What ``actor`` would do by publishing ``draft`` now. Changes nothing; call inside a snapshot."""
    today = clock.today()
    day = draft.effective or draft.decided or today
    agencies = Agencies(draft, await bodies(database), day)
    reasons = examine.reasons(draft, agencies, actor, today)
    counts = await _dossiers(database, list(agencies.named()))
    procedures, unserved = await _procedures(database, agencies)
    return Affected(
        day=day,
        revision=await versions.revision(database),
        publishable=not reasons,
        reasons=reasons,
        agencies=[
            Touched(code, _body(old), _body(new), agencies.ending.get(code, []), *counts.get(code, (0, 0)))
            for code, (old, new) in agencies.named().items()
        ],
        successions=draft.successions(),
        procedures=procedures,
        without_competent=unserved,
        orphans=[Orphan(code, state.name, state.parent or "") for code, state in agencies.orphans()],
        dossiers=sum(total for total, _ in counts.values()),
        running=sum(running for _, running in counts.values()),
    )


def _body(state: AgencyState | None) -> Body | None:
    return None if state is None else Body(state.name, state.kind, state.level, state.parent)


async def _procedures(database: Database, agencies: Agencies) -> tuple[list[Naming], list[Unserved]]:
    """The procedures in force on the day that name touched agencies, in the order of their codes."""
    named = {code for code, (before, _) in agencies.named().items() if before is not None}
    naming: list[Naming] = []
    unserved: list[Unserved] = []
    if not named:
        return naming, unserved
    async for batch in versions.stream(database, agencies.day):
        for version in batch:
            found = _naming(version.procedure, named, agencies)
            naming += found
            if any(one.ends for one in found) and (lost := _unserved(version.procedure, agencies)):
                unserved.append(lost)
    return naming, unserved


def _naming(procedure: Procedure, named: set[str], agencies: Agencies) -> list[Naming]:
    return [
        Naming(procedure.code, procedure.name, agency.role, code, agencies.after(code) is None)
        for agency in procedure.agencies
        if (code := key_of(agency)) in named
    ]


def _unserved(procedure: Procedure, agencies: Agencies) -> Unserved | None:
    """As for announcements: competent agencies, or those that execute it where it names none."""
    named = procedure.by_role(Role.COMPETENT) or procedure.by_role(Role.EXECUTING)
    gone = [agency.name for agency in named if agencies.after(key_of(agency)) is None]
    return Unserved(procedure.code, procedure.name, gone) if len(gone) == len(named) else None


async def _dossiers(database: Database, codes: list[str]) -> dict[str, tuple[int, int]]:
    """Dossiers of agencies, and those of them that are running."""
    counts: dict[str, tuple[int, int]] = {}
    open_until = RANKS["withdrawn"]
    for start in range(0, len(codes), 5000):
        part = codes[start : start + 5000]
        rows = await database.rows(
            QueryString(
                "SELECT agency, COUNT(*) AS total, SUM(CASE WHEN state < {} THEN 1 ELSE 0 END) AS running "
                "FROM dossier WHERE agency IN ({}) GROUP BY agency",
                open_until,
                QueryString(", ".join(["{}"] * len(part)), *part),
            )
        )
        counts |= {row["agency"]: (int(row["total"]), int(row["running"])) for row in rows}
    return counts
