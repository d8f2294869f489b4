"""Measure the intake of dossiers: ``python tests/bench/dossiers.py [--count N] [--database URL]``.

The dossiers of a province of three levels are made up, the same ones at each run: some 200 agencies, 1,800
procedures of which few are asked for often, twelve months. They are written to a temporary folder as NDJSON, and
taken in by ``danhmuc ingest`` in a process of its own, as a person would.
"""

import argparse
import asyncio
import os
import random
import subprocess
import sys
import tempfile
import time
from bisect import bisect
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import accumulate
from pathlib import Path

from registry.catalogue.ledger import AgencyState, Ledger, Origin, record
from registry.engine import Database, open_database
from registry.procedure import Agency, Announcement, Fee, Item, Procedure, ProcessingTime, Term, Way
from registry.settings import Settings
from registry.vocabulary import Action, Channel, FeeKind, FeeState, Level, OnlineLevel, Role, TimeUnit

ROOT = Path(__file__).parents[2]
PROVINCE = "T99"
DEPARTMENTS = 18
DISTRICTS = 9
COMMUNES = 172
PROCEDURES = {Level.PROVINCE: 1_350, Level.DISTRICT: 310, Level.COMMUNE: 140}
SECTORS = 40
FIRST = date(2024, 6, 1)
DAYS = 365
AS_OF = FIRST + timedelta(days=DAYS)

Place = tuple[str, Level]


def agencies() -> list[Place]:
    """The agencies that receive dossiers, with their levels."""
    found = [(f"{PROVINCE}.{n:02}", Level.PROVINCE) for n in range(1, DEPARTMENTS + 1)]
    districts = [f"{PROVINCE}.{n}" for n in range(40, 40 + DISTRICTS)]
    found += [(code, Level.DISTRICT) for code in districts]
    found += [(f"{districts[n % DISTRICTS]}.{n:03}", Level.COMMUNE) for n in range(COMMUNES)]
    return found


def procedures() -> list[tuple[str, Level]]:
    """The codes of procedures, with their levels."""
    found: list[tuple[str, Level]] = []
    for level, count in PROCEDURES.items():
        found += [(f"9.{len(found) + n:06}", level) for n in range(count)]
    return found


def procedure(code: str, level: Level, n: int) -> Procedure:
    """A procedure as it is announced: its time and fees vary with its number."""
    unit, value = ((TimeUnit.WORKING_DAY, 1 + n % 30), (TimeUnit.DAY, 5 + n % 60), (TimeUnit.HOUR, 8))[n % 7 % 3]
    fee = Fee(FeeKind.FEE, FeeState.AMOUNT, 10_000 * (1 + n % 20)) if n % 3 else Fee(FeeKind.FEE, FeeState.FREE, 0)
    ways = (
        Way(Channel.ONLINE, ProcessingTime(unit, max(1, value - 1)), (fee,)),
        Way(Channel.DIRECT, ProcessingTime(unit, value), (fee,)),
        Way(Channel.POSTAL, ProcessingTime(unit, value), (fee,)),
    )
    return Procedure(
        code=code,
        name=f"Thủ tục ví dụ số {n}",
        sectors=(Term(f"{PROVINCE}-LV{n % SECTORS:02}", f"Lĩnh vực {n % SECTORS}"),),
        levels=(level,),
        agencies=(Agency(Role.EXECUTING, "Cơ quan ví dụ"),),
        online_level=(OnlineLevel.FULL, OnlineLevel.PARTIAL, OnlineLevel.INFORMATION)[n % 5 % 3],
        ways=ways,
        online_payment=n % 4 != 0,
        illustrative=True,
    )


async def fill_catalogue(database: Database) -> None:
    """Record the province's agencies and procedures."""
    made = procedures()
    codes = tuple(code for code, _ in made)
    decision = Announcement(
        id="1/QĐ-VD|T99|2020-01-01",
        number="1/QĐ-VD",
        decided=date(2020, 1, 1),
        effective=date(2020, 1, 1),
        illustrative=True,
        items=(Item(Action.NEW, (), codes),),
    )

    async def work(ledger: Ledger) -> None:
        places = [(PROVINCE, Level.PROVINCE), *agencies()]
        await ledger.load(codes, [decision.id], [code for code, _ in places])
        ledger.announce(decision)
        for code, level in places:
            parent = None if code == PROVINCE else code.rpartition(".")[0]
            ledger.put_agency(code, AgencyState(f"Cơ quan {code}", level=level.value, parent=parent))
        for n, (code, level) in enumerate(made):
            ledger.put(procedure(code, level, n), date(2020, 1, 1), decision.id, Origin("bench"))

    await record(database, work)


