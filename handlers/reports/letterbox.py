"""The book of the letterbox (LAW 8.1 R6): every opening that both people have confirmed."""

from __future__ import annotations

from bot.domain.deadlines import local_day
from bot.text import Text, _, joined, ngettext
from bot.usecases.ports_by_hand import Opening
from bot.usecases.reporting import Asked
from bot.usecases.taking import hidden_cases
from handlers.reports.shape import Column, Report, Row, Sheet, heading

TITLE = _("Book of the letterbox")


async def _openings(asked: Asked) -> list[Opening]:
    return await asked.work.by_hand.openings(asked.units, asked.period.since, asked.period.until)


async def short(asked: Asked) -> Text:
    """Return how often letterboxes were opened, and how many letters lay in them."""
    openings = await _openings(asked)
    times = ngettext("A letterbox was opened {count} time.", "Letterboxes were opened {count} times.", len(openings))
    letters = _("Letters: {letters}, of them not eligible: {none}")(
        letters=sum(one.letters for one in openings), none=sum(one.not_eligible for one in openings)
    )
    return joined(heading(TITLE, asked), times, letters, by="\n\n")


async def _rows(asked: Asked) -> list[Row]:
    openings = await _openings(asked)
    names = await asked.work.reports.names([person for one in openings for person in (one.by, one.second)])
    cases, _hidden = await hidden_cases(asked.work, asked.staff, [case for one in openings for case in one.cases])
    return [
        (
            local_day(one.at),
            one.place,
            f"{names.get(one.by, '')}; {names.get(one.second, '')}",
            one.letters,
            "; ".join(cases[case].code for case in one.cases if case in cases),
            one.not_eligible,
            _("confirmed here by both, {at}")(at=one.decided_at or one.at),
        )
        for one in openings
    ]


LETTERBOX = Report(
    "letterbox",
    TITLE,
    short,
    (
        Sheet(
            TITLE,
            (
                Column(_("Opened on"), "date", 12),
                Column(_("Place of the letterbox"), "text", 30),
                Column(_("Opened by (at least two)"), "text", 36),
                Column(_("Number of letters"), "count", 8),
                Column(_("Case codes entered"), "text", 30),
                Column(_("Letters not eligible"), "count", 10),
                Column(_("Signatures"), "text", 30),
            ),
            _rows,
        ),
    ),
)
