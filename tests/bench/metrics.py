"""Measure scorecards: ``python tests/bench/metrics.py [--count N] [--times 10] [--keep A B] [--postgres URL]``.

Fills a store with N made-up dossiers of a province (those of ``dossiers.py``), and another with ten times as many
of the same agencies and procedures; takes both in by ``danhmuc ingest``. Asks scorecards of the province with all
agencies below it, its place and its change, over three periods. ``first`` is the first question after one more
dossier was taken in, when the sets of active procedures and the backlog are read anew.

``--keep A B`` names the folders in which the two stores stay: what they hold already is not built again.

Beside it DuckDB (``pip install duckdb``; no dependency of the project) scans the same rows for the same answers;
every numerator and denominator must be equal. It reads a table of its own, in memory or with ``--disk`` in a file.
"""

import argparse
import asyncio
import csv
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from datetime import date
from itertools import islice
from multiprocessing import Process, Queue
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from dossiers import DAYS, FIRST, PROVINCE, Made, fill_catalogue, ingest
from piccolo.querystring import QueryString

from registry import clock, metrics
from registry.dossiers import intake, keys
from registry.dossiers.measures import BY_NAME, Live, amount, predicate
from registry.engine import Database, open_database
from registry.metrics.definitions import definitions
from registry.metrics.offering import offered, whose
from registry.metrics.periods import previous
from registry.metrics.reading import reading
from registry.metrics.scene import Scene, scene
from registry.metrics.sides import Dossiers, Procedures, Side
from registry.settings import Settings

LAST = date.fromordinal(FIRST.toordinal() + DAYS - 1)
PERIODS = [
    (FIRST, LAST),
    (date(2024, 7, 1), date(2024, 12, 31)),
    (date(2025, 1, 1), LAST),
]
PART = 1_000_000
ROWS = "agency, procedure, received, due, finished, facts, petitions, petitions_on_time, petitions_unsatisfied"


def written(count: int, done: int, folder: Path, parts: "Queue[Path | None]") -> None:
    """Write dossiers to files, a part at a time and one part ahead of who takes them in: all would fill a disk."""
    lines = islice(Made().lines(count), done, None)
    for start in range(done, count, PART):
        path = folder / f"part-{start}.ndjson"
        with path.open("wb") as file:
            file.writelines(islice(lines, PART))
        parts.put(path)
    parts.put(None)


async def prepare(settings: Settings, count: int) -> None:
    """A store with so many dossiers; what it holds already is kept."""
    database = await open_database(settings)
    (held,) = await database.rows(QueryString("SELECT COUNT(*) AS n FROM dossier"))
    if not held["n"]:
        await fill_catalogue(database)
    await database.close()
    done = held["n"] // PART * PART
    if held["n"] >= count:
        return
    parts: Queue[Path | None] = Queue(maxsize=1)
    settings.data.mkdir(parents=True, exist_ok=True)  # a store in PostgreSQL has made none
    with tempfile.TemporaryDirectory(prefix="danhmuc-bench-parts-", dir=settings.data) as folder:
        writer = Process(target=written, args=(count, done, Path(folder), parts), daemon=True)
        writer.start()
        while (source := parts.get()) is not None:
            seconds, processor, _ = ingest(settings, source)
            done = min(count, done + PART)
            print(f"    {done:,} taken in; the last part took {seconds:.0f} s, {processor:.0f} s of processors")
            source.unlink()
        writer.join()


async def measure(database: Database, settings: Settings, rounds: int) -> tuple[float, list[float]]:
    """Milliseconds of the first scorecard of a fresh state, and of each that follows."""
    await metrics.scorecard(database, PROVINCE, *PERIODS[0])

    async def one() -> AsyncIterator[bytes]:
        yield next(Made(seed=8).lines(1)).replace(b'"number":"', b'"number":"%d-' % time.time_ns())

    await intake.take(database, "one more", one(), await keys.secret(database, settings))
    begun = time.perf_counter()
    await metrics.scorecard(database, PROVINCE, *PERIODS[0])
    first = (time.perf_counter() - begun) * 1e3
    for period in PERIODS:
        await metrics.scorecard(database, PROVINCE, *period)
    taken = []
    for turn in range(rounds):
        begun = time.perf_counter()
        await metrics.scorecard(database, PROVINCE, *PERIODS[turn % len(PERIODS)])
        taken.append((time.perf_counter() - begun) * 1e3)
    return first, taken


