"""Procedures that many provinces have alike, folded into the one that ranks best of them."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import NamedTuple

import msgspec

from registry import twins
from search.contract import Answer, Engine, Hit, IndexUnavailable, Question

_ATTEMPTS = 4
_LEAST = 20
# Asked for beyond the first page at once: where a few fold, they need not be asked for again.
_SPARE = 4
# What is found is mostly found again, and the engine gives it as the same bytes.
_shown = lru_cache(maxsize=8192)(twins.shown)


class Folded(NamedTuple):
    """An answer with each hit's copies beside it. ``answer.total`` counts what is left, ``folded`` what went."""

    answer: Answer
    copies: list[list[Hit]]
    folded: int


class _Moved(Exception):
    """The index changed between two questions, or another engine answers: begin again."""


async def search(engine: Engine, question: Question, fold: bool) -> Folded:
    """Answer a question, twins folded or not.

    Of twins that answer, the first in the question's order stands for all, so that pages are those of one list.
    Where there are none, folding costs nothing but the counting of one more facet.
    """
    if not fold:
        answer = await engine.search(question)
        return Folded(answer, [[] for _ in answer.hits], 0)
    spare = _SPARE if question.limit and not question.offset else 0
    facets = (*question.facets, twins.FACET)
    asked = msgspec.structs.replace(question, facets=facets, limit=question.limit + spare)
    for _ in range(_ATTEMPTS):
        answer = await engine.search(asked)
        counts = {one.value: one.count for one in answer.facets.pop(twins.FACET) if one.count > 1}
        if not counts:
            hits = answer.hits[: question.limit]
            return Folded(msgspec.structs.replace(answer, hits=hits), [[] for _ in hits], 0)
        try:
            return await _Walk(engine, question, answer, counts).page()
        except _Moved:
            continue
    raise IndexUnavailable(f"{engine.name}: the index changes faster than it can be read")


class _Walk:
    """The way through the ranked hits from the first, past those whose twin came before."""

    def __init__(self, engine: Engine, question: Question, answer: Answer, counts: dict[str, int]) -> None:
        self._engine = engine
        self._question = msgspec.structs.replace(question, facets=())
        self._answer = answer
        self._counts = counts
        self._excess = sum(counts.values()) - len(counts)

    async def page(self) -> Folded:
        question = self._question
        kept = await self._kept(question.offset + question.limit)
        page = kept[question.offset : question.offset + question.limit]
        copies = await self._copies([key for _, key in page if key])
        answer = msgspec.structs.replace(
            self._answer, hits=[hit for hit, _ in page], total=self._answer.total - self._excess
        )
        found = [[copy for copy in copies.get(key or "", ()) if copy.code != hit.code] for hit, key in page]
        return Folded(answer, found, self._excess)

    async def _kept(self, wanted: int) -> list[tuple[Hit, str | None]]:
        """The first ``wanted`` hits that stand for themselves or their twins, each with the key of its twins."""
        kept: list[tuple[Hit, str | None]] = []
        seen: set[str] = set()
        place = skipped = 0
        hits: Sequence[Hit] = self._answer.hits if self._question.offset == 0 else ()
        while True:
            for hit in hits:
                key = self._key(hit)
                if key in seen:
                    skipped += 1
                    continue
                if key:
                    seen.add(key)
                kept.append((hit, key))
            place += len(hits)
            missing = wanted - len(kept)
            if missing <= 0 or place >= self._answer.total:
                return kept
            more = missing + min(self._excess - skipped, max(missing, _LEAST))
            hits = (await self._ask(offset=place, limit=more)).hits
            if not hits:
                raise _Moved

    def _key(self, hit: Hit) -> str | None:
        """The key of a hit that has twins among what was found."""
        key = _shown(hit.payload)
        return key if key in self._counts else None

    async def _copies(self, keys: list[str]) -> dict[str, list[Hit]]:
        """All that have these keys and answer the question, by key, each list by code."""
        if not keys:
            return {}
        filters = {**self._question.filters, twins.FACET: keys}
        total = sum(self._counts[key] for key in keys)
        answer = await self._ask(filters=filters, sort="code", offset=0, limit=total)
        if answer.total != total:
            raise _Moved
        copies: dict[str, list[Hit]] = {key: [] for key in keys}
        for hit in answer.hits:
            copies[_shown(hit.payload) or ""].append(hit)
        return copies

    async def _ask(self, **changes: object) -> Answer:
        replace: Callable[..., Question] = msgspec.structs.replace
        answer = await self._engine.search(replace(self._question, **changes))
        if (answer.revision, answer.engine) != (self._answer.revision, self._answer.engine):
            raise _Moved
        return answer
