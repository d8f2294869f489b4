"""The bridge from the catalogue to its index: versions become documents, and changes are followed in order.

The index is derived. It remembers the number of the last change that it has applied; whatever comes after is
read from the catalogue again, so that a kill, a lost folder or another writer costs nothing but the catching up.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from datetime import date

import msgspec
from piccolo.querystring import QueryString

from registry import clock, twins, weights
from registry.catalogue import versions
from registry.catalogue.versions import Version
from registry.engine import Database
from registry.procedure import FLAGS, Agency, Term
from registry.vocabulary import Channel, FeeState, Level, OnlineLevel, OnlineScheme, Role, Scope
from search.contract import (
    FOREVER,
    Batch,
    Document,
    Engine,
    IndexBehind,
    IndexState,
    IndexUnavailable,
    Question,
    combined_digest,
)
from search.failover import engines_of
from search.text import slug

log = logging.getLogger(__name__)

MOST_CODES = 2000
# How often changes are worked out again because another process has built the index anew meanwhile.
ATTEMPTS = 4
REBUILD_SHARE = 0.5
PROVINCE_LEVELS = {Level.PROVINCE, Level.COMMUNE}
EVERY_PROVINCE = "*"
# Raised whenever the same version is made into another document, so that an index made before is told apart.
WRITTEN = 2

_encode = msgspec.json.Encoder().encode


class Summary(msgspec.Struct, frozen=True, rename="camel"):
    """A procedure in a list: what tells it apart at a glance. Kept in the index as the payload of a hit.

    Flags are ``None`` where the source does not say. ``processing_time`` and ``fees`` are those of the first
    channel that has any.
    """

    code: str
    name: str
    sectors: tuple[Term, ...]
    levels: tuple[Level, ...]
    agency: Agency | None
    agencies: tuple[Agency, ...]
    online_level: OnlineLevel | None
    online_scheme: OnlineScheme | None
    channels: tuple[Channel, ...]
    fee: FeeState
    processing_time: object
    fees: object
    scope: Scope | None
    valid_from: date
    valid_to: date | None
    announcement: str | None
    interlinked: bool | None
    internal: bool
    essential: bool | None
    postal: bool | None
    online_payment: bool | None
    e_result: bool | None
    service_centre: bool | None
    illustrative: bool
    digest: str


def summary(version: Version) -> Summary:
    """What a list shows of a version."""
    p = version.procedure
    timed = next((way.time for way in p.ways if way.time is not None), None)
    priced = next((way.fees for way in p.ways if any(fee.state != FeeState.UNKNOWN for fee in way.fees)), ())
    return Summary(
        code=p.code,
        name=p.name,
        sectors=p.sectors,
        levels=p.levels,
        agency=p.issuer,
        agencies=tuple(p.by_role(Role.EXECUTING)),
        online_level=p.online_level,
        online_scheme=p.online_level.scheme if p.online_level else None,
        channels=p.channels,
        fee=p.fee,
        processing_time=timed,
        fees=priced,
        scope=p.scope,
        valid_from=version.valid_from,
        valid_to=version.valid_to,
        announcement=version.announcement,
        interlinked=p.interlinked,
        internal=p.is_internal,
        essential=p.essential,
        postal=p.postal,
        online_payment=p.online_payment,
        e_result=p.e_result,
        service_centre=p.service_centre,
        illustrative=p.illustrative,
        digest=version.digest,
    )


def flag(value: bool | None) -> str:
    """A flag as a facet value: unknown is a value of its own, never false."""
    return "unknown" if value is None else ("true" if value else "false")


def agency_values(agencies: Iterable[Agency]) -> list[str]:
    """Facet values of agencies: their codes, the codes above them (``H55`` of ``H55.17``), or a slug of the name
    for a class of agency."""
    values: dict[str, None] = {}
    for agency in agencies:
        if agency.code is None:
            values[slug(agency.name)] = None
            continue
        parts = agency.code.split(".")
        if parts[0][:1].isalpha():
            for depth in range(1, len(parts)):
                values[".".join(parts[:depth])] = None
        values[agency.code] = None
    return list(values)


def provinces(version: Version) -> list[str]:
    """Whose catalogue a procedure belongs to: every province's (national, at province or commune level), or that
    of the province which announced it."""
    p = version.procedure
    if p.scope is Scope.NATIONAL and PROVINCE_LEVELS & set(p.levels):
        return [EVERY_PROVINCE]
    issuer = p.issuer
    if issuer is not None and issuer.code and issuer.code.startswith("H"):
        return [issuer.code.split(".")[0]]
    return []


def facets(version: Version) -> dict[str, list[str]]:
    """The facet values of a version, by the names of ``search.contract.FACETS``."""
    p = version.procedure
    names = {"online_payment": "onlinePayment", "e_result": "eResult", "service_centre": "serviceCentre"}
    found = {
        "level": [level.value for level in p.levels],
        "sector": [term.code for term in p.sectors],
        "agency": agency_values(p.agencies),
        "onlineLevel": [p.online_level.value] if p.online_level else [],
        "channel": [channel.value for channel in p.channels],
        "audience": [term.code for term in p.audiences],
        "lifeEvent": [term.code for term in p.life_events],
        "fee": [p.fee.value],
        "province": provinces(version),
        twins.FACET: twins.values(p),
    }
    for name in FLAGS:
        value = p.is_internal if name == "internal" else getattr(p, name)
        found[names.get(name, name)] = [flag(value)]
    return found


def document(version: Version) -> Document:
    """One version as a document of the index."""
    p = version.procedure
    return Document(
        id=f"{p.code}@{version.valid_from.toordinal()}",
        code=p.code,
        name=p.name,
        valid_from=version.valid_from.toordinal(),
        valid_to=FOREVER if version.valid_to is None else version.valid_to.toordinal(),
        digest=document_digest(version),
        facets=facets(version),
        local_codes=[p.local_code] if p.local_code else [],
        keywords=list(p.keywords) + [term.name for term in p.life_events],
        sectors=[term.name for term in p.sectors],
        agencies=[agency.name for agency in p.agencies],
        outputs=[term.name for term in p.outputs],
        papers=[paper.name for case in p.cases for paper in case.papers],
        body=" ".join([*(case.name for case in p.cases), p.requirements, *(step.text for step in p.steps)]),
        weight=weights.weight(p.code, p.name),
        payload=_encode(summary(version)),
    )


def document_digest(version: Version) -> str:
    """What must be equal in catalogue and index: the content, its days, its announcement, and how it is made."""
    end = "" if version.valid_to is None else version.valid_to.isoformat()
    made = f"{WRITTEN}:{weights.weight(version.code, version.procedure.name)}"
    return f"{version.digest}:{end}:{version.announcement or ''}:{made}"


async def changed_codes(database: Database, since: int, until: int) -> list[str]:
    """Codes of procedures that changed after ``since`` and up to ``until``."""
    return sorted(code for code, _ in await _changes(database, since, until))


async def _changes(database: Database, since: int, until: int) -> list[tuple[str, int]]:
    """Codes that changed, and the number of the last change of each, by which they are ordered."""
    rows = await database.rows(
        QueryString(
            "SELECT key, MAX(seq) AS seq FROM change WHERE kind = 'version' AND seq > {} AND seq <= {} "
            "GROUP BY key ORDER BY MAX(seq)",
            since,
            until,
        )
    )
    return [(row["key"], row["seq"]) for row in rows]


async def documents(database: Database) -> AsyncIterator[list[Document]]:
    """Every believed version as a document, in batches."""
    async for batch in versions.stream(database):
        yield [document(version) for version in batch]


class Follower:
    """Keeps an index equal to the catalogue; where an engine stands for several, each of them on its own.

    The first must follow. What keeps another from it is logged, and it catches up at a later turn.
    """

    def __init__(self, database: Database, engine: Engine) -> None:
        self.database = database
        self.engines = engines_of(engine)
        self._turn = asyncio.Lock()

    async def catch_up(self) -> int:
        """Bring the index to the catalogue's present revision, which is returned."""
        return await self._each(self._catch_up)

    async def rebuild(self) -> int:
        """Build the index anew from the catalogue, and swap it in. Returns the revision reached."""
        return await self._each(self._renew)

    async def _each(self, follow: Callable[[Engine], Awaitable[int]]) -> int:
        first, *others = self.engines
        async with self._turn:
            reached = await follow(first)
            for engine in others:
                try:
                    await follow(engine)
                except IndexUnavailable as fault:
                    log.warning("the index of %s stays behind: %s", engine.name, fault)
            return reached

    async def _catch_up(self, engine: Engine) -> int:
        for _ in range(ATTEMPTS):
            try:
                return await self._advance(engine)
            except IndexBehind as fault:
                log.info("worked out again: %s", fault)
        raise IndexUnavailable(f"the index of {engine.name} is built anew again and again while it is followed")

    async def _advance(self, engine: Engine) -> int:
        reached = await _reached(engine)
        async with self.database.snapshot():
            target = await versions.revision(self.database)
            if reached == target:
                return target
            if reached > target or reached == 0:  # another store's index, or none yet
                await self._rebuild(engine, target)
                return target
            changes = await _changes(self.database, reached, target)
            total = await self._documents()
            if len(changes) > max(MOST_CODES, total * REBUILD_SHARE):
                await self._rebuild(engine, target)
            else:
                await self._apply(engine, changes, reached, target)
            return target

    async def _renew(self, engine: Engine) -> int:
        async with self.database.snapshot():
            target = await versions.revision(self.database)
            await self._rebuild(engine, target)
            return target

    async def _documents(self) -> int:
        rows = await self.database.rows(QueryString("SELECT COUNT(*) AS n FROM version WHERE recorded_to IS NULL"))
        return int(rows[0]["n"])

    async def _rebuild(self, engine: Engine, target: int) -> None:
        everything = [document async for batch in documents(self.database) for document in batch]
        await engine.rebuild(everything, target)

    async def _apply(self, engine: Engine, changes: list[tuple[str, int]], reached: int, target: int) -> None:
        """Parts in the order of the changes, so that after each the index has come so far, whatever comes next."""
        for start in range(0, len(changes) or 1, MOST_CODES):
            part = changes[start : start + MOST_CODES]
            codes = [code for code, _ in part]
            found = await versions.versions_of(self.database, codes)
            last = start + MOST_CODES >= len(changes)
            revision = target if last else part[-1][1]
            await engine.apply(Batch(revision, codes, [document(version) for version in found], reached))
            reached = revision


