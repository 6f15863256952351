"""Whether the server's clock can be believed (RELIABILITY D4).

Between two looks as much time passes by the wall clock as by a clock that nobody sets. Where the wall clock is ahead of that by
more than five minutes, somebody or something set it: then reminders, escalations and erasing rest, the admins are told, and all
goes on after `confirm-clock`. Set back, it does no harm: nothing is said twice. A start after a real downtime is no jump, since
there is no earlier look.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from bot.domain.events import ClockConfirmed, ClockJumped
from bot.usecases.ports import Work

log = structlog.get_logger()

MOST = timedelta(minutes=5)
JUMPED = "clock_jumped"


def steady() -> float:
    """Return seconds that also pass while the machine sleeps, and that nobody sets."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()


class ClockWatch:
    """Compares two clocks from look to look; `wall` is the one that is believed elsewhere."""

    def __init__(self, wall: Callable[[], datetime], even: Callable[[], float] = steady) -> None:
        self._wall = wall
        self._even = even
        self._last: tuple[datetime, float] | None = None

    def jumped(self) -> timedelta | None:
        """Return by how much the wall clock went forward too far since the last look; None: not by more than MOST."""
        now = (self._wall(), self._even())
        before, self._last = self._last, now
        if before is None:
            return None
        ahead = now[0] - before[0] - timedelta(seconds=now[1] - before[1])
        if ahead < -MOST:
            log.warning("the clock was set back; nothing is said twice", seconds=round(-ahead.total_seconds()))
        return ahead if ahead > MOST else None


async def note_jump(work: Work, ahead: timedelta) -> None:
    """Let timed work rest until somebody has confirmed the clock; the admins are told, once."""
    if not await work.recall(JUMPED):
        work.record(ClockJumped(seconds=round(ahead.total_seconds())))
    await work.remember(JUMPED, work.now.isoformat())


async def rests(work: Work) -> bool:
    """Whether timed work rests because the clock jumped."""
    return bool(await work.recall(JUMPED))


async def confirm(work: Work) -> bool:
    """Let timed work go on; False when it does not rest."""
    if not await work.recall(JUMPED):
        return False
    await work.remember(JUMPED, "")
    work.record(ClockConfirmed())
    return True
