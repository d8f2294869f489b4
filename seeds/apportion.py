"""Whole numbers that add up: a total shared out in proportion, exact to the last one."""

from collections.abc import Sequence


def apportion(
    total: int, weights: Sequence[float], caps: Sequence[int] | None = None, floors: Sequence[int] | None = None
) -> list[int]:
    """``total`` in whole shares as near to the ``weights`` as whole numbers are, the largest remainders first.

    No share is above its cap or below its floor. Raises ``ValueError`` where these leave no way.
    """
    found = list(floors) if floors is not None else [0] * len(weights)
    left = total - sum(found)
    if left < 0:
        raise ValueError(f"cannot share out {total}: the least shares are {total - left} already")
    if caps is not None:
        room = [cap - share for cap, share in zip(caps, found, strict=True)]
        if min(room, default=0) < 0:
            raise ValueError("a floor is above its cap")
        able = [place for place, weight in enumerate(weights) if weight > 0 and room[place]]
        space = sum(room[place] for place in able)
        if space < left:
            raise ValueError(f"cannot share out {total}: the caps leave room for {total - left + space}")
    else:
        room = [left] * len(weights)
        able = [place for place, weight in enumerate(weights) if weight > 0]
    if left and not able:
        raise ValueError(f"cannot share out {total}: no weight is above zero")
    return _shared(found, left, weights, room, able)


def _shared(found: list[int], left: int, weights: Sequence[float], room: list[int], able: list[int]) -> list[int]:
    """Fill those that their caps hold back, then share the rest out among the others."""
    while left:
        rate = left / sum(weights[place] for place in able)
        full = [place for place in able if weights[place] * rate >= room[place]]
        if not full:
            break
        for place in full:
            found[place] += room[place]
            left -= room[place]
            room[place] = 0
        able = [place for place in able if room[place]]
    if not left:
        return found
    rate = left / sum(weights[place] for place in able)
    remainders = []
    for place in able:
        ideal = weights[place] * rate
        whole = int(ideal)
        found[place] += whole
        left -= whole
        remainders.append((whole - ideal, place))
    remainders.sort()
    for _, place in remainders[:left]:
        found[place] += 1
    return found
