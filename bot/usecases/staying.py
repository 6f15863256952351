"""Whether a unit may have a case, whoever leads it today."""

from __future__ import annotations

from bot.domain.access import about_unit_as_such, excluded, offices
from bot.domain.cases import Case
from bot.domain.people import Role
from bot.usecases.ports import Work


async def may_stay(work: Work, case: Case, unit: str) -> bool:
    """Whether the unit may go on with the case: neither it nor its head is complained about."""
    if about_unit_as_such(case) and any(work.units.within(unit, office) for office in offices(case)):
        return False
    heads = await work.staff.at([unit], Role.HEAD)
    return not any(excluded(head, case, work.units) for head in heads)
