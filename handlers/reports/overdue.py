"""What is overdue now, case by case (LAW 8.2 BC3)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime

from bot.domain.cases import ApologyState, Status
from bot.domain.deadlines import ends_with_its_day, local_day
from bot.domain.watching import overdue_since
from bot.text import Text, _, as_is, joined, ngettext
from bot.usecases.calendars import Calendars
from bot.usecases.ports_reports import Counted
from bot.usecases.reporting import Asked, branch_of, days_over
from bot.usecases.reporting import overdue as overdue_now
from handlers.office import category_name, status_name
from handlers.reports.shape import Cell, Column, Report, Row, Sheet, heading, office_name

TITLE = _("What is overdue")
MOST_LINES = 12
APOLOGIES = {
    ApologyState.NONE: Text(""),
    ApologyState.DUE: _("owed"),
    ApologyState.GIVEN: _("given"),
}


async def short(asked: Asked) -> Text:
    """Return how many cases are overdue, and at which offices below, as one message."""
    found = await overdue_now(asked)
    first = heading(TITLE, asked, of_now=True)
    if not found:
        return joined(first, _("Nothing is overdue."), by="\n\n")
    branch = branch_of(asked.work, asked.unit)
    ranked = Counter(branch(one.office) for one in found).most_common(MOST_LINES)
    counted = ngettext("{count} case is overdue.", "{count} cases are overdue.", len(found))
    lines = [
        Text("• {office}: {count}", (("office", as_is(office_name(asked, code))), ("count", count))) for code, count in ranked
    ]
    return joined(first, counted, joined(*lines), by="\n\n")


async def _rows(asked: Asked) -> list[Row]:
    work = asked.work
    found = await overdue_now(asked)
    calendars = await Calendars.of(work)
    offices = sorted({one.office for one in found if one.office})
    above = {code: parent.code for code in offices if (parent := work.units.parent(code))}
    heads = await work.reports.heads(sorted({*offices, *above.values()}))
    names = await work.reports.names([one.handler for one in found if one.handler is not None])
    reminded = await work.reports.reminded([one.id for one in found])
    return [
        (
            one.code,
            office_name(asked, one.office),
            heads.get(one.office, ""),
            heads.get(above.get(one.office, ""), ""),
            category_name(work, one.category),
            one.filed_at,
            local_day(legal) if (legal := one.legal_due_at) else None,
            due_cell(one),
            days_over(one, asked.now, calendars),
            joined(status_name(work, Status(one.status)), *_missed(one, asked.now), by="; "),
            _holder(one, names, heads),
            reminded.get(one.id, 0),
            APOLOGIES[ApologyState(one.apology)],
        )
        for one in found
    ]


def due_cell(case: Counted) -> Cell:
    """Return the service date as it stands in a table: its day, with the hour where the term is one of hours."""
    if case.due_at is None:
        return None
    return local_day(case.due_at) if ends_with_its_day(case.due_at) else case.due_at


def _missed(case: Counted, now: datetime) -> list[Text]:
    """Return which of the two clocks was missed (LAW 0.1 C11)."""
    return [
        words
        for words, due in ((_("service date missed"), case.due_at), (_("legal date missed"), case.legal_due_at))
        if overdue_since(due, None, now)
    ]


def _holder(case: Counted, names: Mapping[int, str], heads: Mapping[str, str]) -> Text:
    if case.handler is not None:
        return as_is(names.get(case.handler, ""))
    if case.handling_unit is None:
        return _("intake")
    return as_is(heads.get(case.handling_unit, ""))


OVERDUE = Report(
    "overdue",
    TITLE,
    short,
    (
        Sheet(
            TITLE,
            (
                Column(_("Code"), "text", 12),
                Column(_("Office that has it"), "text", 32),
                Column(_("Head"), "text", 24),
                Column(_("Level above"), "text", 24),
                Column(_("Category"), "text", 36),
                Column(_("Received"), "instant", 17),
                Column(_("Due by law"), "date", 12),
                Column(_("Due for service"), "date", 17),
                Column(_("Working days overdue"), "count", 10),
                Column(_("Status"), "text", 24),
                Column(_("Who has it"), "text", 24),
                Column(_("Reminders"), "count", 10),
                Column(_("Apology"), "text", 12),
            ),
            _rows,
        ),
    ),
    of_now=True,
)
