"""What the use cases need of extensions and apologies; `storage.extensions` and `storage.apologies` implement it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from bot.domain.clocks import Apology, ExtensionRequest


class Extensions(Protocol):
    """Requests for more time; one at a time waits on a case."""

    async def add(self, asked: ExtensionRequest) -> int:
        """Keep a request; return its id."""
        ...

    async def by_id(self, request: int) -> ExtensionRequest | None: ...

    async def waiting(self, case: int) -> ExtensionRequest | None:
        """Return the request of a case that nobody has decided yet."""
        ...

    async def last(self, case: int) -> ExtensionRequest | None:
        """Return the newest request of a case, however it stands."""
        ...

    async def waiting_below(self, units: Sequence[str], limit: int) -> list[int]:
        """Return the ids of the cases handled by these units on which a request waits, the one due first on top."""
        ...

    async def decide(self, request: ExtensionRequest, state: str, by: int | None, at: datetime, note: str = "") -> bool:
        """Mark a waiting request granted, refused or lapsed, with the new date as `request` has it; False: decided before."""
        ...


class Apologies(Protocol):
    """Apologies owed and signed; one for each date that a case missed."""

    async def owe(self, apology: Apology) -> bool:
        """Note that one is owed; False when it was noted before."""
        ...

    async def owed_on(self, case: int) -> list[Apology]:
        """Return those still owed on a case, the oldest first; none on one that is over without an answer."""
        ...

    async def owed_by(self, units: Sequence[str], limit: int = 50) -> list[Apology]:
        """Return those that these units owe, the one due first on top."""
        ...

    async def of_case(self, case: int) -> list[Apology]:
        """Return all of a case, signed or not, the oldest first."""
        ...

    async def sign(self, signed: Apology) -> bool:
        """Keep what was signed; False when somebody else was faster."""
        ...
