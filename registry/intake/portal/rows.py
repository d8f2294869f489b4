"""One line of the portal's list, which carries a few fields of a procedure and no decision."""

from registry.intake import checking
from registry.intake.cleaning import Notes, line, unglued
from registry.intake.codes import procedure_code
from registry.intake.portal import terms
from registry.intake.portal.shapes import Named, Row
from registry.intake.record import Raw, Record
from registry.procedure import Agency, Procedure
from registry.vocabulary import Role, Scope


def record(raw: Raw, row: Row, notes: Notes) -> Record:
    """What the line says; ``carried`` names only what it does say. Raises ``Unacceptable``."""
    code = procedure_code(row.code, notes)
    issuer = line(row.department_promulgate, notes, "departmentPromulgate")
    executing: list[Named | None] = [Named(name=name) for name in row.departments or () if name]
    scope = terms.scope(row.type, notes)
    procedure = Procedure(
        code=code.national,
        name=checking.name(unglued(line(row.name, notes, "name"), notes, "name"), "name"),
        local_code=code.local,
        scope=scope,
        sectors=terms.slugged(row.categories or [], notes, "categories"),
        agencies=(
            *([Agency(Role.ISSUING, issuer)] if issuer else []),
            *terms.agencies(executing, Role.EXECUTING, notes, "departments"),
        ),
        audiences=terms.audiences(row.formality_target_type or [], notes, "formalityTargetType"),
        internal=(scope is Scope.INTERNAL) if scope else None,
        source_id=line(row.id, notes, "id"),
    )
    said = {
        "local_code": procedure.local_code,
        "scope": scope,
        "sectors": procedure.sectors,
        "agencies": procedure.agencies,
        "audiences": procedure.audiences,
        "internal": scope,
        "source_id": procedure.source_id,
    }
    carried = frozenset(field for field, value in said.items() if value)
    return Record(raw, procedure, carried=carried | {"code", "name"}, notes=notes.collected())
