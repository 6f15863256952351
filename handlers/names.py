"""What offices, dates and rows of the rules are called, for every reader."""

from __future__ import annotations

from datetime import datetime

from bot.domain.calendar import CalendarMissing, WorkCalendar
from bot.domain.cases import Case
from bot.domain.deadlines import Standing, as_shown, ends_with_its_day, in_vietnam, standing_on, working_days_left
from bot.text import Text, _, as_is, in_rules, joined, ngettext
from bot.usecases.ports import Work
from bot.usecases.terms import calendar_at


def rule_name(work: Work, table: str, code: str) -> Text:
    """Return the name of a row of the rules in force; the code itself where they no longer know it."""
    row = work.rules.rows(table).get(code)
    return in_rules(row["en"], row["vi"]) if row else as_is(code)


def rule_names(work: Work, table: str, codes: str) -> Text:
    """Return the names of several rows, by their codes with commas between them."""
    return joined(*[rule_name(work, table, code) for code in codes.split(",")], by="; ")


def unit_name(work: Work, code: str | None) -> Text:
    """Return the name of an office with that of the one above it."""
    unit = work.units.get(code) if code else None
    if unit is None:
        return _("office not known")
    above = work.units.parent(unit.code)
    return as_is(f"{unit.name}, {above.name}" if above else unit.name)


def due_words(due_at: datetime | None, now: datetime, calendar: WorkCalendar) -> Text:
    """Return the due date with what is left of it in working days; the hour too, for a term in hours."""
    if due_at is None:
        return _("due date to follow")
    day = as_shown(due_at)
    standing = standing_on(due_at, now)
    if standing is Standing.DUE_TODAY:
        return _("today") if ends_with_its_day(due_at) else _("today, by {time}")(time=f"{in_vietnam(due_at):%H:%M}")
    try:
        left = working_days_left(due_at, now, calendar)
    except CalendarMissing:
        return Text("{day}", (("day", day),))
    if standing is Standing.OVERDUE:
        late = ngettext("{count} working day late", "{count} working days late", max(-left, 0))
        return Text("{day} ({late})", (("day", day), ("late", late if left < 0 else _("overdue"))))
    return Text(
        "{day} ({left})", (("day", day), ("left", ngettext("{count} working day left", "{count} working days left", left)))
    )


async def due_of(work: Work, case: Case, now: datetime) -> Text:
    """Return the due date of a case with what is left of it in the working days of the office that has it."""
    return due_words(case.due_at, now, await calendar_at(work, case.handling_unit or case.unit))
