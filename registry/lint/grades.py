"""The grades of all pages that are in force on a day: each content graded once, and kept in the store."""

import asyncio
from collections.abc import Sequence
from datetime import date

import msgspec
from piccolo.querystring import QueryString

from registry.catalogue.versions import holding
from registry.engine import Database, Row
from registry.lint.examining import Grade, edition, grade
from registry.procedure import Procedure

BATCH = 50
"""Contents graded at a time, a few tens of milliseconds, so that others are answered between two batches."""
_procedure = msgspec.json.Decoder(Procedure).decode
_encode = msgspec.json.Encoder().encode


class Graded(Grade, frozen=True, rename="camel", kw_only=True):
    """A page's grade, with what it is listed by; ``agency`` is the code of the one that issues it."""

    code: str
    name: str
    agency: str


_graded = msgspec.json.Decoder(Graded).decode


class Grades:
    """What was graded, by the digest of its content. One for each app; a command makes its own."""

    def __init__(self) -> None:
        self._kept: dict[str, Graded] = {}
        self._edition = ""
        self._turn = asyncio.Lock()

    async def on(self, database: Database, day: date) -> list[Graded]:
        """The grades of what is in force on ``day``, by code. May open transactions: call it outside of one."""
        rows = await database.rows(
            QueryString(
                "SELECT v.content FROM version v WHERE v.recorded_to IS NULL AND {} ORDER BY v.code", holding(day)
            )
        )
        async with self._turn:
            if self._edition != edition(day):
                self._kept, self._edition = {}, edition(day)
            held = dict.fromkeys(row["content"] for row in rows)
            self._kept = {content: one for content, one in self._kept.items() if content in held}
            await self._recall(database, [content for content in held if content not in self._kept])
            missing = [content for content in held if content not in self._kept]
            for start in range(0, len(missing), BATCH):
                await self._grade(database, missing[start : start + BATCH], day)
            return [self._kept[row["content"]] for row in rows]

    async def _recall(self, database: Database, contents: Sequence[str]) -> None:
        """What another process has graded, or this one before it was started again."""
        rows = await database.rows_in(
            "SELECT content, edition, body FROM page_grade WHERE content IN ({})", contents
        )
        self._kept |= {row["content"]: _graded(row["body"]) for row in rows if row["edition"] == self._edition}

    async def _grade(self, database: Database, contents: Sequence[str], day: date) -> None:
        rows = await database.rows_in("SELECT digest, body FROM content WHERE digest IN ({})", contents)
        found = await asyncio.to_thread(_all, rows, day)
        self._kept |= found
        values = [(content, self._edition, _encode(one).decode()) for content, one in found.items()]
        marks = ", ".join(database.mark(position) for position in range(1, 4))

        async def write() -> None:
            await database.each(
                f"INSERT INTO page_grade (content, edition, body) VALUES ({marks}) ON CONFLICT (content) "
                "DO UPDATE SET edition = excluded.edition, body = excluded.body",
                values,
            )

        await database.transact(write)


def _all(rows: Sequence[Row], day: date) -> dict[str, Graded]:
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
