"""What a citizen does at once, by a button or a command."""

from __future__ import annotations

from dataclasses import replace

from bot.dialogue.panels import ask_to_stop
from bot.dialogue.prompts import Begin, Button, Prompt, Said
from bot.domain.access import DENUNCIATION, Action
from bot.domain.cases import CaseKind
from bot.domain.folding import fold
from bot.domain.refs import parse_code
from bot.domain.refusal import Refusal
from bot.text import _, as_is, joined
from bot.usecases.access import Stale, access_case
from bot.usecases.citizen import forget_chat, looked_at_again, may_contest, my_cases, rate, renew_pin, timeline, withdraw
from bot.usecases.unreached import read_here
from handlers.answered import NOT_AGREED
from handlers.arrivals import begin_feedback, forget_rated, join, note_rated
from handlers.citizen_case import PAGE, STARS, case_list, case_panel, office_files, when_and_what
from handlers.flows import feedback, own_case, praise
from handlers.guidance import complaint, denunciation
from handlers.kept import take_recent
from handlers.menu import LANGUAGES, citizen_menu, help_words, menu
from handlers.turn import CASE, Turn, Verb
from handlers.verbs.head import is_staff, open_case
from handlers.working import why_this_date

LOW = 2


def anybody(turn: Turn) -> bool:
    """Everybody is a citizen too."""
    return True


async def show_menu(turn: Turn, arg: str, version: int | None) -> Said:
    """Show the menu that fits the person."""
    return [menu(turn)]


async def as_a_citizen(turn: Turn, arg: str, version: int | None) -> Said:
    """Let somebody with a role send something as a citizen: what he has just written, or whatever the menu offers."""
    said = take_recent(turn)
    return await begin_feedback(turn, said) if said else [citizen_menu(turn)]


async def send_feedback(turn: Turn, arg: str, version: int | None) -> Said:
    """Open the form, with what was said before as its story; a form that is half filled in is not lost."""
    forget_rated(turn)
    if turn.session.flow == feedback.NAME and arg != "new":
        return [
            Prompt(
                _("You have an unfinished form. Continue with it, or begin another? It is kept for later in any case."),
                (
                    Button(f"_go@{turn.session.draft}", _("Continue the form")),
                    Button("feedback:new", _("Begin another")),
                ),
            )
        ]
    return await begin_feedback(turn, take_recent(turn))


async def another(turn: Turn, arg: str, version: int | None) -> Said:
    """Open the form for another matter about the same office (LAW 1.9 B7)."""
    case = await access_case(turn.work, turn.reader, arg, to=Action.FOLLOW, now=turn.now)
    known = {"unit": case.unit} if case.unit else {}
    if case.kind is CaseKind.FEEDBACK and DENUNCIATION not in case.flags:
        known["kind"] = feedback.REPORT
    return Begin(feedback.NAME, known=known)


async def praise_or_suggest(turn: Turn, arg: str, version: int | None) -> Said:
    """Ask which of the two, or open the form."""
    if arg in (praise.PRAISE, praise.SUGGEST):
        return Begin(arg)
    return [
        Prompt(
            _("Would you like to praise somebody, or suggest something?"),
            (
                Button(f"praise:{praise.PRAISE}", _("Praise")),
                Button(f"praise:{praise.SUGGEST}", _("Suggest")),
                Button("menu:", _("Menu")),
            ),
        )
    ]


async def mine(turn: Turn, arg: str, version: int | None) -> Said:
    """List the person's cases, newest first, a page at a time; with a code open that one."""
    if parse_code(arg):
        return await show_case(turn, arg, version)
    page = int(arg) if arg.isdecimal() and len(arg) <= 4 else 0
    cases = await my_cases(turn.work, turn.person, PAGE + 1, page * PAGE)
    if not cases:
        none = _("No case was sent from this chat. If you have a code and a PIN, you can look it up.")
        return [Prompt(none, (Button("lookup:", _("Look up by code")), Button("menu:", _("Menu"))))]
    return [await case_list(turn, cases, page)]


