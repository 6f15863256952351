"""The digest for the weekly meeting: what is overdue, what came in and was answered, which apologies are owed, the red line."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from bot.domain.deadlines import local_day
from bot.domain.unreached import Narrowed
from bot.text import Text, _, as_is, joined
from bot.usecases.reporting import Asked, branch_of, gather, is_overdue, numbers
from bot.usecases.unreached import unreached_by
from handlers.office import category_name
from handlers.reports.shape import Column, Report, Row, Sheet, heading, office_name

TITLE = _("Digest for the weekly meeting")
MOST_LINES = 8


async def short(asked: Asked) -> Text:
    """Return the week as one message."""
    found = await gather(asked)
    one = numbers(found, asked.now, await asked.work.rules.calendar())
    branch = branch_of(asked.work, asked.unit)
    late = Counter(branch(case.office) for case in found.standing if is_overdue(case, asked.now))
    days = [_age(asked, case.filed_at) for case in found.standing]
    alarm, line = _limit(asked, "REDLINE_ALARM_1", 30), _limit(asked, "REDLINE_45", 45)
    lines = [
        _("Overdue now: {count}")(count=one.open_overdue),
        _("Came in: {count}")(count=one.received),
        _("Answered: {count}, of them on time {on_time}, on time after an extension {extended}, late {late}")(
            count=one.answered, on_time=one.on_time, extended=one.extended, late=one.late
        ),
        _("Apologies owed: {count}")(count=one.sorry_owed),
        *await _not_reached(asked),
        _("Open for {alarm} days or more: {count}; for {line} days, the red line: {past}")(
            alarm=alarm, line=line, count=sum(age >= alarm for age in days), past=sum(age >= line for age in days)
        ),
    ]
    offices = [
        Text("• {office}: {count}", (("office", as_is(office_name(asked, code))), ("count", count)))
        for code, count in late.most_common(MOST_LINES)
    ]
    by_office = joined(_("Overdue by office:"), *offices) if offices else Text("")
    return joined(heading(TITLE, asked), joined(*lines), by_office, by="\n\n")


async def _not_reached(asked: Asked) -> list[Text]:
    """Return how many cases have news that did not reach the citizen, as the reader may see them; the operator has none."""
    if asked.staff is None:
        return []
    found = await unreached_by(asked.work, asked.staff, Narrowed(unit=asked.unit))
    return [_("Citizens not reached: {count}")(count=len(found.lost))]


def _limit(asked: Asked, code: str, otherwise: int) -> int:
    row = asked.work.rules.rows("policies").get(code)
    return int(row["value"]) if row else otherwise


def _age(asked: Asked, filed_at: datetime) -> int:
    return (local_day(asked.now) - local_day(filed_at)).days


async def _rows(asked: Asked) -> list[Row]:
    """Return the open cases that are overdue or near the red line, the oldest first."""
    found = await gather(asked)
    alarm = _limit(asked, "REDLINE_ALARM_1", 30)
    listed = [one for one in found.standing if is_overdue(one, asked.now) or _age(asked, one.filed_at) >= alarm]
    return [
        (
            one.code,
            office_name(asked, one.office),
            category_name(asked.work, one.category),
            local_day(one.filed_at),
            local_day(one.due_at) if one.due_at else None,
            _age(asked, one.filed_at),
        )
        for one in sorted(listed, key=lambda one: (one.filed_at, one.id))
    ]


WEEKLY = Report(
    "weekly",
    TITLE,
    short,
    (
        Sheet(
            _("Overdue and near the red line"),
            (
                Column(_("Code"), "text", 12),
                Column(_("Office that has it"), "text", 32),
                Column(_("Category"), "text", 36),
                Column(_("Received"), "date", 12),
                Column(_("Due"), "date", 12),
                Column(_("Days since it came in"), "count", 10),
            ),
            _rows,
        ),
    ),
)
