"""What supervisors and superior heads ask."""

from __future__ import annotations

from bot.dialogue.prompts import Button, Prompt, Said
from bot.domain.people import Role
from bot.text import Text, _, as_is, joined, ngettext
from bot.usecases import lists
from bot.usecases.lists import PAGE
from handlers.office import case_page, offset_of, unit_name
from handlers.turn import Turn, Verb

SHOWN = 15
MOST_UNITS = 30


def watches(turn: Turn) -> bool:
    """Whether the person watches the deadlines of a subtree."""
    return turn.staff is not None and turn.staff.has(Role.SUPERVISOR, Role.HEAD)


def is_supervisor(turn: Turn) -> bool:
    """Whether the person is a supervisor."""
    return turn.staff is not None and turn.staff.has(Role.SUPERVISOR)


async def overdue(turn: Turn, arg: str, version: int | None) -> Said:
    """List what is overdue in my own subtree, the longest first; on the first page also how many by office."""
    page = await lists.overdue(turn.work, turn.reader, turn.now, PAGE, offset_of(arg))
    prompt = await case_page(turn, "overdue", page, _("Overdue, the longest on top."), _("Nothing is overdue in your area."))
    if page.offset or not page.cases:
        return [prompt]
    counts = await lists.count_overdue(turn.work, turn.reader, turn.now)
    ranked = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))[:SHOWN]
    return [Prompt(joined(_("Overdue by office:"), *[_count(turn, unit, number) for unit, number in ranked])), prompt]


def _count(turn: Turn, unit: str, number: int) -> Text:
    name = unit_name(turn.work, unit) if unit else _("intake")
    return Text("{name}: {count}", (("name", name), ("count", ngettext("{count} case", "{count} cases", number))))


async def unaccepted(turn: Turn, arg: str, version: int | None) -> Said:
    """List cases that no head has accepted in time."""
    page = await lists.not_accepted(turn.work, turn.reader, turn.now, PAGE, offset_of(arg))
    return [await case_page(turn, "unaccepted", page, _("Not accepted in time."), _("Every case was accepted in time."))]


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
    Verb("unaccepted", unaccepted, is_supervisor, ("chuanhan", "unaccepted")),
    Verb("headless", headless, is_supervisor, ("thieudaumoi", "headless")),
)
