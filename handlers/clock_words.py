"""The clocks of a case in words: waiting for the citizen, more time, an apology that is owed. Part of the panels of a case."""

from __future__ import annotations

from bot.domain.cases import ApologyState, Case, ExtensionState
from bot.domain.deadlines import as_shown
from bot.text import Text, _
from bot.usecases.clock_timeline import cause_name
from bot.usecases.ports import Work


def waiting_words(case: Case) -> Text:
    """Return until when the citizen is waited for and what that does to the due date; an empty text where the clock runs."""
    if case.paused_until is None or case.due_at is None:
        return Text("")
    told = _(
        "Please answer by {until}. Until you do, the time of the office stands still: you will be answered by {due} at the "
        "latest, sooner if you write sooner."
    )
    return told(until=as_shown(case.paused_until), due=as_shown(case.due_at))


async def clocks_for_citizen(work: Work, case: Case) -> list[Text]:
    """Return what the citizen who sent a case is told of its clocks beside the due date."""
    lines = [waiting_words(case)]
    if case.extension is ExtensionState.GRANTED:
        request = await work.extensions.last(case.id)
        if request is not None:
            lines.append(_("This is a later date than the first one. Reason: {cause}.")(cause=cause_name(work, request.cause)))
    return [line for line in lines if line]


async def clocks_for_office(work: Work, case: Case) -> list[Text]:
    """Return what the people of an office are told of the clocks of a case beside the due date."""
    lines = []
    if case.paused_until is not None:
        told = _("The clock stands while the citizen is asked, until {until} at most; the due date is the latest possible.")
        lines.append(told(until=as_shown(case.paused_until)))
    if case.extension is not ExtensionState.NONE:
        lines += await _extension(work, case)
    if case.apology is ApologyState.DUE:
        for owed in await work.apologies.owed_on(case.id):
            told = _("The date {due} was missed: the head owes the citizen notice, reason and apology.")
            by = _("To be signed by {day}.")(day=as_shown(owed.task_due_at)) if owed.task_due_at else Text("")
            lines.append(Text("{told} {by}", (("told", told(due=as_shown(owed.due_at))), ("by", by))))
    return lines


async def _extension(work: Work, case: Case) -> list[Text]:
    request = await work.extensions.last(case.id)
    if request is None:
        return []
    cause, until = cause_name(work, request.cause), as_shown(request.new_due_at)
    match case.extension:
        case ExtensionState.ASKED:
            told = _("More time is asked for, until {until} (reason: {cause}). It is not decided yet.")
            return [told(until=until, cause=cause)]
        case ExtensionState.GRANTED:
            # Without the day that was granted: a pause that ended early has brought it forward since.
            return [_("More time was granted, once (reason: {cause}).")(cause=cause)]
        case ExtensionState.REFUSED:
            return [_("More time was not granted: {note}")(note=request.note)]
        case _:
            return [_("The request for more time was not decided in time, so the due date stands.")]
