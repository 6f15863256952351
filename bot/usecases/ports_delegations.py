"""What the use cases need of delegations; `storage.delegations` implements it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Delegation:
    """A head gives the deputy (both ids of staff) his signature at a unit from a day to a day, both included, in Vietnam.

    `document` is number and date of the written decision, without which there is none (LAW 5.2 step 9).
    """

    id: int
    deputy: int
    unit: str
    from_on: date
    to_on: date
    document: str
    granted_by: int


class Delegations(Protocol):
    """The heads' signatures in the hands of deputies."""

    async def add(self, given: Delegation) -> int:
        """Keep it; return its id."""
        ...

    async def of_units(self, units: Sequence[str], today: date) -> list[Delegation]:
        """Return those of these units that hold on this day or later and were not taken back, by their first day."""
        ...

    async def take_back(self, delegation: int) -> bool:
        """End it now; False when it was ended before."""
        ...
