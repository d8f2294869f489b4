"""Procedures found, each with what is told of it at a glance.

Nearly all of that is the same whatever was asked: it is written once for each procedure, and kept as HTML.
"""

import re
from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from typing import NamedTuple

import msgspec
from markupsafe import Markup

from registry.api.folding import Folded
from registry.procedure import Fee, ProcessingTime
from registry.vocabulary import Channel, FeeState, Level, OnlineLevel, OnlineScheme, Scope, TimeUnit, label
from registry.web.addresses import link
from registry.web.rendering import macros
from registry.web.wording import said
from registry.web.writing import decimal, money, number
from search.contract import Hit
from search.text import fold

_LONGEST_TEXT = 80
# What tells procedures of one name apart, what people know best first.
_APART = ("issuer", "levels", "sector", "place", "time", "fee", "online")
# What the name of a province's committee begins with: "UBND tỉnh Gia Lai" announces for "tỉnh Gia Lai".
_PEOPLE = re.compile(r"^(?:UBND|[ỦU]\w ban nhân dân)\s+", re.IGNORECASE)
_KINDS = {OnlineLevel.FULL: "ok", OnlineLevel.PARTIAL: "info"}


class Named(msgspec.Struct, frozen=True, gc=False):
    """Whatever has a name: a sector, an agency."""

    name: str


class Shown(msgspec.Struct, frozen=True, rename="camel"):
    """What is shown of a ``registry.indexing.Summary``, the payload of a hit; what is not is never decoded."""

    code: str
    name: str
    sectors: tuple[Named, ...]
    levels: tuple[Level, ...]
    agency: Named | None
    agencies: tuple[Named, ...]
    online_level: OnlineLevel | None
    channels: tuple[Channel, ...]
    fee: FeeState
    processing_time: ProcessingTime | None
    fees: tuple[Fee, ...]
    scope: Scope | None
    internal: bool
    valid_from: date
    illustrative: bool


class Issued(msgspec.Struct, frozen=True):
    """What is shown of a copy."""

    code: str
    agency: Named | None


class Copy(NamedTuple):
    """A near-identical procedure of another province."""

    code: str
    address: str
    issuer: str


class Told(NamedTuple):
    """What is told of a procedure, whatever was asked. ``kind`` colours ``online``; ``folded`` is its name."""

    code: str
    online: str
    kind: str
    levels: str
    place: str
    places: int
    time: str
    fee: str
    channels: str
    issuer: str
    local: str
    sector: str
    since: date
    internal: bool
    illustrative: bool
    folded: str


class Card(NamedTuple):
    """A procedure in the list. ``name`` is HTML with marks, ``tags`` and ``facts`` are what is ``told``; ``apart``
    says what differs from others of the same name on the page, ``""`` where none is there."""

    name: Markup
    address: str
    told: Told
    tags: Markup
    facts: Markup
    copies: list[Copy]
    apart: str = ""


# The procedures that are found most are found again and again, and the engine gives each as the same bytes.
# One takes 2 KB.
MOST_KEPT = 4096
_shown = msgspec.json.Decoder(Shown).decode
_issued = lru_cache(maxsize=MOST_KEPT)(msgspec.json.Decoder(Issued).decode)


def cards(folded: Folded, day: date | None, language: str) -> list[Card]:
    """What was found, in its order. Addresses name the ``day`` where one was asked for."""
    found = [
        _card(hit, copies, day, language) for hit, copies in zip(folded.answer.hits, folded.copies, strict=True)
    ]
    return _told_apart(found, language)


def address(code: str, day: date | None, language: str) -> str:
    """The page of a procedure."""
    return link(language, f"/thu-tuc/{code}", ngay=day)


def _card(hit: Hit, copies: Sequence[Hit], day: date | None, language: str) -> Card:
    told, tags, facts = _kept(hit.payload, language)
    return Card(
        name=Markup(hit.highlight),  # noqa: S704 - the engine escapes names and adds nothing but marks
        address=address(told.code, day, language),
        told=told,
        tags=tags,
        facts=facts,
        copies=[_copy(copy, day, language) for copy in copies],
    )


@lru_cache(maxsize=MOST_KEPT)
def _kept(payload: bytes, language: str) -> tuple[Told, Markup, Markup]:
    told = _told(_shown(payload), language)
    written = macros("search/kept.html", language)
    return told, written.tags(told), written.facts(told)


