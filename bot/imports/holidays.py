"""Reading days off, working Saturdays, closures and office hours from a sheet: all or nothing, a report of every bad value."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from bot import rules
from bot.domain.calendar import CalendarRow, DayKind, RowStatus, Scope, hours_of
from bot.domain.folding import fold
from bot.imports.tables import Line, Problem, day_of, read_sheet

YEARS_BACK, YEARS_AHEAD = 3, 10
MOST_DAYS = 60
LETTERS = 200
_SATURDAY = 5
_SWAPS = {DayKind.SWAP_OFF: DayKind.SWAP_WORK, DayKind.SWAP_WORK: DayKind.SWAP_OFF}
_WITH_HOURS = (DayKind.OFFICE_HOURS, DayKind.HALF_DAY, DayKind.SWAP_WORK)


@dataclass(frozen=True, slots=True)
class HolidayImport:
    """What a sheet would do to the calendar, by the keys of its rows. With any problem nothing is done and all are empty."""

    added: Mapping[str, CalendarRow] = field(default_factory=dict)
    changed: Mapping[str, CalendarRow] = field(default_factory=dict)
    unchanged: Mapping[str, CalendarRow] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()


def read_holidays(
    data: bytes, filename: str, known: Mapping[str, CalendarRow], offices: Container[str], today: date
) -> HolidayImport:
    """Return which rows of the calendar a CSV or XLSX sheet adds and changes, or every problem in it.

    The sheet has the columns date, kind, name and source, and may have date_to, status (empty: confirmed), scope and place
    (empty: the whole country), pair and hours; Vietnamese heads and words are understood. One day of a swap is enough: the other,
    named by `pair`, is made from it. `known` is the calendar in force by key, `offices` the codes of the offices. A row is taken
    back by giving it the status proposed. Raises Refusal where the file as a whole cannot be read.
    """
    sheet = read_sheet(data, filename, rules.import_columns("holidays"), ("date", "kind", "name", "source"))
    reading = _Reading(offices, today)
    problems = [*sheet.problems]
    for line in sheet.lines:
        problems += reading.read(line)
    problems += reading.pairs()
    if not problems and not reading.made:
        problems.append(Problem(1, "date", "", "has no line below it. Write one line for each day or span of days."))
    if problems:
        return HolidayImport(problems=tuple(sorted(problems, key=lambda problem: problem.line)))
    made = reading.made
    return HolidayImport(
        {key: row for key, row in made.items() if key not in known},
        {key: row for key, row in made.items() if key in known and known[key] != row},
        {key: row for key, row in made.items() if known.get(key) == row},
    )


class _Reading:
    """The rows of one sheet while it is read: first each line by itself, then the two days of every swap."""

    def __init__(self, offices: Container[str], today: date) -> None:
        self.made: dict[str, CalendarRow] = {}
        self._lines: dict[str, Line] = {}
        self._offices = offices
        self._first, self._last = date(today.year - YEARS_BACK, 1, 1), date(today.year + YEARS_AHEAD, 12, 31)
        self._words = rules.calendar_words()

    def read(self, line: Line) -> Iterator[Problem]:
        """Read one line without looking at others; yields its problems."""
        problems: list[Problem] = []
        day, until, pair = (self._day(line, column, problems) for column in ("date", "date_to", "pair"))
        kind = self._code(line, "kind", problems)
        status = self._code(line, "status", problems, RowStatus.CONFIRMED)
        scope, place = self._where(line, problems)
        name, source, hours = (line.values.get(column, "") for column in ("name", "source", "hours"))
        problems += [_problem(line, column, advice) for column, advice in _wrong_words(line)]
        if day is not None and kind:
            problems += [_problem(line, *found) for found in _wrong_days(DayKind(kind), day, until, pair, hours)]
        yield from problems
        if problems or day is None:
            return
        row = CalendarRow(
            day, until, DayKind(kind), name, RowStatus(status), Scope(scope), pair, source, place, hours
        )  # fmt: skip
        if row.key in self._lines:
            yield _problem(line, "date", f"stands in line {self._lines[row.key].number} already. Take one out.")
            return
        self.made[row.key], self._lines[row.key] = row, line

    def pairs(self) -> Iterator[Problem]:
        """Tie the two days of each swap together, making the one that the sheet leaves out; yields what does not fit."""
        for key, row in list(self.made.items()):
            if row.kind not in _SWAPS or row.pair is None:
                continue
            other = replace(row, date=row.pair, kind=_SWAPS[row.kind], pair=row.date, hours="")
            written = self.made.setdefault(other.key, other)
            if (written.kind, written.pair) != (other.kind, other.pair):
                advice = f"is in line {self._lines[other.key].number} not the other day of this swap. Both name each other."
                yield _problem(self._lines[key], "pair", advice)

    def _day(self, line: Line, column: str, problems: list[Problem]) -> date | None:
        text = line.values.get(column, "")
        if not text and column != "date":
            return None
        day = day_of(text)
        if day is None:
            problems.append(_problem(line, column, "is no day. Write it like 24/11/2026 or 2026-11-24."))
        elif not self._first <= day <= self._last and column != "date_to":
            problems.append(_problem(line, column, f"is outside {self._first.year} to {self._last.year}. Correct the year."))
            return None
        return day

    def _code(self, line: Line, column: str, problems: list[Problem], default: str = "") -> str:
        text = line.values.get(column, "")
        if not text and default:
            return default
        code = self._words.get((column, fold(text)), "")
        if not code:
            known = dict.fromkeys(code for (of, _word), code in self._words.items() if of == column)
            problems.append(_problem(line, column, "is not known. Use one of: " + ", ".join(known) + "."))
        return code

    def _where(self, line: Line, problems: list[Problem]) -> tuple[str, str]:
        place = line.values.get("place", "")
        dropped = place and place not in self._offices and f"0{place}" in self._offices  # A spreadsheet drops the zero.
        code = f"0{place}" if dropped else place
        default = Scope.NATIONAL if not place else Scope.PROVINCE if code in rules.provinces() else Scope.UNIT
        scope = self._code(line, "scope", problems, default)
        if scope == Scope.UNIT and code not in self._offices:
            problems.append(_problem(line, "place", "is no code of an office. find-unit NAME shows it."))
        elif scope == Scope.PROVINCE and code and code not in rules.provinces():
            problems.append(_problem(line, "place", "is no code of a province. Leave it empty for your own."))
        elif scope == Scope.NATIONAL and code:
            problems.append(
                _problem(line, "place", "stands beside a row for the whole country. Take it out, or change the scope.")
            )
        return scope, code


def _wrong_words(line: Line) -> Iterator[tuple[str, str]]:
    for column in ("name", "source"):
        text = line.values.get(column, "")
        if not any(letter.isalnum() for letter in text) or len(text) > LETTERS:
            what = "what day it is" if column == "name" else "which act, notice or decision it comes from"
            yield column, f"must say in up to {LETTERS} letters {what}; people read it beside their due date."


def _wrong_days(kind: DayKind, day: date, until: date | None, pair: date | None, hours: str) -> Iterator[tuple[str, str]]:
    """Go through what does not fit a kind of row, as (column, advice)."""
    if until is not None and until < day:
        yield "date_to", f"is before {day:%d/%m/%Y}. Correct one of them."
    if kind is DayKind.OFFICE_HOURS and until is None:
        yield "date_to", "is needed: say up to which day these hours are kept."
    if kind is not DayKind.OFFICE_HOURS and until is not None and (until - day).days >= MOST_DAYS:
        yield "date_to", f"makes a span of {MOST_DAYS} days or more. Correct it."
    if kind in _SWAPS:
        if until is not None:
            yield "date_to", "does not fit a swap, which is one day for one other. Write a line for each."
        if pair is None:
            yield "pair", "is needed: the day with which this one is swapped."
        for one, of in ((day, kind), (pair, _SWAPS[kind])):
            if one is not None and (one.weekday() >= _SATURDAY) != (of is DayKind.SWAP_WORK):
                column = "date" if one is day else "pair"
                yield column, "is not right: a working weekday is taken off and a Saturday or Sunday is worked for it."
    elif pair is not None:
        yield "pair", "belongs to a swap only. Take it out, or correct the kind."
    if hours and kind not in _WITH_HOURS:
        yield "hours", "belong to office_hours, half_day and swap_work only. Take them out, or correct the kind."
    if kind is DayKind.OFFICE_HOURS and not hours:
        yield "hours", "are needed, like 07:30-11:30 13:30-17:00."
    try:
        hours_of(hours)
    except ValueError:
        yield "hours", "are not right. Write them like 07:30-11:30 13:30-17:00."


def _problem(line: Line, column: str, advice: str) -> Problem:
    return Problem(line.number, column, line.values.get(column, ""), advice)
