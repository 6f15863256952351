"""What a citizen reads once a case is taken."""

from __future__ import annotations

from bot.dialogue.prompts import Button, Prompt, Said
from bot.domain.cases import CaseKind
from bot.text import Text, _, joined
from bot.usecases.filing import Filed
from handlers.names import due_of, unit_name
from handlers.turn import LAST_CASE, Turn

THANKS = {
    CaseKind.FEEDBACK: _("Thank you. We have received your feedback."),
    CaseKind.SUGGESTION: _("Thank you. We have received your suggestion."),
    CaseKind.PRAISE: _("Thank you. We have received your words of praise and pass them on."),
    CaseKind.QUESTION: _("Thank you. We have received your request."),
}


async def receipt(turn: Turn, filed: Filed) -> list[Prompt]:
    """Return code, PIN, due date, who answers and how to follow; it must arrive."""
    case = filed.case
    turn.session.notes[LAST_CASE] = case.code
    turn.session.notes["receipt"] = case.code
    lines = [
        THANKS[case.kind],
        _("Case code: {code}\nPIN: {pin}")(code=case.code, pin=filed.pin),
        _("Please keep both. With them you can follow your case from any chat; we never ask you for the PIN in any other way."),
        await answer_words(turn, filed),
        _("To follow it: type the code, or choose “My cases” in the menu."),
    ]
    buttons = (
        Button(f"case:{case.code}", _("Open the case")),
        Button(f"another:{case.code}", _("Another matter about this office")),
        Button("menu:", _("Menu")),
    )
    shown = buttons if case.kind is CaseKind.FEEDBACK and case.unit else (buttons[0], buttons[2])
    return [Prompt(joined(*lines, by="\n\n"), shown)]


async def answer_words(turn: Turn, filed: Filed) -> Text:
    """Return who answers, and by when."""
    case = filed.case
    office = turn.work.units.get(case.unit) if case.unit else None
    if office is not None and office.outside:
        return passed_on(turn, case.unit)
    if filed.answered_by:
        who = _("It is with {head}, {unit}.")(head=filed.answered_by, unit=unit_name(turn.work, case.handling_unit))
    elif filed.unit_name:
        who = _("It is with {unit}.")(unit=unit_name(turn.work, case.handling_unit))
    else:
        who = _("Our reception officers look at it first and give it to whoever can answer.")
    if case.due_at is None:
        return joined(who, _("We tell you the date of the answer as soon as it is known."), by=" ")
    due = await due_of(turn.work, case, turn.now)
    return joined(who, _("You will have an answer at the latest: {due}.")(due=due), by=" ")


def passed_on(turn: Turn, unit: str | None) -> Text:
    """Return what becomes of a case about an office with its own line of command: no date of an answer is ours to promise."""
    return _(
        "{unit} has its own line of command, outside the People's Committee. Our reception officers pass it on and tell you "
        "where it went."
    )(unit=unit_name(turn.work, unit))


async def sent_already(turn: Turn) -> Said:
    """Return what a second press of the same button says."""
    code = turn.session.notes.get(LAST_CASE, "")
    return [
        Prompt(
            _("This was sent already, once. Its case code is {code}.")(code=code), (Button(f"case:{code}", _("Open the case")),)
        )
    ]
