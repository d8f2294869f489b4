"""Whether a delivered dossier is sound, and what is stored of it."""

import re
from collections.abc import Iterable
from datetime import timedelta
from enum import StrEnum
from functools import partial
from hashlib import blake2b
from typing import cast

from registry import clock
from registry.dossiers import days
from registry.dossiers.catalogued import Catalogued, Span, due_day, working_day
from registry.dossiers.dossier import ENDED, RANKS, Delivered, Petitions, Row, Wrong
from registry.dossiers.facts import Fact
from registry.intake.checking import Unacceptable
from registry.intake.cleaning import Notes
from registry.intake.codes import procedure_code

GRACE = 1
"""Days by which a clock may be ahead of ours."""
MOST_SUPPLEMENTS = 1_000
MOST_SUSPENDED = 3_650
MOST_FEE = 10**12
MOST_PETITIONS = 10_000
LONGEST_NUMBER = 100
FURTHEST_DUE = 36_525

# Codes of agencies have letters; what is only digits may be somebody's number.
AGENCY = re.compile(r"(?=[^A-Za-zĐđ]*[A-Za-zĐđ])[A-Za-z0-9Đđ]+([.\-_][A-Za-z0-9Đđ]+)*")
_LONGEST_AGENCY = 64
_MOST_CODES = 100_000

_NO_PETITIONS = Petitions(0)
_CHANNEL = {"online": int(Fact.ONLINE), "direct": int(Fact.DIRECT), "postal": int(Fact.POSTAL)}
_STATE = {
    "received": 0,
    "processing": 0,
    "supplementing": int(Fact.WAITING),
    "withdrawn": int(Fact.FINISHED | Fact.WITHDRAWN),
    "returned": int(Fact.FINISHED | Fact.RETURNED),
    "finished": int(Fact.FINISHED),
}
_FEE, _PAID, _NEEDS, _E_RESULT = map(int, (Fact.FEE_DUE, Fact.PAID_ONLINE, Fact.NEEDS_RESULT, Fact.E_RESULT))
_DIGITISED, _REUSED, _SHARED = int(Fact.DIGITISED), int(Fact.REUSED), int(Fact.SHARED)
_POPULATION, _COMPLAINED, _CENTRE = int(Fact.POPULATION), int(Fact.COMPLAINED), int(Fact.CENTRE)
_LATE, _NO_DUE, _DERIVED = int(Fact.LATE), int(Fact.NO_DUE), int(Fact.DUE_DERIVED)

# The constructor of a named tuple is Python; this is not.
_row = cast("partial[Row]", partial(tuple.__new__, Row))


class Absence(StrEnum):
    """Why a sound dossier is kept aside."""

    UNKNOWN_PROCEDURE = "unknown-procedure"
    NOT_IN_FORCE = "procedure-not-in-force"
    UNKNOWN_AGENCY = "unknown-agency"
    NOT_THERE = "agency-not-there"


class Absent(Exception):
    """The catalogue does not have the procedure or the agency of a sound dossier on its day."""

    def __init__(self, reason: Absence, procedure: str, agency: str, received: int) -> None:
        super().__init__(reason.value)
        self.reason = reason
        self.procedure = procedure
        self.agency = agency
        self.received = received


class Unlearned(Exception):
    """The view does not hold the dossier's procedure or agency yet."""


