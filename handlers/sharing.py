"""What a case shared by several offices looks like to each of them."""

from __future__ import annotations

from bot.dialogue.prompts import Button
from bot.domain.cases import Case
from bot.domain.deadlines import as_shown
from bot.domain.sharing import Contribution
from bot.text import Text, _, as_is, joined
from bot.usecases.helping import parts_of
from handlers.names import unit_name
from handlers.turn import Turn


async def part_lines(turn: Turn, case: Case) -> list[Text]:
    """Return a few lines for each part that another office was asked for; what is late says so."""
    return [_line(turn, part) for part in await parts_of(turn.work, turn.reader, case)]


def _line(turn: Turn, part: Contribution) -> Text:
    lines = [
        _("Asked of {unit}: {words}")(unit=unit_name(turn.work, part.unit), words=part.words),
        _state(turn, part),
    ]
    return joined(*lines, *([as_is(part.body)] if part.body else []))


def _state(turn: Turn, part: Contribution) -> Text:
    if part.given_at is not None:
        return _("Its part, {at}:")(at=part.given_at)
    if part.ended_at is not None:
        return _("Not needed any more.")
    if part.due_at is None:
        return _("Awaited.")
    day = as_shown(part.due_at)
    return _("Late: it was due by {day}.")(day=day) if part.is_late(turn.now) else _("Awaited by {day}.")(day=day)


async def end_buttons(turn: Turn, case: Case) -> list[Button]:
    """Return a button for each office whose part is awaited, to go on without it."""
    label = _("Go on without: {unit}")
    return [
        Button(f"endhelp:{case.code}.{unit}@{case.version}", label(unit=unit_name(turn.work, unit)))
        for unit in sorted(case.helping)
    ]
