"""The form that lets one case stand for another about the same matter."""

from __future__ import annotations

from dataclasses import dataclass

from bot.dialogue.flow import Accepted, Answers, Choice, Given, Offered, Reading, Refused
from bot.dialogue.prompts import Button, Said
from bot.domain.access import Action
from bot.domain.refs import parse_code
from bot.domain.refusal import Refusal
from bot.text import Text, _, as_is, joined
from bot.usecases.access import access_case
from bot.usecases.merging import alike, merge, merge_pair
from handlers.names import due_words
from handlers.office import case_panel
from handlers.turn import CASE, Ask, Flow, Turn


@dataclass(frozen=True)
class OtherCase:
    """The code of another case with which the one of this form may be merged; what may be the same is offered."""

    async def offer(self, turn: Turn, answers: Answers) -> Offered:
        """Return the cases that may be about the same matter, none where this one can no longer be merged."""
        try:
            case = await access_case(turn.work, turn.reader, turn.session.given.get(CASE, ""), to=Action.MERGE, now=turn.now)
        except Refusal:
            return Offered(())
        calendar = await turn.work.rules.calendar()
        label = _("{code}, due {due}")
        return Offered(
            tuple(
                Choice(one.code, label(code=one.code, due=due_words(one.due_at, turn.now, calendar)))
                for one in await alike(turn.work, turn.reader, case)
                # The later goes into the earlier, so what is due later still is not offered.
                if case.due_at is None or (one.due_at is not None and one.due_at <= case.due_at)
            )
        )

    async def read(self, turn: Turn, given: Given, answers: Answers) -> Reading:
        """Take a code, or say why these two cannot be merged in this way."""
        code = parse_code(given.picked or given.words)
        if code is None:
            return Refused(_("That is not a case code. It looks like K7QF-2M4W: four characters, a line, four characters."))
        try:
            _case, lead = await merge_pair(turn.work, turn.reader, turn.session.given[CASE], code, turn.now)
        except Refusal as no:
            return Refused(no.text)
        return Accepted(lead.code)

    async def say(self, turn: Turn, value: str, answers: Answers) -> Text:
        """Return the code."""
        return as_is(value)


async def _side_by_side(turn: Turn, answers: Answers) -> tuple[Text, tuple[Button, ...]]:
    case, lead = await merge_pair(turn.work, turn.reader, answers[CASE], answers["into"], turn.now)
    both = [_("{code}:\n{story}")(code=one.code, story=one.story) for one in (case, lead)]
    return joined(*both, _("Its sender is told, keeps code and PIN, and gets the same answer."), by="\n\n"), ()


async def _merge(turn: Turn, answers: Answers) -> Said:
    lead = await merge(turn.work, turn.reader, answers[CASE], answers["into"], turn.now)
    done = _("Case {code} is answered with this one now; no date moved.")(code=answers[CASE])
    return await case_panel(turn, lead, done)


MERGE_CASE = Flow(
    "merge_case",
    (
        Ask(
            "into",
            _("Which case is about the same matter and due first? That one is answered for both. Choose it or type its code."),
            OtherCase(),
            label=_("Answered with"),
            wants_code=True,
        ),
    ),
    _merge,
    review=_("Are these two really the same matter? This cannot be undone:"),
    extra=_side_by_side,
    send=_("Merge"),
)
