"""A definition in words: what is divided by what, what is left out, how points are given, and by which act."""

from typing import Any

from registry.metrics import Answer
from registry.metrics.definitions import Definition, book
from registry.metrics.exports import wording
from registry.web.board.counting import Board


def defined(answer: Answer) -> Definition:
    """The version of the definition by which an answer was made."""
    versions = book().definitions[answer.indicator]
    return next(one for one in versions if one.version == answer.formula.version)


def told(board: Board, answer: Answer) -> dict[str, Any]:
    """The formula of an answer, in the language of the page."""
    one, says = defined(answer), board.says
    return {
        "numerator": wording.worded(one.numerator, says.language),
        "denominator": wording.worded(one.denominator, says.language) if one.denominator else None,
        "left": wording.left_out(one, says.language),
        "points": wording.scored(one.points, says.language) if one.points else None,
        "empty": says.t(f"board.empty.{one.empty}") if one.points and one.denominator else None,
        "version": one.version,
        "since": one.valid_from,
        "source": says.title(one.source),
        "note": says.title(one.note),
    }
