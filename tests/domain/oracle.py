"""A slow and simple second opinion on due dates: days struck out one by one, office hours gone through minute by minute.

It reads the raw rows of a calendar and shares no code with `bot.domain`: where the two differ, one of them is wrong. Run by
itself it draws random cases and compares: `python -m tests.domain.oracle COUNT SEED` prints the number of cases and a digest of
all due dates, which must be the same on every host, whatever its time zone.
"""

from __future__ import annotations

import hashlib
import random
import sys
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta, timezone

from bot.domain.calendar import CalendarRow, WorkCalendar
from bot.domain.deadlines import DeadlineRule, term_of
from bot.domain.working import Extension, Pause, work_out
from bot.rules import calendar_rows
from bot.rules.estimates import estimated_rows

HERE = timezone(timedelta(hours=7))  # Vietnam since 1975.
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
FIRST, LAST = date(2024, 1, 1), date(2037, 12, 31)
Span = tuple[datetime, datetime]


class Oracle:
    """The days and minutes that are worked by these rows, with the holidays of the package in years that have no holiday."""

    def __init__(self, rows: Iterable[CalendarRow]) -> None:
        rows = [row for row in rows if row.status != "proposed" and row.scope == "national"]
        known = {row.date.year for row in rows if row.kind == "holiday"}
        for year in range(FIRST.year, LAST.year + 1):
            if year not in known:
                rows += estimated_rows(year)
        self.said: dict[date, dict[str, CalendarRow]] = {}
        self.hours = [row for row in rows if row.kind == "office_hours"]
        for row in rows:
            day = row.date
            while row.kind != "office_hours" and day <= (row.date_to or row.date):
                self.said.setdefault(day, {})[row.kind.value] = row
                day += DAY
        self.worked: set[date] = set()
        self.minutes: dict[date, list[datetime]] = {}
        day = FIRST
        while day <= LAST:
            said = self.said.get(day, {}).keys()
            weekend = day.isoweekday() in (6, 7)
            if not {"holiday", "comp_off", "swap_off", "local_off"} & said and (not weekend or "swap_work" in said):
                self.worked.add(day)
            day += DAY

    def _open(self, day: date) -> list[datetime]:
        """Return the minutes of a day in which offices are open."""
        if day in self.minutes:
            return self.minutes[day]
        if day not in self.worked:
            return []
        said = self.said.get(day, {})
        ordinary = [row for row in self.hours if row.date <= day <= row.date_to][-1].hours
        own = said[("half_day" if "half_day" in said else "swap_work")].hours if said else ""
        text = own or (ordinary.split()[0] if "half_day" in said else ordinary)
        open_minutes = self.minutes[day] = []
        for span in text.split():
            begin, end = (datetime.fromisoformat(f"{day}T{clock}+07:00") for clock in span.split("-"))
            while begin < end:
                open_minutes.append(begin)
                begin += MINUTE
        return open_minutes

    def due(self, term: str, start: datetime, pauses: list[Span], extensions: list[str]) -> datetime:
        """Return when a term written as in `term_of` is over; `start` and pauses in whole minutes."""
        at, before = start.astimezone(HERE), ""
        waits = waited_days(pauses)
        for number, part in enumerate([term, *extensions]):
            value, unit = int("".join(c for c in part if c.isdigit())), "".join(c for c in part if c.isalpha())
            if unit in ("min", "h"):
                at = self._minutes_on(at, value * (60 if unit == "h" else 1), pauses)
            elif unit == "wh":
                at = self._office_minutes_on(at, value * 60, pauses)
            else:
                if number and not term.endswith("!") and before in ("d", "m") and unit == "wd":
                    at = self._to_worked(at, waits)
                at = self._days_on(at, value, unit, waits)
            before = unit
        if before in ("wd", "d", "m"):
            while (later := self._outlasting(at, waits)) != at:
                at = later
            if before == "wd" or not term.endswith("!"):
                while (later := self._outlasting(self._to_worked(at, waits), waits)) != at:
                    at = later
        return at

    def _days_on(self, at: datetime, value: int, unit: str, waits: set[date]) -> datetime:
        day = at.date()
        if unit == "m":
            there = day.replace(day=1)
            for _month in range(value):
                there = (there + 31 * DAY).replace(day=1)
            same = day.day
            while (there + (same - 1) * DAY).month != there.month:
                same -= 1
            value = ((there + (same - 1) * DAY) - day).days
        while value:
            day += DAY
            if (day in self.worked or unit != "wd") and day not in waits:
                value -= 1
        return last_second(day)

    def _to_worked(self, at: datetime, waits: set[date]) -> datetime:
        day = at.date()
        if day not in self.worked:
            while day not in self.worked or day in waits:
                day += DAY
        return last_second(day)

    def _outlasting(self, at: datetime, waits: set[date]) -> datetime:
        day = at.date()
        while day + DAY in waits:
            day += DAY
        return last_second(day)

    def _minutes_on(self, at: datetime, value: int, pauses: list[Span]) -> datetime:
        while value:
            value -= not is_in(at, pauses)
            at += MINUTE
        return at

    def _office_minutes_on(self, at: datetime, value: int, pauses: list[Span]) -> datetime:
        day = at.date()
        while True:
            for minute in self._open(day):
                if minute >= at and not is_in(minute, pauses):
                    value -= 1
                    if not value:
                        return minute + MINUTE
            day += DAY


