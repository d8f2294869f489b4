"""CPSV-AP: what is published conforms to SEMIC's shapes and our own, and says nothing that the source does not."""

import os
from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pyshacl
import pytest
import rdflib
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from rdflib.compare import isomorphic

from registry.catalogue.versions import Version
from registry.exchange import cpsv, dcat, graph, profile
from registry.exchange.cpsv import Shared
from registry.exchange.entities import duration
from registry.intake.formats import detect
from registry.intake.record import Record
from registry.procedure import Procedure, ProcessingTime
from registry.vocabulary import FeeState, Role, Scope, TimeUnit

CV, DCT = rdflib.Namespace("http://data.europa.eu/m8g/"), rdflib.DCTERMS
DM, SH = rdflib.Namespace("urn:danhmuc:profile:"), rdflib.SH


def parsed(nodes: Iterable[graph.Node]) -> rdflib.Graph:
    return rdflib.Graph().parse(data=graph.prefixes() + graph.turtle(nodes), format="turtle")


def faults(data: rdflib.Graph, shapes: rdflib.Graph) -> str:
    conforms, _, text = pyshacl.validate(data, shacl_graph=shapes)
    return "" if conforms else text


SHARED = Path(os.environ.get("DANHMUC_SHARED", Path(__file__).parents[3] / "shared"))


@pytest.fixture(scope="module")
def semic() -> rdflib.Graph:
    path = SHARED / "data" / "cpsv-ap-3.2.0" / "cpsv-ap-SHACL.ttl"
    if not path.is_file():
        pytest.skip(f"SEMIC's shapes are absent: {path}")
    return rdflib.Graph().parse(path)


@pytest.fixture(scope="module")
def own() -> rdflib.Graph:
    return parsed(profile.document("https://tthc.example.vn"))


@pytest.fixture(scope="module")
def told(scene: SimpleNamespace) -> Callable[..., list[graph.Node]]:
    """The nodes of procedures, as one document."""

    def tell(*found: Procedure | Version) -> list[graph.Node]:
        shared, known = Shared(), {one.id: one for one in (scene.FIRST, scene.SECOND)}
        versions = [one if isinstance(one, Version) else scene.version(one) for one in found]
        return [n for one in versions for n in shared.fresh(cpsv.nodes(one, known, scene.publication))]

    return tell


@pytest.fixture(scope="module")
def whole(told: Any, scene: SimpleNamespace) -> rdflib.Graph:
    return parsed(told(scene.RICH, scene.BARE, scene.PROVINCIAL))


def test_every_kind_of_value_conforms_to_the_shapes_of_semic(whole: rdflib.Graph, semic: rdflib.Graph) -> None:
    assert not faults(whole, semic)


def test_every_kind_of_value_conforms_to_our_own_shapes(whole: rdflib.Graph, own: rdflib.Graph) -> None:
    assert not faults(whole, own)


def test_the_shapes_notice_what_is_missing(told: Any, scene: SimpleNamespace, semic: rdflib.Graph) -> None:
    nodes = [{name: value for name, value in node.items() if name != "dct:title"} for node in told(scene.RICH)]
    assert "Less than 1 values" in faults(parsed(nodes), semic)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("cv:hasValue", graph.typed(0, "xsd:double")),
        ("dm:lineState", graph.ref("urn:danhmuc:fee-state:perhaps")),
        ("dm:lineState", []),
    ],
)
def test_our_shapes_refuse_a_cost_that_says_what_its_source_does_not(
    told: Any, scene: SimpleNamespace, own: rdflib.Graph, name: str, value: object
) -> None:
    nodes = told(scene.RICH)
    unknown = next(
        node for node in nodes if node.get("dm:lineState") == graph.ref("urn:danhmuc:fee-state:unknown")
    )
    wrong = [node | {name: value} if node is unknown else node for node in nodes]
    assert faults(parsed(wrong), own)


def test_turtle_and_json_ld_say_the_same(told: Any, scene: SimpleNamespace) -> None:
    nodes = told(scene.RICH, scene.PROVINCIAL)
    other = rdflib.Graph().parse(data=graph.jsonld(nodes), format="json-ld")
    assert isomorphic(parsed(nodes), other)


