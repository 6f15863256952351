"""The forms about the clocks of a case: asking for more time, refusing it, and the apology for a date that was missed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date

from bot.dialogue.flow import Accepted, Answers, Choice, Given, Offered, Reading, Refused
from bot.dialogue.prompts import Button, Prompt, Said
from bot.dialogue.readers import Words, no_line
from bot.domain.deadlines import TermUnit, as_shown, end_of_day, local_day
from bot.domain.refusal import Refusal
from bot.text import Text, _, as_is, joined, ngettext
from bot.usecases.apologising import apologise, owed_apology, promises
from bot.usecases.extending import ask_extension, possible_extension, refuse_extension
from bot.usecases.letters import APOLOGY, APOLOGY_ANSWERED, EXTENSION, OTHER_CAUSE, cause_words, letter
from handlers.flows.common import RuleRow
from handlers.flows.days import coming_day
from handlers.turn import CASE, Ask, Flow, Turn

LEAST_LETTER = 40
LEAST_REASON = 10
AS_PREPARED = "_prepared"
"""Kept instead of words where the prepared letter is signed as it is."""


@dataclass(frozen=True)
class Letter:
    """A letter to sign: the one that was prepared, or one's own words instead. `draft` makes it from the answers before."""

    question: Text
    draft: Callable[[Turn, Answers], Awaitable[str]]

    async def offer(self, turn: Turn, answers: Answers) -> Offered:
        """Show what was prepared, and the button that takes it as it is."""
        try:
            prepared = await self.draft(turn, answers)
        except Refusal:
            return Offered(())
        return Offered((Choice(AS_PREPARED, _("Send it as it is")),), joined(self.question, as_is(f"“{prepared}”"), by="\n\n"))

    async def read(self, turn: Turn, given: Given, answers: Answers) -> Reading:
        """Take the prepared letter, or a whole one that was typed."""
        words = given.words.strip()
        if given.picked == AS_PREPARED:
            return Accepted(AS_PREPARED)
        if len(words) < LEAST_LETTER:
            return Refused(
                _("That is too short for a letter. Please send the prepared one, or copy it and change what you like.")
            )
        return Accepted(words)

    async def say(self, turn: Turn, value: str, answers: Answers) -> Text:
        """Return the letter."""
        return as_is(await self.words(turn, value, answers))

    async def words(self, turn: Turn, value: str, answers: Answers) -> str:
        """Return what is signed."""
        return await self.draft(turn, answers) if value == AS_PREPARED else value


def _case(turn: Turn, answers: Answers) -> str:
    """Return the code of the case that the form is about."""
    return answers.get(CASE) or turn.session.given.get(CASE, "")


def _cause(turn: Turn, answers: Answers) -> str:
    return cause_words(turn.work, answers.get("cause", ""), answers.get("why", ""))


def says_nothing(answers: Answers) -> bool:
    """Whether the cause that was chosen has to be written."""
    return answers.get("cause") == OTHER_CAUSE


_CAUSE = Ask("cause", _("What is the reason? The citizen reads it."), RuleRow("extension_causes"), label=_("Reason"))
_WHY = Ask(
    "why",
    _("Please write the reason so that it fits into the letter after the word “because”."),
    Words(least=LEAST_REASON, most=300, short=_("Please write the reason in a few more words.")),
    when=says_nothing,
    label=_("Reason in words"),
)


# -- more time ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class DaysMore:
    """How many days more, each with the date that it gives."""

    async def offer(self, turn: Turn, answers: Answers) -> Offered:
        """Return what the time limit allows."""
        try:
            can = await possible_extension(turn.work, turn.reader, _case(turn, answers), turn.now)
        except Refusal:
            return Offered(())
        until = _("{days}, until {day}")
        return Offered(
            tuple(Choice(str(days), until(days=_days(days, can.unit), day=as_shown(at))) for days, at in can.dates.items())
        )

    async def read(self, turn: Turn, given: Given, answers: Answers) -> Reading:
        """Take one of them."""
        choices = (await self.offer(turn, answers)).choices
        if any(given.picked == choice.value for choice in choices):
            return Accepted(given.picked or "")
        return no_line(given)

    async def say(self, turn: Turn, value: str, answers: Answers) -> Text:
        """Return the days with their date."""
        choices = (await self.offer(turn, answers)).choices
        return next((choice.label for choice in choices if choice.value == value), as_is(value))


def _days(days: int, unit: TermUnit) -> Text:
    if unit is TermUnit.WORKING_DAYS:
        return ngettext("{count} working day", "{count} working days", days)
    return ngettext("{count} day", "{count} days", days)


async def _request_for_more(turn: Turn, answers: Answers) -> str:
    can = await possible_extension(turn.work, turn.reader, _case(turn, answers), turn.now)
    assert turn.staff is not None and can.case.due_at is not None
    new_due = can.dates.get(int(answers["days"]) if answers["days"].isdecimal() else 0)
    unit, phone = can.case.handling_unit or "", turn.agency.phone
    cause = _cause(turn, answers)
    return letter(turn.work, EXTENSION, can.case, turn.staff, unit, can.case.due_at, cause, phone, new_due)


