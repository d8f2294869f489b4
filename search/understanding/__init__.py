"""What people mean when they ask for a procedure, as a ``Query`` that any engine carries out."""

from search.understanding.correction import corrected
from search.understanding.meanings import Meaning, meanings
from search.understanding.reading import explain, understand

__all__ = ["Meaning", "corrected", "explain", "meanings", "understand"]
