"""Requests about one's own data, which run by time limits of their own (LAW 7.2.5)."""

from __future__ import annotations

from bot.dialogue.flow import Answers
from bot.dialogue.prompts import Said
from bot.dialogue.readers import Words
from bot.domain.cases import About, CaseKind, KnownAs
from bot.text import Text, _
from bot.usecases.filing import Draft, file_case
from handlers.receipts import receipt, sent_already
from handlers.turn import Ask, Flow, Turn

LEAST, MOST = 5, 1500
DELETE = "PD-DELETE"


async def file_request(turn: Turn, category: str, words: str, nonce: str) -> Said:
    """File a request about one's own data, in these words; it goes to the reception officers."""
    draft = Draft(
        kind=CaseKind.QUESTION,
        unit=None,
        about=About.UNKNOWN,
        official="",
        category=category,
        happened="",
        story=words,
        known_as=KnownAs.CUSTODIAN,
        language=turn.language,
    )
    return await receipt(turn, await file_case(turn.work, turn.person, turn.who, draft, nonce, turn.now))


def _flow(name: str, category: str, text: Text) -> Flow:
    async def file_it(turn: Turn, answers: Answers) -> Said:
        return await file_request(turn, category, answers["words"], turn.session.draft)

    return Flow(
        name,
        (Ask("words", text, Words(least=LEAST, most=MOST), label=_("Your request")),),
        file_it,
        review=_("This request goes to the reception officers, who keep your data:"),
        again=sent_already,
        spill="words",
    )


CORRECT = _flow(
    "correct",
    "PD-VIEW",
    _("What should be corrected, or what would you like to have a copy of? Please give the case code if it is about a case."),
)
ERASE = _flow("erase", DELETE, _("What should be deleted? Please give the case code if it is about a case."))
