"""Errors as problem details (RFC 9457): the one place that decides what a client is told about a failure."""

import logging
import sqlite3
from collections.abc import Mapping
from datetime import date
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import asyncpg
import msgspec
from litestar import Request, Response
from litestar.exceptions import HTTPException
from litestar.types import ExceptionHandlersMap

from registry.catalogue.errors import (
    AgencyNotFound,
    AnnouncementAmbiguous,
    AnnouncementNotFound,
    ProcedureNotFound,
)
from registry.desk.errors import (
    DeskError,
    DraftChanged,
    DraftClosed,
    DraftInvalid,
    DraftNotFound,
    DraftNotYours,
    Refused,
)
from registry.desk.reasons import Reason
from registry.engine import StoreUnavailable
from registry.metrics.ask import AskInvalid, IndicatorNotFound
from search.contract import IndexUnavailable

log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"
TYPE = "urn:danhmuc:problem:"
STORE_FAULTS = (
    StoreUnavailable,
    sqlite3.OperationalError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
)


class Days(msgspec.Struct, frozen=True, rename="camel"):
    """Days on which something is in force: from ``valid_from`` to the day before ``valid_to``."""

    valid_from: date
    valid_to: date | None


class Choice(msgspec.Struct, frozen=True, rename="camel"):
    """One of several announcements that have the same number."""

    id: str
    issuer: str
    decided: date | None


class Fault(msgspec.Struct, frozen=True, rename="camel"):
    """What is wrong with one parameter."""

    parameter: str
    detail: str


