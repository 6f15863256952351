"""The calendars of offices: each counts its own working days, with its own closures and hours."""

from __future__ import annotations

from datetime import date, datetime

from bot.domain.calendar import WorkCalendar
from bot.domain.deadlines import local_day
from bot.domain.watching import days_left
from bot.usecases.ports import UnitTree, Work
from bot.usecases.terms import places_of


class Calendars:
    """The calendar of every office, looked up once each; made for one turn."""

    def __init__(self, whole: WorkCalendar, units: UnitTree, now: datetime) -> None:
        self.whole = whole
        self._units = units
        self._now = now
        self._of: dict[str, WorkCalendar] = {}
        self._left: dict[tuple[int, datetime], int | None] = {}
        self._by_day: dict[tuple[int, date], int | None] = {}

    @classmethod
    async def of(cls, work: Work) -> Calendars:
        """Return those of this installation as they stand now."""
        return cls(await work.rules.calendar(), work.units, work.now)

    def at(self, unit: str | None) -> WorkCalendar:
        """Return the calendar of an office; without one, that of the whole installation."""
        if not unit:
            return self.whole
        found = self._of.get(unit)
        if found is None:
            found = self._of[unit] = self.whole.at(places_of(self._units, unit))
        return found

    def left(self, due: datetime, unit: str | None) -> int | None:
        """Return the working days of that office from today to the due day, negative when it is past; None: not known."""
        calendar = self.at(unit)
        key = (id(calendar), due)
        if key not in self._left:
            day = (id(calendar), local_day(due))
            if day not in self._by_day:
                self._by_day[day] = days_left(due, self._now, calendar)
            self._left[key] = self._by_day[day]
        return self._left[key]
