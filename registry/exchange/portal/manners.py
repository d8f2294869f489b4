"""How a client behaves towards a portal that others need too, and what it says when it cannot go on."""

import msgspec


class Manners(msgspec.Struct, frozen=True):
    """Limits of a client. Times are in seconds.

    ``rate`` is requests a second over all connections, 0 for as fast as answers come. A request is tried ``tries``
    times, after pauses that double from ``pause``; no pause is longer than ``longest``. ``giving_up`` requests
    that fail one after another mean that the portal is down. ``rounds`` is the number of runs over which every
    record is fetched again, whether or not anything hints that it changed. What a run has fetched before it was
    stopped is used by the next within ``fresh``.
    """

    rate: float = 5.0
    connections: int = 4
    tries: int = 5
    pause: float = 1.0
    longest: float = 120.0
    connecting: float = 10.0
    answering: float = 30.0
    whole: float = 60.0
    most_bytes: int = 16 * 2**20
    giving_up: int = 8
    page: int = 100
    most_items: int = 200_000
    rounds: int = 24
    fresh: float = 24 * 3600.0


class SourceFault(Exception):
    """The source cannot be synced from now: it is down, refuses, or is none. The message says what to do."""


class SyncRunning(Exception):
    """Another run goes on; the message says which."""


class LockLost(Exception):
    """The lock of this run was lost with the database's connection; another run may have begun."""


class RecordAbsent(Exception):
    """The source answers that it has no such record."""


class AnswerBroken(Exception):
    """An answer that is worth asking for again: garbled, another's, or a page for people in the place of data.

    ``body`` is there where it would have been the record, and is to be quarantined if it comes like this again.
    """

    def __init__(self, reason: str, body: bytes = b"") -> None:
        super().__init__(reason)
        self.body = body


class RequestFailed(Exception):
    """A request that failed as often as it was tried; ``body`` is what came in the place of a record, if any."""

    def __init__(self, reason: str, body: bytes = b"") -> None:
        super().__init__(reason)
        self.reason = reason
        self.body = body
