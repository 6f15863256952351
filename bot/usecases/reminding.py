"""What happens to a case by itself: reminders before the date, the ladder after it, and the end of the window for contesting.

When, says `ladder`; here stands what is done. Source: LAW 2.2, 1.7; RELIABILITY D3 (missed ticks), D9 (quiet hours), B8 (each
once).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bot.domain.calendar import WorkCalendar
from bot.domain.cases import Case, Status
from bot.domain.deadlines import Standing as On
from bot.domain.deadlines import local_day, standing_on
from bot.domain.events import CaseClosed, DueSoon, Event, IntakeWaits, NotAccepted, Overdue, RedLine
from bot.usecases.clocks import CLOCKS, missed, settled, waited_long_enough
from bot.usecases.following import let_go, taken_along
from bot.usecases.ladder import Kind, Ladder, Step, awake, ladder_of, next_morning, steps
from bot.usecases.ports import Work
from bot.usecases.terms import calendar_at

LATE = timedelta(hours=1)
"""What is said later than this after it could have been said is marked late, as after a standstill (D3)."""
_CHANGES_AT_ONCE = 5


def next_check(case: Case, calendar: WorkCalendar, ladder: Ladder, after: datetime | None = None) -> datetime | None:
    """Return the next instant later than `after` at which anything happens by itself; None: nothing ever does.

    `after` is now, or left out the moment of filing.
    """
    since = after or case.filed_at
    return min((step.at for step in steps(case, calendar, ladder, since) if step.at > since), default=None)


async def next_look(work: Work, case: Case, now: datetime) -> datetime | None:
    """Return the next instant at which anything happens to a case by itself, by its office's calendar and the rows in force."""
    return next_check(case, await calendar_at(work, case.handling_unit), ladder_of(work.rules), now)


async def keep(work: Work, before: Case, after: Case, now: datetime) -> Case:
    """Store a changed case together with the next moment at which anything happens to it by itself; return it as stored.

    With another due date the ladder begins anew. Raises `Changed` when somebody stored another version since it was read.
    """
    after = await settled(work, before, after, now)
    if after.due_at != before.due_at:
        after = replace(after, escalated=0)
    after = await let_go(work, before, after)
    stored = await work.cases.save(before, after, await next_look(work, after, now))
    await taken_along(work, before, stored, now)
    return stored


async def check_case(work: Work, case: Case, now: datetime) -> list[Event]:
    """Return what has happened to the case by itself up to `now`, each once, and note when to look again; the caller records it.

    Staff are told on working days between 8 and 18 o'clock only: at any other time nothing is said but what is urgent, and the
    case is looked at again the next morning. After a standstill the steps that were missed are made up for, without the reminders
    that are no longer true.
    """
    calendar, ladder = await calendar_at(work, case.handling_unit), ladder_of(work.rules)
    happened: list[Event] = []
    for _change in range(_CHANGES_AT_ONCE):
        passed = sorted((step for step in steps(case, calendar, ladder, now) if step.at <= now), key=lambda step: step.at)
        wanted = [step for step in passed if step.kind in CHANGES and (step.kind not in HEARD or awake(now, calendar))]
        changing = await _first_new(work, case, wanted, now)
        if changing is None:
            break
        happened += await CHANGES[changing.kind](work, case, changing, now)
        # Its dates, its unit or its status are others now, and with them the steps.
        fresh = await work.cases.by_id(case.id)
        assert fresh is not None
        case, calendar = fresh, await calendar_at(work, fresh.handling_unit)
    open_hours, rung = awake(now, calendar), case.escalated
    for step in passed:
        if step.kind in CHANGES or not (open_hours or step.urgent):
            continue
        event = SAYS[step.kind](case, step, now)
        if step.kind is Kind.OVERDUE:
            rung = max(rung, step.level)
        if event and await work.cases.remind_once(case.id, step.kind.value, step.level, step.due_at, now):
            happened.append(_marked(event, step, calendar, now))
    again = next_check(case, calendar, ladder, now) if open_hours else _after_the_quiet(case, calendar, ladder, now)
    await work.cases.set_next_check(case.id, again, rung if rung != case.escalated else None)
    return happened


