"""What every source offers: pages of a list, and records by their ids."""

from hashlib import blake2b
from typing import Protocol

import msgspec

from registry.exchange.portal.client import Client
from registry.intake.checking import Unacceptable
from registry.intake.cleaning import Notes, visible
from registry.intake.codes import procedure_code
from registry.intake.record import Raw, Record, Rejection

LONGEST_ID = 200

_encode = msgspec.json.Encoder(order="deterministic").encode


class Item(msgspec.Struct, frozen=True):
    """One line of a list. ``code`` is the national code where it can be read as one, ``mark`` the digest of the
    line, ``type`` the source's word for whose procedure it is, empty where it does not say."""

    id: str
    code: str
    name: str
    mark: str
    type: str = ""


class Page(msgspec.Struct, frozen=True):
    """One page: its lines, those that cannot be read, and the next cursor; ``None`` where it is the last."""

    items: list[Item]
    unreadable: list[Rejection]
    cursor: str | None


class Answer(msgspec.Struct, frozen=True):
    """One record as it came; ``code`` and ``updated`` (epoch milliseconds) are what it says of itself."""

    data: bytes
    code: str
    updated: int | None = None


class Source(Protocol):
    """One kind of portal. ``format`` is the intake's name of what it sends; ``alone`` says that there is only one
    of its kind, so that whatever came in its format came from it."""

    name: str
    format: str
    alone: bool

    def parse(self, raw: Raw) -> Record | Rejection:
        """How the intake reads a record of it."""

    async def page(self, client: Client, cursor: str, department: str) -> Page:
        """A page of the list after ``cursor``, empty for the first; of one department's own where one is given."""

    async def detail(self, client: Client, item: Item) -> Answer:
        """One record. Raises ``RecordAbsent`` and ``RequestFailed``."""


LINE = "line of the list"


def line_refused(data: bytes, reason: str) -> Rejection:
    """A line that cannot be read. It has no name but its digest."""
    origin = f"{LINE} {digest(data)}"
    return Rejection(Raw(origin, data), f"{origin}: is no line of a list: {visible(reason)}")


def digest(data: bytes) -> str:
    """The digest by which a line or a record is told from what it was."""
    return blake2b(data, digest_size=16).hexdigest()


def mark(line: bytes) -> str:
    """The digest of what a line says, in whatever order it says it: a portal need not keep to one."""
    found = msgspec.json.decode(line)
    if isinstance(found, dict):
        found = {key: sorted(value, key=str) if isinstance(value, list) else value for key, value in found.items()}
    return digest(_encode(found))


def national(code: str) -> str:
    """A code in its one notation; what is no code is left as it is, but for the spaces around it."""
    try:
        return procedure_code(code, Notes()).national
    except Unacceptable:
        return code.strip()
