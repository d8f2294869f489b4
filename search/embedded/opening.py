"""Opening tantivy's indexes, and naming what goes wrong in them."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import tantivy

from search.contract import IndexUnavailable


def opened(folder: Path) -> tantivy.Index:
    """An index whose readers see a change when they are told to, not by watching files."""
    index = tantivy.Index.open(str(folder))
    index.config_reader("manual")
    index.reload()
    return index


@contextmanager
def guarded(done: str) -> Iterator[None]:
    """Give what goes wrong inside tantivy its name. It panics on some damaged files."""
    try:
        yield
    except (OSError, ValueError, RuntimeError) as fault:
        raise IndexUnavailable(f"embedded search index cannot be {done}: {fault}") from fault
    except BaseException as fault:
        if type(fault).__name__ != "PanicException":
            raise
        raise IndexUnavailable(f"embedded search index cannot be {done}: {fault}") from None
