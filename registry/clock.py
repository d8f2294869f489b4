"""The one clock: moments in UTC, days as they are counted in Vietnam."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")

ALWAYS = date.min
"""First day of what has no known beginning; shown as unknown."""


def now() -> datetime:
    return datetime.now(UTC)


def today() -> date:
    return now().astimezone(VIETNAM).date()


def day_of(moment: datetime) -> date:
    """The day in Vietnam on which ``moment`` falls."""
    return moment.astimezone(VIETNAM).date()
