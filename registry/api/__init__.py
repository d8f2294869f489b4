"""How programs reach the catalogue: JSON over HTTP, described by OpenAPI, errors as problem details."""

from registry.api.agencies import AgencyController
from registry.api.annexes import AnnexController
from registry.api.announcements import AnnouncementController
from registry.api.audit import AuditController
from registry.api.changes import ChangeController
from registry.api.coverage import CoverageController
from registry.api.dataset import CatalogueController
from registry.api.digest import DigestController
from registry.api.dossiers import DossierController
from registry.api.drafts import DraftController
from registry.api.health import HealthController
from registry.api.indicators import IndicatorController
from registry.api.keys import KeyController
from registry.api.layers import LayerController, ReviewController
from registry.api.observations import ObservationController
from registry.api.parameters import check
from registry.api.practice import PracticeController
from registry.api.procedures import ProcedureController
from registry.api.reorganisations import ReorganisationController
from registry.api.routing import Rooms
from registry.api.scorecard import ScorecardController
from registry.api.sectors import SectorController
from registry.api.sessions import SessionController
from registry.api.snapshot import SnapshotController
from registry.api.suggest import SuggestController
from registry.api.syncs import SyncController
from registry.api.webhooks import WebhookController
from registry.api.worklist import WorklistController

__all__ = ["create_router"]


def create_router() -> Rooms:
    """Every route of the interface. Parameters that a route does not know are refused on all of them."""
    return Rooms(
        path="/",
        route_handlers=[
            ProcedureController,
            SuggestController,
            AnnouncementController,
            AnnexController,
            AgencyController,
            SectorController,
            SyncController,
            HealthController,
            ChangeController,
            SnapshotController,
            CatalogueController,
            DigestController,
            LayerController,
            ReviewController,
            WebhookController,
            KeyController,
            SessionController,
            AuditController,
            DraftController,
            ReorganisationController,
            DossierController,
            IndicatorController,
            ScorecardController,
            CoverageController,
            ObservationController,
            PracticeController,
            WorklistController,
        ],
        before_request=check,
        # Answers come from registry.api.caching, which compresses them once and keeps them.
        opt={"compressed": True},
    )
