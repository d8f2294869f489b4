"""From data to HTML: one set of templates for each language, and what all of them may call."""

from collections.abc import Mapping
from datetime import date
from functools import lru_cache, partial
from typing import Any, NamedTuple

from jinja2 import Environment, PackageLoader, StrictUndefined

from registry import __version__
from registry.web import addresses, writing
from registry.web.assets import asset
from registry.web.wording import LANGUAGES, said


class Place(NamedTuple):
    """Where a page is: its path, the parameters it was given, the language it is read in, the site's address."""

    path: str
    given: tuple[tuple[str, str], ...]
    language: str
    site: str


@lru_cache(maxsize=len(LANGUAGES))
def environment(language: str) -> Environment:
    """The templates in one language. What is not there is an error, not an empty text; all text is escaped."""
    made = Environment(
        loader=PackageLoader("registry.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        extensions=["jinja2.ext.do"],
    )
    made.globals |= {
        "lang": language,
        "t": partial(said, language),
        "link": partial(addresses.link, language),
        "asset": asset,
        "release": __version__,
    }
    for write in (writing.number, writing.decimal, writing.percent, writing.money, writing.day, writing.moment):
        made.globals[write.__name__] = partial(write, language)
        made.filters[write.__name__] = partial(write, language)
    return made


def render(template: str, data: Mapping[str, Any], place: Place, *, illustrative: bool, today: date) -> bytes:
    """A page in UTF-8. ``illustrative`` puts the label on it that says so."""
    other = "en" if place.language == "vi" else "vi"
    here = partial(addresses.here, place.language, place.path, place.given)
    common = {
        "path": place.path,
        "site": place.site,
        "here": here,
        "other": here(lang=None if other == "vi" else other),
        "illustrative": illustrative,
        "today": today,
    }
    return environment(place.language).get_template(template).render({**common, **data}).encode()
