"""Measure pages, each made anew every time: ``python tests/bench/pages.py STORE [--times 60] [--only /so-lieu]``.

STORE is the folder of a store that holds the real catalogue (``danhmuc import`` fills one); it is copied and not
changed. The app runs in this process and is called as a server calls it, without sockets; what it keeps of its
answers is forgotten before each request. ``cpu`` is what this process worked for a page at the median: it depends
less on what else the machine does. An address that holds ``{word}`` or ``{code}`` is asked with others each time.
"""

import argparse
import asyncio
import gzip
import shutil
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

from litestar import Litestar
from piccolo.querystring import QueryString

from registry.api.caching import Answers
from registry.app import create_app
from registry.settings import Settings
from registry.web.warming import ask

WORDS = (
    "khai sinh",
    "bìa đỏ",
    "cấp giấy phép xây dựng nhà ở",
    "dang ky ket hon",
    "thành lập công ty",
    "đổi bằng lái xe",
    "hộ chiếu",
    "đất đai",
    "1.001193",
    "trợ cấp thất nghiệp",
    "ddawng kys tajm trus",
    "vợ tôi sắp sinh, làm ở công ty",
)
# A line for each page: what it is, its address, and the most milliseconds at the median where some are asked for.
PAGES: tuple[tuple[str, str, float | None], ...] = (
    ("front page", "/", 10),
    ("search", "/?q={word}", 10),
    ("search, one filter", "/?q={word}&level=commune", 10),
    ("search, two filters", "/?q={word}&level=commune&fee=unknown", None),
    ("search, the part while typing", "/?q={word}&phan=ket-qua", 10),
    ("search, every sector", "/?q={word}&xem=sector", None),
    ("list of a province", "/?province=H55&sort=name", 10),
    ("search as of a past day", "/?q={word}&asOf=2026-03-01", 10),
    ("nothing found", "/?q={word}%20xyzzy%20qwrtp&level=district", None),
    ("sectors", "/linh-vuc", None),
    ("life events", "/su-kien", None),
    ("a procedure", "/thu-tuc/{code}", 10),
    ("the board of the country", "/so-lieu?co-quan=ca-nuoc", 60),
    ("the board's indicators", "/so-lieu/chi-so", None),
)
FIRST = ("/", "style.css", "search.css", "search.js")


async def measure(
    app: Litestar, address: str, codes: Sequence[str], times: int
) -> tuple[list[float], list[float], int, int]:
    """Milliseconds on the wall and worked, and the most bytes plain and compressed."""
    wall, worked, plain, packed = [], [], 0, 0
    for turn in range(times + len(WORDS)):
        asked = address.replace("{word}", quote(WORDS[turn % len(WORDS)]))
        asked = asked.replace("{code}", codes[turn * 7919 % len(codes)])
        app.state.service.answers = Answers()
        began, began_working = time.perf_counter(), time.process_time()
        status, body = await ask(app, asked)
        took = time.perf_counter() - began, time.process_time() - began_working
        if status != 200:
            raise SystemExit(f"{asked} is answered with {status}")
        if turn >= len(WORDS):
            wall.append(took[0] * 1000)
            worked.append(took[1] * 1000)
        packed = max(packed, len(body))
        plain = max(plain, len(gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body))
    return wall, worked, plain, packed


async def first_page(app: Litestar) -> int:
    """The bytes of the first page with its style sheets and script, compressed."""
    _, html = await ask(app, "/")
    total = len(html)
    text = gzip.decompress(html).decode()
    for name in FIRST[1:]:
        place = text.index(f"/{name}")
        address = text[text.rindex('"', 0, place) + 1 : place + len(name) + 1]
        total += len((await ask(app, address))[1])
    return total


async def run(settings: Settings, times: int, only: str) -> None:
    app = create_app(settings, warm=True)
    async with app.lifespan():
        # A server that has answered for some seconds, as visitors mostly find it.
        await asyncio.gather(*(task for task in asyncio.all_tasks() if task.get_name() == "warming"))
        database = app.state.service.database
        rows = await database.rows(
            QueryString("SELECT DISTINCT code FROM version WHERE recorded_to IS NULL AND valid_to IS NULL")
        )
        codes = sorted(row["code"] for row in rows)
        print(f"{'page':<34}{'p50':>10}{'p99':>10}{'cpu':>10}{'bytes':>10}{'gzipped':>9}  asked for")
        for name, address, most in PAGES:
            if only not in address:
                continue
            wall, worked, plain, packed = await measure(app, address, codes, times)
            tail = sorted(wall)[int(len(wall) * 0.99)]
            figures = "".join(
                f"{one:>7.2f} ms" for one in (statistics.median(wall), tail, statistics.median(worked))
            )
            asked = f"p50 at most {most:g} ms" if most else ""
            print(f"{name:<34}{figures}{plain:>10,}{packed:>9,}  {asked}", flush=True)
        print(f"first page with its style sheets and script, gzipped: {await first_page(app):,} bytes of 61,440")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("store", type=Path)
    parser.add_argument("--times", type=int, default=60)
    parser.add_argument("--only", default="", help="pages whose address holds this, like /so-lieu")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "var"
        shutil.copytree(given.store, data)
        asyncio.run(run(Settings(data=data), given.times, given.only))


if __name__ == "__main__":
    main()
