from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine import engine_finder

ID = "0012"
VERSION = "1.38.0"
DESCRIPTION = "since which revision the dossiers of an agency's month are as they are"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="registry", description=DESCRIPTION)

    async def touched() -> None:
        engine = engine_finder()
        if engine is None:
            raise RuntimeError("Piccolo finds no engine to migrate")
        storage = "WITHOUT ROWID" if engine.engine_type == "sqlite" else ""
        columns = "agency TEXT NOT NULL, month INTEGER NOT NULL, revision BIGINT NOT NULL"
        await engine.run_ddl(f"CREATE TABLE dossier_touched ({columns}, PRIMARY KEY (agency, month)) {storage}")

    manager.add_raw(touched)
    return manager
