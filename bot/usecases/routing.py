"""Sending a case on its way: the rules of `bot.domain.routing` with the people of today."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from bot.domain.access import excluded
from bot.domain.cases import Case, Status
from bot.domain.events import CaseForwarded, CaseLeftToIntake, Event
from bot.domain.people import Role, Staff
from bot.domain.routing import LEADERS, Route, Why, route_above, with_conflict
from bot.usecases.following import part_from_it
from bot.usecases.ports import Work
from bot.usecases.reminding import keep
from bot.usecases.staying import may_stay as may_stay
from bot.usecases.terms import term


async def leaders_of(work: Work, *units: str | None) -> list[Staff]:
    """Return the heads and deputies that have joined, at these units and all above them."""
    codes: dict[str, None] = {}
    for unit in units:
        codes.update((above.code, None) for above in (work.units.line(unit) if unit else ()))
    return await work.staff.at(list(codes), *LEADERS) if codes else []


async def answers_for(work: Work, case: Case) -> Staff | None:
    """Return the head who answers for the case now; None when intake has it or its unit has no head at the moment."""
    if case.handling_unit is None:
        return None
    heads = await work.staff.at([case.handling_unit], Role.HEAD)
    return next((head for head in heads if not excluded(head, case, work.units)), None)


async def placed(work: Work, case: Case, route: Route, now: datetime, status: Status = Status.FORWARDED) -> Case:
    """Return the case as it stands after this route: with the unit from now on, not yet accepted, or with intake again.

    `status` is that of a case which reached a unit. A case that intake never saw stays NEW, any other comes back as RETURNED.
    """
    if route.unit is None:
        back = Status.NEW if case.status is Status.NEW else Status.RETURNED
        looked_at = await term(work, "ACK_HUMAN", now)
        return replace(
            case,
            status=back,
            handling_unit=None,
            handler=None,
            ack_due_at=looked_at.due_at,
            accepted_at=None,
            resume=None,
        )
    acknowledge = await term(work, "UNIT_ACK", now, route.unit)
    return replace(
        case,
        status=status,
        handling_unit=route.unit,
        handler=None,
        forwarded_at=now,
        ack_due_at=acknowledge.due_at,
        accepted_at=None,
        resume=None,
    )


def went(case: Case, route: Route, actor: int | None = None) -> Event:
    """Return what happened: the case went to a unit, or was left to intake."""
    if route.unit is None:
        return CaseLeftToIntake(case.id, actor, why=route.why.value)
    return CaseForwarded(case.id, actor, unit=route.unit, why=route.why.value)


def returned_to_intake() -> Route:
    """Return the route of a case that a unit gives back."""
    return Route(None, Why.RETURNED)


async def make_way(work: Work, unit: str, now: datetime) -> int:
    """Send up every open case that may no longer stay with `unit` since somebody joined or took office there; return how many.

    The guard itself does not depend on this: it only keeps such a case from waiting for somebody who never sees it.
    """
    waiting = {case.id for case in await work.cases.open_about([unit])}
    offset = 0
    while page := await work.cases.of_units([unit], offset=offset):
        waiting |= {case.id for case in page}
        offset += len(page)
    leaders = await leaders_of(work, unit)
    moved = 0
    for number in sorted(waiting):
        case = await work.cases.by_id(number)
        moved += case is not None and await _make_way(work, case, leaders, now)
    return moved


async def _make_way(work: Work, case: Case, leaders: Sequence[Staff], now: datetime) -> bool:
    flagged = with_conflict(case, leaders)
    at = case.handling_unit
    if at is None or await may_stay(work, flagged, at):
        if flagged != case:
            await keep(work, case, flagged, now)
        if at is not None:
            await part_from_it(work, case.id, at, now)
        return False
    chosen = route_above(flagged, work.units, await leaders_of(work, at), at, Why.CONFLICT)
    after = await keep(work, case, await placed(work, flagged, chosen, now), now)
    work.record(went(after, chosen))
    return True
