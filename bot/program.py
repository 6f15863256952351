"""Opening everything that one process needs, and closing it: the database, its writer, the channels, the app.

`Program.opened` is what `web`, `work`, the demo, the tests and the commands that change data share; `Library.opened` only reads.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.app import App, utc_now
from bot.catalogue import Catalogue
from bot.channels.base import Channel
from bot.config import Config, keys_of
from bot.domain.calendar import CalendarRow, WorkCalendar
from bot.domain.events import RuleChanged
from bot.domain.units import LegacyUnit, Unit
from bot.files import SealedFiles
from bot.moving import move_dates, remember_to_move
from bot.text import Text
from bot.usecases import ports
from bot.usecases.recomputing import Change, Move, Moves, change_of, foresee_moves
from bot.usecases.unit_search import UnitIndex
from bot.writer import PostgresWriter, R, SqliteWriter, Step, Writer, drive
from handlers import house
from handlers.by_hand import CHATS
from handlers.turn import Agency
from storage.database import Hold, async_engine, reading_engine, writing_engine
from storage.keys import lookup_key
from storage.migrate import is_migrated
from storage.rules_in_force import RulesInForce, calendar_row, read_rules
from storage.seal import Seal
from storage.seeding import as_text
from storage.units import Units, read_units
from storage.work import Work

log = structlog.get_logger()

TELEGRAM_NAME = "telegram_username"
CHANGED, FORMER = "changed", "former_calendar"
FRESHEN_SECONDS = 5.0
AT_ONCE = 200
Clock = Callable[[], datetime]


class NotReady(Exception):
    """What is there is not enough to start, such as no database or one of an older release; the message says what to do."""


class Library:
    """What can be read of an installation: its offices, its rules, and any step that changes nothing."""

    def __init__(self, config: Config, seal: Seal, key: bytes, tree: Units, rules: RulesInForce, clock: Clock) -> None:
        self.config = config
        self.seal = seal
        self.lookup_key = key
        self.tree = tree
        self.rules = rules
        self.clock = clock
        self.telegram_name = ""
        self._english = Catalogue().translator("en")
        self._engine: Engine | AsyncEngine | None = None

    @classmethod
    @asynccontextmanager
    async def opened(cls, config: Config, clock: Clock = utc_now) -> AsyncIterator[Library]:
        """Open for reading, beside a running `web` if there is one; raises `NotReady`."""
        seal = _seal(config)
        engine: Engine | AsyncEngine
        if config.sqlite_file is not None:
            engine = reading_engine(config.sqlite_file)
            try:
                with engine.connect() as connection:
                    library = cls(config, seal, *_read(connection, seal), clock)
            except OperationalError as error:
                raise NotReady(_not_there(config)) from error
        else:
            engine = async_engine(config.database_url)
            async with engine.begin() as postgres:
                library = cls(config, seal, *await postgres.run_sync(_read, seal), clock)
        library._engine = engine
        library.telegram_name = await library.read(lambda work: work.recall(TELEGRAM_NAME))
        try:
            yield library
        finally:
            await _dispose(engine)

    async def read(self, step: Step[R]) -> R:
        """Return what a step that only reads returns."""
        if isinstance(self._engine, Engine):
            with self._engine.connect() as connection:
                result: R = drive(step(self.work(connection)))
                return result
        assert self._engine is not None
        async with self._engine.connect() as postgres:
            return await step(self.work(postgres))

    async def read_aside(self, step: Step[R]) -> R:
        """Return what a step that only reads returns; on SQLite it runs in a thread, so that the loop goes on meanwhile."""
        if isinstance(self._engine, Engine):
            return await asyncio.to_thread(asyncio.run, self.read(step))
        return await self.read(step)

    def work(self, connection: Connection | AsyncConnection) -> ports.Work:
        """Return what a turn reads and writes on this connection."""
        return Work(connection, self.seal, self.lookup_key, self.tree, self.rules, self.clock())

    def link(self, platform: str, payload: str) -> str:
        """Return the link that opens our chat with a start payload, "" while its name or address is not known.

        An address of Zalo carries nothing along: a page of ours does, where the internet reaches us (`bot.web.opening`).
        """
        if platform == "telegram":
            return f"https://t.me/{self.telegram_name}?start={payload}" if self.telegram_name else ""
        address = self.config.zalo_addresses.get(platform, "")
        return f"{self.config.public_url}/open/{platform}/{payload}" if address and self.config.public_url else address

    def invitation_links(self, payload: str) -> dict[str, str]:
        """Return the links that open our chats with an invitation, by the name of the messenger; none while no address is known.

        It stands behind a `#`, which no server reads or logs. Where our page is not to be reached, a link only opens the chat.
        """
        links = {CHATS["telegram"]: self.link("telegram", payload)}
        for platform, address in self.config.zalo_addresses.items():
            page = f"{self.config.public_url}/open/{platform}#{payload}" if self.config.public_url else address
            links[CHATS[platform]] = page
        return {name: link for name, link in links.items() if link}

    def chats(self) -> list[str]:
        """Return the addresses that open our chats, as they are printed: with nothing to carry along."""
        telegram = [f"https://t.me/{self.telegram_name}"] if self.telegram_name else []
        return telegram + list(self.config.zalo_addresses.values())

    def english(self, text: Text) -> str:
        """Return a sentence for the operator."""
        return self._english(text)


class Program(Library):
    """Everything that one process needs to take turns. `app` receives and settles, `files` keeps attachments."""

    app: App
    writer: Writer
    files: SealedFiles
    _changed = ""

    @classmethod
    @asynccontextmanager
    async def opened(
        cls,
        config: Config,
        clock: Clock = utc_now,
        channels: Callable[[Program], Mapping[str, Channel]] = lambda program: {},
    ) -> AsyncIterator[Program]:
        """Open for writing and start the writer; `channels` makes the channels once files and clock are there.

        Raises `NotReady`, and `HeldByAnother` when another process holds the SQLite file.
        """
        seal = _seal(config)
        if config.sqlite_file is None:
            engine = async_engine(config.database_url)
            try:
                async with engine.begin() as postgres:
                    program = cls(config, seal, *await postgres.run_sync(_read, seal), clock)
                program._engine = engine
                program.writer = PostgresWriter(engine, program.work)
                try:
                    await program._start(channels)
                    # What another process changes is seen here a few seconds later; on SQLite there is no other process.
                    fresh = asyncio.create_task(program._keep_fresh(), name="freshen")
                    try:
                        yield program
                    finally:
                        fresh.cancel()
                        await asyncio.gather(fresh, return_exceptions=True)
                finally:
                    await program.writer.stop()
            finally:
                await engine.dispose()
            return
        if not config.sqlite_file.exists():
            raise NotReady(_not_there(config))
        with Hold(config.sqlite_file):
            writing = writing_engine(config.sqlite_file)
            with writing.begin() as connection:
                program = cls(config, seal, *_read(connection, seal), clock)
            writing.dispose()  # The writer's thread opens its own connection.
            program._engine = reading_engine(config.sqlite_file)
            program.writer = SqliteWriter(writing.connect, program.work)
            try:
                await program._start(channels)
                yield program
            finally:
                await program.writer.stop()
                # The writing connection goes last, so that it leaves one whole file behind and no log beside it.
                await _dispose(program._engine)
                writing.dispose()

    async def _start(self, channels: Callable[[Program], Mapping[str, Channel]]) -> None:
        config = self.config
        self.files = SealedFiles(config.files_dir, self.seal, self.lookup_key)
        agency = Agency(
            config.agency_name,
            config.contact_phone,
            config.contact_address,
            config.data_officer,
            config.province,
            config.keep_raw_days,
            self.chats,
        )
        await self.writer.start()
        self.app = App(self.writer, channels(self), house(), Catalogue(), agency, self.clock)
        self.app.reader = self.read_aside
        self.telegram_name = await self.app.run(lambda work: work.recall(TELEGRAM_NAME))
        self._changed = await self.app.run(lambda work: work.recall(CHANGED))

    async def save_units(self, offices: Sequence[Unit], legacy: Sequence[LegacyUnit]) -> None:
        """Add and change offices in one commit, and let every later turn see them."""

        async def step(work: ports.Work) -> None:
            await work.save_units(offices, legacy)
            await _note_change(work)

        await self.app.run(step)
        await self.freshen()

    async def save_calendar(self, rows: Mapping[str, CalendarRow | None]) -> Moves:
        """Change rows of the calendar by key in one commit, None takes one away, and let every later turn see them.

        Then move the dates of open cases, in slices, and return what became of them.
        """

        async def step(work: ports.Work) -> Change:
            former = await work.save_calendar(rows)
            change = change_of(rows, former, work.now)
            await work.remember(FORMER, json.dumps({key: row and as_text(row) for key, row in former.items()}))
            await _note_change(work)
            await remember_to_move(work, change)
            return change

        change = await self.app.run(step)
        await self.freshen()
        return await move_dates(self.app, change)

    async def save_rule(self, name: str, key: str, row: Any, said: str) -> None:
        """Put a row of the rules in force, `said` what is new of it, for every later turn; filed cases keep their own."""

        async def step(work: ports.Work) -> None:
            await work.save_rule(name, key, row)
            work.record(RuleChanged(set=name, key=key, columns=said))
            await _note_change(work)

        await self.app.run(step)
        await self.freshen()

    async def former_calendar(self) -> dict[str, CalendarRow | None]:
        """Return the rows that the last change of the calendar replaced, by key; empty when there was none."""
        kept = await self.read(lambda work: work.recall(FORMER))
        return {key: text and calendar_row(text) for key, text in json.loads(kept or "{}").items()}

    async def foresee_moves(self, rows: Mapping[str, CalendarRow | None]) -> Moves:
        """Return what `save_calendar` would do to the dates of open cases; nothing is stored."""
        calendar = (await self.rules.calendar()).changed(rows)
        moves, after = Moves(), 0
        while ids := await self.read(partial(_open_after, after)):
            moves.all += await self.read(partial(_foresee, ids, calendar))
            moves.looked_at, after = moves.looked_at + len(ids), ids[-1]
            await asyncio.sleep(0)  # On SQLite reading holds up the loop.
        return moves

    async def freshen(self) -> None:
        """Read offices and rules anew if they were changed since they were read, here or by another process."""
        changed = await self.read(lambda work: work.recall(CHANGED))
        if changed == self._changed:
            return
        if isinstance(self._engine, Engine):
            with self._engine.connect() as connection:
                self.tree, self.rules = read_units(connection, UnitIndex), read_rules(connection)
        elif self._engine is not None:
            async with self._engine.connect() as postgres:
                self.tree, self.rules = await postgres.run_sync(read_units, UnitIndex), await postgres.run_sync(read_rules)
        self._changed = changed

    async def _keep_fresh(self) -> None:
        while True:
            await asyncio.sleep(FRESHEN_SECONDS)
            try:
                await self.freshen()
            except Exception as error:
                log.error("offices and rules could not be read anew", exc_info=error)


async def _note_change(work: ports.Work) -> None:
    """Count one more change of offices or rules, so that every process sees that what it holds is old."""
    await work.remember(CHANGED, str(int(await work.recall(CHANGED) or 0) + 1))


async def _open_after(after: int, work: ports.Work) -> list[int]:
    return await work.cases.open_after(after, AT_ONCE)


async def _foresee(cases: Sequence[int], calendar: WorkCalendar, work: ports.Work) -> list[Move]:
    return await foresee_moves(work, cases, calendar, work.now)


def _seal(config: Config) -> Seal:
    """Return the seal with the keys from the settings, else from the key file beside the SQLite file, made by `migrate`.

    Raises ConfigProblems when that cannot be used.
    """
    if config.sqlite_file is not None and not config.sqlite_file.exists():
        raise NotReady(_not_there(config))
    return Seal(keys_of(config))


def _read(connection: Connection, seal: Seal) -> tuple[bytes, Units, RulesInForce]:
    if not is_migrated(connection):
        raise NotReady("The database is not of this release. Run: python -m bot migrate")
    return lookup_key(connection, seal), read_units(connection, UnitIndex), read_rules(connection)


def _not_there(config: Config) -> str:
    where = Path(config.sqlite_file or "")
    return f"There is no database {where.name} in {where.parent.absolute()}. Run first: python -m bot migrate"


async def _dispose(engine: Engine | AsyncEngine) -> None:
    if isinstance(engine, Engine):
        engine.dispose()
    else:
        await engine.dispose()
