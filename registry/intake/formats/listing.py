"""Lists of procedures, one a row, whatever file they come in: find the header, then map each row.

A list carries a few fields. An empty cell says nothing, so what a row carries are the cells that it fills.
"""

import re
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

import msgspec

from registry.intake import checking
from registry.intake.acts import act_number
from registry.intake.archive import KEPT, MAX_RECORD
from registry.intake.checking import Unacceptable
from registry.intake.cleaning import Notes, line, unglued, visible
from registry.intake.codes import procedure_code
from registry.intake.dates import from_serial, from_text
from registry.intake.portal.shapes import Named
from registry.intake.portal.terms import agencies, audiences, slugged
from registry.intake.record import Raw, Record, Rejection, SourceUnreadable
from registry.procedure import Agency, Announcement, Procedure, unique
from registry.vocabulary import Level, OnlineLevel, Role
from search.text import fold

HEADER_WITHIN = 30
"""Rows that may stand above the header: titles, mottoes, dates."""
REQUIRED = ("code", "name")

_SEPARATOR = re.compile(r"[;\n]")
_COMMAS = re.compile(r"[,;\n]")
_PUNCTUATION = re.compile(r"[^\w#]+")
_SERIAL = re.compile(r"\d{5}(?:\.\d+)?")
_row = msgspec.json.Decoder(dict[str, str])

Cell = str | float | bool | date | time | timedelta | None


class Line(NamedTuple):
    """One row as its file has it; ``number`` counts from 1."""

    number: int
    cells: Sequence[Cell]


class Words(NamedTuple):
    """Headings, levels and online levels by their folded words; the official heading of each column."""

    columns: dict[str, str]
    levels: dict[str, Level]
    online: dict[str, OnlineLevel]
    official: dict[str, str]


@lru_cache(maxsize=1)
def _words() -> Words:
    known = tomllib.loads(files(__package__).joinpath("columns.toml").read_text("utf-8"))
    columns, levels, online = (
        {_key(word): meaning for meaning, words in known[table].items() for word in words}
        for table in ("column", "level", "online")
    )
    return Words(
        columns,
        {word: Level(value) for word, value in levels.items()},
        {word: OnlineLevel(value) for word, value in online.items()},
        {meaning: words[0] for meaning, words in known["column"].items()},
    )


def _key(text: str) -> str:
    return _PUNCTUATION.sub(" ", fold(text)).strip()


def column(heading: str) -> str | None:
    """What a heading stands for, ``None`` where it is not known."""
    return _words().columns.get(_key(heading)) if heading else None


def level(words: str) -> Level | None:
    """The level that these words stand for, ``None`` where they are not known."""
    return _words().levels.get(_key(words))


def recognised(cells: Iterable[Cell]) -> int:
    """How many columns of a row are headings that are known; 0 unless the required ones are among them."""
    found = [key for cell in cells if isinstance(cell, str) and (key := column(cell))]
    return len(found) if all(key in found for key in REQUIRED) else 0


def raws(path: Path, lines: Iterable[Line]) -> Iterator[Raw | Rejection]:
    """One raw record a row, as JSON of heading and text. Raises ``SourceUnreadable`` without a header."""
    rows = iter(lines)
    headings = _header(path, rows)
    for row in rows:
        texts = [_text(cell) for cell in row.cells]
        if not any(text.strip() for text in texts):
            continue
        origin = f"{path.name}, row {row.number}"
        filled = {
            heading: text for heading, text in zip(headings, texts, strict=False) if heading and text.strip()
        }
        raw = Raw(origin, msgspec.json.encode(filled))
        if any(text.strip() for text in texts[len(headings) :]):
            size = f"has {len(texts)} cells under {len(headings)} headings"
            yield Rejection(raw, f"{origin}: {size}; put what contains the separator in quotes")
        elif len(raw.data) > MAX_RECORD:
            reason = f"{origin}: is larger than {MAX_RECORD // 2**20} MB; only its beginning is kept"
            yield Rejection(Raw(origin, raw.data[:KEPT]), reason)
        else:
            yield raw


def _header(path: Path, rows: Iterator[Line]) -> list[str]:
    """The headings of the table; text beside them has to be known or unique, so that no column is mistaken."""
    seen: list[list[str]] = []
    for row in rows:
        texts = [" ".join(_text(cell).split()) for cell in row.cells]
        if recognised(texts):
            return _unambiguous(path, texts)
        if any(texts):
            seen.append([text[:40] for text in texts if text])
        if row.number >= HEADER_WITHIN:
            break
    likest = max(seen, key=lambda texts: sum(map(bool, map(column, texts))), default=[])
    held = {column(text) for text in likest}
    missing = ", ".join(f"“{_words().official[key]}”" for key in REQUIRED if key not in held)
    found = ", ".join(f"“{text}”" for text in likest[:12]) or "nothing"
    raise SourceUnreadable(f"{path}: no header row with the columns {missing}; found {found}")


