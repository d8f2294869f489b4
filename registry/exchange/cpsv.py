"""CPSV-AP 3.2: a procedure as a public service, with what only Vietnam has in our own profile.

What CPSV-AP cannot say is not said in its words: five working days are no ``P5D``, and a zero that may not be free
is no cost of zero. A property that CPSV-AP demands and the source lacks is told as unknown.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from urllib.parse import quote

from registry.catalogue.versions import Version
from registry.exchange.dcat import dataset, dataset_iri, publisher
from registry.exchange.entities import (
    agency_iri,
    announcement,
    announcement_iri,
    audience,
    coded,
    duration,
    entity,
    filled,
    location,
    organisation,
    place,
    time_limit,
)
from registry.exchange.graph import VIET_NAM, VIETNAMESE, Node, concept, ref, text, typed
from registry.exchange.profile import TRAITS, Status, term, terms
from registry.exchange.publication import Publication
from registry.procedure import Agency, Announcement, Fee, Paper, Procedure, Way
from registry.vocabulary import FeeState, Label, Role, Scope, label

UNKNOWN_AGENCY = Agency(Role.COMPETENT, "Chưa rõ cơ quan có thẩm quyền", "unknown")
_REQUIREMENT = Label("Yêu cầu, điều kiện thực hiện", "Requirements")


def nodes(version: Version, announcements: Mapping[str, Announcement], publication: Publication) -> list[Node]:
    """One procedure with everything that it refers to, each node once; the service comes first."""
    found: dict[str, Node] = {}
    for node in _Service(version, announcements, publication).nodes():
        found.setdefault(node["@id"], node)
    return list(found.values())


class Shared:
    """Leaves out of a longer document what it has already told: agencies, terms, announcements."""

    def __init__(self) -> None:
        self._told: set[str] = set()

    def fresh(self, found: Iterable[Node]) -> list[Node]:
        """The nodes that stand for themselves or have not been told yet."""
        kept = [node for node in found if node["@id"] not in self._told]
        self._told.update(node["@id"] for node in kept if "/api/procedures/" not in node["@id"])
        return kept


class _Service:
    """A version on its way to nodes."""

    def __init__(
        self, version: Version, announcements: Mapping[str, Announcement], publication: Publication
    ) -> None:
        self.version = version
        self.procedure: Procedure = version.procedure
        self.announcements = announcements
        self.publication = publication
        self.page = f"{publication.address}/api/procedures/{quote(version.code, safe='')}"

    def at(self, part: str, *numbers: int) -> str:
        """The address of a part of this service."""
        return f"{self.page}#{'-'.join([part, *map(str, numbers)])}"

    def nodes(self) -> Iterator[Node]:
        p = self.procedure
        yield self._service()
        for number, way in enumerate(p.ways, 1):
            yield from self._channel(number, way)
            for line, fee in enumerate(way.fees, 1):
                yield from self._cost(number, line, fee)
        yield from self._evidences()
        yield from self._rules()
        for number, output in enumerate(p.outputs, 1):
            yield entity(self.at("output", number), "cv:Output", output.code, output.name)
        for number, basis in enumerate(p.legal_bases, 1):
            yield {
                "@id": self.at("legal-basis", number),
                "@type": "eli:LegalResource",
                "eli:id_local": basis.number or [],
                "dct:title": text(basis.title or basis.number),
            }
        yield from self._agencies()
        yield from self._terms()
        for key in dict.fromkeys(filter(None, (self.version.announcement, self.version.ended_by))):
            yield from announcement(key, self.announcements.get(key), self.publication)
        yield dataset(self.publication)
        yield publisher(self.publication)

    # -- the service ----------------------------------------------------------------------------------------

    def _service(self) -> Node:
        p, version = self.procedure, self.version
        found: Node = {
            "@id": self.at("service"),
            "@type": "cpsv:PublicService",
            "dct:identifier": p.code,
            "dct:title": text(p.name),
            "dct:description": text(_description(p)),
            "dct:language": ref(VIETNAMESE),
            "dct:isPartOf": ref(dataset_iri(self.publication)),
            "dct:spatial": ref(place(p.issuer) if p.scope is Scope.PROVINCIAL else VIET_NAM),
            "adms:status": ref(concept("status", _status(version, self.publication.day))),
            "foaf:page": ref(self.page),
            "cv:hasCompetentAuthority": [ref(agency_iri(one, self.publication)) for one in _competent(p)],
            "cv:hasParticipation": [ref(self.at("participation", n)) for n, _ in enumerate(p.agencies, 1)],
            "cv:sector": [ref(concept("sector", one.code)) for one in p.sectors],
            "dct:audience": [ref(concept("audience", one.code)) for one in p.audiences],
            "dcat:keyword": [text(word) for word in p.keywords],
            "cv:isGroupedBy": [ref(concept("life-event", one.code)) for one in p.life_events],
            "cv:hasChannel": [ref(self.at("channel", n)) for n, _ in enumerate(p.ways, 1)],
            "cv:hasCost": [
                ref(self.at("cost", n, m)) for n, w in enumerate(p.ways, 1) for m, _ in enumerate(w.fees, 1)
            ],
            "cpsv:hasInput": [ref(self.at("paper", n, m)) for n, m, _ in self._papers()],
            "cpsv:follows": [ref(self.at("step", n)) for n, step in enumerate(p.steps, 1) if step.text],
            "cpsv:produces": [ref(self.at("output", n)) for n, _ in enumerate(p.outputs, 1)],
            "cv:holdsRequirement": [ref(one) for one in self._requirements()],
            "cv:hasLegalResource": [ref(self.at("legal-basis", n)) for n, _ in enumerate(p.legal_bases, 1)],
        }
        return filled(found | self._time() | self._extension())

    def _time(self) -> Node:
        """One duration for all channels, where they agree on one."""
        durations = {duration(way.time) for way in self.procedure.ways}
        one = durations.pop() if len(durations) == 1 else None
        return {"cv:processingTime": typed(one, "xsd:duration")} if one else {}

    def _extension(self) -> Node:
        p, version = self.procedure, self.version
        found: Node = {
            "dm:level": terms("level", p.levels),
            "dm:onlineLevel": terms("online-level", [p.online_level] if p.online_level else []),
            "dm:scope": terms("scope", [p.scope] if p.scope else []),
            "dm:feeState": ref(concept("fee-state", p.fee)),
            "dm:validFrom": typed(version.valid_from, "xsd:date"),
            "dm:digest": version.digest,
        }
        if version.valid_to:
            found["dm:validTo"] = typed(version.valid_to, "xsd:date")
        if version.announcement:
            found["dm:announcement"] = ref(announcement_iri(version.announcement, self.publication))
        if version.ended_by:
            found["dm:endedBy"] = ref(announcement_iri(version.ended_by, self.publication))
        if p.local_code:
            found["dm:localCode"] = p.local_code
        found |= {
            f"dm:{name}": text(value) for name, value in (("addresses", p.addresses), ("note", p.note)) if value
        }
        found |= {"dm:illustrative": True} if p.illustrative else {}
        flags = {name: getattr(p, name) for name in TRAITS}
        return found | {f"dm:{TRAITS[name]}": value for name, value in flags.items() if value is not None}

    # -- its parts --------------------------------------------------------------------------------------------

    def _channel(self, number: int, way: Way) -> Iterator[Node]:
        limit = self.at("time-limit", number)
        found: Node = {
            "@id": self.at("channel", number),
            "@type": "cv:Channel",
            "dct:identifier": f"{self.procedure.code}/channel/{number}",
            "dct:type": ref(concept("channel", way.channel)),
        }
        if way.time is not None:
            lasting = duration(way.time)
            found |= {"cv:processingTime": typed(lasting, "xsd:duration")} if lasting else {}
            found["dm:timeLimit"] = ref(limit)
            yield time_limit(limit, way.time)
        yield found

    def _cost(self, way: int, line: int, fee: Fee) -> Iterator[Node]:
        value = {FeeState.FREE: 0, FeeState.AMOUNT: fee.amount}.get(fee.state)
        currency = f"http://publications.europa.eu/resource/authority/currency/{quote(fee.currency)}"
        found: Node = {
            "@id": self.at("cost", way, line),
            "@type": "cv:Cost",
            "dct:identifier": f"{self.procedure.code}/cost/{way}.{line}",
            "dct:description": text(fee.text) if fee.text else [],
            "cv:ifAccessedThrough": ref(self.at("channel", way)),
            "dm:lineState": ref(concept("fee-state", fee.state)),
            "dm:feeKind": ref(concept("fee-kind", fee.kind)),
        }
        if value is not None:
            found |= {"cv:hasValue": typed(value, "xsd:double"), "cv:currency": ref(currency)}
            yield {"@id": currency, "@type": "skos:Concept", "skos:notation": fee.currency}
        yield filled(found)

    def _papers(self) -> Iterator[tuple[int, int, Paper]]:
        for number, case in enumerate(self.procedure.cases, 1):
            for line, paper in enumerate(case.papers, 1):
                yield number, line, paper

    def _evidences(self) -> Iterator[Node]:
        for number, line, paper in self._papers():
            found = entity(self.at("paper", number, line), "cv:Evidence", f"{number}.{line}", paper.name)
            found["dct:identifier"] = f"{self.procedure.code}/paper/{number}.{line}"
            found |= {"adms:identifier": paper.code} if paper.code else {}
            found |= {"dm:originals": paper.originals, "dm:copies": paper.copies}
            told = {"dm:required": paper.required, "dm:electronic": paper.electronic}
            found |= {name: value for name, value in told.items() if value is not None}
            forms = [self.at("form", number, line, place) for place, _ in enumerate(paper.forms, 1)]
            yield filled(found | {"dm:form": list(map(ref, forms))})
            for iri, form in zip(forms, paper.forms, strict=True):
                yield filled(
                    {"@id": iri, "@type": "dm:Form", "dct:title": text(form.name), "dm:path": form.path or []}
                )

    def _rules(self) -> Iterator[Node]:
        """Steps are rules that the service follows; cases and conditions are requirements that it holds."""
        p = self.procedure
        for number, step in enumerate(p.steps, 1):
            if step.text:
                found = entity(self.at("step", number), "cpsv:Rule", "", step.name or f"Bước {number}")
                found["dct:identifier"] = f"{p.code}/step/{number}"
                yield found | {"dct:description": text(step.text)}
        for number, case in enumerate(p.cases, 1):
            if self.at("case", number) in self._requirements():
                found = entity(self.at("case", number), "cv:Requirement", "", case.name or f"Trường hợp {number}")
                found["dct:identifier"] = f"{p.code}/case/{number}"
                papers = [ref(self.at("paper", number, line)) for line, _ in enumerate(case.papers, 1)]
                yield filled(found | {"cv:hasSupportingEvidence": papers})
        if p.requirements:
            found = entity(self.at("requirement"), "cv:Requirement", f"{p.code}/requirement", _REQUIREMENT.vi)
            yield found | {"dct:description": text(p.requirements)}

    def _requirements(self) -> list[str]:
        p = self.procedure
        several = len(p.cases) > 1 or any(case.name for case in p.cases)
        cases = [self.at("case", number) for number, _ in enumerate(p.cases, 1)] if several else []
        return [*cases, *([self.at("requirement")] if p.requirements else [])]

    def _agencies(self) -> Iterator[Node]:
        p = self.procedure
        for number, agency in enumerate(p.agencies, 1):
            role = label("role", agency.role)
            yield {
                "@id": self.at("participation", number),
                "@type": "cv:Participation",
                "dct:identifier": f"{p.code}/participation/{number}",
                "dct:description": text(f"{role}: {agency.name}"),
                "cv:role": ref(concept("role", agency.role)),
                "cv:hasParticipant": ref(agency_iri(agency, self.publication)),
            }
        for agency in (*p.agencies, *_competent(p)):
            yield from organisation(agency, self.publication)
        if p.scope is Scope.PROVINCIAL:
            yield location(place(p.issuer))
        yield location(VIET_NAM)

    def _terms(self) -> Iterator[Node]:
        p = self.procedure
        yield {"@id": VIETNAMESE, "@type": "dct:LinguisticSystem"}
        yield term("status", _status(self.version, self.publication.day))
        for one in p.sectors:
            yield coded("sector", one)
        for one in p.audiences:
            yield audience(one)
        for one in p.life_events:
            iri = concept("life-event", one.code)
            yield entity(iri, "cv:Event", one.code, one.name) | {"@type": ["cv:Event", "cv:LifeEvent"]}
        for level in p.levels:
            yield term("level", level)
        if p.online_level:
            yield term("online-level", p.online_level)
        if p.scope:
            yield term("scope", p.scope)
        for agency in p.agencies:
            yield term("role", agency.role)
        yield term("fee-state", p.fee)
        for way in p.ways:
            yield term("channel", way.channel)
            if way.time:
                yield term("time-unit", way.time.unit)
            for fee in way.fees:
                yield term("fee-state", fee.state)
                yield term("fee-kind", fee.kind)


def _description(procedure: Procedure) -> str:
    """What the service is, in one line made of what its source says; the announced text stands in its parts."""
    told = [
        ("Lĩnh vực", [one.name for one in procedure.sectors]),
        ("Cấp thực hiện", [label("level", level) for level in procedure.levels]),
        ("Cơ quan thực hiện", [one.name for one in procedure.by_role(Role.EXECUTING)]),
    ]
    parts = [f"{name}: {'; '.join(values)}" for name, values in told if values]
    return ". ".join([f"Thủ tục hành chính {procedure.code}: {procedure.name}", *parts])


def _status(version: Version, day: date) -> Status:
    if version.holds(day):
        return Status.IN_FORCE
    return Status.COMING if day < version.valid_from else Status.ENDED


def _competent(procedure: Procedure) -> list[Agency]:
    """Who is competent: as told, else who carries it out, else who issued it."""
    for role in (Role.COMPETENT, Role.EXECUTING, Role.ISSUING):
        if found := procedure.by_role(role):
            return found
    return [UNKNOWN_AGENCY]
