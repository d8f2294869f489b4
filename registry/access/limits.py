"""How often something may be tried. Kept in the store, so that all processes that serve it count together."""

from datetime import datetime, timedelta
from hashlib import sha256
from math import ceil

import msgspec
from piccolo.querystring import QueryString

from registry import clock
from registry.access.actors import AccessError
from registry.engine import Database


class Limit(msgspec.Struct, frozen=True):
    """``free`` tries within ``period`` cost nothing. Each one beyond closes the door for twice as long as the one
    before, beginning with ``pause``, and for at most ``longest``."""

    free: int
    period: timedelta
    pause: timedelta
    longest: timedelta


DAY, MINUTE, SECOND = timedelta(days=1), timedelta(minutes=1), timedelta(seconds=1)
# Guesses at one account: the fifth waits a second, the tenth a minute, the fifteenth a quarter of an hour.
ACCOUNT = Limit(4, DAY, SECOND, 15 * MINUTE)
# Guesses from one address, behind which a whole office may sit.
ADDRESS = Limit(30, DAY, SECOND, 15 * MINUTE)
WRITES = Limit(600, MINUTE, SECOND, MINUTE)


class TooMany(AccessError):
    """Something was tried too often; ``wait`` is how many seconds it is refused for."""

    def __init__(self, wait: int) -> None:
        self.wait = wait
        super().__init__(f"tried too often: try again in {wait} seconds")


def subject_of(kind: str, name: str) -> str:
    """What is counted, without its name: people type passwords where their login belongs."""
    return f"{kind}:{sha256(name.encode(errors='surrogatepass')).hexdigest()[:32]}"


async def take(database: Database, *tries: tuple[Limit, str]) -> None:
    """Count a try at each subject, before it is known how it ends. Raises ``TooMany`` where one of them is closed;
    then nothing is counted. Opens a transaction."""

    async def count() -> int:
        moment = clock.now()
        found = [await _read(database, subject, limit, moment) for limit, subject in tries]
        wait = max((closed - moment for _, _, closed in found if closed and closed > moment), default=None)
        if wait is not None:
            return max(1, ceil(wait.total_seconds()))
        for (limit, subject), (tried, since, _) in zip(tries, found, strict=True):
            await _write(database, subject, tried + 1, since, _closed(limit, tried + 1, moment))
        return 0

    if wait := await database.transact(count):
        raise TooMany(wait)


async def forget(database: Database, subject: str) -> None:
    """Count nothing against this any more; only inside ``Database.transact``."""
    await database.rows(QueryString("DELETE FROM attempt WHERE subject = {}", subject))


async def give_back(database: Database, subject: str) -> None:
    """Take back one try; only inside ``Database.transact``."""
    await database.rows(
        QueryString("UPDATE attempt SET tried = tried - 1 WHERE subject = {} AND tried > 0", subject)
    )


async def sweep(database: Database) -> None:
    """Forget what was counted days ago; only inside ``Database.transact``."""
    await database.rows(QueryString("DELETE FROM attempt WHERE since < {}", clock.now() - 2 * DAY))


def _closed(limit: Limit, tried: int, moment: datetime) -> datetime | None:
    beyond = tried - limit.free
    if beyond <= 0:
        return None
    wait: timedelta = limit.pause * (1 << min(beyond - 1, 30))
    return moment + min(limit.longest, wait)


async def _read(
    database: Database, subject: str, limit: Limit, moment: datetime
) -> tuple[int, datetime, datetime | None]:
    rows = await database.rows(
        QueryString("SELECT tried, since, closed_until FROM attempt WHERE subject = {}", subject)
    )
    if not rows or moment - rows[0]["since"] > limit.period:
        return 0, moment, rows[0]["closed_until"] if rows else None
    return rows[0]["tried"], rows[0]["since"], rows[0]["closed_until"]


async def _write(database: Database, subject: str, tried: int, since: datetime, closed: datetime | None) -> None:
    await database.rows(
        QueryString(
            "INSERT INTO attempt (subject, tried, since, closed_until) VALUES ({}, {}, {}, {}) "
            "ON CONFLICT (subject) DO UPDATE SET tried = excluded.tried, since = excluded.since, "
            "closed_until = excluded.closed_until",
            subject,
            tried,
            since,
            closed,
        )
    )
