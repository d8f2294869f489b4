"""The question of a search, from what a client wrote to what an engine is asked."""

from datetime import date
from functools import lru_cache
from typing import Annotated

import msgspec
from litestar.params import QueryParameter

from registry.api.labels import EVERY_PROVINCE, FLAG_FACETS, PROVINCE, Labels, vocabulary
from registry.api.parameters import AsOf, Lang, Limit, Offset, day_of, many, one, ordinal, text_of
from registry.api.problems import ParameterInvalid
from registry.twins import FACET
from registry.vocabulary import Audience, Channel, FeeState, Level, OnlineLevel
from search.contract import FACETS, Question
from search.text import fold, repair

SORTS = ("relevance", "name", "code", "-updated")
FOLDS = ("true", "false")
FLAGS = tuple(name for name in FLAG_FACETS if name != "internal")
# Counting a facet that is filtered costs as much as all others together, so this one is counted on request.
PUBLIC = tuple(name for name in FACETS if name not in ("internal", FACET))
# What a filter on procedures between agencies lets through; they are not for citizens.
INTERNAL = {"exclude": ["false", "unknown"], "include": [], "only": ["true"]}
_TRUTH = ("true", "false", "unknown")

Text = Annotated[
    str | None,
    one("q", "What is looked for: words with or without marks, a question, or a code.", "đăng ký khai sinh"),
]
Many = tuple[str, ...]
LevelFilter = Annotated[Many, many("level", "Level of government.", "province", "commune", accepted=Level)]
SectorFilter = Annotated[Many, many("sector", "Code or name of a sector.", "Hộ tịch")]
AgencyFilter = Annotated[
    Many, many("agency", "Code or name of an agency in any role; a code also stands for those below it.", "H55")
]
OnlineFilter = Annotated[
    Many, many("onlineLevel", "Level of the online service.", "full", "partial", accepted=OnlineLevel)
]
ChannelFilter = Annotated[Many, many("channel", "How a dossier can be handed in.", "online", accepted=Channel)]
AudienceFilter = Annotated[
    Many, many("audience", "For whom: a value of the facet, or its label.", Audience.CITIZEN, Audience.COMPANY)
]
EventFilter = Annotated[Many, many("lifeEvent", "Life event: a value of the facet, or its label.", "Có con nhỏ")]
FeeFilter = Annotated[Many, many("fee", "What a source says of the cost.", "free", accepted=FeeState)]
ProvinceFilter = Annotated[
    Many,
    many(
        "province", "A province's catalogue: what is national at its levels, and what it announced itself.", "H55"
    ),
]
InternalFilter = Annotated[
    str | None,
    one(
        "internal",
        "Procedures between agencies: exclude them (the default), include them and count them as a facet, "
        "or only them.",
        "only",
        enum=list(INTERNAL),
    ),
]
Fold = Annotated[
    str | None,
    one(
        "fold",
        "Near-identical procedures that provinces announced each for itself are one result with their codes as "
        "copies (true, the default where there are words to search for), or a result each (false, the default "
        "of a list without words).",
        "false",
        enum=list(FOLDS),
    ),
]
Sort = Annotated[
    str | None,
    one(
        "sort",
        "Order: relevance (the default), name, code, or -updated for the latest in force first.",
        "name",
        enum=list(SORTS),
    ),
]


def flag(name: str, meaning: str) -> QueryParameter:
    return many(name, f"{meaning}; unknown where the source does not say.", "true", accepted=_TRUTH)


class Filters(msgspec.Struct, frozen=True):
    """What a client asked for, each parameter as it was written but for days and numbers."""

    text: str
    day: date
    sort: str
    limit: int
    offset: int
    internal: str
    lang: str | None
    chosen: dict[str, tuple[str, ...]]
    fold: bool = False

    def question(self, labels: Labels) -> Question:
        """The question for an engine. Raises ``ParameterInvalid`` for what no catalogue could have."""
        return Question(
            as_of=ordinal(self.day),
            text=self.text,
            filters=self._filters(labels),
            facets=(*PUBLIC, "internal") if self.internal == "include" else PUBLIC,
            sort=self.sort,
            limit=self.limit,
            offset=self.offset,
        )

    def _filters(self, labels: Labels) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for name, values in self.chosen.items():
            given = [value for value in values if value.strip()]
            if given:
                found[name] = list(dict.fromkeys(code for one in given for code in values_of(name, one, labels)))
        if "province" in found:
            found["province"].append(EVERY_PROVINCE)
        if INTERNAL[self.internal]:
            found["internal"] = INTERNAL[self.internal]
        return found


