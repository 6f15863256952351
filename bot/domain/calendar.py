"""Working days: which days the offices of Vietnam's public sector work."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

_DAY = dt.timedelta(days=1)
_SATURDAY = 5


class DayKind(StrEnum):
    """What a row of the calendar makes of its days."""

    HOLIDAY = "holiday"
    COMP_OFF = "comp_off"  # Rest in place of a holiday that fell on a weekend.
    SWAP_OFF = "swap_off"  # Rest on a weekday for which a Saturday is worked.
    SWAP_WORK = "swap_work"  # That Saturday.
    LOCAL_OFF = "local_off"  # Storm, flood.
    HALF_DAY = "half_day"  # Still a working day.


class RowStatus(StrEnum):
    """How sure a row of the calendar is; everything but PROPOSED counts. Source: LAW 6.2."""

    CONFIRMED = "confirmed"  # The year's notice is published.
    STATUTORY = "statutory"  # Fixed by the Labour Code.
    ESTIMATE = "estimate"  # The span before the notice.
    PROPOSED = "proposed"  # A swap that was only suggested.


NATIONAL = "national"
_OFF = frozenset({DayKind.HOLIDAY, DayKind.COMP_OFF, DayKind.SWAP_OFF, DayKind.LOCAL_OFF})


@dataclass(frozen=True, slots=True)
class CalendarRow:
    """One row of `calendar.csv`: what is special about the days from `date` to `date_to` (None: that one day), both included.

    `scope` is `national`, `province` or `unit`; `pair` the other day of a swap; `source` the notice or act. `kind` and
    `status` may be given as their plain values. Raises ValueError for another kind or status, or an end before its start.
    """

    date: dt.date
    date_to: dt.date | None = None
    kind: DayKind = DayKind.HOLIDAY
    name: str = ""
    status: RowStatus = RowStatus.CONFIRMED
    scope: str = NATIONAL
    pair: dt.date | None = None
    source: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "kind", DayKind(self.kind))
        object.__setattr__(self, "status", RowStatus(self.status))
        if self.date_to is not None and self.date_to < self.date:
            raise ValueError(f"A row of the calendar ends on {self.date_to}, before it starts on {self.date}.")

    def days(self) -> list[dt.date]:
        """Return the days of the row, in order."""
        return [self.date + _DAY * n for n in range(((self.date_to or self.date) - self.date).days + 1)]


class CalendarMissing(Exception):
    """The calendar has no row of a year that is needed, so nobody can say which of its days are worked."""

    def __init__(self, year: int) -> None:
        super().__init__(f"The working-day calendar has no row for the year {year}.")
        self.year = year


class WorkCalendar:
    """The working days made from rows of `calendar.csv`.

    Monday to Friday are worked unless a row says off; Saturday and Sunday are not, unless it is a swapped working day. Where
    rows disagree, off wins: a storm closes a swapped Saturday as well. Only national rows count so far. A year is known when
    a row that counts starts in it. Source: Labour Code 45/2019/QH14 art. 111, 112 and the yearly notices (LAW 0.1 C7, 6).
    """

    def __init__(self, rows: Iterable[CalendarRow]) -> None:
        self.rows = tuple(rows)
        self._off: dict[dt.date, CalendarRow] = {}
        self._work: dict[dt.date, CalendarRow] = {}
        self._years: set[int] = set()
        for row in self.rows:
            if row.status is RowStatus.PROPOSED or row.scope != NATIONAL:
                continue
            self._years.add(row.date.year)
            special = self._off if row.kind in _OFF else self._work if row.kind is DayKind.SWAP_WORK else None
            if special is not None:
                for day in row.days():
                    special.setdefault(day, row)

    def is_working(self, day: dt.date) -> bool:
        """Whether the offices work on that day; raises `CalendarMissing`."""
        if day.year not in self._years:
            raise CalendarMissing(day.year)
        return day not in self._off and (day.weekday() < _SATURDAY or day in self._work)

    def why(self, day: dt.date) -> CalendarRow | None:
        """Return the row that makes the day what it is, None for an ordinary weekday or weekend; raises `CalendarMissing`."""
        if day.year not in self._years:
            raise CalendarMissing(day.year)
        return self._off.get(day) or self._work.get(day)

    def working_days_between(self, start: dt.date, end: dt.date) -> int:
        """Return how many working days come after `start` up to and with `end`, negative when `end` is earlier.

        Raises `CalendarMissing` for a year of the days counted.
        """
        if end < start:
            return -self.working_days_between(end, start)
        return sum(self.is_working(start + _DAY * n) for n in range(1, (end - start).days + 1))

    def add_working_days(self, day: dt.date, count: int) -> dt.date:
        """Return the `count`-th working day after `day`, which is day zero; before it, when `count` is negative.

        Zero gives `day` itself, worked or not. Raises `CalendarMissing` for a year of the days passed.
        """
        step = _DAY if count > 0 else -_DAY
        for _nth in range(abs(count)):
            day += step
            while not self.is_working(day):
                day += step
        return day

    def working_day_from(self, day: dt.date) -> dt.date:
        """Return `day` if it is worked, else the next day that is; raises `CalendarMissing`."""
        while not self.is_working(day):
            day += _DAY
        return day
