"""Parameters: what each may be, how it is read, and what is said where it is wrong."""

import re
from collections.abc import Iterable
from datetime import date, datetime
from functools import lru_cache
from typing import Annotated, Any

from litestar import Request
from litestar.exceptions import NotFoundException
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.spec import Example
from litestar.params import PathParameter, QueryParameter
from litestar.typing import FieldDefinition

from registry import clock
from registry.api.problems import ParameterInvalid, ParameterUnknown
from search import codes
from search.contract import FOREVER
from search.text import repair

MOST_TEXT = 1000
MOST_OFFSET = 10_000
LANGUAGES = ("vi", "en")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def one(name: str, description: str, example: str, **schema: Any) -> QueryParameter:
    """A parameter that may be given once, as text that is read here."""
    return QueryParameter(
        name=name,
        description=description,
        examples=[Example(summary=example, value=example)],
        schema_extra={"type": "string", "one_of": None, **schema},
    )


def named(description: str, example: str) -> PathParameter:
    """A part of a path that names one thing by its id."""
    return PathParameter(
        description=description, max_length=64, examples=[Example(summary=example, value=example)]
    )


def many(name: str, description: str, *examples: str, accepted: Iterable[str] = ()) -> QueryParameter:
    """A parameter that may be repeated: any of its values will do."""
    values = list(accepted)
    described = f"{description} May be repeated: any of the values will do."
    if values:
        described += f" One of {', '.join(values)}, or the words for it."
    return QueryParameter(
        name=name,
        description=described,
        examples=[Example(summary=", ".join(examples), value=list(examples))],
    )


AsOf = Annotated[
    str | None,
    one(
        "asOf",
        "The day that is asked about (YYYY-MM-DD); today in Vietnam by default.",
        "2025-05-31",
        format="date",
    ),
]
KnownAt = Annotated[
    str | None,
    one(
        "knownAt",
        "Answer with what this registry had recorded by this moment (ISO 8601 with a time zone); now by default.",
        "2025-06-01T00:00:00+07:00",
        format="date-time",
    ),
]
Lang = Annotated[
    str | None,
    one(
        "lang",
        "Language of labels; by default what Accept-Language prefers, else Vietnamese.",
        "en",
        enum=list(LANGUAGES),
    ),
]
Limit = Annotated[int, QueryParameter(description="How many to give at most.", ge=1, le=100)]
Offset = Annotated[int, QueryParameter(description="How many to skip.", ge=0, le=MOST_OFFSET)]
Code = Annotated[
    str,
    PathParameter(
        description="The procedure's code, in any notation: national, or with a province's suffix.",
        examples=[
            Example(summary="national", value="9.000001"),
            Example(summary="a province's copy", value="9.000001.000.00.00.H55"),
        ],
    ),
]


async def check(request: Request[Any, Any, Any], *common: str) -> None:
    """Refuse parameters that the route does not have, or has once and was given twice, and null characters.

    ``common`` are names that every route of a router has, once each. It waits for nothing: Litestar would hand a
    plain function to a thread, once for every request.
    """
    if "\0" in request.scope["path"]:
        raise NotFoundException("a path has no null characters")
    given = request.query_params
    if not given:
        return
    accepted = _parameters(request.route_handler)
    if common:
        accepted = accepted | dict.fromkeys(common, False)
    for name in given:
        if name not in accepted:
            raise ParameterUnknown(name, sorted(accepted))
        values = given.getall(name)
        if len(values) > 1 and not accepted[name]:
            raise ParameterInvalid(name, f"{name} is given {len(values)} times: give it once")
        if any("\0" in value for value in values):
            raise ParameterInvalid(name, f"{name} holds a null character")


@lru_cache(maxsize=256)
def _parameters(handler: HTTPRouteHandler) -> dict[str, bool]:
    """The query parameters of a route, those of what it depends on included, and whether they may be repeated."""
    found: dict[str, bool] = {}
    dependencies = handler.resolve_dependencies()

    def collect(fields: dict[str, FieldDefinition]) -> None:
        for name, field in fields.items():
            if isinstance(field.kwarg_definition, QueryParameter):
                found[field.kwarg_definition.name or name] = field.is_non_string_sequence
            elif name in dependencies:
                collect(dependencies[name].parsed_fn_signature.parameters)

    collect(handler.parsed_fn_signature.parameters)
    return found


def text_of(name: str, value: str | None) -> str:
    """A text that someone typed. Raises ``ParameterInvalid`` beyond ``MOST_TEXT`` characters."""
    if value and len(value) > MOST_TEXT:
        raise ParameterInvalid(name, f"{name} has {len(value)} characters: give at most {MOST_TEXT}")
    return value or ""


def day_of(name: str, value: str | None) -> date:
    """A day; today in Vietnam where none is given."""
    return optional_day(name, value) or clock.today()


def optional_day(name: str, value: str | None) -> date | None:
    if not value:
        return None
    try:
        if not _DAY.fullmatch(value):
            raise ValueError(value)
        return date.fromisoformat(value)
    except ValueError as error:
        detail = f"{name}: {value[:40]!r} is not a day of the calendar: write it as YYYY-MM-DD, like 2025-05-31"
        raise ParameterInvalid(name, detail) from error


def ordinal(day: date) -> int:
    """A day as an engine is asked about it. The last day there is stands for the end of what is open."""
    return min(day.toordinal(), FOREVER - 1)


def moment_of(name: str, value: str | None) -> datetime | None:
    """A moment with its time zone. The plus sign of a zone arrives as a space where it was not encoded."""
    if not value:
        return None
    try:
        moment = datetime.fromisoformat(value.strip().replace(" ", "+") if "T" in value else value)
        if moment.tzinfo is None or not 1 < moment.year < 9999:
            raise ValueError(value)
    except ValueError as error:
        detail = (
            f"{name}: {value[:60]!r} is not a moment: write it with its time zone, "
            "like 2025-06-01T00:00:00Z or 2025-06-01T00:00:00+07:00"
        )
        raise ParameterInvalid(name, detail) from error
    return moment


def code_of(given: str) -> str:
    """A procedure's code in its national notation; what is no code is left as it is."""
    text = repair(given)
    found, rest = codes.find(text)
    if len(found) == 1 and found[0].whole and found[0].value and not rest.strip():
        return found[0].value
    return text


def language_of(request: Request[Any, Any, Any], lang: str | None = None) -> str:
    """The language of labels: as asked for, else as Accept-Language prefers between the two, else Vietnamese."""
    if lang:
        if lang not in LANGUAGES:
            raise ParameterInvalid("lang", f"lang: {lang[:40]!r} is no language of this registry", list(LANGUAGES))
        return lang
    best = {"vi": 0.0, "en": 0.0}
    for part in request.headers.get("accept-language", "").split(","):
        tag, _, quality = part.strip().partition(";")
        short = tag.split("-")[0].strip().lower()
        if short in best:
            best[short] = max(best[short], _quality(quality))
    return "en" if best["en"] > best["vi"] else "vi"


def _quality(text: str) -> float:
    try:
        return float(text.replace(" ", "").removeprefix("q=") or 1)
    except ValueError:
        return 0.0
