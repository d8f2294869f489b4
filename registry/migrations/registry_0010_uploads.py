from typing import Any

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns import BigInt, Boolean, Column, Date, Text, Timestamptz, Varchar

ID = "0010"
VERSION = "1.38.0"
DESCRIPTION = "files uploaded at the desk, and what they would do"

SET: dict[str, Any] = {"default": None, "null": False}
OPEN: dict[str, Any] = {"default": None, "null": True}
TEXT: dict[str, Any] = {"default": "", "null": False}
NUMBER: dict[str, Any] = {"default": 0, "null": False}

TABLES: dict[str, dict[str, tuple[type[Column], dict[str, Any]]]] = {
    "upload": {
        "id": (Varchar, TEXT | {"primary_key": True, "length": 16}),
        "name": (Text, TEXT),
        "size": (BigInt, NUMBER),
        "state": (Varchar, {"default": "looking", "null": False, "length": 16}),
        "attempt": (BigInt, {"default": 1, "null": False}),
        "format": (Varchar, TEXT | {"length": 32}),
        "cover": (Varchar, TEXT | {"length": 16}),
        "agency": (Text, TEXT),
        "day": (Date, SET),
        "created_at": (Timestamptz, SET),
        "created_by": (Varchar, TEXT | {"length": 64}),
        "created_name": (Text, TEXT),
        "stage": (Varchar, TEXT | {"length": 16}),
        "done": (BigInt, NUMBER),
        "total": (BigInt, OPEN),
        "beat": (Timestamptz, SET),
        "outcome": (Text, TEXT),
        "fault": (Text, TEXT),
        "mark": (Varchar, TEXT | {"length": 32}),
        "run": (BigInt, NUMBER),
        "decided_at": (Timestamptz, OPEN),
        "decided_by": (Text, TEXT),
    },
    "upload_fate": {
        "id": (Varchar, TEXT | {"primary_key": True, "length": 32}),
        "upload": (Varchar, TEXT | {"length": 16, "index": True}),
        "number": (BigInt, NUMBER),
        "fate": (Varchar, TEXT | {"length": 16}),
        "origin": (Text, TEXT),
        "code": (Text, TEXT),
        "name": (Text, TEXT),
        "announcement": (Text, TEXT),
        "start": (Date, OPEN),
        "sections": (Text, {"default": "[]", "null": False}),
        "reason": (Text, TEXT),
        "field": (Text, TEXT),
        "before": (Varchar, TEXT | {"length": 32}),
        "place": (BigInt, NUMBER),
        "length": (BigInt, NUMBER),
        "cleaned": (Boolean, {"default": False, "null": False}),
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
