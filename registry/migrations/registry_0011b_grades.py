from typing import Any

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns import Text, Varchar

ID = "0011b"
VERSION = "1.38.0"
DESCRIPTION = "what page lint made of contents"

TEXT: dict[str, Any] = {"default": "", "null": False}


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="registry", description=DESCRIPTION)
    manager.add_table(class_name="page_grade", tablename="page_grade")
    for name, kind, params in (
        ("content", Varchar, TEXT | {"primary_key": True, "length": 32}),
        ("edition", Varchar, TEXT | {"length": 32}),
        ("body", Text, TEXT),
    ):
        manager.add_column(
            table_class_name="page_grade",
            tablename="page_grade",
            column_name=name,
            column_class=kind,
            params=params,
        )
    return manager
