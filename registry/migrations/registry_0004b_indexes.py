from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine import engine_finder

ID = "0004b"
VERSION = "1.38.0"
DESCRIPTION = "one believed figure for each source, subject, period and day of capture"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="registry", description=DESCRIPTION)

    async def indexes() -> None:
        engine = engine_finder()
        if engine is None:
            raise RuntimeError("Piccolo finds no engine to migrate")
        await engine.run_ddl(
            "CREATE UNIQUE INDEX observation_believed ON observation "
            "(agency, name, unit, procedure, begins, ends, source, captured) WHERE recorded_to IS NULL"
        )

    manager.add_raw(indexes)
    return manager
