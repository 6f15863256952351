"""What a citizen tells about a case of his own: more information, a comment on the answer, why it does not satisfy; look-up."""

from __future__ import annotations

from bot.dialogue.flow import Accepted, Answers, Reading, Refused
from bot.dialogue.prompts import Begin, Button, Prompt, Said
from bot.dialogue.readers import Words
from bot.domain.access import DENUNCIATION, Action
from bot.domain.refs import PIN_DIGITS, looks_like_code, parse_code
from bot.domain.refusal import Refusal
from bot.text import Text, _, as_is
from bot.usecases.access import access_case, with_pin
from bot.usecases.citizen import add_information, contest, rate
from bot.usecases.unreached import read_here
from handlers.citizen_case import case_panel
from handlers.flows.readers import Story, told
from handlers.guidance import going_on
from handlers.kept import Kept, open_with
from handlers.left_out import readable
from handlers.turn import CASE, Ask, Flow, Turn

LEAST_CONTEST = 20


async def _add(turn: Turn, answers: Answers) -> Said:
    code = answers[CASE]
    await add_information(turn.work, turn.reader, code, told(answers["words"]), turn.who, turn.session.draft, turn.now)
    turn.session.notes["receipt"] = code
    return [
        Prompt(
            _("Thank you. It was added to case {code}.")(code=code),
            (Button(f"case:{code}", _("Open the case")), Button("menu:", _("Menu"))),
        )
    ]


async def _added_already(turn: Turn) -> Said:
    return [Prompt(_("This was sent already, once."), (Button("mine:0", _("My cases")), Button("menu:", _("Menu"))))]


async def _files_with_it(turn: Turn, answers: Answers) -> tuple[Text, tuple[Button, ...]]:
    number = readable(await turn.work.files.of_draft(turn.who, turn.session.draft))
    return _("Files: {count}")(count=number) if number else Text(""), ()


ADD = Flow(
    "add",
    (
        Ask(
            "words",
            _("What would you like to add? Write it, or send photos, a voice message or papers."),
            Story(Words(least=1)),
            label=_("You add"),
        ),
    ),
    _add,
    review=_("This goes to your case:"),
    extra=_files_with_it,
    again=_added_already,
    takes_files=True,
    spill="words",
)


async def begin_add(turn: Turn, code: str, said: Kept) -> Said:
    """Open the form that adds to a case, with what was said already."""
    return await open_with(turn, Begin(ADD.name, given={CASE: code}), said, "words")


async def _contest(turn: Turn, answers: Answers) -> Said:
    case = await contest(turn.work, turn.reader, answers[CASE], answers["reason"], turn.now)
    turn.session.notes["receipt"] = case.code
    if DENUNCIATION in case.flags:
        passed_on = _("We have passed it on to our reception officers and inspectors, not to the office. It is looked at again.")
        return [Prompt(going_on(turn.agency)), *await case_panel(turn, case, passed_on)]
    return await case_panel(turn, case, _("We have passed it on. The head above the one who answered looks at your case again."))


CONTEST = Flow(
    "contest",
    (
        Ask(
            "reason",
            _("We are sorry that the answer does not satisfy you. What is wrong with it, or what is missing?"),
            Words(least=LEAST_CONTEST),
            label=_("Your reason"),
        ),
    ),
    _contest,
    review=_("You can ask once for another look. This goes to the head above the one who answered:"),
    again=_added_already,
    spill="reason",
)


async def _comment(turn: Turn, answers: Answers) -> Said:
    case = await access_case(turn.work, turn.reader, answers[CASE], to=Action.RATE, now=turn.now)
    await rate(turn.work, turn.reader, case.code, case.rating or 0, turn.now, answers["words"])
    return [Prompt(_("Thank you. The office reads your comment."), (Button(f"case:{case.code}", _("Open the case")),))]


COMMENT = Flow("comment", (Ask("words", _("What would you like to say about the answer?"), Words(least=2, most=1000)),), _comment)


MISTYPED = _("This code seems mistyped by a character. Please check it.")


async def _is_code(turn: Turn, words: str) -> Reading:
    code = parse_code(words)
    if code is None and looks_like_code(words):
        return Refused(MISTYPED)
    if code is None:
        return Refused(_("That is not a case code. It looks like K7QF-2M4W: four characters, a line, four characters."))
    return Accepted(code)


async def _is_pin(turn: Turn, words: str) -> Reading:
    digits = "".join(words.split())
    if not (digits.isascii() and digits.isdecimal() and len(digits) == PIN_DIGITS):
        return Refused(_("The PIN has {digits} digits. It came with the case code when you sent the case.")(digits=PIN_DIGITS))
    return Accepted(digits)


async def _look_up(turn: Turn, answers: Answers) -> Said:
    try:
        # The own chat needs no PIN, and wrong guesses of others do not lock it.
        case = await access_case(turn.work, turn.reader, answers[CASE], to=Action.FOLLOW, now=turn.now)
        await read_here(turn.work, case)
        return await case_panel(turn, case)
    except Refusal:
        case = await with_pin(turn.work, turn.person, answers[CASE], answers["pin"], turn.now)
    turn.open_for_now(case.code)
    await read_here(turn.work, case)
    return await case_panel(turn, case, _("Opened by code and PIN, for one hour in this chat."))


def _which_pin(answers: Answers) -> Text:
    return _("Please type the PIN of case {code}, six digits.")(code=as_is(answers[CASE]))


LOOK_UP = Flow(
    "lookup",
    (
        Ask(CASE, _("Please type the case code. It looks like K7QF-2M4W."), Words(check=_is_code)),
        Ask("pin", _which_pin, Words(check=_is_pin)),
    ),
    _look_up,
)
