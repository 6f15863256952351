"""What supervisors and superior heads ask."""

from __future__ import annotations

from bot.dialogue.prompts import Button, Prompt, Said
from bot.domain.people import Role
from bot.domain.refusal import Refusal
from bot.domain.watching import What, read
from bot.text import _, as_is, joined, ngettext
from bot.usecases import lists
from handlers.asking import answer
from handlers.asking import watches as watches
from handlers.office_card import asked_for
from handlers.turn import Turn, Verb
from handlers.watching import offices, shown

MOST_UNITS = 30


def is_supervisor(turn: Turn) -> bool:
    """Whether the person is a supervisor."""
    return turn.staff is not None and turn.staff.has(Role.SUPERVISOR)


async def overdue(turn: Turn, arg: str, version: int | None) -> Said:
    """Say what is overdue in my own subtree; words after the command narrow it."""
    return await answer(turn, arg, What.OVERDUE)


async def due_soon(turn: Turn, arg: str, version: int | None) -> Said:
    """Say what falls due today and in the next days; words after the command narrow it."""
    return await answer(turn, arg, What.DUE)


async def narrowed(turn: Turn, arg: str, version: int | None) -> Said:
    """Show what a button narrows to: `filter`, `filter.page` of its cases, or `filter.oN`, its offices from the Nth on."""
    written, _dot, place = arg.partition(".")
    asked = read(written)
    if asked is None:
        raise Refusal(_("That button does not work any more. Type menu to see what you can do here."))
    if place.startswith("o") and _is_number(place[1:]):
        return await offices(turn, asked, int(place[1:]))
    return await shown(turn, asked, int(place) if _is_number(place) else None)


async def office(turn: Turn, arg: str, version: int | None) -> Said:
    """Show an office of my area, by its name or part of it."""
    return await asked_for(turn, arg.strip())


def _is_number(words: str) -> bool:
    return words.isdecimal() and len(words) <= 4


async def unaccepted(turn: Turn, arg: str, version: int | None) -> Said:
    """Say which cases no head has accepted in time; words after the command narrow it."""
    return await answer(turn, arg, What.UNACCEPTED)


async def headless(turn: Turn, arg: str, version: int | None) -> Said:
    """List offices of my area without a head here: first those with an open case, then (`all.page`) every one."""
    if arg.startswith("all."):
        return [await _all_headless(turn, arg.removeprefix("all."))]
    urgent = await lists.units_without_head(turn.work, turn.reader)
    every = await lists.all_units_without_head(turn.work, turn.reader)
    if not every:
        return [Prompt(_("Every office of your area has a head here."))]
    lines = [
        ngettext("{count} office of your area has no head here.", "{count} offices of your area have no head here.", len(every)),
        _("A case about such an office goes to the nearest superior who has joined, else to intake."),
    ]
    if urgent:
        lines.append(joined(_("With an open case now:"), *[as_is(f"{unit.code} {unit.name}") for unit in urgent[:MOST_UNITS]]))
    return [Prompt(joined(*lines, by="\n\n"), (Button("headless:all.0", _("Show all")),))]


async def _all_headless(turn: Turn, arg: str) -> Prompt:
    every = await lists.all_units_without_head(turn.work, turn.reader)
    first = int(arg) * MOST_UNITS if arg.isdecimal() and len(arg) <= 4 else 0
    shown = every[first : first + MOST_UNITS]
    buttons = []
    if first:
        buttons.append(Button(f"headless:all.{first // MOST_UNITS - 1}", _("Earlier page")))
    if first + MOST_UNITS < len(every):
        buttons.append(Button(f"headless:all.{first // MOST_UNITS + 1}", _("Next page")))
    names = [as_is(f"{unit.code} {unit.name}") for unit in shown]
    return Prompt(joined(_("Offices without a head here:"), *names), tuple(buttons))


VERBS: tuple[Verb, ...] = (
    Verb("overdue", overdue, watches, ("quahan", "overdue")),
    Verb("duesoon", due_soon, watches, ("sapden", "duesoon")),
    Verb("office", office, watches, ("donvi", "office")),
    Verb("watch", narrowed, watches),
    Verb("unaccepted", unaccepted, is_supervisor, ("chuanhan", "unaccepted")),
    Verb("headless", headless, is_supervisor, ("thieudaumoi", "headless")),
)
