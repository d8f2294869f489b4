"""Proving that this registry equals the one it follows, and finding what differs by its tree of digests."""

import msgspec

from registry.exchange.digests import Tree
from registry.exchange.protocol import PARTS, DigestRoot
from registry.exchange.source import Source


class Moved(Exception):
    """The other registry changed while it was compared: catch up and compare again."""


class Difference(msgspec.Struct, frozen=True):
    """Keys of one part: ``differing`` records are there in another state, or only there, each with its digest
    there; ``extra`` are only here."""

    part: str
    differing: dict[str, str]
    extra: list[str]


async def differences(tree: Tree, source: Source, root: DigestRoot | None = None) -> list[Difference]:
    """What differs between ``tree`` and the registry at ``source``, which must be at the same state as ``root``
    where that is given. Raises ``Moved``."""
    theirs = root or await source.root()
    found = []
    for part in PARTS:
        if theirs.parts[part] != tree.part(part):
            found.append(await _part(tree, source, part, theirs.revision))
    return found


async def _part(tree: Tree, source: Source, part: str, revision: int) -> Difference:
    told = await source.groups(part)
    _same(told.revision, revision)
    own = tree.groups(part)
    groups = [group for group, digest in told.groups.items() if own.get(group) != digest]
    there: dict[str, str] = {}
    if groups:
        answer = await source.records(part, groups)
        _same(answer.revision, revision)
        for records in answer.groups.values():
            there |= records
    # What moved to another group is there under another name: only what no group of theirs has is extra.
    here = tree.records(part, [group for group, digest in own.items() if told.groups.get(group) != digest])
    extra = sorted(key for records in here.values() for key in records if key not in there)
    differing = {key: digest for key, digest in sorted(there.items()) if tree.record(part, key) != digest}
    return Difference(part, differing, extra)


def _same(revision: int, wanted: int) -> None:
    if revision != wanted:
        raise Moved(f"the other registry went from change {wanted} to {revision}")
