"""The evaluator against a plain, slow, obviously right one, on a random country with reorganisations."""

import random
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from registry.metrics import Ask, Boundaries, Dimension, Side, definitions, evaluate, records
from registry.metrics.activity import numbering
from registry.metrics.counting import gather
from registry.metrics.definitions import Definition, book
from registry.metrics.reading import reading
from registry.metrics.scene import scene
from registry.vocabulary import Channel, Level

pytestmark = pytest.mark.anyio

TODAY = date(2025, 10, 10)
MOVED, BACK = date(2025, 3, 15), date(2025, 8, 5)
FLAGS = {
    "paid_online": "paidOnline",
    "needs_result": "needsResult",
    "e_result": "eResult",
    "digitised": "digitised",
    "reused": "reused",
    "shared": "shared",
    "population": "populationData",
    "complained": "complained",
}
FINISHED = {"resolved", "resolved_on_time", "resolved_online"}


class Plain:
    """Looks at every dossier for every question."""

    def __init__(self, world: Any, bodies: Any) -> None:
        self.dossiers = world.dossiers
        self.lived = world.lived
        self.bodies = {body[0]: body for body in bodies}

    def chain(self, code: str, day: date) -> list[str]:
        """What an agency has become by ``day``, and all above."""
        if code == "H55.30":
            return [code, *self.chain("H55" if MOVED <= day < BACK else "H55.17", day)]
        _, _, _, parent, _, end, heirs = self.bodies[code]
        above = self.chain(parent, day) if parent else []
        if end is None or day < end:
            return [code, *above]
        chains = [self.chain(heir, day) for heir in heirs]
        if chains:
            common = [one for one in chains[0] if all(one in other for other in chains)]
            if common:
                return common
        return above or [code]

    def level(self, code: str) -> str:
        return "province" if code == "H55.30" else self.bodies[code][2]

    def counted(self, dossier: dict[str, Any], as_of: date) -> dict[str, int]:
        """What a dossier adds to each measure."""
        finished = dossier["state"] == "finished"
        late = dossier["supplements"] > 1 or (finished and dossier["finished"] > dossier["due"])
        overdue = not finished and not late and date.fromisoformat(dossier["due"]) < as_of
        petitions = dossier["petitions"]
        found = {name: dossier[key] for name, key in FLAGS.items()}
        found |= {name: dossier["channel"] == name for name in ("online", "direct", "postal")}
        return {name: int(number) for name, number in found.items()} | {
            "received": 1,
            "late": int(late),
            "overdue": int(overdue),
            "overdue_complained": int(overdue and dossier["complained"]),
            "complained_late": int(late and dossier["complained"]),
            "fee_due": int(dossier["feeDue"] > 0),
            "centre": int(dossier["place"] == "centre"),
            "petitions": petitions["count"],
            "petitions_on_time": petitions["onTime"],
            "petitions_unsatisfied": petitions["unsatisfied"],
            "received_finished": int(finished),
            "no_due": 0,
            "due_derived": 0,
            "resolved": int(finished),
            "resolved_on_time": int(finished and not late),
            "resolved_online": int(finished and dossier["channel"] == "online"),
        }

    def sectors(self, code: str, day: date) -> list[str]:
        states = [one for one, start, _ in self.lived if one.code == code and start <= day]
        return [term.code for term in states[-1].sectors] or ["unknown"]

    def sums(self, ask: Ask, text: str, as_of: date) -> dict[tuple[str, ...], int]:
        """A side by group; the whole has the key ``()``."""
        clock = "finished" if text.split()[0] in FINISHED else "received"
        found: dict[tuple[str, ...], int] = {(): 0}
        for dossier in self.dossiers:
            if dossier[clock] is None:
                continue
            day = date.fromisoformat(dossier[clock])
            keys = self.keys(ask, dossier, day, as_of)
            if keys is None or not ask.start <= day <= ask.end:
                continue
            number = eval(text, {}, self.counted(dossier, as_of))
            found[()] += number
            for key in keys:
                found[key] = found.get(key, 0) + number
        return found

    def keys(self, ask: Ask, dossier: dict[str, Any], day: date, as_of: date) -> list[tuple[str, ...]] | None:
        """The groups of a dossier; ``None`` where it is not asked about."""
        agency = dossier["agency"]
        chain = self.chain(agency, day if ask.boundaries is Boundaries.THEN else TODAY)
        level, sectors = self.level(agency), self.sectors(dossier["procedure"], as_of)
        if ask.agency is not None and (ask.agency not in chain or (not ask.below and chain[0] != ask.agency)):
            return None
        if ask.agency is None and not ask.below and len(chain) > 1:
            return None
        if (ask.level and level != ask.level) or (ask.channel and dossier["channel"] != ask.channel):
            return None
        if (ask.procedure and dossier["procedure"] != ask.procedure) or (ask.sector and ask.sector not in sectors):
            return None
        inside = chain.index(ask.agency) if ask.agency else len(chain)
        group = chain[inside - 1] if inside else ask.agency
        if ask.level:
            of_level = [one for one in chain[:inside] if self.level(one) == ask.level and one != "H55.30"]
            group = of_level[-1] if of_level else group
        keys: list[tuple[str, ...]] = [()]
        for dim in ask.group_by:
            values = {
                "agency": [group],
                "level": [level],
                "sector": sectors,
                "procedure": [dossier["procedure"]],
                "channel": [dossier["channel"]],
                "day": [day.isoformat()],
                "month": [f"{day:%Y-%m}"],
                "quarter": [f"{day.year}-Q{(day.month + 2) // 3}"],
                "year": [str(day.year)],
            }[dim.value]
            keys = [(*key, str(value)) for key in keys for value in values]
        return keys if ask.group_by else []


