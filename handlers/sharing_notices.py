"""Who is told when a head shares his work: his signature with a deputy, a case with other units, one case for several."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import date, datetime
from typing import Any

from bot.dialogue.prompts import Button, Prompt
from bot.domain.events import Event, SignatureGiven, SignatureTakenBack
from bot.text import _
from bot.usecases.ports import Work
from handlers.office import unit_name
from handlers.telling import Notices
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


SHARING: Mapping[type[Event], Callable[[Work, Any, datetime], Awaitable[Notices]]] = {
    SignatureGiven: _signature_given,
    SignatureTakenBack: _signature_taken_back,
}
"""What is said of each event of sharing; merged into `handlers.notices.NOTICES`."""
