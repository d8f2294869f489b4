"""What is added here to procedures whose content comes from elsewhere: a local code, opening hours, local fees.

A layer stands beside the content and is never mixed with it, so that nothing which is followed can wipe it out.
It remembers the substance of the content under which it was last looked at: where the latest version says
something else, the procedure is to be reviewed, section by section, until someone says that it was.
"""

from collections.abc import Sequence
from datetime import date, datetime

import msgspec
from piccolo.querystring import QueryString

from registry import clock
from registry.access import audit
from registry.access.actors import Actor, known_agency
from registry.catalogue import ledger, versions
from registry.catalogue.errors import CatalogueError, ProcedureNotFound
from registry.catalogue.ledger import Ledger
from registry.catalogue.versions import Version
from registry.engine import Database, Row
from registry.exchange.substance import changed, substance
from registry.procedure import Fee, Procedure, Record

COLUMNS = "id, code, agency, body, content, substance, ended, updated_at"
_encode = msgspec.json.Encoder(order="deterministic").encode
_digests = msgspec.json.Decoder(dict[str, str]).decode
_procedure = msgspec.json.Decoder(Procedure).decode


class LayerNotFound(CatalogueError):
    def __init__(self, code: str, agency: str) -> None:
        super().__init__(f"nothing is added to procedure {code}" + (f" for agency {agency}" if agency else ""))


class LayerOutdated(CatalogueError):
    """What is added was looked at beside a version that is no longer the latest."""

    def __init__(self, code: str) -> None:
        super().__init__(f"procedure {code} has changed again since it was looked at: look once more")


class Addition(Record, frozen=True):
    """What is added: the code here, opening hours, where to go, fees here, a note. Text as people read it."""

    local_code: str = ""
    hours: str = ""
    places: tuple[str, ...] = ()
    fees: tuple[Fee, ...] = ()
    note: str = ""


_addition = msgspec.json.Decoder(Addition).decode


class Layer(msgspec.Struct, frozen=True, rename="camel"):
    """An addition to a procedure, for all (``agency`` empty) or for one agency. ``review`` are the sections whose
    substance changed since it was last looked at."""

    code: str
    agency: str
    addition: Addition
    updated_at: datetime
    review: list[str]


class Review(msgspec.Struct, frozen=True, rename="camel"):
    """A layer whose procedure says something else now: which ``sections``, from which day, by which announcement;
    ``ended`` where the procedure has got an end."""

    code: str
    agency: str
    name: str
    sections: list[str]
    ended: bool
    valid_from: date
    announcement: str | None
    recorded: int


class Beside(msgspec.Struct, frozen=True):
    """A layer that is to be reviewed, with the content under which it was last looked at (``None`` where that is
    no longer kept) and the latest version."""

    layer: Layer
    before: Procedure | None
    latest: Version


async def put(database: Database, actor: Actor, code: str, addition: Addition, agency: str = "") -> None:
    """Add to a procedure, instead of what was added before for the same agency; it counts as reviewed.

    Raises ``ProcedureNotFound``, and ``AccessError`` for an agency that is not known.
    """

    async def unit(book: Ledger) -> None:
        if agency:
            await known_agency(database, agency)
        version = await _latest(database, code)
        if version is None:
            raise ProcedureNotFound(code, None, [])
        values = (_id(code, agency), code, agency, _encode(addition).decode(), *_looked_at(version))
        await database.rows(QueryString("DELETE FROM layer WHERE id = {}", values[0]))
        marks = ", ".join(["{}"] * (len(values) + 2))
        names = "id, code, agency, body, content, substance, ended, updated_at, updated_by"
        await database.rows(
            QueryString(f"INSERT INTO layer ({names}) VALUES ({marks})", *values, clock.now(), actor.id)
        )
        await audit.record(database, actor, "layer.put", code, {"agency": agency})
        # What is told of the procedure has changed: whoever follows this registry learns of it.
        book.touch(code)

    await ledger.record(database, unit)


async def remove(database: Database, actor: Actor, code: str, agency: str = "") -> None:
    """Take back what was added. Raises ``LayerNotFound``."""

    async def unit(book: Ledger) -> None:
        rows = await database.rows(
            QueryString("DELETE FROM layer WHERE id = {} RETURNING code", _id(code, agency))
        )
        if not rows:
            raise LayerNotFound(code, agency)
        await audit.record(database, actor, "layer.remove", code, {"agency": agency})
        book.touch(code)

    await ledger.record(database, unit)


