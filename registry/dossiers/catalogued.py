"""What the catalogue says of procedures and agencies on the days on which dossiers came."""

from collections.abc import Iterable
from datetime import date, timedelta

import msgspec
from piccolo.querystring import QueryString

from registry import calendar, clock
from registry.catalogue import versions
from registry.dossiers.examining import GRACE, LONGEST_AGENCY, Known, Now, Wanted
from registry.dossiers.promised import Promise, Span
from registry.engine import Database
from registry.intake.checking import Unacceptable
from registry.intake.cleaning import Notes
from registry.intake.codes import procedure_code
from registry.procedure import ProcessingTime, Way
from registry.vocabulary import TimeUnit

_OPEN = date.max.toordinal() + 1


class _Content(msgspec.Struct):
    ways: tuple[Way, ...] = ()


_content = msgspec.json.Decoder(_Content).decode
_CHANNELS = ("online", "direct", "postal")


class Catalogued:
    """A view of what is believed, loaded as it is asked for; days are ordinals. ``refresh`` before each batch."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._revision = -1
        self.procedures: dict[str, tuple[Span, ...]] = {}
        self.agencies: dict[str, tuple[tuple[int, int], ...]] = {}

    async def refresh(self) -> int:
        """Forget what may have changed. Returns the catalogue's revision."""
        revision = await versions.revision(self._database)
        if revision != self._revision:
            self._revision = revision
            self.procedures.clear()
            self.agencies.clear()
        return revision

    async def load(self, procedures: Iterable[str], agencies: Iterable[str]) -> None:
        """Bring these codes into view; those that the catalogue does not have have no spans."""
        codes = [code for code in procedures if code not in self.procedures]
        spans: dict[str, list[Span]] = {code: [] for code in codes}
        for row in await self._database.rows_in(
            "SELECT v.seq, v.code, v.valid_from, v.valid_to, c.body FROM version v "
            "JOIN content c ON c.digest = v.content WHERE v.recorded_to IS NULL AND v.code IN ({}) "
            "ORDER BY v.code, v.valid_from",
            codes,
        ):
            promises = _promises(_content(row["body"]).ways)
            spans[row["code"]].append(
                Span(row["valid_from"].toordinal(), _end(row["valid_to"]), row["seq"], promises)
            )
        self.procedures.update((code, tuple(found)) for code, found in spans.items())
        await self._load_agencies([code for code in agencies if code not in self.agencies])

    async def below(self, agency: str) -> frozenset[str]:
        """The codes of an agency and of all that are or were below it."""
        rows = await self._database.rows(
            QueryString(
                "SELECT DISTINCT code, parent FROM agency WHERE recorded_to IS NULL AND parent IS NOT NULL"
            )
        )
        children: dict[str, list[str]] = {}
        for row in rows:
            children.setdefault(row["parent"], []).append(row["code"])
        found, looked = {agency}, [agency]
        while looked:
            fresh = [code for code in children.get(looked.pop(), ()) if code not in found]
            found.update(fresh)
            looked += fresh
        return frozenset(found)

    async def _load_agencies(self, codes: list[str]) -> None:
        days: dict[str, list[tuple[int, int]]] = {code: [] for code in codes}
        for row in await self._database.rows_in(
            "SELECT code, valid_from, valid_to FROM agency WHERE recorded_to IS NULL AND kind <> 'class' "
            "AND code IN ({})",
            codes,
        ):
            days[row["code"]].append((row["valid_from"].toordinal(), _end(row["valid_to"])))
        self.agencies.update((code, tuple(found)) for code, found in days.items())


async def look(view: Catalogued) -> Now:
    """Look at the clock, and whether the catalogue has changed."""
    moment = clock.now() + timedelta(days=GRACE)
    return Now(await view.refresh(), clock.today().toordinal() + GRACE, int(moment.timestamp() * 1000))


async def learn(view: Catalogued, wanted: Wanted) -> Known:
    """What the catalogue says of procedures and agencies."""
    codes = {text: _code(text) for text in wanted.procedures}
    agencies = {text: text.strip() for text in wanted.agencies}
    await view.load(
        {code for code in codes.values() if code is not None},
        {code for code in agencies.values() if len(code) <= LONGEST_AGENCY},
    )
    return Known(
        {text: None if code is None else (code, view.procedures[code]) for text, code in codes.items()},
        {text: (code, view.agencies.get(code, ())) for text, code in agencies.items()},
    )


def _code(text: str) -> str | None:
    try:
        return procedure_code(text, Notes()).national
    except Unacceptable:
        return None


def _end(day: date | None) -> int:
    return _OPEN if day is None else day.toordinal()


def _promises(ways: tuple[Way, ...]) -> dict[str, Promise | None]:
    """The time of each channel: the longest that its ways name, for a record does not say which of them it went.

    A channel that the procedure does not offer has the time of the others where they all agree.
    """
    offered: dict[str, list[ProcessingTime]] = {}
    for way in ways:
        if way.time is not None and way.time.value is not None and way.time.unit is not TimeUnit.OTHER:
            offered.setdefault(way.channel.value, []).append(way.time)
    told = {channel: _longest(times) for channel, times in offered.items()}
    known = {way.channel.value for way in ways}
    agreed = set(told.values())
    common = agreed.pop() if len(agreed) == 1 else None
    return {name: told.get(name) if name in known else common for name in _CHANNELS}


def _longest(times: list[ProcessingTime]) -> Promise:
    anyday = date(2025, 3, 3)
    longest = max(times, key=lambda time: calendar.due(anyday, time) or date.min)
    return Promise(longest.unit.value, longest.value or 0)