def _unambiguous(path: Path, headings: list[str]) -> list[str]:
    while headings and not headings[-1]:
        headings.pop()
    keys = [column(heading) or heading for heading in headings if heading]
    for key in keys:
        if keys.count(key) > 1:
            raise SourceUnreadable(f"{path}: two columns are headed “{key}”; rename or remove one")
    return headings


def _text(cell: Cell) -> str:
    """A cell as text. A number keeps the six decimals that a code may have lost its last zeros of."""
    if cell is None:
        return ""
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else f"{cell:.6f}"
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    return cell if isinstance(cell, str) else str(cell)


def parse(raw: Raw) -> Record | Rejection:
    """Clean and check one row. Whatever is wrong with it comes back as a ``Rejection``."""
    notes = Notes()
    cells: dict[str, str] = {}
    named: dict[str, str] = {}
    try:
        for heading, text in _row.decode(raw.data).items():
            if key := column(heading):
                cells[key], named[key] = text, heading
            else:
                notes.add(heading, "unknown-column", text)
        return _Row(cells, named, notes).record(raw)
    except Unacceptable as error:
        where = f"{raw.origin}: {error.field}: {error.reason}"
        code, name = (visible(cells.get(key, "").strip()[:200]) for key in REQUIRED)
        return Rejection(raw, visible(where), error.field, code, name)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return Rejection(raw, f"{raw.origin}: is no row of a list ({error})")


class _Row:
    """One row on its way to a record: its cells by what they stand for, and the headings they stood under."""

    def __init__(self, cells: dict[str, str], headings: dict[str, str], notes: Notes) -> None:
        self._cells = cells
        self._headings = headings
        self._notes = notes

    def record(self, raw: Raw) -> Record:
        notes = self._notes
        code = procedure_code(self._cells.get("code"), notes, self._at("code"))
        name = unglued(line(self._cells.get("name"), notes, self._at("name")), notes, self._at("name"))
        issuer = self._issuer()
        executing: list[Named | None] = [Named(name=part) for part in self._parts("executing")]
        announced = self._announcement(issuer)
        said: dict[str, object] = {
            "local_code": code.local,
            "sectors": slugged(list(self._parts("sector")), notes, self._at("sector")),
            "levels": self._levels(),
            "agencies": (
                *([issuer] if issuer else []),
                *agencies(executing, Role.EXECUTING, notes, self._at("executing")),
            ),
            "online_level": self._online(),
            "audiences": audiences(list(self._parts("audience")), notes, self._at("audience")),
        }
        carried = {field: value for field, value in said.items() if value}
        procedure = Procedure(code.national, checking.name(name, self._at("name")), **carried)  # type: ignore[arg-type]  # of many types
        return Record(
            raw,
            procedure,
            announcement=announced,
            valid_from=announced.decided if announced else None,
            carried=frozenset(carried) | {"code", "name"},
            notes=notes.collected(),
        )

    def _at(self, key: str) -> str:
        return self._headings.get(key) or _words().official[key]

    def _parts(self, key: str, separator: re.Pattern[str] = _SEPARATOR) -> Iterator[str]:
        return (part for part in separator.split(self._cells.get(key, "")) if part.strip())

    def _issuer(self) -> Agency | None:
        name = line(self._cells.get("issuer"), self._notes, self._at("issuer"))
        return Agency(Role.ISSUING, name) if name else None

    def _levels(self) -> tuple[Level, ...]:
        """Levels joined by commas. A whole cell is looked up first: "Cấp quận, huyện" is one level."""
        whole = level(self._cells.get("level", ""))
        if whole:
            return (whole,)
        found: list[Level] = []
        for part in self._parts("level", _COMMAS):
            one = level(part)
            if one is None:
                self._notes.add(self._at("level"), "unknown-level", part)
            else:
                found.append(one)
        return unique(found)

    def _online(self) -> OnlineLevel | None:
        text = line(self._cells.get("online"), self._notes, self._at("online"))
        level = _words().online.get(_key(text))
        if text and level is None:
            self._notes.add(self._at("online"), "unknown-online-level", text)
        return level

    def _announcement(self, issuer: Agency | None) -> Announcement | None:
        """The decision of the row; its identity is number, issuer and day, since numbers alone repeat."""
        given = line(self._cells.get("number"), self._notes, self._at("number"))
        written = line(self._cells.get("decided"), self._notes, self._at("decided"))
        decided = _day(written, self._at("decided")) if written else None
        if not given:
            if decided:
                self._notes.add(self._at("decided"), "no-announcement", written)
            return None
        number = act_number(given, self._notes, self._at("number"))
        by = issuer.name if issuer else ""
        return Announcement(f"{number}|{by}|{decided or ''}", number, decided=decided, issuer=issuer)


def _day(text: str, field: str) -> date:
    return from_serial(float(text), field) if _SERIAL.fullmatch(text) else from_text(text, field)