# -- the same by scanning ---------------------------------------------------------------------------------------


def counted(one: Side) -> bool:
    """Whether dossiers decide a side."""
    return isinstance(one.term, Dossiers) or (isinstance(one.term, Procedures) and one.term.having is not None)


def wanted() -> list[tuple[str, str, Side]]:
    """The sides that dossiers decide, by indicator and side."""
    found = []
    for one in definitions(LAST):
        if one.group and one.points:
            for name, side in (("numerator", one.numerator), ("denominator", one.denominator)):
                if side is not None and counted(side):
                    found.append((one.id, name, side))
    return found


def expression(side: Side, number: int, as_of: date) -> str:
    """A side as a column of a scan."""
    term = side.term
    if isinstance(term, Procedures):
        condition = predicate(BY_NAME[term.having or ""], "d")
        return f"COUNT(DISTINCT CASE WHEN p.c{number} AND {condition} THEN d.procedure END)"
    assert isinstance(term, Dossiers)
    parts = []
    for name, factor in term.measures:
        one = BY_NAME[name]
        condition = predicate(one, "d")
        if isinstance(one, Live):
            condition = condition.format(as_of.toordinal())
        parts.append(f"{'+' if factor > 0 else '-'} CASE WHEN {condition} THEN {amount(one, 'd')} ELSE 0 END")
    return f"SUM(0 {' '.join(parts)})"


def query(scene_of: Scene, sides: list[tuple[str, str, Side]]) -> str:
    """One scan: every side, of the province and of each agency directly below it."""
    columns = [f"{expression(side, n, scene_of.as_of)} AS s{n}" for n, (_, _, side) in enumerate(sides)]
    start, end = scene_of.span.start.toordinal(), scene_of.span.end.toordinal()
    return (
        f"SELECT a.child, {', '.join(columns)} FROM dossier d JOIN agency a ON a.agency = d.agency "
        "JOIN procedure p ON p.procedure = d.procedure "
        f"WHERE d.received BETWEEN {start} AND {end} GROUP BY GROUPING SETS ((a.child), ())"
    )


async def copied(database: Database, folder: Path, disk: bool) -> Any:
    """The rows of the store in DuckDB, by a CSV file: its SQLite extension would have to be downloaded."""
    import duckdb

    path = folder / "dossiers.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(ROWS.split(", "))
        after = b""
        while True:
            rows = await database.rows(
                QueryString(f"SELECT key, {ROWS} FROM dossier WHERE key > {{}} ORDER BY key LIMIT 100000", after)
            )
            if not rows:
                break
            after = rows[-1]["key"]
            writer.writerows(list(row.values())[1:] for row in rows)
    scanned = duckdb.connect(str(folder / "dossiers.duckdb") if disk else ":memory:")
    scanned.execute("PRAGMA threads=2")
    scanned.execute(f"CREATE TABLE dossier AS SELECT * FROM read_csv('{path}', header=true)")
    path.unlink()
    return scanned


def told(scanned: Any, scene_of: Scene, sides: list[tuple[str, str, Side]]) -> None:
    """Tell DuckDB what the catalogue knows: whose agencies are, and which procedures each side may count."""
    scanned.execute("CREATE OR REPLACE TABLE agency(agency VARCHAR, child VARCHAR)")
    members = [(code, place.agency) for _, found in scene_of.land.parts for code, place in found.items()]
    scanned.executemany("INSERT INTO agency VALUES (?, ?)", members)
    columns = ", ".join(f"c{n} BOOLEAN" for n in range(len(sides)))
    scanned.execute(f"CREATE OR REPLACE TABLE procedure(procedure VARCHAR, {columns})")
    owner = whose(scene_of.map, PROVINCE, True, scene_of.as_of)
    sets = [
        {one.code for one in offered(scene_of.found, owner, side.term.where, scene_of.as_of)}
        if isinstance(side.term, Procedures)
        else set()
        for _, _, side in sides
    ]
    every = sorted(scene_of.found.latest(scene_of.as_of))
    marks = ", ".join("?" * (len(sides) + 1))
    scanned.executemany(
        f"INSERT INTO procedure VALUES ({marks})", [(code, *(code in one for one in sets)) for code in every]
    )


