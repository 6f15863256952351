"""Who is on duty, and which cases near the red line: for heads and supervisors."""

from __future__ import annotations

from bot.dialogue.prompts import Prompt, Said
from bot.text import _, as_is, joined
from bot.usecases import lists
from bot.usecases.duty import roster
from bot.usecases.ladder import ladder_of
from bot.usecases.lists import PAGE
from handlers.names import unit_name
from handlers.office import case_page, offset_of
from handlers.turn import Turn, Verb
from handlers.verbs.supervisor import watches

SHOWN = 20


async def on_duty(turn: Turn, arg: str, version: int | None) -> Said:
    """Say who is on duty now in the offices that I lead or watch, and above them."""
    found = await roster(turn.work, turn.reader, turn.now)
    if not found:
        return [
            Prompt(
                _("Nobody is on duty now by the roster. Outside office hours what is urgent then reaches the head of the office.")
            )
        ]
    lines = [
        _("• {name}, {unit}, until {until}")(name=staff.name, unit=unit_name(turn.work, duty.unit), until=duty.to_at)
        for duty, staff in found[:SHOWN]
    ]
    more = [as_is("…")] if len(found) > SHOWN else []
    return [Prompt(joined(_("On duty now:"), *lines, *more))]


async def red_line(turn: Turn, arg: str, version: int | None) -> Said:
    """List the open cases of my area that have waited since the first alarm of the red line, the longest first."""
    days = ladder_of(turn.work.rules).red_line[0]
    page = await lists.near_red_line(turn.work, turn.reader, turn.now, days, PAGE, offset_of(arg))
    head = _("Sent {days} days ago or more and not answered; on day 45 the red line of the law is crossed.")(days=days)
    none = _("No case of your area has waited for {days} days.")(days=days)
    return [await case_page(turn, "redline", page, head, none)]


VERBS: tuple[Verb, ...] = (
    Verb("duty", on_duty, watches, ("truc", "duty")),
    Verb("redline", red_line, watches, ("lanranh", "redline")),
)
