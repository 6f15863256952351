"""Questions of those who watch deadlines, in their own words: with a command, or typed as they would say them."""

from __future__ import annotations

from bot.dialogue.prompts import Button, Prompt, Said
from bot.domain.people import Role
from bot.domain.units import FoundUnit
from bot.domain.watching import Filter, What
from bot.text import _, joined
from bot.usecases.offices import offices_named
from bot.usecases.plain_words import is_asking, office_asked, understand, unreached_asked
from handlers import office_card, unreached
from handlers.names import unit_name
from handlers.turn import Turn
from handlers.watching import shown


def watches(turn: Turn) -> bool:
    """Whether the person watches the deadlines of a subtree."""
    return turn.staff is not None and turn.staff.has(Role.SUPERVISOR, Role.HEAD)


async def answer(turn: Turn, words: str, what: What | None = None) -> list[Prompt]:
    """Return what the words ask for, with what was not understood of them on top; `what` is known where a command says it.

    What was understood stands in words above every answer.
    """
    if not words or words.isdecimal():  # A button carries the number of a page at most.
        return await shown(turn, Filter(what or What.OVERDUE))
    understood = understand(
        words, lambda name: offices_named(turn.work, turn.reader, name), turn.work.rules.rows("categories"), what
    )
    first = _("Not understood: “{words}”.")(words=understood.left) if understood.left else None
    prompts = await shown(turn, understood.asked, first=first)
    others = tuple(_other(turn, understood.asked.what, one) for one in understood.others)
    return [prompts[0].plus(*others), *prompts[1:]] if others else prompts


async def asked(turn: Turn, words: str) -> Said | None:
    """Return the answer to a question typed outside any form; None for other words, and for whoever does not watch.

    A citizen who writes that his file is overdue is never taken for one who asks; neither is an official who tells a story.
    """
    if not watches(turn):
        return None
    name = office_asked(words)
    if name:
        return await office_card.asked_for(turn, name)
    not_reached = unreached_asked(words)
    if not_reached is not None:
        return await unreached.asked_for(turn, not_reached)
    if not is_asking(words):
        return None
    prompts = await answer(turn, words)
    return [*prompts[:-1], prompts[-1].plus(Button("citizen:", _("Send as a citizen")))]


def _other(turn: Turn, what: What, found: FoundUnit) -> Button:
    label = joined(_("Or:"), unit_name(turn.work, found.unit.code), by=" ")
    return Button(f"watch:{what.value}~u{found.unit.code}", label)
