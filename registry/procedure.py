"""The one canonical procedure. Every format is a function into it, every export a function out of it.

Field order is part of the stored form: digests are taken over the encoded struct, so a new field goes last.
``None`` always means that the source does not say; it is never the same as ``False`` or zero.
"""

from collections.abc import Iterable
from datetime import date
from enum import StrEnum
from typing import TypeVar

import msgspec

from registry.vocabulary import (
    Action,
    Channel,
    FeeKind,
    FeeState,
    Level,
    OnlineLevel,
    Role,
    Scope,
    TimeUnit,
)


class Record(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True, forbid_unknown_fields=True):
    """Base of everything that is stored or exported as JSON. Stored values are never changed in place."""


class Term(Record, frozen=True):
    """A coded term: a sector, a life event, an output. ``code`` is the national code or a slug of the name."""

    code: str
    name: str


class Agency(Record, frozen=True):
    """An agency in one role. ``code`` is ``None`` for a class of agency ("Ủy ban nhân dân cấp xã")."""

    role: Role
    name: str
    code: str | None = None


class Fee(Record, frozen=True):
    """One fee line. ``amount`` is in whole units of ``currency`` (đồng for VND)."""

    kind: FeeKind
    state: FeeState
    amount: int | None = None
    currency: str = "VND"
    text: str = ""


class ProcessingTime(Record, frozen=True):
    """How long the agency may take: ``value`` in ``unit``, or the text alone when ``value`` is ``None``."""

    unit: TimeUnit
    value: int | float | None = None
    text: str = ""


class Way(Record, frozen=True):
    """One channel (cách thức thực hiện) with its own processing time and fees."""

    channel: Channel
    time: ProcessingTime | None = None
    fees: tuple[Fee, ...] = ()


class Step(Record, frozen=True):
    text: str
    name: str = ""


class Form(Record, frozen=True):
    """A form file that belongs to a paper; ``path`` is where the source keeps it."""

    name: str
    path: str = ""


class Paper(Record, frozen=True):
    """A paper of the dossier. ``required`` is ``None`` where the source cannot be trusted to say."""

    name: str
    originals: int = 0
    copies: int = 0
    code: str = ""
    required: bool | None = None
    electronic: bool | None = None
    forms: tuple[Form, ...] = ()


class Case(Record, frozen=True):
    """A case (trường hợp) with the papers that it needs."""

    papers: tuple[Paper, ...]
    name: str = ""


class LegalBasis(Record, frozen=True):
    number: str
    title: str = ""


class AnnouncementKind(StrEnum):
    STANDARD = "standard"
    SPECIFIC = "specific"
    INTERNAL = "internal"


class Item(Record, frozen=True):
    """One line of an announcement. ``action`` is ``None`` where the source does not say what it did.

    ``old`` are the codes that it ends or changes, ``new`` those in force after it: an amendment has the same
    code on both sides, a replacement n old and m new ones.
    """

    action: Action | None
    old: tuple[str, ...] = ()
    new: tuple[str, ...] = ()


class Announcement(Record, frozen=True):
    """A decision that announces procedures (quyết định công bố): the unit of change.

    ``id`` is the source's identifier, or ``number|issuer|decided`` where it has none: a number alone is not
    unique, since every province counts from 1 each year.
    """

    id: str
    number: str
    decided: date | None = None
    effective: date | None = None
    published: date | None = None
    issuer: Agency | None = None
    kind: AnnouncementKind | None = None
    title: str = ""
    illustrative: bool = False
    items: tuple[Item, ...] = ()


class Procedure(Record, frozen=True):
    """An administrative procedure (thủ tục hành chính), as one decision announced it."""

    code: str
    name: str
    local_code: str | None = None
    scope: Scope | None = None
    sectors: tuple[Term, ...] = ()
    levels: tuple[Level, ...] = ()
    agencies: tuple[Agency, ...] = ()
    online_level: OnlineLevel | None = None
    ways: tuple[Way, ...] = ()
    steps: tuple[Step, ...] = ()
    cases: tuple[Case, ...] = ()
    audiences: tuple[Term, ...] = ()
    outputs: tuple[Term, ...] = ()
    legal_bases: tuple[LegalBasis, ...] = ()
    requirements: str = ""
    keywords: tuple[str, ...] = ()
    life_events: tuple[Term, ...] = ()
    addresses: str = ""
    note: str = ""
    interlinked: bool | None = None
    internal: bool | None = None
    essential: bool | None = None
    postal: bool | None = None
    online_payment: bool | None = None
    e_result: bool | None = None
    service_centre: bool | None = None
    vertical: bool | None = None
    anywhere: bool | None = None
    offline_only: bool | None = None
    illustrative: bool = False
    source_id: str = ""

    @property
    def channels(self) -> tuple[Channel, ...]:
        """The channels that are offered, each once, in the order online, direct, postal."""
        offered = {way.channel for way in self.ways}
        return tuple(channel for channel in Channel if channel in offered)

    @property
    def fee(self) -> FeeState:
        """The cost in one word: an amount beats a schedule, which beats free, which beats unknown."""
        states = {fee.state for way in self.ways for fee in way.fees}
        for state in (FeeState.AMOUNT, FeeState.SCHEDULE, FeeState.FREE):
            if state in states:
                return state
        return FeeState.UNKNOWN

    def by_role(self, *roles: Role) -> list[Agency]:
        return [agency for agency in self.agencies if agency.role in roles]

    @property
    def issuer(self) -> Agency | None:
        issuers = self.by_role(Role.ISSUING)
        return issuers[0] if issuers else None

    @property
    def is_internal(self) -> bool:
        """Between agencies: kept in the catalogue, left out of what citizens see."""
        return self.internal is True or self.scope is Scope.INTERNAL


FLAGS = (
    "interlinked",
    "internal",
    "essential",
    "postal",
    "online_payment",
    "e_result",
    "service_centre",
)


T = TypeVar("T")


def unique(values: Iterable[T]) -> tuple[T, ...]:
    """The values in their order, each once."""
    return tuple(dict.fromkeys(values))
