"""What waits to be told to staff in one message."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import bindparam, case, delete, func, select

from bot.usecases.ports_timed import DigestLine
from storage.ledger import Ledger, insert_or
from storage.prepared import Prepared
from storage.rows import digest_lines

_l = digest_lines.c
_ADD = insert_or(
    digest_lines,
    lambda new: new.on_conflict_do_update(
        index_elements=["staff_id", "kind", "case_id"],
        set_={
            "level": case((new.excluded.level > _l.level, new.excluded.level), else_=_l.level),
            "late": new.excluded.late,
            "at": new.excluded.at,
        },
    ),
)
_PEOPLE = Prepared(select(_l.staff_id).group_by(_l.staff_id).order_by(func.min(_l.id)).limit(bindparam("limit")))
_OF = Prepared(select(_l.kind, _l.level, _l.case_id, _l.late).where(_l.staff_id == bindparam("staff")).order_by(_l.id))
_CLEAR = delete(digest_lines).where(_l.staff_id == bindparam("staff"))


class Digests:
    """Implements `ports_timed.Digests`."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    async def add(self, lines: Sequence[DigestLine]) -> None:
        """Note lines, each once by person, kind and case: a second one takes its place, with the higher level."""
        rows = [
            {"staff_id": one.staff, "kind": one.kind, "level": one.level, "case_id": one.case, "late": one.late, "at": now}
            for now in (self._ledger.now,)
            for one in lines
        ]
        if rows:
            await self._ledger.execute(_ADD, rows)

    async def people(self, limit: int) -> list[int]:
        """Return whom something waits for, as ids of staff, the longest waiting first."""
        return [row.staff_id for row in await self._ledger.execute(_PEOPLE, {"limit": limit})]

    async def of(self, staff: int) -> list[DigestLine]:
        """Return what waits for somebody, in the order of its coming."""
        rows = await self._ledger.execute(_OF, {"staff": staff})
        return [DigestLine(staff, row.kind, row.level, row.case_id, row.late) for row in rows]

    async def clear(self, staff: int) -> None:
        """Take away all that waits for somebody, as it was said."""
        await self._ledger.execute(_CLEAR, {"staff": staff})
