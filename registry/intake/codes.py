"""National codes of procedures, in the notations that sources use for them."""

import re

import msgspec

from registry.intake.checking import Unacceptable
from registry.intake.cleaning import Notes, line

_NATIONAL = re.compile(r"\d\.\d{6}")
# Other lengths are published in earnest: 2.009182739, 1.0133611.
_UNUSUAL = re.compile(r"\d\.\d{4,12}")
# A province's copy: the national code, a path of numbers, the province's code: 1.001193.000.00.00.H55.
_LOCAL = re.compile(r"(\d\.\d{4,12})((?:\.\d{2,3})*\.[A-Z]\d{2}(?:\.\d{1,3})*)")
_DELETED = re.compile(r"(.+?)[-_. ]*x[oó][aá]\d*", re.IGNORECASE)
_LONGEST = 60


class Code(msgspec.Struct, frozen=True):
    """A national code, and the province's own notation of it where the source gave one."""

    national: str
    local: str | None = None


def procedure_code(text: str | None, notes: Notes, field: str = "code") -> Code:
    """The code in its one notation. Raises ``Unacceptable`` where it is none, or is marked as deleted."""
    given = line(text, notes, field)
    if not given:
        raise Unacceptable(field, "the procedure has no code")
    if len(given) > _LONGEST:
        raise Unacceptable(field, f"“{given[:_LONGEST]}…” is not a procedure's code, like 1.001193")
    written = _rewritten(given, notes, field)
    local = _LOCAL.fullmatch(written.upper())
    national = local[1] if local else written
    if deleted := _DELETED.fullmatch(written):
        raise Unacceptable(field, f"“{given}” is marked as deleted by its source, was {deleted[1]}")
    if not _NATIONAL.fullmatch(national):
        if not _UNUSUAL.fullmatch(national):
            raise Unacceptable(field, f"“{given}” is not a procedure's code, like 1.001193")
        notes.add(field, "unusual-code", national, national)
    if local:
        notes.add(field, "local-code", written, national)
        return Code(national, local[0])
    return Code(national)


def _rewritten(given: str, notes: Notes, field: str) -> str:
    """The code without spaces, with a dot after its first digit."""
    for rule, pattern, instead in _NOTATIONS:
        changed = pattern.sub(instead, given)
        if changed != given:
            notes.add(field, rule, given, changed)
            given = changed
    return given


_NOTATIONS = (
    ("code-space", re.compile(r" "), ""),
    ("code-comma", re.compile(r"^(\d),(?=\d)"), r"\1."),
    ("code-dot", re.compile(r"^(\d)(?=\d{6}(?:$|\.\D|\.\d{3}\.))"), r"\1."),
)
