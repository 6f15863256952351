"""Working days and office hours: when the offices of Vietnam's public sector work."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import pairwise

_DAY = dt.timedelta(days=1)
_SATURDAY = 5
_SPAN = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]|24(?=:00)):([0-5]\d)")

Hours = tuple[tuple[int, int], ...]
"""When an office is open on a day: (from, to) in seconds since midnight, in order."""


class DayKind(StrEnum):
    """What a row of the calendar makes of its days."""

    HOLIDAY = "holiday"
    COMP_OFF = "comp_off"  # Rest in place of a holiday that fell on a weekend.
    SWAP_OFF = "swap_off"  # Rest on a weekday for which a Saturday is worked.
    SWAP_WORK = "swap_work"  # That Saturday.
    LOCAL_OFF = "local_off"  # Storm, flood.
    HALF_DAY = "half_day"  # Still a working day, with fewer hours.
    OFFICE_HOURS = "office_hours"  # The ordinary hours of the working days in a span.


class RowStatus(StrEnum):
    """How sure a row of the calendar is; everything but PROPOSED counts. Source: LAW 6.2."""

    CONFIRMED = "confirmed"  # The year's notice is published.
    STATUTORY = "statutory"  # Fixed by the Labour Code.
    ESTIMATE = "estimate"  # The span before the notice.
    PROPOSED = "proposed"  # A swap that was only suggested.


class Scope(StrEnum):
    """Where a row of the calendar counts."""

    NATIONAL = "national"
    PROVINCE = "province"
    UNIT = "unit"  # In an office and in all below it.


_OFF = frozenset({DayKind.HOLIDAY, DayKind.COMP_OFF, DayKind.SWAP_OFF, DayKind.LOCAL_OFF})
_NEARNESS = {Scope.NATIONAL: 0, Scope.PROVINCE: 1, Scope.UNIT: 2}


def hours_of(text: str) -> Hours:
    """Return office hours written as "07:30-11:30 13:30-17:00"; raises ValueError where they are not, or not in order."""
    spans: list[tuple[int, int]] = []
    for word in text.split():
        found = _SPAN.fullmatch(word)
        if found is None:
            raise ValueError(f"Office hours are written 07:30-11:30 13:30-17:00, not {text!r}.")
        first, minutes, last, more = (int(digits) for digits in found.groups())
        spans.append((first * 3600 + minutes * 60, last * 3600 + more * 60))
    edges = [edge for span in spans for edge in span]
    if any(later <= earlier for earlier, later in pairwise(edges)):
        raise ValueError(f"Office hours follow one another and do not overlap, unlike {text!r}.")
    return tuple(spans)


@dataclass(frozen=True, slots=True)
class CalendarRow:
    """One row of `calendar.csv`: what is special about the days from `date` to `date_to` (None: that one day), both included.

    `pair` is the other day of a swap, `source` the notice or act. `place` is the code of the office that a row of scope `unit`
    is about, or of a province; a row of scope `province` without it counts everywhere in this installation. `hours` are written
    as in `hours_of`: those of OFFICE_HOURS, what is left on a HALF_DAY (empty: the morning), those of a SWAP_WORK day where they
    are not the ordinary ones. Kind, status and scope may be given as their plain values. Raises ValueError for a row that
    cannot be.
    """

    date: dt.date
    date_to: dt.date | None = None
    kind: DayKind = DayKind.HOLIDAY
    name: str = ""
    status: RowStatus = RowStatus.CONFIRMED
    scope: Scope = Scope.NATIONAL
    pair: dt.date | None = None
    source: str = ""
    place: str = ""
    hours: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "kind", DayKind(self.kind))
        object.__setattr__(self, "status", RowStatus(self.status))
        object.__setattr__(self, "scope", Scope(self.scope))
        if self.date_to is not None and self.date_to < self.date:
            raise ValueError(f"A row of the calendar ends on {self.date_to}, before it starts on {self.date}.")
        if bool(self.place) != (self.scope is Scope.UNIT) and self.scope is not Scope.PROVINCE:
            raise ValueError(f"The row of {self.date} has the scope {self.scope} and the place {self.place!r}.")
        if not hours_of(self.hours) and self.kind is DayKind.OFFICE_HOURS:
            raise ValueError(f"The office hours from {self.date} on say no hours.")

    @property
    def key(self) -> str:
        """The name of the row: no two rows of a calendar have the same."""
        words = ["hours"] if self.kind is DayKind.OFFICE_HOURS else []
        words.append(self.date.isoformat())
        return " ".join(words if self.scope is Scope.NATIONAL else [*words, self.scope, self.place]).strip()

    @property
    def counts(self) -> bool:
        """Whether the row is more than a proposal."""
        return self.status is not RowStatus.PROPOSED

    def covers(self, day: dt.date) -> bool:
        """Whether the row is about that day."""
        return self.date <= day <= (self.date_to or self.date)

    def days(self) -> list[dt.date]:
        """Return the days of the row, in order."""
        return [self.date + _DAY * n for n in range(((self.date_to or self.date) - self.date).days + 1)]


class CalendarMissing(Exception):
    """The calendar has no row of a year that is needed, so nobody can say which of its days are worked."""

    def __init__(self, year: int, of: str = "row") -> None:
        super().__init__(f"The working-day calendar has no {of} for the year {year}.")
        self.year = year


@dataclass(frozen=True, slots=True)
class Day:
    """What a calendar makes of a day: whether it is worked, by which row (None: as its weekday says), and in which hours.

    `unsure` are the rows about it that are estimates or only proposed.
    """

    worked: bool
    row: CalendarRow | None
    hours: Hours
    unsure: tuple[CalendarRow, ...] = ()


Fill = Callable[[int], Iterable[CalendarRow]]
"""Brings the rows of a year that nobody entered; none where it does not know the year."""


class WorkCalendar:
    """The working days and hours made from rows of `calendar.csv`.

    Monday to Friday are worked unless a row says off; Saturday and Sunday are not, unless it is a swapped working day. Where
    rows disagree, off wins: a storm closes a swapped Saturday as well. Of several office hours those nearest to the place
    count, then those that began last; half days likewise.

    A year is known when a national holiday that counts starts in it. Of a year that is not, `fill` may bring rows; where it
    brings none either, questions about that year raise `CalendarMissing`. Rows for a province or an office count only in the
    calendar `at` that place. Source: Labour Code 45/2019/QH14 art. 111, 112 and the yearly notices (LAW 0.1 C7, 6).
    """

    def __init__(self, rows: Iterable[CalendarRow], fill: Fill | None = None, places: Iterable[str] = ()) -> None:
        self.rows = tuple(rows)
        self._fill = fill
        self._local = frozenset(row.place for row in self.rows if row.place)
        self._elsewhere: dict[frozenset[str], WorkCalendar] = {}
        self._by_day: dict[dt.date, list[CalendarRow]] = {}
        self._days: dict[dt.date, Day] = {}
        # The nearest stands first, so that the first that fits is the right one.
        counting = {"", *places}
        here = [row for row in self.rows if row.scope is Scope.NATIONAL or row.place in counting]
        here.sort(key=lambda row: (_NEARNESS[row.scope], row.date), reverse=True)
        self._hours = [row for row in here if row.kind is DayKind.OFFICE_HOURS and row.counts]
        self._years = {
            row.date.year for row in here if row.kind is DayKind.HOLIDAY and row.counts and row.scope is Scope.NATIONAL
        }
        for row in here:
            if row.kind is not DayKind.OFFICE_HOURS:
                self._put(row)

    def at(self, places: Iterable[str]) -> WorkCalendar:
        """Return the calendar for a place, given the codes of its office, of those above it and of its province."""
        here = self._local.intersection(places)
        if not here:
            return self
        if here not in self._elsewhere:
            self._elsewhere[here] = WorkCalendar(self.rows, self._fill, here)
        return self._elsewhere[here]

    def changed(self, rows: Mapping[str, CalendarRow | None]) -> WorkCalendar:
        """Return this calendar with other rows, by key; None takes a row away."""
        return WorkCalendar([row for row in ({row.key: row for row in self.rows} | dict(rows)).values() if row], self._fill)

    def day(self, day: dt.date) -> Day:
        """Return what the calendar makes of that day; raises `CalendarMissing`."""
        found = self._days.get(day)
        if found is None:
            self._need(day.year)
            found = self._days[day] = self._made(day)
        return found

    def is_working(self, day: dt.date) -> bool:
        """Whether the offices work on that day; raises `CalendarMissing`."""
        return self.day(day).worked

    def why(self, day: dt.date) -> CalendarRow | None:
        """Return the row that makes the day what it is, None for an ordinary weekday or weekend; raises `CalendarMissing`."""
        return self.day(day).row

    def hours(self, day: dt.date) -> Hours:
        """Return when the offices are open on that day, nothing where it is not worked.

        Raises `CalendarMissing`, for a working day without office hours too.
        """
        found = self.day(day)
        if found.worked and not found.hours:
            raise CalendarMissing(day.year, "office hours")
        return found.hours

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

    def _put(self, row: CalendarRow) -> None:
        for day in row.days():
            self._by_day.setdefault(day, []).append(row)

    def _need(self, year: int) -> None:
        if year in self._years:
            return
        rows = tuple(self._fill(year)) if self._fill else ()
        if not rows:
            raise CalendarMissing(year)
        ours = {day for day, known in self._by_day.items() if day.year == year and any(row.counts for row in known)}
        for row in rows:
            for day in row.days():
                if day not in ours:
                    self._put(replace(row, date=day, date_to=None))
        self._years.add(year)

    def _made(self, day: dt.date) -> Day:
        rows = self._by_day.get(day, [])
        unsure = tuple(row for row in rows if row.status in (RowStatus.ESTIMATE, RowStatus.PROPOSED))
        counting = [row for row in rows if row.counts]
        off = next((row for row in counting if row.kind in _OFF), None)
        work = next((row for row in counting if row.kind is DayKind.SWAP_WORK), None)
        if off is not None or (day.weekday() >= _SATURDAY and work is None):
            return Day(False, off, (), unsure)
        ordinary = next((hours_of(row.hours) for row in self._hours if row.covers(day)), ())
        half = next((row for row in counting if row.kind is DayKind.HALF_DAY), None)
        if half is not None:
            return Day(True, half, hours_of(half.hours) or ordinary[:1], unsure)
        return Day(True, work, hours_of(work.hours) or ordinary if work is not None else ordinary, unsure)
