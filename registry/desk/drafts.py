"""Drafts: begun, edited by whoever has seen the last edit, listed, discarded. Publishing is elsewhere."""

import secrets
from datetime import datetime
from enum import StrEnum

import msgspec
from piccolo.querystring import QueryString

from registry import clock
from registry.access import audit
from registry.access.actors import Actor
from registry.desk.contents import AnnouncementDraft, cleaned
from registry.desk.errors import DraftChanged, DraftClosed, DraftNotFound, DraftNotYours
from registry.desk.reorganisation import ReorganisationDraft
from registry.desk.standing import Bodies, bodies
from registry.engine import Database, Row
from registry.intake.record import Note
from registry.sections import digest

COLUMNS = (
    "id, kind, state, version, agency, body, created_at, created_by, edited_at, edited_by, published_at, "
    "published_by, published"
)
Body = AnnouncementDraft | ReorganisationDraft


class Kind(StrEnum):
    """What a draft is to become."""

    ANNOUNCEMENT = "announcement"
    REORGANISATION = "reorganisation"


class State(StrEnum):
    OPEN = "open"
    PUBLISHED = "published"
    DISCARDED = "discarded"


class Draft(msgspec.Struct, frozen=True, rename="camel"):
    """A draft as it stands. ``version`` counts its edits; ``agency`` is for whom it was begun (``None``: nobody in
    particular); ``published`` is the id or number under which it was published."""

    id: str
    kind: Kind
    state: State
    version: int
    agency: str | None
    body: msgspec.Raw
    created_at: datetime
    created_by: str
    edited_at: datetime
    edited_by: str
    published_at: datetime | None
    published_by: str | None
    published: str | None

    def content(self) -> Body:
        """What it holds, of either kind."""
        return self.announcement() if self.kind is Kind.ANNOUNCEMENT else self.reorganisation()

    def announcement(self) -> AnnouncementDraft:
        return msgspec.json.decode(self.body, type=AnnouncementDraft)

    def reorganisation(self) -> ReorganisationDraft:
        return msgspec.json.decode(self.body, type=ReorganisationDraft)


async def create(
    database: Database, actor: Actor, body: Body, kind: Kind = Kind.ANNOUNCEMENT, key: str = ""
) -> tuple[Draft, tuple[Note, ...]]:
    """Keep a draft, and say what was cleaned. Raises ``DraftInvalid`` on what no draft can hold.

    ``key`` is its id, where whoever begins it must not begin it twice: one that is there is given back as it is.
    """
    body, notes = cleaned(body)

    async def write() -> Draft:
        if key and await database.rows(QueryString("SELECT id FROM draft WHERE id = {}", key)):
            return await find(database, actor, key, kind)
        return await begin(database, actor, body, kind, key)

    return await database.transact(write), notes


async def begin(database: Database, actor: Actor, body: Body, kind: Kind, key: str = "") -> Draft:
    """Keep a clean draft, under ``key`` if it is given one; only inside ``Database.transact``."""
    moment = clock.now()
    draft = Draft(
        id=key or secrets.token_hex(6),
        kind=kind,
        state=State.OPEN,
        version=1,
        agency=actor.agency,
        body=msgspec.Raw(msgspec.json.encode(body)),
        created_at=moment,
        created_by=actor.id,
        edited_at=moment,
        edited_by=actor.id,
        published_at=None,
        published_by=None,
        published=None,
    )
    values = [bytes(value).decode() if isinstance(value, msgspec.Raw) else value for value in _values(draft)]
    marks = ", ".join(["{}"] * (len(values) + 1))
    await database.rows(
        QueryString(f"INSERT INTO draft ({COLUMNS}, digest) VALUES ({marks})", *values, digest(body))
    )
    await audit.record(database, actor, "draft.create", draft.id, {"kind": kind, "number": body.number})
    return draft


async def edit(
    database: Database, actor: Actor, draft: str, version: int, body: Body
) -> tuple[Draft, tuple[Note, ...]]:
    """Replace what a draft holds, if nobody did since ``version``. Raises ``DraftChanged`` where somebody has,
    ``DraftClosed``, ``DraftNotFound``, ``DraftNotYours``, ``DraftInvalid``."""
    body, notes = cleaned(body)

    async def write() -> Draft:
        kind = Kind.ANNOUNCEMENT if isinstance(body, AnnouncementDraft) else Kind.REORGANISATION
        found = await seize(database, actor, draft, version, kind)
        moment = clock.now()
        await database.rows(
            QueryString(
                "UPDATE draft SET body = {}, digest = {}, version = {}, edited_at = {}, edited_by = {} "
                "WHERE id = {}",
                msgspec.json.encode(body).decode(),
                digest(body),
                version + 1,
                moment,
                actor.id,
                draft,
            )
        )
        await audit.record(database, actor, "draft.edit", draft, {"version": version + 1})
        return msgspec.structs.replace(
            found,
            body=msgspec.Raw(msgspec.json.encode(body)),
            version=version + 1,
            edited_at=moment,
            edited_by=actor.id,
        )

    return await database.transact(write), notes


