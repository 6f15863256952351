"""Opening the database: one writer for a SQLite file, a small pool for PostgreSQL."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

POSTGRES_POOL = 8
_WAIT_MS = 5000
_COMMON = f"PRAGMA busy_timeout={_WAIT_MS}", "PRAGMA foreign_keys=ON", "PRAGMA cache_size=-16000", "PRAGMA temp_store=MEMORY"
# FULL: what was committed survives a power cut, at little cost when turns are committed together (LIMITS 2). Deleted words are
# overwritten (`secure_delete`), the log does not stay as long as it once grew, and a row that REPLACE would take away meets the
# triggers that refuse it (`recursive_triggers`).
_WRITING = (
    *_COMMON,
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA secure_delete=ON",
    "PRAGMA recursive_triggers=ON",
    "PRAGMA journal_size_limit=67108864",
)
_READING = *_COMMON, "PRAGMA query_only=ON"


class HeldByAnother(Exception):
    """Another process writes to this SQLite file; a second writer could damage it (L6, N6)."""

    def __init__(self, file: Path) -> None:
        super().__init__(f"Another process is running on {file}. Stop it first: only one may write to a SQLite file.")
        self.file = file


class Hold:
    """The right to write to a SQLite file, kept until `release` or the end of the process, however it ends."""

    def __init__(self, file: Path) -> None:
        """Take it; raises `HeldByAnother`."""
        file.parent.mkdir(parents=True, exist_ok=True)
        self._handle: int | None = os.open(file.with_name(file.name + ".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self.release()
            raise HeldByAnother(file) from None

    def release(self) -> None:
        """Give it back; the lock file stays, as taking it away would race with the next one who locks it."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None

    def __enter__(self) -> Hold:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.release()


def sqlite_file(url: str | URL) -> Path | None:
    """Return the SQLite file that an address means, or None for PostgreSQL."""
    parts = make_url(url)
    return Path(parts.database) if parts.get_backend_name() == "sqlite" and parts.database else None


def writing_engine(file: Path, *, migrating: bool = False) -> Engine:
    """Return the engine with the one connection that writes to a SQLite file; take a `Hold` of the file first.

    Transactions begin with BEGIN IMMEDIATE, so that none finds out half way that it may not write. A new file belongs to its
    owner alone. While `migrating`, foreign keys are not enforced: changing a table copies it and drops the old one (K2).
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    os.close(os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    engine = create_engine(
        URL.create("sqlite", database=str(file)), pool_size=1, max_overflow=0, connect_args={"isolation_level": None}
    )
    event.listen(engine, "connect", _run_pragmas((*_WRITING, "PRAGMA foreign_keys=OFF") if migrating else _WRITING))
    event.listen(engine, "begin", _begin_immediate)
    return engine


def reading_engine(file: Path) -> Engine:
    """Return a blocking engine that can only read a SQLite file, for commands; raises OperationalError when it is missing."""
    engine = create_engine(_read_only(file, "sqlite"), connect_args={"isolation_level": None})
    event.listen(engine, "connect", _run_pragmas(_READING))
    event.listen(engine, "begin", _begin)
    return engine


def async_engine(url: str | URL) -> AsyncEngine:
    """Return the pool of PostgreSQL for reading and writing, or a pool over aiosqlite that can only read a SQLite file."""
    parts, file = make_url(url), sqlite_file(url)
    if file is None:
        return create_async_engine(
            parts.set(drivername="postgresql+asyncpg"), pool_size=POSTGRES_POOL, max_overflow=0, pool_pre_ping=True
        )
    engine = create_async_engine(_read_only(file, "sqlite+aiosqlite"), connect_args={"isolation_level": None}, pool_size=2)
    event.listen(engine.sync_engine, "connect", _run_pragmas(_READING))
    event.listen(engine.sync_engine, "begin", _begin)
    return engine


def _read_only(file: Path, driver: str) -> URL:
    return URL.create(driver, database=f"file:{quote(str(file.absolute()))}", query={"mode": "ro", "uri": "true"})


def _run_pragmas(pragmas: tuple[str, ...]) -> Any:
    def on_connect(connection: Any, _record: Any) -> None:
        cursor = connection.cursor()
        for pragma in pragmas:
            cursor.execute(pragma)
        cursor.close()

    return on_connect


def _begin_immediate(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")
