"""The register of feedback received (LAW 8.1 R2). Who sent a case is hidden in it, and none of the citizen's words stand there.

A file goes from hand to hand: what the sender wrote may name him (B4), so it is read in the case, by whoever may open it.
"""

from __future__ import annotations

from bot.domain.cases import About, CaseKind, Status
from bot.domain.deadlines import local_day
from bot.text import Text, _, as_is, joined, ngettext
from bot.usecases.reporting import Asked, Counting
from handlers.by_hand import channel_name
from handlers.office import ABOUT, category_name, rule_name, rule_names, status_name
from handlers.reports.overdue import due_cell
from handlers.reports.shape import Column, Report, Row, Sheet, heading, office_name

TITLE = _("Register of feedback received")
MOST_ROWS = 20_000
HIDDEN = _("hidden")
KINDS = {
    CaseKind.FEEDBACK: _("feedback"),
    CaseKind.SUGGESTION: _("suggestion"),
    CaseKind.PRAISE: _("praise"),
    CaseKind.QUESTION: _("question"),
}


async def short(asked: Asked) -> Text:
    """Return how many lines the register of the period has."""
    guard = Counting(asked)
    found = await asked.work.reports.filed(asked.units, asked.period.since, asked.period.until)
    number = sum(guard.sees(one) for one in found)
    counted = ngettext("{count} case was received in this period.", "{count} cases were received in this period.", number)
    return joined(heading(TITLE, asked), counted, _("Who sent them is hidden in the register."), by="\n\n")


async def _rows(asked: Asked) -> list[Row]:
    work, guard = asked.work, Counting(asked)
    found = [one for one in await work.reports.filed(asked.units, asked.period.since, asked.period.until) if guard.sees(one)]
    found = found[:MOST_ROWS]
    ids = [one.id for one in found]
    files, answers = await work.reports.files_of(ids), await work.reports.last_answers(ids)
    officers = await work.reports.names([one.taken_by for one in found if one.taken_by is not None])
    sorry, forwarded = await work.reports.sorry_of(ids), await work.reports.forwarded(ids)
    rows: list[Row] = []
    for number, one in enumerate(found, 1):
        given_at, finding, action, document = answers.get(one.id, (None, "", "", ""))
        signed_at = sorry[one.id][2] if one.id in sorry else None
        answered = (
            joined(Text("{at}", (("at", given_at),)), as_is(document) if document else Text(""), by="; ") if given_at else None
        )
        rows.append(
            (
                number,
                one.code,
                one.filed_at,
                channel_name(one.channel),
                officers.get(one.taken_by, "") if one.taken_by is not None else _("received by the bot"),
                HIDDEN,
                HIDDEN,
                _place(asked, one.unit),
                office_name(asked, one.unit) if one.unit else _("office not known"),
                ABOUT[About(one.about)],
                KINDS[CaseKind(one.kind)],
                one.category,
                category_name(work, one.category),
                files.get(one.id, 0),
                rule_name(work, "policies", one.policy),
                office_name(asked, one.handling_unit) if one.handling_unit else _("intake"),
                forwarded.get(one.id),
                due_cell(one),
                answered,
                rule_name(work, "findings", finding) if finding else None,
                rule_names(work, "actions", action) if action else None,
                local_day(signed_at) if signed_at else None,
                one.rating,
                status_name(work, Status(one.status)),
            )
        )
    return rows


def _place(asked: Asked, unit: str | None) -> str:
    """Return the commune or department that an office belongs to: what stands directly below the top of its tree."""
    line = asked.work.units.line(unit) if unit else []
    return line[max(len(line) - 2, 0)].name if line else ""


REGISTER = Report(
    "register",
    TITLE,
    short,
    (
        Sheet(
            _("Register"),
            (
                Column(_("No."), "count", 6),
                Column(_("Case code"), "text", 12),
                Column(_("Received at"), "instant", 17),
                Column(_("Channel"), "text", 12),
                Column(_("Received by"), "text", 18),
                Column(_("Name (hidden)"), "text", 10),
                Column(_("Contact (hidden)"), "text", 10),
                Column(_("Area"), "text", 24),
                Column(_("Office it is about"), "text", 32),
                Column(_("Person it is about"), "text", 24),
                Column(_("Kind"), "text", 14),
                Column(_("Code of the violation"), "text", 10),
                Column(_("Summary"), "text", 36),
                Column(_("Files that came with it"), "count", 8),
                Column(_("Urgency"), "text", 20),
                Column(_("Office that handles it"), "text", 32),
                Column(_("Forwarded at"), "instant", 17),
                Column(_("Due"), "date", 17),
                Column(_("Answered, document"), "text", 32),
                Column(_("Finding"), "text", 20),
                Column(_("What was done"), "text", 32),
                Column(_("Apology on"), "date", 12),
                Column(_("Rating"), "count", 8),
                Column(_("Note"), "text", 24),
            ),
            _rows,
        ),
    ),
)