COUNTED = [
    one
    for one in definitions()
    if one.version == max(other.version for other in definitions() if other.id == one.id)
    and one.units[0] in ("dossiers", "petitions")
    and "max" not in one.formula.numerator + (one.formula.denominator or "")
]
DAYS = st.dates(date(2024, 10, 1), date(2025, 12, 31))
WHOLE = [(date(2025, 1, 1), date(2025, 12, 31)), (date(2025, 4, 1), date(2025, 9, 30))]


@st.composite
def asks(draw: st.DrawFn) -> tuple[Definition, Ask]:
    one = draw(st.sampled_from(COUNTED))
    start, end = draw(
        st.one_of(st.sampled_from(WHOLE), st.tuples(DAYS, DAYS).map(lambda both: tuple(sorted(both))))
    )
    plain = [Dimension.AGENCY, Dimension.LEVEL, Dimension.SECTOR, Dimension.PROCEDURE, Dimension.CHANNEL]
    times = [Dimension.DAY, Dimension.MONTH, Dimension.QUARTER, Dimension.YEAR]
    cut = draw(st.lists(st.sampled_from(plain), max_size=2, unique=True))
    cut += draw(st.lists(st.sampled_from(times), max_size=1))
    return one, Ask(
        indicator=one.id,
        start=start,
        end=end,
        agency=draw(
            st.sampled_from([None, "H55", "H55", "H03", "H55.17", "H55.21", "H55.22", "H55.101", "H55.30"])
        ),
        below=draw(st.sampled_from([True, True, True, False])),
        sector=draw(st.sampled_from([None, None, "HT", "DD"])),
        level=draw(st.sampled_from([None, None, Level.COMMUNE, Level.DISTRICT, Level.PROVINCE])),
        procedure=draw(st.sampled_from([None, None, "9.000002", "9.000003"])),
        channel=draw(st.sampled_from([None, None, Channel.ONLINE, Channel.POSTAL])),
        group_by=tuple(cut),
        boundaries=draw(st.sampled_from(list(Boundaries))),
    )


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(asked=asks())
async def test_the_evaluator_counts_what_a_plain_one_counts(world: Any, bodies: Any, asked: Any) -> None:
    one, ask = asked
    plain, as_of = Plain(world, bodies), min(ask.end, TODAY)
    answer = await evaluate(world.database, ask)
    assert answer.as_of == as_of
    top = plain.sums(ask, one.formula.numerator, as_of)
    bottom = plain.sums(ask, one.formula.denominator, as_of) if one.denominator else {}
    assert answer.value.numerator == top.pop(())
    assert answer.value.denominator == (bottom.pop(()) if one.denominator else None)
    found = {tuple(key.value for key in group.keys): group.value for group in answer.groups}
    for key in {*top, *bottom, *found}:
        value = found.get(key)
        assert (value.numerator if value else 0) == top.get(key, 0), (key, ask)
        assert ((value.denominator if value else 0) or 0) == bottom.get(key, 0), (key, ask)
    for each in one.exclusions:
        assert answer.value.excluded.get(each.reason, 0) == plain.sums(ask, each.count.text, as_of)[()]


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(asked=asks(), side=st.sampled_from(list(Side)), limit=st.sampled_from([1, 7, 1000]))
async def test_the_records_listed_add_up_to_the_number_shown(
    world: Any, asked: Any, side: Side, limit: int
) -> None:
    one, ask = asked
    if one.denominator is None:
        side = Side.NUMERATOR
    answer = await evaluate(world.database, ask)
    shown = answer.value.numerator if side is Side.NUMERATOR else answer.value.denominator
    found, cursor, pages = [], None, 0
    while pages == 0 or cursor is not None:
        page = await records(world.database, ask, side, limit, cursor)
        assert page.total == shown
        assert page.next is None or len(page.items) == limit
        found, cursor, pages = found + list(page.items), page.next, pages + 1
    assert sum(record.count for record in found) == shown
    keys = [record.key for record in found]
    assert len(set(keys)) == len(keys)


