"""The book of the hotline (LAW 8.1 R7): every call, those too that became no case. Numbers are hidden in it.

What was told in a call that became a case is read in the case, by whoever may open it; whom it speaks about sees no such line.
"""

from __future__ import annotations

from bot.domain.naming import is_meant
from bot.text import Text, _, joined, ngettext
from bot.usecases.ports_by_hand import Call
from bot.usecases.reporting import Asked
from bot.usecases.taking import hidden_cases
from handlers.office import category_name
from handlers.reports.shape import Column, Report, Row, Sheet, heading

TITLE = _("Book of the hotline")


async def found(asked: Asked) -> list[tuple[Call, str, Text | str]]:
    """Return the calls of the period that the reader may know of, each with the code of its case ("" none) and what it was."""
    calls = await asked.work.by_hand.calls(asked.units, asked.period.since, asked.period.until)
    cases, hidden = await hidden_cases(asked.work, asked.staff, [call.case for call in calls if call.case is not None])
    staff = asked.staff
    lines: list[tuple[Call, str, Text | str]] = []
    for call in calls:
        if call.case in hidden or (staff is not None and is_meant(call.words, staff.name, staff.badge, same_office=True)):
            continue
        case = cases.get(call.case) if call.case is not None else None
        if case is None:
            lines.append((call, "", call.words))
        else:
            lines.append((call, case.code, _("{category}; read in the case")(category=category_name(asked.work, case.category))))
    return lines


async def short(asked: Asked) -> Text:
    """Return how many calls there were, and how many became a case."""
    lines = await found(asked)
    counted = ngettext("{count} call in this period.", "{count} calls in this period.", len(lines))
    became = _("Of them {count} became a case.")(count=sum(bool(code) for _call, code, _words in lines))
    return joined(heading(TITLE, asked), counted, became, by="\n\n")


async def _rows(asked: Asked) -> list[Row]:
    lines = await found(asked)
    names = await asked.work.reports.names([call.by for call, _code, _words in lines])
    return [
        (
            call.at,
            _("hidden"),
            None if call.minutes is None else ngettext("{count} minute", "{count} minutes", call.minutes),
            names.get(call.by, ""),
            words,
            "x" if call.read_back else None,
            code or None,
        )
        for call, code, words in lines
    ]


CALLS = Report(
    "calls",
    TITLE,
    short,
    (
        Sheet(
            TITLE,
            (
                Column(_("Time of the call"), "instant", 17),
                Column(_("Number (hidden)"), "text", 10),
                Column(_("Length"), "text", 10),
                Column(_("Officer on duty"), "text", 24),
                Column(_("What was said, truthfully"), "text", 48),
                Column(_("Read back (x)"), "text", 10),
                Column(_("Case code"), "text", 12),
            ),
            _rows,
        ),
    ),
)
