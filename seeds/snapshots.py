"""Catalogues that stand for one report: announced before its day, over before another demonstration begins."""

from collections.abc import Callable, Iterable
from datetime import date
from typing import NamedTuple

from msgspec.structs import replace

from registry.procedure import Agency, Procedure, Term
from registry.vocabulary import Level, OnlineLevel, Role
from seeds import sources
from seeds.chance import choose, draw
from seeds.entries import STRONG, Entry, coded, entries
from seeds.faces import Face
from seeds.plan import Deed, Happening, History
from seeds.slots import Slot, between
from seeds.sources import Agencies, Coded, Data, Districts, Part, Sector, one

_WHOLE = 1 << 62  # one in so many procedures leaves out a part: none does


class Composition(NamedTuple):
    """What a catalogue is composed of: ``face`` is how an entry looks on the day it is announced, ``finish`` puts
    in what only the catalogue as a whole knows."""

    data: Data
    entries: list[Entry]
    histories: History
    face: Callable[[Entry, date], Face]
    finish: Callable[[Entry, Procedure], Procedure]
    mark: Coded | None = None


def compose(name: str, taken: set[str]) -> Composition:
    """The snapshot ``name``. ``taken`` are the codes of other demonstrations; its own are added.

    Raises ``ValueError`` where its library has not as many procedures as it needs.
    """
    plan = one(name, "catalogue.toml", sources.Snapshot)
    library = sources.read(plan.library)
    data = _data(name, plan, library)
    able = [_own(entry, data, plan.names) for entry in entries(library) if _able(entry, plan, library)]
    found: list[Entry] = []
    faces: dict[str, Face] = {}
    parts: dict[str, Part] = {}
    centre: set[str] = set()
    for part in plan.part:
        chosen = _chosen(name, part, able, taken)
        faces |= _faces(name, part, chosen)
        parts |= dict.fromkeys((entry.code for entry in chosen), part)
        centre |= {entry.code for entry in _some(chosen, part.centre, name, "centre")}
        found += chosen

    def face(entry: Entry, day: date) -> Face:
        return replace(faces[entry.code], day=day)

    def finish(entry: Entry, procedure: Procedure) -> Procedure:
        told = _stated(procedure, parts[entry.code], faces[entry.code], entry.paid)
        told = replace(told, service_centre=entry.code in centre, sectors=(*told.sectors, *_marks(plan)))
        agencies = (_agency(agency, parts[entry.code], plan.issuer) for agency in told.agencies)
        return replace(told, agencies=tuple(agencies))

    return Composition(data, found, _histories(plan, found), face, finish, plan.mark)


def _data(name: str, plan: sources.Snapshot, library: Data) -> Data:
    """The library's words with the snapshot's agencies."""
    of = name if plan.own_agencies else plan.library
    outline = replace(
        library.outline,
        title=plan.title,
        revision=plan.revision,
        day=plan.day,
        incomplete=_WHOLE,
        communes_decision="" if plan.own_agencies else library.outline.communes_decision,
        window=plan.window,
        announcement=(),
        issuer=plan.issuer,
        first_number=plan.first_number,
    )
    return replace(
        library,
        outline=outline,
        sectors=tuple(_sector(sector, plan) for sector in library.sectors),
        agencies=one(of, "agencies.toml", Agencies),
        districts=one(of, "communes.toml", Districts).district,
    )


def _marks(plan: sources.Snapshot) -> tuple[Term, ...]:
    return (Term(plan.mark.code, plan.mark.name),) if plan.mark else ()


def _sector(sector: Sector, plan: sources.Snapshot) -> Sector:
    """With the department that does it here."""
    for there, here in plan.departments.items():
        if sector.department.startswith(there):
            return replace(sector, department=here + sector.department.removeprefix(there), after="")
    return sector


