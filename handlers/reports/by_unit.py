"""The same numbers office by office, for each directly below the one that is asked about (LAW 8.2 BC2), and their chart."""

from __future__ import annotations

from collections import Counter

from bot.text import Text, _, as_is, joined
from bot.usecases.reporting import Asked, Numbers, branch_of, by_lateness, carried, gather, numbers, split
from handlers.office import rule_name
from handlers.reports.shape import Bar, Column, Report, Row, Sheet, heading, office_name, percent

TITLE = _("By office")
MOST_LINES = 12
MOST_BARS = 12


async def branches(asked: Asked, *, open_too: bool = True) -> dict[str, Numbers]:
    """Return the numbers of each office directly below, with all below that, and of the office itself, where there are any."""
    calendar = await asked.work.rules.calendar()
    parts = split(await gather(asked, open_too=open_too), branch_of(asked.work, asked.unit))
    return {code: numbers(part, asked.now, calendar) for code, part in parts.items()}


async def short(asked: Asked) -> Text:
    """Return the offices with the most late answers, as one message."""
    ranked = by_lateness(await branches(asked))
    first = heading(TITLE, asked)
    if not ranked:
        return joined(first, _("Nothing is to be counted in this period."), by="\n\n")
    lines = [_line(asked, code, one) for code, one in ranked[:MOST_LINES]]
    rest = len(ranked) - MOST_LINES
    more = _("and {count} more, in the Excel file")(count=rest) if rest > 0 else Text("")
    legend = _("Answers on time / on time after an extension / late; then what is overdue now.")
    return joined(first, joined(*lines, more), legend, by="\n\n")


def _line(asked: Asked, code: str, one: Numbers) -> Text:
    return _("• {office}: {on_time} / {extended} / {late}; overdue {overdue}")(
        office=as_is(office_name(asked, code)),
        on_time=one.on_time,
        extended=one.extended,
        late=one.late,
        overdue=one.open_overdue,
    )


async def _rows(asked: Asked) -> list[Row]:
    here = await branches(asked)
    then = await branches(asked.earlier(), open_too=False)
    branch = branch_of(asked.work, asked.unit)
    waiting: Counter[str] = Counter()
    for office, count in (await carried(asked)).items():
        waiting[branch(office)] += count
    return [_row(asked, code, one, waiting[code], then.get(code)) for code, one in by_lateness(here)]


def _row(asked: Asked, code: str, one: Numbers, waiting: int, then: Numbers | None) -> Row:
    in_time = one.on_time + one.extended
    actions = joined(
        *(
            Text("{action} {count}", (("action", rule_name(asked.work, "actions", action)), ("count", count)))
            for action, count in sorted(one.actions.items())
        ),
        by="; ",
    )
    share = percent(in_time, one.answered)
    before = percent(then.on_time + then.extended, then.answered) if then else None
    return (
        office_name(asked, code),
        waiting,
        one.received,
        waiting + one.received,
        one.early,
        in_time - one.early,
        one.late,
        one.open_in_time,
        one.open_overdue,
        share,
        percent(one.on_time, one.answered),
        percent(one.extended, one.answered),
        percent(one.late, one.answered),
        percent(one.satisfied, one.rated),
        one.sorry_given,
        one.sorry_owed,
        one.reopened,
        one.confirmed,
        one.partly,
        actions,
        round(share - before, 1) if share is not None and before is not None else None,
    )


async def bars(asked: Asked) -> list[Bar]:
    """Return the three numbers of each office, the latest first; at most MOST_BARS, the rest together in one more."""
    ranked = [(code, one) for code, one in by_lateness(await branches(asked, open_too=False)) if one.answered]
    shown = [Bar(office_name(asked, code), (one.on_time, one.extended, one.late)) for code, one in ranked[:MOST_BARS]]
    others = [one for _code, one in ranked[MOST_BARS:]]
    if others:
        sums = (sum(one.on_time for one in others), sum(one.extended for one in others), sum(one.late for one in others))
        shown.append(Bar("", sums))
    return shown


BY_UNIT = Report(
    "by_unit",
    TITLE,
    short,
    (
        Sheet(
            TITLE,
            (
                Column(_("Office that has it"), "text", 36),
                Column(_("From earlier periods"), "count", 10),
                Column(_("Received in the period"), "count", 10),
                Column(_("Together"), "count", 10),
                Column(_("Answered before the due day"), "count", 10),
                Column(_("Answered on the due day or by a later date"), "count", 12),
                Column(_("Answered late"), "count", 10),
                Column(_("Open, in time"), "count", 10),
                Column(_("Open, overdue"), "count", 10),
                Column(_("Share on time (%)"), "percent", 10),
                Column(_("Share on time, without extension (%)"), "percent", 12),
                Column(_("Share on time, after an extension (%)"), "percent", 12),
                Column(_("Share late (%)"), "percent", 10),
                Column(_("Satisfied (%)"), "percent", 10),
                Column(_("Apologies given"), "count", 10),
                Column(_("Apologies owed now"), "count", 10),
                Column(_("Contested"), "count", 10),
                Column(_("Found true"), "count", 10),
                Column(_("Found partly true"), "count", 10),
                Column(_("What was done"), "text", 40),
                Column(_("Share on time against the period before (points)"), "count", 12),
            ),
            _rows,
        ),
    ),
    bars=bars,
)
