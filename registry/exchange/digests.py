"""The tree of digests: everything, its parts, their groups, their records, and the sections of each procedure.

It is over what is believed, the past included, and over nothing that differs between equal registries: not when or
in which order something was recorded, not where it came from. A tree is kept in memory and brought from one change
to a later one by reading the records that changed in between.
"""

import asyncio
from collections.abc import Collection, Iterable, Sequence
from hashlib import blake2b

import msgspec
from piccolo.querystring import QueryString

from registry.catalogue import versions
from registry.engine import Database, Row
from registry.exchange import feed
from registry.exchange.protocol import PARTS, PROTOCOL, DigestProcedure, DigestRoot, VersionDigest
from registry.exchange.reading import grouped

NONE = "-"
REBUILD = 3000
"""So many changed records and more are read all at once."""

_sections = msgspec.json.Decoder(dict[str, str]).decode
# The sector of a stored content, without moving the whole of it.
_SECTOR = {
    "sqlite": "json_extract(c.body, '$.sectors[0].code')",
    "postgres": "c.body::json -> 'sectors' -> 0 ->> 'code'",
}


def _digest(lines: Iterable[str]) -> str:
    return blake2b("\n".join(lines).encode(), digest_size=16).hexdigest()


def _line(*values: object) -> str:
    return "\0".join("" if value is None else str(value) for value in values)


class Leaf(msgspec.Struct, frozen=True):
    """The digest of one record, and the group that it is in."""

    group: str
    digest: str


class Tree:
    """The digests of one store at ``revision``. Use ``refresh`` before reading."""

    def __init__(self) -> None:
        self.revision = -1
        self.mark = ""
        self._leaves: dict[str, dict[str, Leaf]] = {part: {} for part in PARTS}
        self._groups: dict[str, dict[str, dict[str, str]]] = {part: {} for part in PARTS}
        self._cached: dict[tuple[str, str], str] = {}
        self._turn = asyncio.Lock()

    async def refresh(self, database: Database) -> int:
        """Bring the tree to the store's revision, which is returned. Call inside ``Database.snapshot``."""
        async with self._turn:
            revision = await versions.revision(database)
            if revision > self.revision:
                changed = await _changed(database, self.revision, revision)
                fresh = {
                    part: await _READ[part](database, keys)
                    for part, keys in changed.items()
                    if keys is None or keys
                }
                mark = (await feed.marks(database, [revision]))[revision]
                # Put in without a pause: whoever reads meanwhile sees the tree before or after.
                for part, leaves in fresh.items():
                    self._put(part, changed[part], leaves)
                self.mark, self.revision = mark, revision
            return self.revision

    def root(self, registry: str, without: Collection[tuple[str, str]] = ()) -> DigestRoot:
        """The digests of everything and of each part, but for the records in ``without`` (part, key)."""
        parts = {part: self.part(part, without) for part in PARTS}
        whole = _digest(_line(part, digest) for part, digest in parts.items())
        return DigestRoot(PROTOCOL, registry, self.revision, self.mark, whole, parts)

    def part(self, part: str, without: Collection[tuple[str, str]] = ()) -> str:
        return _digest(_line(group, digest) for group, digest in sorted(self.groups(part, without).items()))

    def groups(self, part: str, without: Collection[tuple[str, str]] = ()) -> dict[str, str]:
        """The digests of a part's groups; a group that is empty is not there."""
        apart: dict[str, set[str]] = {}
        for of, key in without:
            if of == part and key in self._leaves[part]:
                apart.setdefault(self._leaves[part][key].group, set()).add(key)
        found = {}
        for group, records in self._groups[part].items():
            if group not in apart:
                found[group] = self._group(part, group)
            elif left := {key: digest for key, digest in records.items() if key not in apart[group]}:
                found[group] = _records(left)
        return found

    def records(self, part: str, groups: Iterable[str]) -> dict[str, dict[str, str]]:
        """The digests of the records of these groups, by their keys."""
        return {group: dict(self._groups[part].get(group, {})) for group in groups}

    def record(self, part: str, key: str) -> str | None:
        leaf = self._leaves[part].get(key)
        return leaf.digest if leaf else None

    def keys(self, part: str) -> Collection[str]:
        return self._leaves[part].keys()

    def _group(self, part: str, group: str) -> str:
        if (part, group) not in self._cached:
            self._cached[part, group] = _records(self._groups[part][group])
        return self._cached[part, group]

    def _put(self, part: str, keys: Collection[str] | None, fresh: dict[str, Leaf]) -> None:
        leaves, groups = self._leaves[part], self._groups[part]
        for key in list(leaves) if keys is None else keys:
            old = leaves.pop(key, None)
            if old is not None:
                del groups[old.group][key]
                self._forget(part, old.group)
        for key, leaf in fresh.items():
            leaves[key] = leaf
            groups.setdefault(leaf.group, {})[key] = leaf.digest
            self._forget(part, leaf.group)

    def _forget(self, part: str, group: str) -> None:
        self._cached.pop((part, group), None)
        if not self._groups[part].get(group, True):
            del self._groups[part][group]


def _records(records: dict[str, str]) -> str:
    return _digest(_line(key, digest) for key, digest in sorted(records.items()))


