"""Who is told of a written reminder: the head gets the document, the supervisor what was done about it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any

from bot.dialogue.prompts import Button, Prompt
from bot.domain.events import Event, ReminderActedOn, ReminderWritten
from bot.text import _, joined
from bot.usecases.ports import Work
from handlers.office import unit_name
from handlers.telling import Notices
from handlers.turn import Notice
from handlers.written import document


async def _written(work: Work, event: ReminderWritten, now: datetime) -> Notices:
    written = await work.written_reminders.by_id(event.reminder)
    assert written is not None
    buttons = [Button(f"remind_done:{written.id}", _("Write what was done"))]
    case = await work.cases.by_id(written.case) if written.case is not None else None
    if case is not None:
        buttons.append(Button(f"open:{case.code}", _("Open the case")))
    prompt = Prompt(await document(work, written), (*buttons, Button("reminders:", _("Written reminders"))))
    return [Notice(written.head, prompt, "written reminder", once=f"written:{written.id}")]


async def _acted_on(work: Work, event: ReminderActedOn, now: datetime) -> Notices:
    written = await work.written_reminders.by_id(event.reminder)
    assert written is not None
    told = joined(
        _("{unit} has written what was done about reminder {sign}:")(unit=unit_name(work, written.unit), sign=written.sign),
        _("What was done: {words}")(words=written.result),
        by="\n\n",
    )
    prompt = Prompt(told, (Button(f"reminder:{written.id}", _("Open the reminder")),))
    return [Notice(written.by, prompt, "reminder acted on", once=f"acted on:{written.id}")]


NOTICES: Mapping[type[Event], Callable[[Work, Any, datetime], Awaitable[Notices]]] = {
    ReminderWritten: _written,
    ReminderActedOn: _acted_on,
}
"""What is said of written reminders; merged into `handlers.notices.NOTICES`."""
