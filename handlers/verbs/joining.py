"""Adding what was typed in the form to an open case of one's own."""

from __future__ import annotations

from bot.dialogue import drafts
from bot.dialogue.flow import standing
from bot.dialogue.prompts import Button, Prompt, Said
from bot.domain.refs import parse_code
from bot.domain.refusal import Refusal
from bot.text import _
from bot.usecases.joining import join_own
from handlers.flows import feedback
from handlers.turn import Turn, Verb


def anybody(turn: Turn) -> bool:
    """Everybody is a citizen too."""
    return True


async def join(turn: Turn, arg: str, version: int | None) -> Said:
    """Add the form at its read-back to the case with this code, and leave the form."""
    session = turn.session
    if session.flow != feedback.NAME:
        raise Refusal(_("That button belongs to an earlier form. Nothing was changed."))
    answers, still_open = standing(feedback.FEEDBACK, session.answers)
    if still_open is not None:
        raise Refusal(_("Please answer the questions of the form first; then you can choose this at its end."))
    draft = feedback.draft_of(turn, drafts.whole(session, feedback.FEEDBACK, answers))
    case = await join_own(turn.work, turn.reader, parse_code(arg) or "", draft, turn.who, session.draft, turn.now)
    drafts.close(session)
    session.notes["receipt"] = case.code
    return [
        Prompt(
            _("Thank you. It was added to case {code}.")(code=case.code),
            (Button(f"case:{case.code}", _("Open the case")), Button("menu:", _("Menu"))),
        )
    ]


VERBS: tuple[Verb, ...] = (Verb("joinown", join, anybody),)
