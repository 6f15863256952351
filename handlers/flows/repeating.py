"""The forms for a case that repeats an answered one: intake marks it, the head refuses it in writing."""

from __future__ import annotations

from bot.dialogue.flow import Accepted, Answers, Reading, Refused
from bot.dialogue.prompts import Button, Prompt, Said
from bot.dialogue.readers import Words
from bot.domain.refs import parse_code
from bot.text import _
from bot.usecases.repeating import confirm_repeat, mark_repeat
from handlers.flows.common import LEAST_REASON, TOO_SHORT
from handlers.office import case_panel
from handlers.turn import CASE, Ask, Flow, Turn


async def _is_code(turn: Turn, words: str) -> Reading:
    code = parse_code(words)
    if code is None:
        return Refused(_("That is not a case code. It looks like K7QF-2M4W: four characters, a line, four characters."))
    return Accepted(code)


async def _mark(turn: Turn, answers: Answers) -> Said:
    case = await mark_repeat(turn.work, turn.reader, answers[CASE], answers["of"], answers["words"], turn.now)
    return await case_panel(turn, case, _("The head was asked to confirm it in writing within three working days."))


async def _confirm(turn: Turn, answers: Answers) -> Said:
    case = await confirm_repeat(turn.work, turn.reader, answers[CASE], answers["words"], answers["document"], turn.now)
    done = _("Case {code} was refused as a repeat; the citizen reads your reason.")(code=case.code)
    return [Prompt(done, (Button("work:0", _("My cases")),))]


MARK_REPEAT = Flow(
    "mark_repeat",
    (
        Ask(
            "of",
            _("Which answered case does it repeat? Please type its code."),
            Words(check=_is_code),
            label=_("Repeats"),
            wants_code=True,
        ),
        Ask(
            "words",
            _("Why is there nothing new in it? The head reads this."),
            Words(least=LEAST_REASON, short=TOO_SHORT, most=1000),
            label=_("Reason"),
        ),
    ),
    _mark,
    review=_("The head is asked to confirm this in writing; until then the case goes on:"),
)
CONFIRM_REPEAT = Flow(
    "confirm_repeat",
    (
        Ask(
            "words",
            _("Please tell the citizen kindly what was answered already, and that there is nothing new to look into."),
            Words(least=LEAST_REASON, short=TOO_SHORT, most=1500),
            label=_("Reason"),
        ),
        Ask(
            "document",
            _("Number and date of the written notice? For instance: 12/TB-UBND ngày 26/11/2026."),
            Words(least=3, most=200),
            label=_("Document"),
        ),
    ),
    _confirm,
    review=_("The case is refused as a repeat of an answered one; the citizen reads:"),
)
FLOWS = (MARK_REPEAT, CONFIRM_REPEAT)
