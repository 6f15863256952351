"""The forms of a written reminder: a supervisor writes one, a head writes what was done."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from bot.dialogue.flow import Accepted, Answers, Given, Offered, Reading, Refused
from bot.dialogue.prompts import Button, Prompt, Said
from bot.dialogue.readers import Search, Words
from bot.text import Text, _, joined
from bot.usecases.written import LEAST_WORDS, draft_reminder, send_reminder, why_not_by, write_result
from handlers.flows.days import ComingDay
from handlers.pickers import find_units, name_unit
from handlers.turn import CASE, Ask, Flow, Turn
from handlers.written import document, draft_document, panel

UNIT, REMINDER = "unit", "reminder"
TOO_SHORT = _("That is very short. Please write it so that whoever reads it understands.")


@dataclass(frozen=True)
class DayToAct(ComingDay):
    """A working day of the office after today."""

    today: bool = False

    async def read(self, turn: Turn, given: Given, answers: Answers) -> Reading:
        """Take it, or say why it cannot be."""
        reading = await ComingDay.read(self, turn, given, answers)
        if not isinstance(reading, Accepted):
            return reading
        why_not = await why_not_by(turn.work, answers[UNIT], date.fromisoformat(reading.value), turn.now)
        return Refused(why_not) if why_not else reading

    async def offer(self, turn: Turn, answers: Answers) -> Offered:
        """Return tomorrow where it is worked then."""
        offered = await ComingDay.offer(self, turn, answers)
        days = [
            c for c in offered.choices if not await why_not_by(turn.work, answers[UNIT], date.fromisoformat(c.value), turn.now)
        ]
        return Offered(tuple(days))


async def _as_the_head_reads_it(turn: Turn, answers: Answers) -> tuple[Text, tuple[Button, ...]]:
    act_by = date.fromisoformat(answers["act_by"])
    draft = await draft_reminder(turn.work, turn.reader, answers[UNIT], answers["words"], act_by, turn.now, answers.get(CASE, ""))
    assert turn.staff is not None
    return await draft_document(turn.work, draft, turn.staff, turn.now), ()


async def _send(turn: Turn, answers: Answers) -> Said:
    act_by = date.fromisoformat(answers["act_by"])
    sent = await send_reminder(turn.work, turn.reader, answers[UNIT], answers["words"], act_by, turn.now, answers.get(CASE, ""))
    told = _("Reminder {sign} was sent. You will read here what was done.")(sign=sent.sign)
    return [Prompt(joined(told, await document(turn.work, sent), by="\n\n"), (Button("reminders:", _("Written reminders")),))]


async def _done(turn: Turn, answers: Answers) -> Said:
    written = await write_result(turn.work, turn.reader, int(answers[REMINDER]), answers["words"], turn.now)
    assert turn.staff is not None
    shown = await panel(turn.work, written, turn.staff, turn.now)
    return [Prompt(_("Thank you. What was done went to whoever reminded you.")), shown]


WRITE_REMINDER = Flow(
    "written_reminder",
    (
        Ask(UNIT, _("Which office is reminded? Type part of its name."), Search(find_units, name_unit), label=_("Office")),
        Ask(
            "words",
            _("What is the head reminded of? Write it as it shall stand in the document; name nobody who sent feedback."),
            Words(least=LEAST_WORDS, short=TOO_SHORT, most=1500),
            label=_("Matter"),
        ),
        Ask("act_by", _("By which working day is it to be done? For instance 30/11."), DayToAct(), label=_("By")),
    ),
    _send,
    review=_("Please check it: the head of the office gets this document, with a number, and it stays in the register."),
    extra=_as_the_head_reads_it,
    shows_answers=False,
)
REMINDER_DONE = Flow(
    "reminder_done",
    (
        Ask(
            "words",
            _("What was done, when, and by whom? It stands in the register as you write it."),
            Words(least=LEAST_WORDS, short=TOO_SHORT, most=1500),
            label=_("Done"),
        ),
    ),
    _done,
    review=_("This goes to whoever reminded you and into the register. It can be written once:"),
)
