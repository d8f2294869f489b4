"""Annexes of decisions, in Word or Excel: for each kind of change a table of procedures, as
``registry.exchange.annex`` writes them, and as ministries and provinces do.

An annex is a list: it names procedures with their sector, legal bases and agencies, and says nothing of what else
they hold. Its time limits and fees are words for people and are not read. What it says of the decision (who, when,
what happens to which code) becomes the announcement and its items.
"""

import re
import zipfile
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path

import docx
import msgspec
from docx.opc.exceptions import PackageNotFoundError
from docx.table import Table
from python_calamine import CalamineError, CalamineWorkbook

from registry.intake import checking
from registry.intake.acts import act_number
from registry.intake.archive import File, Source
from registry.intake.checking import Unacceptable
from registry.intake.cleaning import Notes, line, visible
from registry.intake.codes import procedure_code
from registry.intake.formats.excel import inspect
from registry.intake.portal.shapes import Named
from registry.intake.portal.terms import agencies, slugged
from registry.intake.record import Raw, Record, Rejection, SourceUnreadable
from registry.procedure import Agency, Announcement, Item, LegalBasis, Procedure
from registry.vocabulary import Action, Role
from search.text import fold

NAME = "annex"
ACCEPTS = "an annex of a decision, as .docx or .xlsx"
RANK = 5

_COLUMNS = {
    "stt": "number", "tt": "number", "so tt": "number",
    "ma": "code", "ma so": "code", "ma tthc": "code", "ma so tthc": "code", "ma thu tuc": "code",
    "ma thu tuc hanh chinh": "code",
    "ten tthc": "name", "ten thu tuc": "name", "ten thu tuc hanh chinh": "name", "thu tuc hanh chinh": "name",
    "thoi han giai quyet": "time", "dia diem thuc hien": "place", "phi le phi": "fees", "le phi": "fees",
    "can cu phap ly": "bases", "co quan thuc hien": "agencies",
}  # fmt: skip
_REQUIRED = {"code", "name"}
_TELLING = {"time", "place", "bases"}
_ACTIONS: tuple[tuple[str, Action], ...] = (
    ("bai bo", Action.ABOLISHED),
    ("thay the", Action.REPLACED),
    ("sua doi", Action.AMENDED),
    ("ban hanh moi", Action.NEW),
    ("moi ban hanh", Action.NEW),
)
_WORDS = re.compile(r"[^\w]+")
_SECTOR = re.compile(r"^(?:[IVXLC\d]+[.)]\s*)?lĩnh vực\s*:?\s*", re.IGNORECASE)
_REPLACES = re.compile(r"\(\s*thay thế\s*:?\s*([^)]*)\)\s*$", re.IGNORECASE)
_DECISION = re.compile(
    r"quyết định số ?:? ?(?P<number>\S+(?: \S+){0,2}?) ngày (?P<day>\d{1,2}) tháng (?P<month>\d{1,2}) "
    r"năm (?P<year>\d{4})(?: của (?P<issuer>.+))?",
    re.IGNORECASE,
)
_ACT = re.compile(r"^(?P<number>(?=[^–]{0,60}/)[^–]{1,60}?) – (?P<title>.+)$")
_NUMBER = re.compile(r"\d{1,6}[a-z]?/(?:\d{4}/)?[^\W\d_][\w.-]{0,40}")
_HEAD, _LONGEST = 30, 1000


