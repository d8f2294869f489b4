"""What was read of a source and waits to be written: sound dossiers, those kept aside, and rejected lines."""

import re
from array import array
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from hashlib import blake2b
from typing import Any

import msgspec

from registry.dossiers import days, image
from registry.dossiers.counting import Touched
from registry.dossiers.dossier import FIELDS, Delivered, Stored, Wrong
from registry.dossiers.examining import AGENCY, Absence
from registry.dossiers.merging import Fate

_CODE = re.compile(r"\d\.\d{4,12}(\.[A-Z0-9]{2,3})*")
_DAYS = ("received", "due", "finished", "updated")
_LONGEST_KEPT = 64


class Aside(msgspec.Struct, frozen=True):
    """A sound dossier that waits for the catalogue; ``dossier`` has the digest in the place of its number."""

    line: int
    reason: Absence
    procedure: str
    agency: str
    received: int
    dossier: Delivered

    @property
    def id(self) -> str:
        """The same state of the same dossier is kept once."""
        return blake2b(encode(self.dossier), digest_size=16).hexdigest()


class Rejection(msgspec.Struct, frozen=True):
    """A line that is not accepted. ``kept`` is what may be kept of it, as JSON."""

    line: int
    field: str
    reason: str
    kept: str
    key: bytes | None

    def identify(self, source: str) -> str:
        """The same fault of the same dossier is kept once; without a number, that of the same line."""
        subject = self.key or f"{source}\0{self.line}".encode()
        told = "\0".join((self.field, self.reason, self.kept)).encode()
        return blake2b(subject + told, digest_size=16).hexdigest()


class LineFault(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """What people are told of a line that was not taken in as it is."""

    line: int
    fate: str
    field: str = ""
    reason: str = ""


Report = Callable[[LineFault], None]


class Batch(msgspec.Struct):
    """What waits to be written together. ``seen`` is the revision of the catalogue against which it was examined.

    ``records`` is the path to an image of ``count`` records (``registry.dossiers.image``), which come from these
    ``lines``. ``tallies`` is what all of them add to the tallies, if none was there before, in the months of
    agencies that are ``touched``.
    """

    seen: int
    read: int = 0
    count: int = 0
    records: str | None = None
    lines: "array[int]" = msgspec.field(default_factory=lambda: array("q"))
    touched: set[Touched] = set()
    asides: list[Aside] = []
    rejections: list[Rejection] = []

    def __len__(self) -> int:
        return self.count + len(self.asides) + len(self.rejections)

    def rows(self) -> Iterator[Stored]:
        """Its records, in the order in which they came."""
        return image.rows(self.records) if self.records else iter(())

    def keys(self) -> list[bytes]:
        """The keys of its records."""
        return [row[0] for row in self.rows()]

    def faults(self) -> list[LineFault]:
        """What people are told of the lines that are aside or rejected, in their order."""
        found = [LineFault(one.line, Fate.REJECTED.value, one.field, one.reason) for one in self.rejections]
        for one in self.asides:
            field = "agency" if "agency" in one.reason else "procedure"
            found.append(LineFault(one.line, Fate.ASIDE.value, field, one.reason.value))
        return sorted(found, key=lambda fault: fault.line)


encode = msgspec.json.Encoder(order="deterministic").encode


def rejection(line: int, length: int, wrong: Wrong, key: bytes | None) -> Rejection:
    """What is kept of a line that is ``wrong``: its sound fields, or how long it was where it has none."""
    data = wrong.data
    if isinstance(data, Delivered):
        data = msgspec.to_builtins(data)
    kept = _sound(data) if isinstance(data, Mapping) else {"bytes": length}
    return Rejection(line, wrong.field, wrong.reason, encode(kept).decode(), key)


def _sound(data: Mapping[str, Any]) -> dict[str, Any]:
    """The known fields that hold what they are meant to, and thus nothing personal; never the number."""
    return {
        name: data[name] for name in FIELDS if name != "number" and name in data and _is_sound(name, data[name])
    }


def _is_sound(name: str, value: Any) -> bool:
    try:
        value = msgspec.convert(value, FIELDS[name].type, strict=False)
        if name in _DAYS and value is not None:
            days.ordinal(name, value)
    except (msgspec.ValidationError, Wrong):
        return False
    if isinstance(value, str) and len(value) > _LONGEST_KEPT:
        return False
    if name == "procedure":
        return _CODE.fullmatch(value) is not None
    return name != "agency" or AGENCY.fullmatch(value) is not None


def no_counts() -> Counter[str]:
    """Every fate, none of it yet."""
    return Counter({fate.value: 0 for fate in Fate})