async def show_case(turn: Turn, arg: str, version: int | None) -> Said:
    """Open a case by its code: one's own, one of the office's if there is a role, else by its PIN."""
    code = parse_code(arg)
    if code is None:
        return Begin(own_case.LOOK_UP.name)
    try:
        case = await access_case(turn.work, turn.reader, code, to=Action.FOLLOW, now=turn.now)
    except Refusal:
        if is_staff(turn):
            return await open_case(turn, code, None)
        return Begin(own_case.LOOK_UP.name, known={CASE: code})
    await read_here(turn.work, case)
    return await case_panel(turn, case)


async def look_up(turn: Turn, arg: str, version: int | None) -> Said:
    """Look a case up by code and PIN, from any chat."""
    code = parse_code(arg)
    return Begin(own_case.LOOK_UP.name, known={CASE: code} if code else {})


async def add(turn: Turn, arg: str, version: int | None) -> Said:
    """Open the form to add to a case or answer a question; what was said just before is the answer."""
    case = await access_case(turn.work, turn.reader, arg, to=Action.ADD, now=turn.now)
    return await own_case.begin_add(turn, case.code, take_recent(turn))


async def take_back(turn: Turn, arg: str, version: int | None) -> Said:
    """Take a case back, after asking once more (`CODE.yes`)."""
    code, _dot, sure = arg.partition(".")
    if sure != "yes":
        try:
            case = await access_case(turn.work, turn.reader, code, to=Action.WITHDRAW, version=version, now=turn.now)
        except Stale as stale:
            return [Prompt(stale.text), *await case_panel(turn, stale.case)]
        question = _("Take back case {code}? Nobody will answer it then. It stays on record as taken back; nothing is deleted.")
        return [Prompt(question(code=case.code), _yes_or_no(f"takeback:{case.code}.yes@{case.version}", case.code))]
    try:
        case = await withdraw(turn.work, turn.reader, code, turn.now, version)
    except Stale as stale:
        return [Prompt(stale.text), *await case_panel(turn, stale.case)]
    return await case_panel(turn, case, _("Your case was taken back."))


def _yes_or_no(token: str, code: str) -> tuple[Button, ...]:
    return Button(token, _("Yes")), Button(f"case:{code}", _("No, go back"))


async def rate_answer(turn: Turn, arg: str, version: int | None) -> Said:
    """Ask for one to five, or keep it (`CODE.stars`)."""
    code, _dot, stars = arg.partition(".")
    if not stars.isdecimal() or len(stars) > 1:
        case = await access_case(turn.work, turn.reader, code, to=Action.RATE, now=turn.now)
        buttons = tuple(Button(f"rate:{case.code}.{number}", as_is(f"{number} ★")) for number in STARS)
        return [Prompt(_("How satisfied are you with the answer? 1 is not at all, 5 is very."), buttons)]
    case = await rate(turn.work, turn.reader, code, int(stars), turn.now)
    note_rated(turn, case.code)
    buttons = (Button(f"comment:{case.code}", _("Add a comment")), Button(f"case:{case.code}", _("Open the case")))
    thanks = _("Thank you. You rated the answer {stars} of 5.")(stars=int(stars))
    if int(stars) <= LOW and may_contest(case, turn.now):
        offer = _("If you do not agree with the answer, you can ask once for another look.")
        return [Prompt(joined(thanks, offer, by=" "), (Button(f"contest:{case.code}", _("I do not agree")), *buttons))]
    return [Prompt(thanks, buttons)]


async def comment(turn: Turn, arg: str, version: int | None) -> Said:
    """Open the form for a comment on a rated answer, or take what was said just before as the comment (`CODE.kept`)."""
    code, _dot, said = arg.partition(".")
    case = await access_case(turn.work, turn.reader, code, to=Action.RATE, now=turn.now)
    forget_rated(turn)
    words = take_recent(turn).words if said else ""
    return Begin(own_case.COMMENT.name, given={CASE: case.code}, known={"words": words} if words else {})


