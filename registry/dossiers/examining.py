"""Whether a delivered dossier is sound, and what is stored of it."""

import re
from collections.abc import Iterable
from enum import StrEnum
from hashlib import blake2b
from typing import Any, NamedTuple

from msgspec.structs import astuple

from registry.dossiers import days, implied
from registry.dossiers.dossier import ENDED, RANKS, Delivered, Stored, Wrong
from registry.dossiers.facts import Fact
from registry.dossiers.promised import Span, due_day, working_day

GRACE = 1
"""Days by which a clock may be ahead of ours."""
LONGEST_NUMBER = 100
FURTHEST_DUE = 36_525

# Codes of agencies have letters; what is only digits may be somebody's number.
AGENCY = re.compile(r"(?=[^A-Za-zĐđ]*[A-Za-zĐđ])[A-Za-z0-9Đđ]+([.\-_][A-Za-z0-9Đđ]+)*")
LONGEST_AGENCY = 64
_MOST_CODES = 100_000
_FIRST_DAY = days.FIRST
_LATE, _NO_DUE, _DERIVED = map(int, (Fact.LATE, Fact.NO_DUE, Fact.DUE_DERIVED))
_known_day, _known_time, _known_facts = days.known, days.known_time, implied.known


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


_Procedure = tuple[str, int, int, Span, tuple[Span, ...]]
"""A procedure's code (empty where it is none), the days on which its latest version is in force, that version, and
all of them."""
_Agency = tuple[str, int, int, tuple[tuple[int, int], ...]]
"""An agency's code, the latest days on which it exists, and all of them."""
_NO_VERSION = Span(0, 0, 0, {})


class Examiner:
    """Examines dossiers by what it was told of the catalogue, under the key of the store. ``bound`` are the
    agencies whose dossiers are accepted; ``None`` stands for all."""

    def __init__(self, key: bytes, now: Now, bound: frozenset[str] | None = None) -> None:
        self._key = key
        self._bound = bound
        self._hasher = blake2b(digest_size=16, key=key)
        # By the texts that name them; their codes are kept once, however many dossiers name them.
        self._procedures: dict[str, _Procedure] = {}
        self._agencies: dict[str, _Agency] = {}
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
        for text, said in known.procedures.items():
            code, spans = said or ("", ())
            latest = spans[-1] if spans else _NO_VERSION
            self._procedures[text] = (code, latest.start, latest.end, latest, spans)
        for text, (code, existing) in known.agencies.items():
            self._agencies[text] = (code, *(existing[-1] if existing else (0, 0)), existing)

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
        (
            _, procedure_text, agency_text, channel, received_text, state, due_text, finished_text, supplements,
            suspended, fee, paid, needs, e_result, digitised, reused, shared, population, petitions, complained,
            place, updated_text,
        ) = astuple(dossier)  # fmt: skip
        try:
            code, first, last, version, spans = self._procedures[procedure_text]
            agency, opened, closed, existing = self._agencies[agency_text]
        except KeyError as error:
            raise Unlearned from error
        if not code:
            raise Wrong("procedure", "must be a procedure's code like 1.001193")
        if self._bound is not None and agency not in self._bound:
            raise Wrong("agency", "is neither the agency for which this key acts, nor below it")
        # What is as it mostly is takes the short way: no call, and nothing is parsed.
        received = _known_day(received_text)
        if received is None or not _FIRST_DAY <= received <= self.now.day:
            received = self._received(received_text)
        finished = _known_day(finished_text)
        if finished is None or not received <= finished <= self.now.day or state not in ENDED:
            finished = self._finished(state, finished_text, received)
        told = (
            channel, state, place, paid, needs, e_result, digitised, reused, shared, population, complained,
            not fee,
        )  # fmt: skip
        facts = None if supplements or suspended or petitions else _known_facts(told)
        if facts is None or (fee and not 0 < fee <= implied.MOST_FEE):
            facts = implied.facts(dossier, told)
        updated = self._updated(updated_text, received, finished)
        due = _known_day(due_text)
        if due is None or not received <= due <= received + FURTHEST_DUE:
            due = None if due_text is None else _given(due_text, received)
        if not (first <= received < last and opened <= received < closed):
            version = _version(code, spans, agency, existing, received)
        if due is None:
            due = _derived(version, channel, received)
            facts |= _NO_DUE if due is None else _DERIVED
        if suspended and due is not None:
            due = working_day(due + suspended)
        if due is not None and finished is not None and finished > due:
            facts |= _LATE
        counted = (0, 0, 0) if petitions is None else astuple(petitions)
        return (
            key, agency, code, channel, received, due, finished, RANKS[state], supplements, suspended, fee or 0,
            facts, *counted, place, updated, version[2],
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
        day, time = _known_day(text[: days.DAY_LENGTH]), _known_time(text[days.DAY_LENGTH :])
        if day is not None and time is not None:
            updated = day * days.DAY_MS + time
        else:
            updated = days.milliseconds("updated", text)
        if updated > self.now.moment:
            raise Wrong("updated", "is in the future")
        if updated < days.beginning(received - GRACE):
            raise Wrong("updated", "is before the day on which it was received")
        return updated


def _version(
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
    if not existing and (len(agency) > LONGEST_AGENCY or not AGENCY.fullmatch(agency)):
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
