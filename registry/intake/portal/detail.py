"""A whole procedure of the portal, turned into the canonical one."""

import re

from registry.intake import checking
from registry.intake.acts import act_number
from registry.intake.cleaning import Notes, block, line, unglued
from registry.intake.codes import procedure_code
from registry.intake.portal import decision, offers, terms
from registry.intake.portal.shapes import Detail, Returning, Things
from registry.intake.record import Raw, Record
from registry.procedure import Agency, LegalBasis, Procedure, Term, Way, unique
from registry.vocabulary import Channel, Level, Role, Scope
from search.text import fold

_SEPARATOR = re.compile(r"[;\n]")  # never commas: names of procedures contain them
_LEADING = re.compile(r"^[.,;:]\s*")  # what is left of a number in a list: ". Thủ tục …"


def record(raw: Raw, detail: Detail, notes: Notes) -> Record:
    """Clean and map one procedure. Raises ``Unacceptable`` with the portal's own name of the field."""
    code = procedure_code(detail.code, notes)
    sectors = terms.coded(detail.categories_details, notes, "categoriesDetails")
    agencies = _agencies(detail, notes)
    offered = offers.ways(detail.execution_methods, notes)
    scope = terms.scope(detail.type, notes)
    procedure = Procedure(
        code=code.national,
        name=_name(detail.name, notes),
        local_code=code.local,
        scope=scope,
        sectors=sectors,
        levels=_levels(detail),
        agencies=agencies,
        online_level=offers.online_level(offered, detail.is_full_process),
        ways=offered,
        steps=offers.steps(detail.execution_steps, notes),
        cases=offers.cases(detail.execution_cases, notes),
        audiences=terms.audiences(_names(detail.subject_types_details), notes, "subjectTypesDetails"),
        outputs=terms.coded(detail.results_details, notes, "resultsDetails"),
        legal_bases=_legal_bases(detail.legal_basises_details, notes),
        requirements=_requirements(detail, notes),
        keywords=_keywords(detail.keywords, sectors, notes),
        life_events=terms.slugged(_names(detail.service_groups_details), notes, "serviceGroupsDetails"),
        addresses=block(detail.dossier_receiving_addresses, notes, "dossierReceivingAddresses"),
        note=block(detail.note, notes, "note"),
        interlinked=detail.is_shared_service,
        internal=True if scope is Scope.INTERNAL else detail.is_internal,
        postal=_postal(offered),
        e_result=_e_result(detail.returning_methods),
        vertical=detail.is_vertical,
        anywhere=detail.is_non_territorial,
        offline_only=detail.is_offline_only,
        source_id=line(detail.id, notes, "id"),
    )
    return Record(
        raw=raw,
        procedure=procedure,
        announcement=decision.announcement(detail, procedure.issuer, notes),
        valid_from=decision.valid_from(detail, notes),
        notes=notes.collected(),
    )


def _name(given: str | None, notes: Notes) -> str:
    cleaned = unglued(line(given, notes, "name"), notes, "name")
    bare = _LEADING.sub("", cleaned)
    if bare != cleaned:
        notes.add("name", "list-mark", cleaned, bare)
    return checking.name(bare, "name")


def _names(things: Things) -> list[str | None]:
    return [thing.name for thing in things or () if thing is not None]


def _levels(detail: Detail) -> tuple[Level, ...]:
    """The portal has no district any more; "undetermined" is no level."""
    flagged = (
        (Level.MINISTRY, detail.is_ministry),
        (Level.PROVINCE, detail.is_province),
        (Level.COMMUNE, detail.is_ward),
        (Level.OTHER, detail.is_other_agency),
    )
    return tuple(level for level, flag in flagged if flag)


def _agencies(detail: Detail, notes: Notes) -> tuple[Agency, ...]:
    """Agencies in five roles, in this order: coded ones, then classes of agencies, which have no code."""
    issuer = line(detail.department_promulgate_name, notes, "departmentPromulgateName")
    code = line(detail.department_promulgate_code, notes, "departmentPromulgateCode")
    found = [Agency(Role.ISSUING, issuer, code or None)] if issuer else []
    for role, coded, field, grouped, group in (
        (
            Role.EXECUTING,
            detail.departments_executing,
            "departmentsExecuting",
            detail.unit_groups_executing,
            "unitGroupsExecuting",
        ),
        (
            Role.COMPETENT,
            detail.departments_authority,
            "departmentsAuthority",
            detail.unit_groups_authority,
            "unitGroupsAuthority",
        ),
        (
            Role.COORDINATING,
            detail.departments_coordinating,
            "departmentsCoordinating",
            detail.unit_groups_coordinating,
            "unitGroupsCoordinating",
        ),
        (
            Role.AUTHORISED,
            detail.departments_authorized,
            "departmentsAuthorized",
            detail.unit_groups_authorized,
            "unitGroupsAuthorized",
        ),
    ):
        found += terms.agencies(coded, role, notes, field)
        found += terms.agencies(grouped, role, notes, group)
    return unique(found)


def _legal_bases(things: Things, notes: Notes) -> tuple[LegalBasis, ...]:
    """Acts by number and title; an act without a number is known by its title alone."""
    found: list[LegalBasis] = []
    for index, thing in enumerate(things or ()):
        if thing is None:
            continue
        field = "legalBasisesDetails[{}]"
        title = line(thing.name, notes, field + ".name", index)
        title = unglued(title, notes, field + ".name", index) if title else ""
        number = line(thing.code, notes, field + ".code", index)
        if number:
            number = act_number(number, notes, field + ".code", index)
        if number or title:
            found.append(LegalBasis(number, title))
    return unique(found)


def _requirements(detail: Detail, notes: Notes) -> str:
    """The conditions. ``description`` repeats them in every record seen; whatever else it says is noted."""
    text = block(detail.requirements_and_conditions, notes, "requirementsAndConditions")
    if detail.description and detail.description != detail.requirements_and_conditions:
        notes.add("description", "not-carried", detail.description)
    return text


def _keywords(text: str | None, sectors: tuple[Term, ...], notes: Notes) -> tuple[str, ...]:
    if not text:
        return ()
    crumbs = tuple(sector.name for sector in sectors)
    found: list[str] = []
    for part in _SEPARATOR.split(text):
        word = unglued(line(part, notes, "keywords"), notes, "keywords", crumbs=crumbs)
        if fold(word).strip(" .") in _NO_KEYWORD:
            notes.add("keywords", "literal-null", word)
        elif word:
            found.append(word)
    return unique(found)


_NO_KEYWORD = frozenset({"khong", "khong co"})


def _postal(offered: tuple[Way, ...]) -> bool | None:
    return any(way.channel is Channel.POSTAL for way in offered) if offered else None


def _e_result(methods: list[Returning | None] | None) -> bool | None:
    """Whether the result may be returned online: the portal's only hint of an electronic result."""
    values = [value for method in methods or () if method is not None for value in method.value or ()]
    return "ONLINE" in values if values else None
