"""Every storage test runs on a real SQLite file, and on PostgreSQL when TEST_POSTGRES_URL is given."""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import URL, Connection, event, make_url, text
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.dialogue.values import Inbound, Layout, Who
from bot.domain.cases import About, Case, CaseKind, KnownAs, Status
from bot.domain.units import Unit
from bot.usecases.ports import NewCase, Outgoing, Reporter
from storage.database import async_engine, sqlite_file, writing_engine
from storage.migrate import migrate
from storage.rules_in_force import RulesInForce
from storage.seal import Seal
from storage.units import Units, save_units
from storage.work import Work

NOW = datetime(2026, 11, 24, 1, 30, tzinfo=UTC)
SEAL = Seal([b"k" * 32])
LOOKUP_KEY = b"l" * 32
LAN = Who("telegram", "1", "9007199254740993")
TUAN = Who("telegram", "1", "43")
UNITS = (
    Unit("20", "Tỉnh Lạng Sơn", "UBND_T"),
    Unit("20-SYT", "Sở Y tế", "SO", parent="20"),
    Unit("06001", "Phường Tam Thanh", "UBND_X", parent="20"),
    Unit("06001-VP", "Văn phòng phường Tam Thanh", "VP_X", parent="06001"),
    Unit("06002", "Xã Đồng Đăng", "UBND_X", parent="20"),
)
TREE = Units(UNITS, (), None)
NO_POSTGRES = (
    "TEST_POSTGRES_URL is not set. Install PostgreSQL (Debian: apt install postgresql), make a user that may create databases, "
    "and set it to postgresql://user:password@host/database."
)


@dataclass
class Database:
    """A migrated database of its own; every `turn` is one transaction, committed at its end."""

    url: URL

    @property
    def file(self) -> Path | None:
        return sqlite_file(self.url)

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection | AsyncConnection]:
        """A connection in a transaction of its own."""
        if self.file is not None:
            engine = writing_engine(self.file)
            try:
                with engine.begin() as connection:
                    yield connection
            finally:
                engine.dispose()
            return
        engine = async_engine(self.url)
        try:
            async with engine.begin() as connection:
                yield connection
        finally:
            await engine.dispose()

    @asynccontextmanager
    async def turn(self, now: datetime = NOW) -> AsyncIterator[Work]:
        async with self.connection() as connection:
            yield work_on(connection, now)

    async def run(self, function, *args):
        """Run a function of a blocking connection."""
        async with self.connection() as connection:
            return await blocking(connection, function, *args)


def work_on(connection, now: datetime = NOW) -> Work:
    return Work(connection, SEAL, LOOKUP_KEY, TREE, RulesInForce({}), now)


async def blocking(connection, function, *args):
    """Run a function of a blocking connection on whichever connection this is."""
    if isinstance(connection, AsyncConnection):
        return await connection.run_sync(function, *args)
    return function(connection, *args)


def at(work: Work, now: datetime) -> Work:
    """The same transaction as a later turn sees it."""
    return work_on(work.ledger._connection, now)


# -- Databases to start from --


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory) -> Path:
    file = tmp_path_factory.mktemp("sqlite") / "template.db"
    url = URL.create("sqlite", database=str(file))
    asyncio.run(_fill(Database(url)))
    return file


@pytest.fixture(scope="session")
def postgresql_template():
    """A freshly migrated PostgreSQL database to copy; taken away, with its copies, at the end."""
    given = os.environ.get("TEST_POSTGRES_URL")
    if not given:
        pytest.skip(NO_POSTGRES)
    url = make_url(given)
    name = f"langnghe_{os.getpid()}_{secrets.token_hex(3)}"
    asyncio.run(_command(url, f'CREATE DATABASE "{name}"'))
    asyncio.run(_fill(Database(url.set(database=name))))
    yield url.set(database=name)
    asyncio.run(_command(url, f'DROP DATABASE "{name}" WITH (FORCE)'))


