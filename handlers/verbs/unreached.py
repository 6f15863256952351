"""Citizens who could not be reached: the list of supervisors and heads, and the note that somebody told them otherwise."""

from __future__ import annotations

from bot.dialogue.prompts import Button, Prompt, Said
from bot.domain.unreached import read
from bot.text import _
from bot.usecases.access import Stale
from bot.usecases.unreached import tell_otherwise
from handlers.asking import watches
from handlers.turn import Turn, Verb
from handlers.unreached import asked_for, shown
from handlers.verbs.head import is_staff, open_case


async def unreached(turn: Turn, arg: str, version: int | None) -> Said:
    """Say which citizens were not reached: all, `filter`, `filter.page` of the cases, or those of an office by its name."""
    written, _dot, place = arg.strip().partition(".")
    asked = read(written)
    if asked is None:
        return await asked_for(turn, arg)
    return await shown(turn, asked, int(place) if place.isdecimal() and len(place) <= 4 else None)


async def told(turn: Turn, arg: str, version: int | None) -> Said:
    """Note that the citizen was told in another way."""
    try:
        case, messages = await tell_otherwise(turn.work, turn.reader, arg, turn.now, version)
    except Stale as stale:
        return [Prompt(stale.text), *await open_case(turn, arg, None)]
    noted = _("Noted: the citizen of case {code} was told in another way. Your name stands with it.")
    none = _("Nothing of case {code} waits to be told any more, or it is still being tried and goes out by itself.")
    buttons = (Button(f"open:{case.code}", _("Back to the case")),)
    return [Prompt((noted if messages else none)(code=case.code), buttons)]


VERBS: tuple[Verb, ...] = (
    Verb("unreached", unreached, watches, ("khongtoi", "unreached")),
    Verb("told", told, is_staff, ("dabaodan", "told")),
)
