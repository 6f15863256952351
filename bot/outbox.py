"""Sending what waits: in order within one chat and priority, side by side across chats.

A message is marked as sending in a commit before it is sent, and what became of it is written in a later one; both ride along
with the turns' commits. The database is not held open while a provider is slow.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

import structlog

from bot import observe
from bot.app import App
from bot.channels.base import Outcome, SendFailed
from bot.domain.events import AnswerUndelivered
from bot.rerouting import bring_together, leave_channels, marked, send_on
from bot.stopped import is_stopped, note_going, note_stop
from bot.usecases.ports import STAYS, Claimed, Work
from handlers.notices import ANSWER

log = structlog.get_logger()

AT_ONCE = 30  # On each platform, so that one that hangs holds up no other; a channel has a few more connections than that.
MOST_TRIES = 20
TRIES_BEFORE_ANOTHER = 6  # About a minute: then another chat of the reader is better than waiting on.
MOST_TRIES_IN_AN_OUTAGE = 450  # Three days at least: an outage, or a quota, is no fault of a message that must arrive.
# A platform that gave no clear answer has trouble of its own: it may be over in some minutes, hardly in some seconds.
AGAIN_AFTER_UNKNOWN = timedelta(minutes=5)
STOPPED_FOR = timedelta(minutes=1)
# Seconds.
NOTED_WITHIN = 0.02
WHILE_SENDING = 0.25
SHORTEST_REST = 0.02
AFTER_TROUBLE = 2.0


@dataclass(frozen=True, slots=True)
class _Trip:
    """What one commit took along: the results noted, the messages claimed, and when the next one falls due that may go."""

    noted: list[tuple[Claimed, SendFailed | None]]
    claimed: list[Claimed]
    next_due: datetime | None


class Delivery:
    """Sends the outbox's messages through the app's channels until stopped. One per database.

    It rides along with every commit of the writer: notes what was sent, and claims what is due. A commit of its own is made only
    when none comes by itself in time. `random_share` spreads retries (0 to 1). `longest_rest`: after so many seconds it looks
    again in any case, for what another process has left.
    """

    def __init__(self, app: App, random_share: Callable[[], float] = random.random, longest_rest: float = 30.0) -> None:
        self._app = app
        self._random = random_share
        self._longest_rest = longest_rest
        self._sending: dict[int, asyncio.Task[None] | None] = {}  # None: claimed in a commit that has not landed.
        self._busy: Counter[str] = Counter()  # How many of them each platform has.
        self._results: deque[tuple[Claimed, SendFailed | None]] = deque()
        self._paused: dict[str, datetime] = {}
        self._stopped: set[str] = set()
        self._next_due: datetime | None = None
        self._stopping = False
        self._ended = asyncio.Event()
        self._timer: asyncio.TimerHandle | None = None
        self._own: asyncio.Task[None] | None = None
        self._another = False

    async def run(self) -> None:
        """Send until `stop`; first, whatever a killed process left half done goes out once more.

        What waits for a channel that is there no more goes to another chat of its reader.
        """
        recovered = await self._app.run(lambda work: work.outbox.recover(self._app.clock()))
        self._stopped = await self._app.run(self._noted_as_stopped)
        await self._app.run(partial(leave_channels, self._app))
        if recovered:
            log.warning("messages that were being sent at the last stop go out once more", count=recovered)
        self._app.writer.rider = self
        try:
            self._commit_within(0)
            await self._ended.wait()
        finally:
            self._app.writer.rider = None
            if self._timer is not None:
                self._timer.cancel()

    async def stop(self) -> None:
        """Claim nothing more; `run` returns when what is being sent is done and noted."""
        self._stopping = True
        self._commit_within(0)

    async def drain(self) -> None:
        """Send everything that is due now and note what became of it; for tests and commands, not beside `run`."""
        while True:
            self.landed(await self._app.writer.run(self.ride), None)
            sending = [task for task in self._sending.values() if task is not None]
            if sending:
                await asyncio.wait(sending, return_when=asyncio.FIRST_COMPLETED)
            elif not self._results:
                return

    # -- with a commit ------------------------------------------------------------------------------------------------

    async def ride(self, work: Work) -> _Trip:
        """Note results and claim what is due, in the commit of others."""
        now = work.now
        noted = [self._results.popleft() for _place in range(len(self._results))]
        claimed: list[Claimed] = []
        try:
            await work.outbox.sent([row.id for row, failed in noted if failed is None], now)
            for row, failed in noted:
                if failed is not None:
                    await self._note(work, row, failed, now)
                elif row.who.platform in self._stopped:
                    await note_going(work, row.who.platform)
            await self._app.settle(work, now)
            platforms = [name for name in self._app.channels if self._paused.get(name, now) <= now]
            for name in platforms:
                room = 0 if self._stopping else self._room(name)
                taken = await work.outbox.claim(room, now, [name]) if room > 0 else []
                claimed += taken
                self._sending.update((row.id, None) for row in taken)
                self._busy[name] += len(taken)
            # What a platform has no room for is looked for when one of those on their way has come back.
            return _Trip(noted, claimed, await work.outbox.next_due([name for name in platforms if self._room(name) > 0]))
        except BaseException:
            self._undo(noted, claimed)
            raise

    def landed(self, trip: _Trip | None, error: BaseException | None) -> None:
        """After the commit: send what was claimed; where it failed, nothing was noted and nothing claimed."""
        if error is not None:
            log.error("the outbox could not be read or written", exc_info=error)
            if trip is not None:
                self._undo(trip.noted, trip.claimed)
            self._commit_within(AFTER_TROUBLE)
            return
        assert trip is not None
        for row, failed in trip.noted:
            if failed is None:
                self._stopped.discard(row.who.platform)
            elif failed.outcome is Outcome.STOPPED:
                self._stopped.add(row.who.platform)
        for row in trip.claimed:
            self._sending[row.id] = asyncio.create_task(self._send(row))
        self._next_due = trip.next_due
        if self._stopping and not self._sending and not self._results:
            self._ended.set()
        else:
            self._commit_within(self._patience())

    def _room(self, platform: str) -> int:
        """Return how many more messages may be on their way on a platform now."""
        return AT_ONCE - self._busy[platform]

    def _undo(self, noted: list[tuple[Claimed, SendFailed | None]], claimed: list[Claimed]) -> None:
        self._results.extendleft(reversed(noted))
        for row in claimed:
            self._back(row)

    def _back(self, row: Claimed) -> None:
        if row.id in self._sending:
            del self._sending[row.id]
            self._busy[row.who.platform] -= 1

    def _patience(self) -> float:
        """Return for how many seconds the next commit can be waited for."""
        if self._results and (self._stopping or self._next_due is not None):
            return 0.0  # What was sent may hold up what waits behind it.
        if self._results:
            return NOTED_WITHIN
        if self._stopping:
            return self._longest_rest
        now = self._app.clock()
        # What waits for a channel that rests is looked for when it goes on: meanwhile it wakes nobody.
        next_ones = [at for at in self._paused.values() if at > now] + ([self._next_due] if self._next_due else [])
        if not next_ones:
            return self._longest_rest
        due = min(next_ones)
        # While something is being sent, what is due may only wait behind it: its end brings the next commit.
        least = WHILE_SENDING if self._sending else SHORTEST_REST
        return min(max((due - now).total_seconds(), least), self._longest_rest)

    def _commit_within(self, seconds: float) -> None:
        """Make sure that there is a commit before so many seconds have passed, where it is running at all."""
        if self._app.writer.rider is not self:
            return
        loop = asyncio.get_running_loop()
        at = loop.time() + seconds
        if self._timer is not None:
            if self._timer.when() <= at:
                return
            self._timer.cancel()
        self._timer = loop.call_at(at, self._make_commit)

    def _make_commit(self) -> None:
        self._timer = None
        if self._own is None:
            self._own = asyncio.create_task(self._commit())
        else:
            # The one under way may have set out before what is to be noted now: another must follow it.
            self._another = True

    async def _commit(self) -> None:
        """Commit with nothing in it but what rides along; `landed` hears how it went."""
        with contextlib.suppress(Exception):
            await self._app.writer.run(_nothing)
        self._own = None
        if self._another:
            self._another = False
            self._commit_within(0)

    # -- sending ------------------------------------------------------------------------------------------------------

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
        self._back(row)
        self._commit_within(self._patience())

    async def _note(self, work: Work, row: Claimed, failed: SendFailed, now: datetime) -> None:
        """Write down what became of a message that was not delivered, or perhaps not."""
        box = work.outbox
        if failed.outcome is Outcome.UNKNOWN:
            again = row.must_arrive and not row.again
            await box.uncertain(row.id, failed.why, now, now + AGAIN_AFTER_UNKNOWN if again else None)
            if row.must_arrive and not again:
                log.error("twice nobody knows whether a message arrived", row=row.id, kind=row.kind, why=failed.why)
            if not again and row.case is not None and row.kind == ANSWER:
                work.record(AnswerUndelivered(row.case))
            return None
        if failed.outcome is Outcome.STOPPED:
            log.error("nothing is sent on a channel until somebody has mended it", platform=row.who.platform, why=failed.why)
            await note_stop(work, row.who.platform, failed.why, failed.remedy)
        if _another_way(row, failed) and await send_on(self._app, work, row):
            return None
        if failed.outcome is Outcome.STOPPED:
            return await box.retry(row.id, failed.retry_at or now + STOPPED_FOR, failed.why)
        # What the whole channel waits for is no fault of this message, however long it lasts: it is not given up for that.
        most = MOST_TRIES_IN_AN_OUTAGE if row.must_arrive else MOST_TRIES
        if failed.outcome is Outcome.RETRY and (row.tries < most or failed.whole_channel):
            return await box.retry(row.id, failed.retry_at or now + self._back_off(row.tries), failed.why)
        if failed.outcome is Outcome.BLOCKED:
            await box.held(row.id, failed.why)
            if await bring_together(self._app, work, row.contact) and row.must_arrive:
                return None
        else:
            log.error("a message was given up", row=row.id, kind=row.kind, why=failed.why)
            await box.dead(row.id, failed.why, now)
        if row.case is not None and row.kind == ANSWER:
            work.record(AnswerUndelivered(row.case))
        return None

    async def _noted_as_stopped(self, work: Work) -> set[str]:
        return {name for name in self._app.channels if await is_stopped(work, name)}

    def _back_off(self, tries: int) -> timedelta:
        """Return 1, 2, 4 ... seconds, at most ten minutes, and up to half as much again so that retries spread."""
        return timedelta(seconds=min(2 ** min(tries, 10), 600) * (1 + self._random() / 2))


async def _nothing(work: Work) -> None:
    """The step of a commit that is made for its rider alone."""


def _another_way(row: Claimed, failed: SendFailed) -> bool:
    """Whether a message surely did not arrive, and is better sent to another chat of its reader where he has one."""
    if not row.must_arrive or row.kind == STAYS:
        return False
    if failed.outcome in (Outcome.RETRY, Outcome.STOPPED):
        return row.tries >= TRIES_BEFORE_ANOTHER
    return failed.outcome is Outcome.NEVER
