"""The decision behind a record: its announcement, and the day from which the record is in force."""

from datetime import date

from registry.intake.acts import act_number, is_usual
from registry.intake.cleaning import Notes, line
from registry.intake.dates import from_any
from registry.intake.portal.shapes import Detail, Proposal
from registry.procedure import Agency, Announcement, AnnouncementKind
from registry.vocabulary import Role
from search.text import fold

_KINDS = {
    "STANDARD": AnnouncementKind.STANDARD,
    "SPECIFIC": AnnouncementKind.SPECIFIC,
    "INTERNAL": AnnouncementKind.INTERNAL,
}
_AT = "procedureProposal"


def announcement(detail: Detail, issuer: Agency | None, notes: Notes) -> Announcement | None:
    """The announcement of a record, without its items; ``None`` where its decision has no number."""
    proposal = detail.procedure_proposal or Proposal()
    given = line(proposal.proposal_number, notes, f"{_AT}.proposalNumber")
    if not given:
        notes.add(f"{_AT}.proposalNumber", "no-announcement")
        return None
    number = act_number(given, notes, f"{_AT}.proposalNumber")
    if not is_usual(number):
        notes.add(f"{_AT}.proposalNumber", "unusual-number", number, number)
    decided = from_any(proposal.decision_date, f"{_AT}.decisionDate")
    published = from_any(proposal.publication_date, f"{_AT}.publicationDate")
    if decided and published and published < decided:
        notes.add(f"{_AT}.publicationDate", "published-before-decided", published, decided)
    if proposal.proposal_type and proposal.proposal_type not in _KINDS:
        notes.add(f"{_AT}.proposalType", "unknown-type", proposal.proposal_type)
    by = _issuer(proposal, issuer, notes)
    return Announcement(
        id=line(proposal.id, notes, f"{_AT}.id") or f"{number}|{by.name if by else ''}|{decided or ''}",
        number=number,
        decided=decided,
        published=published,
        issuer=by,
        kind=_KINDS.get(proposal.proposal_type or ""),
    )


def _issuer(proposal: Proposal, issuer: Agency | None, notes: Notes) -> Agency | None:
    """Who decided. The proposal names an agency without its code; the record's issuer may lend it."""
    agency = proposal.issuing_agency
    name = line(agency.name, notes, f"{_AT}.issuingAgency.name") if agency else ""
    if not name:
        return issuer
    same = issuer is not None and fold(issuer.name) == fold(name)
    return Agency(Role.ISSUING, name, issuer.code if same and issuer else None)


def valid_from(detail: Detail, notes: Notes) -> date | None:
    """The first day in force: the day of the decision, unless it is missing or cannot be right.

    Often a record's content was last touched before its decision was made: that alone proves nothing, since
    the portal attaches decisions without touching ``updatedAt``. A decision later than its own publication
    *and* than the last change of the record is wrong, and then the publication counts.
    """
    proposal = detail.procedure_proposal or Proposal()
    decided = from_any(proposal.decision_date, f"{_AT}.decisionDate")
    published = from_any(proposal.publication_date, f"{_AT}.publicationDate")
    created = from_any(detail.created_at, "createdAt")
    updated = from_any(detail.updated_at, "updatedAt")
    if decided is None:
        day = published or created
        notes.add(f"{_AT}.decisionDate", "no-decision-date", "", day or "")
        return day
    if updated and decided > updated:
        wrong = published is not None and published < decided
        notes.add(f"{_AT}.decisionDate", "decided-after-last-update", decided, published if wrong else decided)
        return published if wrong else decided
    return decided
