"""What the use cases need to share a case; `storage.contributions` implements it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from bot.domain.sharing import Contribution


class Contributions(Protocol):
    """The parts of other units in a case."""

    async def add(self, asked: Contribution) -> int:
        """Keep a request; return its id."""
        ...

    async def of_case(self, case: int) -> list[Contribution]:
        """Return all of a case, oldest first."""
        ...

    async def awaited_of(self, units: Sequence[str]) -> list[int]:
        """Return the ids of the cases in which these units still owe their part, by the day that was set."""
        ...

    async def give(self, contribution: int, body: str, staff: int) -> bool:
        """Keep the part of a unit; False when it is not awaited any more."""
        ...

    async def end(self, contribution: int) -> bool:
        """Say that it is not needed any more; False when it is not awaited."""
        ...
