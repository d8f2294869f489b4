"""JSON of the portal's older interface, ``LayThuTuc`` and ``LayDanhSachTTHC``: upper-case keys, few of them coded.

What a record leaves empty says nothing, so only what it fills is carried; a line of its list: code and name.
"""

import re
from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType, field

from registry.intake import checking
from registry.intake.acts import act_number
from registry.intake.archive import File, Member, Source
from registry.intake.checking import Unacceptable
from registry.intake.cleaning import Notes, block, line, unglued, visible
from registry.intake.codes import procedure_code
from registry.intake.formats import listing
from registry.intake.portal import offers, older, terms
from registry.intake.portal.older import Text
from registry.intake.portal.shapes import Named
from registry.intake.record import Note, Raw, Record, Rejection, SourceUnreadable
from registry.procedure import Agency, LegalBasis, Procedure, unique
from registry.vocabulary import Channel, Level, Role

NAME = "legacy"
ACCEPTS = "JSON of the portal's older interface"
RANK = 40

_MARK = re.compile(rb'^(?:\xef\xbb\xbf)?\s*[\[{].{0,2000}?"(?:MATTHC|TENTTHC)"\s*:', re.DOTALL)
_KEYWORDS = re.compile(r"[;\n]")
_BROKEN = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
# The shared parts speak of fields as the portal of 2026 calls them; people are told the names of this source.
_CALLED = {
    "executionMethods": "CACHTHUCTHUCHIEN",
    "executionSteps": "TRINHTUTHUCHIEN",
    "executionCases": "THANHPHANHOSO",
    ".profileComponents": ".GIAYTO",
    ".processingTime": ".THOIGIAN",
    ".fees": ".PHILEPHI",
    ".value": ".SOTIEN",
}


class _Procedure(msgspec.Struct):
    """A record. Things with a code and a name are read later: each kind has its own two keys."""

    name: Text = field(name="TENTTHC")
    code: Text = field(name="MATTHC", default=None)
    sector: Text = field(name="TENLINHVUC", default=None)
    sectors: Any = field(name="LINHVUCTHUCHIEN", default=None)
    levels: list[older.Level | str | None] | None = field(name="CAPTHUCHIEN", default=None)
    issuer: Text = field(name="COQUANCONGBO", default=None)
    issuer_code: Text = field(name="MACOQUANCONGBO", default=None)
    ways: list[older.Way | None] | None = field(name="CACHTHUCTHUCHIEN", default=None)
    steps: list[older.Steps | None] | str | None = field(name="TRINHTUTHUCHIEN", default=None)
    cases: list[older.Case | None] | None = field(name="THANHPHANHOSO", default=None)
    audiences: Any = field(name="DOITUONGTHUCHIEN", default=None)
    executing: Any = field(name="COQUANTHUCHIEN", default=None)
    competent: Any = field(name="COQUANCOTHAMQUYEN", default=None)
    authorised: Any = field(name="COQUANDUOCUYQUYEN", default=None)
    coordinating: Any = field(name="COQUANPHOIHOP", default=None)
    outputs: Any = field(name="KETQUATHUCHIEN", default=None)
    legal_bases: Any = field(name="CANCUPHAPLY", default=None)
    requirements: Text = field(name="YEUCAU", default=None)
    keywords: Text = field(name="TUKHOA", default=None)
    addresses: Text = field(name="DIACHITIEPNHAN", default=None)


class _Envelope(msgspec.Struct):
    """What may stand around a record; an answer about one procedure need not repeat its code."""

    result: msgspec.Raw | UnsetType = field(name="result", default=UNSET)
    code: Text = field(name="MATTHC", default=None)


_decode = msgspec.json.Decoder(_Procedure).decode
_envelope = msgspec.json.Decoder(_Envelope).decode
_elements = msgspec.json.Decoder(list[msgspec.Raw]).decode


class Legacy:
    """A source in the older interface's JSON."""

    name = NAME

    def __init__(self, source: Source) -> None:
        self.source = source

    def raws(self) -> Iterator[Raw | Rejection]:
        lines = isinstance(self.source, File) and _is_ndjson(self.source.head())
        members = self.source.lines() if lines and isinstance(self.source, File) else self.source.members()
        for member in members:
            if isinstance(member, Rejection):
                yield member
            else:
                yield from _split(member)

    def parse(self, raw: Raw) -> Record | Rejection:
        return parse(raw)


def recognise(source: Source, head: bytes) -> Legacy | None:
    """By the keys that every record of it has."""
    return Legacy(source) if _MARK.match(head) else None


def _is_ndjson(head: bytes) -> bool:
    first, _, rest = head.partition(b"\n")
    try:
        _envelope(first)
    except _BROKEN:
        return False
    return bool(rest.strip())


def _split(member: Member) -> Iterator[Raw | Rejection]:
    """One raw record for each in a document; what cannot be split is handed on whole, to be rejected by name."""
    try:
        data = member.data.strip()
        if data[:1] != b"[":
            found = _envelope(data)
            data = b"" if isinstance(found.result, UnsetType) or found.code else bytes(found.result)
        parts = _elements(data) if data[:1] == b"[" else None
    except _BROKEN:
        parts = None
    if parts is None:
        yield Raw(member.name, member.data)
        return
    if not parts:
        raise SourceUnreadable(f"{member.name}: holds an empty list; nothing to read")
    for number, part in enumerate(parts, 1):
        yield Raw(f"{member.name}, item {number}", bytes(part))


