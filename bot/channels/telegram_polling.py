"""Long polling that tells Telegram only of updates that are stored."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from telegram.error import Conflict, TelegramError

from bot.channels.base import Outcome
from bot.channels.telegram import ALLOWED_UPDATES, Sleep, TelegramChannel
from bot.channels.telegram_errors import back_off, send_failed

log = structlog.get_logger(__name__)

POLL_SECONDS = 50  # The longest that the server waits. Source: Bot API server, getUpdates.
BATCH = 100
REOPEN_AFTER = 5  # Failures in a row, after which the connection itself is suspected.

Receive = Callable[[dict[str, Any], bytes], Awaitable[None]]


class Poller:
    """Asks Telegram for updates and gives each to `receive`, which returns once it is committed and raises if it is not.

    The updates of one batch are started in their order and run side by side, so that they can share a commit. An update
    leaves Telegram when the next call asks for what comes after it, so the offset moves past committed ones only, and up to
    the first that failed; those after it come again and are known by their keys. `start_offset` 0 is always right: Telegram
    then gives all it still holds. Numbers may jump to anywhere after a quiet week, so an offset is taken from what came and
    never compared.
    """

    def __init__(self, channel: TelegramChannel, receive: Receive, start_offset: int = 0, sleep: Sleep = asyncio.sleep) -> None:
        self.offset = start_offset
        self._channel = channel
        self._receive = receive
        self._sleep = sleep
        self._call: asyncio.Task[list[dict[str, Any]]] | None = None
        self._wait: asyncio.Task[None] | None = None
        self._stopping = False

    async def run(self) -> None:
        """Poll until `stop`; network trouble, floods and a second poller only make it wait."""
        failures = 0
        while not self._stopping:
            try:
                batch = await self._next_batch()
            except asyncio.CancelledError:
                if self._stopping:
                    return
                raise
            except TelegramError as error:
                await self._after(error, failures)
                failures += 1
                continue
            stored = await self._store(batch)
            failures = 0 if stored == len(batch) else failures + 1
            if stored:
                self.offset = int(batch[stored - 1]["update_id"]) + 1
            if failures:
                await self._pause(back_off(failures - 1))

    async def stop(self) -> None:
        """End `run`: a waiting call is dropped, as nothing is confirmed by it; a batch at work is finished."""
        self._stopping = True
        for task in (self._call, self._wait):
            if task is not None:
                task.cancel()

    async def _next_batch(self) -> list[dict[str, Any]]:
        self._call = asyncio.create_task(
            self._channel.call(
                "get_Updates",
                read_timeout=POLL_SECONDS + 10,
                offset=self.offset,
                timeout=POLL_SECONDS,
                limit=BATCH,
                allowed_updates=ALLOWED_UPDATES,
            )
        )
        try:
            return await self._call
        finally:
            self._call.cancel()
            self._call = None

    async def _store(self, batch: list[dict[str, Any]]) -> int:
        """Return how many updates from the head of the batch are committed without a gap."""
        results = await asyncio.gather(
            *(self._receive(update, json.dumps(update).encode()) for update in batch), return_exceptions=True
        )
        for place, result in enumerate(results):
            if isinstance(result, BaseException):
                log.warning("an update was not stored, Telegram keeps it", why=type(result).__name__, of=len(batch))
                return place
        return len(batch)

    async def _after(self, error: TelegramError, failures: int) -> None:
        failed = send_failed(error, self._channel.now())
        asked = None if failed.retry_at is None else failed.retry_at - self._channel.now()
        if isinstance(error, Conflict):
            log.error("somebody else polls with this token, or a webhook is set; waiting", tries=failures)
        elif failed.outcome is Outcome.STOPPED:
            log.error("Telegram refused the token; waiting", tries=failures)
        else:
            log.warning("Telegram could not be asked for updates; waiting", why=failed.why, tries=failures)
        if failures % REOPEN_AFTER == REOPEN_AFTER - 1:
            await self._channel.reopen_polling()
        await self._pause(back_off(failures, asked))

    async def _pause(self, seconds: float) -> None:
        if self._stopping:
            return
        self._wait = asyncio.ensure_future(self._sleep(seconds))
        await asyncio.wait([self._wait])
        self._wait = None
