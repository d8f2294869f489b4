"""Reading a list to its end, whatever its cursor does."""

from collections.abc import Callable

import msgspec

from registry.exchange.addresses import shown
from registry.exchange.portal.client import Client
from registry.exchange.portal.manners import Manners, RecordAbsent, RequestFailed, SourceFault
from registry.exchange.portal.source import Item, Page, Source
from registry.intake.record import Rejection

Progress = Callable[[str, int, int | None], None]

BARREN = 3
"""Pages in a row without anything new, after which a list is taken for endless."""


class Listing(msgspec.Struct):
    """What a source lists. ``fault`` is why the list is not known to be complete, empty where it is.

    ``repeated`` counts lines that came more than once, as those do that move to a later page while it is read;
    the last of them counts.
    """

    items: dict[str, Item] = {}
    unreadable: list[Rejection] = []
    repeated: int = 0
    fault: str = ""

    @property
    def lines(self) -> int:
        return len(self.items) + len(self.unreadable) + self.repeated

    @property
    def codes(self) -> set[str]:
        return {item.code for item in self.items.values()}

    def add(self, page: Page) -> int:
        """Take a page in. Returns how many of its lines are new."""
        before = len(self.items) + len(self.unreadable)
        known = {rejection.raw.origin for rejection in self.unreadable}
        for rejection in page.unreadable:
            if rejection.raw.origin in known:
                self.repeated += 1
            else:
                self.unreadable.append(rejection)
        for item in page.items:
            self.repeated += item.id in self.items
            self.items[item.id] = item
        return len(self.items) + len(self.unreadable) - before


async def read(source: Source, client: Client, department: str, manners: Manners, progress: Progress) -> Listing:
    """The list of a source, of one department's own where one is given. Raises ``SourceFault``."""
    listing = Listing()
    cursor, seen, barren = "", {""}, 0
    while True:
        page = await _page(source, client, cursor, department)
        barren = 0 if listing.add(page) else barren + 1
        progress("list", len(listing.items), None)
        if page.cursor is None or not (page.items or page.unreadable):
            return listing
        listing.fault = _endless(page.cursor, seen, barren, len(listing.items), manners)
        if listing.fault:
            return listing
        seen.add(page.cursor)
        cursor = page.cursor


def _endless(cursor: str, seen: set[str], barren: int, listed: int, manners: Manners) -> str:
    if cursor in seen:
        return f"the list has no end: its cursor {cursor[:60]} came a second time"
    if barren >= BARREN:
        return f"the list has no end: {barren} pages in a row held nothing new"
    if listed > manners.most_items:
        return f"the list has no end: more than {manners.most_items:,} lines"
    return ""


async def _page(source: Source, client: Client, cursor: str, department: str) -> Page:
    try:
        return await source.page(client, cursor, department)
    except RecordAbsent as error:
        reason = "there is no such interface at this address; give its base with --url"
        raise SourceFault(f"{shown(client.url)} {error}: {reason}") from error
    except RequestFailed as error:
        raise SourceFault(
            f"{shown(client.url)} cannot be listed: {error.reason}; run it again later, nothing was changed"
        ) from error