_EXTENSION_LETTER = Letter(
    _(
        "This letter was prepared for the citizen. Send it as it is, or write your own. "
        "Nobody gets it unless more time is granted."
    ),
    _request_for_more,
)


async def _extend(turn: Turn, answers: Answers) -> Said:
    words = await _EXTENSION_LETTER.words(turn, answers["words"], answers)
    case = await ask_extension(turn.work, turn.reader, answers[CASE], answers["cause"], words, int(answers["days"]), turn.now)
    told = _("You asked for more time on case {code}. Until it is granted, the answer stays due as before.")
    return [Prompt(told(code=case.code), (Button(f"open:{case.code}", _("Back to the case")), Button("work:0", _("My cases"))))]


EXTEND_CASE = Flow(
    "extend_case",
    (
        _CAUSE,
        _WHY,
        Ask("days", _("Until when? More time is granted once only."), DaysMore(), label=_("New date")),
        Ask("words", _EXTENSION_LETTER.question, _EXTENSION_LETTER, label=_("Letter to the citizen")),
    ),
    _extend,
    review=_("This goes to the head above you, who decides:"),
    send=_("Ask for it"),
)


async def _refuse(turn: Turn, answers: Answers) -> Said:
    case = await refuse_extension(turn.work, turn.reader, answers[CASE], answers["note"], turn.now)
    told = _("More time for case {code} was not granted. The head was told; the due date stands.")
    return [Prompt(told(code=case.code), (Button(f"open:{case.code}", _("Back to the case")),))]


REFUSE_EXTENSION = Flow(
    "refuse_extension",
    (
        Ask(
            "note",
            _("Why do you not grant it? The head who asked reads it, the citizen does not."),
            Words(least=LEAST_REASON, most=1000, short=_("Please write the reason in a few more words.")),
        ),
    ),
    _refuse,
)


# -- the apology ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Promise:
    """The day by which an answer is promised; the value is the day in ISO."""

    async def offer(self, turn: Turn, answers: Answers) -> Offered:
        """Return some of the next working days."""
        try:
            owed = await owed_apology(turn.work, turn.reader, _case(turn, answers), turn.now)
        except Refusal:
            return Offered(())
        days = await promises(turn.work, owed, turn.now)
        return Offered(tuple(Choice(day.isoformat(), Text("{day}", (("day", day),))) for day in days))

    async def read(self, turn: Turn, given: Given, answers: Answers) -> Reading:
        """Take one of them, by its button or typed as a day."""
        choices = (await self.offer(turn, answers)).choices
        typed = None if given.picked else coming_day(given.words, local_day(turn.now))
        wanted = typed.isoformat() if typed else given.picked
        if any(wanted == choice.value for choice in choices):
            return Accepted(wanted or "")
        return no_line(given)

    async def say(self, turn: Turn, value: str, answers: Answers) -> Text:
        """Return the day in words."""
        return Text("{day}", (("day", date.fromisoformat(value)),))


async def _apology(turn: Turn, answers: Answers) -> str:
    owed = await owed_apology(turn.work, turn.reader, _case(turn, answers), turn.now)
    case, due = owed.case, owed.apology.due_at
    assert turn.staff is not None
    cause, phone, unit = _cause(turn, answers), turn.agency.phone, owed.apology.unit
    if not case.is_open:
        return letter(turn.work, APOLOGY_ANSWERED, case, turn.staff, unit, due, cause, phone)
    promised = date.fromisoformat(answers["promise"]) if "promise" in answers else local_day(turn.now)
    return letter(turn.work, APOLOGY, case, turn.staff, unit, due, cause, phone, end_of_day(promised))


_APOLOGY_LETTER = Letter(
    _(
        "This letter is for you to sign; the citizen gets it at once. Send it as it is, or write your own. It is about the "
        "delay, not about whether the complaint is right, and moves no due date."
    ),
    _apology,
)


async def _apologise(turn: Turn, answers: Answers) -> Said:
    words = await _APOLOGY_LETTER.words(turn, answers["words"], answers)
    promised = date.fromisoformat(answers["promise"]) if "promise" in answers else None
    case = await apologise(turn.work, turn.reader, answers[CASE], answers["cause"], words, promised, turn.now)
    told = _("Signed. The citizen of case {code} has your apology now; the due date is what it was.")
    buttons = (Button("apologise:", _("Apologies still owed")), Button("work:0", _("My cases")))
    return [Prompt(told(code=case.code), buttons)]


_LETTER = Ask("words", _APOLOGY_LETTER.question, _APOLOGY_LETTER, label=_("Letter to the citizen"))
_SIGN = _("Sign and send")
_REVIEW = _("Please read the letter once more before you sign it:")
APOLOGISE = Flow(
    "apologise",
    (
        _CAUSE,
        _WHY,
        Ask(
            "promise", _("By which day do you promise the answer? The promise moves no due date."), Promise(), label=_("Promised")
        ),
        _LETTER,
    ),
    _apologise,
    review=_REVIEW,
    send=_SIGN,
)
APOLOGISE_AFTER = Flow("apologise_after", (_CAUSE, _WHY, _LETTER), _apologise, review=_REVIEW, send=_SIGN)

FLOWS = (EXTEND_CASE, REFUSE_EXTENSION, APOLOGISE, APOLOGISE_AFTER)
