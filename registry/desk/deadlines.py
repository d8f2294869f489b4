"""By when an announcement has to be announced and made public, for the two indicators that count it.

Decision 766/QĐ-TTg of 2022, group "Công khai, minh bạch": PUBLISH_ON_TIME counts what was announced no later than
5 working days before it takes effect, PUBLIC_UPDATE_ON_TIME what was published no later than 5 working days after
it was decided; for ministries 20 and 10.
"""

from datetime import date

import msgspec

from registry.calendar import add_working
from registry.vocabulary import Level

BEFORE_EFFECT = {False: 5, True: 20}
AFTER_DECISION = {False: 5, True: 10}


class Deadline(msgspec.Struct, frozen=True, rename="camel"):
    """The last day (``until``) on which ``what`` counts for ``indicator``, ``working_days`` from ``of``. ``day``
    is when it happens, or today while it has not; ``kept`` whether that is in time."""

    indicator: str
    what: str
    of: date
    working_days: int
    until: date
    day: date
    kept: bool


def deadlines(
    level: str | None, decided: date | None, effective: date | None, published: date | None, today: date
) -> list[Deadline]:
    """The deadlines of an announcement by an agency of ``level``; those whose day is not known are left out."""
    ministry = level == Level.MINISTRY
    found = []
    if effective is not None:
        days = -BEFORE_EFFECT[ministry]
        found.append(_deadline("PUBLISH_ON_TIME", "announced", effective, days, decided or today))
    if decided is not None:
        days = AFTER_DECISION[ministry]
        found.append(_deadline("PUBLIC_UPDATE_ON_TIME", "published", decided, days, published or today))
    return [one for one in found if one is not None]


def _deadline(indicator: str, what: str, of: date, days: int, day: date) -> Deadline | None:
    try:
        until = add_working(of, days)
    except OverflowError:  # days at the ends of the calendar, which the gate refuses
        return None
    return Deadline(indicator, what, of, days, until, day, day <= until)
