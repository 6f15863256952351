"""What supervisors and superior heads ask."""

from __future__ import annotations

from bot.dialogue.prompts import Button, Prompt, Said
from bot.domain.people import Role
from bot.text import Text, _, as_is, joined, ngettext
from handlers.office import PAGE, case_lines, page_buttons, unit_name
from handlers.turn import Turn, Verb
from handlers.verbs.head import page_of, seen

SHOWN = 15


def watches(turn: Turn) -> bool:
    """Whether the person watches the deadlines of a subtree."""
    return turn.staff is not None and turn.staff.has(Role.SUPERVISOR, Role.HEAD)


def is_supervisor(turn: Turn) -> bool:
    """Whether the person is a supervisor."""
    return turn.staff is not None and turn.staff.has(Role.SUPERVISOR)


def _subtree(turn: Turn, *roles: Role) -> list[str]:
    assert turn.staff is not None
    return sorted({below for top in turn.staff.units(*roles) for below in turn.work.units.below(top)})


async def overdue(turn: Turn, arg: str, version: int | None) -> Said:
    """List what is overdue in my own subtree, the longest first, with how many by office."""
    page = page_of(arg)
    units = _subtree(turn, Role.SUPERVISOR, Role.HEAD)
    found = await turn.work.cases.overdue(units, turn.now, limit=PAGE + 1, offset=page * PAGE)
    cases = await seen(turn, found)
    if not cases:
        return [Prompt(_("Nothing is overdue in your area."))]
    lines = [_("Overdue, the longest on top:"), await case_lines(turn, cases[:PAGE])]
    if page == 0:
        counts = await turn.work.cases.count_overdue(units, turn.now)
        ranked = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))[:SHOWN]
        lines = [joined(_("Overdue by office:"), *[_count(turn, unit, number) for unit, number in ranked]), *lines]
    return [Prompt(joined(*lines, by="\n\n"), page_buttons("overdue", cases if len(found) > PAGE else cases[:PAGE], page))]


def _count(turn: Turn, unit: str, number: int) -> Text:
    name = unit_name(turn.work, unit) if unit else _("intake")
    return Text("{name}: {count}", (("name", name), ("count", ngettext("{count} case", "{count} cases", number))))


async def unaccepted(turn: Turn, arg: str, version: int | None) -> Said:
    """List cases that no head has accepted in time."""
    found = await turn.work.cases.not_accepted(_subtree(turn, Role.SUPERVISOR), turn.now, limit=PAGE + 1)
    cases = await seen(turn, found)
    if not cases:
        return [Prompt(_("Every case was accepted in time."))]
    return [
        Prompt(
            joined(_("Not accepted in time:"), await case_lines(turn, cases[:PAGE]), by="\n\n"),
            page_buttons("unaccepted", cases[:PAGE], 0),
        )
    ]


async def headless(turn: Turn, arg: str, version: int | None) -> Said:
    """List offices of my area whose head has not joined; their cases go to the superior, else to intake."""
    units = _subtree(turn, Role.SUPERVISOR)
    led = {a.unit for head in await turn.work.staff.at(units, Role.HEAD) for a in head.appointments if a.role is Role.HEAD}
    without = [unit for unit in map(turn.work.units.get, units) if unit and not unit.outside and unit.code not in led]
    if not without:
        return [Prompt(_("Every office of your area has a head here."))]
    page = page_of(arg)
    shown = without[page * SHOWN : (page + 1) * SHOWN]
    head = ngettext("{count} office has no head here yet:", "{count} offices have no head here yet:", len(without))
    buttons = (Button(f"headless:{page + 1}", _("Next page")),) if len(without) > (page + 1) * SHOWN else ()
    return [Prompt(joined(head, *[as_is(f"{unit.code} {unit.name}") for unit in shown]), buttons)]


VERBS: tuple[Verb, ...] = (
    Verb("overdue", overdue, watches, ("quahan", "overdue")),
    Verb("unaccepted", unaccepted, is_supervisor, ("chuanhan", "unaccepted")),
    Verb("headless", headless, is_supervisor, ("thieudaumoi", "headless")),
)
