"""The long-running commands: `web` and `work`, and `migrate` before them."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import secrets
import signal
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime, timedelta
from functools import partial
from os import strerror
from typing import Any

import structlog
from aiohttp import web

from bot import observe
from bot.app import utc_now
from bot.catalogue import Catalogue
from bot.channels.base import Channel
from bot.channels.telegram import Commands, TelegramChannel, Webhook
from bot.channels.telegram_polling import Poller
from bot.channels.zalo_bot import ZaloBotChannel
from bot.channels.zalo_oa import ZaloOaChannel
from bot.clockwatch import ClockWatch
from bot.commands import run_changing
from bot.config import Config, keys_of
from bot.control import Outcome, listen, socket_path
from bot.heartbeat import last_tick, stands_still
from bot.jobs import Timekeeper
from bot.outbox import Delivery
from bot.program import TELEGRAM_NAME, NotReady, Program
from bot.serving_zalo_bot import taking_from_zalo_bot, zalo_bot_channel, zalo_bot_routes
from bot.serving_zalo_oa import keeping_zalo_tokens, zalo_oa_channel, zalo_oa_routes
from bot.stopped import is_stopped, sends_until
from bot.usecases.ports import Counts, Work
from bot.web.opening import opening_routes
from bot.web.server import TELEGRAM_PATH, web_app
from handlers.menu import COMMANDS, GROUP_LINES
from storage.migrate import migrate

log = structlog.get_logger()

SHUTDOWN_SECONDS = 10.0
ZALO_TRIES_FOR = timedelta(hours=1, minutes=50)
READY_BELOW = 1000
FIRST_LANGUAGE = "vi"


async def migrate_now(config: Config) -> Outcome:
    """Make or update the database, and the key file where one is used. Raises ConfigProblems when that is lost or open."""
    keys_of(config)
    lines = await migrate(config.database_url, utc_now())
    return Outcome("\n".join(lines) or "The database is up to date.")


async def serve_web(config: Config, stop: asyncio.Event | None = None) -> None:
    """Take messages until told to stop; on SQLite send them and do timed work too. Raises `HeldByAnother`, `NotReady`."""
    async with Program.opened(config, channels=partial(_channels, config)) as program, AsyncExitStack() as running:
        # They end the other way round: first nothing more is taken in, then what is being sent is finished, then clients close.
        telegram = program.app.channels.get("telegram")
        await running.enter_async_context(_clients(program))
        if config.zalo_oa_id:
            await _say_what_the_webhook_needs(program)
        if config.sqlite_file is not None:
            await running.enter_async_context(delivering(program))
            await running.enter_async_context(_commands(program))
        await running.enter_async_context(_server(program))
        if isinstance(telegram, TelegramChannel):
            await running.enter_async_context(_telegram(program, telegram))
        else:
            # A bot that is not run any more is on no new poster.
            program.telegram_name = ""
            await program.app.run(lambda work: work.remember(TELEGRAM_NAME, ""))
        await running.enter_async_context(keeping_zalo_tokens(program))
        zalo_bot = program.app.channels.get("zalo_bot")
        if isinstance(zalo_bot, ZaloBotChannel):
            await running.enter_async_context(taking_from_zalo_bot(program, zalo_bot))
        if unsaid := config.unsaid():
            log.warning("citizens miss these settings in what they read", settings=unsaid)
        gc.freeze()  # What lives as long as the program need not be gone through by every collection.
        log.info("taking messages", port=config.port, webhook=bool(config.public_url), channels=sorted(program.app.channels))
        await told_to_stop(stop)
        log.info("stopping")


async def _say_what_the_webhook_needs(program: Program) -> None:
    """Say what a human must do on the page of the Zalo app: read its key there, or turn the webhook on after a long downtime.

    After 30 seconds, 5, 15, 30 minutes and an hour Zalo tries no more and turns the webhook off for good.
    """
    if not program.config.zalo_oa_secret:
        log.error("ZALO_OA_SECRET is missing: nothing that Zalo sends is taken. It stands on the app's page Webhook")
    last = await program.read(last_tick)
    if last is not None and utc_now() - last > ZALO_TRIES_FOR:
        log.error(
            "Zalo may have turned the webhook off meanwhile: look at the app's page Webhook, and turn it on", down_since=last
        )


@asynccontextmanager
async def for_a_command(config: Config, clock: Callable[[], datetime] = utc_now) -> AsyncIterator[Program]:
    """Open the database for one command; what it has to tell people is put down for the process that sends."""
    async with Program.opened(config, clock, partial(_channels, config)) as program, _clients(program):
        yield program


async def serve_work(config: Config, stop: asyncio.Event | None = None) -> None:
    """Send messages and do timed work until told to stop; on SQLite `web` does that and this only idles."""
    if config.sqlite_file is not None:
        log.info("on SQLite web does this part too: work has nothing to do and idles")
        await told_to_stop(stop)
        return
    async with (
        Program.opened(config, channels=partial(_channels, config)) as program,
        _clients(program),
        keeping_zalo_tokens(program),
        delivering(program),
    ):
        log.info("sending messages and doing timed work", channels=sorted(program.app.channels))
        await told_to_stop(stop)
        log.info("stopping")


def _channels(config: Config, program: Program) -> Mapping[str, Channel]:
    """Return the channels that the settings name."""
    made = [_telegram_channel(config, program), zalo_bot_channel(config, program), zalo_oa_channel(config, program)]
    channels: dict[str, Channel] = {channel.name: channel for channel in made if channel is not None}
    if not channels:
        log.warning("no channel is configured: set TELEGRAM_TOKEN, ZALO_BOT_TOKEN or ZALO_OA_ID")
    return channels


def _telegram_channel(config: Config, program: Program) -> TelegramChannel | None:
    if not config.telegram_token:
        return None

    async def file(name: str) -> bytes:
        return await asyncio.to_thread(program.files.get, name)

    catalogue = Catalogue()
    lines = {language: catalogue.translator(language)(GROUP_LINES) for language in catalogue.languages()}
    return TelegramChannel(
        config.telegram_token,
        config.telegram_api_url,
        clock=program.clock,
        files=file,
        group_lines=lines | {"": lines.get(FIRST_LANGUAGE, lines["en"])},
    )


@asynccontextmanager
async def _clients(program: Program) -> AsyncIterator[None]:
    """Close the channels' clients at the end; a message that was being sent on a closed one would be of unknown fate."""
    try:
        yield
    finally:
        await program.app.finish_courtesies()
        for channel in program.app.channels.values():
            if isinstance(channel, TelegramChannel | ZaloBotChannel | ZaloOaChannel):
                await channel.stop()


