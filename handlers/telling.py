"""What every notice is made of: whom it goes to, and what a push may carry of a case."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from bot.dialogue.prompts import Button, Prompt
from bot.domain.cases import Case
from bot.domain.events import Event
from bot.domain.people import Staff
from bot.text import Text, _, joined
from bot.usecases.notices import To, recipients
from bot.usecases.ports import Work
from handlers.names import due_of, unit_name
from handlers.office import category_name
from handlers.turn import Notice

Notices = list[Notice]
BULK = 9
"""The priority of what goes to very many at once: whatever else waits overtakes it."""


async def case_of(work: Work, event: Event) -> Case:
    """Return the case that an event is about."""
    case = await work.cases.by_id(event.case)
    assert case is not None
    return case


async def heads_of(work: Work, case: Case) -> list[Staff]:
    """Return the head of the handling unit; where that place is empty at the moment, its deputies."""
    return await recipients(work, case, To.HEAD) or await recipients(work, case, To.DEPUTY)


async def office_of(work: Work, case: Case) -> list[Staff]:
    """Return who works on the case: head and handler, or intake while it waits there."""
    return await recipients(work, case, To.HEAD, To.HANDLER) or await recipients(work, case, To.INTAKE)


async def card(work: Work, case: Case, now: datetime, first: Text) -> Text:
    """Return what a push may carry of a case."""
    return joined(
        first,
        _("Case {code}: {category}")(code=case.code, category=category_name(work, case.category)),
        _("Office: {unit}")(unit=unit_name(work, case.unit)),
        _("Answer due: {due}")(due=await due_of(work, case, now)),
    )


def open_button(case: Case) -> Button:
    """Return the button that opens a case for staff."""
    return Button(f"open:{case.code}", _("Open"))


def to_staff(staff: Iterable[Staff], prompt: Prompt, kind: str, once: str | None = None) -> Notices:
    """Return one notice for each of them; with `once` each gets it once."""
    return [Notice(member.id, prompt, kind, once=f"{once}:{member.id}" if once else None) for member in staff]


def to_citizen(prompt: Prompt, kind: str, once: str | None = None) -> Notices:
    """Return a notice for the citizen who sent the case."""
    return [Notice(None, prompt, kind, once=once)]


def follow_button(case: Case) -> Button:
    """Return the button that opens a case for the citizen who sent it."""
    return Button(f"case:{case.code}", _("Open the case"))
