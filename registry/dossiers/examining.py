"""Whether a delivered dossier is sound, and what is stored of it."""

import re
from collections.abc import Iterable
from datetime import timedelta
from enum import StrEnum
from hashlib import blake2b
from itertools import product
from typing import Any, NamedTuple

from msgspec.structs import astuple

from registry import clock
from registry.dossiers import days
from registry.dossiers.catalogued import Catalogued, Span, due_day, working_day
from registry.dossiers.dossier import ENDED, RANKS, Delivered, Petitions, Stored, Wrong
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

_CHANNEL = {"online": int(Fact.ONLINE), "direct": int(Fact.DIRECT), "postal": int(Fact.POSTAL)}
_STATE = {
    "received": 0,
    "processing": 0,
    "supplementing": int(Fact.WAITING),
    "withdrawn": int(Fact.FINISHED | Fact.WITHDRAWN),
    "returned": int(Fact.FINISHED | Fact.RETURNED),
    "finished": int(Fact.FINISHED),
}
_FLAGS = (
    Fact.PAID_ONLINE,
    Fact.NEEDS_RESULT,
    Fact.E_RESULT,
    Fact.DIGITISED,
    Fact.REUSED,
    Fact.SHARED,
    Fact.POPULATION,
)
_FLAGGED = {
    flags: sum(int(fact) for fact, given in zip(_FLAGS, flags, strict=True) if given)
    for flags in product((False, True), repeat=len(_FLAGS))
}
_PLACE: dict[str | None, int] = {"centre": int(Fact.CENTRE)}
_FEE, _PAID, _NEEDS, _E_RESULT = map(int, (Fact.FEE_DUE, Fact.PAID_ONLINE, Fact.NEEDS_RESULT, Fact.E_RESULT))
_COMPLAINED, _LATE, _NO_DUE, _DERIVED = map(int, (Fact.COMPLAINED, Fact.LATE, Fact.NO_DUE, Fact.DUE_DERIVED))
_FIRST_FLAG = Delivered.__struct_fields__.index("paid_online")
_LAST_FLAG = _FIRST_FLAG + len(_FLAGS)
assert Delivered.__struct_fields__[_FIRST_FLAG:_LAST_FLAG] == (
    "paid_online", "needs_result", "e_result", "digitised", "reused", "shared", "population_data",
)  # fmt: skip


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


class Wanted(NamedTuple):
    """What an examiner has to learn: procedures and agencies, by the texts that name them."""

    procedures: frozenset[str]
    agencies: frozenset[str]


class Known(NamedTuple):
    """What the catalogue says, by the texts that name them: a procedure's code (``None`` where it is no code) with
    its versions, and an agency's code with the days on which it exists."""

    procedures: dict[str, tuple[str, tuple[Span, ...]] | None]
    agencies: dict[str, tuple[str, tuple[tuple[int, int], ...]]]


class Now(NamedTuple):
    """The catalogue's revision, and the last day and moment (milliseconds since 1970) that a clock may name."""

    revision: int
    day: int
    moment: int


async def look(view: Catalogued) -> Now:
    """Look at the clock, and whether the catalogue has changed."""
    moment = clock.now() + timedelta(days=GRACE)
    return Now(await view.refresh(), clock.today().toordinal() + GRACE, int(moment.timestamp() * 1000))


async def learn(view: Catalogued, wanted: Wanted) -> Known:
    """What the catalogue says of procedures and agencies."""
    codes = {text: _code(text) for text in wanted.procedures}
    agencies = {text: text.strip() for text in wanted.agencies}
    await view.load(
        {code for code in codes.values() if code is not None},
        {code for code in agencies.values() if len(code) <= _LONGEST_AGENCY},
    )
    return Known(
        {text: None if code is None else (code, view.procedures[code]) for text, code in codes.items()},
        {text: (code, view.agencies.get(code, ())) for text, code in agencies.items()},
    )


