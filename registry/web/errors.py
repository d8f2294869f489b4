"""Errors as pages, for people: what happened, in their language, and the way on. Programs get problem details."""

from typing import Any

from litestar import Request, Response
from litestar.handlers import HTTPRouteHandler
from litestar.types import ExceptionHandlersMap

from registry import clock
from registry.api import problems
from registry.api.problems import ParameterInvalid, Problem, described, problem
from registry.web.pages import HTML, place, secure
from registry.web.rendering import Place, render
from registry.web.wording import words

# Whoever asks for these is a program, whatever it accepts.
PROGRAMS = ("/api", "/health", "/schema")


def answer(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """A page where a page was asked for, else problem details."""
    if not _asks_for_page(request):
        return problem(request, error)
    found, headers = described(request, error)
    body = render(
        "error.html",
        {"problem": found, "kind": _kind(found)},
        _place(request),
        illustrative=False,
        today=clock.today(),
    )
    return secure(Response(content=body, status_code=found.status, headers=headers, media_type=HTML))


HANDLERS: ExceptionHandlersMap = dict.fromkeys(problems.HANDLERS, answer)


def _asks_for_page(request: Request[Any, Any, Any]) -> bool:
    handler = request.scope.get("route_handler")
    if isinstance(handler, HTTPRouteHandler):
        return bool(handler.opt.get("page"))
    path = request.scope["path"]
    if any(path == one or path.startswith(f"{one}/") for one in PROGRAMS):
        return False
    return "text/html" in request.headers.get("accept", "")


def _kind(found: Problem) -> str:
    """The kind of problem that there are words for: its own, else that of its status, else any."""
    own = found.type.removeprefix(problems.TYPE)
    known = words()
    return next(kind for kind in (own, str(found.status), "any") if f"problem.{kind}.title" in known)


def _place(request: Request[Any, Any, Any]) -> Place:
    try:
        return place(request)
    except ParameterInvalid:  # the language itself is what is wrong
        return Place(request.scope["path"], (), "vi", request.app.state.settings.address)
