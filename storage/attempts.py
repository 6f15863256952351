"""Counters of tries that survive a restart."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, case

from storage.ledger import Ledger, insert_or
from storage.rows import Instant, attempts

_window_is_over = attempts.c.since <= bindparam("b_over", type_=Instant)


def _count(new: Any) -> Any:
    return new.on_conflict_do_update(
        index_elements=["what", "who_hash"],
        set_={
            "since": case((_window_is_over, new.excluded.since), else_=attempts.c.since),
            "count": case((_window_is_over, 1), else_=attempts.c.count + 1),
        },
    ).returning(attempts.c.since, attempts.c.count.label("tries"))


_TAKE = insert_or(attempts, _count)


class Attempts:
    """Implements `ports.Attempts`. A window begins with the first try and does not move with later ones."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    async def take(self, what: str, who: str, limit: int, seconds: int, now: datetime) -> datetime | None:
        """Count one more try; None if allowed, else the instant at which the window ends.

        `who` is kept as a keyed hash only. One statement, so that tries at the same moment are all counted.
        """
        window = timedelta(seconds=seconds)
        row = {"what": what, "who_hash": self._ledger.hash(f"attempts.{what}", who), "since": now, "count": 1}
        kept = (await self._ledger.execute(_TAKE, row | {"b_over": now - window})).one()
        return None if kept.tries <= limit else kept.since + window
