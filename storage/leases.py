"""Which process may do timed work: one row a kind of work, whose lock serialises those that want it."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import bindparam, case, or_, select

from storage.ledger import Ledger, insert_or
from storage.rows import leases

_l = leases.c
# Whoever else holds it until later is left alone, which returns no row. A holder that lost it gets a new token with the next one.
_TAKE = insert_or(
    leases,
    lambda new: new.on_conflict_do_update(
        index_elements=["name"],
        set_={
            "holder": new.excluded.holder,
            "token": _l.token + case((_l.holder == new.excluded.holder, 0), else_=1),
            "until": new.excluded.until,
        },
        where=or_(_l.holder == new.excluded.holder, _l.until <= bindparam("now")),
    ).returning(_l.token),
)
_TOKEN = select(_l.token).where(_l.name == bindparam("name"))


class Leases:
    """Implements `ports_timed.Leases`."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    async def take(self, name: str, holder: str, now: datetime, seconds: int) -> int | None:
        """Take or lengthen a lease and lock it until the end of the transaction; return its fencing token."""
        row = {"name": name, "holder": holder, "token": 1, "until": now + timedelta(seconds=seconds), "now": now}
        token: int | None = (await self._ledger.execute(_TAKE, row)).scalar_one_or_none()
        return token

    async def token(self, name: str) -> int:
        """Return the token of whoever holds or held it last, 0 where nobody ever did."""
        return (await self._ledger.execute(_TOKEN, {"name": name})).scalar_one_or_none() or 0
