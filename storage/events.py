"""What happened to cases: written in the transaction of the change, never edited (LAW B9, H3, H4)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam, insert, select

from bot.domain.events import Event
from bot.usecases.ports import StoredEvent
from storage.ledger import Ledger
from storage.rows import events

_WRITE = insert(events)
_OF = (
    select(events.c.id, events.c.case_id, events.c.at, events.c.name, events.c.actor, events.c.details)
    .where(events.c.case_id == bindparam("case"))
    .order_by(events.c.id)
)


async def write_events(ledger: Ledger, happened: Sequence[Event], now: datetime) -> None:
    """Write an audit row for each event, in this order."""
    rows = [
        {"case_id": e.case, "at": now, "name": e.name, "actor": e.actor, "details": json.dumps(e.details(), ensure_ascii=False)}
        for e in happened
    ]
    if rows:
        await ledger.execute(_WRITE, rows)


async def events_of(ledger: Ledger, case: int) -> list[StoredEvent]:
    """Return the audit rows of a case, oldest first."""
    rows = await ledger.execute(_OF, {"case": case})
    return [StoredEvent(r.id, r.case_id, r.at, r.name, r.actor, json.loads(r.details)) for r in rows]
