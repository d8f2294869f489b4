from typing import Any

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns.base import Column
from piccolo.columns.column_types import BigInt, Bytea, Integer, SmallInt, Text, Timestamptz, Varchar
from piccolo.engine import engine_finder

ID = "0003"
VERSION = "1.38.0"
DESCRIPTION = "dossiers and their tallies"

Columns = tuple[tuple[str, type[Column], dict[str, Any]], ...]
KEY = {"default": "", "primary_key": True, "length": 32}
MOMENT = {"default": None}
NONE = {"default": None, "null": True}

TABLES: dict[tuple[str, str], Columns] = {
    ("Dossier", "dossier"): (
        ("key", Bytea, {"default": b"", "primary_key": True}),
        ("agency", Text, {"default": ""}),
        ("procedure", Text, {"default": ""}),
        ("channel", Varchar, {"default": "", "length": 16}),
        ("received", Integer, {"default": 0}),
        ("due", Integer, NONE),
        ("finished", Integer, NONE),
        ("state", SmallInt, {"default": 0}),
        ("supplements", Integer, {"default": 0}),
        ("suspended", Integer, {"default": 0}),
        ("fee", BigInt, {"default": 0}),
        ("facts", Integer, {"default": 0}),
        ("petitions", Integer, {"default": 0}),
        ("petitions_on_time", Integer, {"default": 0}),
        ("petitions_unsatisfied", Integer, {"default": 0}),
        ("place", Varchar, {**NONE, "length": 16}),
        ("updated", BigInt, {"default": 0}),
        ("version", BigInt, {"default": 0}),
    ),
    ("Delivery", "dossier_delivery"): (
        ("id", BigInt, {"default": 0, "primary_key": True}),
        ("source", Text, {"default": ""}),
        ("format", Varchar, {"default": "", "length": 32}),
        ("started_at", Timestamptz, MOMENT),
        ("finished_at", Timestamptz, NONE),
        ("counts", Text, {"default": "{}"}),
        ("revision", BigInt, {"default": 0}),
    ),
    ("Aside", "dossier_aside"): (
        ("id", Varchar, KEY),
        ("recorded_at", Timestamptz, MOMENT),
        ("delivery", BigInt, {"default": 0}),
        ("line", BigInt, {"default": 0}),
        ("reason", Varchar, {"default": "", "length": 32, "index": True}),
        ("procedure", Text, {"default": ""}),
        ("agency", Text, {"default": ""}),
        ("received", Integer, {"default": 0}),
        ("body", Text, {"default": ""}),
    ),
    ("Rejected", "dossier_rejected"): (
        ("id", Varchar, KEY),
        ("recorded_at", Timestamptz, MOMENT),
        ("delivery", BigInt, {"default": 0, "index": True}),
        ("line", BigInt, {"default": 0}),
        ("field", Text, {"default": ""}),
        ("reason", Text, {"default": ""}),
        ("kept", Text, {"default": ""}),
        ("key", Bytea, NONE),
        ("resolved_at", Timestamptz, NONE),
    ),
}

TALLIES = {
    "tally_cell": ("agency", "procedure", "channel", "month"),
    "tally_procedure": ("agency", "procedure", "year"),
    "tally_day": ("agency", "day"),
    "tally_month": ("agency", "month"),
    "tally_year": ("agency", "year"),
}
TEXTS = ("agency", "procedure", "channel")
MEASURES = [
    "received",
    "online",
    "direct",
    "postal",
    "late",
    "fee_due",
    "paid_online",
    "needs_result",
    "e_result",
    "digitised",
    "reused",
    "shared",
    "population",
    "complained",
    "complained_late",
    "centre",
    "petitions",
    "petitions_on_time",
    "petitions_unsatisfied",
    "received_finished",
    "no_due",
    "due_derived",
    "resolved",
    "resolved_on_time",
    "resolved_online",
]


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="registry", description=DESCRIPTION)
    for (kind, table), columns in TABLES.items():
        manager.add_table(class_name=kind, tablename=table, schema=None, columns=None)
        for name, column, params in columns:
            manager.add_column(
                table_class_name=kind,
                tablename=table,
                column_name=name,
                db_column_name=name,
                column_class_name=column.__name__,
                column_class=column,
                params={"null": False, **params},
                schema=None,
            )
    manager.add_raw(tallies)
    return manager


async def tallies() -> None:
    """Piccolo knows no keys of several columns. Rows lie in the order of their keys where the engine can."""
    engine = engine_finder()
    if engine is None:
        raise RuntimeError("Piccolo finds no engine to migrate")
    storage = "WITHOUT ROWID" if engine.engine_type == "sqlite" else "WITH (fillfactor = 80)"
    for table, dims in TALLIES.items():
        columns = [f"{name} {'TEXT' if name in TEXTS else 'INTEGER'} NOT NULL" for name in dims]
        columns += [f"{name} INTEGER NOT NULL DEFAULT 0" for name in MEASURES]
        keys = ", ".join(dims)
        await engine.run_ddl(f"CREATE TABLE {table} ({', '.join(columns)}, PRIMARY KEY ({keys})) {storage}")
