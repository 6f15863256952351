"""Webhooks under load: what is taken, how fast it is answered, what is refused, and that nothing is lost or done twice."""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
import sqlite3
import subprocess
import sys
import urllib.parse
import urllib.request
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg
from sqlalchemy import URL, make_url

from tests.benchmarks.platform import Sent
from tests.benchmarks.processes import PROVINCE, ROOT, Running, command, free_port, running, settings
from tests.benchmarks.zalo import Account, Make, Pour, Poured, telegram_events, zalo_events
from tests.fakes.zalo_oa import OA_ID

PATHS = {"zalo": "/zalo/oa", "telegram": "/telegram"}
EVENTS: dict[str, Callable[[int, int, int], Make]] = {"zalo": zalo_events, "telegram": telegram_events}
PLATFORMS = {"zalo": "zalo_oa", "telegram": "telegram"}
PEOPLE = 1000
UNDONE = (
    "SELECT (SELECT count(*) FROM inbox WHERE state IN ('waiting', 'failed')) "
    "+ (SELECT count(*) FROM outbox WHERE state IN ('pending', 'sending'))"
)


@dataclass
class Installation:
    """Our program on a database of its own, with the account connected. `said` counts its messages by chat."""

    folder: Path
    account: Account
    port: int
    database: str
    environment: dict[str, str]
    web: Running
    said: Counter[int] = field(default_factory=Counter)
    runs: int = 0

    @asynccontextmanager
    async def pour(self, messenger: str, connections: int, people: int = PEOPLE) -> AsyncIterator[Pour]:
        """Bring events of a messenger."""
        self.runs += 1
        make = EVENTS[messenger](self.port, people, self.runs)
        pour = Pour(f"http://127.0.0.1:{self.port}{PATHS[messenger]}", make, connections)
        await pour.open()
        try:
            yield pour
        finally:
            pour.close()

    async def scalar(self, sql: str) -> int:
        """Return one number out of the database."""
        if self.database.startswith("sqlite"):
            with sqlite3.connect(f"file:{self.folder / 'town.db'}?mode=ro", uri=True) as database:
                return int(database.execute(sql).fetchone()[0])
        connection = await asyncpg.connect(self.database)
        try:
            return int(await connection.fetchval(sql))
        finally:
            await connection.close()

    async def kept(self, messenger: str) -> int:
        """Return how many events of a messenger were stored."""
        return await self.scalar(f"SELECT count(*) FROM inbox WHERE platform = '{PLATFORMS[messenger]}'")

    async def copy_and_export(self, during: asyncio.Task[Poured]) -> int:
        """Make backups and reports as the README says, one after the other, until a pour ends; return how many."""
        made = 0
        report = [sys.executable, "-m", "bot", "report", "register", "--unit", "20", "-o", str(self.folder / "register.xlsx")]
        if self.database.startswith("sqlite"):
            vacuum = (
                "import sqlite3, sys; sqlite3.connect('file:town.db?mode=ro', uri=True).execute('VACUUM INTO ?', sys.argv[1:])"
            )
            backup = [sys.executable, "-c", vacuum, str(self.folder / "copy.db")]
        else:
            backup = ["pg_dump", "-Fc", "-f", str(self.folder / "copy.dump"), self.database]
        while not during.done():
            for words in (backup, report):
                for left in (*self.folder.glob("copy.*"), *self.folder.glob("register.*")):
                    left.unlink()
                process = await asyncio.create_subprocess_exec(
                    *words, cwd=self.folder, env=os.environ | {"PYTHONPATH": str(ROOT)} | self.environment
                )
                if await process.wait() != 0:
                    raise RuntimeError(f"{words[-3:]} failed")
                made += 1
        return made

    async def done(self) -> None:
        """Wait until everything stored is worked off and everything said is sent."""
        while await self.scalar(UNDONE):
            self.web.check()
            await asyncio.sleep(0.2)

    def peak(self) -> float:
        """Return the most memory that was ever resident, in MiB."""
        lines = Path(f"/proc/{self.web.process.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


@asynccontextmanager
async def installation(folder: Path, database: str, *options: str) -> AsyncIterator[Installation]:
    """Start our program on a database that is there already; `options` are those of `tests.benchmarks.ours`.

    On PostgreSQL the worker is another process, on the same core.
    """
    account = Account()
    await account.start()
    port = free_port()
    environment = settings(folder, account, port, webhook=True) | account.settings() | {"DATABASE_URL": database}
    async with AsyncExitStack() as alive:
        web = await alive.enter_async_context(running(["-m", "tests.benchmarks.ours", *options], folder, environment))
        while not account.ready.is_set():
            web.check()
            await asyncio.sleep(0.02)
        await asyncio.to_thread(connect_account, folder, port, environment)
        if not database.startswith("sqlite"):
            (folder / "worker").mkdir()
            words = ["-m", "tests.benchmarks.ours", "work", *options]
            await alive.enter_async_context(running(words, folder / "worker", environment))
        it = Installation(folder, account, port, database, environment, web)

        def heard(sent: Sent) -> None:
            it.said[sent.chat] += 1

        account.on_sent = heard
        yield it
    await account.stop()


def connect_account(folder: Path, port: int, environment: dict[str, str]) -> None:
    """Do what the operator and the account's admin do, so that messages can be sent."""
    done = subprocess.run(
        [sys.executable, "-m", "bot", "zalo-login"],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT)} | environment,
        check=True,
        capture_output=True,
        text=True,
    )
    link = next(line for line in done.stdout.splitlines() if "/v4/oa/permission" in line)
    state = urllib.parse.parse_qs(urllib.parse.urlsplit(link).query)["state"][0]
    query = urllib.parse.urlencode({"code": "code", "oa_id": OA_ID, "state": state})
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/zalo/login?{query}") as answer:
        assert "is connected" in answer.read().decode()


@asynccontextmanager
async def database(kind: str, folder: Path, template: Path) -> AsyncIterator[str]:
    """Make a database with the offices of one province and return its address: a copy of the SQLite file `template`, or one
    on the PostgreSQL server of TEST_POSTGRES_URL, taken away at the end."""
    folder.mkdir()
    if kind == "SQLite":
        shutil.copy(template, folder / "town.db")
        yield f"sqlite:///{folder / 'town.db'}"
        return
    server = make_url(os.environ["TEST_POSTGRES_URL"]).set(drivername="postgresql")
    name = f"bench_{secrets.token_hex(4)}"
    await _on(server, f"CREATE DATABASE {name}")
    try:
        url = server.set(database=name).render_as_string(hide_password=False)
        await asyncio.to_thread(command, folder, "migrate", DATABASE_URL=url)
        await asyncio.to_thread(command, folder, "import-units", "--province", PROVINCE, DATABASE_URL=url)
        yield url
    finally:
        await _on(server, f"DROP DATABASE {name} WITH (FORCE)")


async def _on(server: URL, statement: str) -> None:
    connection = await asyncpg.connect(server.render_as_string(hide_password=False))
    await connection.execute(statement)
    await connection.close()
