"""schema.org's ``GovernmentService``: what search engines read out of a procedure's page."""

from typing import Any
from urllib.parse import quote

import msgspec

from registry.catalogue.versions import Version
from registry.exchange.entities import duration
from registry.procedure import Agency, Fee, Procedure, Way
from registry.vocabulary import Channel, FeeState, Role, Scope, label

_encode = msgspec.json.Encoder().encode
# What would end the element that holds the markup, or begin another: escaped, it is the same JSON.
_ESCAPES = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}


def government_service(version: Version, address: str, page: str | None = None) -> dict[str, Any]:
    """A version as a ``GovernmentService``; ``address`` is the registry's, ``page`` the address of its page.

    Only what the source says: no price where the cost is unknown, no duration for working days.
    """
    p = version.procedure
    data = f"{address}/api/procedures/{quote(version.code, safe='')}"
    found: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "GovernmentService",
        "@id": f"{data}#service",
        "name": p.name,
        "identifier": p.code,
        "url": page or data,
        "serviceType": [sector.name for sector in p.sectors],
        "provider": [_organisation(one) for one in p.by_role(Role.EXECUTING)],
        "serviceOperator": [_organisation(one) for one in p.by_role(Role.COMPETENT)],
        "areaServed": _area(p),
        "jurisdiction": _area(p),
        "audience": [{"@type": "Audience", "audienceType": one.name} for one in p.audiences],
        "availableChannel": [_channel(way, page or data) for way in p.ways],
        "offers": [offer for way in p.ways for fee in way.fees if (offer := _offer(fee, way))],
        "serviceOutput": [{"@type": "Thing", "name": one.name} for one in p.outputs],
        "category": [one.name for one in p.life_events],
    }
    return {name: value for name, value in found.items() if value not in ([], "")}


def markup(version: Version, address: str, page: str | None = None) -> str:
    """The same as text for a page's ``script`` element of type ``application/ld+json``."""
    text = _encode(government_service(version, address, page)).decode()
    for char, escape in _ESCAPES.items():
        text = text.replace(char, escape)
    return text


def _organisation(agency: Agency) -> dict[str, Any]:
    found = {"@type": "GovernmentOrganization", "name": agency.name}
    return found | ({"identifier": agency.code} if agency.code else {})


def _area(procedure: Procedure) -> dict[str, Any]:
    issuer = procedure.issuer
    if procedure.scope is Scope.PROVINCIAL and issuer is not None:
        return {"@type": "AdministrativeArea", "name": issuer.name}
    return {"@type": "Country", "name": "Việt Nam"}


def _channel(way: Way, url: str) -> dict[str, Any]:
    found: dict[str, Any] = {
        "@type": "ServiceChannel",
        "name": label("channel", way.channel),
        "availableLanguage": {"@type": "Language", "name": "Tiếng Việt", "alternateName": "vi"},
    }
    if way.channel is Channel.ONLINE:
        found["serviceUrl"] = url
    lasting = duration(way.time)
    return found | ({"processingTime": lasting} if lasting else {})


def _offer(fee: Fee, way: Way) -> dict[str, Any] | None:
    """A fee line, where the source tells an amount or that it is free, or the words of a schedule."""
    price = {FeeState.FREE: 0, FeeState.AMOUNT: fee.amount}.get(fee.state)
    if price is None and not fee.text:
        return None
    found: dict[str, Any] = {
        "@type": "Offer",
        "name": f"{label('feeKind', fee.kind)}, {label('channel', way.channel)}",
    }
    if price is not None:
        found |= {"price": price, "priceCurrency": fee.currency}
    return found | ({"description": fee.text} if fee.text else {})
