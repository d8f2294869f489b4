"""Days and moments as sources write them: ordinals, and milliseconds since 1970."""

from datetime import UTC, date, datetime, timedelta, timezone

from registry.dossiers.dossier import EXPECTED, Wrong

VIETNAM = timezone(timedelta(hours=7))
"""As it has been since 1975, and far quicker than a database of zones."""
FIRST = date(2000, 1, 1).toordinal()
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DAY = date(1970, 1, 1).toordinal()
_MS = timedelta(milliseconds=1)
DAY_MS = 86_400_000
_SEVEN_HOURS = 7 * 3_600_000
DAY_LENGTH = len("2025-05-31")

_known: dict[str | None, int] = {}
known = _known.get
"""The ordinal of a day that was seen before, without parsing it: the same few thousand come again and again."""
_MOST_KNOWN = 40_000


def ordinal(field: str, text: str) -> int:
    """The day of an ISO day or moment, in Vietnam unless it names a zone. Raises ``Wrong``."""
    moment = _moment(field, text)
    day = (moment if moment.tzinfo is None else moment.astimezone(VIETNAM)).toordinal()
    if len(text) == DAY_LENGTH and len(_known) < _MOST_KNOWN:
        _known[text] = day
    return day


_times: dict[str, int] = {}
"""By what follows the day in a moment (time and zone), milliseconds to be added to those of all days before it."""
known_time = _times.get
_MOST_TIMES = 50_000
_LONGEST_TIME = len("T16:30:00+07:00")


def milliseconds(field: str, text: str) -> int:
    """The moment in milliseconds since 1970; a day alone stands for its beginning. Raises ``Wrong``."""
    day, time = _known.get(text[:DAY_LENGTH]), _times.get(text[DAY_LENGTH:])
    if day is not None and time is not None:
        return day * DAY_MS + time
    moment = _moment(field, text)
    aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=VIETNAM)
    found = (aware - _EPOCH) // _MS
    if len(text) <= DAY_LENGTH + _LONGEST_TIME and len(_times) < _MOST_TIMES:
        _times[text[DAY_LENGTH:]] = found - ordinal(field, text[:DAY_LENGTH]) * DAY_MS
    return found


def beginning(day: int) -> int:
    """The beginning of a day in Vietnam, in milliseconds since 1970."""
    return (day - _EPOCH_DAY) * DAY_MS - _SEVEN_HOURS


def _moment(field: str, text: str) -> datetime:
    try:
        # Python reads more than is meant here: days without dashes, and weeks.
        if text[4] != "-" or text[7] != "-" or len(text) > 40:
            raise ValueError
        moment = datetime.fromisoformat(text)
        if not 1900 < moment.year < 2200:
            raise ValueError
    except (ValueError, IndexError) as error:
        raise Wrong(field, EXPECTED[field]) from error
    return moment
