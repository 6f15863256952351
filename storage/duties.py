"""Who is on duty outside office hours."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam, delete, insert, select

from bot.usecases.ports_timed import Duty
from storage.ledger import Ledger
from storage.rows import duties

_d = duties.c
_NOW = (
    select(_d.unit, _d.staff_id, _d.from_at, _d.to_at)
    .where(_d.unit.in_(bindparam("units", expanding=True)), _d.from_at <= bindparam("now"), _d.to_at > bindparam("now"))
    .order_by(_d.unit, _d.from_at, _d.id)
)
_REPLACE = delete(duties).where(_d.unit == bindparam("unit"), _d.from_at >= bindparam("first"), _d.from_at < bindparam("last"))
_ADD = insert(duties)


class Duties:
    """Implements `ports_timed.Duties`."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    async def now(self, units: Sequence[str], now: datetime) -> list[Duty]:
        """Return who is on duty for these units at this instant, by unit and start."""
        rows = await self._ledger.execute(_NOW, {"units": list(units), "now": now})
        return [Duty(row.unit, row.staff_id, row.from_at, row.to_at) for row in rows]

    async def put(self, duties: Sequence[Duty]) -> int:
        """Keep a roster: of each of its units it replaces what begins within its span; return how many were replaced."""
        replaced = 0
        for unit in sorted({one.unit for one in duties}):
            ours = [one for one in duties if one.unit == unit]
            span = {"first": min(one.from_at for one in ours), "last": max(one.to_at for one in ours)}
            replaced += (await self._ledger.execute(_REPLACE, {"unit": unit, **span})).rowcount
        rows = [{"unit": one.unit, "staff_id": one.staff, "from_at": one.from_at, "to_at": one.to_at} for one in duties]
        if rows:
            await self._ledger.execute(_ADD, rows)
        return replaced
