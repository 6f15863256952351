"""Watching that the calendar is entered in time: the notice of a year comes in the autumn before it (LAW 6.2)."""

from __future__ import annotations

from bot.domain.calendar import DayKind, RowStatus, Scope
from bot.domain.deadlines import local_day
from bot.domain.events import YearUnconfirmed
from bot.usecases.ports import Work

_WARNED = "calendar warned"
_DECEMBER = 12


async def watch_calendar(work: Work) -> int:
    """From 1 December on, warn the admins once if the next year has no holiday that is confirmed; return how often."""
    today = local_day(work.now)
    year = today.year + 1
    if today.month < _DECEMBER or await work.recall(_WARNED) == str(year):
        return 0
    rows = (await work.rules.calendar()).rows
    confirmed = (row for row in rows if row.scope is Scope.NATIONAL and row.status is RowStatus.CONFIRMED)
    if any(row.date.year == year and row.kind is DayKind.HOLIDAY for row in confirmed):
        return 0
    await work.remember(_WARNED, str(year))
    work.record(YearUnconfirmed(year=year))
    return 1
