"""Choices that look like life and never change: drawn from a hash of what they are for."""

from collections.abc import Sequence
from hashlib import blake2b
from random import Random
from typing import TypeVar

T = TypeVar("T")


def draw(*about: object) -> int:
    """A number of 64 bits that depends on ``about`` alone, and not on the process."""
    text = "\x1f".join(str(part) for part in about)
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big")


def generator(*about: object) -> Random:
    """Numbers one after the other, the same ones for what they are about."""
    return Random(draw(*about))  # noqa: S311 - it shall look like chance and be none


def choose(options: Sequence[T], *about: object) -> T:
    return options[draw(*about) % len(options)]


def percent(share: int, *about: object) -> bool:
    """True for about ``share`` of a hundred cases."""
    return draw(*about) % 100 < share


def shuffled(options: Sequence[T], *about: object) -> list[T]:
    """The options in an order of their own."""
    return sorted(options, key=lambda option: draw(option, *about))