class Examiner:
    """Examines dossiers by what it was told of the catalogue, under the key of the store. ``bound`` are the
    agencies whose dossiers are accepted; ``None`` stands for all."""

    def __init__(self, key: bytes, now: Now, bound: frozenset[str] | None = None) -> None:
        self._key = key
        self._bound = bound
        self._hasher = blake2b(digest_size=16, key=key)
        # By the texts that name them; their codes are kept once, however many dossiers name them.
        self._procedures: dict[str, tuple[str, tuple[Span, ...]] | None] = {}
        self._agencies: dict[str, tuple[str, tuple[tuple[int, int], ...]]] = {}
        self.now = now

    def __reduce__(self) -> tuple[Any, ...]:
        """It travels to another process with what it was told when it began."""
        return Examiner, (self._key, self.now, self._bound)

    def refresh(self, now: Now) -> None:
        """Go by another time, and forget what may have changed. Now and then, between two batches."""
        if now.revision != self.now.revision or len(self._procedures) + len(self._agencies) > _MOST_CODES:
            self._procedures.clear()
            self._agencies.clear()
        self.now = now

    def wanted(self, dossiers: Iterable[Delivered]) -> Wanted:
        """What it does not know of these dossiers' procedures and agencies."""
        dossiers = list(dossiers)
        return Wanted(
            frozenset(one.procedure for one in dossiers if one.procedure not in self._procedures),
            frozenset(one.agency for one in dossiers if one.agency not in self._agencies),
        )

    def told(self, known: Known) -> None:
        """Learn what the catalogue says."""
        self._procedures |= known.procedures
        self._agencies |= known.agencies

    def key(self, number: str) -> bytes:
        """The digest that stands for a dossier's number; spaces around it and its case do not matter. Raises
        ``Wrong``."""
        text = number.strip()
        if not text or len(text) > LONGEST_NUMBER or not text.isprintable():
            raise Wrong("number", f"must have 1 to {LONGEST_NUMBER} characters that can be printed")
        hasher = self._hasher.copy()
        hasher.update(text.upper().encode())
        return hasher.digest()

    def examine(self, key: bytes, dossier: Delivered) -> Stored:
        """The dossier as it is stored. Raises ``Wrong``, or ``Absent`` where it is sound, or ``Unlearned``."""
        fields = astuple(dossier)
        (
            _, procedure_text, agency_text, channel, received_text, state, due_text, finished_text, supplements,
            suspended, fee, _, _, _, _, _, _, _, petitions, _, place, updated_text,
        ) = fields  # fmt: skip
        try:
            procedure = self._procedures[procedure_text]
            agency, existing = self._agencies[agency_text]
        except KeyError as error:
            raise Unlearned from error
        if procedure is None:
            raise Wrong("procedure", "must be a procedure's code like 1.001193")
        if self._bound is not None and agency not in self._bound:
            raise Wrong("agency", "is neither the agency for which this key acts, nor below it")
        received = self._received(received_text)
        finished = self._finished(state, finished_text, received)
        facts = _facts(dossier, fields[_FIRST_FLAG:_LAST_FLAG])
        updated = self._updated(updated_text, received, finished)
        due = None if due_text is None else _given(due_text, received)
        span = _span(*procedure, agency, existing, received)
        if due is None:
            due = _derived(span, channel, received)
            facts |= _NO_DUE if due is None else _DERIVED
        if due is not None:
            if suspended:
                due = working_day(due + suspended)
            if finished is not None and finished > due:
                facts |= _LATE
        counted = (0, 0, 0) if petitions is None else astuple(petitions)
        return (
            key, agency, procedure[0], channel, received, due, finished, RANKS[state], supplements, suspended,
            fee or 0, facts, *counted, place, updated, span[2],
        )  # fmt: skip

    def _received(self, text: str) -> int:
        received = days.known(text) or days.ordinal("received", text)
        if received < days.FIRST:
            raise Wrong("received", "is before the year 2000")
        if received > self.now.day:
            raise Wrong("received", "is in the future")
        return received

    def _finished(self, state: str, text: str | None, received: int) -> int | None:
        if state not in ENDED:
            if text is not None:
                raise Wrong("finished", f"has a day, but the state is {state}")
            return None
        if text is None:
            raise Wrong("finished", f"is missing, but the state is {state}")
        finished = days.known(text) or days.ordinal("finished", text)
        if finished < received:
            raise Wrong("finished", "is before the day on which it was received")
        if finished > self.now.day:
            raise Wrong("finished", "is in the future")
        return finished

    def _updated(self, text: str | None, received: int, finished: int | None) -> int:
        if text is None:
            return days.beginning(received if finished is None else finished)
        updated = days.milliseconds("updated", text)
        if updated > self.now.moment:
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


def _derived(span: Span, channel: str, received: int) -> int | None:
    """The due day by the procedure's own time."""
    promise = span.promises[channel]
    return None if promise is None else due_day(received, promise)


def _facts(dossier: Delivered, flags: tuple[bool, ...]) -> int:
    """The facts that follow from the delivery alone. Raises ``Wrong`` where they contradict each other."""
    fee = dossier.fee_due or 0
    if dossier.supplements or dossier.suspended_days or dossier.petitions or not 0 <= fee <= MOST_FEE:
        _check_numbers(dossier)
    facts = _CHANNEL[dossier.channel] | _STATE[dossier.state] | _FLAGGED[flags] | _PLACE.get(dossier.place, 0)
    if fee:
        facts |= _FEE
    elif facts & _PAID:
        raise Wrong("paidOnline", "is true, but no fee was due (feeDue)")
    if facts & _E_RESULT and not facts & _NEEDS:
        raise Wrong("eResult", "is true, but no result was needed (needsResult)")
    if dossier.complained:
        facts |= _COMPLAINED
    return facts | _LATE if dossier.supplements > 1 else facts


def _check_numbers(dossier: Delivered) -> None:
    petitions = dossier.petitions or Petitions(0)
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
