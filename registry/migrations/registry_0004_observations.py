from typing import Any

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns.base import Column
from piccolo.columns.column_types import BigInt, Date, DoublePrecision, Text, Timestamptz, Varchar

ID = "0004"
VERSION = "1.38.0"
DESCRIPTION = "figures that others publish"

COLUMNS: tuple[tuple[str, type[Column], dict[str, Any]], ...] = (
    ("seq", BigInt, {"default": 0, "primary_key": True}),
    ("recorded_at", Timestamptz, {"default": None}),
    ("recorded_to", BigInt, {"default": None, "null": True}),
    ("name", Varchar, {"default": "", "length": 64}),
    ("unit", Varchar, {"default": "", "length": 16}),
    ("agency", Varchar, {"default": "", "length": 64}),
    ("called", Text, {"default": ""}),
    ("procedure", Varchar, {"default": "", "length": 64}),
    ("begins", Date, {"default": None}),
    ("ends", Date, {"default": None}),
    ("value", DoublePrecision, {"default": None, "null": True}),
    ("numerator", BigInt, {"default": None, "null": True}),
    ("denominator", BigInt, {"default": None, "null": True}),
    ("out_of", DoublePrecision, {"default": None, "null": True}),
    ("quality", Text, {"default": ""}),
    ("source", Text, {"default": ""}),
    ("captured", Date, {"default": None}),
    ("origin", Text, {"default": ""}),
    ("note", Text, {"default": ""}),
)


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="registry", description=DESCRIPTION)
    manager.add_table(class_name="Observed", tablename="observation", schema=None, columns=None)
    for name, kind, params in COLUMNS:
        manager.add_column(
            table_class_name="Observed",
            tablename="observation",
            column_name=name,
            db_column_name=name,
            column_class_name=kind.__name__,
            column_class=kind,
            params={"null": False, **params},
            schema=None,
        )
    return manager
