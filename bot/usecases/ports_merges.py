"""What the use cases need to merge cases; `storage.merges` implements it."""

from __future__ import annotations

from typing import Protocol

from bot.domain.cases import Case


class Merges(Protocol):
    """Cases that one other stands for."""

    async def into(self, lead: int) -> list[int]:
        """Return the ids of the cases that were merged into this one, the one due first in front."""
        ...

    async def senders(self, lead: int) -> int:
        """Return from how many different people this case and those merged into it came; forgotten chats count as one."""
        ...

    async def alike(self, case: Case, limit: int) -> list[int]:
        """Return open cases about the same office and category that were filed within seven days of this one, due first."""
        ...
