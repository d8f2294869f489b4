"""Procedures that someone who reads about one may want next."""

import re
from typing import Literal

import msgspec

from registry.api.answers import Successor
from registry.procedure import Procedure
from search.contract import Engine, IndexUnavailable, Question
from search.text import syllables

MOST_RELATED = 8
_LOOKED_AT = 40
# What is done to one and the same thing, folded.
_ACTION = re.compile(
    r"^(?:(?:trinh tu )?thu tuc )?"
    r"(?:(?:de nghi|dang ky|cap|moi|doi|lai|gia han|dieu chinh|sua doi|bo sung|thay doi|thu hoi|huy|xoa) )+"
)

Reason = Literal["successor", "predecessor", "variant", "lifeEvent"]


class Related(msgspec.Struct, frozen=True):
    """A procedure beside another. ``reason``: it took the other's place (``successor``), gave way to it
    (``predecessor``), does something else to the same thing, as granting and renewing do (``variant``), or belongs
    to the same life event (``lifeEvent``)."""

    code: str
    name: str
    reason: Reason


class _Named(msgspec.Struct):
    name: str


_name = msgspec.json.Decoder(_Named).decode


def thing(name: str) -> str:
    """What a procedure is about: its folded name without what is done to it."""
    words = " ".join(syllables(name))
    return _ACTION.sub("", f"{words} ").strip()


async def related(
    engine: Engine, procedure: Procedure, day: int, before: list[Successor], after: list[Successor]
) -> list[Related] | None:
    """At most ``MOST_RELATED`` procedures in force beside one, those that follow it first, each once.

    Costs two questions to the engine at most. ``None`` when it does not answer: what follows is told elsewhere.
    """
    follow = [Related(one.code, one.name, "successor") for one in after if one.name]
    follow += [Related(one.code, one.name, "predecessor") for one in before if one.name]
    try:
        others = [*await _variants(engine, procedure, day), *await _events(engine, procedure, day)]
    except IndexUnavailable:
        return None
    found: dict[str, Related] = {}
    for one in (*follow, *others):
        if one.code != procedure.code:
            found.setdefault(one.code, one)
    return list(found.values())[:MOST_RELATED]


async def _variants(engine: Engine, procedure: Procedure, day: int) -> list[Related]:
    """What is done to the same thing under another name."""
    about = thing(procedure.name)
    if not about:
        return []
    own = syllables(procedure.name)
    found = await _asked(
        engine, Question(as_of=day, text=f"{about} ", filters=_shown(procedure), limit=_LOOKED_AT)
    )
    return [
        Related(code, name, "variant") for code, name in found if thing(name) == about and syllables(name) != own
    ]


async def _events(engine: Engine, procedure: Procedure, day: int) -> list[Related]:
    """What belongs to the same life events."""
    codes = [term.code for term in procedure.life_events]
    if not codes:
        return []
    filters = {**_shown(procedure), "lifeEvent": codes}
    found = await _asked(engine, Question(as_of=day, filters=filters, limit=MOST_RELATED + 1))
    return [Related(code, name, "lifeEvent") for code, name in found]


def _shown(procedure: Procedure) -> dict[str, list[str]]:
    """Beside a procedure for citizens none between agencies is shown."""
    return {} if procedure.is_internal else {"internal": ["false", "unknown"]}


async def _asked(engine: Engine, question: Question) -> list[tuple[str, str]]:
    answer = await engine.search(question)
    return [(hit.code, _name(hit.payload).name) for hit in answer.hits]
