"""What the use cases need to watch deadlines; `storage.watch` implements it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from bot.domain.watching import Watched


class Watch(Protocol):
    """Open cases handled by or about some units, as light rows by due date. At most `limit` of them, the first due first."""

    async def overdue(self, units: Sequence[str], now: datetime, before: datetime | None, limit: int) -> list[Watched]:
        """Return those of which a clock was missed by `now`; with `before` only those missed earlier than that."""
        ...

    async def due(self, units: Sequence[str], now: datetime, until: datetime, limit: int) -> list[Watched]:
        """Return those that fall due from `now` on, `until` included, also if their legal clock was missed."""
        ...

    async def open(self, units: Sequence[str], limit: int) -> list[Watched]:
        """Return all of them, those without a due date last; which of them where there are more than `limit` is not said."""
        ...

    async def unaccepted(self, units: Sequence[str], now: datetime, limit: int) -> list[Watched]:
        """Return those that were forwarded and not accepted in the time for that."""
        ...

    async def answered_by(self, unit: str, limit: int) -> list[tuple[Watched, datetime]]:
        """Return the cases of the last answers of a unit, newest first, each with the instant of that answer."""
        ...

    async def officials(self, cases: Sequence[int]) -> Mapping[int, str]:
        """Return what the citizen wrote about the person, of those of these cases where he wrote anything; for the guard only."""
        ...
