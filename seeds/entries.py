"""The procedures of a catalogue, past and present, from its title lines."""

from collections.abc import Iterator

import msgspec

from registry.vocabulary import Level
from seeds.chance import draw
from seeds.sources import Act, Data, Sector, expand

# What councils ask for below the province, in đồng: small, flat fees, whatever the sector's departments ask.
_LOCAL_FEES = {
    Level.DISTRICT: (50_000, 100_000, 150_000, 300_000),
    Level.COMMUNE: (5_000, 8_000, 10_000, 15_000, 20_000),
}
STRONG = ("Cấp", "Đăng ký", "Gia hạn", "Chứng thực", "Đổi", "Thẩm định", "Khám giám định")


class Entry(msgspec.Struct, frozen=True):
    """One procedure. ``fate`` is what its line says: "" stays, "-" was abolished, "old" was replaced, "new"
    came by a replacement; for those of the district level ``moves`` says where to: "" the commune,
    "^" the province, "!" nowhere. ``group`` numbers the replacement that the entry belongs to."""

    code: str
    title: str
    level: Level
    sector: Sector
    act: Act
    fate: str = ""
    moves: str = ""
    group: int = -1
    output: str = ""
    essential: bool = False
    paid: bool = False

    @property
    def fees(self) -> tuple[int, ...]:
        """The fees that it may ask for, in đồng; none where its sector has none."""
        return _LOCAL_FEES.get(self.level, self.sector.fees) if self.sector.fees else ()

    @property
    def current(self) -> bool:
        """Whether it is in force on the catalogue's day."""
        return self.fate in ("", "new")


def entries(data: Data) -> list[Entry]:
    """Every procedure, each with a code of its own, in the order of the files."""
    drafts = list(_drafts(data))
    used: set[str] = set()
    found = [msgspec.structs.replace(draft, code=coded(used, draft.title)) for draft in drafts]
    paid = _paid(found, data.outline.fee_bearing)
    return [msgspec.structs.replace(entry, paid=entry.code in paid) for entry in found]


def coded(used: set[str], *about: str) -> str:
    """A code that no real procedure has and no other has taken; it is added to ``used``."""
    number = draw("code", *about) % 1_000_000
    while (code := f"9.{number:06}") in used:
        number = (number + 1) % 1_000_000
    used.add(code)
    return code


def _drafts(data: Data) -> Iterator[Entry]:
    group = 0
    for sector in data.sectors:
        for level in (Level.PROVINCE, Level.DISTRICT, Level.COMMUNE):
            for line in getattr(sector, level.value).split("\n"):
                if line.strip():
                    yield from _line(line.strip(), sector, level, group, data.acts)
                    group += "=>" in line


def _line(line: str, sector: Sector, level: Level, group: int, acts: tuple[Act, ...]) -> Iterator[Entry]:
    pattern, _, output = line.partition(" :: ")
    old, arrow, new = pattern.partition(" => ")
    marks = pattern[: len(pattern) - len(pattern.lstrip("*-^!"))]
    sides = [(old, "old"), (new, "new")] if arrow else [(old, "-" if "-" in marks else "")]
    for side, fate in sides:
        for title in expand(side.lstrip("*-^!")):
            yield Entry(
                code="",
                title=title,
                level=level,
                sector=sector,
                act=next(act for act in acts if title.startswith(act.starts)),
                fate=fate,
                moves="".join(mark for mark in marks if mark in "^!"),
                group=group if arrow else -1,
                output=output.strip(),
                essential="*" in marks,
            )


def _paid(found: list[Entry], count: int) -> set[str]:
    """The procedures with a fee due: of sectors that have fees, those whose act most often costs something."""
    able = [entry for entry in found if entry.sector.fees and entry.act.fee]
    able.sort(key=lambda entry: (not entry.title.startswith(STRONG), draw("paid", entry.code)))
    current = [entry.code for entry in able if entry.current]
    if len(current) < count:
        raise ValueError(f"{len(current)} procedures can bear a fee, the catalogue needs {count}")
    past = [entry.code for entry in able if not entry.current and entry.title.startswith(STRONG)]
    return {*current[:count], *past}
