"""The words of the pages, in Vietnamese and English: data files, one for each room, read once."""

import tomllib
from functools import lru_cache
from importlib.resources import files
from typing import Any

from markupsafe import Markup

LANGUAGES = ("vi", "en")


@lru_cache(maxsize=1)
def words() -> dict[str, dict[str, str]]:
    """Every entry by its key: its text in each language. Raises ``ValueError`` for a key that two files have."""
    found: dict[str, dict[str, str]] = {}
    for file in sorted((files("registry.web") / "words").iterdir(), key=lambda one: one.name):
        if not file.name.endswith(".toml"):
            continue
        for key, texts in tomllib.loads(file.read_text()).items():
            if key in found:
                raise ValueError(f"{file.name}: {key} is written in another file too")
            if set(texts) != set(LANGUAGES):
                raise ValueError(f"{file.name}: {key} is written in {', '.join(texts)}, not in vi and en")
            found[key] = texts
    return found


def said(language: str, key: str, /, **values: Any) -> str:
    """The text of ``key``, with ``values`` in place of its ``{names}``. Raises ``KeyError`` for an unknown key.

    Values that are ``Markup`` stay so; then the text is too, and everything else in it is escaped.
    """
    text = words()[key][language]
    if not values:
        return text
    if any(hasattr(value, "__html__") for value in values.values()):
        return Markup(text).format(**values)  # noqa: S704 - our own words; format escapes what is put in
    return text.format(**values)