def parse(raw: Raw) -> Record | Rejection:
    """Decode, clean and check one record. Whatever is wrong with it comes back as a ``Rejection``."""
    notes = Notes()
    code = name = ""
    try:
        found = _unwrapped(raw.data)
        code, name = (visible((text or "").strip()[:200]) for text in (found.code, found.name))
        return _record(raw, found, notes)
    except Unacceptable as error:
        at = _called(error.field)
        return Rejection(raw, visible(f"{raw.origin}: {at}: {error.reason}"), at, code, name)
    except _BROKEN as error:
        return Rejection(raw, visible(f"{raw.origin}: is no record of the older interface: {error}"))


def _unwrapped(data: bytes) -> _Procedure:
    outer = _envelope(data)
    if isinstance(outer.result, UnsetType):
        return _decode(data)
    inner = bytes(outer.result)
    if inner[:1] == b"[":
        parts = _elements(inner)
        if len(parts) != 1:
            raise Unacceptable("result", f"holds {len(parts)} records in the place of one")
        inner = bytes(parts[0])
    found = _decode(inner)
    return msgspec.structs.replace(found, code=found.code or outer.code)


def _record(raw: Raw, found: _Procedure, notes: Notes) -> Record:
    code = procedure_code(found.code, notes, "MATTHC")
    name = checking.name(unglued(line(found.name, notes, "TENTTHC"), notes, "TENTTHC"), "TENTTHC")
    ways = offers.ways(older.methods(found.ways, notes), notes)
    said: dict[str, object] = {
        "local_code": code.local,
        "sectors": terms.coded(_sectors(found), notes, "LINHVUCTHUCHIEN"),
        "levels": _levels(found.levels, notes),
        "agencies": _agencies(found, notes),
        "ways": ways,
        "steps": offers.steps(older.steps(found.steps), notes),
        "cases": offers.cases(older.cases(found.cases, notes), notes),
        "audiences": terms.audiences(
            [one.name for one in older.named(found.audiences, "DOITUONG")], notes, "DOITUONGTHUCHIEN"
        ),
        "outputs": terms.coded([*older.named(found.outputs, "KETQUA")], notes, "KETQUATHUCHIEN"),
        "legal_bases": _legal_bases(found.legal_bases, notes),
        "requirements": block(found.requirements, notes, "YEUCAU"),
        "keywords": _keywords(found.keywords, notes),
        "addresses": block(found.addresses, notes, "DIACHITIEPNHAN"),
    }
    carried = {key: value for key, value in said.items() if value}
    if ways:
        carried["postal"] = any(way.channel is Channel.POSTAL for way in ways)
    return Record(
        raw,
        Procedure(code.national, name, **carried),  # type: ignore[arg-type]  # of many types
        carried=frozenset(carried) | {"code", "name"},
        notes=tuple(Note(_called(note.field), *_rest(note)) for note in notes.collected()),
    )


def _rest(note: Note) -> tuple[str, str, str]:
    return note.rule, note.before, note.after


def _called(name: str) -> str:
    for ours, theirs in _CALLED.items():
        name = name.replace(ours, theirs)
    return name


def _sectors(found: _Procedure) -> list[Named | None]:
    return [*(older.named(found.sectors, "LINHVUC") or older.named(found.sector, "LINHVUC"))]


def _levels(given: list[older.Level | str | None] | None, notes: Notes) -> tuple[Level, ...]:
    """Levels by their words. Their numbers are explained nowhere, and are not guessed."""
    found: list[Level] = []
    for one in given or ():
        written = one.level if isinstance(one, older.Level) else one
        level = listing.level(str(written)) if written is not None else None
        if level is not None:
            found.append(level)
        elif written is not None:
            notes.add("CAPTHUCHIEN", "unknown-level", written)
    return unique(found)


def _agencies(found: _Procedure, notes: Notes) -> tuple[Agency, ...]:
    issuer = line(found.issuer, notes, "COQUANCONGBO")
    code = line(found.issuer_code, notes, "MACOQUANCONGBO")
    agencies = [Agency(Role.ISSUING, issuer, code or None)] if issuer else []
    for role, given, at in (
        (Role.EXECUTING, found.executing, "COQUANTHUCHIEN"),
        (Role.COMPETENT, found.competent, "COQUANCOTHAMQUYEN"),
        (Role.COORDINATING, found.coordinating, "COQUANPHOIHOP"),
        (Role.AUTHORISED, found.authorised, "COQUANDUOCUYQUYEN"),
    ):
        agencies += terms.agencies([*older.named(given, "DONVI")], role, notes, at)
    return unique(agencies)


def _legal_bases(given: Any, notes: Notes) -> tuple[LegalBasis, ...]:
    found: list[LegalBasis] = []
    for part in given if isinstance(given, list) else [given]:
        bare: dict[str, Any] = part if isinstance(part, dict) else {"TENVANBAN": part}
        number = line(_text(bare.get("SOVANBAN")), notes, "CANCUPHAPLY.SOVANBAN")
        title = line(_text(bare.get("TENVANBAN")), notes, "CANCUPHAPLY.TENVANBAN")
        title = unglued(title, notes, "CANCUPHAPLY.TENVANBAN") if title else ""
        if number or title:
            found.append(LegalBasis(act_number(number, notes, "CANCUPHAPLY.SOVANBAN") if number else "", title))
    return unique(found)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _keywords(text: str | None, notes: Notes) -> tuple[str, ...]:
    words = (line(part, notes, "TUKHOA") for part in _KEYWORDS.split(text or ""))
    return unique(word for word in words if word)