async def _fill(database: Database) -> None:
    await migrate(database.url, NOW)
    await database.run(save_units, UNITS)


async def _command(url: URL, command: str) -> None:
    engine = async_engine(url)
    async with engine.connect() as connection:
        outside = await connection.execution_options(isolation_level="AUTOCOMMIT")
        await outside.execute(text(command))
    await engine.dispose()


SQLITE, POSTGRESQL = pytest.param("sqlite"), pytest.param("postgresql", marks=pytest.mark.postgres)
only_sqlite = pytest.mark.parametrize("dialect", [SQLITE], indirect=True)
only_postgresql = pytest.mark.parametrize("dialect", [POSTGRESQL], indirect=True)


@pytest.fixture(params=[SQLITE, POSTGRESQL])
def dialect(request) -> str:
    return request.param


@pytest.fixture
def template(dialect, request) -> Path | URL:
    return request.getfixturevalue(f"{dialect}_template")


@pytest.fixture
async def database(template, tmp_path) -> AsyncIterator[Database]:
    """A database of this test's own, for what has to commit or needs two connections."""
    if isinstance(template, Path):
        file = tmp_path / "langnghe.db"
        shutil.copy(template, file)
        yield Database(URL.create("sqlite", database=str(file)))
        return
    name = f"{template.database}_{secrets.token_hex(3)}"
    await _command(template.set(database="postgres"), f'CREATE DATABASE "{name}" TEMPLATE "{template.database}"')
    yield Database(template.set(database=name))
    await _command(template.set(database="postgres"), f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
async def work(template, tmp_path) -> AsyncIterator[Work]:
    """A work in one open transaction that is never committed."""
    if isinstance(template, Path):
        file = tmp_path / "langnghe.db"
        shutil.copy(template, file)
        engine = writing_engine(file)
        with engine.connect() as connection:
            yield work_on(connection)
        engine.dispose()
        return
    engine = async_engine(template)
    async with engine.connect() as connection:
        yield work_on(connection)
    await engine.dispose()


# -- Things to store --


def update(key: str = "1", message_key: str = "", who: Who = LAN, **more) -> Inbound:
    return Inbound(who, key, NOW, message_key=message_key, **more)


def message(contact: int, words: str = "Chào bạn", **more) -> Outgoing:
    return Outgoing(contact, "telegram", Layout(words), **({"kind": "reply"} | more))


async def contact(work: Work, who: Who = LAN) -> int:
    return (await work.people.known(who, NOW, "vi")).contact


async def person(work: Work, who: Who = LAN) -> int:
    return (await work.people.known(who, NOW, "vi")).person.id


def case(code: str = "K7QF-2M4X", **more) -> Case:
    plain = Case(
        id=0,
        code=code,
        kind=CaseKind.FEEDBACK,
        category="A01",
        unit="06001",
        about=About.PERSON,
        official="cán bộ Trần Thị Mai, số hiệu 17",
        status=Status.FORWARDED,
        filed_at=NOW,
        due_at=NOW,
        legal_due_at=None,
        policy="RES_NORMAL",
        known_as=KnownAs.NAMED,
        handling_unit="06001",
        story="Họ từ chối hồ sơ của tôi hai lần.",
        happened="sáng 20/11 ở quầy 3",
    )
    return replace(plain, **more)


async def filed(work: Work, code: str = "K7QF-2M4X", sender: int | None = None, next_check_at=None, **more) -> Case:
    sent_by = Reporter(sender, "Nguyễn Thị Lan", "0912345678")
    return await work.cases.add(NewCase(case(code, **more), "pin", sent_by), next_check_at)


def watched(work: Work) -> list[str]:
    """Return the list that every later statement is written into, also those that go to SQLite without SQLAlchemy."""
    said: list[str] = []
    connection = work.ledger._connection
    if isinstance(connection, Connection):
        connection.connection.driver_connection.set_trace_callback(said.append)
    else:
        event.listen(connection.sync_connection, "before_cursor_execute", lambda *args: said.append(args[2]))
    return said
