"""The commands about the working-day calendar: how a due date is worked out."""

from __future__ import annotations

import argparse
from datetime import datetime

from bot.catalogue import Catalogue
from bot.control import Outcome
from bot.domain.calendar import CalendarMissing, WorkCalendar
from bot.domain.deadlines import VIETNAM, in_vietnam, term_of
from bot.domain.working import Extension, Pause, work_out
from bot.program import Library
from bot.rules import calendar_rows
from bot.rules.estimates import estimated_rows
from bot.usecases.terms import places_of
from handlers.working import reasons


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
