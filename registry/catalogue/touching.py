"""What a change touches: procedures whose own content stays, but which name what has changed.

Whoever follows procedures alone must learn that an agency was renamed, a sector called otherwise, an announcement
corrected, or that something took a procedure's place. A legal basis is part of a procedure's content, so that a
change of one is a version already.
"""

from collections.abc import Iterable
from itertools import chain

import msgspec
from piccolo.querystring import QueryString

from registry.engine import Database
from search.text import slug

BATCH = 500


class Related(msgspec.Struct, frozen=True):
    """Keys of what changed and was known before; ``procedures`` are codes on either side of a succession."""

    agencies: frozenset[str] = frozenset()
    sectors: frozenset[str] = frozenset()
    announcements: frozenset[str] = frozenset()
    procedures: frozenset[str] = frozenset()


class _Named(msgspec.Struct, frozen=True):
    code: str | None = None
    name: str = ""


class _Naming(msgspec.Struct, frozen=True):
    """As much of a stored content as tells whom it names."""

    agencies: tuple[_Named, ...] = ()
    sectors: tuple[_Named, ...] = ()


_naming = msgspec.json.Decoder(_Naming).decode


async def touched(database: Database, related: Related) -> list[str]:
    """Codes of the procedures that ``related`` touches, in order."""
    found = set(related.procedures)
    if related.announcements:
        for column in ("announcement", "ended_by"):
            rows = await database.rows_in(
                f"SELECT DISTINCT code FROM version WHERE recorded_to IS NULL AND {column} IN ({{}})",
                sorted(related.announcements),
            )
            found.update(row["code"] for row in rows)
    if related.agencies or related.sectors:
        found.update(await _naming_them(database, related))
    return sorted(found)


async def _naming_them(database: Database, related: Related) -> list[str]:
    codes: list[str] = []
    after = 0
    while rows := await database.rows(
        QueryString(
            "SELECT v.seq, v.code, c.body FROM version v JOIN content c ON c.digest = v.content "
            "WHERE v.recorded_to IS NULL AND v.seq > {} ORDER BY v.seq LIMIT {}",
            after,
            BATCH,
        )
    ):
        after = rows[-1]["seq"]
        codes += [row["code"] for row in rows if _names(_naming(row["body"]), related)]
    return codes


def _names(content: _Naming, related: Related) -> bool:
    agencies: Iterable[str] = (one.code or slug(one.name) for one in content.agencies) if related.agencies else ()
    return any(
        chain(
            (term.code in related.sectors for term in content.sectors),
            (key in related.agencies for key in agencies),
        )
    )
