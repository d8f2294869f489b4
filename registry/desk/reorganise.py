"""Publishing a reorganisation: agencies end, begin, change and succeed each other in one transaction."""

from registry import clock
from registry.access.actors import Actor
from registry.catalogue.ledger import Ledger
from registry.desk import examine, publishing
from registry.desk.drafts import Draft, Kind
from registry.desk.errors import Refused
from registry.desk.publishing import Published
from registry.desk.reorganisation import Agencies, ReorganisationDraft
from registry.desk.standing import bodies
from registry.engine import Database


async def publish(database: Database, actor: Actor, draft: str, version: int) -> Published:
    """Publish a draft of a reorganisation as it was at ``version``. Raises ``Refused`` with all reasons, and as
    ``drafts.edit``; then nothing has changed."""
    return await publishing.publish(database, actor, Kind.REORGANISATION, _reorganise, draft, version)


async def publish_body(database: Database, actor: Actor, body: ReorganisationDraft) -> Published:
    """Draft and publish in one step; where ``actor`` published exactly this before, nothing is done."""
    return await publishing.publish_body(database, actor, Kind.REORGANISATION, _reorganise, body)


async def _reorganise(book: Ledger, database: Database, actor: Actor, draft: Draft) -> str:
    body, today = draft.reorganisation(), clock.today()
    day = body.effective or today
    agencies = Agencies(body, await bodies(database), day)
    if reasons := examine.reasons(body, agencies, actor, today):
        raise Refused(reasons)
    await book.load(agencies=agencies.named())
    for code in agencies.ending:
        book.end_agency(code, day, body.number)
    for code, state in agencies.states.items():
        book.put_agency(code, state, day)
    for old, new in body.successions():
        book.succeed("agency", old, new, day, None)
    return body.number
