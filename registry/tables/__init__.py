"""What is stored, one module for each room of the house."""

from piccolo.table import Table

from registry.tables import (
    access,
    catalogue,
    desk,
    dossiers,
    exchange,
    feedback,
    intake,
    lint,
    metrics,
    syncing,
    uploads,
)
from registry.tables.catalogue import (
    AgencyVersion,
    Announced,
    Change,
    Content,
    Itemised,
    Meta,
    Sector,
    Succession,
    Version,
)
from registry.tables.intake import Quarantined, Run
from registry.tables.syncing import Sync, Synced

TABLES: tuple[type[Table], ...] = (
    *catalogue.TABLES,
    *intake.TABLES,
    *dossiers.TABLES,
    *metrics.TABLES,
    *exchange.TABLES,
    *access.TABLES,
    *desk.TABLES,
    *syncing.TABLES,
    *lint.TABLES,
    *feedback.TABLES,
    *uploads.TABLES,
)

__all__ = [
    "TABLES",
    "AgencyVersion",
    "Announced",
    "Change",
    "Content",
    "Itemised",
    "Meta",
    "Quarantined",
    "Run",
    "Sector",
    "Succession",
    "Sync",
    "Synced",
    "Version",
]
