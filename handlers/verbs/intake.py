"""What intake does at once."""

from __future__ import annotations

from bot.dialogue.prompts import Begin, Said
from bot.domain.access import Action
from bot.domain.people import Role
from bot.usecases.access import access_case
from handlers.turn import Turn, Verb


def is_intake(turn: Turn) -> bool:
    """Whether the person takes in cases."""
    return turn.staff is not None and turn.staff.has(Role.INTAKE)


async def describe(turn: Turn, arg: str, version: int | None) -> Said:
    """Open the form in which intake writes down what is in a file (`CODE.number`)."""
    code, _dot, file = arg.partition(".")
    case = await access_case(turn.work, turn.reader, code, to=Action.DESCRIBE, now=turn.now)
    return Begin("describe_file", given={"case": case.code, "file": file if file.isdecimal() else "0"})


VERBS: tuple[Verb, ...] = (Verb("describe", describe, is_intake),)
