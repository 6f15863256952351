"""Whether timed work still goes on, seen from outside of it (RELIABILITY D11).

The last tick is kept in the database, for `/readyz` and the command `health` in other processes. In the process itself a thread
watches the loop: if that hangs, nobody inside it could say so.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import structlog

from bot.usecases.ports import Work

log = structlog.get_logger()

LAST_TICK = "last_tick"
KEEP_EVERY = 30.0
TOO_LONG = timedelta(minutes=3)
_LOOK_EVERY = 10.0
_SAY_EVERY = 60.0


async def keep_tick(work: Work, now: datetime) -> None:
    """Keep that timed work was done at this instant of the machine's own clock."""
    await work.remember(LAST_TICK, now.astimezone(UTC).isoformat(timespec="seconds"))


async def last_tick(work: Work) -> datetime | None:
    """Return when timed work was last done, None where it never was."""
    kept = await work.recall(LAST_TICK)
    return datetime.fromisoformat(kept) if kept else None


def stands_still(last: datetime | None, now: datetime) -> bool:
    """Whether the last tick is older than three minutes, or there was none."""
    return last is None or now - last > TOO_LONG


class Heartbeat:
    """When this process last got on with timed work. `tell` is called from a thread of its own when that is too long ago."""

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        too_long: float = TOO_LONG.total_seconds(),
        look_every: float = _LOOK_EVERY,
        tell: Callable[[float], None] | None = None,
    ) -> None:
        self._clock = clock
        self._too_long = too_long
        self._look_every = look_every
        self._tell = tell or _alarm
        self._last = clock()
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="heartbeat", daemon=True)

    def beat(self) -> None:
        """Note that something was done."""
        self._last = self._clock()

    def start(self) -> None:
        """Begin to watch."""
        self._last = self._clock()
        self._thread.start()

    def stop(self) -> None:
        """End the watch."""
        self._end.set()
        if self._thread.is_alive():
            self._thread.join()

    def _watch(self) -> None:
        said = float("-inf")
        while not self._end.wait(self._look_every):
            now = self._clock()
            if now - self._last > self._too_long and now - said >= _SAY_EVERY:
                said = now
                self._tell(now - self._last)


def _alarm(seconds: float) -> None:
    log.critical("timed work stands still: no reminder and no escalation goes out", seconds=round(seconds))
