from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine import engine_finder

ID = "0009b"
VERSION = "1.38.0"
DESCRIPTION = "a form sent twice makes one report; reports by state and day, views by day"

INDEXES = (
    "CREATE UNIQUE INDEX report_once ON report (once)",
    "CREATE INDEX report_state ON report (state, number)",
    "CREATE INDEX report_day ON report (day, kind)",
    "CREATE INDEX page_view_day ON page_view (day)",
)


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="registry", description=DESCRIPTION)

    async def indexes() -> None:
        engine = engine_finder()
        if engine is None:
            raise RuntimeError("Piccolo finds no engine to migrate")
        for statement in INDEXES:
            await engine.run_ddl(statement)

    manager.add_raw(indexes)
    return manager
