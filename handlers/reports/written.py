"""The book of reminders in writing of a year (LAW 8.1 R3)."""

from __future__ import annotations

from bot.domain.access import excluded
from bot.domain.people import Role
from bot.text import Text, _, as_is, joined, ngettext
from bot.usecases.ports_written import RegisterRow
from bot.usecases.reporting import Asked
from handlers.reports.shape import Column, Report, Row, Sheet, heading

TITLE = _("Book of reminders in writing")


async def found(asked: Asked) -> list[RegisterRow]:
    """Return the lines of the year in which the period ends, without those of cases that speak about the reader."""
    work = asked.work
    rows = await work.written_reminders.register(asked.units, asked.period.last.year)
    staff = asked.staff
    if staff is None:
        return rows
    cases = await work.cases.among(sorted({row.case for row in rows if row.case is not None}))
    hidden = {case.id for case in cases if excluded(staff, case, work.units)}
    return [row for row in rows if row.case not in hidden]


async def short(asked: Asked) -> Text:
    """Return how many reminders there were in the year, and how many count in the yearly rating."""
    rows = await found(asked)
    year = str(asked.period.last.year)
    counted = ngettext("{count} reminder in writing in {year}.", "{count} reminders in writing in {year}.", len(rows))(year=year)
    rated = _("Of them {count} count in the rating of the head.")(count=sum(row.rated for row in rows))
    return joined(heading(TITLE, asked), counted, rated, by="\n\n")


async def _rows(asked: Asked) -> list[Row]:
    return [
        (
            place,
            row.unit,
            row.head,
            _("{number}, {day}")(number=row.number, day=as_is(f"{row.day:%d/%m/%Y}")),
            row.words,
            row.nth,
            row.year,
            row.act_by,
            row.result,
            row.recorder,
            "x" if row.rated else None,
        )
        for place, row in enumerate(await found(asked), 1)
    ]


WRITTEN = Report(
    "written",
    TITLE,
    short,
    (
        Sheet(
            TITLE,
            (
                Column(_("No."), "count", 6),
                Column(_("Office that has it"), "text", 32),
                Column(_("Head"), "text", 24),
                Column(_("Number and day of the reminder"), "text", 22),
                Column(_("What it says"), "text", 44),
                Column(_("Which one"), "count", 8),
                Column(_("Year"), "count", 8),
                Column(_("To be mended by"), "date", 12),
                Column(_("Result"), "text", 36),
                Column(_("Who keeps the book"), "text", 24),
                Column(_("In the yearly rating (x)"), "text", 10),
            ),
            _rows,
        ),
    ),
    roles=(Role.SUPERVISOR,),
)
