from typing import Any

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns import BigInt, Column, Date, Integer, Text, Timestamptz, Varchar

ID = "0009"
VERSION = "1.38.0"
DESCRIPTION = "what citizens report of a procedure's page, and how often pages are read"

NUMBER: dict[str, Any] = {"default": 0, "null": False}
OPEN: dict[str, Any] = {"default": None, "null": True}
NEEDED: dict[str, Any] = {"default": None, "null": False}
TEXT: dict[str, Any] = {"default": "", "null": False}

TABLES: dict[str, dict[str, tuple[type[Column], dict[str, Any]]]] = {
    "report": {
        "number": (BigInt, NUMBER | {"primary_key": True}),
        "kind": (Varchar, TEXT | {"length": 8}),
        "state": (Varchar, TEXT | {"length": 16}),
        "code": (Varchar, TEXT | {"length": 64}),
        "agency": (Text, TEXT),
        "version": (Varchar, TEXT | {"length": 32}),
        "shown": (Date, OPEN),
        "sections": (Text, {"default": "[]", "null": False}),
        "text": (Text, TEXT),
        "masked": (Integer, NUMBER),
        "day": (Date, NEEDED),
        "received_at": (Timestamptz, NEEDED),
        "due": (Date, OPEN),
        "answer": (Text, TEXT),
        "answered_at": (Timestamptz, OPEN),
        "answered_by": (Text, TEXT),
        "once": (Varchar, TEXT | {"length": 32}),
    },
    "page_view": {
        "key": (Varchar, TEXT | {"length": 80, "primary_key": True}),
        "day": (Date, NEEDED),
        "code": (Varchar, TEXT | {"length": 64}),
        "views": (BigInt, NUMBER),
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
