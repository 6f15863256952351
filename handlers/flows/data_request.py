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


def _flow(name: str, category: str, text: Text) -> Flow:
    async def file_it(turn: Turn, answers: Answers) -> Said:
        draft = Draft(
            kind=CaseKind.QUESTION,
            unit=None,
            about=About.UNKNOWN,
            official="",
            category=category,
            happened="",
            story=answers["words"],
            known_as=KnownAs.CUSTODIAN,
            language=turn.language,
        )
        return await receipt(turn, await file_case(turn.work, turn.person, turn.who, draft, turn.session.draft, turn.now))

    return Flow(
        name,
        (Ask("words", text, Words(least=5, most=1500), label=_("Your request")),),
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
ERASE = _flow("erase", "PD-DELETE", _("What should be deleted? Please give the case code if it is about a case."))
