"""The grades of all pages that are in force on a day, kept so that only new contents are looked at."""

import asyncio
from collections.abc import Sequence
from datetime import date

import msgspec
from piccolo.querystring import QueryString

from registry.catalogue.versions import holding
from registry.engine import Database, Row
from registry.lint.examining import Grade, era, grade
from registry.procedure import Procedure

BATCH = 50
"""Contents graded at a time, a few tens of milliseconds, so that others are answered between two batches."""
_procedure = msgspec.json.Decoder(Procedure).decode


class Graded(Grade, frozen=True, rename="camel", kw_only=True):
    """A page's grade, with what it is listed by; ``agency`` is the code of the one that issues it."""

    code: str
    name: str
    agency: str


class Grades:
    """What was graded, by the digest of its content. One for each app; a command makes its own."""

    def __init__(self) -> None:
        self._kept: dict[str, Graded] = {}
        self._era = -1
        self._turn = asyncio.Lock()

    async def on(self, database: Database, day: date) -> list[Graded]:
        """The grades of what is in force on ``day``, by code."""
        async with self._turn, database.snapshot():
            if self._era != era(day):
                self._kept, self._era = {}, era(day)
            rows = await database.rows(
                QueryString(
                    "SELECT v.code, v.content FROM version v WHERE v.recorded_to IS NULL AND {} ORDER BY v.code",
                    holding(day),
                )
            )
            held = {row["content"]: row["code"] for row in rows}
            self._kept = {content: one for content, one in self._kept.items() if content in held}
            missing = [content for content in held if content not in self._kept]
            for start in range(0, len(missing), BATCH):
                await self._add(database, missing[start : start + BATCH], day)
            return [self._kept[row["content"]] for row in rows]

    async def _add(self, database: Database, contents: Sequence[str], day: date) -> None:
        rows = await database.rows_in("SELECT digest, body FROM content WHERE digest IN ({})", contents)
        self._kept |= await asyncio.to_thread(_graded, rows, day)


def _graded(rows: Sequence[Row], day: date) -> dict[str, Graded]:
    found = {}
    for row in rows:
        procedure = _procedure(row["body"])
        made, issuer = grade(procedure, day), procedure.issuer
        found[row["digest"]] = Graded(
            score=made.score,
            faults=made.faults,
            code=procedure.code,
            name=procedure.name,
            agency=(issuer.code or "") if issuer else "",
        )
    return found
