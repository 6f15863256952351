"""The time limits of a case, taken from the rules in force."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from bot.domain.calendar import CalendarMissing, WorkCalendar
from bot.domain.deadlines import DeadlineRule, TermUnit, local_day
from bot.domain.working import due_at
from bot.usecases.ports import UnitTree, Work


@dataclass(frozen=True, slots=True)
class Term:
    """A time limit as it runs from an instant: the row it came from, and its last instant (None: the calendar is missing)."""

    row: int | None
    rule: DeadlineRule
    since: datetime
    due_at: datetime | None

    def inputs(self, calendar: WorkCalendar) -> dict[str, Any]:
        """Return all that the date was worked out from, JSON-ready: the rule, its start, and the special days on the way."""
        return {
            "rule": self.rule.code,
            "row": self.row,
            "value": self.rule.value,
            "unit": self.rule.unit.value,
            "rolls": self.rule.rolls,
            "source": self.rule.source,
            "since": self.since.isoformat(),
            "due_at": self.due_at.isoformat() if self.due_at else None,
            "special_days": _special_days(self.since, self.due_at, calendar) if self.due_at else [],
        }


async def term(work: Work, code: str, since: datetime) -> Term:
    """Return the time limit `code` from `since`; where the calendar lacks a year the date is to follow, never an error."""
    row, rule = await work.rules.policy(code)
    try:
        return Term(row, rule, since, due_at(rule, since, await work.rules.calendar()))
    except CalendarMissing:
        return Term(row, rule, since, None)


async def window_end(work: Work, code: str, since: datetime) -> datetime:
    """Return the last instant of a window for the citizen; without a calendar it simply does not roll to a working day."""
    found = await term(work, code, since)
    if found.due_at is not None:
        return found.due_at
    days = replace(found.rule, unit=TermUnit.CALENDAR_DAYS, rolls=False)
    return due_at(days, since, await work.rules.calendar())


def places_of(units: UnitTree, code: str | None) -> tuple[str, ...]:
    """Return the codes by which a calendar knows an office: its own, those of the offices above it and that of its province."""
    unit = units.get(code) if code else None
    if unit is None:
        return ()
    return (*(above.code for above in units.line(unit.code)), unit.province)


def _special_days(since: datetime, until: datetime, calendar: WorkCalendar) -> list[str]:
    """Return the holidays and swapped days on the way, as dates, so that a later change of the calendar can be told."""
    first, last = local_day(since), local_day(until)
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    return [day.isoformat() for day in days if _row(day, calendar)]


def _row(day: Any, calendar: WorkCalendar) -> bool:
    try:
        return calendar.why(day) is not None
    except CalendarMissing:
        return False
