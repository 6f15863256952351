"""How a due date was worked out, in words: a line for every day, why it counts or does not, and by which act."""

from __future__ import annotations

from bot.domain.calendar import CalendarRow, RowStatus
from bot.domain.cases import Case
from bot.domain.deadlines import TermUnit, as_shown, local_day
from bot.domain.working import DayLine, Due, Why
from bot.text import Text, _, in_rules, joined, ngettext
from bot.usecases.ports import Work
from bot.usecases.terms import LEGAL, service_term

_IN_HOURS = frozenset({TermUnit.MINUTES, TermUnit.HOURS, TermUnit.WORKING_HOURS})


async def why_this_date(work: Work, case: Case) -> Text:
    """Return the time limit that a due date comes from, day by day, and the date that the law itself sets (LAW 2.2)."""
    rule = work.rules.rows("policies").get(case.policy)
    term = await service_term(work, case)
    lines = []
    if rule is not None:
        value, unit = (term.rule.value, term.rule.unit) if term else (int(rule["value"]), TermUnit(rule["unit"]))
        lines.append(
            _("For a matter of this kind the limit is {term} ({rule}).")(
                term=_length(value, unit), rule=in_rules(rule["en"], rule["vi"])
            )
        )
        if rule["clock"] == LEGAL:
            lines.append(_("Basis: {source}.")(source=str(rule["source"])))
    if case.contested:
        lines.append(_("It runs from the day on which another look was asked for."))
    else:
        lines.append(_("It runs from when it was sent, {at}.")(at=case.filed_at))
    if term is not None:
        stood = _("The time of the office stood still from {since} until {until}, while an answer of the citizen was awaited.")
        lines += [stood(since=pause.since, until=pause.until) for pause in term.pauses]
        granted = _("The head above granted more time, once: {term}.")
        lines += [granted(term=_length(more.value, more.unit)) for more in term.extensions]
    if term is not None and term.due is not None:
        days = zip(term.due.days, reasons(term.due), strict=True)
        lines.append(joined(*(Text("• {day}: {reason}", (("day", line.day), ("reason", words))) for line, words in days)))
    if case.due_at is not None:
        lines.append(_("So the answer is due on {day}.")(day=as_shown(case.due_at)))
    if case.legal_due_at is not None:
        legal = _("By law it must be told by {day} how the matter stands (Law 42/2013 art. 28).")
        lines.append(legal(day=local_day(case.legal_due_at)))
    return joined(*lines, by="\n\n")


def _length(value: int, unit: TermUnit) -> Text:
    match unit:
        case TermUnit.WORKING_DAYS:
            return ngettext("{count} working day", "{count} working days", value)
        case TermUnit.WORKING_HOURS:
            return ngettext("{count} working hour", "{count} working hours", value)
        case TermUnit.CALENDAR_DAYS:
            return ngettext("{count} day", "{count} days", value)
        case TermUnit.MONTHS:
            return ngettext("{count} month", "{count} months", value)
        case TermUnit.HOURS:
            return ngettext("{count} hour", "{count} hours", value)
        case TermUnit.MINUTES:
            return ngettext("{count} minute", "{count} minutes", value)


def reasons(due: Due) -> list[Text]:
    """Return for each day of `due.days` what it did."""
    return [joined(_reason(line, due.units[line.part]), *_unsure(line, due.warnings), by="; ") for line in due.days]


def _reason(line: DayLine, unit: TermUnit) -> Text:
    match line.why:
        case Why.START:
            return _("the first day does not count (Civil Code art. 147)")
        case Why.REST:
            return _("Saturday or Sunday, does not count")
        case Why.OFF:
            return _("day off: {name}")(name=_named(line.row))
        case Why.PAUSED:
            return _("paused, does not count")
        case Why.CLOSED:
            return _("outside office hours")
        case Why.MOVED:
            return _("the last day was a day off, so the term ends on this working day (Civil Code art. 148)")
        case Why.COUNTED:
            return _counted(line, unit)


def _counted(line: DayLine, unit: TermUnit) -> Text:
    if unit in _IN_HOURS:
        said = _("{counted} counted, {total} in all")(counted=_clock(line.counted), total=_clock(line.total))
    elif line.part:
        said = _("day {number} of the extension")(number=line.total)
    elif unit is TermUnit.WORKING_DAYS:
        said = _("working day {number}")(number=line.total)
    else:
        said = _("day {number}")(number=line.total)
    return joined(said, _named(line.row), by=": ") if line.row else said


def _named(row: CalendarRow | None) -> Text:
    """Return the name of a row of the calendar with the act or notice that it comes from."""
    assert row is not None
    return Text("{name} ({source})" if row.source else "{name}", (("name", row.name or row.kind.value), ("source", row.source)))


def _unsure(line: DayLine, warnings: tuple[CalendarRow, ...]) -> list[Text]:
    """Return what is not sure about a day: its row is an estimate, or another was only proposed."""
    return [
        _("an estimate, the notice of the year has not come yet")
        if row.status is RowStatus.ESTIMATE
        else _("proposed and does not count: {name}")(name=_named(row))
        for row in warnings
        if row.covers(line.day)
    ]


def _clock(seconds: int) -> str:
    """Return a length of time as hours and minutes, 1:30, and seconds where there are any."""
    minutes, rest = divmod(seconds, 60)
    return f"{minutes // 60}:{minutes % 60:02}" + (f":{rest:02}" if rest else "")