def _marked(event: Event, step: Step, calendar: WorkCalendar, now: datetime) -> Event:
    """Return the event marked late if it could have been said more than an hour ago."""
    could = step.at if step.urgent or awake(step.at, calendar) else next_morning(step.at, calendar)
    if now - could > LATE and isinstance(event, Overdue | NotAccepted | IntakeWaits | RedLine):
        return replace(event, late=True)
    return event


async def _first_new(work: Work, case: Case, wanted: Sequence[Step], now: datetime) -> Step | None:
    """Return the first of these steps that was never done, noted as done."""
    for step in wanted:
        if await work.cases.remind_once(case.id, step.kind.value, step.level, step.due_at, now):
            return step
    return None


def _after_the_quiet(case: Case, calendar: WorkCalendar, ladder: Ladder, now: datetime) -> datetime | None:
    """Return when to look again at a case that was looked at in quiet hours: the next morning, or what is urgent before that."""
    if not case.is_open:
        return None
    urgent = [step.at for step in steps(case, calendar, ladder, now) if step.urgent and step.at > now]
    return min([next_morning(now, calendar), *urgent])


# -- what a step does to a case: at any hour, each once ------------------------------------------------------------------


async def _close(work: Work, case: Case, step: Step, now: datetime) -> list[Event]:
    await work.cases.save(case, replace(case, status=Status.CLOSED), None)
    return [CaseClosed(case.id)]


async def _pause_over(work: Work, case: Case, step: Step, now: datetime) -> list[Event]:
    after, happened = await waited_long_enough(work, case, now)
    await keep(work, case, after, now)
    return happened


async def _missed(work: Work, case: Case, step: Step, now: datetime) -> list[Event]:
    after, happened = await missed(work, case, CLOCKS[step.level], now)
    if after != case:
        await keep(work, case, after, now)
    return happened


CHANGES: Mapping[Kind, Callable[[Work, Case, Step, datetime], Awaitable[list[Event]]]] = {
    Kind.CLOSE: _close,
    Kind.PAUSE_OVER: _pause_over,
    Kind.MISSED: _missed,
}
"""Steps that change the case: each stores it (by `keep`) and returns what happened. The case comes without its words."""
HEARD = frozenset({Kind.PAUSE_OVER, Kind.MISSED})
"""Of them those of which staff hear at once, so that they too wait for office hours."""


# -- what a step says to staff: in office hours; None where it is no longer true, as after a standstill ------------------


def _not_accepted(case: Case, step: Step, now: datetime) -> Event | None:
    return NotAccepted(case.id)


def _intake_waits(case: Case, step: Step, now: datetime) -> Event | None:
    return IntakeWaits(case.id, level=step.level)


def _due_soon(case: Case, step: Step, now: datetime) -> Event | None:
    if standing_on(step.due_at, now) is On.OVERDUE or local_day(step.at) != local_day(now):
        return None
    return DueSoon(case.id, days=step.level)


def _last_hour(case: Case, step: Step, now: datetime) -> Event | None:
    return DueSoon(case.id, last_hour=True) if standing_on(step.due_at, now) is not On.OVERDUE else None


def _overdue(case: Case, step: Step, now: datetime) -> Event | None:
    return Overdue(case.id, level=step.level, urgent=step.urgent)


def _red_line(case: Case, step: Step, now: datetime) -> Event | None:
    return RedLine(case.id, level=step.level)


SAYS: Mapping[Kind, Callable[[Case, Step, datetime], Event | None]] = {
    Kind.NOT_ACCEPTED: _not_accepted,
    Kind.INTAKE_WAITS: _intake_waits,
    Kind.DUE_SOON: _due_soon,
    Kind.LAST_HOUR: _last_hour,
    Kind.OVERDUE: _overdue,
    Kind.RED_LINE: _red_line,
}
