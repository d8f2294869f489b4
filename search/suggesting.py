"""Completing a name as it is typed: how it is read, and which names come first."""

from collections.abc import Iterable
from typing import NamedTuple, TypeVar

import msgspec

from search.query import MAX_CHARACTERS, MAX_TOKEN_LENGTH, Query, Understanding, word
from search.text import repair, syllables, tokens, words

T = TypeVar("T")

# "Thủ tục …": many names begin with it, and no one who types a name means it.
PREAMBLE = "thu tuc "


class Named(NamedTuple):
    """What may be suggested: its name, how much people use it, and how well it answers, more being better."""

    name: str
    weight: float
    score: float


def readings(understand: Understanding, text: str) -> list[Query]:
    """How a text that is still being typed may be meant, the likeliest first.

    The last word is always completed as it stands, for what it would mean alone it may not become. Only where
    the text as a whole says something else (an acronym, an everyday word), that comes second.
    """
    whole = understand(text)
    if whole.codes or not text[-1:].isalnum() or (whole.groups and whole.groups[-1].partial):
        return [whole]
    typed = repair(text[:MAX_CHARACTERS])
    last = max(words(typed), default=None)
    if last is None:
        return [whole]
    head = understand(f"{typed[: last.start].rstrip()} ") if typed[: last.start].strip() else Query()
    open_ended = word(tokens(typed[last.start :])[0][:MAX_TOKEN_LENGTH], partial=True)
    split = msgspec.structs.replace(head, groups=(*head.groups, open_ended))
    explained = any(one.reason for group in whole.groups for one in group.alternatives)
    return [split, whole] if explained else [split]


def ranked(found: Iterable[tuple[Named, T]], text: str, limit: int) -> list[T]:
    """The first ``limit``, each name once: those that begin with the text, those that have it, all others.

    The first two by how much they are used, the shorter before the longer; the others as they answer.
    """
    typed = " ".join(syllables(text)).removeprefix(PREAMBLE)
    closed = "" if text[-1:].isalnum() else " "
    names: dict[str, tuple[tuple[float, ...], T]] = {}
    for named, one in found:
        name = " ".join(syllables(named.name))
        plain = f" {name.removeprefix(PREAMBLE)} "
        at = plain.find(f" {typed}{closed}" if typed else " ")
        order = (2.0, -named.score) if at < 0 else (float(at > 0), -named.weight, float(len(plain)), -named.score)
        if name not in names or order < names[name][0]:
            names[name] = (order, one)
    best = sorted(names.values(), key=lambda one: one[0])
    return [one for _, one in best[:limit]]
