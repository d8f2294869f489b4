"""Folders of stores, each made once for all workers of a test run."""

import fcntl
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

MAKER = Path(__file__).parent / "stores.py"


def maker(factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Gives the folder of a store by its kind. Whoever writes to it takes a copy."""
    base = factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base

    def store(kind: str) -> Path:
        folder = shared / f"store-{kind}"
        with (shared / f"{kind}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not folder.exists():
                draft = folder.with_suffix(".draft")
                # In a process of its own: a browser's driver holds the event loop of this one.
                command = [sys.executable, str(MAKER), kind, str(draft)]
                made = subprocess.run(command, capture_output=True, text=True, timeout=120)
                assert made.returncode == 0, made.stderr
                draft.rename(folder)
        return folder

    return store
