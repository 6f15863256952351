"""The forms by which an office asks another for its part in a case, and that one answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from bot.dialogue.flow import Accepted, Answers, Given, Reading, Refused
from bot.dialogue.prompts import Button, Prompt, Said
from bot.dialogue.readers import Search, Words
from bot.domain.access import Action
from bot.text import _
from bot.usecases.access import access_case
from bot.usecases.helping import ask_help, give_part, last_day
from handlers.flows.common import LEAST_REASON, TOO_SHORT
from handlers.flows.days import ComingDay
from handlers.office import case_panel, unit_name
from handlers.pickers import find_units, name_unit
from handlers.turn import CASE, Ask, Flow, Turn


@dataclass(frozen=True)
class DayOfHelp(ComingDay):
    """A day from today on that is not later than the date of the case; said at once, not when the form is sent."""

    async def read(self, turn: Turn, given: Given, answers: Answers) -> Reading:
        """Take such a day: "24/11" typed on 26/11 is that of next year, and so too late."""
        reading = await ComingDay.read(self, turn, given, answers)
        if not isinstance(reading, Accepted):
            return reading
        case = await access_case(turn.work, turn.reader, turn.session.given[CASE], to=Action.HELP, now=turn.now)
        latest = last_day(case, turn.now)
        if latest is not None and date.fromisoformat(reading.value) > latest:
            return Refused(_("The day must be from today on and no later than the date of the case itself."))
        return reading


async def _ask(turn: Turn, answers: Answers) -> Said:
    due_on = date.fromisoformat(answers["day"])
    case = await ask_help(turn.work, turn.reader, answers[CASE], answers["unit"], answers["words"], due_on, turn.now)
    asked = _("{unit} was asked for its part by {day}. The date of the case does not move.")
    return await case_panel(turn, case, asked(unit=unit_name(turn.work, answers["unit"]), day=due_on))


async def _give(turn: Turn, answers: Answers) -> Said:
    case = await give_part(turn.work, turn.reader, answers[CASE], answers["words"], turn.now)
    thanks = _("Your part in case {code} went to the office that leads it. Thank you.")(code=case.code)
    return [Prompt(thanks, (Button("work:0", _("My cases")),))]


ASK_HELP = Flow(
    "ask_help",
    (
        Ask("unit", _("Which office should help? Type part of its name."), Search(find_units, name_unit), label=_("Office")),
        Ask(
            "words",
            _("What do you need from it? It reads the case, never who sent it."),
            Words(least=LEAST_REASON, short=TOO_SHORT, most=1500),
            label=_("Request"),
        ),
        Ask("day", _("By which day, at the latest that of the case? For instance 30/11."), DayOfHelp(), label=_("Until")),
    ),
    _ask,
    review=_("You lead and answer for the whole; the other office gets this request:"),
)
GIVE_PART = Flow(
    "give_part",
    (
        Ask(
            "words",
            _("Please write your part: what you checked, what you found. The office that leads the case reads it."),
            Words(least=LEAST_REASON, short=TOO_SHORT, most=4000),
            label=_("Your part"),
        ),
    ),
    _give,
    review=_("This goes to the office that leads the case. After that you see the case no more:"),
)
FLOWS = (ASK_HELP, GIVE_PART)
