"""How people reach the catalogue: pages made on the server, working without scripts, loaded from no other host."""

from litestar.types import ControllerRouterHandler

from registry.api.routing import Rooms
from registry.web.assets import icon, static
from registry.web.board import create_board
from registry.web.changes import ChangePages
from registry.web.data import DataPages
from registry.web.desk import create_desk
from registry.web.pages import check, secured
from registry.web.procedure import CONTROLLERS as PROCEDURE
from registry.web.search import SearchController
from registry.web.sharing import PicturePages

__all__ = ["create_pages"]

# A line for each room: its controllers.
CONTROLLERS: tuple[ControllerRouterHandler, ...] = (
    static,
    icon,
    SearchController,
    *PROCEDURE,
    PicturePages,
    ChangePages,
    DataPages,
)


def create_pages() -> Rooms:
    """Every page. Parameters that a page does not know are refused on all of them."""
    return Rooms(
        path="/",
        route_handlers=[*CONTROLLERS, create_board(), create_desk()],
        before_request=check,
        after_request=secured,
        include_in_schema=False,
        # Pages come from registry.api.caching, which compresses them once and keeps them.
        opt={"compressed": True, "page": True},
    )
