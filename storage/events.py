"""What happened to cases: written in the transaction of the change, never edited (LAW B9, H3, H4)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, insert, select

from bot.domain.events import WITH_INPUTS, Event
from bot.usecases.ports import StoredEvent
from storage.ledger import Ledger
from storage.rows import events

_WRITE = insert(events)
_ROW = select(events.c.id, events.c.case_id, events.c.at, events.c.name, events.c.actor, events.c.details).order_by(events.c.id)
_OF = _ROW.where(events.c.case_id == bindparam("case"))
_SINCE = _ROW.where(events.c.id > bindparam("after")).limit(bindparam("limit"))
_INPUTS = (
    select(events.c.case_id, events.c.details)
    .where(events.c.case_id.in_(bindparam("cases", expanding=True)), events.c.name.in_(WITH_INPUTS))
    .order_by(events.c.id)
)


async def write_events(ledger: Ledger, happened: Sequence[Event], now: datetime) -> None:
    """Write an audit row for each event, in this order."""
    rows = [
        {
            "case_id": e.case or None,
            "at": now,
            "name": e.name,
            "actor": e.actor,
            "details": json.dumps(e.details(), ensure_ascii=False),
        }
        for e in happened
    ]
    if rows:
        await ledger.execute(_WRITE, rows)


async def events_of(ledger: Ledger, case: int) -> list[StoredEvent]:
    """Return the audit rows of a case, oldest first."""
    return [_stored(row) for row in await ledger.execute(_OF, {"case": case})]


async def inputs_of(ledger: Ledger, cases: Sequence[int]) -> dict[int, list[str]]:
    """Return what the dates of these cases were computed from, as their events say, oldest first."""
    found: dict[int, list[str]] = {case: [] for case in cases}
    for row in await ledger.execute(_INPUTS, {"cases": list(cases)}):
        found[row.case_id].append(json.loads(row.details)["inputs"])
    return found


async def events_since(ledger: Ledger, after: int, limit: int) -> list[StoredEvent]:
    """Return the audit rows of all cases after a number, oldest first."""
    return [_stored(row) for row in await ledger.execute(_SINCE, {"after": after, "limit": limit})]


def _stored(row: Any) -> StoredEvent:
    return StoredEvent(row.id, row.case_id, row.at, row.name, row.actor, json.loads(row.details))
