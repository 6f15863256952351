"""Typing the code that another chat shows, where it did not stand behind the command."""

from __future__ import annotations

from bot.dialogue.flow import Accepted, Answers, Reading, Refused
from bot.dialogue.prompts import Said
from bot.dialogue.readers import Words
from bot.text import _
from bot.usecases.connecting import DIGITS, read_code
from handlers.connecting import connect
from handlers.turn import Ask, Flow, Turn


async def _is_code(turn: Turn, words: str) -> Reading:
    code = read_code(words)
    if code is None:
        wrong = _("The code has {digits} digits. Your other chat shows it when you type /chuyenkenh there.")
        return Refused(wrong(digits=DIGITS))
    return Accepted(code)


async def _connect(turn: Turn, answers: Answers) -> Said:
    return await connect(turn, answers["code"])


JOIN_CHAT = Flow(
    "joinchat",
    (
        Ask(
            "code",
            _("Please type the eight digits that your other chat shows. To have them shown, type /chuyenkenh there."),
            Words(check=_is_code),
            wants_code=True,
        ),
    ),
    _connect,
)
