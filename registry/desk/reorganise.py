"""Publishing a reorganisation: agencies end, begin, change and succeed each other in one transaction."""

from registry import clock
from registry.access.actors import Actor
from registry.catalogue import ledger
from registry.catalogue.ledger import Ledger
from registry.desk import drafts, examine
from registry.desk.drafts import Kind
from registry.desk.errors import Refused
from registry.desk.publish import Published, close, done_before, repeated
from registry.desk.reorganisation import Agencies, ReorganisationDraft
from registry.desk.standing import bodies
from registry.engine import Database


async def publish(database: Database, actor: Actor, draft: str, version: int) -> Published:
    """Publish a draft of a reorganisation as it was at ``version``. Raises ``Refused`` with all reasons, and as
    ``drafts.edit``; then nothing has changed."""

    async def unit(book: Ledger) -> Published:
        return await within(book, database, actor, draft, version)

    return await ledger.record(database, unit)


async def publish_body(database: Database, actor: Actor, body: ReorganisationDraft) -> Published:
    """Draft and publish in one step; where ``actor`` published exactly this before, nothing is done."""

    async def unit(book: Ledger) -> Published:
        before = await drafts.published_as(database, body, Kind.REORGANISATION)
        if before is not None and before.published_by == actor.id:
            return repeated(before)
        draft = await drafts.begin(database, actor, body, Kind.REORGANISATION)
        return await within(book, database, actor, draft.id, draft.version)

    return await ledger.record(database, unit)


async def within(book: Ledger, database: Database, actor: Actor, draft: str, version: int) -> Published:
    """Publish inside a unit of work."""
    found = await drafts.find(database, actor, draft, Kind.REORGANISATION)
    if (done := done_before(found, actor, version)) is not None:
        return done
    body, today = found.reorganisation(), clock.today()
    day = body.effective or today
    agencies = Agencies(body, await bodies(database), day)
    if reasons := examine.reasons(body, agencies, actor, today):
        raise Refused(reasons)
    first = book.seq
    await book.load(agencies=agencies.named())
    for code in agencies.ending:
        book.end_agency(code, day, body.number)
    for code, state in agencies.states.items():
        book.put_agency(code, state, day)
    for old, new in body.successions():
        book.succeed("agency", old, new, day, None)
    return await close(database, actor, found, body.number, book.seq - first)
