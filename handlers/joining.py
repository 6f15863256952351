"""The offer to add to an open case of one's own, at the read-back of the form."""

from __future__ import annotations

from bot.dialogue.prompts import Button
from bot.text import Text, _
from bot.usecases.filing import Draft
from bot.usecases.joining import own_open_case
from handlers.turn import Turn


async def join_offer(turn: Turn, draft: Draft) -> tuple[Text, tuple[Button, ...]]:
    """Return the question whether to add this to an open case of his own, and its button; nothing where there is none."""
    case = await own_open_case(turn.work, turn.person, draft, turn.now)
    if case is None:
        return Text(""), ()
    asked = _(
        "You sent case {code} about the same office and the same kind of matter, and it is still open. If this belongs to it, "
        "you can add it there; nothing that you typed is lost."
    )
    return asked(code=case.code), (Button(f"joinown:{case.code}", _("Add it to {code}")(code=case.code)),)
