"""What a definition may ask of a procedure: each trait has values, and unknown is a value of its own."""

from collections.abc import Callable, Iterable

from registry.indexing import flag
from registry.procedure import FLAGS, Procedure
from registry.sections import SEVEN_PARTS, missing_parts
from registry.vocabulary import Audience, Channel, FeeState, Level, OnlineLevel, OnlineScheme, Scope

_ONLINE = {OnlineLevel.FULL, OnlineLevel.PARTIAL, OnlineLevel.LEVEL_3, OnlineLevel.LEVEL_4}
_PEOPLE = {
    Audience.CITIZEN,
    Audience.CITIZEN_NO_RESIDENCE,
    Audience.OVERSEAS_VIETNAMESE,
    Audience.FOREIGNER,
    Audience.FOREIGN_RESIDENT,
    Audience.FOREIGN_RESIDENT_PAST,
    Audience.CIVIL_SERVANT,
    Audience.PARTY_MEMBER,
}
YES_NO = ("true", "false", "unknown")
UNKNOWN = "unknown"


def _online(procedure: Procedure) -> bool:
    """Offered online: by its channels, or by its level. Many that are fully online list no channel."""
    return Channel.ONLINE in procedure.channels or procedure.online_level in _ONLINE


def _audience(procedure: Procedure) -> Iterable[str]:
    return (term.code for term in procedure.audiences) if procedure.audiences else (UNKNOWN,)


def _people(procedure: Procedure) -> bool | None:
    codes = {term.code for term in procedure.audiences}
    return bool(codes & _PEOPLE) if codes else None


# By name: how the values are read, and which there are (none: any).
TRAITS: dict[str, tuple[Callable[[Procedure], Iterable[str]], tuple[str, ...]]] = {
    "level": (lambda p: p.levels or (UNKNOWN,), (*Level, UNKNOWN)),
    "scope": (lambda p: (p.scope or UNKNOWN,), (*Scope, UNKNOWN)),
    "online": (lambda p: (flag(_online(p)),), YES_NO),
    "online_level": (lambda p: (p.online_level or UNKNOWN,), (*OnlineLevel, UNKNOWN)),
    "online_scheme": (
        lambda p: (p.online_level.scheme if p.online_level else UNKNOWN,),
        (*OnlineScheme, UNKNOWN),
    ),
    "channel": (lambda p: p.channels or (UNKNOWN,), (*Channel, UNKNOWN)),
    "fee": (lambda p: (p.fee,), tuple(FeeState)),
    "audience": (_audience, (*Audience, UNKNOWN)),
    "people": (lambda p: (flag(_people(p)),), YES_NO),
    "internal": (lambda p: (flag(p.is_internal),), YES_NO),
    "complete": (lambda p: (flag(not missing_parts(p)),), YES_NO),
    "missing": (missing_parts, tuple(SEVEN_PARTS)),
    **{
        name: (lambda p, name=name: (flag(getattr(p, name)),), YES_NO)  # type: ignore[misc]  # bound at once
        for name in (*FLAGS, "vertical", "anywhere", "offline_only")
        if name != "internal"
    },
}


def traits(procedure: Procedure) -> frozenset[tuple[str, str]]:
    """Every trait of a procedure with its values, as pairs."""
    return frozenset((name, str(value)) for name, (read, _) in TRAITS.items() for value in read(procedure))
