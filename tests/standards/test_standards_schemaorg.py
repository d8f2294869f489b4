"""schema.org: only properties that its types have, and nothing that would break out of a page."""

from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from registry.exchange.schemaorg import government_service, markup

ADDRESS = "https://tthc.example.vn"
# As schema.org defines them: the properties that are used, by the type that has them or inherits them.
PROPERTIES = {
    "GovernmentService": {
        "name", "identifier", "url", "serviceType", "provider", "serviceOperator", "areaServed", "jurisdiction",
        "audience", "availableChannel", "offers", "serviceOutput", "category",
    },
    "GovernmentOrganization": {"name", "identifier"},
    "AdministrativeArea": {"name"},
    "Country": {"name"},
    "Audience": {"audienceType"},
    "ServiceChannel": {"name", "availableLanguage", "serviceUrl", "processingTime"},
    "Language": {"name", "alternateName"},
    "Offer": {"name", "price", "priceCurrency", "description"},
    "Thing": {"name"},
}  # fmt: skip


def check(found: Any) -> None:
    for one in found if isinstance(found, list) else [found]:
        if isinstance(one, dict):
            kind = one["@type"]
            assert {name for name in one if not name.startswith("@")} <= PROPERTIES[kind], kind
            for value in one.values():
                check(value)


def test_only_properties_that_the_types_have_are_used(scene: SimpleNamespace) -> None:
    for procedure in (scene.RICH, scene.BARE, scene.PROVINCIAL):
        check(government_service(scene.version(procedure), ADDRESS))


def test_no_price_is_told_where_the_cost_is_not_known(scene: SimpleNamespace) -> None:
    offers = government_service(scene.version(scene.RICH), ADDRESS)["offers"]
    assert [(one.get("price"), one.get("priceCurrency")) for one in offers] == [
        (0, "VND"),
        (50_000, "VND"),
        (20, "USD"),
        (None, None),
    ]


def test_working_days_are_no_duration(scene: SimpleNamespace) -> None:
    channels = government_service(scene.version(scene.RICH), ADDRESS)["availableChannel"]
    assert [one.get("processingTime") for one in channels] == [None, "P7DT12H", None, "P2M"]


def test_the_page_may_be_elsewhere_than_the_data(scene: SimpleNamespace) -> None:
    found = government_service(scene.version(scene.RICH), ADDRESS, "https://tthc.example.vn/thu-tuc/1.000001")
    assert found["url"] == "https://tthc.example.vn/thu-tuc/1.000001"
    assert found["@id"] == "https://tthc.example.vn/api/procedures/1.000001#service"


@pytest.mark.parametrize("name", ["</script><script>alert(1)</script>", "a & b <!--", "dòng\u2028mới"])
def test_no_name_can_end_the_element_that_holds_the_markup(scene: SimpleNamespace, name: str) -> None:
    text = markup(scene.version(msgspec.structs.replace(scene.RICH, name=name)), ADDRESS)
    assert not set("<>&\u2028") & set(text)
    assert msgspec.json.decode(text)["name"] == name
