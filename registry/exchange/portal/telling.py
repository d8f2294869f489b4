"""What a run tells of itself: numbers that add up, and the fate of every line of the list."""

from collections.abc import Callable

import msgspec

from registry.exchange.portal.fetching import Fetched
from registry.exchange.portal.listing import Listing
from registry.exchange.portal.plan import Plan
from registry.exchange.portal.source import Item
from registry.intake.compare import Fate
from registry.intake.pipeline import Told

GONE = "the source lists it no more"


class Line(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """What became of a line of the list that was not taken in."""

    fate: str
    origin: str
    code: str
    name: str
    reason: str = ""


Report = Callable[[Told | Line], None]


class Work(msgspec.Struct):
    """What a run has done. ``taken`` counts what became of the records that were read; ``outside`` are ids of
    those that were left out, being outside the province; ``kept`` counts what is absent and stays."""

    found: Listing
    plan: Plan
    gone: list[str]
    kept: int
    fetched: Fetched = msgspec.field(default_factory=Fetched)
    taken: dict[str, int] = {}
    outside: set[str] = set()

    def lines(self) -> dict[str, int]:
        """The lines of the list by what was done about them: their sum is the whole list."""
        garbled = sum(1 for failure in self.fetched.failed.values() if failure.body)
        return {
            "known": len(self.plan.known),
            "fetched": len(self.fetched.ids) + garbled,
            "skipped": len(self.plan.skipped),
            "absent": len(self.fetched.absent),
            "failed": len(self.fetched.failed) - garbled,
            "left": len(self.plan.left),
            "twice": self.found.repeated,
            "unreadable": len(self.found.unreadable),
        }

    def tell(self, report: Report) -> None:
        """Report every line that the intake has not told of."""

        def tell(fate: str, item: Item, reason: str = "") -> None:
            report(Line(fate, item.id, item.code, item.name[:300], reason))

        items = self.found.items
        plan = self.plan
        for fate, chosen in (("known", plan.known), ("skipped", plan.skipped), ("left", plan.left)):
            for item in chosen:
                tell(fate, item)
        for key in sorted(self.outside):
            tell("outside", items[key])
        for key, reason in self.fetched.absent.items():
            tell("absent", items[key], reason)
        for key, failure in self.fetched.failed.items():
            if not failure.body:
                tell("failed", items[key], failure.reason)
        for code in self.gone:
            report(Told(Fate.ENDED, "", code, reason=GONE))
