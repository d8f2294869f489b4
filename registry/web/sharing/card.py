"""What stands on a share picture: few words, which answer most of what people ask."""

from typing import NamedTuple

from registry.procedure import Procedure
from registry.vocabulary import label
from registry.web.procedure import offer
from registry.web.wording import said


class Card(NamedTuple):
    """The texts of a picture. ``facts`` are (term, value) pairs, ``foot`` is its last line, ``mark`` a warning
    that stands apart; either may be empty."""

    brand: str
    line: str
    title: str
    facts: tuple[tuple[str, str], ...]
    foot: str
    mark: str = ""


def of(procedure: Procedure, language: str) -> Card:
    """The card of a procedure."""
    unknown = said(language, "procedure.unknown")
    levels = [label("level", one, language) for one in procedure.levels]
    return Card(
        brand=said(language, "site.name"),
        line=said(language, "site.tagline"),
        title=procedure.name,
        facts=(
            (said(language, "procedure.box.time"), offer.time(procedure, language).short),
            (said(language, "procedure.box.fee"), offer.cost(procedure, language).short),
            (
                said(language, "procedure.box.channels"),
                ", ".join(offer.channels(procedure, language)) or unknown,
            ),
        ),
        foot=" · ".join([f"{said(language, 'procedure.code')} {procedure.code}", *levels]),
        mark=said(language, "procedure.illustrative") if procedure.illustrative else "",
    )


def front(language: str) -> Card:
    """The card of the whole site."""
    return Card(
        brand=said(language, "site.name"),
        line=said(language, "site.tagline"),
        title=said(language, "search.title"),
        facts=((said(language, "share.front.label"), said(language, "share.front.text")),),
        foot=said(language, "share.front.foot"),
    )
