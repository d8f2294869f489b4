"""Commands, one module each; the module's name is the command's, without what keeps it from being a keyword.

A command module has ``HELP``, one line; ``arguments(parser)``, which adds its options; and ``run(args, settings,
screen)``, which does the work and says how it ended; it may have ``loop``, which makes the event loop that it
runs on. Whatever takes time to import is imported inside ``run``.
"""

import pkgutil
from argparse import ArgumentParser, Namespace
from collections.abc import Awaitable, Callable
from importlib import import_module
from typing import TYPE_CHECKING, Protocol, cast

from registry.cli.exits import Exit
from registry.cli.screen import Screen

if TYPE_CHECKING:
    from registry.settings import Settings

Run = Callable[[Namespace, "Settings", Screen], Awaitable[Exit]]


class Command(Protocol):
    """What a module in this folder offers."""

    HELP: str
    arguments: Callable[[ArgumentParser], None]
    run: Run


def known() -> dict[str, Command]:
    """Every command of this folder by its name, in the order of the alphabet."""
    names = sorted(found.name for found in pkgutil.iter_modules(__path__))
    return {name.rstrip("_"): cast(Command, import_module(f"{__name__}.{name}")) for name in names}
