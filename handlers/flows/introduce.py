"""Saying one's name on joining, where the invitation names nobody."""

from __future__ import annotations

from bot.dialogue.flow import Answers
from bot.dialogue.prompts import Said
from bot.dialogue.readers import Words
from bot.text import _
from bot.usecases.staffing import redeem
from handlers.menu import menu
from handlers.turn import Ask, Flow, Turn

NAME, CODE = "introduce", "code"
LEAST_NAME, MOST_NAME = 3, 80


async def _join(turn: Turn, answers: Answers) -> Said:
    """Redeem the invitation under this name."""
    turn.staff = await redeem(turn.work, turn.person, answers[CODE], turn.now, answers["name"])
    return [menu(turn, _("Welcome. Your role is set up; this chat is now yours to work with."))]


INTRODUCE = Flow(
    NAME,
    (
        Ask(
            "name",
            _(
                "Please type your full name, as citizens may read it under an answer. By it we also keep complaints about you "
                "away from you."
            ),
            Words(least=LEAST_NAME, most=MOST_NAME),
        ),
    ),
    _join,
)
