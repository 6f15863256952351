"""What follows a case wherever it goes: called whenever one is stored, in the same transaction."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bot.domain.cases import Case, Status
from bot.domain.events import CaseApart, CaseLeftToIntake, Event, HelpEnded, LeadAnswered, LeadDateMoved
from bot.domain.routing import Why
from bot.domain.sharing import LEADS
from bot.usecases.ports import Work
from bot.usecases.staying import may_stay
from bot.usecases.terms import LEGAL, SERVICE, Term, calendar_at, kept_terms, term_from, written


async def let_go(work: Work, before: Case, after: Case) -> Case:
    """Return the case without the help that was asked for it, where it is over or another unit has it now."""
    if not after.helping or (after.is_open and after.handling_unit == before.handling_unit):
        return after
    for part in await work.contributions.of_case(after.id):
        if part.is_awaited and await work.contributions.end(part.id):
            work.record(HelpEnded(after.id, unit=part.unit))
    return replace(after, helping=frozenset())


async def taken_along(work: Work, before: Case, after: Case, now: datetime) -> None:
    """Let the cases that were merged into one follow it: to its unit, to its answer, to another date.

    Their own dates stay as they are, since the case they were merged into is due first; when that one gets a later date their
    senders are told. One that speaks about whoever has the case now goes back to intake, on its own again.
    """
    if LEADS not in after.flags:
        return
    for number in await work.merges.into(after.id):
        one = await work.cases.by_id(number)
        if one is not None:
            await _take_along(work, one, before, after, now)


async def _take_along(work: Work, one: Case, before: Case, after: Case, now: datetime) -> None:
    unit = after.handling_unit
    if unit is not None and unit != before.handling_unit and not await may_stay(work, one, unit):
        await on_its_own(work, one, now)
        return
    along, happened = replace(one, handling_unit=unit, handler=after.handler), list[Event]()
    if after.status is Status.ANSWERED and before.status is not Status.ANSWERED:
        along = replace(along, answered_at=after.answered_at, contest_until=after.contest_until, rating=None)
        happened.append(LeadAnswered(one.id, lead=after.id, round=2 if after.contested else 1))
    if after.due_at != before.due_at and after.is_open and after.contested == before.contested:
        happened.append(LeadDateMoved(one.id, new=after.due_at))
    if along != one:
        await work.cases.save(one, along, None)
    work.record(*happened)


async def part_from_it(work: Work, lead: int, unit: str, now: datetime) -> None:
    """Let those that were merged into a case go on alone that speak about whoever leads the unit which has it."""
    for number in await work.merges.into(lead):
        one = await work.cases.by_id(number)
        if one is not None and not await may_stay(work, one, unit):
            await on_its_own(work, one, now)


async def on_its_own(work: Work, one: Case, now: datetime) -> None:
    """Give a merged case back to intake, with its own date; the next look at what is due finds it."""
    dated, inputs = await with_own_dates(work, one, now)
    alone = replace(
        dated, status=Status.RETURNED, merged_into=None, handling_unit=None, handler=None, ack_due_at=None, accepted_at=None
    )
    await work.cases.save(one, alone, now)
    work.record(CaseApart(one.id, inputs=inputs), CaseLeftToIntake(one.id, why=Why.CONFLICT.value))


async def with_own_dates(work: Work, case: Case, now: datetime) -> tuple[Case, str]:
    """Return a case that was merged with its own dates by the calendar of today, and the inputs of those that are others now.

    While it was merged nobody moved them with the calendar. As ever no date moves that is past, nor into the past.
    """
    kept = kept_terms((await work.inputs_of([case.id]))[case.id])
    moved: dict[str, Term] = {}
    dates: dict[str, datetime | None] = {SERVICE: case.due_at, LEGAL: case.legal_due_at}
    for clock, old in dates.items():
        if clock not in kept:
            continue
        before = term_from(kept[clock])
        term = before.worked_out(await calendar_at(work, before.unit))
        if term.due_at is not None and term.due_at != old and term.due_at >= now and (old is None or old >= now):
            moved[clock] = term
    dates |= {clock: term.due_at for clock, term in moved.items()}
    return replace(case, due_at=dates[SERVICE], legal_due_at=dates[LEGAL]), written(**moved) if moved else ""
