"""Moving the dates of all open cases after the calendar has changed, in slices, so that whoever writes meanwhile does not wait.

Each slice is a commit of its own and leaves a job behind that goes on from there if this process ends. The last one stays, to
look a minute later at what another process may have filed by the former calendar.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from bot.app import App
from bot.usecases.ports import Work
from bot.usecases.recomputing import Change, Move, Moves, recompute

MOVING = "moving"
_LATER = timedelta(minutes=1)
_AT_ONCE = 2000
_SLICE_SECONDS = 0.025
_FEWEST, _MOST = 1, 500


async def move_dates(app: App, change: Change, after: int = 0) -> Moves:
    """Move the dates of all open cases after this one by the calendar in force; return what became of them."""
    moves = Moves()
    loop = asyncio.get_running_loop()
    size = 10
    while ids := await app.writer.run(partial(_open_after, after)):
        while ids:
            part, ids = ids[:size], ids[size:]
            began = loop.time()
            moves.all += await app.run(partial(_slice, part, change))
            moves.looked_at += len(part)
            after = part[-1]
            # How much a slice holds follows from how long the last one took, others' turns included.
            size = max(_FEWEST, min(_MOST, size * 2, int(size * _SLICE_SECONDS / max(loop.time() - began, 0.001))))
    return moves


async def remember_to_move(work: Work, change: Change, after: int = 0) -> None:
    """Let timed work go on with the cases after this one, unless whoever does it now has come further by then."""
    payload = {"after": after, "why": change.why, "at": change.at.isoformat()}
    await work.jobs.put(MOVING, "calendar", work.now + _LATER, payload, move=True)


def change_in(payload: Mapping[str, Any]) -> Change:
    """Return the change that a job is about."""
    return Change(payload["why"], datetime.fromisoformat(payload["at"]))


async def _open_after(after: int, work: Work) -> list[int]:
    return await work.cases.open_after(after, _AT_ONCE)


async def _slice(cases: Sequence[int], change: Change, work: Work) -> list[Move]:
    moves = await recompute(work, cases, change, work.now)
    await remember_to_move(work, change, cases[-1])
    return moves
