"""What a page of the board is asked for: whose numbers, of when, in which boundaries. The address has it all."""

from collections.abc import Sequence
from datetime import date
from enum import StrEnum
from typing import Annotated, TypeVar

import msgspec
from piccolo.querystring import QueryString

from registry import clock
from registry.api.parameters import one, optional_day
from registry.api.problems import ParameterInvalid
from registry.catalogue.errors import AgencyNotFound
from registry.engine import Database
from registry.metrics import Ask, Boundaries, Span, read_period
from registry.metrics.boundaries import atlas
from registry.metrics.holdings import Holdings
from registry.metrics.periods import check_span

COUNTRY, OWN, WALL = "ca-nuoc", "rieng", "tuong"
FILES = ("xlsx", "csv")
E = TypeVar("E", bound=StrEnum)


class Drawn(StrEnum):
    """Boundaries as they stand in an address."""

    THEN = "khi-do"
    TODAY = "hien-nay"

    @property
    def boundaries(self) -> Boundaries:
        return Boundaries.TODAY if self is Drawn.TODAY else Boundaries.THEN


class Given(msgspec.Struct, frozen=True):
    """What the address says, as it stands there."""

    agency: str | None = None
    period: str | None = None
    first: str | None = None
    last: str | None = None
    drawn: str | None = None
    screen: str | None = None
    file: str | None = None


def read_given(
    agency: Annotated[str | None, one("co-quan", "Code of the agency, or ca-nuoc.", "H55")] = None,
    period: Annotated[str | None, one("ky", "A year, quarter or month, or rieng.", "2025-Q2")] = None,
    first: Annotated[str | None, one("tu", "First day, where ky is rieng.", "2025-01-01")] = None,
    last: Annotated[str | None, one("den", "Last day, where ky is rieng.", "2025-05-31")] = None,
    drawn: Annotated[str | None, one("dia-gioi", "Whose dossiers are after a merger.", "hien-nay")] = None,
    screen: Annotated[str | None, one("man-hinh", "For a screen on a wall.", "tuong")] = None,
    file: Annotated[str | None, one("dang", "As a file.", "xlsx")] = None,
) -> Given:
    """The parameters that every page of the board has."""
    return Given(*(text and text.strip() for text in (agency, period, first, last, drawn, screen, file)))


class View(msgspec.Struct, frozen=True):
    """What is looked at. ``period`` is a period's name, empty where it has days of its own; ``aside`` says that
    days were given and are not used, ``chosen`` that the period was chosen here and not by the address."""

    agency: str | None
    span: Span
    period: str
    drawn: Drawn
    wall: bool
    chosen: bool = False
    aside: bool = False

    @property
    def ask(self) -> Ask:
        """The question, but for the indicator."""
        return Ask(
            indicator="",
            agency=self.agency,
            start=self.span.start,
            end=self.span.end,
            boundaries=self.drawn.boundaries,
        )

    @property
    def as_of(self) -> date:
        return min(self.span.end, clock.today())

    @property
    def query(self) -> dict[str, str | None]:
        """The address of this view, to be carried to another page."""
        own = not self.period
        return {
            "co-quan": self.agency or COUNTRY,
            "ky": OWN if own else self.period,
            "tu": self.span.start.isoformat() if own else None,
            "den": self.span.end.isoformat() if own else None,
            "dia-gioi": self.drawn.value if self.drawn is Drawn.TODAY else None,
            "man-hinh": WALL if self.wall else None,
        }


async def settle(database: Database, found: Holdings, given: Given) -> View:
    """What is looked at, with what the address leaves open filled in: the latest year that has dossiers, and the
    agency above all that have any. Raises ``ParameterInvalid``, ``AskInvalid`` and ``AgencyNotFound``."""
    drawn = chosen_of(Drawn, "dia-gioi", given.drawn, Drawn.THEN)
    wall = given.screen is not None and given.screen != ""
    if wall and given.screen != WALL:
        raise ParameterInvalid("man-hinh", f"man-hinh: {str(given.screen)[:40]!r} is no screen", [WALL])
    year = None
    if not given.agency or not (given.period or given.first or given.last):
        year = await latest_year(database)
    span, period = _period(given, year)
    agency = None if given.agency == COUNTRY else given.agency or await _home(database, found, year)
    if agency is not None and agency not in atlas(found):
        raise AgencyNotFound(agency)
    days = bool(given.first or given.last)
    return View(
        agency,
        span,
        period,
        drawn,
        wall,
        chosen=year is not None and not (given.period or days),
        aside=days and bool(period),
    )


def _period(given: Given, year: int | None) -> tuple[Span, str]:
    """The days, and the name of the period that they are; a name that is given is followed, whatever days are."""
    if given.period and given.period != OWN:
        return read_period(given.period, "ky"), given.period
    if given.period == OWN or given.first or given.last:
        end = optional_day("den", given.last) or clock.today()
        start = optional_day("tu", given.first) or date(end.year, 1, 1)
        return check_span(start, end, ("tu", "den")), ""
    name = str(year or clock.today().year)
    return read_period(name, "ky"), name


async def latest_year(database: Database) -> int | None:
    """The last year in which a dossier was received."""
    rows = await database.rows(QueryString("SELECT MAX(year) AS year FROM tally_year WHERE received > 0"))
    return rows[0]["year"] if rows else None


async def first_year(database: Database) -> int | None:
    rows = await database.rows(QueryString("SELECT MIN(year) AS year FROM tally_year WHERE received > 0"))
    return rows[0]["year"] if rows else None


async def _home(database: Database, found: Holdings, year: int | None) -> str | None:
    """The agency above all that had dossiers in the year; none where there are several."""
    if year is None:
        return None
    rows = await database.rows(
        QueryString("SELECT DISTINCT agency FROM tally_year WHERE year = {} AND received > 0", year)
    )
    tree = atlas(found).tree(min(clock.today(), date(year, 12, 31)))
    tops = {tree[row["agency"]].chain[-1] for row in rows if row["agency"] in tree}
    return tops.pop() if len(tops) == 1 else None


def chosen_of(kind: type[E], name: str, text: str | None, default: E) -> E:
    """A member by its value; ``default`` where none is given. Raises ``ParameterInvalid``."""
    if not text:
        return default
    try:
        return kind(text)
    except ValueError as error:
        accepted: Sequence[str] = [each.value for each in kind]
        raise ParameterInvalid(name, f"{name}: {text[:40]!r} is none of them", list(accepted)) from error
