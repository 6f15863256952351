"""Written reminders, as the use cases see them; `storage.written` implements it. Source: LAW 8.1 R3, 8.3 M16."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol

THRESHOLD = "REM-2"
"""The row of policies.csv with the number of reminders in a year from which on they go into the yearly rating."""


@dataclass(frozen=True, slots=True)
class Written:
    """A reminder in writing from a supervisor (`by`) to the head of a unit.

    `number` counts within the civil `year` without holes, `nth` those of this unit and head within it, the first being 1.
    `act_by` is the last day to act. `case` is the case that it speaks of, if any. `result` is what was done ("" nothing yet).
    """

    id: int
    year: int
    number: int
    unit: str
    head: int
    nth: int
    case: int | None
    words: str
    act_by: date
    by: int
    at: datetime
    result: str = ""
    result_by: int | None = None
    result_at: datetime | None = None

    @property
    def sign(self) -> str:
        """Number and sign of the document."""
        return f"{self.number:02}/NN-{self.year}"

    @property
    def done(self) -> bool:
        """Whether what was done has been written."""
        return self.result_at is not None


@dataclass(frozen=True, slots=True)
class RegisterRow:
    """A line of register R3: its columns in their order (LAW 8.1 R3), `number` and `day` being one, `year` that of `nth`.

    `rated`: it goes into the yearly rating. `case` is no column: whoever it speaks about must not read the line.
    """

    row: int
    unit: str
    head: str
    number: str
    day: date
    words: str
    nth: int
    year: int
    act_by: date
    result: str
    recorder: str
    rated: bool
    case: int | None = None


def threshold_of(policies: Mapping[str, Mapping[str, Any]]) -> int:
    """Return that number, by the rows in force."""
    return int(policies[THRESHOLD]["value"])


class WrittenReminders(Protocol):
    """Reminders in writing. Nothing of one is changed after it was sent but its result, which is written once."""

    async def add(
        self, unit: str, head: int, words: str, act_by: date, by: int, case: int | None, year: int, now: datetime
    ) -> Written:
        """Store it under the next number of the year. Raises `Changed` when somebody took that number meanwhile."""
        ...

    async def by_id(self, reminder: int) -> Written | None: ...

    async def sent_by(self, staff: int, year: int) -> list[Written]:
        """Return what a supervisor sent in a year, newest first."""
        ...

    async def to_head(self, staff: int, units: Sequence[str], year: int) -> list[Written]:
        """Return what was sent in a year to a head himself or to the units that he leads now, newest first."""
        ...

    async def count(self, unit: str, head: int, year: int) -> int:
        """Return how many this head of this unit was sent in a year."""
        ...

    async def write_result(self, reminder: int, words: str, by: int, now: datetime) -> bool:
        """Keep what was done; False when that was written before."""
        ...

    async def register(self, units: Sequence[str], year: int) -> list[RegisterRow]:
        """Return register R3 of these units for a year, by number. Names of units and people as they are now."""
        ...

    async def about_cases(self, units: Sequence[str], since: datetime, until: datetime) -> list[tuple[str, int]]:
        """Return (unit, case) of each that was sent in a span about a case."""
        ...
