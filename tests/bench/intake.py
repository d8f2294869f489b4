"""Measure the intake on the real data: ``python tests/bench/intake.py [ARCHIVE]``.

Each line is a process of its own, run through the command line as a person would run it, on SQLite in a
temporary folder: seconds on the wall and the largest resident memory.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
SHARED = Path(os.environ.get("DANHMUC_SHARED", ROOT.parent / "shared"))
ARCHIVE = SHARED / "data" / "portal-2026-07-17" / "raw_procedure.tar.xz"
DAY = "2026-07-17"
ACCEPTED = {0, 3}  # 3: taken in, with records in quarantine


def danhmuc(data: Path, *arguments: str) -> tuple[float, float]:
    """Run one command. Returns seconds and megabytes."""
    begun = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "registry", *arguments],
        env={**os.environ, "DANHMUC_DATA": str(data)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    said = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - begun
    code = os.waitstatus_to_exitcode(status)
    if code not in ACCEPTED:
        raise SystemExit(f"danhmuc {' '.join(arguments)} failed with {code}:\n{said}")
    return seconds, usage.ru_maxrss / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("archive", nargs="?", type=Path, default=ARCHIVE)
    archive = parser.parse_args().archive
    with tempfile.TemporaryDirectory(prefix="danhmuc-bench-") as folder:
        data = Path(folder)
        take = ("import", str(archive), "--on", DAY, "--cover", "catalogue")
        steps = {
            "import of the archive, index included": take,
            "the same once more, unchanged": take,
            "a dry run": (*take, "--dry-run"),
            "rebuild of the index": ("reindex",),
            "check of everything": ("check",),
            "export with its history": ("export", "-o", str(data / "export.ndjson")),
        }
        print(f"{'':44}{'seconds':>9}{'MB':>7}")
        for name, arguments in steps.items():
            seconds, megabytes = danhmuc(data, *arguments)
            print(f"{name:44}{seconds:9.2f}{megabytes:7.0f}", flush=True)


if __name__ == "__main__":
    main()
