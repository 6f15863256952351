"""Timed work that survives a restart."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, literal_column, select, update

from storage.ledger import Ledger, insert_or
from storage.rows import jobs

_j = jobs.c
_WAITS = _j.state == literal_column("'waiting'")  # As in the partial index, so that SQLite takes it.


def _put(new: Any, move: bool) -> Any:
    return new.on_conflict_do_update(
        index_elements=["kind", "key"],
        set_={"run_at": new.excluded.run_at, "payload": new.excluded.payload, "tries": 0, "why": None, "state": "waiting"},
        where=None if move else _j.state == "failed",
    )


_PUT = {move: insert_or(jobs, lambda new, move=move: _put(new, move)) for move in (False, True)}  # type: ignore[misc]
_DUE = (
    select(_j.id, _j.kind, _j.key, _j.payload, _j.tries)
    .where(_WAITS, _j.run_at <= bindparam("now"))
    .order_by(_j.run_at, _j.id)
    .limit(bindparam("limit"))
)
_DONE = delete(jobs).where(_j.id == bindparam("id"))
_AGAIN = (
    update(jobs).where(_j.id == bindparam("b_id")).values(run_at=bindparam("b_at"), why=bindparam("b_why"), tries=_j.tries + 1)
)
_GIVE_UP = update(jobs).where(_j.id == bindparam("b_id")).values(state="failed", why=bindparam("b_why"), tries=_j.tries + 1)
_NEXT = select(_j.run_at).where(_WAITS).order_by(_j.run_at).limit(1)


class Jobs:
    """Implements `ports.Jobs`. A job that failed for good stays, to be looked at, until one of its kind and key is put again."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    async def put(self, kind: str, key: str, run_at: datetime, payload: Mapping[str, Any], move: bool = False) -> None:
        """Add a job unless one of that kind and key waits; with `move` the waiting one gets the new time and payload."""
        sealed = self._ledger.seal.seal_json(dict(payload), "jobs.payload", f"{kind}:{key}")
        await self._ledger.execute(_PUT[move], {"kind": kind, "key": key, "run_at": run_at, "payload": sealed})

    async def due(self, now: datetime, limit: int) -> list[tuple[int, str, str, Mapping[str, Any], int]]:
        """Return (id, kind, key, payload, tries) of jobs whose time has come, earliest first; `tries` are the failed ones."""
        rows = await self._ledger.execute(_DUE, {"now": now, "limit": limit})
        return [
            (r.id, r.kind, r.key, self._ledger.seal.open_json(r.payload, "jobs.payload", f"{r.kind}:{r.key}"), r.tries)
            for r in rows
        ]

    async def done(self, job: int) -> None:
        """Take it away."""
        await self._ledger.execute(_DONE, {"id": job})

    async def again(self, job: int, run_at: datetime, why: str) -> None:
        """Try it again at that instant."""
        await self._ledger.execute(_AGAIN, {"b_id": job, "b_at": run_at, "b_why": why})

    async def give_up(self, job: int, why: str) -> None:
        """Keep it as failed for good."""
        await self._ledger.execute(_GIVE_UP, {"b_id": job, "b_why": why})

    async def next_due(self) -> datetime | None:
        """Return when the next job is due, perhaps in the past; None when none waits."""
        return (await self._ledger.execute(_NEXT)).scalar_one_or_none()
