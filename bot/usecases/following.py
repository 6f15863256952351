"""What follows a case wherever it goes: called whenever one is stored, in the same transaction."""

from __future__ import annotations

from dataclasses import replace

from bot.domain.cases import Case
from bot.domain.events import HelpEnded
from bot.usecases.ports import Work


async def let_go(work: Work, before: Case, after: Case) -> Case:
    """Return the case without the help that was asked for it, where it is over or another unit has it now."""
    if not after.helping or (after.is_open and after.handling_unit == before.handling_unit):
        return after
    for part in await work.contributions.of_case(after.id):
        if part.is_awaited and await work.contributions.end(part.id):
            work.record(HelpEnded(after.id, unit=part.unit))
    return replace(after, helping=frozenset())
