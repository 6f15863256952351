"""Due dates: when an answer is still on time."""

from __future__ import annotations

import calendar as months
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import Enum, StrEnum
from zoneinfo import ZoneInfo

from bot.domain.calendar import WorkCalendar

# From the zone's own history: it was eight hours ahead until June 1975, so an offset taken at some other instant is a trap.
# Where the system has no time zone data, they come from the package tzdata.
VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")
_LAST_SECOND = time(23, 59, 59)


class TermUnit(StrEnum):
    """What a time limit is counted in."""

    MINUTES = "minutes"
    HOURS = "hours"
    WORKING_HOURS = "working_hours"
    WORKING_DAYS = "working_days"
    CALENDAR_DAYS = "calendar_days"
    MONTHS = "months"


@dataclass(frozen=True, slots=True)
class DeadlineRule:
    """A time limit of `value` units; `code` names it for ever, `source` is act and article.

    `rolls` moves a term in calendar days or months that ends on a day of rest to the next working day (LAW 0.1 C5, C8).
    `unit` may be given as its plain value. Raises ValueError for an unknown unit or a value below one.
    """

    code: str
    value: int
    unit: TermUnit
    source: str = ""
    rolls: bool = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "unit", TermUnit(self.unit))
        if self.value < 1:
            raise ValueError(f"The time limit {self.code} has the value {self.value}; it must be at least 1.")


class Standing(Enum):
    """Where an open case stands against its due date."""

    RUNNING = "running"
    DUE_TODAY = "due_today"
    OVERDUE = "overdue"


def due_at(rule: DeadlineRule, received_at: datetime, calendar: WorkCalendar) -> datetime:
    """Return the last instant at which a reply is still on time, aware, in Vietnam's time, in whole seconds.

    The day of receipt is day zero; a term in days or months ends at 23:59:59 of its last day. A term in minutes or hours runs
    from the moment of receipt through nights and holidays. Holidays and swapped working Saturdays come from `calendar`. Raises
    CalendarMissing when it knows nothing of a year that it needs, ValueError for a `received_at` without time zone. Working
    hours are not known yet: a term in them ends with the next working day.
    Source: Civil Code 91/2015/QH13 art. 147-148, and `rule.source`, act and article.
    """
    day = local_day(received_at)
    match rule.unit:
        case TermUnit.MINUTES:
            return in_vietnam(received_at + timedelta(minutes=rule.value)).replace(microsecond=0)
        case TermUnit.HOURS:
            return in_vietnam(received_at + timedelta(hours=rule.value)).replace(microsecond=0)
        case TermUnit.WORKING_HOURS:
            return end_of_day(calendar.add_working_days(day, 1))
        case TermUnit.WORKING_DAYS:
            return end_of_day(calendar.add_working_days(day, rule.value))
        case TermUnit.CALENDAR_DAYS:
            last = day + timedelta(days=rule.value)
        case TermUnit.MONTHS:
            last = _months_later(day, rule.value)
    return end_of_day(calendar.working_day_from(last) if rule.rolls else last)


def standing_on(due: datetime, now: datetime) -> Standing:
    """Return where an open case stands at `now`; the due instant itself is still on time.

    Only whole seconds count, so that the last second of a day, printed 23:59:59, lasts until midnight. In SQL the same rule is
    `due_at < now` with `now` cut to the second.
    """
    if now.replace(microsecond=0) > due:
        return Standing.OVERDUE
    return Standing.DUE_TODAY if local_day(now) == local_day(due) else Standing.RUNNING


def working_days_left(due: datetime, now: datetime, calendar: WorkCalendar) -> int:
    """Return the working days after today up to and with the last day; 0 on the last day, negative when that is past.

    Raises CalendarMissing.
    """
    return calendar.working_days_between(local_day(now), local_day(due))


def in_vietnam(instant: datetime) -> datetime:
    """Return the same instant in Vietnam's time; raises ValueError when it has no time zone."""
    if instant.tzinfo is None:
        raise ValueError("An instant without time zone cannot be placed on a day.")
    return instant.astimezone(VIETNAM)


def local_day(instant: datetime) -> date:
    """Return the civil day that it is in Vietnam at that instant; raises ValueError when it has no time zone."""
    return in_vietnam(instant).date()


def end_of_day(day: date) -> datetime:
    """Return the last second of the day in Vietnam, as it is stored and printed; the day itself ends a second later."""
    return datetime.combine(day, _LAST_SECOND, VIETNAM)


def _months_later(day: date, count: int) -> date:
    """Return the day of the same number `count` months on, or the last of that month where it has none."""
    year, month = divmod(day.year * 12 + day.month - 1 + count, 12)
    return date(year, month + 1, min(day.day, months.monthrange(year, month + 1)[1]))