async def _changed(database: Database, since: int, until: int) -> dict[str, list[str] | None]:
    """The keys that changed, by part; ``None`` where there are so many that all are read."""
    found: dict[str, list[str] | None] = {}
    if since < 0:
        return dict.fromkeys(PARTS)
    for part in PARTS:
        kinds = feed.kinds_of([part])
        rows = await database.rows(
            QueryString(
                f"SELECT DISTINCT key FROM change WHERE seq > {{}} AND seq <= {{}} AND action <> 'touch' "
                f"AND kind IN ({', '.join(['{}'] * len(kinds))})",
                since,
                until,
                *kinds,
            )
        )
        found[part] = [row["key"] for row in rows] if len(rows) < REBUILD else None
    return found


async def _rows(database: Database, sql: str, column: str, keys: Sequence[str] | None) -> list[Row]:
    """Rows of these keys, or all; ``sql`` ends inside its conditions."""
    if keys is None:
        return await database.rows(QueryString(sql))
    return await database.rows_in(f"{sql} AND {column} IN ({{}})", keys)


async def _successions(database: Database, kind: str, keys: Sequence[str] | None) -> dict[str, list[str]]:
    rows = await _rows(database, f"SELECT old, new, day FROM succession WHERE kind = '{kind}'", "old", keys)
    found: dict[str, set[str]] = {}
    for row in rows:
        found.setdefault(row["old"], set()).add(_line("succeeded", row["new"], row["day"]))
    return {key: sorted(lines) for key, lines in found.items()}


async def _procedures(database: Database, keys: Sequence[str] | None) -> dict[str, Leaf]:
    """A procedure: its versions with their days, decisions and contents, and what took its place. It is in the
    group of the first sector of its latest version."""
    rows = await _rows(
        database,
        "SELECT v.code, v.valid_from, v.valid_to, v.announcement, v.ended_by, v.content, "
        f"{_SECTOR[database.kind]} AS sector FROM version v JOIN content c ON c.digest = v.content "
        "WHERE v.recorded_to IS NULL",
        "v.code",
        keys,
    )
    held = grouped(sorted(rows, key=lambda row: (row["code"], row["valid_from"])), "code")
    followed = await _successions(database, "procedure", keys)
    found = {}
    for code in held.keys() | followed.keys():
        lines = [
            _line(row["valid_from"], row["valid_to"], row["announcement"], row["ended_by"], row["content"])
            for row in held.get(code, ())
        ]
        group = (held[code][-1]["sector"] if code in held else None) or NONE
        found[code] = Leaf(group, _digest([*lines, *followed.get(code, ())]))
    return found


async def _announcements(database: Database, keys: Sequence[str] | None) -> dict[str, Leaf]:
    """An announcement with its items, in the group of its issuer."""
    rows = await _rows(database, "SELECT id, issuer, body FROM announcement WHERE recorded_to IS NULL", "id", keys)
    items = await _rows(
        database, "SELECT announcement, action, old, new FROM item WHERE 1 = 1", "announcement", keys
    )
    held = grouped(items, "announcement")
    found = {}
    for row in rows:
        lines = sorted(_line(one["action"], one["old"], one["new"]) for one in held.get(row["id"], ()))
        found[row["id"]] = Leaf(row["issuer"] or NONE, _digest([row["body"], *lines]))
    return found


async def _agencies(database: Database, keys: Sequence[str] | None) -> dict[str, Leaf]:
    """An agency: its states with their days, and what took its place, in the group of the code above it."""
    rows = await _rows(
        database,
        "SELECT code, name, kind, level, parent, valid_from, valid_to, decision FROM agency "
        "WHERE recorded_to IS NULL",
        "code",
        keys,
    )
    held = grouped(sorted(rows, key=lambda row: (row["code"], row["valid_from"])), "code")
    followed = await _successions(database, "agency", keys)
    found = {}
    for code in held.keys() | followed.keys():
        lines = [_line(*(value for name, value in row.items() if name != "code")) for row in held.get(code, ())]
        found[code] = Leaf(_above(code), _digest([*lines, *followed.get(code, ())]))
    return found


def _above(code: str) -> str:
    """``H55`` of ``H55.17``; what is no official code is in no group."""
    root = code.partition(".")[0]
    return root if len(root) == 3 and root[0] in "GH" and root[1:].isdigit() else NONE


async def _sectors(database: Database, keys: Sequence[str] | None) -> dict[str, Leaf]:
    rows = await _rows(database, "SELECT code, name FROM sector WHERE recorded_to IS NULL", "code", keys)
    return {row["code"]: Leaf(_above(row["code"].partition("-")[0]), _digest([row["name"]])) for row in rows}


_READ = {
    "procedures": _procedures,
    "announcements": _announcements,
    "agencies": _agencies,
    "sectors": _sectors,
}


async def procedure(database: Database, tree: Tree, code: str) -> DigestProcedure | None:
    """The digests of one procedure down to its sections; ``None`` where there is no such procedure.

    Call inside the snapshot in which ``tree`` was refreshed."""
    whole = tree.record("procedures", code)
    if whole is None:
        return None
    rows = await database.rows(
        QueryString(
            "SELECT v.valid_from, v.valid_to, v.announcement, v.ended_by, v.content, c.sections FROM version v "
            "JOIN content c ON c.digest = v.content WHERE v.recorded_to IS NULL AND v.code = {} "
            "ORDER BY v.valid_from",
            code,
        )
    )
    return DigestProcedure(
        tree.revision,
        code,
        whole,
        [
            VersionDigest(
                row["valid_from"],
                row["valid_to"],
                row["announcement"],
                row["ended_by"],
                row["content"],
                _sections(row["sections"]),
            )
            for row in rows
        ],
    )
