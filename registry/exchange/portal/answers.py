"""What was fetched, as a source of the intake."""

from collections.abc import Iterator, Mapping

from registry.exchange.addresses import shown
from registry.exchange.portal.fetching import Fetched
from registry.exchange.portal.kept import Kept
from registry.exchange.portal.listing import Listing
from registry.exchange.portal.province import covers
from registry.exchange.portal.source import Item, Source
from registry.intake.record import Raw, Record, Rejection


class Answers:
    """Records that were fetched, those that cannot be read, and lines of the list that cannot.

    Where a province was asked for, what is outside it and not held already is left out: ``outside`` has its ids.
    """

    def __init__(
        self,
        source: Source,
        url: str,
        listing: Listing,
        fetched: Fetched,
        kept: Kept,
        province: str,
        held: set[str],
    ) -> None:
        self.name = source.format
        self.outside: set[str] = set()
        self._source = source
        self._url = url
        self._listing = listing
        self._fetched = fetched
        self._kept = kept
        self._province = province
        self._held = held
        self._parsed: dict[str, Record | Rejection] = {}

    def raws(self) -> Iterator[Raw | Rejection]:
        yield from self._listing.unreadable
        yield from self._garbled(self._listing.items)
        for key in self._fetched.ids:
            raw = Raw(self._origin(key), self._kept.get(self._kept.pieces[key]))
            if self._belongs(raw):
                yield raw
            else:
                self.outside.add(key)

    def parse(self, raw: Raw) -> Record | Rejection:
        return self._parsed.pop(raw.origin, None) or self._source.parse(raw)

    def _origin(self, key: str) -> str:
        return f"{shown(self._url)} {key}"

    def _belongs(self, raw: Raw) -> bool:
        if not self._province:
            return True
        found = self._source.parse(raw)
        self._parsed = {raw.origin: found}  # the intake parses it next, unless it knows it already
        if isinstance(found, Rejection) or found.procedure.code in self._held:
            return True
        return covers(self._province, found.procedure)

    def _garbled(self, items: Mapping[str, Item]) -> Iterator[Rejection]:
        for key, failure in self._fetched.failed.items():
            if failure.body:
                origin, item = self._origin(key), items[key]
                yield Rejection(
                    Raw(origin, failure.body), f"{origin}: {failure.reason}", code=item.code, name=item.name[:300]
                )
