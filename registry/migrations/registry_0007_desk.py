from typing import Any

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns import BigInt, Column, Text, Timestamptz, Varchar

ID = "0007"
VERSION = "1.38.0"
DESCRIPTION = "drafts of announcements and reorganisations"

SET: dict[str, Any] = {"default": None, "null": False}
OPEN: dict[str, Any] = {"default": None, "null": True}
TEXT: dict[str, Any] = {"default": "", "null": False}

COLUMNS: dict[str, tuple[type[Column], dict[str, Any]]] = {
    "id": (Varchar, TEXT | {"primary_key": True, "length": 16}),
    "kind": (Varchar, TEXT | {"length": 16}),
    "state": (Varchar, {"default": "open", "null": False, "length": 16}),
    "version": (BigInt, {"default": 1, "null": False}),
    "agency": (Varchar, OPEN | {"length": 64}),
    "body": (Text, TEXT),
    "digest": (Varchar, TEXT | {"length": 32, "index": True}),
    "created_at": (Timestamptz, SET),
    "created_by": (Varchar, TEXT | {"length": 64}),
    "edited_at": (Timestamptz, SET),
    "edited_by": (Varchar, TEXT | {"length": 64}),
    "published_at": (Timestamptz, OPEN),
    "published_by": (Varchar, OPEN | {"length": 64}),
    "published": (Text, OPEN),
}


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="registry", description=DESCRIPTION)
    manager.add_table(class_name="draft", tablename="draft")
    for name, (kind, params) in COLUMNS.items():
        manager.add_column(
            table_class_name="draft",
            tablename="draft",
            column_name=name,
            column_class=kind,
            params=params,
        )
    return manager
