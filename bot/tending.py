"""Timed work on cases: what has come due is done, and each reader gets one message of it.

What was missed in a standstill is caught up oldest first, in slices of a few milliseconds, so that nobody who writes meanwhile
waits; digests wait until nothing more is due (RELIABILITY D3).
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from functools import partial

import structlog

from bot.app import App
from bot.clockwatch import rests
from bot.lease import Lease
from bot.usecases.digests import Readers, look_after, people_to_tell
from bot.usecases.ports import Changed, Work
from bot.usecases.reorganising import cases_of_ended_units, leave_ended_unit
from handlers.digests import digest

log = structlog.get_logger()

AT_A_TIME = 100
_FEWEST = 5
_SLICE_SECONDS = 0.025
_TICK_SECONDS = 1.0
_PUT_OFF = timedelta(minutes=5)


class Tending:
    """Looks after cases whose moment has come or whose office has ended, and sends the digests."""

    def __init__(self, app: App, lease: Lease) -> None:
        self._app = app
        self._lease = lease
        self._size = 20
        self._stuck: set[int] = set()

    async def cases(self) -> int:
        """Look after what is due, for a second at most; return how many cases that were."""
        clock = asyncio.get_running_loop().time
        until, did = clock() + _TICK_SECONDS, 0
        while clock() < until:
            began, size = clock(), self._size
            seen = await self._slice(size)
            did += seen
            if seen < size:
                break
            took = max(clock() - began, 0.001)
            self._size = max(_FEWEST, min(AT_A_TIME, size * 2, int(size * _SLICE_SECONDS / took)))
        return did

    async def digests(self) -> int:
        """Send each reader what waits for him, in a commit of its own; return how many messages that were."""
        did = 0
        for staff in await self._app.writer.run(self._ready):
            try:
                did += await self._app.run(partial(self._tell, staff))
            except Exception as error:
                log.error("a digest could not be made", staff=staff, exc_info=error)
        return did

    async def ended_offices(self) -> int:
        """Send on some cases of offices that have ended, each in a commit of its own; return how many that were.

        One that cannot be sent on stops no other: it is tried again once all others are done.
        """
        most = AT_A_TIME + len(self._stuck)
        found = await self._app.writer.run(lambda work: cases_of_ended_units(work, most))
        now = [case for case in found if case not in self._stuck][:AT_A_TIME]
        for case in now:
            try:
                await self._app.run(partial(self._leave, case))
            except Changed:
                continue
            except Exception as error:
                self._stuck.add(case)
                log.error("a case of an office that has ended could not be sent on", case=case, exc_info=error)
        if len(now) < AT_A_TIME:
            self._stuck.clear()
        return len(now)

    async def _slice(self, size: int) -> int:
        try:
            return await self._app.run(partial(self._look, size))
        except Exception as error:
            if not isinstance(error, Changed):
                log.error("cases could not be looked after together, now one by one", exc_info=error)
        ids = await self._app.writer.run(partial(_due, size))
        for case in ids:
            try:
                await self._app.run(partial(self._look_at_one, case))
            except Changed:
                continue  # Somebody was faster; it is looked at again with the next tick.
            except Exception as error:
                log.error("a case could not be looked after", case=case, exc_info=error)
                await self._app.run(lambda work, case=case: work.cases.set_next_check(case, work.now + _PUT_OFF))  # type: ignore[misc]
        return len(ids)

    async def _look(self, size: int, work: Work) -> int:
        """Look after the first that are due, all in one transaction."""
        cases = await work.cases.due_for_check(work.now, size)
        if not cases or await rests(work) or not await self._lease.holds(work):
            return 0
        if self._lease.token:  # Somebody else may have been at it until the lease was locked.
            cases = await work.cases.due_for_check(work.now, size)
        readers = Readers(work)
        for case in cases:
            await look_after(work, case, work.now, readers)
        return len(cases)

    async def _look_at_one(self, case: int, work: Work) -> None:
        found = await work.cases.by_id(case)
        if found is not None and await self._lease.holds(work):
            await look_after(work, found, work.now)

    async def _leave(self, case: int, work: Work) -> None:
        if await self._lease.holds(work):
            await leave_ended_unit(work, case)

    async def _ready(self, work: Work) -> Sequence[int]:
        return [] if await rests(work) else await people_to_tell(work)

    async def _tell(self, staff: int, work: Work) -> int:
        if not await self._lease.holds(work):
            return 0
        found = await work.staff.by_id(staff)
        notices = await digest(work, found, work.now) if found is not None else []
        if notices is None:
            return 0  # His office is closed now; what is still true is said in the morning.
        await self._app.tell(work, notices)
        await work.digests.clear(staff)
        return len(notices)


async def _due(size: int, work: Work) -> list[int]:
    return [case.id for case in await work.cases.due_for_check(work.now, size)]
