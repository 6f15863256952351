"""Who is told when a head shares his work: his signature with a deputy, a case with other units, one case for several."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import date, datetime
from typing import Any

from bot.dialogue.prompts import Button, Prompt
from bot.domain.access import excluded
from bot.domain.cases import Case
from bot.domain.deadlines import as_shown
from bot.domain.events import Event, HelpAsked, HelpEnded, HelpGiven, SignatureGiven, SignatureTakenBack
from bot.domain.people import Staff
from bot.domain.routing import LEADERS
from bot.text import _, joined
from bot.usecases.ports import Work
from handlers.office import case_button, unit_name
from handlers.telling import Notices, card, case_of, office_of, open_button, to_staff
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


SHARING: Mapping[type[Event], Callable[[Work, Any, datetime], Awaitable[Notices]]] = {
    SignatureGiven: _signature_given,
    SignatureTakenBack: _signature_taken_back,
    HelpAsked: _help_asked,
    HelpGiven: _help_given,
    HelpEnded: _help_ended,
}
"""What is said of each event of sharing; merged into `handlers.notices.NOTICES`."""