async def contest_answer(turn: Turn, arg: str, version: int | None) -> Said:
    """Open the form that asks for another look; what was said just before may be the reason already (`CODE.kept`)."""
    code, _dot, said = arg.partition(".")
    try:
        case = await access_case(turn.work, turn.reader, code, to=Action.CONTEST, version=version, now=turn.now)
    except Stale as stale:
        return [Prompt(stale.text), *await case_panel(turn, stale.case)]
    if case.contested and case.is_open:
        return await case_panel(turn, case, looked_at_again())
    if not may_contest(case, turn.now):
        over = _("Case {code} cannot be looked at again: it was once already, or the time for it is over.")
        return await case_panel(turn, case, over(code=case.code))
    reason = take_recent(turn).words if said else ""
    known = {"reason": reason} if len(NOT_AGREED.sub("", fold(reason))) >= own_case.LEAST_CONTEST else {}
    return Begin(own_case.CONTEST.name, given={CASE: case.code}, known=known)


async def show_timeline(turn: Turn, arg: str, version: int | None) -> Said:
    """Show what happened to a case."""
    case = await access_case(turn.work, turn.reader, arg, to=Action.FOLLOW, now=turn.now)
    lines = await timeline(turn.work, case)
    head = _("What has been done in case {code}:")(code=case.code)
    return [Prompt(joined(head, when_and_what(lines), by="\n\n"), (Button(f"case:{case.code}", _("Back to the case")),))]


async def why_date(turn: Turn, arg: str, version: int | None) -> Said:
    """Say where the due date comes from."""
    case = await access_case(turn.work, turn.reader, arg, to=Action.FOLLOW, now=turn.now)
    return [Prompt(await why_this_date(turn.work, case), (Button(f"case:{case.code}", _("Back to the case")),))]


async def attached(turn: Turn, arg: str, version: int | None) -> Said:
    """Send the files that came with the answer."""
    case = await access_case(turn.work, turn.reader, arg, to=Action.FOLLOW, now=turn.now)
    files = await office_files(turn.work, case)
    back = (Button(f"case:{case.code}", _("Back to the case")),)
    if not files:
        return [Prompt(_("No files came with the answer."), back)]
    return [Prompt(_("The files of the answer to case {code}.")(code=case.code), back, files=files)]


async def new_pin(turn: Turn, arg: str, version: int | None) -> Said:
    """Give a new PIN, after asking once more (`CODE.yes`)."""
    code, _dot, sure = arg.partition(".")
    if sure != "yes":
        case = await access_case(turn.work, turn.reader, code, to=Action.FOLLOW, now=turn.now)
        return [
            Prompt(
                _("Make a new PIN for case {code}? The old one opens nothing any more.")(code=case.code),
                _yes_or_no(f"newpin:{case.code}.yes", case.code),
            )
        ]
    pin = await renew_pin(turn.work, turn.reader, code, turn.now)
    turn.session.notes["receipt"] = code
    return [
        Prompt(
            _("Case code: {code}\nNew PIN: {pin}\nPlease keep both.")(code=code, pin=pin),
            (Button(f"case:{code}", _("Back to the case")),),
        )
    ]


async def forget(turn: Turn, arg: str, version: int | None) -> Said:
    """Cut a case off from this chat for good, after asking once more (`CODE.yes`)."""
    code, _dot, sure = arg.partition(".")
    if sure != "yes":
        case = await access_case(turn.work, turn.reader, code, to=Action.FOLLOW, now=turn.now)
        return [
            Prompt(
                joined(
                    _("Forget this chat for case {code}?")(code=case.code),
                    _(
                        "The link between the case and this chat is cut for good. No message about it comes here any more, also "
                        "no answer. Only code and PIN open it then: please be sure that you have both. The messages above stay "
                        "on your telephone until you delete them there."
                    ),
                    by="\n\n",
                ),
                (
                    Button(f"newpin:{case.code}", _("First a new PIN")),
                    Button(f"forgetchat:{case.code}.yes", _("Yes, forget this chat")),
                    Button(f"case:{case.code}", _("No, go back")),
                ),
            )
        ]
    case = await forget_chat(turn.work, turn.reader, code, turn.now)
    await turn.forget_case_everywhere(case.code)
    forget_rated(turn)
    forgotten = _("Done. Nothing leads from case {code} to this chat any more. You can look it up by code and PIN.")
    return [Prompt(forgotten(code=case.code), (Button("menu:", _("Menu")),))]