def is_in(minute: datetime, pauses: list[Span]) -> bool:
    for since, until in pauses:
        if since <= minute < until:
            return True
    return False


def waited_days(pauses: list[Span]) -> set[date]:
    """Return the days that do not count: all after the one on which a pause begins, up to and with the one on which it ends."""
    waits = set()
    for since, until in pauses:
        day, last = since.astimezone(HERE).date(), until.astimezone(HERE).date()
        while day < last:
            day += DAY
            waits.add(day)
    return waits


def last_second(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 23, 59, 59, tzinfo=HERE)


def drawn_case(draw: random.Random) -> tuple[str, datetime, list[Span], list[str]]:
    """Return a random term, start, pauses and extensions, often near the edges of days, years and holidays."""
    start = datetime(2024, 1, 1, tzinfo=UTC) + draw.randrange(11 * 365 * 24 * 60) * MINUTE
    if draw.random() < 0.3:  # Around New Year, Tết, the spring holidays, the swaps of August and November.
        year = draw.randrange(2024, 2035)
        month, day = draw.choice(
            [(12, 29), (1, 1), (1, 20), (2, 1), (2, 14), (4, 24), (4, 29), (8, 20), (8, 29), (11, 19), (11, 23)]
        )
        start = datetime(year, month, day, tzinfo=UTC) + draw.randrange(7 * 24 * 60) * MINUTE
    if draw.random() < 0.2:  # Both sides of midnight in Vietnam.
        start = start.replace(hour=draw.choice([16, 17]), minute=draw.choice([0, 59]))
    start = start.astimezone(draw.choice([UTC, HERE, timezone(timedelta(hours=-5)), timezone(timedelta(hours=14))]))
    unit = draw.choices(["wd", "d", "d!", "m", "wh", "h", "min"], [50, 15, 8, 5, 15, 4, 3])[0]
    most = {"wd": 20, "d": 60, "d!": 60, "m": 6, "wh": 12, "h": 12, "min": 300}[unit]
    value = draw.randint(1, most)
    term = f"{value}{unit}"
    pauses: list[Span] = []
    cursor = start
    for _pause in range(draw.choices([0, 1, 2], [60, 30, 10])[0]):
        since = cursor + draw.randrange(1, 12 * 24 * 60 if unit != "min" else 600) * MINUTE
        cursor = since + draw.choice([draw.randrange(600), draw.randrange(10 * 24 * 60)]) * MINUTE
        pauses.append((since, cursor))
    extensions: list[str] = []
    if draw.random() < 0.15 and unit in ("wd", "d", "d!", "m"):
        extensions = [draw.choice(["5wd", "1wd", "30d", "2m"]) for _extension in range(draw.choice([1, 1, 2]))]
    return term, start, pauses, extensions


def compare(count: int, seed: int) -> str:
    """Return a digest of the due dates of so many random cases; raises AssertionError where the oracle sees one otherwise."""
    swapped = [
        CalendarRow(date(2026, 11, 23), kind="swap_off"),
        CalendarRow(date(2026, 11, 28), kind="swap_work"),
        CalendarRow(date(2026, 11, 25), kind="half_day"),
        CalendarRow(date(2027, 3, 8), date(2027, 3, 10), kind="local_off"),
        CalendarRow(date(2027, 6, 1), date(2027, 8, 31), kind="office_hours", hours="07:00-11:00 13:00-16:00"),
    ]
    sets = [(WorkCalendar(rows, estimated_rows), Oracle(rows)) for rows in (calendar_rows(), [*calendar_rows(), *swapped])]
    draw = random.Random(seed)
    digest = hashlib.sha256()
    for _case in range(count):
        term, start, pauses, extensions = drawn_case(draw)
        calendar, oracle = draw.choice(sets)
        found = work_out(*known(term, start, calendar, pauses, extensions)).at
        expected = oracle.due(term, start, pauses, extensions)
        assert found == expected, f"{term} from {start}, pauses {pauses}, extensions {extensions}: {found}, not {expected}"
        digest.update(found.astimezone(UTC).isoformat().encode())
    return digest.hexdigest()


def known(
    term: str, start: datetime, calendar: WorkCalendar, pauses: list[Span], extensions: list[str]
) -> tuple[DeadlineRule, datetime, WorkCalendar, list[Pause], list[Extension]]:
    """Return the case as `work_out` takes it."""
    more = [Extension(rule.value, rule.unit) for rule in map(term_of, extensions)]
    return term_of(term), start, calendar, [Pause(*span) for span in pauses], more


if __name__ == "__main__":
    print(sys.argv[1], compare(int(sys.argv[1]), int(sys.argv[2])))
