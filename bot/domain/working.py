"""How a due date is worked out: one pure function from start, rule, calendar, pauses and extensions to the instant, day by day.

Source: Civil Code 91/2015/QH13 art. 147-148, LAW 0.1 C1 to C10.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import Enum
from typing import NamedTuple

from bot.domain.calendar import CalendarMissing, CalendarRow, Day, WorkCalendar
from bot.domain.deadlines import VIETNAM, DeadlineRule, TermUnit, end_of_day, in_vietnam, months_later

_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)
_WHOLE_DAY = ((0, 86_400),)
_SECONDS = {TermUnit.MINUTES: 60, TermUnit.HOURS: 3600, TermUnit.WORKING_HOURS: 3600}
_CALENDAR = frozenset({TermUnit.CALENDAR_DAYS, TermUnit.MONTHS})


@dataclass(frozen=True, slots=True)
class Pause:
    """A time that does not count, from `since` up to `until`, such as waiting for the citizen.

    Raises ValueError where it ends before it begins. A term in hours is lengthened by exactly what of it was paused. In a term
    in days the day on which the pause begins counts and the day on which it ends does not, as with every term (C1), so that as
    many days are left after it as before.
    """

    since: datetime
    until: datetime

    def __post_init__(self) -> None:
        if self.until < self.since:
            raise ValueError(f"A pause ends at {self.until}, before it begins at {self.since}.")


@dataclass(frozen=True, slots=True)
class Extension:
    """More time, granted before the term was over; `source` is the decision or article. Raises ValueError for a value below one.

    In calendar days or months it runs on from the last day of a term in such, before that was moved to a working day; else
    from the due day.
    """

    value: int
    unit: TermUnit = TermUnit.WORKING_DAYS
    source: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "unit", TermUnit(self.unit))
        if self.value < 1:
            raise ValueError(f"An extension has the value {self.value}; it must be at least 1.")


class Why(Enum):
    """Why a day counts or does not."""

    START = "start"  # The day on which it began: day zero (C1).
    COUNTED = "counted"
    REST = "rest"  # Saturday or Sunday.
    OFF = "off"  # The row says why.
    PAUSED = "paused"
    CLOSED = "closed"  # A working day, but none of its hours.
    MOVED = "moved"  # The working day to which an end on a day off is moved (C5).


class DayLine(NamedTuple):
    """What a day did: `counted` of its units (days, or seconds of hours), `total` of this part of the term so far.

    `part` is 0 for the term itself, then counts the extensions. `row` is the calendar's, where it has one for the day.
    """

    day: date
    why: Why
    counted: int
    total: int
    part: int
    row: CalendarRow | None


@dataclass(frozen=True, slots=True)
class Due:
    """A due date that shows its working: the last instant that is on time, in Vietnam's time, and every day on the way.

    `units` say what the term and each of its extensions are counted in, by the `part` of a day. `warnings` are the rows that it
    crosses and that are not sure: estimates, which count, and proposals, which do not.
    """

    at: datetime
    days: tuple[DayLine, ...]
    units: tuple[TermUnit, ...]
    warnings: tuple[CalendarRow, ...]


def work_out(
    rule: DeadlineRule,
    start: datetime,
    calendar: WorkCalendar,
    pauses: Sequence[Pause] = (),
    extensions: Sequence[Extension] = (),
) -> Due:
    """Return the last instant at which a reply is still on time, aware, in Vietnam's time, in whole seconds, with its working.

    The day of the start is day zero (C1); a term in days or months ends at 23:59:59 of its last day (C3), months on the day of
    the same number (C4). If the rule rolls, a term in calendar days or months that ends on a day off ends on the next working
    day (C5). A term in hours runs from the moment itself (C2), through nights and holidays, in working hours only while offices
    are open. Pauses that begin before the term is over lengthen it; those that touch count as one.

    Raises CalendarMissing when the calendar knows nothing of a year that is needed, ValueError for a `start` without time zone.
    """
    walk = _Walk(in_vietnam(start).replace(microsecond=0), calendar, pauses)
    if rule.receipt_rollover and rule.unit not in _SECONDS:
        walk.receive()
    unit = rule.unit
    walk.run(rule.value, unit)
    for extension in extensions:
        if rule.rolls and unit in _CALENDAR and extension.unit not in _CALENDAR:
            walk.roll()
        unit = extension.unit
        walk.part += 1
        walk.run(extension.value, unit)
    if unit not in _SECONDS:
        walk.finish(rolls=rule.rolls or unit is TermUnit.WORKING_DAYS)
    units = (rule.unit, *(extension.unit for extension in extensions))
    return Due(walk.at, tuple(walk.lines), units, tuple(walk.unsure))


def due_at(rule: DeadlineRule, received_at: datetime, calendar: WorkCalendar) -> datetime:
    """Return the last instant at which a reply is still on time, without its working; see `work_out`."""
    return work_out(rule, received_at, calendar).at


class _Walk:
    """Goes through the days of a term; `at` is where it ends so far."""

    def __init__(self, start: datetime, calendar: WorkCalendar, pauses: Sequence[Pause]) -> None:
        self.at = start
        self.part = 0
        self.lines: list[DayLine] = []
        self.unsure: dict[CalendarRow, None] = {}
        self._calendar = calendar
        self._pauses = [(in_vietnam(p.since).replace(microsecond=0), in_vietnam(p.until).replace(microsecond=0)) for p in pauses]
        self._paused_days = [(since.date(), until.date()) for since, until in self._pauses]

    def receive(self) -> None:
        """Move a receipt after office hours or on a day off to the next working day (C9, where the province says so)."""
        day = self.at.date()
        hours = self._calendar.hours(day)
        if hours and _seconds(self.at.time()) < hours[-1][1]:
            return
        self._line(day, Why.CLOSED if hours else Why.START, 0, 0, None)
        while not self._fact(day := day + _DAY).worked:
            self._rest(day, 0)
        self.at = datetime.combine(day, time(), VIETNAM)

    def run(self, value: int, unit: TermUnit) -> None:
        """Go on for so much more."""
        if unit in _SECONDS:
            self._run_hours(value * _SECONDS[unit], working=unit is TermUnit.WORKING_HOURS)
            return
        day = self.at.date()
        if not self.part:
            self._line(day, Why.START, 0, 0, None)
        if unit is TermUnit.MONTHS:
            value = (months_later(day, value) - day).days
        working = unit is TermUnit.WORKING_DAYS
        total = 0
        while total < value:
            day += _DAY
            fact = self._fact(day, needed=working)
            if working and not fact.worked:
                self._rest(day, total)
            elif self._is_paused(day):
                self._line(day, Why.PAUSED, 0, total, fact.row)
            else:
                total += 1
                self._line(day, Why.COUNTED, 1, total, fact.row)
        self.at = end_of_day(day)

    def roll(self) -> bool:
        """Move an end on a day off to the next working day that is not paused; tell whether it was one."""
        day = self.at.date()
        if self._calendar.is_working(day):
            return False
        while True:
            day += _DAY
            if not self._fact(day).worked:
                self._rest(day, 0)
            elif self._is_paused(day):
                self._line(day, Why.PAUSED, 0, 0, self._fact(day).row)
            else:
                self._line(day, Why.MOVED, 0, 0, self._fact(day).row)
                self.at = end_of_day(day)
                return True

    def finish(self, rolls: bool) -> None:
        """Take in a pause that began before the end and lasts beyond it, and move an end on a day off."""
        while self._outlast() or (rolls and self.roll()):
            pass

    def _outlast(self) -> bool:
        day = self.at.date()
        while self._is_paused(day + _DAY):
            day += _DAY
            self._line(day, Why.PAUSED, 0, 0, self._fact(day, needed=False).row)
        moved = day != self.at.date()
        self.at = end_of_day(day)
        return moved

    def _run_hours(self, left: int, working: bool) -> None:
        day, total = self.at.date(), 0
        begins = _seconds(self.at.time())
        while True:
            fact = self._fact(day, needed=working)
            hours = self._calendar.hours(day) if working else _WHOLE_DAY
            counted = 0
            for first, last in self._unpaused(day, hours, begins):
                taken = min(left - counted, last - first)
                counted += taken
                if counted == left:
                    self._line(day, Why.COUNTED, counted, total + counted, fact.row)
                    self.at = datetime.combine(day, time(), VIETNAM) + timedelta(seconds=first + taken)
                    return
            left, total = left - counted, total + counted
            if counted:
                self._line(day, Why.COUNTED, counted, total, fact.row)
            elif not hours:
                self._rest(day, total)
            else:
                why = Why.CLOSED if self._unpaused(day, hours, 0) else Why.PAUSED
                self._line(day, why, 0, total, fact.row)
            day, begins = day + _DAY, 0

    def _unpaused(self, day: date, hours: Sequence[tuple[int, int]], begins: int) -> list[tuple[int, int]]:
        """Return what is left of the hours of a day from `begins` on, without the pauses."""
        spans = [(max(first, begins), last) for first, last in hours if last > begins]
        if self._pauses:
            midnight = datetime.combine(day, time(), VIETNAM)
            for since, until in self._pauses:
                first, last = (since - midnight) // _SECOND, (until - midnight) // _SECOND
                spans = [piece for a, b in spans for piece in ((a, min(b, first)), (max(a, last), b)) if piece[0] < piece[1]]
        return spans

    def _is_paused(self, day: date) -> bool:
        return any(since < day <= until for since, until in self._paused_days)

    def _fact(self, day: date, needed: bool = True) -> Day:
        """Return what the calendar makes of a day; where that does not matter to the date, a missing year is let pass."""
        try:
            fact = self._calendar.day(day)
        except CalendarMissing:
            if needed:
                raise
            return _UNKNOWN
        for row in fact.unsure:
            self.unsure.setdefault(row)
        return fact

    def _rest(self, day: date, total: int) -> None:
        row = self._calendar.day(day).row
        self._line(day, Why.OFF if row else Why.REST, 0, total, row)

    def _line(self, day: date, why: Why, counted: int, total: int, row: CalendarRow | None) -> None:
        self.lines.append(DayLine(day, why, counted, total, self.part, row))


_UNKNOWN = Day(True, None, ())


def _seconds(clock: time) -> int:
    return clock.hour * 3600 + clock.minute * 60 + clock.second