async def how_to(turn: Turn, arg: str, version: int | None) -> Said:
    """Say how to lodge a formal complaint or denunciation; `.feedback` after it opens the form on the same matter.

    The form knows then what was wanted: feedback beside a denunciation goes to intake and never to the office (LAW B1).
    """
    ways = {"complaint": complaint, "denunciation": denunciation}
    way, _dot, as_feedback = arg.partition(".")
    if as_feedback and way in ways:
        kind = feedback.DENOUNCE if way == "denunciation" else feedback.COMPLAIN
        return await begin_feedback(turn, take_recent(turn), {"kind": kind, "guided": "feedback"})
    if arg in ways:
        buttons = (Button(f"howto:{arg}.feedback", _("Send feedback on it")), Button("menu:", _("Menu")))
        return [Prompt(ways[arg](turn.agency), buttons)]
    return [
        Prompt(
            _("Which petition? A chat cannot take either, but we tell you how and where."),
            (
                Button("howto:complaint", _("Have a decision about me reviewed")),
                Button("howto:denunciation", _("Accuse somebody of breaking the law")),
                Button("menu:", _("Menu")),
            ),
        )
    ]


async def show_help(turn: Turn, arg: str, version: int | None) -> Said:
    """Show emergency numbers and how this works."""
    return [Prompt(help_words(turn.agency), (Button("menu:", _("Menu")),))]


async def language(turn: Turn, arg: str, version: int | None) -> Said:
    """Offer the languages, or speak the one that was picked."""
    if arg not in LANGUAGES:
        buttons = tuple(Button(f"lang:{code}", as_is(name)) for code, name in LANGUAGES.items())
        return [Prompt(_("Which language would you like?"), buttons)]
    await speak(turn, arg)
    return [menu(turn, _("From now on we write to you in English."))]


async def speak(turn: Turn, code: str) -> None:
    """From now on speak this language with the person."""
    await turn.work.people.set_language(turn.person.id, code)
    turn.person = replace(turn.person, language=code)
    turn.session.notes["relearn"] = code


async def stop(turn: Turn, arg: str, version: int | None) -> Said:
    """Ask whether to throw the open form away."""
    if not turn.session.flow:
        return [menu(turn, _("No form is open."))]
    return ask_to_stop(turn.session)


async def redeem(turn: Turn, arg: str, version: int | None) -> Said:
    """Take the role of an invitation whose code was typed."""
    return await join(turn, arg.removeprefix("i_"))


VERBS: tuple[Verb, ...] = (
    Verb("menu", show_menu, anybody, ("menu", "start")),
    Verb("citizen", as_a_citizen, anybody),
    Verb("feedback", send_feedback, anybody, ("phananh", "feedback")),
    Verb("another", another, anybody),
    Verb("praise", praise_or_suggest, anybody, ("khen", "praise")),
    Verb("mine", mine, anybody, ("hoso", "mycases")),
    Verb("case", show_case, anybody),
    Verb("lookup", look_up, anybody, ("tracuu", "lookup")),
    Verb("add", add, anybody),
    Verb("takeback", take_back, anybody),
    Verb("rate", rate_answer, anybody),
    Verb("comment", comment, anybody),
    Verb("contest", contest_answer, anybody),
    Verb("timeline", show_timeline, anybody),
    Verb("whydate", why_date, anybody),
    Verb("attached", attached, anybody),
    Verb("newpin", new_pin, anybody),
    Verb("forgetchat", forget, anybody),
    Verb("howto", how_to, anybody, ("huongdan", "howto")),
    Verb("help", show_help, anybody, ("trogiup", "help")),
    Verb("lang", language, anybody, ("ngonngu", "language")),
    Verb("cancel", stop, anybody, ("huy", "cancel")),
    Verb("join", redeem, anybody, ("thamgia", "join")),
)
