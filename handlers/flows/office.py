"""The forms of an office besides the answer: asking, returning, and what intake does with a case."""

from __future__ import annotations

from bot.dialogue.flow import Answers
from bot.dialogue.prompts import Button, Prompt, Said
from bot.dialogue.readers import Search, Words
from bot.text import _, as_is, joined
from bot.usecases.identity import see_reporter
from bot.usecases.intake import classify, forward, guide, reject
from bot.usecases.office import add_note, ask_citizen, describe_file, return_case, send_back
from handlers.clock_words import clocks_for_office
from handlers.flows.answering import ANSWER_CASE, ANSWER_FILES
from handlers.flows.common import LEAST_REASON, TOO_SHORT, RuleRow, done
from handlers.office import case_panel, unit_name
from handlers.pickers import WHAT_IT_IS, find_units, name_unit
from handlers.turn import CASE, Ask, Flow, Turn

# -- asking, noting, returning --------------------------------------------------------------------------------------


async def _ask(turn: Turn, answers: Answers) -> Said:
    case = await ask_citizen(turn.work, turn.reader, answers[CASE], answers["words"], turn.now)
    told = _("Your question on case {code} was passed on. The citizen does not see your account.")(code=case.code)
    return [Prompt(joined(told, *await clocks_for_office(turn.work, case)), done(case.code))]


async def _note(turn: Turn, answers: Answers) -> Said:
    case = await add_note(turn.work, turn.reader, answers[CASE], answers["words"], turn.now)
    return await case_panel(turn, case, _("The note was kept. The citizen never sees it."))


async def _return(turn: Turn, answers: Answers) -> Said:
    case = await return_case(turn.work, turn.reader, answers[CASE], answers["words"], turn.now)
    return [
        Prompt(
            _("Case {code} went back to be given to the right office. The due date does not move.")(code=case.code),
            (Button("work:0", _("My cases")),),
        )
    ]


async def _send_back(turn: Turn, answers: Answers) -> Said:
    case = await send_back(turn.work, turn.reader, answers[CASE], answers["words"], turn.now)
    return [Prompt(_("The draft for case {code} was sent back with your reason.")(code=case.code), done(case.code))]


ASK_CITIZEN = Flow(
    "ask_citizen",
    (
        Ask(
            "words",
            _("What do you need to know? The citizen reads it exactly as you write it."),
            Words(least=LEAST_REASON, short=TOO_SHORT, most=1500),
            label=_("Question"),
        ),
    ),
    _ask,
    review=_("This question goes to the citizen:"),
)
INNER_NOTE = Flow(
    "inner_note", (Ask("words", _("What do you want to note? Only the office reads it."), Words(most=2000)),), _note
)
GIVE_BACK = Flow(
    "give_back",
    (
        Ask(
            "words",
            _("Why is this not yours, and whose is it, if you know?"),
            Words(least=LEAST_REASON, short=TOO_SHORT, most=1000),
            label=_("Reason"),
        ),
    ),
    _return,
    review=_("The case goes back to intake with this reason:"),
    send=_("Give it back"),
)
SEND_BACK = Flow(
    "send_back",
    (Ask("words", _("What should be changed in the draft?"), Words(least=LEAST_REASON, short=TOO_SHORT, most=1000)),),
    _send_back,
)


# -- who sent it ----------------------------------------------------------------------------------------------------


async def _who_sent(turn: Turn, answers: Answers) -> Said:
    """Show name and contact, after the look was written down with its reason."""
    name, phone = await see_reporter(turn.work, turn.reader, answers[CASE], answers["reason"], turn.now)
    known = joined(as_is(name), as_is(phone), by=", ") if name or phone else _("No name was given with this case.")
    text = joined(
        _("Sent by: {who}")(who=known),
        _(
            "This look was written down with your reason. Please keep what you read here to yourself: "
            "disclosing it is punishable."
        ),
        by="\n\n",
    )
    return [Prompt(text, (Button(f"open:{answers[CASE]}", _("Back to the case")),), protect=True)]