class Row(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line of an annex, with what stands over it: how it is kept and retried."""

    cells: dict[str, str]
    action: Action | None = None
    sector: str = ""
    decision: str = ""


class Grid(msgspec.Struct, frozen=True):
    """A table as it stands in the file: where, under which words, its rows of cells."""

    place: str
    words: tuple[str, ...]
    rows: list[list[str]]


_row = msgspec.json.Decoder(Row).decode


class Annex:
    """An annex in a file. ``announcement`` and ``ended`` are whole once it has been read to its end."""

    name = NAME

    def __init__(self, path: Path, grids: Iterable[Grid]) -> None:
        self._path = path
        self._grids = grids
        self.announcement: Announcement | None = None
        self.ended: list[str] = []
        self._items: list[Item] = []

    def raws(self) -> Iterator[Raw | Rejection]:
        decision, found = "", False
        for grid in self._grids:
            decision = next(filter(_names_decision, grid.words), decision)
            for place, row in _rows(grid, decision):
                found = True
                yield from self._line(Raw(f"{self._path.name}, {place}", msgspec.json.encode(row)), row)
        if not found:
            raise SourceUnreadable(f"{self._path}: has no table with the columns “Mã” and “Tên TTHC”")
        told = announcement_of(decision)
        if told is None:
            raise SourceUnreadable(
                f"{self._path}: names no decision; write under its title “(Kèm theo Quyết định số … ngày … tháng "
                "… năm … của …)”"
            )
        self.announcement = msgspec.structs.replace(told, items=tuple(self._items))

    def parse(self, raw: Raw) -> Record | Rejection:
        return parse(raw)

    def _line(self, raw: Raw, row: Row) -> Iterator[Raw | Rejection]:
        """Note what a line does, and hand on what it says of a procedure; what it ends has nothing more."""
        try:
            code = procedure_code(row.cells.get("code"), Notes(), "Mã").national
            old = _replaced(row.cells.get("name", ""))[1]
        except Unacceptable:
            yield raw
            return
        if row.action is Action.ABOLISHED:
            self._items.append(Item(row.action, (code,), ()))
            self.ended.append(code)
            return
        before = {Action.AMENDED: (code,), Action.REPLACED: old}.get(row.action, ()) if row.action else ()
        self._add(Item(row.action, before, (code,)))
        self.ended += [one for one in old if one != code]
        yield raw

    def _add(self, item: Item) -> None:
        """Keep an item; several new procedures in the place of the same old ones are one."""
        for place, known in enumerate(self._items):
            if item.action is Action.REPLACED and known.action is item.action and known.old == item.old:
                self._items[place] = Item(known.action, known.old, (*known.new, *item.new))
                return
        self._items.append(item)


def recognise(source: Source, head: bytes) -> Annex | None:
    """A Word file; or a workbook whose tables have the columns of an annex, which no list has."""
    if not isinstance(source, File) or not head.startswith(b"PK\x03\x04"):
        return None
    try:
        with zipfile.ZipFile(source.path) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, OSError, ValueError):
        return None  # the workbook's format says what is wrong
    if "word/document.xml" in names:
        return Annex(source.path, _word(source.path))
    if "xl/workbook.xml" in names:
        grids = list(_excel(source.path))
        if any(_telling(row) for grid in grids for row in grid.rows[:_HEAD]):
            return Annex(source.path, grids)
    return None


def parse(raw: Raw) -> Record | Rejection:
    """Clean and check one line. Whatever is wrong with it comes back as a ``Rejection``."""
    notes = Notes()
    cells: dict[str, str] = {}
    try:
        row = _row(raw.data)
        cells = row.cells
        return _record(raw, row, notes)
    except Unacceptable as error:
        where = f"{raw.origin}: {error.field}: {error.reason}"
        code, name = (visible(cells.get(key, "").strip()[:200]) for key in ("code", "name"))
        return Rejection(raw, visible(where), error.field, code, name)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return Rejection(raw, f"{raw.origin}: is no line of an annex ({error})")


def _record(raw: Raw, row: Row, notes: Notes) -> Record:
    code = procedure_code(row.cells.get("code"), notes, "Mã")
    name = line(_replaced(row.cells.get("name", ""))[0], notes, "Tên TTHC")
    executing: list[Named | None] = [Named(name=part) for part in row.cells.get("agencies", "").split("\n")]
    said: dict[str, object] = {
        "local_code": code.local,
        "sectors": slugged([row.sector], notes, "Lĩnh vực") if row.sector else (),
        "agencies": tuple(agencies(executing, Role.EXECUTING, Notes(), "Cơ quan thực hiện")),
        "legal_bases": _bases(row.cells.get("bases", ""), notes),
    }
    carried = {field: value for field, value in said.items() if value}
    announced = announcement_of(row.decision)
    return Record(
        raw,
        Procedure(code.national, checking.name(name, "Tên TTHC"), **carried),  # type: ignore[arg-type]  # of many types
        announcement=announced,
        valid_from=announced.decided if announced else None,
        carried=frozenset(carried) | {"code", "name"},
        notes=notes.collected(),
    )


def announcement_of(decision: str) -> Announcement | None:
    """The decision that an annex belongs to, by the line under its title."""
    found = _DECISION.search(_spaced(decision))
    if found is None:
        return None
    try:
        decided = date(int(found["year"]), int(found["month"]), int(found["day"]))
    except ValueError:
        return None
    number = act_number(found["number"], Notes(), "Quyết định")
    by = (found["issuer"] or "").strip(" .")
    by = by.removesuffix(")").rstrip() if by.count(")") > by.count("(") else by
    issuer = Agency(Role.ISSUING, by) if by else None
    return Announcement(f"{number}|{by}|{decided}", number, decided=decided, issuer=issuer)


def _names_decision(words: str) -> bool:
    return _DECISION.search(_spaced(words)) is not None


def _spaced(words: str) -> str:
    """Words with single spaces, as long as a line about a decision can be."""
    return " ".join(words[:_LONGEST].split())


def _bases(text: str, notes: Notes) -> tuple[LegalBasis, ...]:
    """The acts, one a paragraph. Where one has no number none is taken over: the list would be a worse one."""
    found: list[LegalBasis] = []
    for part in text.split("\n"):
        cleaned = line(part, notes, "Căn cứ pháp lý")
        act = _ACT.match(cleaned)
        bare = cleaned.lstrip("-–+• ").rstrip("; ")
        number = _NUMBER.search(bare)
        if act is not None:
            found.append(LegalBasis(act_number(act["number"], notes, "Căn cứ pháp lý"), act["title"]))
        elif number is not None:
            found.append(LegalBasis(number[0], "" if number[0] == bare else bare))
        elif bare:
            notes.add("Căn cứ pháp lý", "act-without-number", cleaned)
            return ()
    return tuple(found)


def _replaced(name: str) -> tuple[str, tuple[str, ...]]:
    """The name alone, and the codes that the procedure takes the place of. Raises ``Unacceptable``."""
    found = _REPLACES.search(name) if len(name) <= checking.MAX_NAME else None
    if found is None:
        return name, ()
    codes = [part for part in re.split(r"[,;\s]+", found[1]) if part]
    return name[: found.start()], tuple(procedure_code(part, Notes(), "Thay thế").national for part in codes)


def _rows(grid: Grid, decision: str) -> Iterator[tuple[str, Row]]:
    """The lines below a table's header, each with the sector that stands over it."""
    columns: list[str] = []
    sector = ""
    action = _action(grid.words)
    for number, cells in enumerate(grid.rows, 1):
        filled = list(dict.fromkeys(cell.strip() for cell in cells if cell.strip()))
        if not columns:
            columns = _columns(cells)
        elif _heading(cells, filled):
            # Of a sector, or of a level or kind, under which sectors begin anew.
            sector = _SECTOR.sub("", filled[-1]) if _SECTOR.match(filled[-1]) else ""
        elif filled and not _columns(cells):
            found = {key: text for key, text in zip(columns, cells, strict=False) if key and text.strip()}
            yield f"{grid.place}, row {number}", Row(found, action, sector, decision)


def _heading(cells: list[str], filled: list[str]) -> bool:
    """Whether a row is a heading over the whole width, or a sector's beside its number."""
    return (len(filled) == 1 and bool(cells[0].strip())) or (len(filled) == 2 and bool(_SECTOR.match(filled[1])))


def _columns(cells: list[str]) -> list[str]:
    """What the columns are, if this is their header."""
    keys = [_COLUMNS.get(_key(cell), "") for cell in cells]
    return keys if set(keys) >= _REQUIRED else []


def _telling(cells: list[str]) -> bool:
    return len(_TELLING & set(_columns(cells))) >= 2


def _key(text: str) -> str:
    return _WORDS.sub(" ", fold(text)).strip()


def _action(words: Iterable[str]) -> Action | None:
    """What a table does, by the nearest words over it that tell one thing only."""
    for text in reversed(list(words)):
        told = [action for mark, action in _ACTIONS if mark in _key(text)]
        if len(set(told)) == 1:
            return told[0]
    return None


def _word(path: Path) -> Iterator[Grid]:
    """The tables of a Word file with the paragraphs before each."""
    inspect(path)
    try:
        document = docx.Document(str(path))
    except (PackageNotFoundError, KeyError, ValueError, OSError) as error:
        raise SourceUnreadable(f"{path}: is no Word file that can be read ({error})") from error
    words: list[str] = []
    tables = 0
    for block in document.iter_inner_content():
        if isinstance(block, Table):
            tables += 1
            yield Grid(f"table {tables}", tuple(words), [_texts(row) for row in block.rows])
            words = list(filter(_names_decision, words))
        elif block.text.strip():
            words.append(block.text.strip())


def _texts(row: "docx.table._Row") -> list[str]:
    """The cells of a row; one that spans several counts once, in its first place."""
    texts: list[str] = []
    before = None
    for cell in row.cells:
        texts.append("" if before is not None and cell._tc is before else cell.text)
        before = cell._tc
    return texts


def _excel(path: Path) -> Iterator[Grid]:
    """The sheets of a workbook; the words over a table are its name and the rows above its header."""
    inspect(path)
    try:
        book = CalamineWorkbook.from_path(str(path))
        for name in book.sheet_names:
            rows = [
                [_text(cell) for cell in row]
                for row in book.get_sheet_by_name(name).to_python(skip_empty_area=False)
            ]
            head = next((place for place, row in enumerate(rows[:_HEAD]) if _columns(row)), 0)
            words = [cell.strip() for row in rows[:head] for cell in row if cell.strip()]
            yield Grid(f"sheet {name}", (name, *words), [*([[]] * head), *rows[head:]])
    except (CalamineError, OSError, ValueError) as error:
        raise SourceUnreadable(f"{path}: is no workbook that can be read ({error})") from error


def _text(cell: object) -> str:
    """A cell as text. A number keeps the six decimals that a code may have lost its last zeros of."""
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else f"{cell:.6f}"
    return "" if cell is None else str(cell)
