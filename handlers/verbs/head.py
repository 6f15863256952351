"""What heads, deputies and handlers do at once."""

from __future__ import annotations

from bot.dialogue.prompts import Begin, Button, Prompt, Said
from bot.domain.access import Action
from bot.domain.cases import Case
from bot.domain.deadlines import Standing, standing_on
from bot.domain.people import Role
from bot.domain.refusal import Refusal
from bot.text import Text, _, as_is, joined, ngettext
from bot.usecases.access import Stale, access_case, files_of
from bot.usecases.answer_files import may_send_more
from bot.usecases.apologising import owed_apologies
from bot.usecases.lists import PAGE, my_work
from bot.usecases.office import accept_case, assign_handler, give_answer, handlers_for
from handlers.flows.answering import answer_went_out
from handlers.office import case_lines, case_page, case_panel, file_lines, offset_of, shown_files
from handlers.turn import Turn, Verb
from handlers.unreached import lines_of, told_button
from handlers.working import why_this_date


def is_staff(turn: Turn) -> bool:
    """Whether the person has a role anywhere."""
    return turn.staff is not None and bool(turn.staff.appointments)


def is_of_an_office(turn: Turn) -> bool:
    """Whether the person handles cases at an office."""
    return turn.staff is not None and turn.staff.has(Role.HEAD, Role.DEPUTY, Role.HANDLER)


def is_at_work(turn: Turn) -> bool:
    """Whether cases wait for the person: at an office or at intake."""
    return turn.staff is not None and turn.staff.has(Role.HEAD, Role.DEPUTY, Role.HANDLER, Role.INTAKE)


async def waiting_for_me(turn: Turn, arg: str, version: int | None) -> Said:
    """List the open cases that wait for me by due date, a page at a time."""
    page = await my_work(turn.work, turn.reader, PAGE, offset_of(arg))
    prompt = await case_page(turn, "work", page, _("Waiting for you, the first due on top."), _("No case waits for you."))
    owed = len(await owed_apologies(turn.work, turn.reader)) if not page.offset else 0
    if not owed:
        return [prompt]
    told = ngettext(
        "You owe {count} citizen an apology for a missed date.", "You owe {count} citizens an apology for a missed date.", owed
    )
    return [Prompt(told, (Button("apologise:", _("Apologies still owed")),)), prompt]


async def open_case(turn: Turn, arg: str, version: int | None) -> list[Prompt]:
    """Show a case with its story, or only its card to those who may not read more."""
    try:
        case = await access_case(turn.work, turn.reader, arg, to=Action.OPEN, now=turn.now)
    except Refusal:
        card = await access_case(turn.work, turn.reader, arg, to=Action.CARD, now=turn.now)
        buttons = [Button(f"whydue:{card.code}", _("Why this date")), Button("overdue:0", _("Overdue"))]
        if _may_remind(turn, card):
            buttons.append(Button(f"remind:{card.code}", _("Remind the head in writing")))
        lost = await lines_of(turn, card)
        buttons += [told_button(card)] if lost else []
        return [Prompt(joined(await case_lines(turn, [card]), *lost, by="\n\n"), tuple(buttons))]
    return await case_panel(turn, case)


def _may_remind(turn: Turn, case: Case) -> bool:
    """Whether a supervisor can remind the head of this case in writing: it waits with him and its date has passed."""
    late = case.is_open and case.due_at is not None and standing_on(case.due_at, turn.now) is Standing.OVERDUE
    return late and case.handling_unit is not None and turn.staff is not None and turn.staff.has(Role.SUPERVISOR)


async def why_due(turn: Turn, arg: str, version: int | None) -> Said:
    """Say where the due date of a case comes from, day by day."""
    case = await access_case(turn.work, turn.reader, arg, to=Action.CARD, now=turn.now)
    return [Prompt(await why_this_date(turn.work, case), (_open(case.code),))]


async def accept(turn: Turn, arg: str, version: int | None) -> Said:
    """Take the case."""
    try:
        case = await accept_case(turn.work, turn.reader, arg, turn.now, version)
    except Stale as stale:
        return [Prompt(stale.text), *await open_case(turn, arg, None)]
    return await case_panel(turn, case, _("The case is yours."))


async def assign(turn: Turn, arg: str, version: int | None) -> Said:
    """Offer the handlers of the office, or hand the case to the one picked (`CODE.number`)."""
    code, _dot, picked = arg.partition(".")
    if picked.isdecimal():
        case = await assign_handler(turn.work, turn.reader, code, int(picked), turn.now)
        handler = await turn.work.staff.by_id(int(picked))
        return await case_panel(turn, case, _("The case was handed to {name}.")(name=handler.name if handler else ""))
    case = await access_case(turn.work, turn.reader, code, to=Action.ASSIGN, now=turn.now)
    handlers = await handlers_for(turn.work, turn.reader, case)
    if not handlers:
        return [
            Prompt(
                _("No handler has joined at this office yet. You can answer yourself, or ask the admin to invite one."),
                (_open(code),),
            )
        ]
    buttons = [Button(f"assign:{case.code}.{member.id}@{case.version}", as_is(member.name)) for member in handlers]
    return [Prompt(_("Who handles case {code}?")(code=case.code), (*buttons, _open(case.code)))]