class Problem(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """Problem details. Whatever follows ``instance`` is there where it helps the client on.

    ``accepted`` lists parameter names or values that would do; ``days`` when a procedure is in force and
    ``successors`` the codes that took its place; ``choices`` the announcements between which to choose;
    ``reasons`` why a draft cannot be published, ``version`` at which it is now.
    """

    type: str
    title: str
    status: int
    detail: str
    instance: str
    parameter: str | msgspec.UnsetType = msgspec.UNSET
    accepted: list[str] | msgspec.UnsetType = msgspec.UNSET
    errors: list[Fault] | msgspec.UnsetType = msgspec.UNSET
    days: list[Days] | msgspec.UnsetType = msgspec.UNSET
    successors: list[str] | msgspec.UnsetType = msgspec.UNSET
    choices: list[Choice] | msgspec.UnsetType = msgspec.UNSET
    reasons: list[Reason] | msgspec.UnsetType = msgspec.UNSET
    version: int | msgspec.UnsetType = msgspec.UNSET


class ParameterUnknown(Exception):
    """The route has no parameter of this name; ``accepted`` are those it has."""

    def __init__(self, name: str, accepted: list[str]) -> None:
        self.name = name
        self.accepted = accepted
        super().__init__(f"there is no parameter {name!r} here")


class ParameterInvalid(Exception):
    """A parameter has a value that cannot be used; ``accepted`` are those that can, where they are few."""

    def __init__(self, name: str, detail: str, accepted: list[str] | None = None) -> None:
        self.name = name
        self.accepted = accepted
        super().__init__(detail)


class NotAcceptable(Exception):
    """The route answers in none of the media types that the client takes; ``accepted`` are those it has."""

    def __init__(self, accepted: list[str]) -> None:
        self.accepted = accepted
        super().__init__(f"this is to be had as {', '.join(accepted)}: name one of them in Accept, or nothing")


class ProcedureAbsent(ProcedureNotFound):
    """``ProcedureNotFound`` with the codes that took the place of the one that was asked for."""

    def __init__(self, error: ProcedureNotFound, successors: list[str]) -> None:
        super().__init__(error.code, error.day, error.days)
        self.successors = successors


def _parameter_unknown(error: ParameterUnknown) -> dict[str, Any]:
    return _described("unknown-parameter", "Unknown parameter", 400, error) | {
        "parameter": error.name,
        "accepted": error.accepted,
    }


def _parameter_invalid(error: ParameterInvalid) -> dict[str, Any]:
    accepted = {} if error.accepted is None else {"accepted": error.accepted}
    return _described("invalid-parameter", "Invalid parameter", 400, error) | {"parameter": error.name} | accepted


def _not_acceptable(error: NotAcceptable) -> dict[str, Any]:
    return _described("not-acceptable", "No such form", 406, error) | {"accepted": error.accepted}


def _procedure_absent(error: ProcedureNotFound) -> dict[str, Any]:
    name, title = "procedure-not-found", "No such procedure"
    if error.days:
        name, title = "procedure-not-in-force", "Procedure not in force"
    return _described(name, title, 404, error) | {
        "days": [Days(start, end) for start, end in error.days],
        "successors": getattr(error, "successors", []),
    }


def _announcement_absent(error: AnnouncementNotFound) -> dict[str, Any]:
    return _described("announcement-not-found", "No such announcement", 404, error)


def _announcement_ambiguous(error: AnnouncementAmbiguous) -> dict[str, Any]:
    return _described("announcement-ambiguous", "Several announcements have this number", 409, error) | {
        "choices": [Choice(*choice) for choice in error.choices]
    }


def _agency_absent(error: AgencyNotFound) -> dict[str, Any]:
    return _described("agency-not-found", "No such agency", 404, error)


def _desk(error: DeskError) -> dict[str, Any]:
    name, title, status = _DESK[type(error)]
    more: dict[str, Any] = {}
    if isinstance(error, Refused):
        more = {
            "reasons": error.reasons,
            "detail": f"Reasons that keep it from being published: {len(error.reasons)}.",
        }
    elif isinstance(error, DraftChanged):
        more = {"version": error.version}
    elif isinstance(error, DraftInvalid):
        more = {"parameter": error.field}
    return _described(name, title, status, error) | more


_DESK: Mapping[type[DeskError], tuple[str, str, int]] = {
    DraftNotFound: ("draft-not-found", "No such draft", 404),
    DraftNotYours: ("draft-not-yours", "Another agency's draft", 403),
    DraftChanged: ("draft-changed", "Edited meanwhile", 409),
    DraftClosed: ("draft-closed", "No longer open", 409),
    DraftInvalid: ("draft-invalid", "No draft can hold this", 400),
    Refused: ("not-publishable", "Refused by the publish gate", 422),
}


def _indicator_absent(error: IndicatorNotFound) -> dict[str, Any]:
    return _described("indicator-not-found", "No such indicator", 404, error) | {"accepted": list(error.known)}


def _ask_invalid(error: AskInvalid) -> dict[str, Any]:
    return _parameter_invalid(ParameterInvalid(error.field, str(error), list(error.accepted) or None))


def _index_unavailable(error: IndexUnavailable) -> dict[str, Any]:
    log.error("the search index cannot answer: %s", error)
    return {
        "type": TYPE + "search-unavailable",
        "title": "Search is unavailable",
        "status": 503,
        "detail": "The search index cannot answer now; procedures can still be read by their codes.",
    }


def _store_unavailable(error: Exception) -> dict[str, Any]:
    log.error("the database cannot answer: %s", error, exc_info=error)
    return {
        "type": TYPE + "store-unavailable",
        "title": "The catalogue is unavailable",
        "status": 503,
        "detail": "The database cannot answer now.",
    }


def _http(error: HTTPException) -> dict[str, Any]:
    status = HTTPStatus(error.status_code)
    if status >= 500:
        return _unexpected(error)
    found = {"type": "about:blank", "title": status.phrase, "status": int(status), "detail": error.detail}
    # Litestar lists what is wrong with parameters in ``extra``.
    if isinstance(error.extra, list):
        faults = [Fault(str(one.get("key", "")), str(one.get("message", ""))) for one in error.extra]
        found |= {"type": TYPE + "invalid-parameter", "title": "Invalid parameter", "errors": faults}
        found["detail"] = "; ".join(f"{fault.parameter}: {fault.detail}" for fault in faults)
    return found


def _too_deep(error: RecursionError) -> dict[str, Any]:
    # Only a body can go as deep: nothing of ours calls itself by what it was given.
    log.warning("a request was refused: %s", error)
    return {
        "type": TYPE + "invalid-body",
        "title": "Invalid body",
        "status": 400,
        "detail": "The body is nested too deeply.",
    }


def _unexpected(error: Exception) -> dict[str, Any]:
    log.error("a request failed: %s", error, exc_info=error)
    return {
        "type": "about:blank",
        "title": HTTPStatus(500).phrase,
        "status": 500,
        "detail": "Something went wrong here, not in the request. It has been logged.",
    }


def _described(name: str, title: str, status: int, error: Exception) -> dict[str, Any]:
    return {"type": TYPE + name, "title": title, "status": status, "detail": str(error)}


_DESCRIBED: Mapping[type[Exception], Any] = {
    ParameterUnknown: _parameter_unknown,
    ParameterInvalid: _parameter_invalid,
    NotAcceptable: _not_acceptable,
    ProcedureNotFound: _procedure_absent,
    AnnouncementNotFound: _announcement_absent,
    AnnouncementAmbiguous: _announcement_ambiguous,
    AgencyNotFound: _agency_absent,
    IndicatorNotFound: _indicator_absent,
    AskInvalid: _ask_invalid,
    IndexUnavailable: _index_unavailable,
    **dict.fromkeys(_DESK, _desk),
    HTTPException: _http,
    RecursionError: _too_deep,
    Exception: _unexpected,
    **dict.fromkeys(STORE_FAULTS, _store_unavailable),
}


def problem(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """The answer to a request that failed with ``error``."""
    found, headers = described(request, error)
    return Response(
        content=msgspec.json.encode(found), status_code=found.status, headers=headers, media_type=MEDIA_TYPE
    )


def described(request: Request[Any, Any, Any], error: Exception) -> tuple[Problem, dict[str, str]]:
    """What a client is told about ``error``, and the headers that belong to it."""
    kind = next(kind for kind in type(error).__mro__ if kind in _DESCRIBED)
    found = Problem(instance=_instance(request), **_DESCRIBED[kind](error))
    headers = {"cache-control": "no-store"}
    if isinstance(error, HTTPException) and error.headers:
        headers |= {name.lower(): value for name, value in error.headers.items()}
    if found.status == HTTPStatus.METHOD_NOT_ALLOWED and "GET" in headers.get("allow", ""):
        headers["allow"] += ", HEAD"
    return found, headers


def _instance(request: Request[Any, Any, Any]) -> str:
    query = request.scope["query_string"].decode("latin-1")
    path = quote(request.scope["path"])
    return f"{path}?{query}" if query else path


HANDLERS: ExceptionHandlersMap = dict.fromkeys(_DESCRIBED, problem)
