from typing import Any

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns import BigInt, Boolean, Column, Integer, Text, Timestamptz, Varchar

ID = "0005"
VERSION = "1.38.0"
DESCRIPTION = "the registry that is followed, local layers, and targets that are told of changes"

KEY: dict[str, Any] = {"default": "", "null": False, "primary_key": True}
NUMBER: dict[str, Any] = {"default": 0, "null": False}
TEXT: dict[str, Any] = {"default": "", "null": False}
MOMENT: dict[str, Any] = {"default": None, "null": False}
OPEN: dict[str, Any] = {"default": None, "null": True}
SWITCH: dict[str, Any] = {"default": False, "null": False}

TABLES: dict[tuple[str, str], dict[str, tuple[type[Column], dict[str, Any]]]] = {
    ("Followed", "followed"): {
        "registry": (Varchar, KEY | {"length": 32}),
        "url": (Text, TEXT),
        "phase": (Varchar, TEXT | {"length": 16}),
        "cursor": (BigInt, NUMBER),
        "mark": (Varchar, TEXT | {"length": 32}),
        "target": (BigInt, NUMBER),
        "position": (Text, TEXT),
        "caught_at": (Timestamptz, OPEN),
        "verified": (BigInt, OPEN),
        "repaired": (BigInt, NUMBER),
        "fault": (Text, TEXT),
    },
    ("Layer", "layer"): {
        "id": (Text, KEY),
        "code": (Text, TEXT | {"index": True}),
        "agency": (Text, TEXT),
        "body": (Text, TEXT),
        "content": (Varchar, TEXT | {"length": 32}),
        "substance": (Text, TEXT),
        "ended": (Boolean, SWITCH),
        "updated_at": (Timestamptz, MOMENT),
        "updated_by": (Text, TEXT),
    },
    ("Webhook", "webhook"): {
        "id": (Varchar, KEY | {"length": 32}),
        "url": (Text, TEXT),
        "secret": (Text, TEXT | {"secret": True}),
        "kinds": (Text, {"default": "[]", "null": False}),
        "allow_private": (Boolean, SWITCH),
        "owner": (Text, TEXT),
        "created_at": (Timestamptz, MOMENT),
        "cursor": (BigInt, NUMBER),
        "delivered": (BigInt, NUMBER),
        "delivered_at": (Timestamptz, OPEN),
        "taken_until": (BigInt, NUMBER),
        "taken_by": (Varchar, TEXT | {"length": 32}),
    },
    ("Dispatch", "webhook_dispatch"): {
        "id": (Varchar, KEY | {"length": 32}),
        "webhook": (Varchar, TEXT | {"length": 32, "index": True}),
        "since": (BigInt, NUMBER),
        "until": (BigInt, NUMBER),
        "state": (Varchar, TEXT | {"length": 16}),
        "attempts": (Integer, NUMBER),
        "next_at": (BigInt, NUMBER),
        "status": (Integer, OPEN),
        "fault": (Text, TEXT),
        "created_at": (Timestamptz, MOMENT),
    },
}


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="registry", description=DESCRIPTION)
    for (kind, table), columns in TABLES.items():
        manager.add_table(class_name=kind, tablename=table)
        for name, (column, params) in columns.items():
            manager.add_column(
                table_class_name=kind,
                tablename=table,
                column_name=name,
                column_class=column,
                params=params,
            )
    return manager