WHO_SENT = Flow(
    "who_sent",
    (
        Ask(
            "reason",
            _("Why do you need to know who sent this? Your reason is written down, and the citizen can ask to see it."),
            Words(least=LEAST_REASON, short=TOO_SHORT, most=500),
        ),
    ),
    _who_sent,
)


# -- intake ---------------------------------------------------------------------------------------------------------


async def _forward(turn: Turn, answers: Answers) -> Said:
    case = await forward(turn.work, turn.reader, answers[CASE], answers["unit"], turn.now)
    where = (
        unit_name(turn.work, case.handling_unit)
        if case.handling_unit
        else _("intake, as nobody above that office has joined yet")
    )
    return [Prompt(_("Case {code} went to: {unit}.")(code=case.code, unit=where), (Button("work:0", _("My cases")),))]


async def _classify(turn: Turn, answers: Answers) -> Said:
    case = await classify(turn.work, turn.reader, answers[CASE], answers["category"], turn.now)
    return await case_panel(turn, case, _("The category was corrected. The due date does not move."))


async def _guide(turn: Turn, answers: Answers) -> Said:
    case = await guide(turn.work, turn.reader, answers[CASE], answers["words"], turn.now)
    return [
        Prompt(
            _("The citizen was told where to go. Case {code} is closed as guided.")(code=case.code),
            (Button("work:0", _("My cases")),),
        )
    ]


async def _reject(turn: Turn, answers: Answers) -> Said:
    case = await reject(turn.work, turn.reader, answers[CASE], answers["reason"], turn.now)
    return [
        Prompt(
            _("Case {code} was not taken; the citizen was told why.")(code=case.code),
            (Button("work:0", _("My cases")),),
        )
    ]


async def _describe(turn: Turn, answers: Answers) -> Said:
    case = await describe_file(turn.work, turn.reader, answers[CASE], int(answers["file"]), answers["words"], turn.now)
    return await case_panel(turn, case, _("Your description is with the file now; the office can read it."))


FORWARD_CASE = Flow(
    "forward_case",
    (Ask("unit", _("To which office? Type part of its name."), Search(find_units, name_unit), label=_("Office")),),
    _forward,
    review=_("The case goes to the head of this office, or past him if he is complained about:"),
    send=_("Forward"),
)
CLASSIFY_CASE = Flow("classify_case", (Ask("category", _("What is it about?"), WHAT_IT_IS),), _classify)
GUIDE_CASE = Flow(
    "guide_case",
    (
        Ask(
            "words",
            _("Where should the citizen go, and how? Write the address or passing-on letter in plain words."),
            Words(least=LEAST_REASON, short=TOO_SHORT, most=2000),
            label=_("Guidance"),
        ),
    ),
    _guide,
    review=_("The citizen will read:"),
)
REJECT_CASE = Flow(
    "reject_case",
    (Ask("reason", _("Why is it not taken?"), RuleRow("reject_reasons"), label=_("Reason")),),
    _reject,
    review=_("The citizen will be told this reason, and how to come in person:"),
    send=_("Do not take it"),
)
DESCRIBE_FILE = Flow(
    "describe_file",
    (Ask("words", _("What is in this file? Leave out what shows who sent it."), Words(least=3, most=3000)),),
    _describe,
)

FLOWS = (
    ANSWER_CASE,
    ANSWER_FILES,
    ASK_CITIZEN,
    INNER_NOTE,
    GIVE_BACK,
    SEND_BACK,
    WHO_SENT,
    FORWARD_CASE,
    CLASSIFY_CASE,
    GUIDE_CASE,
    REJECT_CASE,
    DESCRIBE_FILE,
)
OFFICE_SIDE = frozenset(flow.name for flow in FLOWS)
"""Forms whose files come from the office, not from the citizen."""
