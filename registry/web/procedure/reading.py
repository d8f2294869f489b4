"""Announced texts as they are read: in paragraphs, lists and steps. Words are never changed, only set apart.

Most procedures tell their steps in one block, in which "Bước 1", "Bước 2" … stand at the beginnings of lines or
sentences: there it is taken apart. Marks of lists become lists.
"""

import re
from collections.abc import Iterable
from typing import NamedTuple

from registry.procedure import Procedure, Step
from search.text import fold

_STEP = re.compile(
    r"(?:^|(?<=[.;:!?])[ \t]+)[^\w\n]{0,4}"
    r"(?P<title>(?:[a-zđ]\)[ \t]*)?Bước\s+(?:thứ\s+)?(?:\d{1,2}|[IVX]{1,4}|nhất|hai|ba|tư|năm)(?!\w|\.\d))"
    r"[ \t]*[:.)–—-]*[ \t]*",
    re.MULTILINE,
)
_MARK = re.compile(r"^[-–—+•*▪●◦‣·]+\s+|^[-–—•▪●◦‣·](?=\w)")
_NUMBERED = re.compile(r"^(?:\(?(?:[a-zđ]|[ivx]{1,4})[.)]|\(?\d+(?:\.\d+)*[.)]|\d+(?:\.\d+)+\s)", re.IGNORECASE)
_ENDING = (".", ";", ":", "!", "?", ",")
_WIDEST = 125
_NOTHING = re.compile(r"^(?:khong(?: co)?(?: quy dinh)?(?: yeu cau)?(?: dieu kien)?|khong ap dung|n a)?$")


class Block(NamedTuple):
    """A paragraph, or the entries of a list."""

    listed: bool
    lines: tuple[str, ...]


class Part(NamedTuple):
    """A part of the steps: its number as announced ("Bước 1"), what it is called, and its text."""

    title: str
    blocks: list[Block]


def blocks(text: str) -> list[Block]:
    """A text in paragraphs and lists, by its lines."""
    found: list[Block] = []
    entries: list[str] = []
    for line in [*_unwrapped(text), ""]:
        marked = _MARK.match(line)
        if marked and line[marked.end() :]:
            entries.append(line[marked.end() :].strip())
            continue
        if entries:
            found.append(Block(True, tuple(entries)))
            entries = []
        if line:
            found.append(Block(False, (line,)))
    return found


def _unwrapped(text: str) -> list[str]:
    """The lines of a text. Many were copied out of a page that broke them to its width: those are joined again."""
    lines = [line for line in map(str.strip, text.splitlines()) if line]
    broken = sum(not line.endswith(_ENDING) for line in lines[:-1])
    wrapped = len(lines) > 3 and broken * 2 > len(lines) and max(map(len, lines)) <= _WIDEST
    found: list[str] = []
    last = ""
    for line in lines:
        begins = _MARK.match(line) or _NUMBERED.match(line)
        open_ended = found and not begins and not last.endswith((".", ";", ":", "!", "?"))
        if open_ended and (line[0].islower() or (wrapped and len(last) > _WIDEST // 2)):
            found[-1] += f" {line}"
        else:
            found.append(line)
        last = line
    return found


def parts(steps: Iterable[Step]) -> list[Part]:
    """Steps as they are read: each as announced, taken apart where it holds several of "Bước n"."""
    found: list[Part] = []
    for step in steps:
        pieces = _pieces(step.text)
        if step.name:
            untitled = bool(pieces) and not pieces[0][0]
            pieces = [(step.name, pieces[0][1] if untitled else ""), *pieces[untitled:]]
        found += [Part(title, blocks(text)) for title, text in pieces]
    return found


def _pieces(text: str) -> list[tuple[str, str]]:
    """(title, text) of each part; what stands before the first title has none."""
    marks = list(_STEP.finditer(text))
    if not marks:
        return [("", text)] if text.strip() else []
    found = [("", text[: marks[0].start()])] if text[: marks[0].start()].strip() else []
    for mark, after in zip(marks, [*marks[1:], None], strict=True):
        end = after.start() if after else len(text)
        found.append((" ".join(mark["title"].split()), text[mark.end() : end]))
    return found


def says_something(text: str) -> bool:
    """Whether a text says anything: many only say that there is nothing ("Không", "Không quy định.")."""
    return not _NOTHING.match(" ".join(re.findall(r"\w+", fold(text))))


def original(procedure: Procedure) -> str:
    """The steps as they were announced."""
    return "\n\n".join("\n".join(filter(None, (step.name, step.text))) for step in procedure.steps)