async def discard(database: Database, actor: Actor, draft: str, version: int, kind: Kind) -> None:
    """Let a draft be worked on no longer. It stays readable; raises as ``edit``."""

    async def write() -> None:
        await seize(database, actor, draft, version, kind)
        await database.rows(
            QueryString(
                "UPDATE draft SET state = {}, edited_at = {}, edited_by = {} WHERE id = {}",
                State.DISCARDED.value,
                clock.now(),
                actor.id,
                draft,
            )
        )
        await audit.record(database, actor, "draft.discard", draft)

    await database.transact(write)


async def find(database: Database, actor: Actor, draft: str, kind: Kind | None = None) -> Draft:
    """A draft by its id. Raises ``DraftNotFound`` and ``DraftNotYours``."""
    rows = await database.rows(QueryString(f"SELECT {COLUMNS} FROM draft WHERE id = {{}}", draft))
    if not rows or kind not in (None, rows[0]["kind"]):
        raise DraftNotFound(draft)
    found = _draft(rows[0])
    if actor.agency is not None and not yours(await bodies(database), actor, found):
        raise DraftNotYours(draft, found.agency)
    return found


async def seize(database: Database, actor: Actor, draft: str, version: int, kind: Kind) -> Draft:
    """A draft to be changed, as it was read at ``version``; only inside ``Database.transact``."""
    found = await find(database, actor, draft, kind)
    if found.state is not State.OPEN:
        raise closed(found)
    if found.version != version:
        raise DraftChanged(draft, version, found.version)
    return found


def closed(draft: Draft) -> DraftClosed:
    return DraftClosed(
        draft.id, draft.state, draft.published_by or draft.edited_by, draft.published_at or draft.edited_at
    )


async def listed(
    database: Database,
    actor: Actor,
    kind: Kind | None = None,
    state: State | None = State.OPEN,
    *,
    limit: int = 50,
    offset: int = 0,
) -> tuple[list[Draft], int]:
    """The drafts that ``actor`` may work on, last edited first, and how many there are."""
    conditions = [QueryString("1 = 1")]
    if kind is not None:
        conditions.append(QueryString("kind = {}", kind.value))
    if state is not None:
        conditions.append(QueryString("state = {}", state.value))
    if actor.agency is not None:
        known = await bodies(database)
        owners = [code for code in known.codes() if known.below(code, actor.agency, clock.today())]
        marks = QueryString(", ".join(["{}"] * len(owners)), *owners)
        conditions.append(QueryString("agency IN ({})", marks) if owners else QueryString("1 = 0"))
    where = QueryString(" AND ".join(["{}"] * len(conditions)), *conditions)
    total = await database.rows(QueryString("SELECT COUNT(*) AS n FROM draft WHERE {}", where))
    rows = await database.rows(
        QueryString(
            f"SELECT {COLUMNS} FROM draft WHERE {{}} ORDER BY edited_at DESC, id LIMIT {{}} OFFSET {{}}",
            where,
            limit,
            offset,
        )
    )
    return [_draft(row) for row in rows], int(total[0]["n"])


async def published_as(database: Database, body: Body, kind: Kind) -> Draft | None:
    """A draft that said exactly this and was published."""
    rows = await database.rows(
        QueryString(
            f"SELECT {COLUMNS} FROM draft WHERE digest = {{}} AND kind = {{}} AND state = {{}} "
            "ORDER BY published_at DESC LIMIT 1",
            digest(body),
            kind.value,
            State.PUBLISHED.value,
        )
    )
    return _draft(rows[0]) if rows else None


def yours(known: Bodies, actor: Actor, draft: Draft) -> bool:
    """Whether ``actor`` acts for the agency whose draft it is."""
    if actor.agency is None:
        return True
    return draft.agency is not None and known.below(draft.agency, actor.agency, clock.today())


def _values(draft: Draft) -> list[object]:
    return [value.value if isinstance(value, StrEnum) else value for value in msgspec.structs.astuple(draft)]


def _draft(row: Row) -> Draft:
    values = {name: row[name] for name in COLUMNS.split(", ")}
    return Draft(
        **values
        | {
            "kind": Kind(row["kind"]),
            "state": State(row["state"]),
            "body": msgspec.Raw(row["body"].encode()),
        }
    )
