"""Coded things and agencies: parts that a full record and a line of the list have in common."""

from registry.intake.cleaning import Notes, line
from registry.intake.portal.shapes import Things
from registry.procedure import Agency, T, Term, unique
from registry.vocabulary import Audience, Role, Scope
from search.text import slug

SCOPES = {
    "STANDARD": Scope.NATIONAL,
    "SPECIFIC": Scope.PROVINCIAL,
    "STANDARD_INTERNAL": Scope.INTERNAL,
}
_AUDIENCES = frozenset(audience.value for audience in Audience)


def coded(things: Things, notes: Notes, field: str) -> tuple[Term, ...]:
    """Terms by the source's own code, or by a slug where it has none. The nameless are left out."""
    found: list[Term] = []
    for index, thing in enumerate(things or ()):
        name = line(thing.name, notes, f"{field}[{{}}].name", index) if thing else ""
        if thing is None or not name:
            notes.add(f"{field}[{index}]", "nameless", thing.code or "" if thing else "null")
            continue
        found.append(Term(line(thing.code, notes, f"{field}[{{}}].code", index) or slug(name), name))
    return _once(found, notes, field)


def slugged(names: list[str | None], notes: Notes, field: str) -> tuple[Term, ...]:
    """Terms by a slug of their names alone."""
    cleaned = (line(name, notes, f"{field}[{{}}]", index) for index, name in enumerate(names))
    return _once([Term(slug(name), name) for name in cleaned if name], notes, field)


def audiences(names: list[str | None], notes: Notes, field: str) -> tuple[Term, ...]:
    """Audiences by their slugs; one that the vocabulary lacks is kept, and noted."""
    found = slugged(names, notes, field)
    for term in found:
        if term.code not in _AUDIENCES:
            notes.add(field, "unknown-audience", term.name)
    return found


def scope(kind: str | None, notes: Notes, field: str = "type") -> Scope | None:
    if kind and kind not in SCOPES:
        notes.add(field, "unknown-type", kind)
    return SCOPES.get(kind or "")


def agencies(things: Things, role: Role, notes: Notes, field: str) -> list[Agency]:
    """Agencies in one role, with their codes; a class of agencies has none. The nameless are left out."""
    found: list[Agency] = []
    for index, thing in enumerate(things or ()):
        name = line(thing.name, notes, f"{field}[{{}}].name", index) if thing else ""
        if thing is None or not name:
            notes.add(f"{field}[{index}]", "nameless", thing.code or "" if thing else "null")
            continue
        found.append(Agency(role, name, line(thing.code, notes, f"{field}[{{}}].code", index) or None))
    return list(_once(found, notes, field))


def _once(found: list[T], notes: Notes, field: str) -> tuple[T, ...]:
    kept = unique(found)
    if len(kept) < len(found):
        notes.add(field, "repeated", len(found), len(kept))
    return kept
