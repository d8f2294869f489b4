"""What a published procedure must have: the seven parts, what comes of it, and by which acts."""

from collections.abc import Callable, Mapping

from registry.lint.page import Looked, Page, Spot
from registry.procedure import Procedure
from registry.sections import LABELS, SEVEN_PARTS

BLOCKS: Mapping[str, Callable[[Procedure], bool]] = {
    "outputs": lambda p: bool(p.outputs),
    "legalBases": lambda p: bool(p.legal_bases),
}


def _absent(page: Page, wanted: Mapping[str, Callable[[Procedure], bool]]) -> Looked:
    gone = [name for name, present in wanted.items() if not present(page.procedure)]
    spots = [Spot(name, vi={"of": LABELS[name].vi}, en={"of": LABELS[name].en}) for name in gone]
    return Looked(spots, len(wanted))


def parts(page: Page) -> Looked:
    """Decree 63/2010, art. 8.2: whatever misses one of the seven is incomplete."""
    return _absent(page, SEVEN_PARTS)


def blocks(page: Page) -> Looked:
    """What people get, and the acts: each is a block of the page that should not be empty."""
    return _absent(page, BLOCKS)


RULES = {"parts": parts, "blocks": blocks}
