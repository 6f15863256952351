"""What timed work needs: lines of digests, duty rosters, and the lease of whoever may do it; `storage` implements it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class DigestLine:
    """What somebody is to be told of a case in his next digest; `kind` is a value of `ladder.Kind`, or "apology".

    `late`: the program stood still when it should have been said.
    """

    staff: int
    kind: str
    level: int
    case: int
    late: bool = False


class Digests(Protocol):
    """What waits to be told, in one message for each person."""

    async def add(self, lines: Sequence[DigestLine]) -> None:
        """Note lines, each once by person, kind and case: a second one takes its place, with the higher level."""
        ...

    async def people(self, limit: int) -> list[int]:
        """Return whom something waits for, as ids of staff, the longest waiting first."""
        ...

    async def of(self, staff: int) -> list[DigestLine]:
        """Return what waits for somebody, in the order of its coming."""
        ...

    async def clear(self, staff: int) -> None:
        """Take away all that waits for somebody, as it was said."""
        ...


@dataclass(frozen=True, slots=True)
class Duty:
    """Somebody is on duty for a unit from an instant to another; urgent matters reach him outside office hours."""

    unit: str
    staff: int
    from_at: datetime
    to_at: datetime


class Duties(Protocol):
    """Duty rosters (LAW 6.1)."""

    async def now(self, units: Sequence[str], now: datetime) -> list[Duty]:
        """Return who is on duty for these units at this instant, by unit and start."""
        ...

    async def put(self, duties: Sequence[Duty]) -> int:
        """Keep a roster: of each of its units it replaces what begins within its span; return how many were replaced."""
        ...


class Leases(Protocol):
    """Which process may do timed work (RELIABILITY D6)."""

    async def take(self, name: str, holder: str, now: datetime, seconds: int) -> int | None:
        """Take or lengthen a lease and lock it until the end of the transaction; return its fencing token.

        None while another holder has it. The token rises with every new holder.
        """
        ...

    async def token(self, name: str) -> int:
        """Return the token of whoever holds or held it last, 0 where nobody ever did."""
        ...
