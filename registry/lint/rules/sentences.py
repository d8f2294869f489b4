"""How long sentences are. The announced text is law: it is remarked upon, never rewritten."""

import re
from collections.abc import Iterator

from registry.lint.page import Looked, Page, Spot

MOST = 36
"""Syllables in a sentence that is still read in one go."""
_BREAK = re.compile(r"[.!?\n](?:(?<=\n)|\s)\s*")
_SYLLABLE = re.compile(r"[^\W_]+")
# Fewer characters cannot hold more syllables than that: there is a space between any two.
_LEAST = 2 * MOST + 1
_HEADING = re.compile(r"name|steps\[[0-9]+\]\.name|cases\[[0-9]+\]\.name")


def sentence(page: Page) -> Looked:
    """Every sentence of more than ``MOST`` syllables; names and headings are none."""
    spots: list[Spot] = []
    among = 0
    for section, field, text in page.passages:
        if _HEADING.fullmatch(field):
            continue
        for start, end in _sentences(text):
            among += 1
            if end - start >= _LEAST and (count := len(_SYLLABLE.findall(text, start, end))) > MOST:
                told = {"count": count}
                spots.append(Spot(section, field, start, end, text[start:end], told, told))
    return Looked(spots, among)


def _sentences(text: str) -> Iterator[tuple[int, int]]:
    """Where each sentence starts and ends; a piece without a letter or digit, like a bullet, is none."""
    start = 0
    for found in _BREAK.finditer(text):
        end = found.start() + (found[0][0] != "\n")
        if _SYLLABLE.search(text, start, end):
            yield start, end
        start = found.end()
    if _SYLLABLE.search(text, start):
        yield start, len(text)


RULES = {"sentence": sentence}