def values_of(name: str, given: str, labels: Labels) -> list[str]:
    """The facet values that a written value stands for."""
    if name == "province":
        return _provinces(given, labels)
    if name in ("sector", "agency", "lifeEvent"):
        return labels.codes(name, repair(given))
    known = _vocabulary("flag" if name in FLAGS else name)
    found = known.get(fold(repair(given)))
    if found is not None:
        return [found]
    if name == "audience":  # open: a catalogue may know one that the vocabulary lacks
        return [given]
    accepted = list(dict.fromkeys(known.values()))
    raise ParameterInvalid(
        name, f"{name}: {given[:60]!r} is none of its values; accepted: {', '.join(accepted)}", accepted
    )


_vocabulary = lru_cache(maxsize=16)(vocabulary)


def _provinces(given: str, labels: Labels) -> list[str]:
    known = labels.provinces
    found = [code for code in labels.codes("agency", repair(given)) if code in known]
    if found:
        return found
    reason = (
        "is no province of this catalogue" if PROVINCE.fullmatch(given) else "is not a province's code, like H55"
    )
    raise ParameterInvalid("province", f"province: {given[:40]!r} {reason}", known)


def choice(name: str, given: str | None, accepted: tuple[str, ...] | dict[str, list[str]]) -> str:
    """One of a few values, the first where none is given."""
    values = list(accepted)
    value = (given or values[0]).strip()
    if value not in values:
        detail = f"{name}: {value[:40]!r} is none of its values; accepted: {', '.join(values)}"
        raise ParameterInvalid(name, detail, values)
    return value


def read_filters(
    q: Text = None,
    level: LevelFilter = (),
    sector: SectorFilter = (),
    agency: AgencyFilter = (),
    online_level: OnlineFilter = (),
    channel: ChannelFilter = (),
    audience: AudienceFilter = (),
    life_event: EventFilter = (),
    fee: FeeFilter = (),
    online_payment: Annotated[Many, flag("onlinePayment", "Whether fees can be paid online")] = (),
    e_result: Annotated[Many, flag("eResult", "Whether the result is issued electronically")] = (),
    interlinked: Annotated[
        Many, flag("interlinked", "Whether it is carried out by several agencies in one go")
    ] = (),
    essential: Annotated[Many, flag("essential", "Whether it is one of the essential public services")] = (),
    postal: Annotated[Many, flag("postal", "Whether it is offered through the public post")] = (),
    service_centre: Annotated[Many, flag("serviceCentre", "Whether a service centre receives it")] = (),
    province: ProvinceFilter = (),
    internal: InternalFilter = None,
    fold: Fold = None,
    as_of: AsOf = None,
    sort: Sort = None,
    limit: Limit = 20,
    offset: Offset = 0,
    lang: Lang = None,
) -> Filters:
    """The filters of a request, from its parameters."""
    return Filters(
        text=text_of("q", q),
        day=day_of("asOf", as_of),
        sort=choice("sort", sort, SORTS),
        limit=limit,
        offset=offset,
        internal=choice("internal", internal, INTERNAL),
        # A search is answered for people; without words the list is the catalogue, of which nothing folds.
        fold=choice("fold", fold or ("true" if q and q.strip() else "false"), FOLDS) == "true",
        lang=lang,
        chosen={
            "level": level,
            "sector": sector,
            "agency": agency,
            "onlineLevel": online_level,
            "channel": channel,
            "audience": audience,
            "lifeEvent": life_event,
            "fee": fee,
            "onlinePayment": online_payment,
            "eResult": e_result,
            "interlinked": interlinked,
            "essential": essential,
            "postal": postal,
            "serviceCentre": service_centre,
            "province": province,
        },
    )
