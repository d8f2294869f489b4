"""One question put to one state of the index."""

from collections.abc import Callable, Iterable, Sequence

from search import ranking, suggesting
from search.contract import Answer, FacetCount, Hit, Question
from search.highlight import highlight
from search.meilisearch import values
from search.meilisearch.documents import SORTS, payload
from search.meilisearch.exchange import Exchange, Moved, Result
from search.meilisearch.plan import Plan
from search.meilisearch.scoring import Found, Ranker, Row, found
from search.meilisearch.snapshot import Snapshot
from search.query import Query
from search.suggesting import Named

# How many documents each search for candidates brings, and how many preferences bring some of their own.
_CANDIDATES = 60
_PREFERENCES = 4
# As many as any index could hold: what is asked beyond is not there.
_MOST = 10_000_000
_SHOWN = ["id", "code", "name", "payload"]
_RANKED = ["key", *_SHOWN, "weight", "localKeys", "facets", "keywords", "outputs", "sectors", "agencies"]
# The order of what is found but is no candidate: shorter names say more, of what they say.
_OTHERS = ["length:asc", "byCode:asc"]

Ask = Callable[[], Exchange]


class Search:
    """A question, understood, for a snapshot. Every method raises ``Moved`` when the index has changed.

    What is found and counted is decided by filters, so that totals, facets and pages are exact. What comes
    first is decided here: searches by text and by preference bring candidates, which are ranked as the embedded
    engine ranks; whatever else is found follows, shorter names first.
    """

    def __init__(self, ask: Ask, snapshot: Snapshot, question: Question, query: Query) -> None:
        self._ask = ask
        self._snapshot = snapshot
        self._question = question
        self._plan = Plan(snapshot.words, snapshot.reader, query)
        self._always = [values.in_force(question.as_of), *chosen(query.filters)]

    async def answer(self, engine: str) -> Answer:
        """The page, the total and the counts that are asked for."""
        question, revision = self._question, self._snapshot.state.revision
        if not self._plan.steps:
            # The index may have come to hold these words since.
            await self._ask().expect(self._snapshot.state)
            return Answer([], 0, {name: [] for name in question.facets}, revision, engine)
        step = self._plan.steps[await self._widened()]
        filters = [*self._always, *chosen(question.filters), step]
        exchange = self._ask()
        counts = self._count(exchange, filters, step)
        ranked = question.sort == "relevance" and not self._plan.query.empty
        wanted = min(question.limit, _MOST)
        start = min(question.offset, _MOST)
        if ranked and wanted:
            candidates = Candidates(self._ask, self._snapshot, self._plan, filters)
            candidates.ask(exchange)
        else:
            place = exchange.find(filters, wanted, _SHOWN, offset=start, sort=[f"{SORTS[question.sort]}:asc"])
        results = await exchange.expect(self._snapshot.state)
        total = results[0].total_hits
        if ranked and wanted:
            hits = await candidates.page(results, start, min(wanted, total - start)) if start < total else []
        else:
            hits = [shown(row, self._plan) for row in results[place].hits]
        facets = {name: counted(results[at], name) for name, at in counts.items()}
        return Answer(hits, total, {name: facets[name] for name in question.facets}, revision, engine)

    def _count(self, exchange: Exchange, filters: list[str], step: str) -> dict[str, int]:
        """Ask for the total, in the first place, and for the counts of facets, whose places are returned.

        Those of a filtered facet are taken as if its filter were absent.
        """
        question = self._question
        filtered = [name for name in question.facets if question.filters.get(name)]
        plain = [name for name in question.facets if name not in filtered]
        first = exchange.count(filters, [f"facets.{name}" for name in plain])
        places = dict.fromkeys(plain, first)
        for name in filtered:
            without = [*self._always, *chosen(question.filters, but=name), step]
            places[name] = exchange.count(without, [f"facets.{name}"])
        return places

    async def _widened(self) -> int:
        """The strictest step that finds enough, or else the widest. It depends on the text and the day alone,
        so that filters and pages agree."""
        steps = self._plan.steps
        key = (self._question.text, self._question.as_of)
        known = 0 if len(steps) == 1 else self._snapshot.steps.get(key)
        if known is not None:
            return known
        exchange = self._ask()
        for step in steps[:-1]:
            exchange.count([*self._always, step])
        results = await exchange.expect(self._snapshot.state)
        enough = (place for place, one in enumerate(results) if one.total_hits >= ranking.ENOUGH)
        return self._snapshot.steps.put(key, next(enough, len(steps) - 1))


