"""Long polling of the Zalo Bot Platform, where an update is handed out once and nobody can ask for it again.

There is no offset: with the answer in which it hands out an update, Zalo forgets it. What a stop or a kill can lose is so:

- `stop` loses nothing. It asks for no more and waits until the poll that is out has come back and what it brought is
  committed; therefore a poll lasts no longer than `POLL_SECONDS`.
- A database that cannot be written loses nothing while the process lives: the update is held here and tried again, and nothing
  more is asked for before it is stored.
- A kill (or a machine that goes down) loses the one update that Zalo had handed out and we had not committed, and never more
  than one, since the next is asked for after the commit of the one before. The moment is the way of the answer from Zalo to us
  and then one turn and its commit, a few milliseconds on a disk at work; nothing is done in it but that.
- A connection that breaks while the answer is on its way loses the one in it.

With a webhook there is no such moment: 200 is answered after the commit. So polling is for trying things out, and for a
province with few messages; Zalo too means it for development (B1, B2).
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import structlog

from bot.channels.zalo_bot import Sleep, ZaloBotChannel, back_off
from bot.channels.zalo_bot_http import TIMED_OUT, NotSent, Refused, Unclear
from bot.channels.zalo_bot_read import updates

log = structlog.get_logger(__name__)

# As long as a stop may take: a poll that is dropped may have an update in it.
POLL_SECONDS = 8
SPARE_SECONDS = 10.0  # A client that gives up before the server has answered would lose what is in the answer.
QUICK = 1.0  # A poll that ends empty sooner than this did not wait at all: then we do.

Receive = Callable[[Any, bytes], Awaitable[None]]


class ZaloBotPoller:
    """Asks for one update after the other and gives each to `receive`, which returns once it is committed and raises if not."""

    def __init__(
        self, channel: ZaloBotChannel, receive: Receive, sleep: Sleep = asyncio.sleep, poll_seconds: int = POLL_SECONDS
    ) -> None:
        self._channel = channel
        self._receive = receive
        self._sleep = sleep
        self._poll_seconds = poll_seconds
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        """Poll until `stop`; trouble of any kind only makes it wait."""
        failures = 0
        while not self._stopping.is_set():
            loop = asyncio.get_running_loop()
            began = loop.time()
            try:
                found = await self._channel.client.call(
                    "getUpdates", {"timeout": self._poll_seconds}, self._poll_seconds + SPARE_SECONDS
                )
            except Refused as refused:
                if refused.code == TIMED_OUT:  # No news.
                    failures = 0
                    if loop.time() - began < min(QUICK, self._poll_seconds / 2):
                        await self._pause(QUICK)
                    continue
                alarm = log.error if refused.code in (401, 403) else log.warning
                alarm("Zalo does not give updates; waiting", code=refused.code, tries=failures)
                await self._pause(back_off(failures, refused.wait))
                failures += 1
                continue
            except (NotSent, Unclear) as error:
                log.warning("Zalo could not be asked for updates; waiting", why=str(error), tries=failures)
                await self._pause(back_off(failures))
                failures += 1
                continue
            failures = 0
            for update in updates(found):
                await self._store(update)

    async def stop(self) -> None:
        """Let `run` return once what the poll brings that is out now is stored, `POLL_SECONDS` later at most."""
        self._stopping.set()

    async def _store(self, update: Any) -> None:
        """Return once the update is committed; nobody else has it, so there is no giving up."""
        raw = json.dumps(update).encode()
        tries = 0
        while True:
            try:
                return await self._receive(update, raw)
            except Exception as error:
                log.error(
                    "an update that Zalo has forgotten is not stored yet; trying again", why=type(error).__name__, tries=tries
                )
            await self._sleep(back_off(tries))
            tries += 1

    async def _pause(self, seconds: float) -> None:
        """Wait, but no longer than until `stop`."""
        waiting = [asyncio.ensure_future(self._sleep(seconds)), asyncio.ensure_future(self._stopping.wait())]
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
