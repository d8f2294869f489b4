"""Publishing a draft: the ledger's changes, the draft's state and the audit entry in one transaction.

Writers of one store take turns, so of two who publish at the same moment the second finds the draft published.
Where that was the same key or person, as when a form is sent twice, the answer is that of the first time.
"""

from datetime import date, datetime

import msgspec
from piccolo.querystring import QueryString

from registry import clock
from registry.access import audit
from registry.access.actors import Actor
from registry.catalogue import ledger, timeline
from registry.catalogue.ledger import Ledger, Origin
from registry.catalogue.timeline import Span
from registry.desk import drafts, gate
from registry.desk.contents import AnnouncementDraft
from registry.desk.drafts import Draft, Kind, State
from registry.desk.errors import DraftChanged, Refused
from registry.desk.planning import Held, Line, Plan
from registry.desk.standing import Standing, standing
from registry.engine import Database
from registry.procedure import Agency, Announcement, Item
from registry.sections import digest
from registry.vocabulary import Role

SOURCE = "desk"


class Published(msgspec.Struct, frozen=True, rename="camel"):
    """What came of publishing: the announcement's id (a reorganisation's number), who did it and when, and how
    many changes it made. ``repeated`` says that it had been done before, and nothing was done now."""

    draft: str
    published: str
    by: str
    at: datetime
    changes: int
    repeated: bool = False


async def publish(database: Database, actor: Actor, draft: str, version: int) -> Published:
    """Publish a draft of an announcement as it was at ``version``. Raises ``Refused`` with all reasons, and as
    ``drafts.edit``; then nothing has changed."""

    async def unit(book: Ledger) -> Published:
        return await within(book, database, actor, draft, version)

    return await ledger.record(database, unit)


async def publish_body(database: Database, actor: Actor, body: AnnouncementDraft) -> Published:
    """Draft and publish in one step; where ``actor`` published exactly this before, nothing is done."""

    async def unit(book: Ledger) -> Published:
        before = await drafts.published_as(database, body, Kind.ANNOUNCEMENT)
        if before is not None and before.published_by == actor.id:
            return repeated(before)
        draft = await drafts.begin(database, actor, body, Kind.ANNOUNCEMENT)
        return await within(book, database, actor, draft.id, draft.version)

    return await ledger.record(database, unit)


async def within(book: Ledger, database: Database, actor: Actor, draft: str, version: int) -> Published:
    """Publish inside a unit of work."""
    found = await drafts.find(database, actor, draft, Kind.ANNOUNCEMENT)
    if (done := done_before(found, actor, version)) is not None:
        return done
    body = found.announcement()
    known = await standing(database, body)
    if reasons := gate.reasons(body, known, actor):
        raise Refused(reasons)
    announcement = _announcement(body, known)
    first = book.seq
    await book.load(body.codes(), [announcement.id])
    book.announce(announcement)
    plan = gate.planned(body, known)
    _learn(book, plan, known)
    _reconcile(book, plan, announcement.id, draft)
    return await close(database, actor, found, announcement.id, book.seq - first)


def done_before(found: Draft, actor: Actor, version: int) -> Published | None:
    """The answer of the first time, where ``actor`` published this before; ``None`` where it is still to be done.
    Raises ``DraftClosed`` and ``DraftChanged``."""
    if found.state is State.PUBLISHED and found.published_by == actor.id and found.version == version:
        return repeated(found)
    if found.state is not State.OPEN:
        raise drafts.closed(found)
    if found.version != version:
        raise DraftChanged(found.id, version, found.version)
    return None


def repeated(found: Draft) -> Published:
    assert found.published is not None
    assert found.published_by is not None
    assert found.published_at is not None
    return Published(found.id, found.published, found.published_by, found.published_at, 0, repeated=True)


async def close(database: Database, actor: Actor, draft: Draft, published: str, changes: int) -> Published:
    """Mark a draft as published, and put that into the audit log."""
    moment = clock.now()
    await database.rows(
        QueryString(
            "UPDATE draft SET state = {}, published = {}, published_at = {}, published_by = {} WHERE id = {}",
            State.PUBLISHED.value,
            published,
            moment,
            actor.id,
            draft.id,
        )
    )
    told = {"draft": draft.id, "version": draft.version, "changes": changes, "body": digest(bytes(draft.body))}
    await audit.record(database, actor, f"{draft.kind}.publish", published, told)
    return Published(draft.id, published, actor.id, moment, changes)


def _announcement(draft: AnnouncementDraft, known: Standing) -> Announcement:
    state = known.bodies.at(draft.issuer, draft.decided or known.today)
    return Announcement(
        id=gate.identity(draft),
        number=draft.number,
        decided=draft.decided,
        effective=draft.effective,
        published=draft.published or _published(known),
        issuer=Agency(Role.ISSUING, state.name if state else draft.issuer, draft.issuer),
        kind=draft.kind,
        title=draft.title,
        illustrative=draft.illustrative,
        items=tuple(
            Item(item.action, tuple(gate.changing(item)), tuple(one.subject for one in item.new))
            for item in draft.items
        ),
    )


def _published(known: Standing) -> date:
    """A correction does not make public anew what was public already."""
    before = known.corrected.published if known.corrected else None
    return before or known.today


def _learn(book: Ledger, plan: Plan, known: Standing) -> None:
    """Sectors that are new; a known one is never renamed by the way."""
    for content in plan.contents.values():
        for sector in content.sectors if content else ():
            if sector.code not in known.sectors:
                book.put_sector(sector)


def _reconcile(book: Ledger, plan: Plan, announcement: str, draft: str) -> None:
    """Make the ledger believe what was planned, touching no more than differs."""
    for code, line in plan.after.items():
        for day in _uncovered(plan.now[code], line):
            book.end(code, day, announcement)
        own = [span for span in line if span.value.announcement == announcement]
        for span in (*own, *(span for span in line if span not in own)):
            _put(book, code, span, announcement, draft)


def _put(book: Ledger, code: str, span: Span[Held], announcement: str, draft: str) -> None:
    held = book.versions.at(code, span.start)
    if span.value.announcement == announcement or held is None:
        origin = Origin(SOURCE, f"draft {draft}")
    else:
        origin = held.value.state.origin
    value = span.value
    book.put(value.procedure, span.start, value.announcement, origin, until=span.end, ended_by=value.ended_by)


def _uncovered(now: Line, after: Line) -> list[date]:
    """The first days on which something is in force now and nothing will be."""
    days = {span.start for span in now} | {span.end for span in after if span.end is not None}
    return sorted(day for day in days if timeline.at(now, day) is not None and timeline.at(after, day) is None)
