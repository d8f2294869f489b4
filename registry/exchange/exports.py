"""Every form in which the catalogue leaves this registry: where each is written, and what it is called.

Modules are imported when they are used: a command's ``--help`` waits for none of them.
"""

from collections.abc import AsyncGenerator
from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple, cast

if TYPE_CHECKING:
    from registry.engine import Database
    from registry.exchange.holdings import Wanted


class Export(NamedTuple):
    """One form: the function that writes it, its media type, how its files end, and whether it is of one day."""

    function: str
    media: str
    suffix: str
    daily: bool = False

    def write(self, database: "Database", wanted: "Wanted") -> "AsyncGenerator[bytes, None]":
        """The document in pieces. Close it where it is not read to its end."""
        module, _, name = self.function.partition(".")
        function = getattr(import_module(f"registry.exchange.{module}"), name)
        return cast("AsyncGenerator[bytes, None]", function(database, wanted))


EXPORTS = {
    "ndjson": Export("native.everything", "application/x-ndjson", "ndjson"),
    "csv": Export("delimited.export", "text/csv", "csv"),
    "xlsx": Export("workbook.export", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx"),
    "jsonld": Export("linked.jsonld", "application/ld+json", "jsonld", daily=True),
    "turtle": Export("linked.turtle", "text/turtle", "ttl", daily=True),
    "dcat": Export("dcat.export", "application/ld+json", "jsonld", daily=True),
    "profile": Export("profile.export", "text/turtle", "ttl", daily=True),
    "dictionary": Export("dictionary.export", "text/csv", "csv", daily=True),
}
