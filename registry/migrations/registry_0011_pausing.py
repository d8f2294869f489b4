from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns import Timestamptz

ID = "0011"
VERSION = "1.38.0"
DESCRIPTION = "targets of webhooks can be paused"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="registry", description=DESCRIPTION)
    manager.add_column(
        table_class_name="webhook",
        tablename="webhook",
        column_name="paused_at",
        column_class=Timestamptz,
        params={"default": None, "null": True},
    )
    return manager
