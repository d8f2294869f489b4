from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine import engine_finder

ID = "0003b"
VERSION = "1.38.0"
DESCRIPTION = "dossiers by agency, procedure and day, and those that run by the day on which they are due"

INDEXES = (
    "CREATE INDEX dossier_place ON dossier (agency, procedure, received)",
    "CREATE INDEX dossier_running ON dossier (agency, due, procedure, channel, received, facts) "
    "WHERE finished IS NULL",
    "CREATE INDEX dossier_rejected_key ON dossier_rejected (key) WHERE resolved_at IS NULL",
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
