"""Who is told of the clocks of a case: more time, the end of a pause, a missed date, an apology. Part of `notices.NOTICES`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime

from bot.dialogue.prompts import Button, Prompt
from bot.domain.cases import Case
from bot.domain.deadlines import as_shown
from bot.domain.events import (
    ApologyGiven,
    CaseBreached,
    CaseExtended,
    ClockResumed,
    Event,
    ExtensionAsked,
    ExtensionLapsed,
    ExtensionRefused,
)
from bot.text import Text, _, as_is, joined
from bot.usecases.apologising import signers
from bot.usecases.clock_timeline import cause_name
from bot.usecases.clocks import ANSWERED, UNANSWERED
from bot.usecases.extending import deciders
from bot.usecases.notices import To, recipients
from bot.usecases.ports import Work
from bot.usecases.terms import LEGAL
from handlers.office import case_button, unit_name
from handlers.telling import (
    Notices,
    card,
    case_of,
    follow_button,
    heads_of,
    office_of,
    open_button,
    to_citizen,
    to_staff,
)


async def _resumed(work: Work, event: ClockResumed, now: datetime) -> Notices:
    case = await case_of(work, event)
    if event.due_at is None or not case.is_open:
        return []
    if event.why == UNANSWERED:
        told = _(
            "We have no answer to our question on your case {code}, so the office goes on with what it has. You can still add to "
            "it. You will be answered by {due}."
        )
    elif event.why == ANSWERED:
        told = _("The office goes on with your case {code}. You will be answered by {due}.")
    else:
        told = _("The office goes on with your case {code} without waiting any longer. You will be answered by {due}.")
    buttons = (Button(f"add:{case.code}", _("Add to it")), follow_button(case))
    words = told(code=case.code, due=as_shown(event.due_at))
    notices = to_citizen(Prompt(words, buttons if event.why == UNANSWERED else buttons[1:]), "clock resumed")
    if event.why == UNANSWERED:
        first = _("The citizen has not answered your question. The clock runs again.")
        prompt = Prompt(await card(work, case, now, first), (open_button(case),))
        notices += to_staff(await office_of(work, case), prompt, "clock resumed")
    return notices


async def _asked(work: Work, event: ExtensionAsked, now: datetime) -> Notices:
    case = await case_of(work, event)
    if event.due_at is None or event.new_due_at is None:
        return []
    first = joined(
        _("{unit} asks for more time on a case, until {new}. Reason: {cause}.")(
            unit=unit_name(work, case.handling_unit), new=as_shown(event.new_due_at), cause=cause_name(work, event.cause)
        ),
        _("If you have not decided by {due}, it is not granted.")(due=as_shown(event.due_at)),
        by=" ",
    )
    buttons = (
        Button(f"morerequest:{case.code}", _("Read the request")),
        case_button("grant", case, _("Grant more time")),
        case_button("refusemore", case, _("Do not grant it")),
    )
    readers = await deciders(work, case, event.superior)
    return to_staff(readers, Prompt(await card(work, case, now, first), buttons), "more time asked")


async def _extended(work: Work, event: CaseExtended, now: datetime) -> Notices:
    case = await case_of(work, event)
    if event.old is None or event.new is None:
        return []
    told = _("The answer to your case {code} comes later: by {new} instead of {old}. Reason: {cause}.")(
        code=case.code, new=as_shown(event.new), old=as_shown(event.old), cause=cause_name(work, event.cause)
    )
    letter = await _letter(work, case, event.message)
    citizen = Prompt(joined(told, letter, by="\n\n"), (follow_button(case), Button(f"whydate:{case.code}", _("Why this date"))))
    first = _("More time was granted. The citizen was told, with your apology.")
    staff = Prompt(await card(work, case, now, first), (open_button(case),))
    return [
        *to_citizen(citizen, "extended", f"extended:{event.request}"),
        *to_staff(await office_of(work, case), staff, "more time decided"),
    ]


async def _refused(work: Work, event: ExtensionRefused, now: datetime) -> Notices:
    case = await case_of(work, event)
    first = _("More time was not granted; the reason stands with the case. The due date stands.")
    prompt = Prompt(await card(work, case, now, first), (open_button(case),))
    return to_staff(await office_of(work, case), prompt, "more time decided")


async def _lapsed(work: Work, event: ExtensionLapsed, now: datetime) -> Notices:
    if not event.missed:
        return []
    case = await case_of(work, event)
    first = _("Nobody decided on your request for more time before the due date, so there is no extension.")
    prompt = Prompt(await card(work, case, now, first), (open_button(case),))
    return to_staff(await heads_of(work, case), prompt, "more time decided")


async def _breached(work: Work, event: CaseBreached, now: datetime) -> Notices:
    """Tell the citizen that his date has passed, and give the head the task when the answer came with the date missed.

    Of a case still open the digest of the day tells the head.
    """
    case = await case_of(work, event)
    if event.due_at is None or event.clock == LEGAL:
        return []
    citizen = _date_has_passed(work, case, event.due_at) if case.is_open else []
    due = as_shown(event.task_due_at) if event.task_due_at else as_shown(event.due_at)
    readers = await signers(work, case, event.unit) if event.unit else []
    if readers and case.is_open:
        return citizen
    if readers:
        first = _(
            "The date {day} has passed without an answer. Please notify the citizen, give the reason and apologise by {due}."
        )
        prompt = Prompt(
            await card(work, case, now, first(day=as_shown(event.due_at), due=due)),
            (Button(f"apologise:{case.code}", _("Notify and apologise")), open_button(case)),
        )
        return to_staff(readers, prompt, "apology owed")
    first = _("The date {day} has passed without an answer, and the office has no head here who could apologise.")
    prompt = Prompt(await card(work, case, now, first(day=as_shown(event.due_at))), (open_button(case),))
    above = await recipients(work, case, To.SUPERIOR) or await recipients(work, case, To.SUPERVISOR)
    return citizen + to_staff(above, prompt, "nobody apologises")


def _date_has_passed(work: Work, case: Case, due: datetime) -> Notices:
    told = _(
        "The date for the answer to your case {code}, {day}, has passed. We are sorry. The office has been told to give you the "
        "reason and to apologise; if it stays without an answer, the level above is told."
    )
    words = told(code=case.code, day=as_shown(due))
    return to_citizen(Prompt(words, (follow_button(case),)), "date passed", f"date passed:{case.id}:{due.isoformat()}")


async def _apologised(work: Work, event: ApologyGiven, now: datetime) -> Notices:
    case = await case_of(work, event)
    told = joined(
        _("About your case {code}:")(code=case.code),
        await _letter(work, case, event.message),
        _("This is an apology for the delay only. It says nothing of what is found in the matter itself."),
        by="\n\n",
    )
    return to_citizen(Prompt(told, (follow_button(case),)), "head apologises", f"apology:{event.apology}")


async def _letter(work: Work, case: Case, message: int) -> Text:
    """Return a signed letter as it stands in the talk of the case."""
    return as_is(next((line.body for line in await work.cases.talk(case.id) if line.id == message), ""))


CLOCK_NOTICES: Mapping[type[Event], Callable[..., Awaitable[Notices]]] = {
    ClockResumed: _resumed,
    ExtensionAsked: _asked,
    CaseExtended: _extended,
    ExtensionRefused: _refused,
    ExtensionLapsed: _lapsed,
    CaseBreached: _breached,
    ApologyGiven: _apologised,
}
"""What is said of each event of the clocks; that a clock stands is said with the question itself."""
