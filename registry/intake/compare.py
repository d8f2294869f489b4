"""What an intake would change: each record against what the catalogue holds."""

from collections.abc import Callable, Iterable
from datetime import date
from enum import StrEnum
from typing import Any

import msgspec
from piccolo.querystring import QueryString

from registry.catalogue.versions import believed
from registry.engine import Database
from registry.intake import filling
from registry.intake.record import Cover
from registry.procedure import Agency, Announcement, Procedure, Term
from registry.sections import SECTIONS, differences, digest
from search.text import fold

_procedure = msgspec.json.Decoder(Procedure).decode


class Fate(StrEnum):
    """What becomes of a record."""

    NEW = "new"
    AMENDED = "amended"  # other content or another announcement from a later day
    CORRECTED = "corrected"  # the same day and announcement, told differently
    UNCHANGED = "unchanged"
    REPEATED = "repeated"  # the same record once more in one source
    QUARANTINED = "quarantined"
    ENDED = "ended"  # absent from a source that covers it


class Held(msgspec.Struct, frozen=True):
    """What the catalogue believes of a code on the day of the intake, or the next day on which it is in force."""

    content: str
    announcement: str | None
    valid_from: date
    valid_to: date | None
    raw_digest: str


async def held_on(database: Database, day: date) -> dict[str, Held]:
    """What is believed of every code that is in force on ``day`` or later, the earliest of each."""
    rows = await database.rows(
        QueryString(
            "SELECT v.code, v.content, v.announcement, v.valid_from, v.valid_to, v.raw_digest FROM version v "
            "WHERE {} AND (v.valid_to IS NULL OR v.valid_to > {}) ORDER BY v.code, v.valid_from DESC",
            believed(None),
            day,
        )
    )
    return {
        row["code"]: Held(
            row["content"], row["announcement"], row["valid_from"], row["valid_to"], row["raw_digest"]
        )
        for row in rows
    }


Told = tuple[date, date | None, str, str | None, str | None]


async def spans(database: Database, codes: Iterable[str]) -> dict[str, set[Told]]:
    """Everything that is believed of these codes: (first day, day after the last, content, announcement, the one
    that ended it). Codes of which nothing is believed are left out."""
    rows = await database.rows_in(
        "SELECT code, valid_from, valid_to, content, announcement, ended_by FROM version "
        "WHERE recorded_to IS NULL AND code IN ({})",
        list(dict.fromkeys(codes)),
    )
    found: dict[str, set[Told]] = {}
    for row in rows:
        told = (row["valid_from"], row["valid_to"], row["content"], row["announcement"], row["ended_by"])
        found.setdefault(row["code"], set()).add(told)
    return found


async def contents(database: Database, digests: Iterable[str]) -> dict[str, Procedure]:
    """Procedures by the digests of their contents."""
    rows = await database.rows_in(
        "SELECT digest, body FROM content WHERE digest IN ({})", list(dict.fromkeys(digests))
    )
    return {row["digest"]: _procedure(row["body"]) for row in rows}


def merge(held: Procedure, listed: Procedure, carried: frozenset[str]) -> Procedure:
    """What a list says, over what is already known: fields that the list does not carry stay as they are.

    A list names sectors and agencies without codes, so a name that is already there keeps its code.
    """
    changes: dict[str, object] = {}
    for field in carried:
        value = getattr(listed, field)
        if field == "agencies":
            value = _agencies(held.agencies, value)
        elif field in ("sectors", "audiences", "outputs", "life_events"):
            value = _terms(getattr(held, field), value)
        elif field in _PARTS:
            value = _PARTS[field](getattr(held, field), value)
        changes[field] = value
    return msgspec.structs.replace(held, **changes)


_PARTS: dict[str, Callable[[Any, Any], Any]] = {
    "ways": filling.ways,
    "steps": filling.steps,
    "cases": filling.cases,
}


def _terms(held: tuple[Term, ...], listed: tuple[Term, ...]) -> tuple[Term, ...]:
    known = {fold(term.name): term for term in held}
    return tuple(known.get(fold(term.name), term) for term in listed)


def _agencies(held: tuple[Agency, ...], listed: tuple[Agency, ...]) -> tuple[Agency, ...]:
    """Agencies role by role: a role that the list does not speak of keeps its agencies; one whose names are the
    same set keeps them in their order."""
    roles = dict.fromkeys(agency.role for agency in (*held, *listed))
    merged: list[Agency] = []
    for role in roles:
        before = [agency for agency in held if agency.role == role]
        after = [agency for agency in listed if agency.role == role]
        known = {fold(agency.name): agency for agency in before}
        if not after or {fold(agency.name) for agency in after} == set(known):
            merged += before
        else:
            merged += [known.get(fold(agency.name), agency) for agency in after]
    return tuple(merged)


class Comparison(msgspec.Struct, frozen=True):
    """One record's fate, and the sections in which it differs from what is held."""

    fate: Fate
    sections: tuple[str, ...] = ()


def classify(
    procedure: Procedure,
    announcement: Announcement | None,
    start: date,
    held: Held | None,
    before: Procedure | None,
) -> Comparison:
    """The fate of a record against what is held of its code; ``before`` is the content held, where it differs."""
    if held is None:
        return Comparison(Fate.NEW, tuple(SECTIONS))
    key = announcement.id if announcement else None
    sections = () if before is None else tuple(d.section for d in differences(before, procedure))
    if held.content == digest(procedure) and held.announcement == key and held.valid_from == start:
        return Comparison(Fate.UNCHANGED)
    if start > held.valid_from:
        return Comparison(Fate.AMENDED, sections)
    return Comparison(Fate.CORRECTED, sections)


def covered(cover: Cover, agency: str, procedure: Procedure) -> bool:
    """Whether absence of ``procedure`` from a source of this cover means that it has ended."""
    if cover is Cover.CATALOGUE:
        return True
    if cover is Cover.LOOSE:
        return False
    issuer = procedure.issuer
    if issuer is None:
        return False
    code = issuer.code or ""
    return agency in (code, issuer.name) or code.startswith(f"{agency}.")
