"""The head's signature in the hands of a deputy, from a day to a day. Which of them hold is read with the appointments."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import bindparam, insert, select, update

from bot.usecases.ports_delegations import Delegation
from storage.ledger import Ledger
from storage.rows import delegations

_d = delegations.c
_ADD = insert(delegations).returning(_d.id)
_OF_UNITS = (
    select(_d.id, _d.staff_id, _d.unit, _d.from_on, _d.to_on, _d.document, _d.granted_by)
    .where(_d.unit.in_(bindparam("units", expanding=True)), _d.to_on >= bindparam("today"), _d.revoked_at.is_(None))
    .order_by(_d.from_on, _d.id)
)
_TAKE_BACK = update(delegations).where(_d.id == bindparam("b_id"), _d.revoked_at.is_(None)).values(revoked_at=bindparam("b_now"))


class Delegations:
    """Implements `ports_delegations.Delegations`."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    async def add(self, given: Delegation) -> int:
        """Keep it; return its id. That of `given` does not count."""
        row = {
            "staff_id": given.deputy,
            "unit": given.unit,
            "from_on": given.from_on,
            "to_on": given.to_on,
            "document": given.document,
            "granted_by": given.granted_by,
            "at": self._ledger.now,
        }
        number: int = (await self._ledger.execute(_ADD, row)).scalar_one()
        return number

    async def of_units(self, units: Sequence[str], today: date) -> list[Delegation]:
        """Return those of these units that hold on this day or later and were not taken back, by their first day."""
        found = await self._ledger.execute(_OF_UNITS, {"units": list(units), "today": today})
        return [_delegation(row) for row in found]

    async def take_back(self, delegation: int) -> bool:
        """End it now; False when it was ended before."""
        ended = await self._ledger.execute(_TAKE_BACK, {"b_id": delegation, "b_now": self._ledger.now})
        return ended.rowcount == 1


def _delegation(row: Any) -> Delegation:
    return Delegation(row.id, row.staff_id, row.unit, row.from_on, row.to_on, row.document, row.granted_by)