def _able(entry: Entry, plan: sources.Snapshot, library: Data) -> bool:
    """Whether the law knew it before the snapshot's day, and it is one of those that the report counts."""
    sector = entry.sector
    vertical = next(body.vertical for body in library.agencies.body if body.code == sector.department)
    young = sector.since is not None and sector.since > plan.window[0].first
    return not young and sector.department not in plan.without and (plan.vertical or not vertical)


def _own(entry: Entry, data: Data, names: dict[str, str]) -> Entry:
    """The entry of the library as an entry of its own, of no fate but to be announced and to end."""
    sector, title = data.sector(entry.sector.code), entry.title
    for there, here in names.items():
        title = title.replace(there, here)
    return replace(entry, title=title, sector=sector, fate="", moves="", group=-1, essential=False, paid=False)


def _chosen(name: str, part: Part, able: list[Entry], taken: set[str]) -> list[Entry]:
    titled = {entry.title: entry for entry in able if entry.level is Level(part.level)}
    if len(titled) < part.count:
        raise ValueError(f"{name}: {len(titled)} procedures of level {part.level}, it needs {part.count}")
    chosen = _some(titled.values(), part.count, name, "chosen")
    bearing = [entry for entry in chosen if entry.sector.fees and entry.act.fee]
    if len(bearing) < part.fees:
        raise ValueError(f"{name}: {len(bearing)} procedures can bear a fee, it needs {part.fees}")
    bearing.sort(key=lambda entry: (not entry.title.startswith(STRONG), draw(name, "paid", entry.title)))
    paid = {entry.title for entry in bearing[: part.fees]}
    return [replace(entry, code=coded(taken, name, entry.title), paid=entry.title in paid) for entry in chosen]


def _some(found: Iterable[Entry], count: int, *about: str) -> list[Entry]:
    """So many of them, always the same."""
    return sorted(found, key=lambda entry: draw(*about, entry.title))[:count]


def _faces(name: str, part: Part, chosen: list[Entry]) -> dict[str, Face]:
    grades = [OnlineLevel(grade) for grade, count in part.grades.items() for _ in range(count)]
    graded = zip(_some(chosen, part.count, name, "grade"), grades, strict=True)
    post = {entry.code for entry in _some(chosen, part.postal, name, "post")}
    return {
        entry.code: Face(
            day=date.min,
            title=entry.title,
            level=entry.level,
            grade=grade,
            post=entry.code in post,
            fee=draw("fee", entry.code) % max(1, len(entry.fees)),
        )
        for entry, grade in graded
    }


def _stated(procedure: Procedure, part: Part, face: Face, paid: bool) -> Procedure:
    """With the flags that the report counts, for every procedure known."""
    told = replace(procedure, postal=face.post, online_payment=paid and face.online)
    if not part.eligible:
        return told
    # Eligible for level 4: nobody need come in person, and the result can be issued electronically.
    able = face.grade is OnlineLevel.LEVEL_4
    return replace(told, offline_only=not able, e_result=able)


def _agency(agency: Agency, part: Part, issuer: Coded | None) -> Agency:
    if issuer is None:
        return agency
    if agency.role is Role.ISSUING:
        return Agency(Role.ISSUING, issuer.name, issuer.code)
    if part.executing and agency.role in (Role.EXECUTING, Role.COMPETENT):
        return Agency(agency.role, part.executing, issuer.code)
    return agency


def _histories(plan: sources.Snapshot, found: list[Entry]) -> History:
    """Each is announced once, by its department in one of the windows, and ends with all others."""
    histories: History = {}
    for entry in found:
        department = entry.sector.department
        number = choose(range(len(plan.window)), "window", plan.title, entry.sector.code)
        window = plan.window[number]
        begin = Slot(between(window.first, window.last, plan.title, department, number), department, window=number)
        end = Slot(plan.ends, department)
        histories[entry.code] = [Happening(begin, Deed.BEGIN), Happening(end, Deed.END)]
    return histories