def _told(one: Shown, language: str) -> Told:
    online, kind = online_of(one, language)
    return Told(
        code=one.code,
        online=online,
        kind=kind,
        levels=", ".join(label("level", level, language) for level in one.levels),
        place=one.agencies[0].name if one.agencies else "",
        places=max(0, len(one.agencies) - 1),
        time=time_of(one.processing_time, language),
        fee=fee_of(one.fee, one.fees, language),
        channels=", ".join(label("channel", channel, language) for channel in one.channels),
        issuer=one.agency.name if one.agency else "",
        local=_PEOPLE.sub("", one.agency.name) if one.scope is Scope.PROVINCIAL and one.agency else "",
        sector=one.sectors[0].name if one.sectors else "",
        since=one.valid_from,
        internal=one.internal,
        illustrative=one.illustrative,
        folded=fold(one.name),
    )


def _copy(hit: Hit, day: date | None, language: str) -> Copy:
    one = _issued(hit.payload)
    return Copy(one.code, address(one.code, day, language), one.agency.name if one.agency else "")


def online_of(one: Shown, language: str) -> tuple[str, str]:
    """How far it can be done online, and the kind of that. A source that says so but names no online channel is
    doubted."""
    level = one.online_level
    if level is None:
        return said(language, "search.online.unknown"), ""
    text = label("onlineLevel", level, language)
    if level.scheme is OnlineScheme.LEVELS:
        return said(language, "search.online.old", level=text), ""
    if level in _KINDS and Channel.ONLINE not in one.channels:
        return said(language, "search.online.doubtful", level=text), "warn"
    return said(language, f"search.online.{level.value}"), _KINDS.get(level, "")


def time_of(time: ProcessingTime | None, language: str) -> str:
    """How long it takes; a text of the source where that is all there is, and short."""
    if time is None:
        return said(language, "search.unknown")
    if time.value is not None:
        unit = label("timeUnit", time.unit, language)
        whole = float(time.value).is_integer()
        value = number(language, int(time.value)) if whole else decimal(language, time.value, 2).rstrip("0")
        if language == "en" and time.value == 1:
            unit = unit.removesuffix("s")
        return f"{value} {unit}" if time.unit is not TimeUnit.OTHER else f"{value} ({unit})"
    if time.text and len(time.text) <= _LONGEST_TEXT:
        return time.text
    return said(language, "search.time.described")


def fee_of(state: FeeState, fees: Sequence[Fee], language: str) -> str:
    """What it costs: free only where a source says so, an amount or their range, by a schedule, or unknown."""
    if state is FeeState.FREE:
        return label("fee", state, language)
    if state is FeeState.UNKNOWN:
        return said(language, "search.unknown")
    if state is FeeState.SCHEDULE:
        return said(language, "search.fee.schedule")
    priced = [fee for fee in fees if fee.state is FeeState.AMOUNT and fee.amount is not None]
    if not priced or len({fee.currency for fee in priced}) > 1:
        return said(language, "search.fee.varies")
    amounts = sorted({fee.amount for fee in priced if fee.amount is not None})
    least, most = (_amount(one, priced[0].currency, language) for one in (amounts[0], amounts[-1]))
    if any(fee.state is not FeeState.AMOUNT for fee in fees):
        return said(language, "search.fee.from", least=least)
    return least if least == most else said(language, "search.fee.range", least=least, most=most)


def _amount(amount: int, currency: str, language: str) -> str:
    return money(language, amount) if currency == "VND" else f"{number(language, amount)} {currency}"


def _telling(twins: Sequence[Told]) -> list[str]:
    """The one thing that differs between all of them, or the first two that differ at all."""
    kinds = {name: len({getattr(one, name) for one in twins}) for name in _APART}
    alone = next((name for name, count in kinds.items() if count == len(twins)), None)
    return [alone] if alone else [name for name, count in kinds.items() if count > 1][:2]


def _told_apart(found: list[Card], language: str) -> list[Card]:
    """The cards, those of one name with what tells them apart."""
    alike: defaultdict[str, list[int]] = defaultdict(list)
    for place, card in enumerate(found):
        alike[card.told.folded].append(place)
    for places in alike.values():
        if len(places) < 2:
            continue
        twins = [found[place].told for place in places]
        telling = _telling(twins)
        for place, told in zip(places, twins, strict=True):
            values = [(name, getattr(told, name)) for name in telling]
            parts = [said(language, f"search.apart.{name}", value=value) for name, value in values if value]
            code = said(language, "search.apart.code", value=told.code)
            found[place] = found[place]._replace(apart="; ".join(parts or [code]))
    return found
