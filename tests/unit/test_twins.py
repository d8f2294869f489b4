"""What makes near-identical procedures of provinces twins."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry import twins
from registry.procedure import Agency, Procedure
from registry.vocabulary import Level, Role, Scope

HA_TINH = "UBND tỉnh Hà Tĩnh"
HAI_PHONG = "UBND Thành phố Hải Phòng"


def procedure(name: str = "Cấp lại giấy", issuer: str = HA_TINH, scope: Scope = Scope.PROVINCIAL) -> Procedure:
    agencies = (Agency(Role.ISSUING, issuer, "H27"),)
    return Procedure(code="1.000001", name=name, scope=scope, levels=(Level.PROVINCE,), agencies=agencies)


def key(name: str, issuer: str) -> str:
    return twins.key(name, issuer, ("province",))


@pytest.mark.parametrize(
    "name",
    [
        "Hỗ trợ người có công tỉnh Hà Tĩnh",
        "Thủ tục hỗ trợ người có công",
        "Trình tự, thủ tục hỗ trợ người có công",
        "Hỗ trợ người có công trên địa bàn tỉnh Hà Tĩnh.",
        "HỖ TRỢ NGƯỜI CÓ CÔNG của tỉnh  Hà Tĩnh",
    ],
)
def test_province_preamble_case_and_punctuation_make_no_difference(name: str) -> None:
    assert key(name, HA_TINH) == key("Hỗ trợ người có công - thành phố Hải Phòng", HAI_PHONG)


def test_another_thing_has_another_key() -> None:
    assert key("Cấp lại giấy", HA_TINH) != key("Cấp đổi giấy", HA_TINH)


def test_the_name_of_another_province_is_part_of_the_name() -> None:
    assert key("Hỗ trợ tỉnh Hà Tĩnh", HAI_PHONG) != key("Hỗ trợ", HAI_PHONG)


def test_the_same_name_at_another_level_is_another_procedure() -> None:
    assert twins.key("Cấp lại", HA_TINH, ("province",)) != twins.key("Cấp lại", HA_TINH, ("commune",))


@pytest.mark.parametrize("scope", [Scope.NATIONAL, Scope.INTERNAL, None])
def test_only_procedures_of_provinces_have_twins(scope: Scope) -> None:
    assert twins.values(procedure(scope=scope)) == []
    assert len(twins.values(procedure())) == 1


def test_an_internal_procedure_of_a_province_has_no_twins() -> None:
    assert twins.values(msgspec.structs.replace(procedure(), internal=True)) == []


@given(st.text(max_size=40), st.text(max_size=20), st.sampled_from([None, *Scope]))
def test_a_hit_has_the_key_of_its_procedure(name: str, place: str, scope: Scope) -> None:
    one = procedure(name, f"UBND tỉnh {place}", scope)
    shown = {
        "name": one.name,
        "scope": one.scope,
        "internal": one.is_internal,
        "levels": one.levels,
        "agency": one.issuer,
    }
    found = twins.shown(msgspec.json.encode(shown))
    assert ([found] if found else []) == twins.values(one)
