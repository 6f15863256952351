"""When anything happens to a case by itself: the steps of LAW 2.2 as they follow from its dates and from the rows in force.

Source: `policies.csv` REMIND_BEFORE*, ESCALATE_*, REDLINE_*, FWD; LAW 1.7 (the red line never rolls). A case is urgent where
it is due at an hour of its own, not with the end of a day.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import Enum
from functools import lru_cache
from typing import Any, cast

from bot.domain.calendar import WorkCalendar
from bot.domain.cases import WITH_INTAKE, Case, Status
from bot.domain.clocks import missed_from
from bot.domain.deadlines import VIETNAM, TermUnit, ends_with_its_day, in_vietnam, local_day
from bot.domain.office_days import shifted, working_day_from, works
from bot.usecases.ports import Rules

MORNING = time(8, 0)
EVENING = time(18, 0)
HEAD, SUPERIOR, SUPERVISOR, CHAIR = 1, 2, 3, 4
"""The rungs of the ladder, as `Case.escalated` keeps them."""
LAST_ALARM = 3
"""The level of the alarm of the red line that is repeated every working morning."""
_DAY = timedelta(days=1)
_HOURS = {TermUnit.HOURS: timedelta(hours=1), TermUnit.MINUTES: timedelta(minutes=1)}


class Kind(Enum):
    """What a step is; with its level and its date it is done once."""

    CLOSE = "close"
    NOT_ACCEPTED = "not_accepted"
    INTAKE_WAITS = "intake_waits"
    DUE_SOON = "due_soon"
    LAST_HOUR = "last_hour"
    OVERDUE = "overdue"
    RED_LINE = "red_line"
    PAUSE_OVER = "pause_over"  # The citizen was asked and has not answered: the clock runs again.
    MISSED = "missed"  # The date of a clock has passed without an answer; the level is its place in `clocks.CLOCKS`.


@dataclass(frozen=True, slots=True)
class Step:
    """Something that happens by itself at an instant; `due_at` is the date it speaks of. `urgent`: at any hour, day or night."""

    at: datetime
    level: int
    kind: Kind
    due_at: datetime
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class Ladder:
    """The rows in force, as counts. `before` and `after` in working days, `red_line` in calendar days after filing.

    `after` are the working days overdue at which head, superior, supervisor and chair are told; of an urgent case the head is
    told at the due instant, and its superior `superior_urgent` working days later. `forward` is what intake has for sending a
    case on once it should have been looked at.
    """

    before: tuple[int, ...]
    before_urgent: timedelta
    after: tuple[int, int, int, int]
    superior_urgent: int
    red_line: tuple[int, int, int]
    forward: int

    @classmethod
    def of(cls, policies: Mapping[str, Mapping[str, Any]]) -> Ladder:
        """Return the ladder of these rows; raises ValueError where one is counted in a unit that it cannot have."""

        def count(code: str, unit: TermUnit = TermUnit.WORKING_DAYS) -> int:
            row = policies[code]
            if row["unit"] != unit:
                raise ValueError(f"{code} is counted in {unit.value}, not in {row['unit']}.")
            return int(row["value"])

        urgent = policies["REMIND_BEFORE_URGENT"]
        if urgent["unit"] not in _HOURS:
            raise ValueError(f"REMIND_BEFORE_URGENT is counted in hours or minutes, not in {urgent['unit']}.")
        after = (count("ESCALATE_HEAD"), count("ESCALATE_SUPERIOR"), count("ESCALATE_SUPERVISOR"), count("ESCALATE_CHAIR"))
        alarms = [count(code, TermUnit.CALENDAR_DAYS) for code in ("REDLINE_ALARM_1", "REDLINE_ALARM_2", "REDLINE_45")]
        if list(after) != sorted(after) or alarms != sorted(alarms):
            raise ValueError(
                "The levels of the ladder follow one another: head, superior, supervisor, chair; alarm 1, 2, 45 days."
            )
        return cls(
            before=tuple(sorted({count("REMIND_BEFORE"), count("REMIND_BEFORE_LAST"), 0}, reverse=True)),
            before_urgent=int(urgent["value"]) * _HOURS[TermUnit(urgent["unit"])],
            after=after,
            superior_urgent=count("ESCALATE_SUPERIOR_URGENT"),
            red_line=(alarms[0], alarms[1], alarms[2]),
            forward=count("FWD"),
        )


def ladder_of(rules: Rules) -> Ladder:
    """Return the ladder in force."""
    return _made_of(cast(Hashable, rules))


@lru_cache(maxsize=8)
def _made_of(rules: Hashable) -> Ladder:
    """Rules are replaced as a whole when one changes, so what was made of them may be kept."""
    return Ladder.of(cast(Rules, rules).rows("policies"))


# -- the steps, each from one part of the law -------------------------------------------------------------------------


def steps(case: Case, calendar: WorkCalendar, ladder: Ladder, now: datetime) -> Iterator[Step]:
    """Yield everything that has happened or will happen by itself, in no order; what repeats only around `now`."""
    for part in PARTS:
        yield from part(case, calendar, ladder, now)


def _window(case: Case, calendar: WorkCalendar, ladder: Ladder, now: datetime) -> Iterator[Step]:
    if case.status is Status.ANSWERED and case.contest_until is not None:
        yield Step(morning_after(case.contest_until, calendar), 0, Kind.CLOSE, case.contest_until)


def _acceptance(case: Case, calendar: WorkCalendar, ladder: Ladder, now: datetime) -> Iterator[Step]:
    """Yield what follows when whoever has the case does not take the next step: its unit, or intake (ACK_HUMAN, FWD)."""
    if not case.is_open or case.ack_due_at is None or case.accepted_at is not None:
        return
    if case.handling_unit is not None:
        yield Step(morning_after(case.ack_due_at, calendar), 0, Kind.NOT_ACCEPTED, case.ack_due_at)
    elif case.status in WITH_INTAKE:
        yield Step(morning_after(case.ack_due_at, calendar), 1, Kind.INTAKE_WAITS, case.ack_due_at)
        late = shifted(local_day(case.ack_due_at), ladder.forward + 1, calendar)
        yield Step(morning(late), 2, Kind.INTAKE_WAITS, case.ack_due_at)


def _due(case: Case, calendar: WorkCalendar, ladder: Ladder, now: datetime) -> Iterator[Step]:
    """Yield the reminders before the date and the ladder after it; while the clock stands there is no date to speak of."""
    if not case.is_open or case.due_at is None or case.paused_until is not None:
        return
    last, urgent = local_day(case.due_at), not ends_with_its_day(case.due_at)
    for days in ladder.before:
        at = morning(shifted(last, -days, calendar))
        if case.filed_at < at <= case.due_at:
            yield Step(at, days, Kind.DUE_SOON, case.due_at)
    if urgent:
        yield Step(max(case.due_at - ladder.before_urgent, case.filed_at), 0, Kind.LAST_HOUR, case.due_at, urgent=True)
    for level, days in enumerate(ladder.after, HEAD):
        if urgent and level == HEAD:
            # Its last second is still on time.
            yield Step(case.due_at + timedelta(seconds=1), level, Kind.OVERDUE, case.due_at, urgent=True)
        else:
            days = ladder.superior_urgent if urgent and level == SUPERIOR else days
            yield Step(morning(shifted(last, days, calendar)), level, Kind.OVERDUE, case.due_at)


def _red_line(case: Case, calendar: WorkCalendar, ladder: Ladder, now: datetime) -> Iterator[Step]:
    """Yield the alarms before 45 calendar days after filing, and on every working morning from then on."""
    if not case.is_open:
        return
    filed = local_day(case.filed_at)
    for level, days in enumerate(ladder.red_line, 1):
        at = morning(filed + _DAY * days)
        yield Step(at, level, Kind.RED_LINE, at)
    first = filed + _DAY * (ladder.red_line[-1] + 1)
    today = local_day(now)
    for day in (today if works(today, calendar) else shifted(today, -1, calendar), shifted(today, 1, calendar)):
        if day >= first:
            yield Step(morning(day), LAST_ALARM, Kind.RED_LINE, morning(day))
    if today < first:
        day = working_day_from(first, calendar)
        yield Step(morning(day), LAST_ALARM, Kind.RED_LINE, morning(day))


def _clocks(case: Case, calendar: WorkCalendar, ladder: Ladder, now: datetime) -> Iterator[Step]:
    """Yield the end of a pause and the moments at which dates are missed; staff hear of both, so they wait for office hours."""
    if not case.is_open:
        return
    if case.paused_until is not None:
        yield Step(morning_after(case.paused_until, calendar), 0, Kind.PAUSE_OVER, case.paused_until)
    elif case.due_at is not None:
        yield Step(_heard(missed_from(case.due_at), calendar), 0, Kind.MISSED, case.due_at)
    if case.legal_due_at is not None and case.answered_at is None:
        yield Step(_heard(missed_from(case.legal_due_at), calendar), 1, Kind.MISSED, case.legal_due_at)


def _heard(instant: datetime, calendar: WorkCalendar) -> datetime:
    return instant if awake(instant, calendar) else next_morning(instant, calendar)


Part = Callable[[Case, WorkCalendar, Ladder, datetime], Iterator[Step]]
PARTS: tuple[Part, ...] = (_window, _acceptance, _due, _red_line, _clocks)
"""Every part yields the steps of one rule; one more rule is one more line here, and what it does stands in `reminding`."""


# -- office days and hours ----------------------------------------------------------------------------------------------


def awake(now: datetime, calendar: WorkCalendar) -> bool:
    """Whether staff may be told of what is not urgent: on working days between 8 and 18 o'clock (RELIABILITY D9)."""
    here = in_vietnam(now)
    return MORNING <= here.time() < EVENING and works(here.date(), calendar)


def next_morning(now: datetime, calendar: WorkCalendar) -> datetime:
    """Return eight o'clock of the next working day, which is today before eight."""
    day = local_day(now) if in_vietnam(now).time() < MORNING else local_day(now) + _DAY
    return morning(working_day_from(day, calendar))


def morning_after(instant: datetime, calendar: WorkCalendar) -> datetime:
    """Return eight o'clock of the next working day after that day."""
    return morning(shifted(local_day(instant), 1, calendar))


def morning(day: date) -> datetime:
    """Return eight o'clock of a day in Vietnam."""
    return datetime.combine(day, MORNING, VIETNAM)
