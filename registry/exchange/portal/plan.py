"""What a run fetches: what is new or changed in the list, and a share of the rest, the longest unseen first."""

from collections import Counter
from collections.abc import Iterable

import msgspec

from registry.exchange.portal.memory import Memory
from registry.exchange.portal.source import Item


class Plan(msgspec.Struct, frozen=True):
    """``wanted`` are to be fetched; ``left`` are new or changed too, but over the limit; ``known`` need not be.

    ``skipped`` are outside the province that was asked for, as far as the list alone can tell.
    """

    wanted: list[Item]
    known: list[Item]
    left: list[Item]
    skipped: list[Item]


def plan(
    items: Iterable[Item],
    memory: dict[str, Memory],
    *,
    province: bool,
    own: set[str],
    full: bool,
    limit: int | None,
    rounds: int,
) -> Plan:
    """Choose, the longest unseen first. ``own`` are ids of the province's own list, where one was asked for.

    Over ``rounds`` runs everything is fetched once, since a record may change without its line in the list.
    """
    listed = list(items)
    skipped = [item for item in listed if province and not _of_province(item, own)]
    inside = [item for item in listed if not province or _of_province(item, own)]
    inside.sort(key=lambda item: memory[item.id].checked if item.id in memory else 0)
    hinted = [item for item in inside if full or _changed(item, memory.get(item.id), province)]
    chosen = {item.id for item in hinted}
    rest = [item for item in inside if item.id not in chosen]
    share = -(-len(inside) // rounds)
    wanted = (hinted + rest[:share])[:limit]
    left = [] if limit is None else hinted[limit:]
    wanted, left = _with_twins(inside, wanted, left)
    chosen = {item.id for item in (*wanted, *left)}
    known = [item for item in inside if item.id not in chosen]
    return Plan(wanted, known, left, skipped)


def _of_province(item: Item, own: set[str]) -> bool:
    """Whether a province may have it: what it announced itself, and what is national."""
    return item.id in own or item.type == "STANDARD"


def _changed(item: Item, known: Memory | None, province: bool) -> bool:
    """Whether the list hints at a change. What was left out for a province is new to a run without one."""
    return known is None or known.mark != item.mark or not (known.taken or province)


def _with_twins(inside: list[Item], wanted: list[Item], left: list[Item]) -> tuple[list[Item], list[Item]]:
    """Records that share a code are fetched together, or the intake could take one of them for the other."""
    counted = Counter(item.code for item in inside)
    shared = {item.code for item in wanted if counted[item.code] > 1}
    if not shared:
        return wanted, left
    chosen = {item.id for item in wanted}
    twins = [item for item in inside if item.code in shared and item.id not in chosen]
    taken = {item.id for item in twins}
    return wanted + twins, [item for item in left if item.id not in taken]
