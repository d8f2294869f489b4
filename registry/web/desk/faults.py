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
                parts = (told(group, language).rstrip(".") if group else "" for group in found.groups())
                return vi.format(found[0], *parts)
    return fault


@cache
def _table() -> tuple[tuple[re.Pattern[str], str], ...]:
    text = (files(__package__) / "faults.toml").read_text("utf-8")
    return tuple((re.compile(one["pattern"], re.DOTALL), one["vi"]) for one in tomllib.loads(text)["fault"])