def _open(code: str) -> Button:
    return Button(f"open:{code}", _("Back to the case"))


def begins(verb: str, flow: str, action: Action) -> Verb:
    """Return a verb that opens a form about a case, after the same check of access that the form's end makes again."""

    async def run(turn: Turn, arg: str, version: int | None) -> Said:
        try:
            case = await access_case(turn.work, turn.reader, arg, to=action, version=version, now=turn.now)
        except Stale as stale:
            return [Prompt(stale.text), *await open_case(turn, arg, None)]
        return Begin(flow, given={"case": case.code})

    return Verb(verb, run, is_staff)


async def sign(turn: Turn, arg: str, version: int | None) -> Said:
    """Sign the draft that waits and send it."""
    try:
        case = await access_case(turn.work, turn.reader, arg, to=Action.ANSWER, version=version, now=turn.now)
    except Stale as stale:
        return [Prompt(stale.text), *await open_case(turn, arg, None)]
    case = await give_answer(turn.work, turn.reader, case.code, turn.now)
    return [await answer_went_out(turn, case)]


async def send_files(turn: Turn, arg: str, version: int | None) -> Said:
    """Open the form that sends files of an answer: those that could not be fetched again, or what was forgotten."""
    try:
        case = await may_send_more(turn.work, turn.reader, arg, turn.now, version)
    except Stale as stale:
        return [Prompt(stale.text), *await open_case(turn, arg, None)]
    return Begin("answer_files", given={"case": case.code})


async def files(turn: Turn, arg: str, version: int | None) -> Said:
    """Send the files of a case as this reader may have them."""
    case = await access_case(turn.work, turn.reader, arg, to=Action.FILES, now=turn.now)
    found = await files_of(turn.work, turn.reader, case.code, turn.now)
    buttons = [_open(case.code)]
    if turn.staff is not None and turn.staff.has(Role.INTAKE):
        buttons = [
            *(
                Button(f"describe:{case.code}.{file.id}", _("Write down file {number}")(number=number))
                for number, file in enumerate(found, 1)
                if file.kind != "photo"
            ),
            *buttons,
        ]
    return [Prompt(file_lines(found), tuple(buttons), files=shown_files(case, found), protect=True)]


def work_menu(turn: Turn, first: Text | None = None) -> Prompt:
    """Return what a member of staff can do here, by his roles; sending something as a citizen is among it."""
    staff = turn.staff
    assert staff is not None
    buttons = []
    if is_at_work(turn):
        buttons.append(Button("work:0", _("My cases")))
    if staff.has(Role.INTAKE):
        buttons += [
            Button("record:", _("File for a caller, visitor or letter")),
            Button("call:", _("Note a call that is no case")),
            Button("box:", _("Letterbox")),
        ]
    if staff.has(Role.SUPERVISOR, Role.HEAD):
        buttons += [Button("overdue:0", _("Overdue")), Button("duesoon:0", _("Due soon"))]
        buttons.append(Button("reminders:", _("Written reminders")))
        buttons.append(Button("unreached:", _("Citizens not reached")))
        buttons.append(Button("stats:", _("Figures and reports")))
    if staff.led():
        buttons.append(Button("apologise:", _("Apologies still owed")))
    if any(len(turn.work.units.below(unit)) > 1 for unit in staff.led()):
        buttons.append(Button("grant:", _("Requests for more time")))
    if staff.has(Role.HEAD):
        buttons.append(Button("delegate:", _("Who signs for me")))
    if staff.has(Role.SUPERVISOR):
        buttons += [Button("unaccepted:0", _("Not accepted in time")), Button("headless:0", _("Offices without a head here"))]
    if staff.has(Role.ADMIN):
        buttons.append(Button("staffroll:0", _("Staff")))
    buttons.append(Button("search:", _("Search")))
    buttons.append(Button("citizen:", _("Send as a citizen")))
    buttons.append(Button("part:", _("My chats")))
    greeting = _("Hello {name}. What would you like to do?")(name=staff.name)
    return Prompt(joined(first, greeting, by="\n\n") if first else greeting, tuple(buttons))


VERBS: tuple[Verb, ...] = (
    Verb("work", waiting_for_me, is_at_work, ("viec", "work")),
    Verb("whydue", why_due, is_staff),
    Verb("open", open_case, is_staff, ("mo", "open")),
    Verb("accept", accept, is_of_an_office, ("nhan", "accept")),
    Verb("assign", assign, is_of_an_office, ("giao", "assign")),
    Verb("sign", sign, is_of_an_office, ("ky", "sign")),
    Verb("files", files, is_staff),
    Verb("sendfile", send_files, is_of_an_office, ("guitep", "sendfile")),
    begins("answer", "answer_case", Action.DRAFT),
    begins("ask", "ask_citizen", Action.ASK),
    begins("note", "inner_note", Action.NOTE),
    begins("giveback", "give_back", Action.RETURN),
    begins("rework", "send_back", Action.SEND_BACK),
    begins("whosent", "who_sent", Action.REPORTER),
    begins("forward", "forward_case", Action.FORWARD),
    begins("classify", "classify_case", Action.CLASSIFY),
    begins("guide", "guide_case", Action.GUIDE),
    begins("reject", "reject_case", Action.REJECT),
)
