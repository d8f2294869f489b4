"""A question that cannot be asked as it stands: said plainly, with the question without what is wrong in it."""

from typing import Any

from litestar import Request, Response
from litestar.exceptions import ValidationException
from litestar.types import ExceptionHandlersMap

from registry import clock
from registry.api.parameters import MOST_TEXT
from registry.api.problems import ParameterInvalid, ParameterUnknown, described
from registry.web.addresses import here
from registry.web.errors import answer
from registry.web.pages import HTML, place, secure
from registry.web.rendering import render
from registry.web.wording import words

_SHOWN = 80


def refused(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """Names each parameter that is wrong, in words where there are some, and leads on without it."""
    wrong = list(dict.fromkeys(_names(error)))
    if "lang" in wrong or not wrong:
        return answer(request, error)
    where = place(request)
    rest = [(name, value) for name, value in where.given if name not in wrong and name != "phan"]
    text = next((value for name, value in where.given if name == "q"), "").replace("\0", " ")
    found, headers = described(request, error)
    data = {
        "wrong": [(_title(where.language, name), _values(where.given, name)) for name in wrong],
        "long": "q" in wrong and len(text) > MOST_TEXT,
        "most": MOST_TEXT,
        "q": text[:MOST_TEXT],
        "rest": [(name, value) for name, value in rest if name not in ("q", "lang")],
        "without": here(where.language, "/", rest),
        "accepted": found.accepted or [],
        "problem": found,
    }
    body = render("search/refused.html", data, where, illustrative=False, today=clock.today())
    return secure(Response(content=body, status_code=found.status, headers=headers, media_type=HTML))


def _names(error: Exception) -> list[str]:
    if isinstance(error, ParameterInvalid | ParameterUnknown):
        return [error.name]
    extra = error.extra if isinstance(error, ValidationException) else None
    return [str(one["key"]) for one in extra if "key" in one] if isinstance(extra, list) else []


def _title(language: str, name: str) -> str:
    known = words().get(f"search.facet.{name}")
    return known[language] if known else name


def _values(given: tuple[tuple[str, str], ...], name: str) -> list[str]:
    return [value[:_SHOWN] + ("…" if len(value) > _SHOWN else "") for key, value in given if key == name]


REFUSED: ExceptionHandlersMap = dict.fromkeys((ParameterInvalid, ParameterUnknown, ValidationException), refused)
