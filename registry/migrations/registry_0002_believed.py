from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.table import Table

ID = "0002"
VERSION = "1.38.0"
DESCRIPTION = "one believed version of a procedure or agency per first day"


class Statement(Table):
    """Only to run raw statements through."""


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="registry", description=DESCRIPTION)

    async def indexes() -> None:
        for table in ("version", "agency"):
            await Statement.raw(
                f"CREATE UNIQUE INDEX {table}_believed ON {table} (code, valid_from) WHERE recorded_to IS NULL"
            )
        await Statement.raw("CREATE INDEX version_days ON version (valid_from, valid_to)")

    manager.add_raw(indexes)
    return manager
