"""The desk: pages on which portal teams draft, import, repair and watch. All but its door need a session."""

from litestar import Router
from litestar.types import ControllerRouterHandler

from registry.web.desk.drafts import DraftPages
from registry.web.desk.entry import Instead, instead
from registry.web.desk.imports import ImportPages
from registry.web.desk.items import ItemPages, TemplatePages
from registry.web.desk.sessions import SignInPage, SignOut

# A line for each part of the desk.
CONTROLLERS: tuple[ControllerRouterHandler, ...] = (
    SignInPage,
    SignOut,
    ImportPages,
    DraftPages,
    ItemPages,
    TemplatePages,
)


def create_desk() -> Router:
    """Every page of the desk."""
    return Router(path="/", route_handlers=list(CONTROLLERS), exception_handlers={Instead: instead})
