"""Kinds of work, one module each; a module in this folder that has ``work`` is one, and nothing else lists them.

A module says its ``NAME``; its ``TITLE`` in both languages; its ``RANK``, the order in which kinds are told;
``INDICATOR``, the one whose points are at stake; ``SCOPE``, what a key must allow to see it (``None``: everyone
may); and ``work``, which finds all of it for a question.
"""

import pkgutil
from collections.abc import Awaitable, Callable
from functools import lru_cache
from importlib import import_module
from typing import Protocol, cast

import msgspec

from registry.metrics.answer import Title
from registry.metrics.worklist.answer import Work
from registry.metrics.worklist.asking import Question
from registry.metrics.worklist.stakes import Stake

Place = tuple[int, int, str]
"""Where work stands among its kind: what is past comes last, then by urgency or worth, then by its id."""


class Found(msgspec.Struct, frozen=True):
    """All work of a kind: how much, how much of it is past, what the rest is worth together, the indicator as it
    is now, and a page of it after a place."""

    total: int
    past: int
    points: float | None
    stake: Stake
    page: Callable[[Place | None, int], Awaitable[list[tuple[Place, Work]]]]


class Kind(Protocol):
    """What a module in this folder offers."""

    NAME: str
    TITLE: Title
    RANK: int
    INDICATOR: str
    SCOPE: str | None
    work: Callable[[Question], Awaitable[Found]]


@lru_cache(maxsize=1)
def known() -> tuple[Kind, ...]:
    """Every kind of this folder, in their order."""
    names = (found.name for found in pkgutil.iter_modules(__path__))
    modules = (import_module(f"{__name__}.{name}") for name in names)
    found = (cast(Kind, each) for each in modules if hasattr(each, "work"))
    return tuple(sorted(found, key=lambda kind: kind.RANK))


def listed(found: list[tuple[Place, Work]], points: float | None, stake: Stake) -> Found:
    """Work that is all in memory."""
    ordered = sorted(found, key=lambda one: one[0])

    async def page(after: Place | None, limit: int) -> list[tuple[Place, Work]]:
        rest = ordered if after is None else [one for one in ordered if one[0] > after]
        return rest[:limit]

    past = sum(work.state == "past" for _, work in ordered)
    return Found(len(ordered), past, points, stake, page)
