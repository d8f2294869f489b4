"""A procedure by sections: what is compared, digested and shown side by side when something changes."""

from collections.abc import Callable
from hashlib import blake2b
from typing import Any

import msgspec

from registry.procedure import FLAGS, Procedure
from registry.vocabulary import Label

_encode = msgspec.json.Encoder(order="deterministic").encode


def _times(procedure: Procedure) -> Any:
    return [(way.channel, way.time) for way in procedure.ways]


def _fees(procedure: Procedure) -> Any:
    return [(way.channel, way.fees) for way in procedure.ways]


def _flags(procedure: Procedure) -> Any:
    return {flag: getattr(procedure, flag) for flag in (*FLAGS, "vertical", "anywhere", "offline_only")}


# What each section is made of. Every field of Procedure that people read is in exactly one of them, but for
# channels, time limits and fees, which are three views of the same ways.
SECTIONS: dict[str, Callable[[Procedure], Any]] = {
    "name": lambda p: p.name,
    "steps": lambda p: p.steps,
    "channels": lambda p: p.channels,
    "papers": lambda p: p.cases,
    "fees": _fees,
    "timeLimit": _times,
    "audience": lambda p: p.audiences,
    "agencies": lambda p: (p.agencies, p.addresses),
    "legalBases": lambda p: p.legal_bases,
    "flags": _flags,
    "outputs": lambda p: p.outputs,
    "requirements": lambda p: p.requirements,
    "levels": lambda p: p.levels,
    "onlineLevel": lambda p: p.online_level,
    "sector": lambda p: p.sectors,
    "classification": lambda p: (p.scope, p.life_events, p.keywords, p.local_code, p.note, p.illustrative),
}

LABELS: dict[str, Label] = {
    "name": Label("Tên thủ tục", "Name"),
    "steps": Label("Trình tự thực hiện", "Steps"),
    "channels": Label("Cách thức thực hiện", "Channels"),
    "papers": Label("Thành phần hồ sơ", "Papers"),
    "fees": Label("Phí, lệ phí", "Fees"),
    "timeLimit": Label("Thời hạn giải quyết", "Time limit"),
    "audience": Label("Đối tượng thực hiện", "Audience"),
    "agencies": Label("Cơ quan", "Agencies"),
    "legalBases": Label("Căn cứ pháp lý", "Legal bases"),
    "flags": Label("Đặc điểm", "Flags"),
    "outputs": Label("Kết quả", "Outputs"),
    "requirements": Label("Yêu cầu, điều kiện", "Requirements"),
    "levels": Label("Cấp thực hiện", "Levels"),
    "onlineLevel": Label("Mức độ trực tuyến", "Online level"),
    "sector": Label("Lĩnh vực", "Sector"),
    "classification": Label("Phân loại", "Classification"),
}

# Decree 63/2010, art. 8.2: what a published procedure must have. Whatever misses one of them is incomplete.
SEVEN_PARTS: dict[str, Callable[[Procedure], bool]] = {
    "name": lambda p: bool(p.name),
    "steps": lambda p: any(step.text for step in p.steps),
    "channels": lambda p: bool(p.ways),
    "papers": lambda p: any(case.papers for case in p.cases),
    "timeLimit": lambda p: any(way.time is not None for way in p.ways),
    "audience": lambda p: bool(p.audiences),
    "agencies": lambda p: any(agency.role == "executing" for agency in p.agencies),
}


def digest(value: object) -> str:
    """A digest of 128 bits in hexadecimal over the canonical JSON of ``value``."""
    return blake2b(_encode(value), digest_size=16).hexdigest()


def section_digests(procedure: Procedure) -> dict[str, str]:
    """Digest by section, short enough to store beside each content (64 bits)."""
    return {name: blake2b(_encode(read(procedure)), digest_size=8).hexdigest() for name, read in SECTIONS.items()}


def missing_parts(procedure: Procedure) -> list[str]:
    """The parts of the seven that this procedure does not have."""
    return [name for name, present in SEVEN_PARTS.items() if not present(procedure)]


class SectionDifference(msgspec.Struct, frozen=True, rename="camel"):
    """One section that differs, as it was and as it became; ``None`` where there was no version."""

    section: str
    label: str
    before: Any
    after: Any


def _plain(value: object) -> Any:
    """As JSON would have it: structs as objects by their public names, tuples as lists."""
    return msgspec.json.decode(_encode(value))


def differences(
    before: Procedure | None, after: Procedure | None, language: str = "vi"
) -> list[SectionDifference]:
    """The sections in which two versions differ, in the order of ``SECTIONS``."""
    found = []
    for name, read in SECTIONS.items():
        old = None if before is None else _plain(read(before))
        new = None if after is None else _plain(read(after))
        if old != new:
            label = LABELS[name].en if language == "en" else LABELS[name].vi
            found.append(SectionDifference(section=name, label=label, before=old, after=new))
    return found