async def test_procedures_with_dossiers_are_those_that_a_plain_look_finds(world: Any, bodies: Any) -> None:
    plain, rng = Plain(world, bodies), random.Random(3)
    for _ in range(6):
        start = date(2024, 11, 1) + timedelta(days=rng.randrange(200))
        ask = Ask(
            indicator="PAYMENT_USED", start=start, end=start + timedelta(days=rng.randrange(150)), agency="H55"
        )
        day = min(ask.end, TODAY)
        bearing = {
            one.code
            for one, begin, end in world.lived
            if begin <= day
            and (end is None or day < end)
            and one.fee in ("amount", "schedule")
            and not one.internal
            and plain.chain(one.issuer.code, day)[-1] in ("H55", "G04")
        }
        active: dict[str, set[str]] = {"fee_due": set(), "paid_online": set()}
        for dossier in world.dossiers:
            received = date.fromisoformat(dossier["received"])
            if ask.start <= received <= ask.end and "H55" in plain.chain(dossier["agency"], received):
                for name, found in active.items():
                    if plain.counted(dossier, day)[name]:
                        found.add(dossier["procedure"])
        value = (await evaluate(world.database, ask)).value
        assert value.numerator == len(bearing & active["paid_online"])
        assert value.denominator == len(bearing & active["fee_due"])
        page = await records(world.database, ask, Side.NUMERATOR)
        assert {record.code for record in page.items} == bearing & active["paid_online"]


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(asked=asks())
async def test_sets_of_procedures_are_those_that_a_plain_look_finds(world: Any, bodies: Any, asked: Any) -> None:
    _, ask = asked
    plain, as_of = Plain(world, bodies), min(ask.end, TODAY)
    expected: dict[tuple[str, ...], set[str]] = {}
    for dossier in world.dossiers:
        day = date.fromisoformat(dossier["received"])
        if ask.start <= day <= ask.end and plain.counted(dossier, as_of)["paid_online"]:
            keys = plain.keys(ask, dossier, day, as_of)
            for key in [] if keys is None else keys or [()]:
                expected.setdefault(key, set()).add(dossier["procedure"])
    used = book().find("PAYMENT_USED", ask.end)[0]
    async with reading(world.database) as (found, _):
        cut = scene(found, ask).regrouped(ask.group_by)
        gathered = await gather(world.database, cut, [used.numerator])
    sets = {key: numbering.codes(held.get("paid_online", 0)) for key, held in gathered.having.items()}
    assert {key: codes for key, codes in sets.items() if codes} == expected
