from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine import engine_finder

ID = "0005b"
VERSION = "1.38.0"
DESCRIPTION = "one registry is followed; what a change superseded is found by its number"

INDEXES = (
    "CREATE UNIQUE INDEX followed_one ON followed ((1))",
    "CREATE INDEX agency_superseded ON agency (recorded_to) WHERE recorded_to IS NOT NULL",
    "CREATE UNIQUE INDEX webhook_range ON webhook_dispatch (webhook, since)",
)


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="registry", description=DESCRIPTION)

    async def indexes() -> None:
        engine = engine_finder()
        if engine is None:
            raise RuntimeError("Piccolo finds no engine to migrate")
        for index in INDEXES:
            await engine.run_ddl(index)

    manager.add_raw(indexes)
    return manager
