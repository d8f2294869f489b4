"""What people mean when they ask for a procedure, as a ``Query`` that any engine carries out."""

from search.understanding.reading import explain, understand

__all__ = ["explain", "understand"]