@asynccontextmanager
async def delivering(program: Program) -> AsyncIterator[Timekeeper]:
    """Send messages and do timed work in the background; at the end, finish what is under way."""
    # On PostgreSQL another process may have put something into the outbox.
    delivery = Delivery(program.app, longest_rest=30.0 if program.config.sqlite_file is not None else 0.5)
    # There another process may do timed work as well. A clock that people push, as the demo's, is not watched for jumps.
    holder = secrets.token_hex(8) if program.config.sqlite_file is None else ""
    watch = ClockWatch(program.clock) if program.clock is utc_now else None
    keeper = Timekeeper(program.app, program.files, program.config.keep_raw_days, holder, watch)
    keeper.heartbeat.start()
    tasks = [asyncio.create_task(delivery.run(), name="outbox"), asyncio.create_task(keeper.run(), name="jobs")]
    try:
        yield keeper
    finally:
        keeper.heartbeat.stop()
        await delivery.stop()
        await keeper.stop()
        _done, late = await asyncio.wait(tasks, timeout=SHUTDOWN_SECONDS)
        for task in late:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class Readiness:
    """Whether messages can be stored now: tries a small write, once in `every` seconds at most, for `within` seconds.

    Looking at the queue alone would call a full disk ready, since what fails at once never waits.
    """

    def __init__(self, program: Program, every: float = 1.0, within: float = 2.0) -> None:
        self._program = program
        self._every = every
        self._within = within
        self._tried_at = float("-inf")
        self._answer = False
        self.stands_still = False

    async def __call__(self) -> bool:
        """Return the answer, which may be `every` seconds old. `stands_still` then says whether timed work does (D11)."""
        now = asyncio.get_running_loop().time()
        if now - self._tried_at >= self._every:
            self._tried_at = now
            self._answer = self._program.writer.waiting < READY_BELOW and await self._writes()
        return self._answer

    async def _writes(self) -> bool:
        try:
            last = await asyncio.wait_for(self._program.app.run(_ready), self._within)
            self.stands_still = stands_still(last, utc_now())
        except Exception as error:
            log.error("messages cannot be stored", exc_info=error)
            return False
        return True


