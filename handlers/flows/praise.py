"""Praise and suggestions: which office, who, what."""

from __future__ import annotations

from bot.dialogue.flow import Answers
from bot.dialogue.prompts import Button, Said
from bot.dialogue.readers import Words
from bot.domain.cases import About, CaseKind, KnownAs
from bot.text import Text, _
from bot.usecases.filing import Draft, file_case
from handlers.flows.feedback import ABOUT, ANYBODY, MOST_OFFICIAL, unit_of, which_unit, who_will_answer
from handlers.flows.readers import Story, told
from handlers.receipts import receipt, sent_already
from handlers.turn import Ask, Flow, Turn

PRAISE, SUGGEST = "praise", "suggest"
CATEGORY = {CaseKind.PRAISE: "Z", CaseKind.SUGGESTION: "Y"}


def _flow(name: str, kind: CaseKind, who: Text, story: Text, least: int) -> Flow:
    def draft_of(turn: Turn, answers: Answers) -> Draft:
        official = answers["official"]
        return Draft(
            kind=kind,
            unit=unit_of(answers),
            about=ABOUT[official][0] if official in ABOUT else About.PERSON,
            official="" if official in ABOUT else official,
            category=CATEGORY[kind],
            happened="",
            story=told(answers["story"]),
            # Nothing is asked, so nobody can look anything up.
            known_as=KnownAs.ANONYMOUS,
            language=turn.language,
        )

    async def remarks(turn: Turn, answers: Answers) -> tuple[Text, tuple[Button, ...]]:
        return await who_will_answer(turn, draft_of(turn, answers)), ()

    async def file_it(turn: Turn, answers: Answers) -> Said:
        draft = draft_of(turn, answers)
        return await receipt(turn, await file_case(turn.work, turn.person, turn.who, draft, turn.session.draft, turn.now))

    return Flow(
        name,
        (
            which_unit(_("Which office is it about? Type part of its name, for instance of the commune or ward.")),
            Ask(
                "official",
                who,
                Words(
                    most=MOST_OFFICIAL,
                    choices=tuple(choice for choice in ANYBODY if choice.value != "_deputy"),
                ),
                label=_("About whom"),
            ),
            Ask("story", story, Story(Words(least=least)), label=_("What you want to say")),
        ),
        file_it,
        review=_("This is what we have written down. Is it right?"),
        yes_sends=True,
        extra=remarks,
        again=sent_already,
        takes_files=True,
        spill="story",
    )


PRAISE_FLOW = _flow(
    PRAISE,
    CaseKind.PRAISE,
    _("Whom would you like to praise? Type a name or badge number, or describe the person."),
    _("What was done well? Your words go to the person's head."),
    least=5,
)
SUGGEST_FLOW = _flow(
    SUGGEST,
    CaseKind.SUGGESTION,
    _("Whom does your suggestion concern? Type a name or post, or choose below."),
    _("What would you suggest?"),
    least=10,
)
