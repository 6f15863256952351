"""What the use cases need to know of messages that did not reach a citizen; `storage.unreached` implements it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from bot.domain.unreached import Unreached


class UnreachedMessages(Protocol):
    """Messages to citizens that must arrive and have not at this moment: held, given up, of unknown fate, or waiting since long.

    What somebody told the citizen otherwise, or what he has read meanwhile, is not among them.
    """

    async def among(self, units: Sequence[str], waiting_since: datetime, limit: int) -> list[Unreached]:
        """Return at most `limit` of them, the oldest first, of cases handled by or about these units."""
        ...

    async def of_case(self, case: int, waiting_since: datetime) -> list[Unreached]:
        """Return those of a case, the oldest first."""
        ...

    async def settle(self, messages: Sequence[Unreached], how: str) -> int:
        """Note of these how the citizen came to know, TOLD or READ; return how many. One that waits goes out all the same."""
        ...
