"""A small catalogue, and dossiers made for it."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest
from piccolo.querystring import QueryString

from registry.catalogue.ledger import AgencyState, Ledger, Origin, record
from registry.dossiers import intake
from registry.dossiers.batch import LineFault
from registry.dossiers.intake import Outcome
from registry.dossiers.keys import digest
from registry.dossiers.proof import prove
from registry.dossiers.tallies import TALLIES
from registry.engine import Database, open_database
from registry.procedure import Procedure, ProcessingTime, Way
from registry.settings import Settings
from registry.vocabulary import Channel, TimeUnit

KEY = b"k" * 32
AGENCIES = ("H55", "H55.17", "H55.18", "H55.40.001")
Line = dict[str, Any] | bytes


def way(channel: Channel, value: float | None, unit: TimeUnit = TimeUnit.WORKING_DAY) -> Way:
    return Way(channel, ProcessingTime(unit, value))


PROCEDURES = (
    Procedure(
        code="9.000001",
        name="Đăng ký khai sinh",
        ways=(way(Channel.ONLINE, 1), way(Channel.DIRECT, 5), way(Channel.DIRECT, 3)),
    ),
    Procedure(code="9.000002", name="Cấp phép", ways=(way(Channel.DIRECT, 10),)),
    Procedure(code="9.000003", name="Không thời hạn", ways=(way(Channel.DIRECT, None, TimeUnit.OTHER),)),
)


class Room:
    """An open store with the small catalogue, and what tests do with it."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.heard: list[LineFault] = []

    async def catalogue(
        self, *procedures: Procedure, agencies: Iterable[str] = AGENCIES, start: date = date(2015, 1, 1)
    ) -> None:
        """Record agencies and procedures."""

        async def work(ledger: Ledger) -> None:
            await ledger.load([one.code for one in procedures], [], agencies)
            for code in agencies:
                ledger.put_agency(code, AgencyState(code, level="province"))
            for one in procedures:
                ledger.put(one, start, None, Origin("test"))

        await record(self.database, work)

    @staticmethod
    def dossier(number: str = "A-1", **fields: Any) -> dict[str, Any]:
        """A sound dossier, as a line of JSON has it; ``None`` leaves a field out."""
        made: dict[str, Any] = {
            "number": number,
            "procedure": "9.000001",
            "agency": "H55.17",
            "channel": "direct",
            "received": "2025-05-12",
            "state": "processing",
            **fields,
        }
        return {name: value for name, value in made.items() if value is not None}

    @classmethod
    def ended(cls, number: str = "A-1", finished: str = "2025-05-14", **fields: Any) -> dict[str, Any]:
        return cls.dossier(number, **{"state": "finished", "finished": finished, **fields})

    @staticmethod
    def written(*lines: Line) -> bytes:
        return b"".join((line if isinstance(line, bytes) else msgspec.json.encode(line)) + b"\n" for line in lines)

    async def take(self, data: bytes | Path, size: int = 100_000, key: bytes = KEY, **options: Any) -> Outcome:
        """Take a file in, or bytes, ``size`` at a time, and prove the store sound after it."""

        async def pieces(data: bytes) -> AsyncIterator[bytes]:
            for start in range(0, len(data), size):
                yield data[start : start + size]

        self.heard = []
        stream = data if isinstance(data, Path) else pieces(data)
        outcome = await intake.take(self.database, "test", stream, key, report=self.heard.append, **options)
        assert outcome.read == sum(outcome.fates.values())
        assert await self.proof() == []
        return outcome

    async def deliver(self, *lines: Line, **options: Any) -> Outcome:
        return await self.take(self.written(*lines), **options)

    async def proof(self) -> list[Any]:
        async with self.database.snapshot():
            return list(await prove(self.database))

    async def rows(self, sql: str) -> list[dict[str, Any]]:
        return await self.database.rows(QueryString(sql))

    async def records(self) -> list[dict[str, Any]]:
        """Every record, in the order of keys."""
        return await self.rows("SELECT * FROM dossier ORDER BY key")

    async def record(self, number: str) -> dict[str, Any]:
        """The record of a dossier's number."""
        (found,) = await self.database.rows(
            QueryString("SELECT * FROM dossier WHERE key = {}", digest(number, KEY))
        )
        return found

    async def only(self) -> dict[str, Any]:
        (record,) = await self.records()
        return record

    async def tallies(self) -> dict[str, list[dict[str, Any]]]:
        return {
            tally.table: await self.rows(f"SELECT * FROM {tally.table} ORDER BY {', '.join(tally.dims)}")
            for tally in TALLIES
        }

    async def count(self, table: str, where: str = "1 = 1") -> int:
        return int((await self.rows(f"SELECT COUNT(*) AS n FROM {table} WHERE {where}"))[0]["n"])

    async def everything(self) -> bytes:
        """Every value of the store, for looking for what must not be there."""
        found = []
        for table in ("dossier", "dossier_aside", "dossier_rejected", "dossier_delivery", "meta"):
            found += [str(row) for row in await self.rows(f"SELECT * FROM {table}")]
        return "\n".join(found).encode()


@pytest.fixture
async def room(database: Database) -> Room:
    """A store with the small catalogue, on each database."""
    made = Room(database)
    await made.catalogue(*PROCEDURES)
    return made


@pytest.fixture
def make() -> type[Room]:
    """Makes lines of dossiers."""
    return Room


@pytest.fixture
def stock() -> Callable[[Settings], None]:
    """Puts the small catalogue into the store of these settings, and closes it."""

    def fill(settings: Settings) -> None:
        async def work() -> None:
            database = await open_database(settings)
            try:
                await Room(database).catalogue(*PROCEDURES)
            finally:
                await database.close()

        asyncio.run(work())

    return fill
