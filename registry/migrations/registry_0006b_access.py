from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine import engine_finder
from piccolo.engine.sqlite import SQLiteEngine

ID = "0006b"
VERSION = "1.38.0"
DESCRIPTION = "one person per login; the audit log takes no change and no deletion"

UNIQUE = "CREATE UNIQUE INDEX person_login ON person (login)"
SQLITE = tuple(
    f"CREATE TRIGGER audit_{verb.lower()} BEFORE {verb} ON audit "
    "BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END"
    for verb in ("UPDATE", "DELETE")
)
POSTGRES = (
    "CREATE FUNCTION audit_append_only() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN RAISE EXCEPTION 'the audit log is append-only'; END $$",
    "CREATE TRIGGER audit_rows BEFORE UPDATE OR DELETE ON audit FOR EACH ROW EXECUTE FUNCTION audit_append_only()",
    "CREATE TRIGGER audit_whole BEFORE TRUNCATE ON audit FOR EACH STATEMENT EXECUTE FUNCTION audit_append_only()",
)


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="registry", description=DESCRIPTION)

    async def guards() -> None:
        engine = engine_finder()
        if engine is None:
            raise RuntimeError("Piccolo finds no engine to migrate")
        for statement in (UNIQUE, *(SQLITE if isinstance(engine, SQLiteEngine) else POSTGRES)):
            await engine.run_ddl(statement)

    manager.add_raw(guards)
    return manager
