"""What changes about a procedure from one version to the next, and how."""

from datetime import date

import msgspec

from registry.vocabulary import Level, OnlineLevel
from seeds.chance import choose, draw, percent, shuffled
from seeds.entries import Entry
from seeds.sources import Data

_RAISED = {
    OnlineLevel.LEVEL_1: OnlineLevel.LEVEL_2,
    OnlineLevel.LEVEL_2: OnlineLevel.LEVEL_3,
    OnlineLevel.LEVEL_3: OnlineLevel.LEVEL_4,
    OnlineLevel.INFORMATION: OnlineLevel.PARTIAL,
    OnlineLevel.PARTIAL: OnlineLevel.FULL,
}
OFFLINE = frozenset({OnlineLevel.LEVEL_1, OnlineLevel.LEVEL_2, OnlineLevel.INFORMATION})
_KINDS = ("time", "paper", "fee", "post", "grade", "merge", "copies")


class Face(msgspec.Struct, frozen=True):
    """A version in short. ``cuts`` are how often its time limit was shortened, ``dropped`` how many papers
    are no longer asked for, ``fee`` which of the sector's fees is due, ``schedule`` that a schedule sets it."""

    day: date
    title: str
    level: Level
    grade: OnlineLevel
    post: bool
    fee: int
    cuts: int = 0
    dropped: int = 0
    merged: bool = False
    copied: bool = False
    schedule: bool = False

    @property
    def online(self) -> bool:
        return self.grade not in OFFLINE


def first(entry: Entry, day: date, data: Data) -> Face:
    """How an entry looks when it is first announced."""
    return Face(
        day=day,
        title=entry.title,
        level=entry.level,
        grade=_early(entry) if day < data.outline.regrading.decree else _late(entry),
        post=percent(40 if entry.level is Level.COMMUNE else 65, "post", entry.code),
        fee=draw("fee", entry.code) % max(1, len(entry.fees)),
    )


def regraded(entry: Entry, face: Face, day: date) -> Face:
    """Under Decree 42/2022: level 4 becomes full, the others what they can really do."""
    full = face.grade is OnlineLevel.LEVEL_4 or (
        face.grade is OnlineLevel.LEVEL_3 and percent(40, "full", entry.code)
    )
    partial = face.online or entry.paid or percent(45, "partial", entry.code)
    grade = OnlineLevel.FULL if full else OnlineLevel.PARTIAL if partial else OnlineLevel.INFORMATION
    return msgspec.structs.replace(face, day=day, grade=grade)


def amended(entry: Entry, face: Face, day: date, papers: int) -> Face:
    """One or two real changes; ``papers`` is how many papers the dossier has in all.

    Raises ``ValueError`` where nothing is left to change."""
    wanted = 2 if percent(30, "two", entry.code, day) else 1
    changed = face
    for kind in shuffled(_KINDS, entry.code, day):
        before, changed = changed, _change(kind, entry, changed, papers)
        wanted -= changed != before
        if not wanted:
            break
    if changed == face:
        raise ValueError(f"{entry.code}: nothing is left to amend on {day}")
    return msgspec.structs.replace(changed, day=day)


def announced_again(entry: Entry, face: Face, day: date, papers: int) -> Face:
    """By another department: its name changes, and for some the substance too."""
    if percent(40, "again", entry.code, day):
        return amended(entry, face, day, papers)
    return msgspec.structs.replace(face, day=day)


def moved(face: Face, entry: Entry, day: date, title: str) -> Face:
    """To the level that takes it over when the district level ends."""
    level = {"": Level.COMMUNE, "^": Level.PROVINCE}[entry.moves] if face.level is Level.DISTRICT else face.level
    schedule = entry.paid and face.level is Level.DISTRICT and percent(30, "schedule", entry.code)
    return msgspec.structs.replace(face, day=day, title=title, level=level, schedule=schedule)


def _change(kind: str, entry: Entry, face: Face, papers: int) -> Face:
    change = msgspec.structs.replace
    match kind:
        case "time" if face.cuts < 2 and any(value > 4 for value in entry.act.values):
            return change(face, cuts=face.cuts + 1)
        case "paper" if face.dropped < papers - 2:
            return change(face, dropped=face.dropped + 1)
        case "fee" if entry.paid and len(entry.fees) > 1:
            return change(face, fee=(face.fee + 1) % len(entry.fees))
        case "post" if not face.post:
            return change(face, post=True)
        case "grade" if face.grade in _RAISED:
            return change(face, grade=_RAISED[face.grade])
        case "merge" if not face.merged:
            return change(face, merged=True)
        case "copies" if not face.copied:
            return change(face, copied=True)
    return face


def _early(entry: Entry) -> OnlineLevel:
    if entry.essential:
        return OnlineLevel.LEVEL_4
    levels = [OnlineLevel.LEVEL_2] * 9 + [OnlineLevel.LEVEL_3] * 6 + [OnlineLevel.LEVEL_4] * 4
    return choose([OnlineLevel.LEVEL_1, *levels], "early", entry.code)


def _late(entry: Entry) -> OnlineLevel:
    if entry.essential:
        return OnlineLevel.FULL
    offered = [OnlineLevel.FULL] * 9 + [OnlineLevel.PARTIAL] * 7
    return choose(offered if entry.paid else [*offered, *[OnlineLevel.INFORMATION] * 4], "late", entry.code)
