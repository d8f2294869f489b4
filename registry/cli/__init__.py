"""The command line: ``danhmuc COMMAND``."""

import os
import sys
import traceback
from collections.abc import Sequence

from registry.cli.exits import Exit
from registry.cli.screen import OutputClosed, Screen


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code, one of ``Exit``. ``argv`` defaults to the process's."""
    for stream in (sys.stdout, sys.stderr):
        # A terminal that cannot show Vietnamese gets escapes, not a crash.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    screen = Screen()
    try:
        code = _run(argv, screen)
    except OutputClosed:
        code = Exit.CLOSED
    except KeyboardInterrupt:
        screen.remark("danhmuc: stopped")
        code = Exit.INTERRUPTED
    try:
        screen.flush()
    except (OutputClosed, OSError):
        _abandon(sys.stdout.fileno())
    return int(code)


def _run(argv: Sequence[str] | None, screen: Screen) -> Exit:
    from registry.cli.arguments import parser

    args = parser().parse_args(argv)

    import asyncio
    import warnings

    from registry.cli.failures import explain
    from registry.settings import read_settings

    # Piccolo warns of what then becomes an error with its own line.
    warnings.filterwarnings("ignore", ".*Unable to connect to database")
    try:
        with asyncio.Runner(loop_factory=args.loop) as runner:
            code: Exit = runner.run(args.run(args, read_settings(), screen))
        screen.flush()
        return code
    except (OutputClosed, KeyboardInterrupt):
        raise
    except Exception as error:
        found = explain(error)
        if found is None:
            traceback.print_exception(error, file=screen.err)
            return Exit.CRASHED
        screen.remark(f"danhmuc {args.command}: {found[0]}")
        return found[1]


def _abandon(descriptor: int) -> None:
    """Send what is still buffered nowhere, or the interpreter complains about the closed pipe when it ends."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, descriptor)
    os.close(nowhere)
