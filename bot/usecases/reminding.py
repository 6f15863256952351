"""What happens to a case by itself: reminders before the date, the ladder after it, and the end of the window for contesting.

Source: LAW 2.2 `REMIND_BEFORE`, `UNIT_ACK`, `ESCALATE`; RELIABILITY D3 (missed ticks), D9 (quiet hours), B8 (each once). A case
is urgent where it is due at an hour of its own, not with the end of a day.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import Enum

from bot.domain.calendar import CalendarMissing, WorkCalendar
from bot.domain.cases import Case, Status
from bot.domain.deadlines import VIETNAM, ends_with_its_day, in_vietnam, local_day, standing_on
from bot.domain.deadlines import Standing as On
from bot.domain.events import CaseClosed, DueSoon, Event, NotAccepted, Overdue
from bot.usecases.ports import Work
from bot.usecases.terms import calendar_at

MORNING = time(8, 0)
EVENING = time(18, 0)
DAYS_BEFORE = (2, 1, 0)
BEFORE_URGENT = timedelta(hours=1)
# Working days overdue at which the head, the superior and the supervisor are told, as levels 0, 1, 2.
LADDER = (1, 3, 5)
_DAY = timedelta(days=1)
_SATURDAY = 5


class Kind(Enum):
    """What a step is; with its level and its date it is done once."""

    NOT_ACCEPTED = "not_accepted"
    DUE_SOON = "due_soon"
    LAST_HOUR = "last_hour"  # Of an urgent case; said at any hour.
    OVERDUE = "overdue"
    CLOSE = "close"


@dataclass(frozen=True, slots=True)
class Step:
    """Something that happens by itself at an instant; `due_at` is the date it speaks of."""

    at: datetime
    level: int
    kind: Kind
    due_at: datetime


def next_check(case: Case, calendar: WorkCalendar, after: datetime | None = None) -> datetime | None:
    """Return the next instant later than `after` at which anything happens by itself; None: nothing ever does.

    `after` is now, or left out the moment of filing.
    """
    since = after or case.filed_at
    return min((step.at for step in _steps(case, calendar) if step.at > since), default=None)


async def check_case(work: Work, case: Case, now: datetime) -> list[Event]:
    """Return what has happened to the case by itself up to `now`, each once, and note when to look again; the caller records it.

    Staff are told on working days between 8 and 18 o'clock only: at any other time nothing is said but the last hour of an urgent
    case, and the case is looked at again the next morning. After a standstill the steps that were missed are made up for, without
    the reminders that are no longer true.
    """
    calendar = await calendar_at(work, case.handling_unit)
    passed = sorted((step for step in _steps(case, calendar) if step.at <= now), key=lambda step: step.at)
    if case.status is Status.ANSWERED and passed:
        fresh = await work.cases.by_id(case.id)
        if fresh is None or fresh.status is not Status.ANSWERED:
            return []
        await work.cases.save(fresh, replace(fresh, status=Status.CLOSED), None)
        return [CaseClosed(case.id)]
    awake = _awake(now, calendar)
    happened: list[Event] = []
    for step in passed:
        if not awake and step.kind is not Kind.LAST_HOUR:
            continue
        event = _event(case, step, now)
        if event and await work.cases.remind_once(case.id, step.kind.value, step.level, step.due_at, now):
            happened.append(event)
    await work.cases.set_next_check(case.id, next_check(case, calendar, now) if awake else _after_the_quiet(case, calendar, now))
    return happened


async def keep(work: Work, before: Case, after: Case, now: datetime) -> Case:
    """Store a changed case together with the next moment at which anything happens to it by itself; return it as stored.

    Raises `Changed` when somebody stored another version since it was read.
    """
    return await work.cases.save(before, after, next_check(after, await calendar_at(work, after.handling_unit), now))


def _after_the_quiet(case: Case, calendar: WorkCalendar, now: datetime) -> datetime | None:
    """Return when to look again at a case that was looked at in quiet hours: the next morning, or its last hour before that."""
    if not case.is_open:
        return None
    last_hours = [step.at for step in _steps(case, calendar) if step.kind is Kind.LAST_HOUR and step.at > now]
    return min([_next_morning(now, calendar), *last_hours])


def _steps(case: Case, calendar: WorkCalendar) -> Iterator[Step]:
    if case.status is Status.ANSWERED and case.contest_until is not None:
        yield Step(_morning_after(case.contest_until, calendar), 0, Kind.CLOSE, case.contest_until)
    if not case.is_open:
        return
    if case.ack_due_at is not None and case.accepted_at is None and case.handling_unit is not None:
        yield Step(_morning_after(case.ack_due_at, calendar), 0, Kind.NOT_ACCEPTED, case.ack_due_at)
    if case.due_at is None:
        return
    last = local_day(case.due_at)
    for days in DAYS_BEFORE:
        at = _morning(_shifted(last, -days, calendar))
        if at > case.filed_at:
            yield Step(at, days, Kind.DUE_SOON, case.due_at)
    if not ends_with_its_day(case.due_at):
        yield Step(max(case.due_at - BEFORE_URGENT, case.filed_at), 0, Kind.LAST_HOUR, case.due_at)
    for level, days in enumerate(LADDER):
        yield Step(_morning(_shifted(last, days, calendar)), level, Kind.OVERDUE, case.due_at)


def _event(case: Case, step: Step, now: datetime) -> Event | None:
    """Return what to say of a step; None when it is no longer true, as after a standstill."""
    match step.kind:
        case Kind.NOT_ACCEPTED:
            return NotAccepted(case.id)
        case Kind.OVERDUE:
            return Overdue(case.id, level=step.level)
        case Kind.DUE_SOON:
            if standing_on(step.due_at, now) is On.OVERDUE or local_day(step.at) != local_day(now):
                return None
            return DueSoon(case.id, days=step.level)
        case Kind.LAST_HOUR:
            return DueSoon(case.id, last_hour=True) if standing_on(step.due_at, now) is not On.OVERDUE else None
        case Kind.CLOSE:
            return None


def _awake(now: datetime, calendar: WorkCalendar) -> bool:
    here = in_vietnam(now)
    return MORNING <= here.time() < EVENING and _worked(here.date(), calendar)


def _next_morning(now: datetime, calendar: WorkCalendar) -> datetime:
    day = local_day(now) if in_vietnam(now).time() < MORNING else local_day(now) + _DAY
    while not _worked(day, calendar):
        day += _DAY
    return _morning(day)


def _morning_after(instant: datetime, calendar: WorkCalendar) -> datetime:
    """Return eight o'clock of the next working day after that day."""
    return _morning(_shifted(local_day(instant), 1, calendar))


def _morning(day: date) -> datetime:
    return datetime.combine(day, MORNING, VIETNAM)


def _shifted(day: date, count: int, calendar: WorkCalendar) -> date:
    """Return the working day `count` working days on; a year that the calendar lacks counts Monday to Friday."""
    step = _DAY if count > 0 else -_DAY
    for _nth in range(abs(count)):
        day += step
        while not _worked(day, calendar):
            day += step
    return day


def _worked(day: date, calendar: WorkCalendar) -> bool:
    try:
        return calendar.is_working(day)
    except CalendarMissing:
        return day.weekday() < _SATURDAY
