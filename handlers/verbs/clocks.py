"""What heads do at once about the clocks of a case: ask for more time, grant it, apologise for a date that was missed."""

from __future__ import annotations

from bot.dialogue.prompts import Begin, Button, Prompt, Said
from bot.domain.deadlines import as_shown
from bot.text import Text, _, as_is, joined
from bot.usecases.access import Stale
from bot.usecases.apologising import owed_apologies, owed_apology
from bot.usecases.clock_timeline import cause_name
from bot.usecases.extending import asked_extension, grant_extension, possible_extension, waiting_requests
from handlers.flows.clocks import APOLOGISE, APOLOGISE_AFTER, EXTEND_CASE, REFUSE_EXTENSION
from handlers.office import case_button, unit_name
from handlers.turn import CASE, Turn, Verb
from handlers.verbs.head import is_of_an_office, open_case

MOST = 20


def signs(turn: Turn) -> bool:
    """Whether the person signs for an office: as its head, or with his signature."""
    return turn.staff is not None and bool(turn.staff.led())


async def extend(turn: Turn, arg: str, version: int | None) -> Said:
    """Open the form that asks for more time, where there is any to be had."""
    try:
        can = await possible_extension(turn.work, turn.reader, arg, turn.now, version)
    except Stale as stale:
        return [Prompt(stale.text), *await open_case(turn, arg, None)]
    return Begin(EXTEND_CASE.name, given={CASE: can.case.code})


async def grant(turn: Turn, arg: str, version: int | None) -> Said:
    """Grant the request that waits on a case; without a code list those that wait for me."""
    if not arg.strip():
        return [await _requests(turn)]
    try:
        case = await grant_extension(turn.work, turn.reader, arg, turn.now, version)
    except Stale as stale:
        return [Prompt(stale.text), *await request_for_more(turn, arg, None)]
    assert case.due_at is not None
    told = _("Granted. Case {code} is due by {day} now; the citizen and the office were told.")
    return [Prompt(told(code=case.code, day=as_shown(case.due_at)), (Button("grant:", _("Requests for more time")),))]


async def request_for_more(turn: Turn, arg: str, version: int | None) -> list[Prompt]:
    """Show the request that waits on a case, with the letter that the citizen would get."""
    asked = await asked_extension(turn.work, turn.reader, arg, turn.now, version)
    case, request = asked.case, asked.request
    lines = [
        _("{name}, {unit}, asks for more time on case {code}.")(
            name=asked.by.name if asked.by else "", unit=unit_name(turn.work, case.handling_unit), code=case.code
        ),
        _("Due now: {due}. Asked for: {new}.")(
            due=as_shown(case.due_at) if case.due_at else "", new=as_shown(request.new_due_at)
        ),
        _("Reason: {cause}.")(cause=cause_name(turn.work, request.cause)),
        joined(_("The citizen would get this letter:"), as_is(f"“{request.words}”")),
    ]
    buttons = (
        case_button("grant", case, _("Grant more time")),
        case_button("refusemore", case, _("Do not grant it")),
        Button(f"open:{case.code}", _("Open")),
    )
    return [Prompt(joined(*lines, by="\n\n"), buttons, protect=True)]


async def refuse(turn: Turn, arg: str, version: int | None) -> Said:
    """Open the form that says why more time is not granted."""
    try:
        asked = await asked_extension(turn.work, turn.reader, arg, turn.now, version)
    except Stale as stale:
        return [Prompt(stale.text), *await request_for_more(turn, arg, None)]
    return Begin(REFUSE_EXTENSION.name, given={CASE: asked.case.code})


async def _requests(turn: Turn) -> Prompt:
    cases = (await waiting_requests(turn.work, turn.reader))[:MOST]
    if not cases:
        return Prompt(_("No request for more time waits for you."), (Button("menu:", _("Menu")),))
    line = _("{code}, {unit}: due {due}")
    lines = [
        line(code=case.code, unit=unit_name(turn.work, case.handling_unit), due=as_shown(case.due_at) if case.due_at else "")
        for case in cases
    ]
    buttons = tuple(Button(f"morerequest:{case.code}", as_is(case.code)) for case in cases)
    return Prompt(joined(_("These offices ask for more time:"), *lines), buttons)


async def apologise(turn: Turn, arg: str, version: int | None) -> Said:
    """Open the letter of apology that is owed on a case; without a code list all that I owe."""
    if not arg.strip():
        return [await _owed(turn)]
    owed = await owed_apology(turn.work, turn.reader, arg, turn.now)
    flow = APOLOGISE if owed.case.is_open else APOLOGISE_AFTER
    return Begin(flow.name, given={CASE: owed.case.code})


async def _owed(turn: Turn) -> Prompt:
    owed = (await owed_apologies(turn.work, turn.reader))[:MOST]
    if not owed:
        return Prompt(_("You owe no apology."), (Button("menu:", _("Menu")),))
    lines = [
        joined(
            _("{code}: was due on {due}.")(code=one.case.code, due=as_shown(one.apology.due_at)),
            _("To be signed by {day}.")(day=as_shown(one.apology.task_due_at)) if one.apology.task_due_at else Text(""),
            by=" ",
        )
        for one in owed
    ]
    buttons = tuple(Button(f"apologise:{one.case.code}", as_is(one.case.code)) for one in owed)
    head = _("In these cases the date was missed: you owe the citizen notice, reason and apology.")
    return Prompt(joined(head, *lines), buttons)


VERBS: tuple[Verb, ...] = (
    Verb("extend", extend, is_of_an_office, ("giahan", "extend")),
    Verb("grant", grant, signs, ("duyet", "grant")),
    Verb("morerequest", request_for_more, signs),
    Verb("refusemore", refuse, signs),
    Verb("apologise", apologise, is_of_an_office, ("xinloi", "apologise")),
)
