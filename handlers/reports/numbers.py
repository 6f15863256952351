"""The numbers of an office in a period, beside those of the period before (LAW 2.4, KPI set)."""

from __future__ import annotations

from bot.text import Text, _, as_is, joined
from bot.usecases.reporting import Asked, Numbers, gather, numbers
from handlers.office import rule_name
from handlers.reports.shape import Cell, Column, Report, Row, Sheet, heading, percent

TITLE = _("Numbers of an office")


async def both(asked: Asked) -> tuple[Numbers, Numbers]:
    """Return the numbers of the period and of the one before; what is open is counted as of now, so the second has none of it."""
    calendar = await asked.work.rules.calendar()
    now = numbers(await gather(asked), asked.now, calendar)
    return now, numbers(await gather(asked.earlier(), open_too=False), asked.now, calendar)


async def short(asked: Asked) -> Text:
    """Return the numbers as one message."""
    now, then = await both(asked)
    on_time, extended, late = now.shares.percents()
    lines = [
        heading(TITLE, asked),
        Text(""),
        _("Answered: {count}")(count=_with_change(now.answered, then.answered)),
        _("• on time, without extension: {count} ({percent}%)")(count=_with_change(now.on_time, then.on_time), percent=on_time),
        _("• on time, after an extension: {count} ({percent}%)")(
            count=_with_change(now.extended, then.extended), percent=extended
        ),
        _("• late: {count} ({percent}%)")(count=_with_change(now.late, then.late), percent=late),
        _("Received: {count}")(count=_with_change(now.received, then.received)),
        _("Open now: {count}, of them overdue: {overdue}")(count=now.open_in_time + now.open_overdue, overdue=now.open_overdue),
        _time_taken(now),
        _("Satisfied: {count} of {rated} ratings")(count=now.satisfied, rated=now.rated),
        _("Apologies: {given} given, {owed} still owed")(given=now.sorry_given, owed=now.sorry_owed),
        _("Contested: {reopened}. Returned as not theirs: {returned}.")(reopened=now.reopened, returned=now.returned),
        _("Found true: {confirmed}, partly true: {partly}")(confirmed=now.confirmed, partly=now.partly),
        _("Reminders in writing: {count}")(count=now.written),
        _("↑ ↓ show the change from the period before."),
    ]
    return joined(lines[0], joined(*lines[2:]), by="\n\n")


def _with_change(now: int, then: int) -> Text:
    if now == then:
        return Text("{count} (=)", (("count", now),))
    return Text(
        "{count} ({arrow} {change})", (("count", now), ("arrow", "↑" if now > then else "↓"), ("change", abs(now - then)))
    )


def _time_taken(one: Numbers) -> Text:
    if one.mean_days is None or one.median_days is None:
        return Text("")
    mean, middle = as_is(_decimal(one.mean_days)), as_is(_decimal(one.median_days))
    return _("Time to the answer: {mean} working days on average, half within {median}")(mean=mean, median=middle)


def _decimal(days: float) -> str:
    """Return a number of days as it is written here: with a comma, and without a decimal that says nothing."""
    return f"{days:.1f}".removesuffix(".0").replace(".", ",")


async def _rows(asked: Asked) -> list[Row]:
    now, then = await both(asked)
    here, before = list(_lines(asked, now)), dict(_lines(asked, then))
    rows: list[Row] = []
    for what, value in here:
        earlier = before.get(what)
        change = value - earlier if isinstance(value, int | float) and isinstance(earlier, int | float) else None
        rows.append((what, value, earlier, round(change, 1) if change is not None else None))
    # What is open is known as of now only.
    rows.insert(5, (_("Open now, in time"), now.open_in_time, None, None))
    rows.insert(6, (_("Open now, overdue"), now.open_overdue, None, None))
    rows.insert(7, (_("Apologies owed now"), now.sorry_owed, None, None))
    return rows


def _lines(asked: Asked, one: Numbers) -> list[tuple[Text, Cell]]:
    answered = one.answered
    return [
        (_("Received"), one.received),
        (_("Answered"), answered),
        (_("Answered on time, without extension"), one.on_time),
        (_("Answered on time, after an extension"), one.extended),
        (_("Answered late"), one.late),
        (_("Share on time, without extension (%)"), percent(one.on_time, answered)),
        (_("Share on time, after an extension (%)"), percent(one.extended, answered)),
        (_("Share late (%)"), percent(one.late, answered)),
        (_("Answered before the due day"), one.early),
        (_("Working days to the answer, on average"), round(one.mean_days, 1) if one.mean_days is not None else None),
        (_("Working days to the answer, half within"), one.median_days),
        (_("Ratings"), one.rated),
        (_("Satisfied (%)"), percent(one.satisfied, one.rated)),
        (_("Apologies given"), one.sorry_given),
        (_("Contested"), one.reopened),
        (_("Contested (%)"), percent(one.reopened, answered)),
        (_("Returned as not theirs"), one.returned),
        (_("Returned as not theirs (%)"), percent(one.returned, one.received)),
        (_("Found true"), one.confirmed),
        (_("Found partly true"), one.partly),
        (_("Reminders in writing"), one.written),
        *((rule_name(asked.work, "actions", code), count) for code, count in sorted(one.actions.items())),
    ]


NUMBERS = Report(
    "numbers",
    TITLE,
    short,
    (
        Sheet(
            _("Numbers"),
            (
                Column(_("What is counted"), "text", 44),
                Column(_("This period"), "count", 12),
                Column(_("Period before"), "count", 12),
                Column(_("Difference"), "count", 12),
            ),
            _rows,
        ),
    ),
)
