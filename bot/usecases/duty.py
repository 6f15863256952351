"""Who is on duty: outside office hours, what is urgent reaches him (LAW 6.1)."""

from __future__ import annotations

from datetime import datetime

from bot.domain.access import excluded
from bot.domain.cases import Case
from bot.domain.people import Role, Staff
from bot.usecases.access import Reader, acting
from bot.usecases.ladder import awake
from bot.usecases.notices import To, recipients
from bot.usecases.ports import Work
from bot.usecases.ports_timed import Duty
from bot.usecases.terms import calendar_at


async def on_duty(work: Work, case: Case, now: datetime) -> list[Staff]:
    """Return who is on duty for the unit that has the case, else for the nearest above; nobody whom it speaks about.

    Whoever of them may not see the card is told only that there is something urgent.
    """
    line = [unit.code for unit in work.units.line(case.handling_unit or case.unit or "")]
    roster = await work.duties.now(line, now) if line else []
    for unit in line:
        there = [await work.staff.by_id(duty.staff) for duty in roster if duty.unit == unit]
        able = [one for one in there if one and one.person is not None and not excluded(one, case, work.units)]
        if able:
            return list({one.id: one for one in able}.values())
    return []


async def urgent_readers(work: Work, case: Case, now: datetime) -> list[Staff]:
    """Return who hears at once of what is urgent: who works on the case; outside office hours who is on duty, else its head."""
    if not awake(now, await calendar_at(work, case.handling_unit)):
        there = await on_duty(work, case, now)
        if there:
            return there
    return await recipients(work, case, To.HEAD, To.HANDLER) or await recipients(work, case, To.INTAKE)


async def roster(work: Work, reader: Reader, now: datetime) -> list[tuple[Duty, Staff]]:
    """Return who is on duty now in the units that he leads or watches, and in those above them."""
    mine = acting(reader).units(Role.HEAD, Role.SUPERVISOR)
    codes = {code for unit in mine for code in work.units.below(unit)}
    codes |= {above.code for unit in mine for above in work.units.line(unit)}
    found = []
    for duty in await work.duties.now(sorted(codes), now) if codes else []:
        staff = await work.staff.by_id(duty.staff)
        if staff is not None:
            found.append((duty, staff))
    return found