@given(text=st.text(max_size=60).filter(lambda text: text.isprintable() or "\n" in text))
@hypothesis_settings(max_examples=25, deadline=None)
def test_any_text_comes_through_turtle_as_it_is(text: str) -> None:
    found = parsed([{"@id": "urn:x:1", "dct:title": graph.text(text)}])
    assert [str(value) for value in found.objects(None, DCT.title)] == [text]


def test_every_property_of_ours_is_in_the_profile_with_words_in_both_languages(
    whole: rdflib.Graph, own: rdflib.Graph
) -> None:
    used = {name for name in whole.predicates() if name in DM}
    assert used
    for name in used:
        assert {label.language for label in own.objects(name, rdflib.RDFS.label)} == {"vi", "en"}
    assert {one.name for one in profile.properties() if one.domain == profile.SERVICE} >= {
        "eResult",
        "onlinePayment",
    }


def test_online_levels_of_the_two_schemes_are_in_different_schemes(own: rdflib.Graph) -> None:
    full, four = (rdflib.URIRef(f"urn:danhmuc:online-level:{name}") for name in ("full", "level-4"))
    assert own.value(full, rdflib.SKOS.inScheme) != own.value(four, rdflib.SKOS.inScheme)


def test_the_district_level_has_its_end(own: rdflib.Graph) -> None:
    district = rdflib.URIRef("urn:danhmuc:level:district")
    assert str(own.value(district, DM.validTo)) == "2025-07-01"


@pytest.mark.parametrize(
    ("time", "said"),
    [
        (ProcessingTime(TimeUnit.WORKING_DAY, 5), None),
        (ProcessingTime(TimeUnit.DAY, 15), "P15D"),
        (ProcessingTime(TimeUnit.DAY, 7.5), "P7DT12H"),
        (ProcessingTime(TimeUnit.DAY, 0.5), "PT12H"),
        (ProcessingTime(TimeUnit.HOUR, 8), "PT8H"),
        (ProcessingTime(TimeUnit.HOUR, 1.5), "PT1H30M"),
        (ProcessingTime(TimeUnit.MONTH, 2), "P2M"),
        (ProcessingTime(TimeUnit.MONTH, 1.5), None),
        (ProcessingTime(TimeUnit.YEAR, 1), "P1Y"),
        (ProcessingTime(TimeUnit.OTHER, None, "ngay"), None),
        (ProcessingTime(TimeUnit.DAY, 0), None),
        (None, None),
    ],
)
def test_a_time_limit_is_a_duration_only_where_one_can_say_it(
    time: ProcessingTime | None, said: str | None
) -> None:
    assert duration(time) == said


def test_working_days_are_told_in_our_own_words(whole: rdflib.Graph, scene: SimpleNamespace) -> None:
    channel = rdflib.URIRef("https://tthc.example.vn/api/procedures/1.000001#channel-1")
    assert whole.value(channel, CV.processingTime) is None
    limit = whole.value(channel, DM.timeLimit)
    assert str(whole.value(limit, DM.unit)) == "urn:danhmuc:time-unit:working-day"
    assert whole.value(limit, DM.value).toPython() == 5


def test_a_cost_that_is_not_known_has_no_value(whole: rdflib.Graph) -> None:
    states = {
        str(state).rpartition(":")[2]: whole.value(cost, CV.hasValue)
        for cost, state in whole.subject_objects(DM.lineState)
    }
    assert states.keys() == {state.value for state in FeeState}
    assert states["free"].toPython() == 0
    assert states["amount"].toPython() in (20, 50_000)
    assert states["schedule"] is states["unknown"] is None


def test_a_flag_that_the_source_does_not_give_is_left_out(whole: rdflib.Graph) -> None:
    bare = rdflib.URIRef("https://tthc.example.vn/api/procedures/1.000002#service")
    rich = rdflib.URIRef("https://tthc.example.vn/api/procedures/1.000001#service")
    assert whole.value(bare, DM.eResult) is None
    assert whole.value(rich, DM.eResult).toPython() is True
    assert whole.value(rich, DM.onlinePayment).toPython() is False


def test_a_procedure_without_agencies_names_an_unknown_one(whole: rdflib.Graph) -> None:
    bare = rdflib.URIRef("https://tthc.example.vn/api/procedures/1.000002#service")
    assert str(whole.value(bare, CV.hasCompetentAuthority)).endswith("/api/agencies/unknown#agency")


