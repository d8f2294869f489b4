"""The embedded engine: tantivy in this process, its index in a folder. Nothing else needs to be running."""

from search.embedded.engine import Embedded

__all__ = ["Embedded"]
