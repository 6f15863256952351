"""The clocks of a case: standing while the citizen is asked, and what follows when a date passes without an answer.

Source: LAW 2.2 NEED_INFO (once, capped, the service clock only), 2.3 (no extension after the due time), 4 rule 2 (the head
notifies and apologises the same working day). `keep` in `reminding` calls `settled`, so that whatever ends the waiting ends the
pause, and whatever ends a case or takes it away from an office ends that office's request for more time.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bot.domain.cases import ApologyState, Case, ExtensionState, Status
from bot.domain.clocks import NEED_INFO, Apology, missed_from, task_due
from bot.domain.deadlines import Standing, standing_on
from bot.domain.events import CaseBreached, ClockPaused, ClockResumed, Event, ExtensionLapsed
from bot.domain.people import Role
from bot.domain.working import Pause
from bot.usecases.ports import Work
from bot.usecases.terms import LEGAL, SERVICE, calendar_at, running_term, term, written

ANSWERED, UNANSWERED, WENT_ON = "answered", "unanswered", "went_on"
"""Why a clock runs again; see `ClockResumed`."""

MISSED = "missed"
CLOCKS = (SERVICE, LEGAL)
"""That a date was missed is noted once under this kind, with the place of its clock here as the level."""


async def paused(work: Work, case: Case, now: datetime) -> tuple[Case, list[Event]]:
    """Return a case on which the citizen is now asked with its service clock standing, its due date the latest that it can get.

    The clock stands once in the life of a case, and not when the date is missed or is still to follow: then nothing changes.
    """
    if case.due_at is None or case.paused_until is not None or standing_on(case.due_at, now) is Standing.OVERDUE:
        return case, []
    if any(event.name == ClockPaused.__name__ for event in await work.events_of(case.id)):
        return case, []
    clock = await running_term(work, case)
    until = (await term(work, NEED_INFO, now, clock.unit)).due_at if clock else None
    if clock is None or until is None:
        return case, []
    since = now.replace(microsecond=0)
    longer = replace(clock, pauses=(*clock.pauses, Pause(since, until))).worked_out(await calendar_at(work, clock.unit))
    if longer.due_at is None:
        return case, []
    event = ClockPaused(case.id, None, since, until, longer.due_at, written(service=longer))
    return replace(case, due_at=longer.due_at, paused_until=until), [event]


async def resumed(work: Work, case: Case, now: datetime, why: str) -> tuple[Case, list[Event]]:
    """Return a case whose service clock runs again, its due date with exactly the time given back that was waited."""
    until = case.paused_until
    if until is None:
        return case, []
    at = min(now.replace(microsecond=0), until)
    clock = await running_term(work, case)
    if clock is None or not clock.pauses:
        return replace(case, paused_until=None), [ClockResumed(case.id, None, at, case.due_at, why)]
    last = clock.pauses[-1]
    cut = replace(clock, pauses=(*clock.pauses[:-1], Pause(last.since, max(at, last.since))))
    cut = cut.worked_out(await calendar_at(work, clock.unit))
    event = ClockResumed(case.id, None, at, cut.due_at, why, written(service=cut))
    return replace(case, due_at=cut.due_at, paused_until=None), [event]


async def settled(work: Work, before: Case, after: Case, now: datetime) -> Case:
    """Return a case that is about to be stored with its clocks in order; what happened to them is recorded.

    A pause is over once nothing is asked any more, however that came. A request for more time lapses when the case is over or
    with another unit.
    """
    if after.paused_until is not None and after.status is not Status.NEED_INFO:
        after, happened = await resumed(work, after, now, WENT_ON)
        work.record(*happened)
    if after.extension is ExtensionState.ASKED and (not after.is_open or after.handling_unit != before.handling_unit):
        after, happened = await lapsed(work, after, now)
        work.record(*happened)
    return after


async def lapsed(work: Work, case: Case, now: datetime, missed: bool = False) -> tuple[Case, list[Event]]:
    """Return a case whose request for more time came to nothing; `missed`: nobody decided before the due time."""
    if case.extension is not ExtensionState.ASKED:
        return case, []
    request = await work.extensions.waiting(case.id)
    case = replace(case, extension=ExtensionState.LAPSED)
    if request is None or not await work.extensions.decide(request, "lapsed", None, now):
        return case, []
    return case, [ExtensionLapsed(case.id, None, request.id, missed)]


async def missed(work: Work, case: Case, clock: str, now: datetime) -> tuple[Case, list[Event]]:
    """Return an open case one of whose dates has passed without an answer, and what follows from it; the caller sees to once.

    Missing the service date makes the head owe an apology and ends a request for more time; missing the legal one is only named.
    """
    unit = await owing_unit(work, case)
    if clock == LEGAL or case.due_at is None:
        return case, [CaseBreached(case.id, None, clock, case.legal_due_at, unit or "")]
    case, happened = await lapsed(work, case, now, missed=True)
    due = task_due(max(missed_from(case.due_at or now), now), await calendar_at(work, unit)) if unit else None
    if unit is not None and case.due_at is not None:
        await work.apologies.owe(Apology(0, case.id, case.due_at, unit, due))
        case = replace(case, apology=ApologyState.DUE)
    return case, [*happened, CaseBreached(case.id, None, SERVICE, case.due_at, unit or "", due)]


async def missed_until(work: Work, case: Case, now: datetime) -> tuple[Case, list[Event]]:
    """Return a case with every date noted that has passed without an answer, each once, and what follows from it.

    The answer calls this, so that a date is not forgotten that was missed in the night or during a standstill.
    """
    happened: list[Event] = []
    first_answer = case.answered_at is None
    for level, clock in enumerate(CLOCKS):
        due = case.due_at if clock == SERVICE else case.legal_due_at if first_answer else None
        if due is None or not case.is_open or standing_on(due, now) is not Standing.OVERDUE:
            continue
        if await work.cases.remind_once(case.id, MISSED, level, due, now):
            case, more = await missed(work, case, clock, now)
            happened += more
    return case, happened


async def waited_long_enough(work: Work, case: Case, now: datetime) -> tuple[Case, list[Event]]:
    """Return a case on which the citizen was asked and has not answered in time: it goes on where it was, and may be added to."""
    after, happened = await resumed(work, case, now, UNANSWERED)
    if after.status is Status.NEED_INFO:
        after = replace(after, status=case.resume or Status.RETURNED, resume=None)
    return after, happened


async def owing_unit(work: Work, case: Case) -> str | None:
    """Return the unit whose head answers for a missed date: the one that has the case, else that of the intake which has it.

    None where the office is not known and no intake has joined.
    """
    if case.handling_unit is not None:
        return case.handling_unit
    line = work.units.line(case.unit) if case.unit else []
    if line and not any(unit.outside for unit in line):
        return line[-1].code
    intake = [staff for staff, acts in await work.staff.all() if acts and staff.has(Role.INTAKE)]
    return min((unit for staff in intake for unit in staff.units(Role.INTAKE)), default=None)
