"""The managers' board: scores, coverage, use, ranks, what others published, work, promise and practice.

Every page is one question, held whole in its address, answered from ``registry.metrics`` as programs are; its
charts, its tables and its files show the same numbers.
"""

from litestar.di import Provide

from registry.api.routing import Rooms
from registry.web.board.asking import read_given
from registry.web.board.indicator import IndicatorPages
from registry.web.board.offering import OfferPages
from registry.web.board.practising import PracticePages
from registry.web.board.published import PublishedPages
from registry.web.board.ranking import RankPages
from registry.web.board.scores import ScorePages
from registry.web.board.using import UsePages
from registry.web.board.working import WorkPages

__all__ = ["create_board"]


def create_board() -> Rooms:
    """All pages of the board."""
    return Rooms(
        path="/so-lieu",
        route_handlers=[
            ScorePages,
            IndicatorPages,
            OfferPages,
            UsePages,
            RankPages,
            PublishedPages,
            WorkPages,
            PracticePages,
        ],
        dependencies={"given": Provide(read_given, sync_to_thread=False)},
    )