class Candidates:
    """Documents that may come first, among those that pass ``filters``."""

    def __init__(self, ask: Ask, snapshot: Snapshot, plan: Plan, filters: list[str]) -> None:
        self._ask = ask
        self._snapshot = snapshot
        self._plan = plan
        self._filters = filters
        self._places: list[int] = []

    def ask(self, exchange: Exchange) -> None:
        """Ask for them, beside whatever else the exchange asks."""
        plan = self._plan
        for wording in plan.wordings:
            self._find(exchange, wording.filter, text=wording.text)
        self._find(exchange, sort="length:asc")
        if plan.codes:
            self._find(exchange, plan.codes)
        preferred = plan.preferred()
        if len(preferred) > _PREFERENCES:
            self._find(exchange, values.either(preferred[_PREFERENCES:]))
        for one in preferred[:_PREFERENCES]:
            self._find(exchange, one, text=plan.wordings[0].text if plan.wordings else "")

    def _find(self, exchange: Exchange, *filters: str, text: str = "", sort: str = "byCode:asc") -> None:
        order = {"q": f"{text} ", "matchingStrategy": "last"} if text else {"sort": [sort]}
        self._places.append(exchange.find([*self._filters, *filters], _CANDIDATES, ["key"], **order))

    async def page(self, results: Sequence[Result], start: int, limit: int) -> list[Hit]:
        """The ``limit`` documents from ``start``, of which there are so many: first the candidates by their
        scores, then all others, shorter names first."""
        ranked = await self.ranked(results)
        hits = [hit(one, score, self._plan) for score, one in ranked[start : start + limit]]
        missing = limit - len(hits)
        if not missing:
            return hits
        keys = {row.key for place in self._places for row in results[place].hits}
        others = [*self._filters, f"NOT {values.one_of('key', sorted(keys))}"] if keys else self._filters
        exchange = self._ask()
        exchange.find(others, missing, _SHOWN, offset=max(0, start - len(ranked)), sort=_OTHERS)
        (rest,) = await exchange.expect(self._snapshot.state)
        return hits + [shown(row, self._plan) for row in rest.hits]

    async def ranked(self, results: Sequence[Result]) -> list[tuple[float, Found]]:
        """The candidates, best first; equals by code."""
        keys = dict.fromkeys(row.key for place in self._places for row in results[place].hits)
        ranker = Ranker(self._plan, self._snapshot.words)
        scored = [(ranker.score(one), one) for one in await self._documents(keys)]
        return sorted(scored, key=lambda one: (-one[0], one[1].code, one[1].id))

    async def _documents(self, keys: Iterable[str]) -> list[Found]:
        """The documents with these keys; those not seen before are read from the index."""
        known = self._snapshot.documents
        documents = {key: known.get(key) for key in keys}
        unknown = [key for key, one in documents.items() if one is None]
        if unknown:
            exchange = self._ask()
            exchange.find([values.one_of("key", unknown)], len(unknown), _RANKED)
            (read,) = await exchange.expect(self._snapshot.state)
            documents |= {row.key: known.put(row.key, found(row, self._snapshot.words)) for row in read.hits}
        some = [one for one in documents.values() if one is not None]
        if len(some) != len(documents):
            raise Moved
        return some


async def suggestions(ask: Ask, snapshot: Snapshot, query: Query, text: str, as_of: int, limit: int) -> list[Hit]:
    """Names that have every word, each once; see ``suggesting`` for which come first."""
    plan = Plan(snapshot.words, snapshot.reader, query)
    if not plan.steps:
        await ask().expect(snapshot.state)
        return []
    public = f"NOT {values.one_of('facets.internal', ['true'])}"
    candidates = Candidates(ask, snapshot, plan, [values.in_force(as_of), public, plan.steps[0]])
    exchange = ask()
    candidates.ask(exchange)
    ranked = await candidates.ranked(await exchange.expect(snapshot.state))
    named = [(Named(one.name, one.weight, score), (one, score)) for score, one in ranked]
    return [hit(one, score, plan) for one, score in suggesting.ranked(named, text, limit)]


def chosen(filters: dict[str, list[str]], but: str = "") -> list[str]:
    """One filter per filtered facet, except ``but``. A facet without values filters nothing."""
    return [
        values.one_of(f"facets.{name}", map(values.encode, some))
        for name, some in filters.items()
        if some and name != but
    ]


def counted(result: Result, name: str) -> list[FacetCount]:
    """The counts of one facet, by count and then value."""
    counts = result.facet_distribution.get(f"facets.{name}", {})
    ordered = sorted((-count, values.decode(value)) for value, count in counts.items())
    return [FacetCount(value=value, count=-count) for count, value in ordered]


def shown(row: Row, plan: Plan) -> Hit:
    """What is handed back for a document that was not ranked."""
    return Hit(row.id, row.code, 0.0, highlight(row.name, plan.terms), payload(row.payload))


def hit(one: Found, score: float, plan: Plan) -> Hit:
    """What is handed back for a document that was ranked."""
    return Hit(one.id, one.code, score, highlight(one.name, plan.terms), one.payload)
