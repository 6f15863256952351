"""Cases that one other stands for, and cases that may be about the same matter."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import bindparam, func, or_, select, text

from bot.domain.cases import Case
from storage.ledger import Ledger
from storage.rows import OPEN_STATUSES, cases, reporters

_c, _r = cases.c, reporters.c
_NEAR = timedelta(days=7)
# Statuses stand in the statement as in the partial index, letter for letter: SQLite takes such an index only then.
_OPEN = text(f"cases.status IN {OPEN_STATUSES}")
_MERGED = (
    select(_c.id)
    .where(_c.merged_into == bindparam("lead"), _c.merged_into.is_not(None))
    .order_by(_c.due_at.nulls_last(), _c.filed_at, _c.id)
)
_SENDERS = (
    select(
        func.count(_r.person_hash.distinct()).label("known"),
        func.count(_r.case_id).label("all"),
        func.count(_r.person_hash).label("linked"),
    )
    .select_from(cases)
    .join(reporters, _r.case_id == _c.id)
    .where(or_(_c.id == bindparam("lead"), _c.merged_into == bindparam("lead")))
)
_ALIKE = (
    select(_c.id)
    .where(
        _OPEN,
        _c.unit == bindparam("unit"),
        _c.category == bindparam("category"),
        _c.id != bindparam("case"),
        _c.filed_at >= bindparam("first"),
        _c.filed_at <= bindparam("last"),
    )
    .order_by(_c.due_at.nulls_last(), _c.id)
    .limit(bindparam("limit"))
)


class Merges:
    """Implements `ports_merges.Merges`."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    async def into(self, lead: int) -> list[int]:
        """Return the ids of the cases that were merged into this one, the one due first in front."""
        return list((await self._ledger.execute(_MERGED, {"lead": lead})).scalars())

    async def senders(self, lead: int) -> int:
        """Return from how many different people this case and those merged into it came, and nothing more of them.

        All whose chat was forgotten count as one, so that nobody makes a group of himself.
        """
        row = (await self._ledger.execute(_SENDERS, {"lead": lead})).one()
        different: int = row.known + (row.all > row.linked)
        return different

    async def alike(self, case: Case, limit: int) -> list[int]:
        """Return open cases about the same office and category that were filed within seven days of this one, due first."""
        params = {
            "unit": case.unit,
            "category": case.category,
            "case": case.id,
            "first": case.filed_at - _NEAR,
            "last": case.filed_at + _NEAR,
            "limit": limit,
        }
        return list((await self._ledger.execute(_ALIKE, params)).scalars())
