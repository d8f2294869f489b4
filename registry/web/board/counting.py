"""Many numbers in one go: several indicators of one view, cut in one way, read in a single pass."""

from collections.abc import Sequence
from datetime import date

import msgspec

from registry.engine import Database
from registry.metrics import Answer, Dimension, Span, Value, public
from registry.metrics.answer import Cut, Group, Revisions
from registry.metrics.ask import TIMES
from registry.metrics.boundaries import atlas
from registry.metrics.counting import gather, sides, valued
from registry.metrics.evaluator import answered, applied, named
from registry.metrics.holdings import Holdings
from registry.metrics.periods import buckets
from registry.metrics.scene import Key, Scene, scene
from registry.metrics.territory import Place, Territory
from registry.vocabulary import Level
from registry.web.addresses import link
from registry.web.board.asking import View
from registry.web.board.saying import Says

BLANK = Value(None, None, None)
MONTHS = 12
MOST = 36


class Board(msgspec.Struct, frozen=True):
    """One page being made: the store as it is now, what is looked at, whether small numbers show, the words."""

    database: Database
    found: Holdings
    now: Revisions
    view: View
    full: bool
    scopes: frozenset[str]
    says: Says

    def name_of(self, agency: str | None) -> str | None:
        """What an agency is called on the day."""
        return atlas(self.found).state(agency, self.view.as_of).name if agency else None

    def to(self, path: str, **more: str | None) -> str:
        """The address of another page with what is looked at kept; ``more`` changes it."""
        return link(self.says.language, path, {**self.view.query, **more})

    def public(self, answer: Answer) -> Answer:
        """An answer as whoever asks may see it."""
        return answer if self.full else public(answer)

    async def asked(
        self,
        names: Sequence[str],
        cut: tuple[Dimension, ...] = (),
        *,
        span: Span | None = None,
        level: Level | None = None,
        agency: str | None = None,
        as_of: date | None = None,
    ) -> dict[str, Answer]:
        """The answers of these indicators, by name. With ``cut`` they have groups, and no total. Raises what
        ``registry.metrics.evaluate`` does."""
        days = span or self.view.span
        ask = msgspec.structs.replace(
            self.view.ask,
            group_by=cut,
            start=days.start,
            end=days.end,
            level=level,
            agency=agency or self.view.agency,
            as_of=as_of,
        )
        settled = scene(self.found, ask)
        place = _together(settled.regrouped(cut))
        wanted = [applied(settled, name) for name in names]
        gathered = await gather(self.database, place, list(sides(one for one, _ in wanted)))
        answers = {}
        names_of: dict[Key, tuple[Cut, ...]] = {}
        for one, flags in wanted:
            values = valued(place, gathered, one, flags)
            shown = [(key, value) for key, value in values.items() if cut and _says(cut, value)]
            names_of |= {key: named(place, key) for key, _ in shown if key not in names_of}
            groups = tuple(Group(names_of[key], value) for key, value in shown)
            answers[one.id] = self.public(
                answered(settled, one, self.now, BLANK if cut else values[()], groups=groups)
            )
        return answers

    def past(self) -> tuple[Dimension, Span]:
        """The times that a trend shows: the months of the period and those before it, twelve at least; quarters or
        years where that would be too many."""
        span, end = self.view.span, self.view.as_of
        end = max(end, span.start)
        number = end.year * 12 + end.month - MONTHS
        start = min(span.start.replace(day=1), date(number // 12, number % 12 + 1, 1))
        days = Span(start, end)
        for grain in (Dimension.MONTH, Dimension.QUARTER):
            if sum(1 for _ in buckets(days, grain)) <= MOST:
                return grain, days
        return Dimension.YEAR, days


def _together(cut: Scene) -> Scene:
    """A scene that is not cut by agency with all its agencies in one place: there is nothing to tell apart, and
    far less to read and to add up."""
    if Dimension.AGENCY in cut.group_by:
        return cut
    apart = Dimension.LEVEL in cut.group_by
    spots = {level: Place("", level if apart else "") for level in ("", *Level)}
    parts = tuple(
        (span, {code: spots[place.level] for code, place in members.items()}) for span, members in cut.land.parts
    )
    return msgspec.structs.replace(cut, land=Territory(parts, cut.land.groups))


def _says(cut: tuple[Dimension, ...], value: Value) -> bool:
    """Whether a group is worth a line: times always, others where there is anything."""
    return (len(cut) == 1 and cut[0] in TIMES) or bool(value.numerator or value.denominator or value.excluded)
