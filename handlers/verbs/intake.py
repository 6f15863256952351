"""What intake does at once."""

from __future__ import annotations

from bot.dialogue.prompts import Begin, Prompt, Said
from bot.domain.access import Action
from bot.domain.people import Role
from bot.text import _, joined
from bot.usecases.access import access_case
from handlers.office import PAGE, case_lines, page_buttons
from handlers.turn import Turn, Verb
from handlers.verbs.head import page_of, seen


def is_intake(turn: Turn) -> bool:
    """Whether the person takes in cases."""
    return turn.staff is not None and turn.staff.has(Role.INTAKE)


async def waiting(turn: Turn, arg: str, version: int | None) -> Said:
    """List the cases that wait for intake, the oldest first."""
    assert turn.staff is not None
    page = page_of(arg)
    units = sorted(turn.staff.units(Role.INTAKE))
    found = await turn.work.cases.with_intake(units, limit=PAGE + 1, offset=page * PAGE)
    cases = await seen(turn, found)
    if not cases:
        return [Prompt(_("Nothing waits for intake."))]
    more = cases if len(found) > PAGE else cases[:PAGE]
    lines = joined(_("Waiting for intake, the oldest on top:"), await case_lines(turn, cases[:PAGE]), by="\n\n")
    return [Prompt(lines, page_buttons("intake", more, page))]


async def describe(turn: Turn, arg: str, version: int | None) -> Said:
    """Open the form in which intake writes down what is in a file (`CODE.number`)."""
    code, _dot, file = arg.partition(".")
    case = await access_case(turn.work, turn.reader, code, to=Action.DESCRIBE, now=turn.now)
    return Begin("describe_file", given={"case": case.code, "file": file if file.isdecimal() else "0"})


VERBS: tuple[Verb, ...] = (
    Verb("intake", waiting, is_intake, ("tiepnhan", "intake")),
    Verb("describe", describe, is_intake),
)
