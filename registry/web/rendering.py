"""From data to HTML: one set of templates for each language, and what all of them may call."""

from collections.abc import Mapping
from datetime import date
from functools import lru_cache, partial
from typing import Any, NamedTuple

from jinja2 import Environment, PackageLoader, StrictUndefined, nodes
from jinja2.compiler import CodeGenerator
from jinja2.visitor import NodeTransformer
from markupsafe import Markup, escape

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


# What these give for the same arguments is the same for as long as the process lives.
SETTLED = ("t", "asset", "link")
WRITTEN = (writing.number, writing.decimal, writing.percent, writing.money, writing.day, writing.moment)
OURS = {*SETTLED, *(write.__name__ for write in WRITTEN)}
# Labels, codes and names come again on page after page; so many of the short ones are kept escaped.
MOST_TEXTS = 16_384
LONGEST_TEXT = 100


class _Settled(NodeTransformer):
    """Puts words, and addresses that are the same on every page, into the template itself: a page has hundreds."""

    def __init__(self, made: Environment) -> None:
        self._made = made

    def visit_Call(self, node: nodes.Call) -> nodes.Node:
        self.generic_visit(node)
        name = node.node.name if isinstance(node.node, nodes.Name) else ""
        if name not in OURS:
            return node
        given = [one.value for one in node.args if isinstance(one, nodes.Const)]
        alone = len(given) == len(node.args) and not (node.kwargs or node.dyn_args or node.dyn_kwargs)
        if alone and name in SETTLED:
            settle: Any = self._made.globals[name]
            return nodes.Const(settle(*given), lineno=node.lineno)
        if not node.args:
            return node
        # A filter is called as it is; a call asks first whether the function wants to know where it is called.
        first, *rest = node.args
        return nodes.Filter(first, name, rest, node.kwargs, node.dyn_args, node.dyn_kwargs, lineno=node.lineno)


_short = lru_cache(maxsize=MOST_TEXTS)(escape)


def escaped(value: Any) -> str:
    """``escape`` of what a template puts out; it is called a thousand times for a page."""
    kind = type(value)
    if kind is str:
        return _short(value) if len(value) <= LONGEST_TEXT else escape(value)
    return value if kind is Markup else escape(value)


class _Code(CodeGenerator):
    """Jinja's, but for what escapes."""

    def _output_child_pre(self, node: nodes.Expr, frame: Any, finalize: Any) -> None:
        if frame.eval_ctx.volatile or not frame.eval_ctx.autoescape:
            super()._output_child_pre(node, frame, finalize)
        else:
            self.write("environment.escaped(")


class Templates(Environment):
    """Jinja's, with what is settled put in where a template is compiled."""

    code_generator_class = _Code
    escaped = staticmethod(escaped)

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        found = super()._parse(source, name, filename)
        _Settled(self).visit(found)
        return found


@lru_cache(maxsize=len(LANGUAGES))
def environment(language: str) -> Environment:
    """The templates in one language. What is not there is an error, not an empty text; all text is escaped."""
    made = Templates(
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
    made.globals |= {write.__name__: partial(write, language) for write in WRITTEN}
    made.filters |= {name: made.globals[name] for name in OURS}
    return made


def macros(template: str, language: str) -> Any:
    """The macros of a template, as methods that give ``Markup``: for what is written once and kept."""
    return environment(language).get_template(template).module


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
