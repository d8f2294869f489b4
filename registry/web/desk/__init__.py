"""The desk: pages on which portal teams draft, import, repair and watch. All but its door need a session."""

from litestar import Router
from litestar.types import ControllerRouterHandler

from registry.web.desk.audit import AuditPages
from registry.web.desk.drafts import DraftPages
from registry.web.desk.entry import Instead, instead
from registry.web.desk.followers import FollowerPages
from registry.web.desk.home import HomePage
from registry.web.desk.imports import ImportPages
from registry.web.desk.items import ItemPages, TemplatePages
from registry.web.desk.keys import KeyPages
from registry.web.desk.lint import LintPages
from registry.web.desk.password import PasswordPages
from registry.web.desk.people import PeoplePages
from registry.web.desk.quarantine import QuarantinePages
from registry.web.desk.reorganisations import ReorganisationPages
from registry.web.desk.reports import ReportPages
from registry.web.desk.reviews import ReviewPages
from registry.web.desk.sessions import SignInPage, SignOut
from registry.web.desk.syncs import SyncPages

# A line for each part of the desk.
CONTROLLERS: tuple[ControllerRouterHandler, ...] = (
    SignInPage,
    SignOut,
    PasswordPages,
    HomePage,
    ImportPages,
    DraftPages,
    ItemPages,
    TemplatePages,
    QuarantinePages,
    SyncPages,
    FollowerPages,
    ReviewPages,
    LintPages,
    ReportPages,
    ReorganisationPages,
    KeyPages,
    PeoplePages,
    AuditPages,
)


def create_desk() -> Router:
    """Every page of the desk."""
    return Router(path="/", route_handlers=list(CONTROLLERS), exception_handlers={Instead: instead})
