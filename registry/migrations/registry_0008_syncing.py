from typing import Any

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns import BigInt, Boolean, Column, Text, Timestamptz, Varchar

ID = "0008"
VERSION = "1.38.0"
DESCRIPTION = "runs of syncing from the national portal, and what is remembered of its records"

NUMBER: dict[str, Any] = {"default": 0, "null": False}
OPEN: dict[str, Any] = {"default": None, "null": True}
TEXT: dict[str, Any] = {"default": "", "null": False}

TABLES: dict[str, dict[str, tuple[type[Column], dict[str, Any]]]] = {
    "sync": {
        "id": (BigInt, NUMBER | {"primary_key": True}),
        "source": (Varchar, TEXT | {"length": 16}),
        "url": (Text, TEXT),
        "province": (Varchar, TEXT | {"length": 16}),
        "started_at": (Timestamptz, {"default": None, "null": False}),
        "finished_at": (Timestamptz, OPEN),
        "outcome": (Varchar, OPEN | {"length": 16}),
        "counts": (Text, {"default": "{}", "null": False}),
        "ends": (Text, {"default": "[]", "null": False}),
        "reason": (Text, TEXT),
        "revision": (BigInt, NUMBER),
        "holder": (Text, TEXT),
    },
    "synced": {
        "key": (Text, TEXT | {"primary_key": True}),
        "source": (Text, TEXT | {"index": True}),
        "item": (Text, TEXT),
        "code": (Text, TEXT),
        "mark": (Varchar, TEXT | {"length": 32}),
        "detail": (Varchar, TEXT | {"length": 32}),
        "updated": (BigInt, OPEN),
        "checked": (BigInt, NUMBER),
        "taken": (Boolean, {"default": True, "null": False}),
    },
}


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="registry", description=DESCRIPTION)
    for table, columns in TABLES.items():
        manager.add_table(class_name=table, tablename=table)
        for name, (kind, params) in columns.items():
            manager.add_column(
                table_class_name=table,
                tablename=table,
                column_name=name,
                column_class=kind,
                params=params,
            )
    return manager
