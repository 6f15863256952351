"""Timed work: what waits in the `jobs` table, and what is looked after again and again.

A job handles each item in its own commit, so that one bad item never stops the others.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import structlog

from bot import observe
from bot.app import App, utc_now
from bot.channels.base import FileRefused, SendFailed
from bot.clockwatch import ClockWatch, note_jump, rests
from bot.dialogue.values import Who
from bot.domain.refusal import Refusal
from bot.files import PICTURES, SIZE_LIMITS, SealedFiles, sniff
from bot.heartbeat import KEEP_EVERY, Heartbeat, keep_tick
from bot.lease import Lease
from bot.moving import MOVING, change_in, move_dates
from bot.pictures import PictureRefused, reencode
from bot.receipt_paper import ReceiptPrinter
from bot.reporting import ReportMaker
from bot.tending import Tending
from bot.usecases.answer_files import fetched, not_fetched
from bot.usecases.calendar_watch import watch_calendar
from bot.usecases.ports import Work
from bot.usecases.report_jobs import DROP, MAKE, schedule_reports
from bot.usecases.searching import fill
from bot.usecases.taking import PRINT

log = structlog.get_logger()

AT_A_TIME = 100
FETCH_TRIES = 12
KEEP_DRAFTS = timedelta(days=30)
LONGEST_REST = 1.0
FILL_SECONDS = 1.0
SWEEP_AFTER = timedelta(days=1)


@dataclass(frozen=True)
class Repeated:
    """Work looked after again and again, every `seconds` of real time; `run` returns how many things it did."""

    name: str
    seconds: float
    run: Callable[[], Awaitable[int]]


async def purge(days: int, work: Work) -> int:
    """Erase raw updates and sent messages after so many days, and forms that nobody came back to."""
    old = work.now - timedelta(days=days)
    forms = work.now - max(KEEP_DRAFTS, timedelta(days=days))
    return await work.inbox.purge_raw(old) + await work.outbox.purge(old) + await work.sessions.purge(forms)


class Timekeeper:
    """Runs jobs until stopped. Where there may be others on the same database, each needs a `holder` name that no other has.

    `clock_watch` tells whether the clock jumped; None: it is a clock that people push, as in the demo and in tests.
    """

    def __init__(
        self, app: App, files: SealedFiles, keep_raw_days: int, holder: str = "", clock_watch: ClockWatch | None = None
    ) -> None:
        self._app = app
        self._files = files
        self._lease = Lease(app, holder)
        self._clock_watch = clock_watch
        self.heartbeat = Heartbeat()
        self._tick_kept = float("-inf")
        tending = Tending(app, self._lease)
        self._repeated = (
            Repeated("cases", 5.0, tending.cases),
            Repeated("digests", 5.0, tending.digests),
            Repeated("calendar", 3600.0, partial(app.run, watch_calendar)),
            Repeated("search", 5.0, self._fill_the_index),
            Repeated("purge", 3600.0, partial(app.run, partial(purge, keep_raw_days))),
            Repeated("sweep", 3600.0, self._sweep),
            Repeated("ended offices", 3600.0, tending.ended_offices),
            Repeated("reports", 60.0, partial(app.run, schedule_reports)),
        )
        self._reports = ReportMaker(app, files)
        self._last: dict[str, float] = {}
        self._one_at_a_time = asyncio.Lock()
        self._stopping = False
        self._kinds: Mapping[str, Callable[[str, Mapping[str, Any], int], Awaitable[None]]] = {
            "album": self._album,
            "fetch": self._fetch,
            MOVING: self._move_dates,
            MAKE: self._report,
            DROP: self._reports.drop,
            PRINT: ReceiptPrinter(app, files).print,
        }

    async def run(self) -> None:
        """Do what is due until `stop`."""
        while not self._stopping:
            self._app.wake_jobs.clear()
            did = 0
            try:
                did = await self.once()
                await self._ticked()
            except Exception as error:
                log.error("timed work failed", exc_info=error)
            if did:
                continue
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._app.wake_jobs.wait(), LONGEST_REST)

    async def stop(self) -> None:
        """Let `run` return after what it is doing."""
        self._stopping = True
        self._app.wake_jobs.set()

    async def once(self, everything: bool = False) -> int:
        """Do what is due now; return how many things were done. `everything`: also what is looked after seldom.

        Two calls at the same time follow each other, so that no job is done twice.
        """
        async with self._one_at_a_time:
            return await self._once(everything)

    async def _once(self, everything: bool) -> int:
        ahead = self._clock_watch.jumped() if self._clock_watch else None
        if ahead is not None:
            log.critical("the clock jumped forward; timed work rests until confirm-clock", seconds=round(ahead.total_seconds()))
            await self._app.run(lambda work: note_jump(work, ahead))
        if not await self._lease.leads():
            return 0
        did = await self._app.work_off()
        did += await self._due_jobs()
        if await self._app.writer.run(rests):
            return did
        clock = asyncio.get_running_loop().time()
        for job in self._repeated:
            if not everything and clock - self._last.get(job.name, -job.seconds) < job.seconds:
                continue
            self._last[job.name] = clock
            self.heartbeat.beat()
            try:
                found = await job.run()
                did += found
                if found >= AT_A_TIME:  # There may be more of it: it is looked after again with the next tick.
                    del self._last[job.name]
                observe.JOB_RUNS.labels(job.name, "done").inc()
            except Exception as error:
                observe.JOB_RUNS.labels(job.name, "failed").inc()
                log.error("a repeated job failed", job=job.name, exc_info=error)
        return did

    async def _ticked(self) -> None:
        """Note for those who watch that a tick came to its end, in the database not with each of them."""
        observe.LAST_JOBS_AT.set_to_current_time()
        self.heartbeat.beat()
        clock = asyncio.get_running_loop().time()
        if clock - self._tick_kept >= KEEP_EVERY and await self._lease.leads():
            self._tick_kept = clock
            await self._app.writer.run(lambda work: keep_tick(work, utc_now()))

    async def _sweep(self) -> int:
        """Remove sealed files that nobody owns: those of forms that were given up, and what a kill left half written.

        The age is that of the files themselves, by this machine's clock, so that a file just being stored is never among them.
        """
        kept = await self._app.run(lambda work: work.files.names())
        return await asyncio.to_thread(self._files.sweep, kept, utc_now() - SWEEP_AFTER)

    async def _fill_the_index(self) -> int:
        """Let cases from before the index of words be found, a little at a time, each a commit of its own."""
        clock, did = asyncio.get_running_loop().time, 0
        until = clock() + FILL_SECONDS
        while done := await self._app.run(fill):
            did += done
            if clock() > until:
                break
        return did

    async def _due_jobs(self) -> int:
        jobs = await self._app.writer.run(lambda work: work.jobs.due(work.now, AT_A_TIME))
        for job, kind, key, payload, tries in jobs:
            after = partial(_done, job)
            try:
                await self._kinds[kind](key, payload, tries)
            except _Later as later:
                after = partial(_again, job, later)
            except Exception as error:
                log.error("a job failed for good", job=job, kind=kind, exc_info=error)
                after = partial(_give_up, job, type(error).__name__)
                if kind == "fetch":  # Who sent the file must hear of it, whatever it was.
                    after = partial(_give_up_file, job, int(key), type(error).__name__)
            self.heartbeat.beat()
            await self._app.run(partial(self._finish, after))
        return len(jobs)

    async def _finish(self, after: Callable[[Work], Awaitable[None]], work: Work) -> None:
        """Note what became of a job, unless another process has taken over since: then it is that one's."""
        if await self._lease.same(work):
            await after(work)

    async def _album(self, key: str, payload: Mapping[str, Any], tries: int) -> None:
        await self._app.album_settled(Who(payload["platform"], payload["account"], payload["chat"]))

    async def _move_dates(self, key: str, payload: Mapping[str, Any], tries: int) -> None:
        """Go on with moving dates where whoever began it did not come to the end."""
        await move_dates(self._app, change_in(payload), payload["after"])

    async def _report(self, key: str, payload: Mapping[str, Any], tries: int) -> None:
        """Make a report and send it; a large one goes on being made while other work is done."""
        if not await self._reports.make(key, payload):
            raise _Later(self._app.clock() + timedelta(seconds=1), "still being made")

    async def _fetch(self, key: str, payload: Mapping[str, Any], tries: int) -> None:
        """Fetch one file, check what it really is, seal it, and make the picture that the office may see (A7, G5)."""
        number = int(key)
        wanted = await self._app.run(lambda work: work.files.pending(number))
        if wanted is None:
            return
        who, attachment, _case = wanted
        try:
            data = await self._app.channels[who.platform].fetch(attachment, SIZE_LIMITS[attachment.kind])
            mime = sniff(data, attachment.kind, attachment.mime)
            picture = await reencode(data) if mime in PICTURES else b""
        except (SendFailed, TimeoutError, ChildProcessError) as error:
            why = error.why if isinstance(error, SendFailed) else type(error).__name__
            if tries + 1 < FETCH_TRIES:
                raise _Later(self._app.clock() + timedelta(seconds=min(2**tries * 5, 3600)), why) from error
            return await self._app.run(lambda work: not_fetched(work, number, why))
        except (FileRefused, Refusal, PictureRefused) as error:
            why = getattr(error, "why", type(error).__name__)
            return await self._app.run(lambda work: not_fetched(work, number, why))
        store = await asyncio.to_thread(self._files.put, data, f"attachment:{number}")
        copy = await asyncio.to_thread(self._files.put, picture, f"attachment:{number}:copy") if picture else ""
        await self._app.run(lambda work: fetched(work, number, store, copy, mime, len(data)))


class _Later(Exception):
    """Try this job again at `at`."""

    def __init__(self, at: datetime, why: str) -> None:
        super().__init__(why)
        self.at = at
        self.why = why


async def _done(job: int, work: Work) -> None:
    await work.jobs.done(job)


async def _again(job: int, later: _Later, work: Work) -> None:
    await work.jobs.again(job, later.at, later.why)


async def _give_up(job: int, why: str, work: Work) -> None:
    await work.jobs.give_up(job, why)


async def _give_up_file(job: int, file: int, why: str, work: Work) -> None:
    await _give_up(job, why, work)
    await not_fetched(work, file, why)
