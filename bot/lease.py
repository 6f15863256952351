"""Which of several processes does timed work (RELIABILITY D6).

One of them leads for a while and lengthens that as long as it lives. A step that acts locks the lease in its own transaction, so
that whoever led before and wakes up late does nothing more; what was claimed under one token is finished under no other.
"""

from __future__ import annotations

import asyncio

from bot.app import App
from bot.usecases.ports import Work

NAME = "timed work"
SECONDS = 30
_LENGTHEN_AFTER = 10.0


class Lease:
    """The lease of one process, by a name that no other has; with an empty one there is no other process, and it always holds."""

    def __init__(self, app: App, holder: str) -> None:
        self._app = app
        self._holder = holder
        self._until = float("-inf")
        self.token = 0

    async def leads(self) -> bool:
        """Whether this process does the timed work now; taken or lengthened where that is due."""
        if not self._holder:
            return True
        clock = asyncio.get_running_loop().time
        if clock() < self._until:
            return True
        began = clock()
        token = await self._app.writer.run(lambda work: work.leases.take(NAME, self._holder, work.now, SECONDS))
        self.token = token or 0
        self._until = began + _LENGTHEN_AFTER if token else float("-inf")
        return bool(token)

    async def holds(self, work: Work) -> bool:
        """Whether it still leads, locked until the end of this transaction: nobody else acts before that."""
        if not self._holder:
            return True
        token = await work.leases.take(NAME, self._holder, work.now, SECONDS)
        if token != self.token:
            self._until = float("-inf")
        return token is not None and token == self.token

    async def same(self, work: Work) -> bool:
        """Whether nobody else has led since, so that what was begun may be finished."""
        return not self._holder or await work.leases.token(NAME) == self.token
