"""Bringing a database to the schema of this program."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection

from storage.database import Hold, async_engine, sqlite_file, writing_engine
from storage.seeding import load_rules

_REVISIONS = Path(__file__).parent / "migrations"
_LOCK = 0x6C6E6768  # Any number that only we use.


class DatabaseNewer(Exception):
    """The database was migrated by a later release than this one."""

    def __init__(self, revision: str) -> None:
        super().__init__(
            f"The database has the schema {revision}, which this release does not know: a later release was here. "
            "Install that release again, or bring back the backup from before it."
        )
        self.revision = revision


async def migrate(url: str | URL, now: datetime) -> list[str]:
    """Bring the database to the newest schema and load the rules; return what the operator should read, one line each.

    Safe to repeat: done twice, the second time changes nothing. All in one transaction, so that a kill leaves it as it was.
    Raises `DatabaseNewer`, and `HeldByAnother` while another process writes to the SQLite file.
    """
    file = sqlite_file(url)
    if file is None:
        engine = async_engine(url)
        try:
            async with engine.begin() as postgres:
                return await postgres.run_sync(_bring_up, now)
        finally:
            await engine.dispose()
    with Hold(file):
        sqlite = writing_engine(file, migrating=True)
        try:
            with sqlite.begin() as connection:
                return _bring_up(connection, now)
        finally:
            sqlite.dispose()


def is_migrated(connection: Connection) -> bool:
    """Whether the schema is this program's; False when `migrate` has to run first. Raises `DatabaseNewer`."""
    script = ScriptDirectory.from_config(_config(connection))
    return _revision(connection, script) == script.get_current_head()


def _bring_up(connection: Connection, now: datetime) -> list[str]:
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
    config = _config(connection)
    script = ScriptDirectory.from_config(config)
    before, head = _revision(connection, script), script.get_current_head()
    lines = []
    if before != head:
        command.upgrade(config, "head")
        lines.append(f"The database is now at schema {head}." if before else f"A new database with schema {head}.")
    lines += load_rules(connection, now)
    if connection.dialect.name == "sqlite" and connection.exec_driver_sql("PRAGMA foreign_key_check").first() is not None:
        raise RuntimeError("The migration would leave rows that point to nothing; the database was left as it was.")
    return lines


def _revision(connection: Connection, script: ScriptDirectory) -> str | None:
    """Return the database's revision, None when it is empty; raises `DatabaseNewer`."""
    found = MigrationContext.configure(connection).get_current_revision()
    if found is not None and found not in {revision.revision for revision in script.walk_revisions()}:
        raise DatabaseNewer(found)
    return found


def _config(connection: Connection) -> Config:
    """Return Alembic's settings, made here so that an installed wheel needs no file beside it."""
    config = Config()
    config.set_main_option("script_location", str(_REVISIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
