"""The changes as an Atom feed (RFC 4287) in pages (RFC 5005): an entry for what one announcement did on one day.

Ids are made from the registry's identity, so that they stay when its address changes.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import NamedTuple
from urllib.parse import urlencode
from uuid import UUID, uuid5
from xml.etree import ElementTree

from markupsafe import Markup

from registry.catalogue.chronicle import Entry, Happening
from registry.procedure import Announcement
from registry.web.addresses import link
from registry.web.wording import said
from registry.web.writing import day, number

MEDIA = "application/atom+xml; charset=utf-8"
NAMESPACE = "http://www.w3.org/2005/Atom"
MOST_TOLD = 100
"""Procedures that one entry lists; the announcement's own page has them all."""
# What XML 1.0 cannot hold, not even escaped.
_ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
Told = Sequence[tuple[Entry, Announcement | None]]


class Feed(NamedTuple):
    """Which feed: whose, at which address, in which language, and what it is narrowed to."""

    identity: str
    site: str
    publisher: str
    address: str
    language: str
    query: Mapping[str, str]

    @property
    def id(self) -> UUID:
        whole, narrowed = UUID(self.identity), urlencode(sorted((k, v) for k, v in self.query.items() if v))
        return uuid5(whole, narrowed) if narrowed else whole


class Pages(NamedTuple):
    page: int
    last: int


def write(feed: Feed, pages: Pages, updated: datetime | None, entries: Told, called: Mapping[str, str]) -> bytes:
    """A page of the feed. ``updated`` is when anything in the whole feed changed last, ``called`` procedures'
    names by their codes."""
    root = ElementTree.Element("feed", {"xmlns": NAMESPACE, "xml:lang": feed.language})
    _text(root, "id", f"urn:uuid:{feed.id}")
    _text(root, "title", said(feed.language, "changes.feed"))
    _text(root, "updated", _moment(updated or _NEVER))
    _text(ElementTree.SubElement(root, "author"), "name", feed.publisher)
    _link(root, "alternate", link(feed.language, feed.site + "/thay-doi", feed.query), "text/html")
    for relation, page in _relations(pages):
        _link(root, relation, _page(feed, page), MEDIA.partition(";")[0])
    _text(root, "generator", "Danh Mục")
    for entry, act in entries:
        _entry(root, feed, entry, act, called)
    written: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return written


def _relations(pages: Pages) -> Iterable[tuple[str, int]]:
    yield "self", pages.page
    yield "first", 1
    yield "last", pages.last
    if pages.page > 1:
        yield "previous", min(pages.page - 1, pages.last)
    if pages.page < pages.last:
        yield "next", pages.page + 1


def _page(feed: Feed, page: int) -> str:
    if page == 1:
        return feed.address
    return f"{feed.address}{'&' if '?' in feed.address else '?'}trang={page}"


def _entry(
    root: ElementTree.Element, feed: Feed, entry: Entry, act: Announcement | None, called: Mapping[str, str]
) -> None:
    found = ElementTree.SubElement(root, "entry")
    name = f"{entry.day.isoformat()} {entry.announcement or ''}"
    _text(found, "id", f"urn:uuid:{uuid5(UUID(feed.identity), name)}")
    _text(found, "title", title(entry, act, feed.language))
    _text(found, "published", _moment(entry.published))
    _text(found, "updated", _moment(entry.updated))
    where = f"/quyet-dinh/{entry.announcement}" if act else "/thay-doi"
    query = {} if act else {"tu": entry.day, "den": entry.day}
    _link(found, "alternate", link(feed.language, feed.site + where, query), "text/html")
    _text(found, "content", str(_content(feed, entry, called)), type="html")


def title(entry: Entry, act: Announcement | None, language: str) -> str:
    """An entry in one line: which decision, from which day, and how many of what."""
    counts = ", ".join(
        said(language, f"changes.count.{turn}", n=number(language, count)) for turn, count in entry.counts.items()
    )
    decision = (
        said(language, "changes.decision", number=act.number) if act else said(language, "changes.undecided")
    )
    return said(language, "changes.entry", decision=decision, day=day(language, entry.day), counts=counts)


def _content(feed: Feed, entry: Entry, called: Mapping[str, str]) -> Markup:
    lines = [_line(feed, one, called) for one in entry.happenings[:MOST_TOLD]]
    rest = len(entry.happenings) - len(lines)
    if rest:
        lines.append(
            Markup("<li>{}</li>").format(said(feed.language, "changes.rest", n=number(feed.language, rest)))
        )
    return Markup("<ul>{}</ul>").format(Markup("").join(lines))


def _line(feed: Feed, happening: Happening, called: Mapping[str, str]) -> Markup:
    def linked(codes: Iterable[str]) -> Markup:
        return Markup("; ").join(
            Markup('<a href="{}">{}</a> ({})').format(
                link(feed.language, f"{feed.site}/thu-tuc/{code}"), called.get(code, code), code
            )
            for code in codes
        )

    what = said(feed.language, f"changes.turn.{happening.turn}")
    if happening.old and happening.new and happening.old != happening.new:
        return Markup("<li>{}: {} → {}</li>").format(what, linked(happening.old), linked(happening.new))
    return Markup("<li>{}: {}</li>").format(what, linked(happening.codes))


def _text(parent: ElementTree.Element, name: str, text: str, **attributes: str) -> None:
    ElementTree.SubElement(parent, name, attributes).text = _ILLEGAL.sub("", text)


def _link(parent: ElementTree.Element, relation: str, address: str, media: str) -> None:
    ElementTree.SubElement(parent, "link", {"rel": relation, "href": address, "type": media})


def _moment(value: datetime) -> str:
    return value.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
