"""The book of calls and the book of the letterbox, as the use cases see them; `storage.by_hand` implements it.

Source: LAW 8.1 R6, R7. Instants are aware, UTC; a period is half open, from `since` up to but not with `until`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

WAITING, CONFIRMED, DENIED = "waiting", "confirmed", "denied"


@dataclass(frozen=True, slots=True)
class Call:
    """A call to the hotline of `unit`: when it came, how many minutes it took (None: not told), and who took it (`by`).

    `words` is what was said in short, "" where it became the case `case` (its id), which has it. `read_back`: the caller heard
    what was written and confirmed it.
    """

    id: int
    unit: str
    at: datetime
    minutes: int | None
    by: int
    words: str
    read_back: bool = False
    case: int | None = None


@dataclass(frozen=True, slots=True)
class Opening:
    """A letterbox that `by` and `second` of `unit` opened: where it hangs, how many letters lay in it, how many not eligible.

    It counts once `state` is confirmed, by the second person himself. `cases` are the ids of those entered from its letters.
    """

    id: int
    unit: str
    at: datetime
    place: str
    letters: int
    not_eligible: int
    by: int
    second: int
    state: str = WAITING
    decided_at: datetime | None = None
    cases: tuple[int, ...] = ()


class ByHandBooks(Protocol):
    """Both books. A line is never changed but for what its methods say."""

    async def add_call(
        self, unit: str, by: int, at: datetime, minutes: int | None, words: str, read_back: bool, case: int | None
    ) -> Call: ...

    async def call(self, call: int) -> Call | None: ...

    async def read_back(self, call: int) -> bool:
        """Note that it was read back; False when that was noted before."""
        ...

    async def calls(self, units: Sequence[str], since: datetime, until: datetime) -> list[Call]:
        """Return the calls of these units in a period, oldest first."""
        ...

    async def add_opening(
        self, unit: str, place: str, letters: int, not_eligible: int, by: int, second: int, at: datetime
    ) -> Opening: ...

    async def opening(self, opening: int) -> Opening | None: ...

    async def decide(self, opening: int, state: str, now: datetime) -> bool:
        """Confirm or deny it; False when that was done before."""
        ...

    async def enter(self, opening: int, case: int) -> None:
        """Note that a case was entered from one of its letters."""
        ...

    async def openings(self, units: Sequence[str], since: datetime, until: datetime) -> list[Opening]:
        """Return the confirmed openings of these units in a period, oldest first."""
        ...

    async def latest(self, units: Sequence[str], limit: int) -> list[Opening]:
        """Return the newest openings of these units, whatever their state, newest first."""
        ...
