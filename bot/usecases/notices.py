"""Who of the staff is told about a case; `handlers.notices` words it. Nobody whom the case speaks about is ever among them."""

from __future__ import annotations

from enum import Enum

from bot.domain.access import Action, may
from bot.domain.cases import Case
from bot.domain.people import Role, Staff
from bot.domain.routing import LEADERS, Why, route_above
from bot.usecases.ports import Work
from bot.usecases.routing import leaders_of


class To(Enum):
    """Whom to tell, as seen from the unit that has the case."""

    HEAD = "head"  # And the deputies who have his signature today.
    DEPUTY = "deputy"
    HANDLER = "handler"  # To whom the case is assigned.
    SUPERIOR = "superior"  # The nearest head above who may know of it.
    SUPERVISOR = "supervisor"  # Who watches the unit and those above it.
    CHAIR = "chair"  # Who heads the top of the tree.
    INTAKE = "intake"  # Who serves the office that the case is about.


async def recipients(work: Work, case: Case, *to: To, but_not: int | None = None) -> list[Staff]:
    """Return who is to be told, each once, in the order asked for; only people who may see the card of this case.

    `but_not` is the id of whoever did it and needs no telling.
    """
    found: dict[int, Staff] = {}
    for whom in to:
        for staff in await _those(work, case, whom):
            if staff.id != but_not and may(staff, Action.CARD, case, work.units):
                found.setdefault(staff.id, staff)
    return list(found.values())


async def _those(work: Work, case: Case, whom: To) -> list[Staff]:
    at = case.handling_unit
    match whom:
        case To.HEAD:
            return [one for one in await work.staff.at([at], *LEADERS) if at in one.led()] if at else []
        case To.DEPUTY:
            return await work.staff.at([at], Role.DEPUTY) if at else []
        case To.HANDLER:
            handler = await work.staff.by_id(case.handler) if case.handler is not None else None
            return [handler] if handler else []
        case To.SUPERIOR:
            leaders = await leaders_of(work, at)
            above = route_above(case, work.units, leaders, at, Why.CONFLICT).unit if at else None
            return [one for one in leaders if above in one.units(Role.HEAD)]
        case To.SUPERVISOR:
            return await _up_the_line(work, at or case.unit, Role.SUPERVISOR)
        case To.CHAIR:
            line = work.units.line(at or case.unit or "")
            return await work.staff.at([line[-1].code], Role.HEAD) if line else []
        case To.INTAKE:
            return await _up_the_line(work, case.unit, Role.INTAKE)


async def _up_the_line(work: Work, unit: str | None, role: Role) -> list[Staff]:
    """Return who holds the role at the unit or above it; where the unit is not known or has its own line, whoever holds it."""
    known = work.units.get(unit) if unit else None
    if known is None or known.outside:
        return [staff for staff, acts in await work.staff.all() if acts and staff.has(role)]
    return await work.staff.at([above.code for above in work.units.line(known.code)], role)
