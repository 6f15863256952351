"""Who is told when a head shares his work: his signature with a deputy, a case with other units, one case for several."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import date, datetime
from typing import Any

from bot.dialogue.prompts import Button, Prompt
from bot.domain.access import excluded
from bot.domain.cases import Case
from bot.domain.deadlines import as_shown
from bot.domain.events import (
    CaseApart,
    CaseMerged,
    CaseTookOver,
    Event,
    GroupReached,
    HelpAsked,
    HelpEnded,
    HelpGiven,
    LeadAnswered,
    LeadDateMoved,
    LeadReopened,
    OfficeEnded,
    RepeatMarked,
    SignatureGiven,
    SignatureTakenBack,
    TookIn,
)
from bot.domain.people import Staff
from bot.domain.routing import LEADERS
from bot.text import Text, _, joined, ngettext
from bot.usecases.merging import lead_of
from bot.usecases.notices import To, recipients
from bot.usecases.ports import Work
from handlers.merging import text_of
from handlers.names import due_words, unit_name
from handlers.office import case_button
from handlers.telling import Notices, card, case_of, follow_button, heads_of, office_of, open_button, to_citizen, to_staff
from handlers.turn import Notice


async def _signature_given(work: Work, event: SignatureGiven, now: datetime) -> Notices:
    told = _(
        "You sign answers of {unit} for the head from {first} to {last} ({document}). "
        "Not those about the office itself, nor contested ones: they go to the head above."
    )(
        unit=unit_name(work, event.unit),
        first=date.fromisoformat(event.from_on),
        last=date.fromisoformat(event.to_on),
        document=event.document,
    )
    return [Notice(event.deputy, Prompt(told, (Button("work:0", _("My cases")),)), "signature")]


async def _signature_taken_back(work: Work, event: SignatureTakenBack, now: datetime) -> Notices:
    told = _("The head of {unit} has taken back the authorisation: you sign for the head no more.")
    return [Notice(event.deputy, Prompt(told(unit=unit_name(work, event.unit))), "signature")]


async def _led_by(work: Work, unit: str, case: Case) -> list[Staff]:
    """Return who leads a unit that helps or helped, without anybody whom the case speaks about."""
    leaders = await work.staff.at([unit], *LEADERS)
    return [one for one in leaders if unit in one.led() and not excluded(one, case, work.units)]


async def _help_asked(work: Work, event: HelpAsked, now: datetime) -> Notices:
    case = await case_of(work, event)
    first = _("Another office asks for your part in a case.")
    until = _("Your part is awaited by {day}.")(day=as_shown(event.due_at)) if event.due_at else _("Your part is awaited.")
    prompt = Prompt(
        joined(await card(work, case, now, first), until),
        (open_button(case), case_button("contribute", case, _("Send our part"))),
    )
    return to_staff(await _led_by(work, event.unit, case), prompt, "help asked")


async def _help_given(work: Work, event: HelpGiven, now: datetime) -> Notices:
    case = await case_of(work, event)
    first = _("{unit} has given its part in a case that you lead.")(unit=unit_name(work, event.unit))
    return to_staff(await office_of(work, case), Prompt(await card(work, case, now, first), (open_button(case),)), "help given")


async def _help_ended(work: Work, event: HelpEnded, now: datetime) -> Notices:
    case = await case_of(work, event)
    told = _("The part of your office in case {code} is not needed any more.")(code=case.code)
    return to_staff(await _led_by(work, event.unit, case), Prompt(told, (Button("work:0", _("My cases")),)), "help ended")


async def _merged(work: Work, event: CaseMerged, now: datetime) -> Notices:
    case = await case_of(work, event)
    lead = await lead_of(work, case)
    due = due_words(lead.due_at if lead else case.due_at, now, await work.rules.calendar())
    told = _(
        "Your case {code} is answered together with another one about the same matter, by {due}. "
        "Your code and PIN stay good, and you get the answer here."
    )
    return to_citizen(Prompt(told(code=case.code, due=due), (follow_button(case),)), "merged")


async def _took_in(work: Work, event: TookIn, now: datetime) -> Notices:
    case = await case_of(work, event)
    first = ngettext(
        "{count} person sent the matter of a case of yours.", "{count} different people sent the matter of a case of yours.",
        event.people,
    )  # fmt: skip
    told = Prompt(await card(work, case, now, first), (open_button(case),))
    merged = await work.cases.by_id(event.merged)
    readers = [one for one in await office_of(work, case) if merged is None or not excluded(one, merged, work.units)]
    return [one for one in to_staff(readers, told, "took in") if one.to != event.actor]


async def _group(work: Work, event: GroupReached, now: datetime) -> Notices:
    case = await case_of(work, event)
    first = ngettext(
        "{count} person sent one matter. Please find one or two of them to speak for all.",
        "{count} different people sent one matter. Please find one or two of them to speak for all.",
        event.people,
    )
    prompt = Prompt(await card(work, case, now, first), (open_button(case),))
    return to_staff(await recipients(work, case, To.INTAKE), prompt, "group")


async def _lead_answered(work: Work, event: LeadAnswered, now: datetime) -> Notices:
    """Give the answer of the leading case to who sent one that was merged into it: its text only."""
    case = await case_of(work, event)
    answer = await work.cases.answer(event.lead, event.round)
    assert answer is not None
    again = Text("") if case.contested else _("If you do not agree with the answer, you can ask once for another look.")
    head = _("Answer to your case {code}")(code=case.code)
    office = _("Answered by: {unit}")(unit=unit_name(work, answer.unit))
    text = joined(head, text_of(work, answer), office, again, by="\n\n")
    buttons = [Button(f"rate:{case.code}", _("Rate this answer"))]
    if not case.contested:
        buttons.append(Button(f"contest:{case.code}", _("I do not agree")))
    return to_citizen(Prompt(text, tuple(buttons)), "answer to all", f"answer:{case.id}:{event.round}")


async def _lead_moved(work: Work, event: LeadDateMoved, now: datetime) -> Notices:
    if event.new is None:
        return []
    case = await case_of(work, event)
    told = _("The answer to your case {code} is due by {day} now.")(code=case.code, day=as_shown(event.new))
    return to_citizen(Prompt(told, (follow_button(case),)), "date moved")


async def _lead_reopened(work: Work, event: LeadReopened, now: datetime) -> Notices:
    return [] if event.own else await looked_at_again(work, await case_of(work, event), event.due_at)


async def looked_at_again(work: Work, case: Case, due_at: datetime | None) -> Notices:
    """Tell who sent a case that it is looked at again, though he did not ask for it himself."""
    if due_at is None:
        return []
    told = _("The head above looks at your case {code} again. You will be answered by {day}.")
    return to_citizen(Prompt(told(code=case.code, day=as_shown(due_at)), (follow_button(case),)), "looked at again")


async def _took_over(work: Work, event: CaseTookOver, now: datetime) -> Notices:
    case = await case_of(work, event)
    former = await work.cases.by_id(event.lead)
    first = _("Case {code} was taken back, but others sent the matter too: it goes on under another code and date.")
    told = first(code=former.code if former else "")
    prompt = Prompt(await card(work, case, now, told), (open_button(case),))
    return to_staff(await office_of(work, case), prompt, "took over")


async def _apart(work: Work, event: CaseApart, now: datetime) -> Notices:
    case = await case_of(work, event)
    due = due_words(case.due_at, now, await work.rules.calendar())
    told = _("Your case {code} is answered by itself again, by {due}.")(code=case.code, due=due)
    return to_citizen(Prompt(told, (follow_button(case),)), "apart")


async def _office_ended(work: Work, event: OfficeEnded, now: datetime) -> Notices:
    case = await case_of(work, event)
    due = due_words(case.due_at, now, await work.rules.calendar())
    if event.to:
        told = _("{gone} exists no more. Your case {code} is with {unit} now; you will be answered by {due} as before.")
        words = told(gone=unit_name(work, event.unit), code=case.code, unit=unit_name(work, event.to), due=due)
    else:
        told = _(
            "{gone} exists no more. Our reception officers look which office takes over your case {code}; "
            "you will be answered by {due} as before."
        )
        words = told(gone=unit_name(work, event.unit), code=case.code, due=due)
    return to_citizen(Prompt(words, (follow_button(case),)), "office ended")


async def _repeat_marked(work: Work, event: RepeatMarked, now: datetime) -> Notices:
    case = await case_of(work, event)
    first = _(
        "Intake says that this case repeats the answered case {code}. Please refuse it in writing by {day}, or go on with it."
    )
    day = as_shown(event.until) if event.until else ""
    prompt = Prompt(await card(work, case, now, first(code=event.of, day=day)), (open_button(case),))
    former = await work.cases.by_code(event.of)
    told = [one for one in await heads_of(work, case) if former is None or not excluded(one, former, work.units)]
    return to_staff(told, prompt, "repeat")


SHARING: Mapping[type[Event], Callable[[Work, Any, datetime], Awaitable[Notices]]] = {
    SignatureGiven: _signature_given,
    SignatureTakenBack: _signature_taken_back,
    HelpAsked: _help_asked,
    HelpGiven: _help_given,
    HelpEnded: _help_ended,
    CaseMerged: _merged,
    TookIn: _took_in,
    GroupReached: _group,
    LeadAnswered: _lead_answered,
    LeadDateMoved: _lead_moved,
    LeadReopened: _lead_reopened,
    CaseTookOver: _took_over,
    CaseApart: _apart,
    OfficeEnded: _office_ended,
    RepeatMarked: _repeat_marked,
}
"""What is said of each event of sharing; merged into `handlers.notices.NOTICES`."""
