"""Offices that were merged, split or dissolved, and officials who moved: to whom their open cases go.

No date moves: a case goes on with the dates that it has (RELIABILITY D7). Source: LAW 1.5 (competence), 5.2 steps 5 and 6;
L.25/2018/QH14 art. 12.3 (officials), 12.4 (merged, split), 12.5 (dissolved).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from bot.domain.cases import Case, Status
from bot.domain.deadlines import local_day
from bot.domain.events import OfficeEnded
from bot.domain.naming import is_meant
from bot.domain.people import Role, Staff
from bot.domain.routing import LEADERS, Route, Why, route_above, route_at, route_by_hand, successors_of
from bot.usecases.ports import Work
from bot.usecases.reminding import keep
from bot.usecases.routing import leaders_of, placed, went


async def cases_of_ended_units(work: Work, limit: int) -> list[int]:
    """Return the ids of open cases that are with an office that has ended, those due first in front."""
    today = local_day(work.now)
    ended = [unit.code for unit in work.units.all() if unit.valid_to is not None and unit.valid_to < today]
    return [case.id for case in await work.cases.of_units(ended, limit=limit)] if ended else []


async def leave_ended_unit(work: Work, number: int) -> None:
    """Send an open case of an office that has ended to whoever took it over. Safe to repeat.

    One successor: its head, past whom the case speaks about. Several: intake, whose panel of the case lists them all. None: the
    managing superior. The clocks do not move; the citizen is told.
    """
    case, today = await work.cases.by_id(number), local_day(work.now)
    unit = work.units.get(case.handling_unit) if case is not None and case.handling_unit else None
    if case is not None and case.is_open and unit is not None and unit.valid_to is not None and unit.valid_to < today:
        await _leave(work, case, today)


async def _leave(work: Work, case: Case, today: date) -> None:
    gone = case.handling_unit or ""
    took_over = successors_of(gone, work.units, today)
    if len(took_over) > 1:
        sent, chosen = case, Route(None, Why.SUCCESSORS)
    else:
        target = took_over[0] if took_over else _manager_of(work, gone, today)
        sent, chosen = case, Route(None, Why.NOBODY)
        if target is not None:
            leaders = await leaders_of(work, case.unit, target)
            if took_over and case.unit == gone:
                sent, chosen = route_by_hand(case, target, work.units, leaders)
            else:
                chosen = route_at(case, work.units, leaders, target, Why.REORGANISED)
            chosen = replace(chosen, why=Why.REORGANISED) if chosen.why is Why.INTAKE else chosen
    status = Status.REOPENED if case.contested else Status.FORWARDED
    after = await keep(work, case, await placed(work, sent, chosen, work.now, status), work.now)
    work.record(OfficeEnded(case.id, unit=gone, to=chosen.unit or ""), went(after, chosen))


def _manager_of(work: Work, gone: str, today: date) -> str | None:
    """Return the nearest unit above that exists today; None above the top."""
    return next((unit.code for unit in work.units.line(gone)[1:] if unit.valid_on(today)), None)


async def competent(work: Work, case: Case, found: Route) -> Route:
    """Return where a case goes that names an official of its office who has moved since; `found` where it names none.

    Head or deputy of an office of the same rank now: the superior of the old office. Moved up: the head of the new office, or
    where he is head or deputy of that one, its superior. Moved otherwise or left: the head of the old office, as found.
    """
    if found.unit is None or case.unit is None or not case.official:
        return found
    moved = await _moved(work, case)
    if moved is None:
        return found
    old_rank = len(work.units.line(case.unit))
    for place in sorted(moved.appointments, key=lambda each: len(work.units.line(each.unit))):
        rank, leads = len(work.units.line(place.unit)), place.role in LEADERS
        if rank < old_rank:
            leaders = await leaders_of(work, place.unit)
            if leads:
                return route_above(case, work.units, leaders, place.unit, Why.CONFLICT)
            return route_at(case, work.units, leaders, place.unit, Why.CONFLICT)
        if rank == old_rank and leads:
            return route_above(case, work.units, await leaders_of(work, case.unit), case.unit, Why.CONFLICT)
    return found


async def _moved(work: Work, case: Case) -> Staff | None:
    """Return the official whom the words mean, if he served at the office of the case and is elsewhere now."""
    office = case.unit or ""
    meant = [
        staff
        for staff, _acts in await work.staff.all(office)
        if is_meant(case.official, staff.name, staff.badge, same_office=True)
    ]
    there_no_more = [staff for staff in meant if not _serves_at(staff, office)]
    # Somebody of that name who is still there is more likely meant.
    return there_no_more[0] if there_no_more and len(there_no_more) == len(meant) else None


def _serves_at(staff: Staff, office: str) -> bool:
    roles: Sequence[Role] = (*LEADERS, Role.HANDLER)
    return office in staff.units(*roles)
