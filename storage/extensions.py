"""Requests of heads for more time, and what became of them (LAW 2.2 EXT_PAKN)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, insert, select, update

from bot.domain.clocks import ExtensionRequest
from storage.ledger import Ledger
from storage.rows import cases, extensions

_e = extensions.c
_ADD = insert(extensions).returning(_e.id)
_SEAL = update(extensions).where(_e.id == bindparam("b_id")).values(words=bindparam("b_words"))
_BY_ID = select(extensions).where(_e.id == bindparam("id"))
_OPEN = select(extensions).where(_e.case_id == bindparam("case"), _e.state == "asked")
_LAST = select(extensions).where(_e.case_id == bindparam("case")).order_by(_e.id.desc()).limit(1)
_WAITING = (
    select(_e.case_id)
    .join(cases, cases.c.id == _e.case_id)
    .where(_e.state == "asked", cases.c.handling_unit.in_(bindparam("units", expanding=True)))
    .order_by(_e.due_at, _e.id)
    .limit(bindparam("limit"))
)
_DECIDE = (
    update(extensions)
    .where(_e.id == bindparam("b_id"), _e.state == "asked")
    .values(
        state=bindparam("b_state"),
        decided_by=bindparam("b_by"),
        decided_at=bindparam("b_at"),
        note=bindparam("b_note"),
        new_due_at=bindparam("b_new"),
    )
)


class Extensions:
    """Implements `ports_clocks.Extensions`."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    async def add(self, asked: ExtensionRequest) -> int:
        """Keep a request and return its id; that of `asked` does not count."""
        row = {
            "case_id": asked.case,
            "due_at": asked.due_at,
            "new_due_at": asked.new_due_at,
            "value": asked.value,
            "cause": asked.cause,
            "words": b"",
            "asked_by": asked.asked_by,
            "asked_at": asked.asked_at,
            "state": "asked",
        }
        number: int = (await self._ledger.execute(_ADD, row)).scalar_one()
        # Sealed for its own id, which is known only now.
        sealed = self._ledger.close(asked.words, "extensions.words", number)
        await self._ledger.execute(_SEAL, {"b_id": number, "b_words": sealed})
        return number

    async def by_id(self, request: int) -> ExtensionRequest | None:
        """Return a request, or None."""
        return self._request((await self._ledger.execute(_BY_ID, {"id": request})).one_or_none())

    async def waiting(self, case: int) -> ExtensionRequest | None:
        """Return the request of a case that nobody has decided yet, or None."""
        return self._request((await self._ledger.execute(_OPEN, {"case": case})).one_or_none())

    async def last(self, case: int) -> ExtensionRequest | None:
        """Return the newest request of a case, however it stands, or None."""
        return self._request((await self._ledger.execute(_LAST, {"case": case})).one_or_none())

    async def waiting_below(self, units: Sequence[str], limit: int) -> list[int]:
        """Return the cases of these units on which a request waits, the one due first on top."""
        return list((await self._ledger.execute(_WAITING, {"units": list(units), "limit": limit})).scalars())

    async def decide(self, request: ExtensionRequest, state: str, by: int | None, at: datetime, note: str = "") -> bool:
        """Grant, refuse or let lapse a request that waits, with the new date as `request` has it; False when it was decided."""
        row = {
            "b_id": request.id,
            "b_state": state,
            "b_by": by,
            "b_at": at,
            "b_new": request.new_due_at,
            "b_note": self._ledger.close(note, "extensions.note", request.id) if note else None,
        }
        return (await self._ledger.execute(_DECIDE, row)).rowcount == 1

    def _request(self, row: Any) -> ExtensionRequest | None:
        if row is None:
            return None
        return ExtensionRequest(
            id=row.id,
            case=row.case_id,
            due_at=row.due_at,
            new_due_at=row.new_due_at,
            value=row.value,
            cause=row.cause,
            words=self._ledger.open(row.words, "extensions.words", row.id),
            asked_by=row.asked_by,
            asked_at=row.asked_at,
            state=row.state,
            decided_by=row.decided_by,
            decided_at=row.decided_at,
            note="" if row.note is None else self._ledger.open(row.note, "extensions.note", row.id),
        )
