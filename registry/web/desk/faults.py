"""Why a connection failed, in the language of whoever reads it; what the table does not know, as it was said."""

import re
import tomllib
from functools import cache
from importlib.resources import files


def told(fault: str, language: str) -> str:
    """A fault as syncs and deliveries keep it, for people."""
    if language == "vi":
        for pattern, vi in _table():
            if found := pattern.search(fault):
                return vi.format(found[0], *(group or "" for group in found.groups()))
    return fault


@cache
def _table() -> tuple[tuple[re.Pattern[str], str], ...]:
    text = (files(__package__) / "faults.toml").read_text("utf-8")
    return tuple((re.compile(one["pattern"], re.DOTALL), one["vi"]) for one in tomllib.loads(text)["fault"])
