"""Time limits, and where something stands against its due date; how that is worked out is in `working`."""

from __future__ import annotations

import calendar as months
import re
from dataclasses import dataclass
from datetime import date, datetime, time
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


_SHORT = {
    "min": TermUnit.MINUTES,
    "h": TermUnit.HOURS,
    "wh": TermUnit.WORKING_HOURS,
    "wd": TermUnit.WORKING_DAYS,
    "d": TermUnit.CALENDAR_DAYS,
    "m": TermUnit.MONTHS,
}
_TERM = re.compile(r"(\d{1,4})(min|h|wh|wd|d|m)(!?)")


@dataclass(frozen=True, slots=True)
class DeadlineRule:
    """A time limit of `value` units; `code` names it for ever, `source` is act and article.

    `rolls` moves a term in calendar days or months that ends on a day of rest to the next working day (LAW 0.1 C5, C8);
    `receipt_rollover` lets a term in days begin on the next working day when something came after office hours (C9).
    `unit` may be given as its plain value. Raises ValueError for an unknown unit or a value below one.
    """

    code: str
    value: int
    unit: TermUnit
    source: str = ""
    rolls: bool = True
    receipt_rollover: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "unit", TermUnit(self.unit))
        if self.value < 1:
            raise ValueError(f"The time limit {self.code} has the value {self.value}; it must be at least 1.")


class Standing(Enum):
    """Where an open case stands against its due date."""

    RUNNING = "running"
    DUE_TODAY = "due_today"
    OVERDUE = "overdue"


def term_of(text: str) -> DeadlineRule:
    """Return the rule for a term written 3wd (working days), 30d, 2m (months), 8wh (working hours), 72h or 5min.

    A ! at the end makes one that never rolls to a working day: 45d!. Raises ValueError for anything else.
    """
    found = _TERM.fullmatch(text.replace(" ", "").lower())
    if found is None:
        raise ValueError(f"A term is written like 3wd, 30d, 2m, 8wh, 72h or 5min, not {text!r}.")
    value, unit, fixed = found.groups()
    return DeadlineRule(text, int(value), _SHORT[unit], rolls=not fixed)


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


def ends_with_its_day(due: datetime) -> bool:
    """Whether a due date is one of a day, so that its hour need not be told; that of a term in hours is not."""
    return in_vietnam(due).time() == _LAST_SECOND


def as_shown(due: datetime) -> date | datetime:
    """Return a due date as people are told it: its day in Vietnam, or the instant where it has an hour of its own."""
    return local_day(due) if ends_with_its_day(due) else due


def months_later(day: date, count: int) -> date:
    """Return the day of the same number `count` months on, or the last of that month where it has none."""
    year, month = divmod(day.year * 12 + day.month - 1 + count, 12)
    return date(year, month + 1, min(day.day, months.monthrange(year, month + 1)[1]))
