"""Errors that a command may meet, each turned into one line for people and an exit code. Only here."""

import errno
import sqlite3

import asyncpg

from registry.access.actors import AccessError
from registry.access.keys import KeyNotFound
from registry.access.people import PersonNotFound
from registry.catalogue.errors import AnnouncementAmbiguous, CatalogueError, ProcedureNotFound
from registry.cli.exits import Exit
from registry.desk.errors import DeskError, DraftInvalid, DraftNotFound
from registry.engine import StoreUnavailable
from registry.intake.quarantine import QuarantineNotFound
from registry.intake.record import SourceUnreadable
from registry.intake.retrying import FixUnusable, NothingToRetry
from registry.migrating import MigrationFailed
from registry.settings import SettingInvalid
from search.contract import IndexUnavailable
from search.relevance import JudgedUnreadable


class Refusal(Exception):
    """A command cannot do what it was asked; the message says why and what to do instead."""

    def __init__(self, message: str, code: Exit) -> None:
        super().__init__(message)
        self.code = code


_CODES: tuple[tuple[type[Exception], Exit], ...] = (
    (SettingInvalid, Exit.USAGE),
    (SourceUnreadable, Exit.USAGE),
    (JudgedUnreadable, Exit.USAGE),
    (CatalogueError, Exit.UNKNOWN),
    (QuarantineNotFound, Exit.UNKNOWN),
    (NothingToRetry, Exit.UNKNOWN),
    (FixUnusable, Exit.USAGE),
    (KeyNotFound, Exit.UNKNOWN),
    (PersonNotFound, Exit.UNKNOWN),
    (AccessError, Exit.USAGE),
    (DraftNotFound, Exit.UNKNOWN),
    (DraftInvalid, Exit.USAGE),
    (DeskError, Exit.REFUSED),
    (StoreUnavailable, Exit.UNAVAILABLE),
    (MigrationFailed, Exit.UNAVAILABLE),
    (IndexUnavailable, Exit.UNAVAILABLE),
)

# What SQLite says of its file and its surroundings; any other code is a fault of this program.
_SQLITE = {
    sqlite3.SQLITE_BUSY: "another process is writing to it; try again when that has finished",
    sqlite3.SQLITE_LOCKED: "another process is writing to it; try again when that has finished",
    sqlite3.SQLITE_FULL: "the disk is full; free some space, then run this again",
    sqlite3.SQLITE_IOERR: "the disk cannot be read or written; it may be full or failing",
    sqlite3.SQLITE_READONLY: "it may not be written; make it writable, or set DANHMUC_DATA to another folder",
    sqlite3.SQLITE_CANTOPEN: "it cannot be opened; set DANHMUC_DATA to a folder that can be read and written",
    sqlite3.SQLITE_CORRUPT: "it is damaged; restore it from a backup, or import into a new DANHMUC_DATA",
    sqlite3.SQLITE_NOTADB: "it is no SQLite database; set DANHMUC_DATA to another folder",
}

# SQLSTATE classes (appendix A of the PostgreSQL manual) that speak of the server and not of the statement.
_POSTGRES = ("08", "28", "3D", "53", "55", "57", "58")


def explain(error: BaseException) -> tuple[str, Exit] | None:
    """The line and the exit code for an error; ``None`` for one that nobody expected."""
    if isinstance(error, Refusal):
        return str(error), error.code
    for kind, code in _CODES:
        if isinstance(error, kind):
            return f"{error}{_further(error)}", code
    if isinstance(error, sqlite3.Error | asyncpg.PostgresError | asyncpg.InterfaceError):
        return _database(error)
    if isinstance(error, OSError):
        return _system(error), Exit.UNAVAILABLE
    # Imported last: it brings the web framework with it, which most commands do without.
    from registry.api.problems import ParameterInvalid

    return (str(error), Exit.USAGE) if isinstance(error, ParameterInvalid) else None


def _further(error: Exception) -> str:
    """What the message of an error leaves out, but helps to go on."""
    if isinstance(error, ProcedureNotFound) and error.days:
        spans = [f"{start} to {'now' if end is None else end}" for start, end in error.days]
        return f"; it is from {', '.join(spans)}"
    if isinstance(error, AnnouncementAmbiguous):
        return ": " + "; ".join(
            f"{key} ({issuer}, {decided or 'no day'})" for key, issuer, decided in error.choices
        )
    return ""


def _database(error: Exception) -> tuple[str, Exit] | None:
    if isinstance(error, sqlite3.Error):
        # The upper bits of the code tell more than is needed here.
        told = _SQLITE.get(getattr(error, "sqlite_errorcode", 0) & 0xFF)
        return (f"the database: {told} ({error})", Exit.UNAVAILABLE) if told else None
    state = getattr(error, "sqlstate", None) or ""
    if isinstance(error, asyncpg.InterfaceError) or state[:2] in _POSTGRES:
        return f"the database at DANHMUC_DATABASE_URL: {error}", Exit.UNAVAILABLE
    return None


def _system(error: OSError) -> str:
    where = f"{error.filename}: " if error.filename else ""
    reason = error.strerror or str(error)
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"{where}the disk is full; free some space, then run this again"
    return f"{where}{reason[:1].lower()}{reason[1:]}"
