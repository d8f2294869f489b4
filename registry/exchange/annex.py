"""The annex of an announcement: what it changes, in the tables that are appended to its decision.

One part for each kind of change, in it the procedures by sector, one a line. How it looks in Word and Excel stands
in ``annex_word`` and ``annex_excel``; ``registry.intake.formats.annex`` reads both back.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from registry.catalogue import versions
from registry.catalogue.errors import ProcedureNotFound
from registry.catalogue.versions import Version
from registry.engine import Database
from registry.procedure import Agency, Announcement, Fee, Item, LegalBasis, Procedure, ProcessingTime, Way
from registry.vocabulary import Action, Channel, FeeState, Role, label

HEADINGS = (
    "STT",
    "Mã",
    "Tên TTHC",
    "Thời hạn giải quyết",
    "Địa điểm thực hiện",
    "Phí, lệ phí",
    "Căn cứ pháp lý",
    "Cơ quan thực hiện",
)
PARTS: dict[Action | None, str] = {
    Action.NEW: "ban hành mới",
    Action.AMENDED: "được sửa đổi, bổ sung",
    Action.REPLACED: "được thay thế",
    Action.ABOLISHED: "bị bãi bỏ",
    None: "được công bố",
}
SHEETS: dict[Action | None, str] = {
    Action.NEW: "Ban hành mới",
    Action.AMENDED: "Sửa đổi, bổ sung",
    Action.REPLACED: "Thay thế",
    Action.ABOLISHED: "Bãi bỏ",
    None: "Công bố",
}
REPLACES = "Thay thế: "
SECTOR = "Lĩnh vực "
BETWEEN = " – "
UNKNOWN = "Chưa rõ"
ONLINE_PLACE = "Cổng Dịch vụ công quốc gia"


class Line(NamedTuple):
    """One procedure: every cell in paragraphs. ``replaces`` are the codes that gave way to it."""

    code: str
    name: str
    sector: str
    time: tuple[str, ...] = ()
    place: tuple[str, ...] = ()
    fees: tuple[str, ...] = ()
    bases: tuple[str, ...] = ()
    agencies: tuple[str, ...] = ()
    replaces: tuple[str, ...] = ()

    def cells(self, number: int) -> list[str]:
        """The line as it is written, in the order of ``HEADINGS``."""
        name = [self.name, *([f"({REPLACES}{', '.join(self.replaces)})"] if self.replaces else [])]
        parts = (name, self.time, self.place, self.fees, self.bases, self.agencies)
        return [str(number), self.code, *("\n".join(part) for part in parts)]


class Part(NamedTuple):
    """The lines of one kind of change, those of a sector together."""

    action: Action | None
    lines: tuple[Line, ...]

    @property
    def title(self) -> str:
        return f"Danh mục thủ tục hành chính {PARTS[self.action]}"

    def sectors(self) -> dict[str, list[Line]]:
        """The lines by their sector; lines without one are under an empty name."""
        found: dict[str, list[Line]] = {}
        for line in self.lines:
            found.setdefault(line.sector, []).append(line)
        return found


class Annex(NamedTuple):
    """An annex: whose it is, and its parts."""

    announcement: Announcement
    parts: tuple[Part, ...]

    @property
    def titles(self) -> tuple[str, str, str]:
        """What stands above the tables: annex, of what, to which decision."""
        kinds = [PARTS[part.action] for part in self.parts]
        found = self.announcement
        return (
            "PHỤ LỤC",
            f"Danh mục thủ tục hành chính {', '.join(kinds)}",
            f"(Kèm theo Quyết định số {found.number or '……'} {_day(found.decided)}{_by(found.issuer)})",
        )


def _day(day: date | None) -> str:
    """A day as Decree 30/2020 writes it: a zero before days to 9 and the months 1 and 2."""
    if day is None:
        return "ngày …… tháng …… năm ……"
    month = f"{day.month:02}" if day.month < 3 else str(day.month)
    return f"ngày {day.day:02} tháng {month} năm {day.year}"


def _by(issuer: Agency | None) -> str:
    return f" của {issuer.name}" if issuer else ""


def compose(announcement: Announcement, contents: Mapping[str, Procedure]) -> Annex:
    """The annex of an announcement, or of a draft of one. ``contents`` are its procedures by code: the new content
    of those in force after it, the last one of those that it ends."""
    lines: dict[Action | None, list[Line]] = {action: [] for action in PARTS}
    for item in announcement.items:
        codes = item.new if item.action is not Action.ABOLISHED else item.old
        for code in codes:
            lines[item.action].append(_line(code, contents.get(code), item))
    return Annex(announcement, tuple(Part(action, tuple(found)) for action, found in lines.items() if found))


async def annex_of(database: Database, announcement: Announcement) -> Annex:
    """The annex of an announcement that is recorded, from what it made of the procedures."""
    codes = [code for item in announcement.items for code in (*item.new, *item.old)]
    known: dict[str, list[Version]] = {}
    for version in await versions.versions_of(database, list(dict.fromkeys(codes))):
        known.setdefault(version.code, []).append(version)
    found = {code: _chosen(announcement, history) for code, history in known.items()}
    return compose(announcement, found)


async def contents_on(database: Database, codes: Iterable[str], day: date) -> dict[str, Procedure]:
    """What is in force of these codes on a day, for a draft; codes that are not are left out."""
    found: dict[str, Procedure] = {}
    for code in dict.fromkeys(codes):
        try:
            found[code] = (await versions.find(database, code, day)).procedure
        except ProcedureNotFound:
            continue
    return found


def _chosen(announcement: Announcement, history: Sequence[Version]) -> Procedure:
    """What the announcement made, else what it ended, else what was in force on its day, else the last known."""
    day = announcement.effective or announcement.decided
    made = [one for one in history if one.announcement == announcement.id]
    ended = [one for one in history if one.ended_by == announcement.id]
    held = [one for one in history if day is not None and one.holds(day)]
    return (made or ended or held or list(history))[-1].procedure


def _line(code: str, found: Procedure | None, item: Item) -> Line:
    replaces = item.old if item.action is Action.REPLACED else ()
    if found is None:
        return Line(code, "(không có trong danh mục)", "", replaces=replaces)
    return Line(
        code=code,
        name=_flat(found.name),
        sector=_flat(found.sectors[0].name) if found.sectors else "",
        time=_by_channel(found.ways, lambda way: [duration(way.time)]),
        place=_place(found),
        fees=_by_channel(found.ways, lambda way: list(map(cost, way.fees)) or [UNKNOWN]),
        bases=tuple(map(_basis, found.legal_bases)),
        agencies=tuple(_flat(agency.name) for agency in found.by_role(Role.EXECUTING)),
        replaces=replaces,
    )


def _by_channel(ways: Sequence[Way], told: Callable[[Way], list[str]]) -> tuple[str, ...]:
    """What is told of the channels: once where they agree, else by channel."""
    found: dict[tuple[str, ...], list[str]] = {}
    for way in ways:
        found.setdefault(tuple(dict.fromkeys(told(way))), []).append(label("channel", way.channel))
    if len(found) == 1:
        return next(iter(found))
    return tuple(f"{', '.join(dict.fromkeys(names))}: {'; '.join(texts)}" for texts, names in found.items())


def duration(time: ProcessingTime | None) -> str:
    """A time limit in words: "07 ngày làm việc"."""
    if time is None:
        return UNKNOWN
    if time.value is None:
        return _flat(time.text) or UNKNOWN
    number = f"{time.value:02d}" if isinstance(time.value, int) else f"{time.value:g}".replace(".", ",")
    said = f"{number} {label('timeUnit', time.unit)}"
    return f"{said} ({_flat(time.text)})" if time.text else said


def cost(fee: Fee) -> str:
    """A fee line in words. A zero is only free of charge where the source says so."""
    kind, told = label("feeKind", fee.kind), _flat(fee.text)
    if fee.state is FeeState.AMOUNT and fee.amount is not None:
        money = f"{fee.amount:,}".replace(",", ".")
        said = f"{kind}: {money} {'đồng' if fee.currency == 'VND' else fee.currency}"
        return f"{said} ({told})" if told else said
    if fee.state is FeeState.UNKNOWN:
        return f"{UNKNOWN} ({told})" if told else UNKNOWN
    return f"{kind}: {told or label('fee', fee.state).lower()}"


def _place(procedure: Procedure) -> tuple[str, ...]:
    """Where it is handed in: the addresses as announced, else the agencies; and where online."""
    agencies = procedure.by_role(Role.EXECUTING) or procedure.by_role(Role.COMPETENT)
    found = [one for one in map(_flat, procedure.addresses.splitlines()) if one]
    found = found or [_flat(agency.name) for agency in agencies]
    if Channel.ONLINE in procedure.channels:
        found.append(ONLINE_PLACE)
    return tuple(found)


def _basis(basis: LegalBasis) -> str:
    number, title = _flat(basis.number), _flat(basis.title)
    return f"{number}{BETWEEN}{title}" if number and title else number or title


def _flat(text: str) -> str:
    """A text on one line: a line break begins a paragraph of its own here."""
    return " ".join(text.split())
