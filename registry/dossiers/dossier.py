"""A dossier as a source delivers it: the one struct that every format is a function into."""

from enum import StrEnum
from typing import Any, Literal, NamedTuple, get_args

import msgspec

from registry.vocabulary import Channel


class State(StrEnum):
    """What a dossier has come to, in the order in which states follow each other; stored by its rank."""

    RECEIVED = "received"
    PROCESSING = "processing"
    SUPPLEMENTING = "supplementing"
    WITHDRAWN = "withdrawn"
    RETURNED = "returned"
    FINISHED = "finished"


class Place(StrEnum):
    """Where it was received."""

    CENTRE = "centre"
    DEPARTMENT = "department"
    DISTRICT = "district"
    COMMUNE = "commune"
    ONLINE = "online"
    POST = "post"
    OTHER = "other"


RANKS: dict[str, int] = {state.value: rank for rank, state in enumerate(State)}
ENDED = frozenset(state.value for state in (State.WITHDRAWN, State.RETURNED, State.FINISHED))

# Literals are decoded to plain strings, whose hash costs nothing; members of an enum hash in Python.
ChannelName = Literal["online", "direct", "postal"]
StateName = Literal["received", "processing", "supplementing", "withdrawn", "returned", "finished"]
PlaceName = Literal["centre", "department", "district", "commune", "online", "post", "other"]


class Petitions(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True, gc=False):
    """Petitions about the dossier: how many, answered on time, and dissatisfied, repeated or late."""

    count: int
    on_time: int = 0
    unsatisfied: int = 0


class Delivered(
    msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True, gc=False, omit_defaults=True
):
    """One state of one dossier. Days are ISO days, or moments, in Vietnam unless they name a zone.

    ``fee_due`` is in đồng. ``suspended_days`` are calendar days that it waited for the citizen; they are added to
    ``due``. ``updated`` is the moment of this state; without it, the day on which it was finished or received.
    """

    number: str
    procedure: str
    agency: str
    channel: ChannelName
    received: str
    state: StateName
    due: str | None = None
    finished: str | None = None
    supplements: int = 0
    suspended_days: int = 0
    fee_due: int | None = None
    paid_online: bool = False
    needs_result: bool = False
    e_result: bool = False
    digitised: bool = False
    reused: bool = False
    shared: bool = False
    population_data: bool = False
    petitions: Petitions | None = None
    complained: bool = False
    place: PlaceName | None = None
    updated: str | None = None


class Wrong(Exception):
    """A line that cannot be accepted: the field, and the reason for people. Neither quotes what may be personal.

    ``data`` is what could be read of the line, by field; it may be personal and is never kept as it is.
    """

    def __init__(self, field: str, reason: str, data: Any = None) -> None:
        super().__init__(f"{field}: {reason}" if field else reason)
        self.field = field
        self.reason = reason
        self.data = data


class Row(NamedTuple):
    """A dossier as it is stored: the columns of ``registry.tables.dossiers.Dossier``, in their order."""

    key: bytes
    agency: str
    procedure: str
    channel: str
    received: int
    due: int | None
    finished: int | None
    state: int
    supplements: int
    suspended: int
    fee: int
    facts: int
    petitions: int
    petitions_on_time: int
    petitions_unsatisfied: int
    place: str | None
    updated: int
    version: int


Stored = tuple[Any, ...]
"""A ``Row`` as a plain tuple: rows come by the hundred thousand, and named ones cost as much again."""

FIELDS = {field.encode_name: field for field in msgspec.structs.fields(Delivered)}

_WHOLE = "must be a whole number from 0"
_YES_NO = "must be true or false"
_DAY = "must be a day like 2025-05-31, or a moment like 2025-05-31T08:30:00+07:00"


def _among(names: object) -> str:
    return f"must be one of {', '.join(get_args(names))}"


EXPECTED = {
    "number": "must be a text, the dossier's number",
    "procedure": "must be a text, a procedure's code like 1.001193",
    "agency": "must be a text, an agency's code like H55.17",
    "channel": _among(ChannelName),
    "received": _DAY,
    "due": _DAY,
    "finished": _DAY,
    "updated": _DAY,
    "state": _among(StateName),
    "place": _among(PlaceName),
    "supplements": _WHOLE,
    "suspendedDays": _WHOLE,
    "feeDue": f"{_WHOLE}, in đồng",
    "petitions": 'must be an object like {"count": 1, "onTime": 1, "unsatisfied": 0}, or a whole number in a list',
}


def expected(field: str) -> str:
    """What a field must be, for people."""
    return EXPECTED.get(field, _YES_NO)


def fault(data: Any) -> Wrong:
    """Why ``data``, decoded from a line, is no dossier. Names at most one fault, and quotes no value."""
    if not isinstance(data, dict):
        return Wrong("", "is no JSON object")
    for name in data:
        if name not in FIELDS:
            reason = f"there is no such field; the fields are {', '.join(FIELDS)}"
            return Wrong(shown(name), reason, data)
    for name, field in FIELDS.items():
        if name not in data:
            if field.required:
                return Wrong(name, "is missing", data)
            continue
        try:
            msgspec.convert(data[name], field.type)
        except msgspec.ValidationError:
            return Wrong(name, expected(name), data)
    return Wrong("", "is no dossier", data)


def shown(name: str) -> str:
    """The name of an unknown field, unless it may itself be a text of somebody's."""
    return name if len(name) <= 40 and name.isidentifier() else "a field whose name is no name"


assert set(get_args(ChannelName)) == set(Channel)
assert get_args(StateName) == tuple(State)
assert get_args(PlaceName) == tuple(Place)
