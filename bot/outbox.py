"""Sending what waits: in order within one chat and priority, side by side across chats.

A message is marked as sending in a commit before it is sent, and what became of it is written in a later one; both ride along
with the turns' commits. The database is not held open while a provider is slow.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from bot import observe
from bot.app import App
from bot.channels.base import Outcome, SendFailed
from bot.dialogue.values import Layout
from bot.domain.events import AnswerUndelivered
from bot.usecases.ports import Claimed, Work
from handlers.notices import ANSWER

log = structlog.get_logger()

AT_ONCE = 40
MOST_TRIES = 20
AGAIN_AFTER_UNKNOWN = timedelta(seconds=5)
STOPPED_FOR = timedelta(minutes=1)
LONGEST_WAIT = 30.0
WHILE_SENDING = 0.25
SHORTEST_WAIT = 0.02
AGAIN_MARK = "↻ "


class Delivery:
    """Sends the outbox's messages through the app's channels until stopped. One per database.

    `random_share` spreads retries (0 to 1).
    """

    def __init__(self, app: App, random_share: Callable[[], float] = random.random) -> None:
        self._app = app
        self._random = random_share
        self._sending: dict[int, asyncio.Task[None]] = {}
        self._results: list[tuple[Claimed, SendFailed | None]] = []
        self._paused: dict[str, datetime] = {}
        self._stopping = False

    async def run(self) -> None:
        """Send until `stop`; first, whatever a killed process left half done goes out once more."""
        recovered = await self._app.run(lambda work: work.outbox.recover(self._app.clock()))
        if recovered:
            log.warning("messages that were being sent at the last stop go out once more", count=recovered)
        while not self._stopping or self._sending or self._results:
            try:
                next_due = await self._round()
            except Exception as error:
                log.error("the outbox could not be read or written", exc_info=error)
                next_due = self._app.clock() + timedelta(seconds=2)
            if self._results or (self._stopping and not self._sending):
                continue  # Nothing would wake us any more.
            await self._rest(next_due)

    async def stop(self) -> None:
        """Claim nothing more; `run` returns when what is being sent is done and noted."""
        self._stopping = True
        self._app.wake_outbox.set()

    async def drain(self) -> None:
        """Send everything that is due now and note what became of it; for tests and commands, not beside `run`."""
        while True:
            await self._round()
            if not self._sending and not self._results:
                return
            if self._sending:
                await asyncio.wait(list(self._sending.values()), return_when=asyncio.FIRST_COMPLETED)

    async def _round(self) -> datetime | None:
        """Note results, claim what is due, start sending; return when the next message falls due (None: nothing waits)."""
        self._app.wake_outbox.clear()
        results, self._results = self._results, []
        now = self._app.clock()
        free = 0 if self._stopping else AT_ONCE - len(self._sending)
        platforms = [name for name in self._app.channels if self._paused.get(name, now) <= now]

        async def step(work: Work) -> tuple[list[Claimed], datetime | None]:
            for claimed, failed in results:
                await self._note(work, claimed, failed, now)
            await self._app.settle(work, now)
            rows = await work.outbox.claim(free, now, platforms) if free > 0 and platforms else []
            return rows, await work.outbox.next_due()

        try:
            rows, next_due = await self._app.writer.run(step)
        except Exception:
            self._results = results + self._results
            raise
        for row in rows:
            task = asyncio.create_task(self._send(row))
            self._sending[row.id] = task
        paused = [at for at in self._paused.values() if at > now]
        if next_due is not None and len(paused) == len(self._app.channels):
            return max(next_due, min(paused))
        return next_due

    async def _rest(self, next_due: datetime | None) -> None:
        """Wait for a commit, for something that was sent, or for the next message to fall due.

        While something is being sent, what falls due may only wait behind it, so there is no hurry: its end wakes us.
        """
        wait = LONGEST_WAIT
        if next_due is not None:
            least = WHILE_SENDING if self._sending else SHORTEST_WAIT
            wait = min(max((next_due - self._app.clock()).total_seconds(), least), LONGEST_WAIT)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._app.wake_outbox.wait(), wait)

    async def _send(self, row: Claimed) -> None:
        channel = self._app.channels[row.who.platform]
        layout = marked(row.layout) if row.again else row.layout
        failed: SendFailed | None = None
        try:
            with observe.SEND_SECONDS.labels(row.who.platform).time():
                await channel.send(row.who, layout)
        except SendFailed as error:
            failed = error
        except Exception as error:  # A bug in a channel must not leave the row in sending for ever.
            log.error("a message could not be sent", row=row.id, exc_info=error)
            failed = SendFailed(Outcome.NEVER, type(error).__name__)
        observe.OUTBOX_SENT.labels(row.who.platform, failed.outcome.value if failed else "sent").inc()
        if failed is not None and (failed.whole_channel or failed.outcome is Outcome.STOPPED):
            until = failed.retry_at or self._app.clock() + STOPPED_FOR
            self._paused[row.who.platform] = max(until, self._paused.get(row.who.platform, until))
        self._results.append((row, failed))
        self._sending.pop(row.id, None)
        self._app.wake_outbox.set()

    async def _note(self, work: Work, row: Claimed, failed: SendFailed | None, now: datetime) -> None:
        """Write down what became of one message."""
        box = work.outbox
        if failed is None:
            return await box.sent(row.id, now)
        if failed.outcome is Outcome.UNKNOWN:
            again = row.must_arrive and not row.again
            return await box.uncertain(row.id, failed.why, now, now + AGAIN_AFTER_UNKNOWN if again else None)
        if failed.outcome is Outcome.STOPPED:
            log.error("a channel refuses our token: nothing is sent on it until that is mended", platform=row.who.platform)
            return await box.retry(row.id, failed.retry_at or now + STOPPED_FOR, failed.why)
        if failed.outcome is Outcome.RETRY and row.tries < MOST_TRIES:
            return await box.retry(row.id, failed.retry_at or now + self._back_off(row.tries), failed.why)
        if failed.outcome is Outcome.BLOCKED:
            await box.held(row.id, failed.why)
        else:
            log.error("a message was given up", row=row.id, kind=row.kind, why=failed.why)
            await box.dead(row.id, failed.why, now)
        if row.case is not None and row.kind == ANSWER:
            work.record(AnswerUndelivered(row.case))
        return None

    def _back_off(self, tries: int) -> timedelta:
        """Return 1, 2, 4 ... seconds, at most ten minutes, and up to half as much again so that retries spread."""
        return timedelta(seconds=min(2 ** min(tries, 10), 600) * (1 + self._random() / 2))


def marked(layout: Layout) -> Layout:
    """Return a message that may have arrived already, marked so that nobody takes it for a new one."""
    return replace(layout, text=AGAIN_MARK + layout.text)