@pytest.mark.parametrize(
    ("start", "end", "status"),
    [
        (date(2025, 1, 1), None, "in-force"),
        (date(2025, 1, 1), date(2025, 8, 1), "ended"),
        (date(2025, 8, 2), None, "coming"),
    ],
)
def test_the_status_is_that_of_the_day(
    told: Any, scene: SimpleNamespace, start: date, end: date | None, status: str
) -> None:
    service = told(scene.version(scene.BARE, start, end))[0]
    assert service["adms:status"] == graph.ref(f"urn:danhmuc:status:{status}")


def test_codes_cannot_break_out_of_an_address(told: Any, scene: SimpleNamespace) -> None:
    odd = msgspec.structs.replace(scene.BARE, code='1> "x" <b', name="Tên")
    assert len(parsed(told(odd))) > 10


def test_the_dataset_is_described_with_all_that_dcat_ap_wants(scene: SimpleNamespace, semic: rdflib.Graph) -> None:
    facts = dcat.Facts(12, None, date(2024, 1, 2))
    found = parsed(dcat.entry(scene.publication, facts))
    dataset = rdflib.URIRef("https://tthc.example.vn/api/dataset#dataset")
    for name in (DCT.title, DCT.description, DCT.publisher, DCT.spatial, DCT.temporal, rdflib.DCAT.distribution):
        assert found.value(dataset, name) is not None
    forms = list(found.objects(dataset, rdflib.DCAT.distribution))
    assert len(forms) == len(dcat.DISTRIBUTIONS)
    for form in forms:
        assert str(found.value(form, DCT.license)) == "https://example.vn/giay-phep"
        assert found.value(form, rdflib.DCAT.accessURL) is not None
    assert not faults(found, semic)


# -- real procedures -------------------------------------------------------------------------------------------

DIRT: dict[str, Callable[[Record], Any]] = {
    "free": lambda r: r.procedure.fee is FeeState.FREE,
    "schedule": lambda r: r.procedure.fee is FeeState.SCHEDULE,
    "unknown fee with a text": lambda r: any(
        f.state is FeeState.UNKNOWN and f.text for w in r.procedure.ways for f in w.fees
    ),
    "dollars": lambda r: any(f.currency != "VND" for w in r.procedure.ways for f in w.fees),
    "half days": lambda r: any(w.time and isinstance(w.time.value, float) for w in r.procedure.ways),
    "time as text": lambda r: any(w.time and w.time.value is None for w in r.procedure.ways),
    "one channel twice": lambda r: len(r.procedure.channels) < len(r.procedure.ways),
    "nobody executes": lambda r: not r.procedure.by_role(Role.EXECUTING),
    "no legal basis": lambda r: not r.procedure.legal_bases,
    "no papers": lambda r: not r.procedure.cases,
    "many cases": lambda r: len(r.procedure.cases) > 5,
    "no announcement": lambda r: r.announcement is None,
    "life events": lambda r: r.procedure.life_events,
    "keywords": lambda r: r.procedure.keywords,
    "of one province": lambda r: r.procedure.scope is Scope.PROVINCIAL,
    "internal": lambda r: r.procedure.is_internal,
    "long name": lambda r: len(r.procedure.name) > 500,
    "glyphs": lambda r: any(note.rule == "private-glyph" for note in r.notes),
    "addresses": lambda r: "\n" in r.procedure.addresses,
    "essential result": lambda r: r.procedure.e_result,
}


def test_real_procedures_with_every_kind_of_dirt_conform(
    real_archive: Path, told: Any, scene: SimpleNamespace, semic: rdflib.Graph, own: rdflib.Graph
) -> None:
    source, wanted, found = detect(real_archive), dict(DIRT), []
    for number, raw in enumerate(source.raws()):
        record = source.parse(raw)  # type: ignore[arg-type]  # no rejections here
        kinds = [kind for kind, is_so in wanted.items() if isinstance(record, Record) and is_so(record)]
        if kinds:
            found.append(record)
            for kind in kinds:
                del wanted[kind]
        if not wanted or number > 700:
            break
    assert len(DIRT) - len(wanted) >= 15, f"too few kinds were met; not {', '.join(wanted)}"
    data = parsed(told(*(scene.version(record.procedure) for record in found)))
    assert not faults(data, semic)
    assert not faults(data, own)
