"""The periods over which reports count: administrative months, quarters and years, from the 15th to the 14th.

A month is named after the one in which it ends: December 2026 runs from 15/11 to 14/12/2026. Source: NĐ 09/2019/NĐ-CP art. 12,
LAW 8.2 BC1. The first day is a parameter, since a province may have another.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from bot.domain.deadlines import VIETNAM, local_day, months_later

FIRST_DAY = 15
_ONE_DAY = timedelta(days=1)
_NAMED = re.compile(r"(?P<year>20\d\d)(?:-(?P<month>0[1-9]|1[0-2])|-Q(?P<quarter>[1-4]))?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Period:
    """Whole civil days in Vietnam from `first` to `last`, both included; `months` it is long, 0 a week."""

    first: date
    last: date
    months: int

    @property
    def since(self) -> datetime:
        """The first instant that belongs to it."""
        return datetime.combine(self.first, time(), VIETNAM)

    @property
    def until(self) -> datetime:
        """The first instant that does not belong to it any more."""
        return datetime.combine(self.last + _ONE_DAY, time(), VIETNAM)

    @property
    def name(self) -> str:
        """What it is called in a token and on the command line: 2026-12, 2026-Q4, 2026, or the last day of a week."""
        if self.months == 0:
            return self.last.isoformat()
        if self.months == 1:
            return f"{self.last:%Y-%m}"
        return f"{self.last.year}-Q{(self.last.month - 1) // 3 + 1}" if self.months == 3 else str(self.last.year)


def month_of(day: date, first_day: int = FIRST_DAY) -> Period:
    """Return the administrative month in which that day lies."""
    return _ending(day if first_day == 1 or day.day < first_day else months_later(day.replace(day=1), 1), 1, first_day)


def quarter_of(day: date, first_day: int = FIRST_DAY) -> Period:
    """Return the administrative quarter in which that day lies."""
    return _widened(day, 3, first_day)


def year_of(day: date, first_day: int = FIRST_DAY) -> Period:
    """Return the administrative year in which that day lies."""
    return _widened(day, 12, first_day)


def week_before(day: date) -> Period:
    """Return the week from Monday to Sunday that ended before that day's own."""
    last = day - timedelta(days=day.isoweekday())
    return Period(last - timedelta(days=6), last, 0)


def before(period: Period, first_day: int = FIRST_DAY) -> Period:
    """Return the period of the same length before this one."""
    if period.months == 0:
        return week_before(period.first)
    return _ending(months_later(_month_named(period), -period.months), period.months, first_day)


def period_named(name: str, now: datetime, first_day: int = FIRST_DAY) -> Period | None:
    """Return the period that a button or the command line names; None for a name that is none.

    Names are month, last, quarter, year (as seen from now), 2026-12, 2026-Q4, 2026, and the Sunday with which a week ends.
    """
    today = local_day(now)
    if name == "month":
        return month_of(today, first_day)
    if name == "last":
        return before(month_of(today, first_day), first_day)
    if name in ("quarter", "year"):
        return (quarter_of if name == "quarter" else year_of)(today, first_day)
    found = _NAMED.fullmatch(name)
    if found is None:
        return _week_named(name)
    year = int(found["year"])
    if found["month"]:
        return _ending(date(year, int(found["month"]), 1), 1, first_day)
    return _ending(date(year, int(found["quarter"]) * 3 if found["quarter"] else 12, 1), 3 if found["quarter"] else 12, first_day)


def _week_named(name: str) -> Period | None:
    try:
        last = date.fromisoformat(name)
    except ValueError:
        return None
    return Period(last - timedelta(days=6), last, 0)


def _widened(day: date, months: int, first_day: int) -> Period:
    """Return the period of so many months around that day's administrative month."""
    named = _month_named(month_of(day, first_day))
    return _ending(months_later(named, (months - named.month % months) % months), months, first_day)


def _month_named(period: Period) -> date:
    """Return the first of the calendar month after which a period, or its last month, is named."""
    return period.last.replace(day=1)


def _ending(named: date, months: int, first_day: int) -> Period:
    """Return the period of so many months that is named after, or ends with, this calendar month."""
    month = named.replace(day=1)
    if first_day == 1:
        return Period(months_later(month, 1 - months), months_later(month, 1) - _ONE_DAY, months)
    return Period(months_later(month, -months).replace(day=first_day), month.replace(day=first_day) - _ONE_DAY, months)