class Examiner:
    """Examines dossiers against a view of the catalogue, under the key of the store. ``bound`` are the agencies
    whose dossiers are accepted; ``None`` stands for all."""

    def __init__(self, view: Catalogued, key: bytes, bound: frozenset[str] | None = None) -> None:
        self._bound = bound
        self._view = view
        self._hasher = blake2b(digest_size=16, key=key)
        # By the texts that name them; their codes are kept once, however many dossiers name them.
        self._procedures: dict[str, tuple[str, tuple[Span, ...]] | None] = {}
        self._agencies: dict[str, tuple[str, tuple[tuple[int, int], ...]]] = {}
        self.revision = -1

    async def refresh(self) -> None:
        """Look at the clock, and whether the catalogue has changed. Before the first dossier, and now and then."""
        revision = await self._view.refresh()
        if revision != self.revision or len(self._procedures) + len(self._agencies) > _MOST_CODES:
            self.revision = revision
            self._procedures.clear()
            self._agencies.clear()
        self._latest = clock.today().toordinal() + GRACE
        self._latest_moment = int((clock.now() + timedelta(days=GRACE)).timestamp() * 1000)

    async def learn(self, dossiers: Iterable[Delivered]) -> None:
        """Load what the catalogue says of these dossiers' procedures and agencies."""
        codes = {text: _code(text) for text in {dossier.procedure for dossier in dossiers}}
        agencies = {text: text.strip() for text in {dossier.agency for dossier in dossiers}}
        await self._view.load(
            {code for code in codes.values() if code is not None},
            {code for code in agencies.values() if len(code) <= _LONGEST_AGENCY},
        )
        for text, code in codes.items():
            self._procedures[text] = None if code is None else (code, self._view.procedures[code])
        for text, code in agencies.items():
            self._agencies[text] = code, self._view.agencies.get(code, ())

    def key(self, number: str) -> bytes:
        """The digest that stands for a dossier's number; spaces around it and its case do not matter. Raises
        ``Wrong``."""
        text = number.strip()
        if not text or len(text) > LONGEST_NUMBER or not text.isprintable():
            raise Wrong("number", f"must have 1 to {LONGEST_NUMBER} characters that can be printed")
        hasher = self._hasher.copy()
        hasher.update(text.upper().encode())
        return hasher.digest()

    def examine(self, key: bytes, dossier: Delivered) -> Row:
        """The dossier as it is stored. Raises ``Wrong``, or ``Absent`` where it is sound, or ``Unlearned``."""
        try:
            procedure = self._procedures[dossier.procedure]
            agency, existing = self._agencies[dossier.agency]
        except KeyError as error:
            raise Unlearned from error
        if procedure is None:
            raise Wrong("procedure", "must be a procedure's code like 1.001193")
        code, spans = procedure
        if self._bound is not None and agency not in self._bound:
            raise Wrong("agency", "is neither the agency for which this key acts, nor below it")
        received = days.known(dossier.received) or days.ordinal("received", dossier.received)
        if received < days.FIRST:
            raise Wrong("received", "is before the year 2000")
        if received > self._latest:
            raise Wrong("received", "is in the future")
        finished = self._finished(dossier, received)
        petitions = dossier.petitions or _NO_PETITIONS
        facts = _facts(dossier, petitions)
        updated = self._updated(dossier, received, finished)
        due = None if dossier.due is None else _given(dossier.due, received)
        span = _span(code, spans, agency, existing, received)
        if due is None:
            promise = span.promises[dossier.channel]
            due = None if promise is None else due_day(received, promise)
            facts |= _NO_DUE if due is None else _DERIVED
        if due is not None:
            if dossier.suspended_days:
                due = working_day(due + dossier.suspended_days)
            if finished is not None and finished > due:
                facts |= _LATE
        return _row(
            (
                key, agency, code, dossier.channel, received, due, finished, RANKS[dossier.state],
                dossier.supplements, dossier.suspended_days, dossier.fee_due or 0, facts,
                petitions.count, petitions.on_time, petitions.unsatisfied, dossier.place, updated, span.seq,
            )
        )  # fmt: skip

    def _finished(self, dossier: Delivered, received: int) -> int | None:
        text = dossier.finished
        if dossier.state not in ENDED:
            if text is not None:
                raise Wrong("finished", f"has a day, but the state is {dossier.state}")
            return None
        if text is None:
            raise Wrong("finished", f"is missing, but the state is {dossier.state}")
        finished = days.known(text) or days.ordinal("finished", text)
        if finished < received:
            raise Wrong("finished", "is before the day on which it was received")
        if finished > self._latest:
            raise Wrong("finished", "is in the future")
        return finished

    def _updated(self, dossier: Delivered, received: int, finished: int | None) -> int:
        if dossier.updated is None:
            return days.beginning(received if finished is None else finished)
        updated = days.milliseconds("updated", dossier.updated)
        if updated > self._latest_moment:
            raise Wrong("updated", "is in the future")
        if updated < days.beginning(received - GRACE):
            raise Wrong("updated", "is before the day on which it was received")
        return updated


def _span(
    code: str, spans: tuple[Span, ...], agency: str, existing: tuple[tuple[int, int], ...], received: int
) -> Span:
    """The procedure's version in force. Raises ``Absent``, or ``Wrong`` where the agency's code is none."""
    reason = Absence.NOT_THERE if existing else Absence.UNKNOWN_AGENCY
    for start, end in existing:
        if start <= received < end:
            for span in spans:
                if span[0] <= received < span[1]:
                    return span
            reason = Absence.NOT_IN_FORCE if spans else Absence.UNKNOWN_PROCEDURE
    if not existing and (len(agency) > _LONGEST_AGENCY or not AGENCY.fullmatch(agency)):
        raise Wrong("agency", "must be an agency's code like H55.17")
    raise Absent(reason, code, agency, received)


def _given(text: str, received: int) -> int:
    """The due day that the source names. Raises ``Wrong``."""
    due = days.known(text) or days.ordinal("due", text)
    if due < received:
        raise Wrong("due", "is before the day on which it was received")
    if due > received + FURTHEST_DUE:
        raise Wrong("due", "is more than a hundred years after the day on which it was received")
    return due


def _facts(dossier: Delivered, petitions: Petitions) -> int:
    """The facts that follow from the delivery alone. Raises ``Wrong`` where they contradict each other."""
    fee = dossier.fee_due or 0
    if dossier.supplements or dossier.suspended_days or petitions is not _NO_PETITIONS or not 0 <= fee <= MOST_FEE:
        _check_numbers(dossier, petitions)
    if dossier.paid_online and not fee:
        raise Wrong("paidOnline", "is true, but no fee was due (feeDue)")
    if dossier.e_result and not dossier.needs_result:
        raise Wrong("eResult", "is true, but no result was needed (needsResult)")
    return (
        _CHANNEL[dossier.channel]
        | _STATE[dossier.state]
        | (_FEE if fee else 0)
        | dossier.paid_online * _PAID
        | dossier.needs_result * _NEEDS
        | dossier.e_result * _E_RESULT
        | dossier.digitised * _DIGITISED
        | dossier.reused * _REUSED
        | dossier.shared * _SHARED
        | dossier.population_data * _POPULATION
        | dossier.complained * _COMPLAINED
        | (dossier.place == "centre") * _CENTRE
        | (dossier.supplements > 1) * _LATE
    )


def _check_numbers(dossier: Delivered, petitions: Petitions) -> None:
    for field, value, most in (
        ("supplements", dossier.supplements, MOST_SUPPLEMENTS),
        ("suspendedDays", dossier.suspended_days, MOST_SUSPENDED),
        ("feeDue", dossier.fee_due or 0, MOST_FEE),
        ("petitions", petitions.count, MOST_PETITIONS),
    ):
        if not 0 <= value <= most:
            raise Wrong(field, f"must be from 0 to {most:,}")
    if not (0 <= petitions.on_time <= petitions.count and 0 <= petitions.unsatisfied <= petitions.count):
        raise Wrong("petitions", "must not have more on time or unsatisfied than there are")


def _code(text: str) -> str | None:
    try:
        return procedure_code(text, Notes()).national
    except Unacceptable:
        return None
