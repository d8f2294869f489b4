"""Publishing an announcement: what it plans becomes what the ledger believes."""

from datetime import date

from registry.access.actors import Actor
from registry.catalogue import timeline
from registry.catalogue.ledger import Ledger, Origin
from registry.catalogue.timeline import Span
from registry.desk import gate, publishing
from registry.desk.contents import AnnouncementDraft
from registry.desk.drafts import Draft, Kind
from registry.desk.errors import Refused
from registry.desk.planning import Held, Line, Plan
from registry.desk.publishing import Published
from registry.desk.standing import Standing, standing
from registry.engine import Database
from registry.procedure import Agency, Announcement, Item
from registry.vocabulary import Role

SOURCE = "desk"


async def publish(database: Database, actor: Actor, draft: str, version: int) -> Published:
    """Publish a draft of an announcement as it was at ``version``. Raises ``Refused`` with all reasons, and as
    ``drafts.edit``; then nothing has changed."""
    return await publishing.publish(database, actor, Kind.ANNOUNCEMENT, _announce, draft, version)


async def publish_body(database: Database, actor: Actor, body: AnnouncementDraft) -> Published:
    """Draft and publish in one step; where ``actor`` published exactly this before, nothing is done."""
    return await publishing.publish_body(database, actor, Kind.ANNOUNCEMENT, _announce, body)


async def _announce(book: Ledger, database: Database, actor: Actor, draft: Draft) -> str:
    body = draft.announcement()
    known = await standing(database, body)
    if reasons := gate.reasons(body, known, actor):
        raise Refused(reasons)
    announcement = _announcement(body, known)
    await book.load(body.codes(), [announcement.id])
    book.announce(announcement)
    plan = gate.planned(body, known)
    _learn(book, plan, known)
    _reconcile(book, plan, announcement.id, draft.id)
    return announcement.id


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
