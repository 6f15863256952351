"""Who is told that a letterbox was opened, and that the second person confirmed it or did not."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime

from bot.dialogue.prompts import Button, Prompt
from bot.domain.events import BoxConfirmed, BoxOpened, Event
from bot.text import _, joined
from bot.usecases.ports import Work
from handlers.by_hand import opening_words
from handlers.telling import Notices
from handlers.turn import Notice


async def _box_opened(work: Work, event: BoxOpened, now: datetime) -> Notices:
    opening = await work.by_hand.opening(event.opening)
    assert opening is not None
    told = joined(
        _("A colleague writes that you opened the letterbox together. Were you there, and is this right?"),
        await opening_words(work, opening),
        by="\n\n",
    )
    buttons = (
        Button(f"boxright:{opening.id}", _("Yes, it is right")),
        Button(f"boxwrong:{opening.id}", _("No")),
    )
    return [Notice(event.second, Prompt(told, buttons), "letterbox", once=f"box:{opening.id}")]


async def _box_confirmed(work: Work, event: BoxConfirmed, now: datetime) -> Notices:
    opening = await work.by_hand.opening(event.opening)
    assert opening is not None
    first = (
        _("The opening of the letterbox is confirmed. Now its letters can be entered.")
        if event.confirmed
        else _("The second person did not confirm the opening of the letterbox; it does not count. Please write it again.")
    )
    buttons = (Button(f"record:box.{opening.id}", _("Enter a letter")),) if event.confirmed else ()
    prompt = Prompt(joined(first, await opening_words(work, opening), by="\n\n"), buttons)
    return [Notice(opening.by, prompt, "letterbox", once=f"box decided:{opening.id}")]


BY_HAND: Mapping[type[Event], Callable[..., Awaitable[Notices]]] = {BoxOpened: _box_opened, BoxConfirmed: _box_confirmed}
"""The part of `handlers.notices.NOTICES` for the letterbox."""
