"""The clocks of a case: how much more time a head may ask for, how late an answer came, and the three numbers of the public.

Source: LAW 2.2 (NEED_INFO, EXT_PAKN), 2.3 (no extension after the due time), 4 (apology).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Any, Protocol

from bot.domain.calendar import WorkCalendar
from bot.domain.deadlines import Standing, TermUnit, end_of_day, local_day, standing_on
from bot.domain.office_days import working_day_from, works
from bot.domain.working import Extension

NEED_INFO = "NEED_INFO"
EXTENSION = "EXT_PAKN"
_SECOND = timedelta(seconds=1)
_DAY = timedelta(days=1)
_IN_DAYS = frozenset({TermUnit.WORKING_DAYS, TermUnit.CALENDAR_DAYS})


@dataclass(frozen=True, slots=True)
class ExtensionRequest:
    """A head's request for more time: `value` working days (calendar days where the time limit is counted in them).

    `due_at` is the date that held when it was asked, `new_due_at` the one asked for, `cause` a code of extension_causes.csv,
    `words` the apology as the citizen will read it. `state` is asked, granted, refused or lapsed; `note` what the superior said.
    """

    id: int
    case: int
    due_at: datetime
    new_due_at: datetime
    value: int
    cause: str
    words: str
    asked_by: int
    asked_at: datetime
    state: str = "asked"
    decided_by: int | None = None
    decided_at: datetime | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Apology:
    """Notice, reason and apology that the head of `unit` owes the citizen, since the date `due_at` was missed (LAW 4).

    It is to be signed by `task_due_at`. Signed once: then `words` is what the citizen got, `new_due_at` the date that it promises
    (None: the answer had come before), which moves no clock. `in_person`: the head himself signed, not a deputy.
    """

    id: int
    case: int
    due_at: datetime
    unit: str
    task_due_at: datetime | None = None
    cause: str = ""
    words: str = ""
    new_due_at: datetime | None = None
    signer: int | None = None
    signed_at: datetime | None = None
    in_person: bool = False


@dataclass(frozen=True, slots=True)
class Allowance:
    """How often a time limit can be lengthened, and by how much at most; no `count` means never."""

    count: int
    value: int
    unit: TermUnit = TermUnit.WORKING_DAYS

    def extension(self, value: int) -> Extension:
        """Return the extension by so much; raises ValueError beyond what is allowed."""
        if not 1 <= value <= self.value:
            raise ValueError(f"An extension by {value} is not among 1 to {self.value}.")
        return Extension(value, self.unit, EXTENSION)


NO_ALLOWANCE = Allowance(0, 0)


def allowance(policies: Mapping[str, Mapping[str, Any]], code: str) -> Allowance:
    """Return what the time limit `code` allows, by the rows of policies.csv in force.

    For a limit of the house that is what EXT_PAKN has, which a province may change, but not more than its own row; for one of
    the law what its own row has. A limit in hours (RES_URGENT) allows nothing, whatever its row says.
    """
    row, general = policies.get(code), policies.get(EXTENSION)
    if row is None or not row.get("ext_count"):
        return NO_ALLOWANCE
    counted_in = TermUnit(row["unit"]) if row["unit"] in list(TermUnit) else None
    if counted_in not in _IN_DAYS:
        return NO_ALLOWANCE
    values = [row.get("ext_value"), general["value"] if general and row["clock"] == "service" else None]
    value = min((value for value in values if value), default=0)
    return Allowance(row["ext_count"], value, counted_in) if value else NO_ALLOWANCE


def missed_from(due: datetime) -> datetime:
    """Return the first instant at which a date is missed: the due instant itself, with its whole second, is still on time."""
    return due + _SECOND


def task_due(missed: datetime, calendar: WorkCalendar) -> datetime:
    """Return until when the head apologises for a date that was missed at that instant: the end of that day, or of the next
    working day where it is none (LAW 4 rule 2). A year that the calendar lacks counts Monday to Friday."""
    return end_of_day(working_day_from(local_day(missed), calendar))


def days_late(due: datetime | None, given: datetime, calendar: WorkCalendar) -> int:
    """Return how many working days an answer came after its date, a begun one counted whole: 0 exactly when it was on time.

    An answer a few hours after an urgent term, or on the day of rest after a due day, is one day late. Without a date (it was to
    follow) nothing is late. A year that the calendar lacks counts Monday to Friday.
    """
    if due is None or standing_on(due, given) is not Standing.OVERDUE:
        return 0
    first, last = local_day(due), local_day(given)
    late = sum(works(first + _DAY * n, calendar) for n in range(1, (last - first).days + 1))
    return max(late, 1)


class Outcome(Enum):
    """What an answer counts as for ever; nothing else is published (issue: "always three numbers")."""

    ON_TIME = "on_time"
    EXTENDED = "extended"  # On time, but only by a date that the superior head had moved.
    LATE = "late"


class GivenAnswer(Protocol):
    """What of an answer was written down for ever when it was given."""

    @property
    def extended(self) -> bool: ...
    @property
    def days_late(self) -> int: ...


def outcome(answer: GivenAnswer) -> Outcome:
    """Return what a given answer counts as, from what was written down when it was given."""
    if answer.days_late > 0:
        return Outcome.LATE
    return Outcome.EXTENDED if answer.extended else Outcome.ON_TIME


@dataclass(frozen=True, slots=True)
class Shares:
    """How many answers were on time without extension, on time with one, and late: never one of them without the others."""

    on_time: int = 0
    extended: int = 0
    late: int = 0

    @property
    def total(self) -> int:
        """All answers."""
        return self.on_time + self.extended + self.late

    def percents(self) -> tuple[int, int, int]:
        """Return the three as whole percents that add up to 100; three zeros where there is no answer.

        What rounding down leaves over goes to the largest remainders, and no number but zero is shown as zero: one late answer
        in a thousand is not rounded away.
        """
        counts = (self.on_time, self.extended, self.late)
        if not self.total:
            return 0, 0, 0
        shares = [count * 100 // self.total for count in counts]
        by_remainder = sorted(range(3), key=lambda n: (-(counts[n] * 100 % self.total), -n))
        for n in by_remainder[: 100 - sum(shares)]:
            shares[n] += 1
        for n, count in enumerate(counts):
            if count and not shares[n]:
                shares[n] = 1
                shares[max(range(3), key=lambda other: shares[other])] -= 1
        return shares[0], shares[1], shares[2]


def shares(outcomes: Iterable[Outcome]) -> Shares:
    """Return the three numbers of these answers; who has counted them already writes `Shares(on_time, extended, late)`."""
    counted = Counter(outcomes)
    return Shares(counted[Outcome.ON_TIME], counted[Outcome.EXTENDED], counted[Outcome.LATE])