async def _reached(engine: Engine) -> int:
    """The revision that an index has. Any answer tells it; its state, which proves every document, does so where
    nothing answers, and takes a hundred times as long."""
    try:
        return (await engine.search(Question(as_of=clock.today().toordinal(), limit=0))).revision
    except IndexUnavailable:
        return (await engine.state()).revision


async def expected_state(database: Database) -> IndexState:
    """What the index must hold: the number of documents and their digest, read from the catalogue."""
    pairs: list[tuple[str, str]] = []
    revision = await versions.revision(database)
    async for batch in versions.stream(database):
        pairs += [(f"{v.code}@{v.valid_from.toordinal()}", document_digest(v)) for v in batch]
    return IndexState(documents=len(pairs), revision=revision, digest=combined_digest(pairs))


async def prove(database: Database, engine: Engine) -> list[tuple[str, str]]:
    """What an index does not have as the catalogue has it: its engine's name, and what is wrong. An empty list is
    the proof. Reads the whole catalogue."""
    wanted = await expected_state(database)
    found = []
    for one in engines_of(engine):
        try:
            state = await one.state()
        except IndexUnavailable as error:
            found.append((one.name, f"cannot be read: {error}. Run danhmuc reindex."))
            continue
        if (state.documents, state.digest) != (wanted.documents, wanted.digest):
            text = (
                f"holds {state.documents} documents with digest {state.digest[:12]}, the catalogue has "
                f"{wanted.documents} with {wanted.digest[:12]}. Run danhmuc reindex."
            )
            found.append((one.name, text))
        elif state.revision != wanted.revision:
            text = f"is at revision {state.revision}, the catalogue at {wanted.revision}. Run danhmuc reindex."
            found.append((one.name, text))
    return found
