"""Open data: what can be taken and followed, in which forms, how large, how fresh, with examples that answer."""

import gzip
from datetime import date, datetime
from itertools import groupby
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

import msgspec
from litestar import Controller, Request, Response, get
from piccolo.querystring import QueryString

from registry import clock
from registry.api import details
from registry.api.caching import COMPRESSION, accepts_gzip
from registry.api.dataset import publication_of, written
from registry.api.exchange import exchange_of
from registry.api.formats import TURTLE
from registry.api.service import Service, service_of
from registry.catalogue import versions
from registry.catalogue.versions import Version, believed, holding
from registry.engine import Database
from registry.exchange import cpsv, dcat, feed, holdings, weighing
from registry.exchange.dictionary import Described, described
from registry.exchange.holdings import Wanted
from registry.exchange.table import Table, tables
from registry.exchange.weighing import Weight
from registry.web.pages import language, shown

STALE = 500
"""Changes after which files are weighed anew: fewer hardly tell in what is said to be about so large."""
SHOWN = 70
LINES = 12


class Source(NamedTuple):
    """Where versions came from: how many of those that are believed, and when it was last taken in."""

    name: str
    versions: int
    taken: datetime | None


class Holding(NamedTuple):
    """What the registry holds now."""

    procedures: int
    versions: int
    announcements: int
    agencies: int
    sectors: int


class Counted(NamedTuple):
    """What a revision of the catalogue holds on a day; ``versions`` by their source, the most first; ``latest`` is
    the procedure that came into force last."""

    revision: int
    day: date
    known: dcat.Facts
    held: Holding
    versions: list[tuple[str, int]]
    latest: Version | None


class Example(NamedTuple):
    """A command, and the beginning of what it answers. ``name`` is the key of what it is called."""

    name: str
    command: str
    answer: str


class DataPages(Controller):
    @get("/du-lieu")
    async def page(self, request: Request[Any, Any, Any]) -> Response[Any]:
        service, settings, spoken = service_of(request), request.app.state.settings, language(request)
        registry = await exchange_of(request).identity()
        today = clock.today()
        async with service.database.snapshot():
            revision = await versions.revision(service.database)
            wanted = Wanted(publication_of(request, today), today, revision)
            counted = await _counted(service.database, today, revision)
            data = {
                "known": counted.known,
                "held": counted.held,
                "sources": await _sources(service.database, counted.versions),
                "weights": await _weights(service.database, wanted),
                "examples": await _examples(service, counted.latest, wanted, registry, spoken),
                "address": settings.address,
                "publisher": settings.publisher,
                "licence": settings.licence,
                "tables": _tables(),
            }
        # Made anew: a source may be taken in and found unchanged, which no revision tells.
        answer = await shown(request, "data/page.html", data, headers={"cache-control": "no-cache"})
        if accepts_gzip(request):
            answer.content = gzip.compress(answer.content, COMPRESSION, mtime=0)
            answer.headers |= {"content-encoding": "gzip", "vary": "accept-encoding"}
        return answer


def _tables() -> list[tuple[Table, list[Described]]]:
    """The tables with the description of their columns."""
    columns = {name: list(group) for name, group in groupby(described(), key=lambda one: one.table)}
    return [(table, columns[table.name]) for table in tables().values()]


_kept: WeakKeyDictionary[Database, Counted] = WeakKeyDictionary()


async def _counted(database: Database, day: date, revision: int) -> Counted:
    """What is counted of a revision, once: call inside a snapshot of it."""
    kept = _kept.get(database)
    if kept is None or (kept.revision, kept.day) != (revision, day):
        rows = await database.rows(
            QueryString(
                "SELECT v.source, COUNT(*) AS n FROM version v WHERE {} "
                "GROUP BY v.source ORDER BY n DESC, v.source",
                believed(None),
            )
        )
        kept = _kept[database] = Counted(
            revision,
            day,
            await dcat.facts(database),
            await _held(database, day),
            [(row["source"], row["n"]) for row in rows],
            await _latest(database, day),
        )
    return kept


