"""The days on which offices work, for what is no deadline of the law: a year that the calendar lacks counts Monday to Friday.

A due date itself never guesses (`working` raises `CalendarMissing`); reminders, reports and promises must not wait for a notice.
"""

from __future__ import annotations

from datetime import date, timedelta

from bot.domain.calendar import CalendarMissing, WorkCalendar

_DAY = timedelta(days=1)
_SATURDAY = 5


def works(day: date, calendar: WorkCalendar) -> bool:
    """Whether offices work on that day."""
    try:
        return calendar.is_working(day)
    except CalendarMissing:
        return day.weekday() < _SATURDAY


def shifted(day: date, count: int, calendar: WorkCalendar) -> date:
    """Return the working day `count` working days on, or back where it is negative."""
    step = _DAY if count > 0 else -_DAY
    for _nth in range(abs(count)):
        day += step
        while not works(day, calendar):
            day += step
    return day


def working_day_from(day: date, calendar: WorkCalendar) -> date:
    """Return that day if it is worked, else the next one that is."""
    while not works(day, calendar):
        day += _DAY
    return day
