"""What is done at once where several offices work on one case."""

from __future__ import annotations

from bot.dialogue.prompts import Prompt, Said
from bot.domain.access import Action
from bot.text import _
from bot.usecases.access import Stale
from bot.usecases.helping import end_help
from bot.usecases.repeating import deny_repeat
from handlers.office import case_panel, unit_name
from handlers.turn import Turn, Verb
from handlers.verbs.head import begins, is_staff, open_case


async def end(turn: Turn, arg: str, version: int | None) -> Said:
    """Go on without the part of an office that was asked (`CODE.unit`)."""
    code, _dot, unit = arg.partition(".")
    try:
        case = await end_help(turn.work, turn.reader, code, unit, turn.now, version)
    except Stale as stale:
        return [Prompt(stale.text), *await open_case(turn, code, None)]
    gone = _("The case goes on without the part of {unit}.")(unit=unit_name(turn.work, unit))
    return await case_panel(turn, case, gone)


async def no_repeat(turn: Turn, arg: str, version: int | None) -> Said:
    """Say that a case marked as a repeat is none; it goes on."""
    try:
        case = await deny_repeat(turn.work, turn.reader, arg, turn.now, version)
    except Stale as stale:
        return [Prompt(stale.text), *await open_case(turn, arg, None)]
    return await case_panel(turn, case, _("The case goes on as any other, by the date that it has."))


VERBS: tuple[Verb, ...] = (
    begins("help_with", "ask_help", Action.HELP),
    begins("merge", "merge_case", Action.MERGE),
    begins("repeat", "mark_repeat", Action.REJECT),
    begins("refuserepeat", "confirm_repeat", Action.ANSWER),
    Verb("norepeat", no_repeat, is_staff),
    begins("contribute", "give_part", Action.CONTRIBUTE),
    Verb("endhelp", end, is_staff),
)