async def _held(database: Database, day: date) -> Holding:
    counts = [
        QueryString("SELECT COUNT(*) AS n FROM version v WHERE {} AND {}", believed(None), holding(day)),
        QueryString("SELECT COUNT(*) AS n FROM version v WHERE {}", believed(None)),
        QueryString("SELECT COUNT(*) AS n FROM announcement v WHERE {}", believed(None)),
        QueryString(
            "SELECT COUNT(*) AS n FROM agency v WHERE {} AND {} AND v.kind = 'body'",
            believed(None),
            holding(day),
        ),
        QueryString("SELECT COUNT(*) AS n FROM sector v WHERE {}", believed(None)),
    ]
    return Holding(*[int((await database.rows(count))[0]["n"]) for count in counts])


async def _sources(database: Database, counts: list[tuple[str, int]]) -> list[Source]:
    runs = await database.rows(
        QueryString("SELECT source, finished_at FROM run WHERE outcome = 'done' ORDER BY finished_at")
    )
    taken = {row["source"]: row["finished_at"] for row in runs}
    return [Source(name, count, taken.get(name)) for name, count in counts]


_weighed: WeakKeyDictionary[Database, tuple[Wanted, dict[str, Weight]]] = WeakKeyDictionary()


async def _weights(database: Database, wanted: Wanted) -> dict[str, Weight]:
    """What files weigh, from not too many changes ago."""
    kept = _weighed.get(database)
    if kept is None or kept[0].day != wanted.day or not 0 <= wanted.known - kept[0].known < STALE:
        kept = _weighed[database] = wanted, await weighing.weights(database, wanted)
    return kept[1]


async def _examples(
    service: Service, version: Version | None, wanted: Wanted, registry: str, spoken: str
) -> list[Example]:
    """Questions that can be asked as they stand, about what changed last, and the beginning of their answers."""
    database, address, day = service.database, wanted.publication.address, wanted.publication.day
    if version is None:
        return []
    detail = await details.detail(database, service.engine, version, day, spoken, wanted.known)
    change = await feed.page(database, registry, wanted.known - 1, 1)
    batch = await holdings.batch(database, [version], wanted.known)
    turtle = written(TURTLE, cpsv.nodes(version, batch.announcements, wanted.publication)).decode()
    one, table = f"{address}/api/procedures/{version.code}", f"{address}/api/catalogue.csv?headings=vi&bom=true"
    return [
        Example("data.example.one", f"curl '{one}'", _short(detail)),
        Example("data.example.past", f"curl '{one}/history'", ""),
        Example("data.example.turtle", f"curl -H 'Accept: text/turtle' '{one}'", _begun(turtle)),
        Example("data.example.changes", f"curl '{address}/api/changes?since={wanted.known - 1}'", _short(change)),
        Example("data.example.table", f"curl -o thu-tuc.csv '{table}'", ""),
        Example("data.example.history", f"curl --compressed -O '{address}/api/catalogue.ndjson'", ""),
    ]


async def _latest(database: Database, day: date) -> Version | None:
    """The procedure that came into force last."""
    rows = await database.rows(
        QueryString(
            "SELECT v.code FROM version v WHERE {} AND {} ORDER BY v.valid_from DESC, v.code LIMIT 1",
            believed(None),
            holding(day),
        )
    )
    return await versions.find(database, rows[0]["code"], day) if rows else None


def _short(answer: msgspec.Struct) -> str:
    """An answer in JSON as a reader takes it in at a glance: of lists the first, of texts the beginning."""
    value = msgspec.json.decode(msgspec.json.encode(answer))
    return msgspec.json.format(msgspec.json.encode(_cut(value)), indent=2).decode()


def _cut(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _cut(one) for name, one in value.items() if one not in (None, [], "")}
    if isinstance(value, list):
        return [_cut(one) for one in value[:1]] + (["…"] if len(value) > 1 else [])
    if isinstance(value, str) and len(value) > SHOWN:
        return " ".join(value[:SHOWN].split()) + "…"
    return value


def _begun(text: str) -> str:
    """The first lines of a document in Turtle, without the prefixes."""
    lines = [line for line in text.splitlines() if line and not line.startswith("@prefix")]
    kept = [line if len(line) <= 2 * SHOWN else line[: 2 * SHOWN] + "…" for line in lines[:LINES]]
    return "\n".join(kept + (["…"] if len(lines) > LINES else []))
