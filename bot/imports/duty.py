"""Reading a duty roster from a sheet: all or nothing, a report of every bad value (LAW 6.1)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from bot import rules
from bot.domain.deadlines import VIETNAM, in_vietnam
from bot.domain.folding import fold
from bot.domain.people import Staff
from bot.domain.units import Unit
from bot.imports.tables import Line, Problem, day_of, read_sheet

MOST_DAYS = 31
_HOUR = re.compile(r"(\d{1,2})(?::|h|g)(\d{2})?")


@dataclass(frozen=True, slots=True)
class OnDuty:
    """Somebody, as the number of a member of staff, on duty for an office from an instant to another."""

    unit: str
    staff: int
    from_at: datetime
    to_at: datetime


@dataclass(frozen=True, slots=True)
class DutyImport:
    """What a sheet says. With any problem nothing is to be done: then `duties` is empty."""

    duties: tuple[OnDuty, ...] = ()
    problems: tuple[Problem, ...] = ()


def read_duty(data: bytes, filename: str, units: Mapping[str, Unit], staff: Sequence[Staff]) -> DutyImport:
    """Return the roster on a CSV or XLSX sheet, or every problem in it.

    The columns are unit (code or exact name), person (badge or name of somebody who has joined), from and to, each a day with or
    without an hour, in Vietnam's time: a first day without one begins at midnight, a last one without one ends with its day.
    Raises Refusal where the file as a whole cannot be read.
    """
    sheet = read_sheet(data, filename, rules.import_columns("duty"), ("unit", "person", "from", "to"))
    problems = [*sheet.problems]
    made: dict[OnDuty, int] = {}
    for line in sheet.lines:
        duty, wrong = _duty(line, units, staff)
        problems += wrong
        if duty is not None and made.setdefault(duty, line.number) != line.number:
            problems.append(_problem(line, "person", f"stands in line {made[duty]} already, for the same time. Take one out."))
    if not problems and not made:
        problems.append(Problem(1, "unit", "", "has no line below it. Write one line for each person and time."))
    return DutyImport(() if problems else tuple(made), tuple(problems))


def _duty(line: Line, units: Mapping[str, Unit], staff: Sequence[Staff]) -> tuple[OnDuty | None, list[Problem]]:
    problems: list[Problem] = []
    unit = _unit(line.values["unit"], units)
    if unit is None:
        problems.append(_problem(line, "unit", "is no known office. Give its code (find-unit NAME shows it) or its exact name."))
    person, advice = _person(line.values["person"], unit, staff)
    if advice:
        problems.append(_problem(line, "person", advice))
    first, last = _instant(line.values["from"], starts=True), _instant(line.values["to"], starts=False)
    for column, instant in (("from", first), ("to", last)):
        if instant is None:
            problems.append(_problem(line, column, "is no day or instant. Write it like 24/11/2026 17:00 or 2026-11-24."))
    if first and last and not first < last <= first + timedelta(days=MOST_DAYS):
        problems.append(_problem(line, "to", f"is not after the beginning, or more than {MOST_DAYS} days later. Correct it."))
    if problems or unit is None or person is None or first is None or last is None:
        return None, problems
    return OnDuty(unit, person, first, last), []


def _unit(words: str, units: Mapping[str, Unit]) -> str | None:
    for code in (words, f"0{words}"):
        if code in units:
            return code
    named = [unit.code for unit in units.values() if unit.name.casefold() == words.casefold()]
    return named[0] if len(named) == 1 else None


def _person(words: str, unit: str | None, staff: Sequence[Staff]) -> tuple[int | None, str]:
    """Return the number of the person with this badge or name, those of the office first; or what is wrong."""
    found = [one for one in staff if one.badge and one.badge.casefold() == words.casefold()]
    found = found or [one for one in staff if fold(one.name) == fold(words)]
    here = [one for one in found if any(place.unit == unit for place in one.appointments)]
    found = here or found
    if not found:
        return None, "is nobody who has joined. Give the badge or the name as `staff` lists it."
    if len(found) > 1:
        return None, "is the name of several people. Give the badge."
    return found[0].id, ""


def _instant(text: str, starts: bool) -> datetime | None:
    """Return the instant that is written; of a day without an hour its first one, or with `starts` false its end."""
    words = text.replace("T", " ").split()
    day = day_of(words[0]) if words else None
    if day is None or len(words) > 2:
        return None
    if len(words) == 1:
        return in_vietnam(datetime.combine(day, time(), VIETNAM) + timedelta(days=0 if starts else 1))
    found = _HOUR.fullmatch(words[1][:5] if words[1].count(":") == 2 else words[1])
    hour, minute = (int(found[1]), int(found[2] or 0)) if found else (24, 0)
    if (hour, minute) == (24, 0) and found:
        return datetime.combine(day + timedelta(days=1), time(), VIETNAM)
    return datetime.combine(day, time(hour, minute), VIETNAM) if hour < 24 and minute < 60 else None


def _problem(line: Line, column: str, advice: str) -> Problem:
    return Problem(line.number, column, line.values.get(column, ""), advice)
