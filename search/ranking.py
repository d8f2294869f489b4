"""What counts for how much, in one place. The figures were tuned on the judged tuning queries alone."""

from typing import NamedTuple


class Field(NamedTuple):
    """A searched field. ``strict`` ones decide at first what is found; the others widen a poor answer."""

    name: str
    weight: float
    strict: bool = True


# Folded words, by field.
FIELDS = (
    Field("name", 4.0),
    Field("keywords", 2.0),
    Field("outputs", 1.2),
    Field("sectors", 1.2),
    Field("agencies", 0.5),
    Field("papers", 0.4, strict=False),
    Field("body", 0.2, strict=False),
)
# The name's words as they are written: what lifts "đường" above "dương".
EXACT = 2.0
# Two neighbours of the question that are neighbours in the name.
PAIR = 4.0
# The second and third share of the words that must be found when all of them find fewer than ENOUGH.
SHARES = (1.0, 0.7, 0.45)
ENOUGH = 60
# A word that exists but stands beside neither of its neighbours anywhere, when a correction does.
DOUBTED = 0.3
# A word as corrected, and one that the last word of the question begins.
CORRECTED = 0.6
COMPLETED = 0.5
# Codes stand above whatever words can reach.
CODE = 10_000.0
LOCAL_CODE = 20_000.0
# What a preference of weight 1 adds: about one well-matched word.
PREFERENCE = 15.0
# How many words of a long question, the rarest, decide what is found.
TELLING = 8
# How many words may take the place of one that is misspelt, or is still being typed.
CORRECTIONS = 6
COMPLETIONS = 24