async def compare(database: Database, folder: Path, rounds: int, disk: bool) -> list[float]:
    """Milliseconds that DuckDB takes for a scorecard's dossiers: the period and the one before. Raises
    ``AssertionError`` where any number differs."""
    scanned, sides, taken = await copied(database, folder, disk), wanted(), []
    for period in PERIODS:
        card = await metrics.scorecard(database, PROVINCE, *period)
        async with reading(database) as (found, _):
            ask = metrics.Ask(indicator="", agency=PROVINCE, start=period[0], end=period[1])
            now = scene(found, ask)
            before = scene(found, ask, previous(now.span))
        told(scanned, now, sides)
        now_query, before_query = query(now, sides), query(before, sides)
        for _ in range(rounds):
            begun = time.perf_counter()
            rows = scanned.execute(now_query).fetchall()
            scanned.execute(before_query).fetchall()
            taken.append((time.perf_counter() - begun) * 1e3)
        whole = next(row[1:] for row in rows if row[0] is None)
        values = {answer.indicator: answer.value for group in card.groups for answer in group.indicators}
        for number, (indicator, side, _) in enumerate(sides):
            ours = getattr(values[indicator], side)
            assert ours == (whole[number] or 0), (period, indicator, side, ours, whole[number])
        await agencies_equal(database, period, sides, {row[0]: row[1:] for row in rows})
    scanned.close()
    return taken


async def agencies_equal(
    database: Database, period: tuple[date, date], sides: list[tuple[str, str, Side]], rows: dict[str, Any]
) -> None:
    """Each agency below must have the numbers that the scan found, where the catalogue plays no part in them."""
    for number, (indicator, side, one) in enumerate(sides):
        if not isinstance(one.term, Dossiers):
            continue
        ask = metrics.Ask(
            indicator=indicator,
            agency=PROVINCE,
            start=period[0],
            end=period[1],
            group_by=(metrics.Dimension.AGENCY,),
        )
        answer = await metrics.evaluate(database, ask)
        ours = {group.keys[0].value: getattr(group.value, side) for group in answer.groups}
        found = {code: row[number] or 0 for code, row in rows.items() if code is not None}
        assert {code: value for code, value in ours.items() if value} == {c: v for c, v in found.items() if v}


def lines(name: str, first: float | None, taken: list[float]) -> Iterator[str]:
    ordered = sorted(taken)
    p99 = ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]
    cold = f"{first:10.1f}" if first is not None else f"{'':10}"
    yield f"{name:44}{statistics.median(ordered):10.1f}{p99:10.1f}{cold}"


async def run(args: argparse.Namespace, folder: Path) -> None:
    clock.today = lambda: LAST  # the day of the question: what is overdue does not depend on when this is run
    print(f"{'ms':44}{'p50':>10}{'p99':>10}{'first':>10}")
    medians: list[float] = []
    for count in (args.count, args.count * args.times):
        if args.times == 1 and medians:
            break
        kept = args.keep[min(len(args.keep) - 1, len(medians))] if args.keep else folder / f"s{count}"
        settings = Settings(data=kept, database_url=args.postgres)
        await prepare(settings, count)
        database = await open_database(settings)
        first, taken = await measure(database, settings, args.rounds)
        medians.append(statistics.median(taken))
        engine = "PostgreSQL" if args.postgres else "SQLite"
        print(*lines(f"scorecard, {count:,} dossiers, {engine}", first, taken), flush=True)
        if not args.postgres:
            scanned = await compare(database, folder, args.scans, args.disk)
            print(*lines(f"DuckDB scanning {count:,} dossiers", None, scanned), flush=True)
            times = statistics.median(scanned) / medians[-1]
            print(f"    every number equal; DuckDB takes {times:.1f} times as long", flush=True)
        await database.close()
        if args.postgres:
            break
    if len(medians) == 2:
        print(f"{args.times} times the dossiers cost {medians[1] / medians[0]:.2f} times the time")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=1_000_000, help="dossiers of the smaller store")
    parser.add_argument("--times", type=int, default=10, help="how many times as many the larger has; 1 for none")
    parser.add_argument("--rounds", type=int, default=200, help="scorecards that are measured")
    parser.add_argument("--scans", type=int, default=7, help="scans of each period that are measured")
    parser.add_argument("--disk", action="store_true", help="DuckDB in a file instead of memory")
    parser.add_argument(
        "--keep",
        type=Path,
        nargs="+",
        help="folders of the smaller and the larger store, built unless they are there",
    )
    parser.add_argument("--postgres", default="", help="an empty PostgreSQL database to measure instead")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="danhmuc-bench-") as folder:
        asyncio.run(run(args, Path(folder)))


if __name__ == "__main__":
    main()
