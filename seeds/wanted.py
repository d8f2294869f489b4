"""What a report wants of its demonstration: dossiers with their totals, and what others published."""

from datetime import date

from seeds.sources import Source


class Stream(Source, frozen=True):
    """Dossiers of one or many agencies, with totals that hold exactly.

    The agencies are ``below`` and all under it, of these ``levels`` (each with its share), ``only`` these or
    ``without`` those. ``on_time`` is of the ``resolved``, ``overdue`` of those still running; ``fee_services`` are
    the fee-bearing procedures with dossiers, ``paid_services`` those of them that were ever paid online and
    ``online_services`` those that ever came online (0: as it happens).
    """

    about: str
    below: str
    levels: dict[str, float]
    received: int
    resolved: int
    on_time: int
    overdue: int
    online: int
    fee_due: int
    paid_online: int
    needs_result: int
    e_result: int
    digitised: int
    reused: int
    shared: int
    population: int
    complained: int
    petitions: int
    petitions_on_time: int
    petitions_unsatisfied: int
    only: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    fee_services: int = 0
    paid_services: int = 0
    online_services: int = 0


class Dossiers(Source, frozen=True):
    """The dossiers of a demonstration: those received from ``first`` to ``last``, as they stood on ``last``."""

    first: date
    last: date
    stream: tuple[Stream, ...]


class Popular(Source, frozen=True):
    """Procedures whose titles begin so are asked for so many times as often as others."""

    starts: str
    times: float


class Habits(Source, frozen=True):
    """What people do everywhere."""

    popular: tuple[Popular, ...]


class Seen(Source, frozen=True):
    """A figure that others published of an agency."""

    name: str
    unit: str
    agency: str
    begins: date
    ends: date
    value: float
    out_of: float | None = None
    note: str = ""


class Flag(Source, frozen=True):
    """What agencies have or have not: those with these ``codes``, or all of a ``level`` below one. So many say
    ``yes`` (all, where that is not told), but never those that say ``no``."""

    name: str
    begins: date
    ends: date
    codes: tuple[str, ...] = ()
    below: str = ""
    level: str = ""
    yes: int | None = None
    no: tuple[str, ...] = ()


class Observed(Source, frozen=True):
    """What a report quotes; ``captured`` is the day on which it appeared."""

    source: str
    captured: date
    figure: tuple[Seen, ...] = ()
    flag: tuple[Flag, ...] = ()
