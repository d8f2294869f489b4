"""Procedures that provinces announce each for itself under one name: by what they are told to be the same.

A procedure of the nation is never anyone's twin: what it shares a name with is another procedure.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from hashlib import blake2b

import msgspec

from registry.procedure import Procedure
from registry.vocabulary import Level, Scope
from search.text import syllables

FACET = "twin"

_PLACE = re.compile(r"\b(?:tinh|thanh pho|tp) (.+)$")
_KINDS = "(?:(?:dia ban )?(?:tinh|thanh pho|tp) )?"
_PREAMBLE = re.compile(r"^(?:trinh tu )?thu tuc ")


@lru_cache(maxsize=8192)
def key(name: str, issuer: str, levels: tuple[str, ...]) -> str:
    """What the twins of a procedure share: its name without marks, "thủ tục" and the province's name, and its
    levels, for a province may announce the same at two levels. Equal keys make twins; a key says nothing else.
    """
    words = " ".join(syllables(name))
    place = _PLACE.search(" ".join(syllables(issuer)))
    if place is not None:
        words = re.sub(rf"\b(?:(?:tren|tai|cua|thuoc) )?{_KINDS}{re.escape(place[1])}\b", "", words)
    words = _PREAMBLE.sub("", " ".join(words.split()))
    return blake2b(f"{words} {' '.join(sorted(levels))}".encode(), digest_size=8).hexdigest()


def values(procedure: Procedure) -> list[str]:
    """The values of the facet ``twin``: one of a province's procedure, none of any other."""
    if procedure.scope is not Scope.PROVINCIAL or procedure.is_internal:
        return []
    issuer = procedure.issuer
    return [key(procedure.name, issuer.name if issuer else "", _named(procedure.levels))]


class _Agency(msgspec.Struct):
    name: str


class _Shown(msgspec.Struct):
    """What the payload of a hit holds of what makes a key."""

    name: str
    scope: str | None
    internal: bool
    levels: tuple[str, ...]
    agency: _Agency | None


_shown = msgspec.json.Decoder(_Shown).decode


def shown(payload: bytes) -> str | None:
    """The key of a hit by its payload, the same as ``values`` gives of the procedure."""
    one = _shown(payload)
    if one.scope != Scope.PROVINCIAL or one.internal:
        return None
    return key(one.name, one.agency.name if one.agency else "", one.levels)


def _named(levels: Iterable[Level]) -> tuple[str, ...]:
    return tuple(level.value for level in levels)
