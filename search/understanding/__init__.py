"""What people mean when they ask for a procedure, as a ``Query`` that any engine carries out."""

from search.understanding.meanings import Meaning, meanings
from search.understanding.reading import explain, understand

__all__ = ["Meaning", "explain", "meanings", "understand"]