class Made:
    """Made-up dossiers, the same ones at each run. Rates differ by agency and by month, as they do in life."""

    def __init__(self, seed: int = 7) -> None:
        self._random = random.Random(seed)
        chance = self._random
        self._places = agencies()
        busy = {Level.PROVINCE: 6.0, Level.DISTRICT: 8.0, Level.COMMUNE: 1.0}
        self._weights = list(accumulate(busy[level] * chance.uniform(0.4, 2) for _, level in self._places))
        self._rates = [
            {name: min(0.99, max(0.01, chance.gauss(mean, 0.1))) for name, mean in _RATES.items()}
            for _ in self._places
        ]
        self._asked: dict[Level, tuple[list[str], list[float]]] = {}
        for level in PROCEDURES:
            codes = [code for code, of in procedures() if of is level]
            chance.shuffle(codes)
            # The n-th most asked for is asked for about 1/n times as often as the first.
            self._asked[level] = codes, list(accumulate(1 / (rank + 2) for rank in range(len(codes))))

    def lines(self, count: int) -> Iterator[bytes]:
        """``count`` dossiers, one a line of NDJSON, in the order in which they came."""
        draw = self._random.random
        for n in range(count):
            day = n * DAYS // count
            place = bisect(self._weights, draw() * self._weights[-1])
            agency, level = self._places[place]
            codes, weights = self._asked[level]
            code = codes[min(bisect(weights, draw() * weights[-1]), len(codes) - 1)]
            yield self._line(n, agency, code, day, self._rates[place])

    def _line(self, n: int, agency: str, code: str, day: int, rates: dict[str, float]) -> bytes:
        draw = self._random.random
        season = 1 + 0.1 * (day // 30 % 5 - 2)
        received = FIRST + timedelta(days=day)
        took = int(draw() * draw() * 25)
        finished = received + timedelta(days=took)
        ended = finished < AS_OF and draw() < 0.985
        channel = "online" if draw() < rates["online"] * season else "postal" if draw() < 0.06 else "direct"
        due = received + timedelta(days=took + 5 if draw() < rates["on_time"] else max(0, took - 2))
        fee = int(code[-2:]) % 3 != 0
        needs = draw() < 0.95
        told = [
            f'"number":"{agency}-{received:%y%m%d}-{n:08}","procedure":"{code}","agency":"{agency}",'
            f'"channel":"{channel}","received":"{received}","due":"{due}",'
            f'"state":"{"finished" if ended else "processing"}"'
        ]
        if ended:
            told.append(f'"finished":"{finished}"')
        if fee:
            told.append(f'"feeDue":{20_000 + n % 9 * 5_000}')
            if draw() < rates["paid"] * season:
                told.append('"paidOnline":true')
        if needs:
            told.append('"needsResult":true')
            if draw() < rates["e_result"]:
                told.append('"eResult":true')
        told += [
            f'"{name}":true'
            for name in ("digitised", "reused", "shared", "populationData")
            if draw() < rates[name]
        ]
        if draw() < 0.02:
            told.append('"supplements":1' if draw() < 0.8 else '"supplements":2')
        if draw() < 0.002:
            told.append('"petitions":{"count":1,"onTime":1},"complained":true')
        if draw() < 0.4:
            told.append('"place":"centre"')
        return f'{{{",".join(told)},"updated":"{finished if ended else received}T16:30:00+07:00"}}\n'.encode()


_RATES = {
    "online": 0.6,
    "on_time": 0.97,
    "paid": 0.5,
    "e_result": 0.85,
    "digitised": 0.8,
    "reused": 0.6,
    "shared": 0.5,
    "populationData": 0.4,
}


def write_source(path: Path, count: int) -> int:
    """Write ``count`` dossiers to a file. Returns its size."""
    with path.open("wb") as file:
        file.writelines(Made().lines(count))
    return path.stat().st_size


def ingest(settings: Settings, *sources: Path) -> tuple[float, float, float]:
    """Take sources in by the command. Returns seconds on the wall and of the processors, and the most megabytes
    that its processes had at once (what they share counted once)."""
    environment = {
        **os.environ,
        "DANHMUC_DATA": str(settings.data),
        "DANHMUC_DATABASE_URL": settings.database_url,
    }
    begun = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "registry", "ingest", *map(str, sources)],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    most, ended, status = 0.0, 0, 0
    while not ended:
        most = max(most, megabytes(process.pid))
        time.sleep(0.1)
        ended, status, usage = os.wait4(process.pid, os.WNOHANG)
    seconds = time.perf_counter() - begun
    assert process.stdout is not None
    code = os.waitstatus_to_exitcode(status)
    if code != 0:
        raise SystemExit(f"danhmuc ingest failed with {code}:\n{process.stdout.read()}")
    return seconds, usage.ru_utime + usage.ru_stime, most


def megabytes(pid: int) -> float:
    """The memory of a process and of those that it started."""
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except (OSError, ValueError):  # it has just ended
        return 0
    own = next((int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:")), 0)
    return own / 1024 + sum(megabytes(int(child)) for child in children)


async def _prepare(settings: Settings) -> None:
    database = await open_database(settings)
    try:
        await fill_catalogue(database)
    finally:
        await database.close()


async def _size(settings: Settings) -> float:
    if not settings.database_url:
        return sum(path.stat().st_size for path in settings.data.glob("danhmuc.sqlite*")) / 2**20
    database = await open_database(settings)
    try:
        from piccolo.querystring import QueryString

        rows = await database.rows(QueryString("SELECT pg_database_size(current_database()) AS n"))
        return int(rows[0]["n"]) / 2**20
    finally:
        await database.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=1_000_000)
    parser.add_argument("--database", default="", help="an empty PostgreSQL database; SQLite by default")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="danhmuc-bench-") as folder:
        settings = Settings(data=Path(folder) / "var", database_url=args.database)
        asyncio.run(_prepare(settings))
        source = Path(folder) / "dossiers.ndjson"
        size = write_source(source, args.count)
        engine = "PostgreSQL" if args.database else "SQLite"
        print(f"{args.count:,} dossiers, {size / 2**20:,.0f} MB of NDJSON, on {engine}")
        print(f"{'':24}{'seconds':>9}{'processor':>11}{'a second':>11}{'MB':>7}{'MB stored':>11}")
        for name in ("ingest", "the same once more"):
            seconds, processor, megabytes = ingest(settings, source)
            stored = asyncio.run(_size(settings))
            rate = args.count / seconds
            print(
                f"{name:24}{seconds:9.1f}{processor:11.1f}{rate:11,.0f}{megabytes:7.0f}{stored:11,.0f}", flush=True
            )


if __name__ == "__main__":
    main()