async def _ready(work: Work) -> datetime | None:
    """Write something small; return when timed work was last done."""
    await work.remember("ready", "yes")
    return await last_tick(work)


async def _counts(program: Program, work: Work) -> Counts:
    """Return what `/metrics` counts, and note there which channels are stopped: `work` may be another process."""
    for name in program.app.channels:
        ends = await is_stopped(work, name) or await sends_until(work, name) is not None
        observe.CHANNEL_STOPPED.labels(name).set(ends)
    return await work.counts()


@asynccontextmanager
async def _server(program: Program) -> AsyncIterator[None]:
    config = program.config
    secret = config.telegram_webhook_secret if config.public_url and config.telegram_token else ""
    app = web_app(
        program.app,
        Readiness(program),
        lambda: program.read(partial(_counts, program)),
        secret,
        config.metrics_token,
        [*zalo_bot_routes(program), *zalo_oa_routes(program), *opening_routes(config.zalo_addresses)],
    )
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=SHUTDOWN_SECONDS)
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, port=config.port).start()
        except OSError as error:
            raise NotReady(f"Port {config.port} cannot be used ({strerror(error.errno or 0)}). Set PORT to another.") from error
        yield
    finally:
        await runner.cleanup()


@asynccontextmanager
async def _commands(program: Program) -> AsyncIterator[None]:
    assert program.config.sqlite_file is not None
    path = socket_path(program.config.sqlite_file)
    server = await listen(path, partial(run_changing, program))
    try:
        yield
    finally:
        server.close()
        path.unlink(missing_ok=True)


@asynccontextmanager
async def _telegram(program: Program, telegram: TelegramChannel) -> AsyncIterator[None]:
    """Tell Telegram where updates go, and poll where there is no webhook."""
    config = program.config
    webhook = Webhook(config.public_url + TELEGRAM_PATH, config.telegram_webhook_secret) if config.public_url else None
    await telegram.start(_commands_in_words(), webhook)
    tasks = [asyncio.create_task(_remember_name(program, telegram))]
    poller = None
    if webhook is None:

        async def receive(payload: dict[str, Any], raw: bytes) -> None:
            await program.app.receive(telegram.name, payload, raw)

        poller = Poller(telegram, receive)
        tasks.append(asyncio.create_task(_poll(telegram, poller), name="poller"))
    try:
        yield
    finally:
        if poller is not None:
            await poller.stop()
            tasks[1].cancel()
        tasks[0].cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _commands_in_words() -> Commands:
    """Return the commands that Telegram offers at a slash, by language, Vietnamese for all others."""
    catalogue = Catalogue()
    said = {}
    for language in catalogue.languages():
        translate = catalogue.translator(language)
        said[language] = [(name, translate(words)) for name, words in COMMANDS]
    return said | {"": said.get(FIRST_LANGUAGE, said["en"])}


async def _poll(telegram: TelegramChannel, poller: Poller) -> None:
    """Poll once Telegram has heard that there is no webhook; before, every call would be refused."""
    await telegram.started.wait()
    await poller.run()


async def _remember_name(program: Program, telegram: TelegramChannel) -> None:
    """Keep the bot's name, so that commands can print links without asking Telegram."""
    await telegram.started.wait()
    program.telegram_name = telegram.username
    await program.app.run(lambda work: work.remember(TELEGRAM_NAME, telegram.username))


async def told_to_stop(stop: asyncio.Event | None) -> None:
    """Wait for SIGTERM or SIGINT, or for `stop`."""
    told = stop or asyncio.Event()
    loop = asyncio.get_running_loop()
    for signum in (signal.SIGTERM, signal.SIGINT):
        with contextlib.suppress(NotImplementedError, ValueError, RuntimeError):
            loop.add_signal_handler(signum, told.set)
    await told.wait()
    for signum in (signal.SIGTERM, signal.SIGINT):
        with contextlib.suppress(NotImplementedError, ValueError, RuntimeError):
            loop.remove_signal_handler(signum)  # A second signal ends the process at once.
