from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine import engine_finder

ID = "0002"
VERSION = "1.38.0"
DESCRIPTION = "one believed version of a procedure or agency per first day"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="registry", description=DESCRIPTION)

    async def indexes() -> None:
        engine = engine_finder()
        if engine is None:
            raise RuntimeError("Piccolo finds no engine to migrate")
        for table in ("version", "agency"):
            await engine.run_ddl(
                f"CREATE UNIQUE INDEX {table}_believed ON {table} (code, valid_from) WHERE recorded_to IS NULL"
            )
        await engine.run_ddl("CREATE INDEX version_days ON version (valid_from, valid_to)")

    manager.add_raw(indexes)
    return manager
