"""Written reminders: whom a supervisor reminds, what a head was reminded of (`/nhacnho`)."""

from __future__ import annotations

from bot.dialogue.prompts import Begin, Button, Prompt, Said
from bot.domain.access import Action
from bot.domain.deadlines import local_day
from bot.domain.refusal import Refusal
from bot.text import _, joined, ngettext
from bot.usecases.access import access_case
from bot.usecases.lists import PAGE
from bot.usecases.ports_written import Written
from bot.usecases.written import open_reminder, received_in, sent_in
from handlers.flows.written import REMINDER, REMINDER_DONE, UNIT, WRITE_REMINDER
from handlers.turn import CASE, Turn, Verb
from handlers.verbs.head import is_staff
from handlers.verbs.supervisor import is_supervisor, watches
from handlers.written import list_lines, open_button, panel


async def reminders(turn: Turn, arg: str, version: int | None) -> Said:
    """List the reminders of a year (`year.page`, or a year typed): those I got as a head, those I sent as a supervisor."""
    typed, _dot, page = arg.strip().partition(".")
    this_year = local_day(turn.now).year
    year = int(typed) if typed.isdecimal() and len(typed) == 4 else this_year
    first = (int(page) if page.isdecimal() and len(page) <= 3 else 0) * PAGE
    got, sent = await received_in(turn.work, turn.reader, year), await sent_in(turn.work, turn.reader, year)
    mine = {one.id for one in got}
    every = [*got, *(one for one in sent if one.id not in mine)]
    shown = every[first : first + PAGE]
    blocks = [
        joined(_("You were reminded in {year}:")(year=str(year)), await list_lines(turn.work, part, turn.now), by="\n\n")
        if received
        else joined(_("You reminded in {year}:")(year=str(year)), await list_lines(turn.work, part, turn.now), by="\n\n")
        for received, part in ((True, _among(shown, mine, True)), (False, _among(shown, mine, False)))
        if part
    ]
    if not every:
        blocks = [_("There is no written reminder in {year}.")(year=str(year))]
    late = sum(not one.done and one.act_by < local_day(turn.now) for one in every)
    if late:
        blocks.insert(0, ngettext("{count} reminder is late.", "{count} reminders are late.", late))
    buttons = [open_button(one) for one in shown]
    if first:
        buttons.append(Button(f"reminders:{year}.{first // PAGE - 1}", _("Earlier page")))
    if first + PAGE < len(every):
        buttons.append(Button(f"reminders:{year}.{first // PAGE + 1}", _("Next page")))
    if is_supervisor(turn):
        buttons.append(Button("remind:", _("Write a reminder")))
    buttons.append(Button(f"reminders:{year - 1}", _("The year before")))
    return [Prompt(joined(*blocks, by="\n\n"), tuple(buttons))]


def _among(written: list[Written], mine: set[int], received: bool) -> list[Written]:
    return [one for one in written if (one.id in mine) is received]


async def reminder(turn: Turn, arg: str, version: int | None) -> Said:
    """Show one reminder."""
    assert turn.staff is not None
    written = await open_reminder(turn.work, turn.reader, int(arg) if arg.isdecimal() and len(arg) < 10 else 0)
    return [await panel(turn.work, written, turn.staff, turn.now)]


async def remind(turn: Turn, arg: str, version: int | None) -> Said:
    """Open the form: for any office, for the office with this code (`unit.CODE`), or about an overdue case (its code)."""
    if not arg:
        return Begin(WRITE_REMINDER.name)
    if arg.startswith("unit."):
        unit = arg.removeprefix("unit.")
        if turn.work.units.get(unit) is None:
            raise Refusal(_("This office is not in your area. Please choose another one."))
        return Begin(WRITE_REMINDER.name, given={UNIT: unit})
    case = await access_case(turn.work, turn.reader, arg, to=Action.CARD, now=turn.now)
    if case.handling_unit is None:
        raise Refusal(_("Case {code} is with intake, so there is no head to remind.")(code=case.code))
    return Begin(WRITE_REMINDER.name, given={CASE: case.code, UNIT: case.handling_unit})


async def remind_done(turn: Turn, arg: str, version: int | None) -> Said:
    """Open the form in which a head writes what was done."""
    written = await open_reminder(turn.work, turn.reader, int(arg) if arg.isdecimal() and len(arg) < 10 else 0)
    return Begin(REMINDER_DONE.name, given={REMINDER: str(written.id)})


VERBS: tuple[Verb, ...] = (
    Verb("reminders", reminders, watches, ("nhacnho", "reminders")),
    Verb("reminder", reminder, is_staff),
    Verb("remind", remind, is_supervisor),
    Verb("remind_done", remind_done, is_staff),
)