async def layers_of(database: Database, code: str) -> list[Layer]:
    """What is added to a procedure, that for all first."""
    rows = await database.rows(QueryString(f"SELECT {COLUMNS} FROM layer WHERE code = {{}} ORDER BY agency", code))
    latest = await _latest(database, code) if rows else None
    return [
        Layer(code, row["agency"], _addition(row["body"]), row["updated_at"], _sections(row, latest))
        for row in rows
    ]


async def reviews(database: Database) -> list[Review]:
    """The layers that are to be reviewed, by code."""
    async with database.snapshot():
        rows = await database.rows(QueryString(f"SELECT {COLUMNS} FROM layer ORDER BY code, agency"))
        suspects = await _suspects(database, rows)
        found = []
        for row in rows:
            version = suspects.get(row["code"])
            sections = _sections(row, version) if version else []
            ended = version is not None and version.valid_to is not None and not row["ended"]
            if version is not None and (sections or ended):
                found.append(
                    Review(
                        row["code"],
                        row["agency"],
                        version.procedure.name,
                        sections,
                        ended,
                        version.valid_to if ended and version.valid_to else version.valid_from,
                        version.ended_by if ended else version.announcement,
                        version.seq,
                    )
                )
        return found


async def beside(database: Database, code: str) -> list[Beside]:
    """What is added to a procedure and to be reviewed, old content beside new. Call inside a snapshot."""
    latest = await _latest(database, code)
    rows = await database.rows(QueryString(f"SELECT {COLUMNS} FROM layer WHERE code = {{}} ORDER BY agency", code))
    found = []
    for row in rows:
        sections = _sections(row, latest)
        if latest is None or not (sections or (latest.valid_to is not None and not row["ended"])):
            continue
        layer = Layer(code, row["agency"], _addition(row["body"]), row["updated_at"], sections)
        kept = await database.rows(QueryString("SELECT body FROM content WHERE digest = {}", row["content"]))
        found.append(Beside(layer, _procedure(kept[0]["body"]) if kept else None, latest))
    return found


async def resolve(
    database: Database, actor: Actor, code: str, agency: str | None = None, seen: int | None = None
) -> int:
    """Say that what is added to a procedure (for one agency, or all) was reviewed against its latest version.

    Returns how many layers that were. Raises ``LayerNotFound``; and ``LayerOutdated`` where the latest version is
    not that of change ``seen``.
    """

    async def unit(book: Ledger) -> int:
        latest = await _latest(database, code)
        rows = await database.rows(QueryString("SELECT id, agency FROM layer WHERE code = {}", code))
        chosen = [row["id"] for row in rows if agency in (None, row["agency"])]
        if latest is None or not chosen:
            raise LayerNotFound(code, agency or "")
        if seen is not None and latest.seq != seen:
            raise LayerOutdated(code)
        for key in chosen:
            await database.rows(
                QueryString(
                    "UPDATE layer SET content = {}, substance = {}, ended = {} WHERE id = {}",
                    *_looked_at(latest),
                    key,
                )
            )
        await audit.record(database, actor, "layer.review", code, {"agency": agency})
        book.touch(code)
        return len(chosen)

    return await ledger.record(database, unit)


def _id(code: str, agency: str) -> str:
    return f"{code}|{agency}"


def _looked_at(version: Version) -> tuple[str, str, bool]:
    """What a layer remembers of the version under which it was looked at."""
    return version.digest, _encode(substance(version.procedure)).decode(), version.valid_to is not None


def _sections(row: Row, latest: Version | None) -> list[str]:
    if latest is None or latest.digest == row["content"]:
        return []
    return changed(_digests(row["substance"]), substance(latest.procedure))


async def _latest(database: Database, code: str) -> Version | None:
    """The version that begins last, be it in force already or not."""
    found = await versions.versions_of(database, [code])
    return found[-1] if found else None


async def _suspects(database: Database, rows: Sequence[Row]) -> dict[str, Version]:
    """The latest versions of procedures that are not what they were: only their contents are read."""
    known = {row["code"]: (row["content"], bool(row["ended"])) for row in rows}
    latest: dict[str, tuple[str, bool]] = {}
    for row in await database.rows_in(
        "SELECT code, content, valid_to FROM version WHERE recorded_to IS NULL AND code IN ({}) "
        "ORDER BY code, valid_from",
        list(known),
    ):
        latest[row["code"]] = (row["content"], row["valid_to"] is not None)
    differing = {row["code"] for row in rows if latest.get(row["code"]) != (row["content"], bool(row["ended"]))}
    found = await versions.versions_of(database, sorted(differing))
    return {version.code: version for version in found}
