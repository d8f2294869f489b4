"""What a procedure offers: what it costs, and whether it can really be done online."""

from registry.lint.page import Looked, Page, Spot
from registry.vocabulary import LABELS, Channel, FeeState, OnlineLevel

ONLINE = (OnlineLevel.FULL, OnlineLevel.PARTIAL, OnlineLevel.LEVEL_3, OnlineLevel.LEVEL_4)


def fee(page: Page) -> Looked:
    """No channel says what it costs: zero without a text is unknown, not free."""
    unknown = page.procedure.fee is FeeState.UNKNOWN
    return Looked([Spot("fees")] if unknown else [], 1)


def online(page: Page) -> Looked:
    """Offered online as its level says, and by no online channel."""
    level = page.procedure.online_level
    if level not in ONLINE:
        return Looked([], 0)
    if level is None or not page.procedure.ways or Channel.ONLINE in page.procedure.channels:
        return Looked([], 1)
    words = LABELS["onlineLevel"][level]
    return Looked([Spot("channels", vi={"of": words.vi}, en={"of": words.en})], 1)


RULES = {"fee": fee, "online": online}
