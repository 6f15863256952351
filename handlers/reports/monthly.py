"""The monthly report to every head: on time or late, by how many days, who handled it, why, and who apologised (LAW 8.2 BC1)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence

from bot.domain.clocks import Outcome
from bot.text import Text, _, as_is, joined
from bot.usecases.reporting import Asked, MonthRow, month_rows
from handlers.office import category_name, rule_name
from handlers.reports.shape import Column, Report, Row, Sheet, heading, office_name

TITLE = _("Monthly report")
MOST_LINES = 5
HOW = {
    Outcome.ON_TIME: _("on time"),
    Outcome.EXTENDED: _("on time, after an extension"),
    Outcome.LATE: _("late"),
    None: _("late, not answered yet"),
}
_NOT_ON_TIME = (Outcome.LATE, None)


async def short(asked: Asked) -> Text:
    """Return the month as one message: the three numbers, what is overdue, who is late, and the apologies."""
    rows = await month_rows(asked)
    came = Counter(one.timely for one in rows)
    first = heading(TITLE, asked)
    if not rows:
        return joined(first, _("No answer was given in this period, and nothing is overdue."), by="\n\n")
    late = [one for one in rows if one.timely in _NOT_ON_TIME]
    lines = [
        _("Answered on time, without extension: {count}")(count=came[Outcome.ON_TIME]),
        _("Answered on time, after an extension: {count}")(count=came[Outcome.EXTENDED]),
        _("Answered late: {count}")(count=came[Outcome.LATE]),
        _("Overdue without an answer: {count}")(count=came[None]),
        _("Of the late ones {given} had an apology, {not_given} had none.")(
            given=sum(one.sorry_on is not None for one in late), not_given=sum(one.sorry_on is None for one in late)
        ),
    ]
    offices = _most(late, lambda one: office_name(asked, one.office))
    officers = _most(late, lambda one: one.officer)
    return joined(
        first,
        joined(*lines),
        joined(_("Late by office:"), *offices) if offices else Text(""),
        joined(_("Late by officer:"), *officers) if officers else Text(""),
        by="\n\n",
    )


def _most(rows: Sequence[MonthRow], by: Callable[[MonthRow], str]) -> list[Text]:
    ranked = Counter(by(one) for one in rows).most_common(MOST_LINES)
    return [
        Text("• {name}: {count}", (("name", as_is(name) if name else _("not named")), ("count", count))) for name, count in ranked
    ]


async def _rows(asked: Asked) -> list[Row]:
    work = asked.work
    return [
        (
            one.code,
            office_name(asked, one.office),
            category_name(work, one.category),
            HOW[one.timely],
            one.days_late,
            one.officer,
            rule_name(work, "extension_causes", one.cause) if one.cause else None,
            _apology(one),
            _("the citizen asked for another look") if one.reopened else None,
        )
        for one in await month_rows(asked)
    ]


def _apology(one: MonthRow) -> Text | None:
    if one.sorry_on is not None:
        return _("{day}, by {name}")(day=as_is(f"{one.sorry_on:%d/%m/%Y}"), name=one.sorry_by)
    return _("owed") if one.owes else None


def _totals(by: Callable[[Asked, MonthRow], str]) -> Callable[[Asked], Awaitable[list[Row]]]:
    async def rows(asked: Asked) -> list[Row]:
        of: dict[str, list[MonthRow]] = {}
        for one in await month_rows(asked):
            of.setdefault(by(asked, one), []).append(one)
        return [_total(name, of[name]) for name in sorted(of, key=lambda name: (-_late(of[name]), name))]

    return rows


def _late(rows: Sequence[MonthRow]) -> int:
    return sum(one.timely in _NOT_ON_TIME for one in rows)


def _total(name: str, rows: Sequence[MonthRow]) -> Row:
    came = Counter(one.timely for one in rows)
    late = [one for one in rows if one.timely in _NOT_ON_TIME]
    sorry = sum(one.sorry_on is not None for one in late)
    days = sum(one.days_late for one in late)
    return (
        name,
        len(rows),
        came[Outcome.ON_TIME],
        came[Outcome.EXTENDED],
        came[Outcome.LATE],
        came[None],
        days,
        sorry,
        len(late) - sorry,
    )


def _columns(first: Text) -> tuple[Column, ...]:
    return (
        Column(first, "text", 36),
        Column(_("Cases"), "count", 10),
        Column(_("On time, without extension"), "count", 12),
        Column(_("On time, after an extension"), "count", 12),
        Column(_("Answered late"), "count", 10),
        Column(_("Overdue, not answered"), "count", 12),
        Column(_("Days late together"), "count", 10),
        Column(_("Late with an apology"), "count", 10),
        Column(_("Late without an apology"), "count", 12),
    )


MONTHLY = Report(
    "monthly",
    TITLE,
    short,
    (
        Sheet(
            _("Cases"),
            (
                Column(_("Code"), "text", 12),
                Column(_("Office that has it"), "text", 32),
                Column(_("Category"), "text", 36),
                Column(_("On time or late"), "text", 24),
                Column(_("Days late"), "count", 10),
                Column(_("Officer who handled it"), "text", 26),
                Column(_("Cause"), "text", 28),
                Column(_("Apology (when, by whom)"), "text", 30),
                Column(_("Note"), "text", 28),
            ),
            _rows,
        ),
        Sheet(_("By office"), _columns(_("Office that has it")), _totals(lambda asked, one: office_name(asked, one.office))),
        Sheet(_("By officer"), _columns(_("Officer")), _totals(lambda asked, one: one.officer)),
    ),
)
