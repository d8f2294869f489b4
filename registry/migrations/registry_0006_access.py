from typing import Any

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns import BigInt, Boolean, Column, Date, Text, Timestamptz, Varchar

ID = "0006"
VERSION = "1.38.0"
DESCRIPTION = "keys, people, sessions, attempts and the audit log"

KEY: dict[str, Any] = {"primary_key": True, "default": "", "null": False}
SET: dict[str, Any] = {"default": None, "null": False}
OPEN: dict[str, Any] = {"default": None, "null": True}
TEXT: dict[str, Any] = {"default": "", "null": False}

TABLES: dict[str, dict[str, tuple[type[Column], dict[str, Any]]]] = {
    "api_key": {
        "id": (Varchar, KEY | {"length": 16}),
        "digest": (Varchar, TEXT | {"length": 64}),
        "name": (Text, TEXT),
        "scopes": (Text, TEXT),
        "agency": (Varchar, OPEN | {"length": 64}),
        "created_at": (Timestamptz, SET),
        "until": (Date, SET),
        "revoked_at": (Timestamptz, OPEN),
        "last_used": (Date, OPEN),
    },
    "person": {
        "id": (Varchar, KEY | {"length": 16}),
        "login": (Varchar, TEXT | {"length": 64}),
        "name": (Text, TEXT),
        "password": (Text, TEXT),
        "scopes": (Text, TEXT),
        "agency": (Varchar, OPEN | {"length": 64}),
        "created_at": (Timestamptz, SET),
        "closed": (Boolean, {"default": False, "null": False}),
    },
    "session": {
        "id": (Varchar, KEY | {"length": 64}),
        "person": (Varchar, TEXT | {"length": 16, "index": True}),
        "address": (Varchar, TEXT | {"length": 64}),
        "began_at": (Timestamptz, SET),
        "seen_at": (Timestamptz, SET),
    },
    "attempt": {
        "subject": (Varchar, KEY | {"length": 128}),
        "tried": (BigInt, {"default": 0, "null": False}),
        "since": (Timestamptz, SET),
        "closed_until": (Timestamptz, OPEN),
    },
    "audit": {
        "number": (BigInt, {"primary_key": True, "default": 0, "null": False}),
        "at": (Varchar, TEXT | {"length": 32}),
        "kind": (Varchar, TEXT | {"length": 16}),
        "actor": (Varchar, TEXT | {"length": 64}),
        "name": (Text, TEXT),
        "address": (Varchar, TEXT | {"length": 64}),
        "action": (Varchar, TEXT | {"length": 64}),
        "subject": (Text, TEXT | {"index": True}),
        "detail": (Text, TEXT),
        "digest": (Varchar, TEXT | {"length": 64}),
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
