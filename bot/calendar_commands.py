"""The commands about the working-day calendar: how a due date is worked out, and changing the calendar itself."""

from __future__ import annotations

import argparse
import csv
import io
from collections.abc import Mapping
from datetime import date, datetime, timedelta

from bot.catalogue import Catalogue
from bot.control import Outcome
from bot.domain.calendar import CalendarMissing, CalendarRow, WorkCalendar
from bot.domain.deadlines import VIETNAM, in_vietnam, local_day, term_of
from bot.domain.working import Extension, Pause, work_out
from bot.imports.holidays import read_holidays
from bot.program import Library, Program
from bot.rules import calendar_rows
from bot.rules.estimates import estimated_rows
from bot.usecases.recomputing import Moves
from bot.usecases.terms import places_of
from handlers.working import reasons

_CODES = 20
# Labour Code 45/2019/QH14 art. 112: eleven days a year, twelve from 2026 on.
_DAYS_OFF = 11


async def due(program: Library | None, asked: argparse.Namespace) -> Outcome:
    """Print a due date and, day by day, how it was worked out; without a database, by the rows that this release ships."""
    if program is None:
        calendar = WorkCalendar(calendar_rows(), estimated_rows)
    else:
        calendar = await program.rules.calendar()
    if asked.unit:
        if program is None or program.tree.get(asked.unit) is None:
            return Outcome(f"There is no office with the code {asked.unit!r}. Find it with: find-unit NAME", 1)
        calendar = calendar.at(places_of(program.tree, asked.unit))
    try:
        pauses = [_pause(text) for text in asked.pause]
        extensions = [Extension(rule.value, rule.unit) for rule in map(term_of, asked.extend)]
        found = work_out(term_of(asked.term), _instant(asked.start), calendar, pauses, extensions)
    except (ValueError, OverflowError) as error:
        return Outcome(str(error), 1)
    except CalendarMissing as missing:
        return Outcome(f"{missing} Enter it with: import-holidays FILE", 1)
    english = Catalogue().translator("en")
    lines = [f"{line.day} {line.day:%a}  {english(words)}" for line, words in zip(found.days, reasons(found), strict=True)]
    return Outcome("\n".join([found.at.isoformat(), *lines]))


def _instant(text: str) -> datetime:
    """Return an instant written 2026-11-20T16:00, in Vietnam's time where it names no other; raises ValueError."""
    try:
        read = datetime.fromisoformat(text.strip())
        return in_vietnam(read if read.tzinfo else read.replace(tzinfo=VIETNAM))
    except (ValueError, OverflowError):
        raise ValueError(f"An instant is written like 2026-11-20T16:00+07:00, not {text!r}.") from None


def _pause(text: str) -> Pause:
    since, slash, until = text.partition("/")
    if not slash:
        raise ValueError(f"A pause is written SINCE/UNTIL, two instants, not {text!r}.")
    return Pause(_instant(since), _instant(until))


async def import_holidays(program: Program, asked: argparse.Namespace, files: Mapping[str, bytes]) -> Outcome:
    """Change rows of the calendar from a sheet, or bring the former ones back, and move the dates of open cases."""
    if bool(asked.file) == asked.undo:
        return Outcome("Say one of: a file, --undo.", 2)
    calendar = await program.rules.calendar()
    known = {row.key: row for row in calendar.rows}
    rows: dict[str, CalendarRow | None]
    if asked.undo:
        former = await program.former_calendar()
        rows = {key: row for key, row in former.items() if known.get(key) != row}
        counted = f"{len(rows)} rows brought back"
    else:
        offices = {unit.code for unit in program.tree.all()}
        read = read_holidays(files[asked.file], asked.file, known, offices, local_day(program.clock()))
        if read.problems:
            sentences = [problem.sentence() for problem in read.problems]
            return Outcome("\n".join([*sentences, f"Nothing was changed: {len(sentences)} problems in {asked.file}."]), 1)
        rows = {**read.added, **read.changed}
        counted = f"{len(read.added)} rows added, {len(read.changed)} changed, {len(read.unchanged)} left as they are"
    if not rows:
        return Outcome(f"{counted}." if asked.file else "There is no change of the calendar to undo.", 0 if asked.file else 1)
    moves = await (program.foresee_moves(rows) if asked.dry_run else program.save_calendar(rows))
    lines = [f"{counted}, if this were not a dry run." if asked.dry_run else f"{counted}.", _told(moves, asked.dry_run)]
    lines += _scarce(calendar.changed(rows), {row.date.year for row in rows.values() if row is not None})
    return Outcome("\n".join(lines), 0, {asked.list: _sheet(moves)} if asked.list else None)


def _told(moves: Moves, dry_run: bool) -> str:
    """Return in a sentence or two what became of the open cases."""
    cases, would = len({move.case for move in moves.moved}), "would move" if dry_run else "moved"
    said = f"{moves.looked_at} open cases: {len(moves.moved)} dates of {cases} cases {would}."
    if moves.kept:
        codes = sorted({move.case for move in moves.kept})
        named = ", ".join(codes[:_CODES]) + (" ..." if len(codes) > _CODES else "")
        said += f" {len(moves.kept)} dates stay, as they were missed or would be at once: {named}."
    return said


def _scarce(calendar: WorkCalendar, years: set[int]) -> list[str]:
    """Return a warning for each year that has rows, but fewer days off than the law gives."""
    lines = []
    for year in sorted(years):
        days = [date(year, 1, 1) + timedelta(days=n) for n in range(365)]
        off = sum(calendar.why(day) is not None and not calendar.is_working(day) for day in days)
        if off < _DAYS_OFF:
            lines.append(f"{year} has only {off} days off, and a year that has rows is not estimated. Enter the others too.")
    return lines


def _sheet(moves: Moves) -> bytes:
    """Return every date that moved or stayed, as CSV."""
    out = io.StringIO()
    sheet = csv.writer(out)
    sheet.writerow(["case", "clock", "old", "new", "moved"])
    for move in moves.all:
        old = in_vietnam(move.old).isoformat() if move.old else ""
        sheet.writerow([move.case, move.clock, old, in_vietnam(move.new).isoformat(), "no" if move.kept else "yes"])
    return out.getvalue().encode("utf-8-sig")
