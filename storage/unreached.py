"""Messages to citizens that have not reached them, found by the state that they are in now.

Who sent a case is known by a keyed hash only, so the message of the citizen is told from one to an officer here, after reading.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, func, literal_column, or_, select, update

from bot.domain.unreached import READ, TOLD, Unreached
from bot.domain.watching import Watched
from storage.ledger import Ledger
from storage.prepared import Prepared
from storage.reporters import sent_by
from storage.rows import UNREACHED, Instant, cases, contacts, outbox, reporters
from storage.watch import EMPTY_SEALED, POSTGRESQL, SQLITE, among, light_columns, light_row, listed

_o, _c, _r = outbox.c, cases.c, reporters.c
_CUT: tuple[ColumnElement[bool], ...] = (
    literal_column(UNREACHED),
    or_(_o.why.is_(None), and_(_o.why != bindparam("told", TOLD), _o.why != bindparam("read", READ))),
)
_SINCE = bindparam("waiting_since", type_=Instant)
# What waits since long; of a chat that has just opened, nothing has waited since then.
_WAITS: tuple[ColumnElement[bool], ...] = (
    literal_column("outbox.state = 'pending'"),
    _o.must_arrive,
    _o.created_at < _SINCE,
    or_(_o.why.is_not(None), _o.next_try_at < _SINCE),
)


def _rows(dialect: str, *conditions: ColumnElement[bool]) -> Select[Any]:
    told = (
        _o.id.label("message"), _o.kind.label("told"), _o.platform, _o.state, func.coalesce(_o.why, "").label("why"),
        _o.created_at, _o.contact_id, contacts.c.person_id, _r.person_hash,
        (func.length(_r.phone) > literal_column(str(EMPTY_SEALED))).label("has_phone"), _c.taken_by.is_not(None).label("taken"),
    )  # fmt: skip
    return (
        select(*light_columns(dialect), *told)
        .select_from(outbox)
        .join(cases, _c.id == _o.case_id)
        .join(contacts, contacts.c.id == _o.contact_id)
        .join(reporters, _r.case_id == _o.case_id)
        .where(*conditions)
        .order_by(literal_column("+outbox.id"))  # Else SQLite goes through all messages in the order of their ids.
    )


def _of_units(dialect: str, *conditions: ColumnElement[bool]) -> Select[Any]:
    # Of messages there are few in these states: the offices are looked at last, whatever indexes there are for them.
    places = [among(column, "units", dialect, by_index=False) for column in (_c.handling_unit, _c.unit)]
    return _rows(dialect, *conditions, or_(*places)).limit(bindparam("limit"))


def _of_case(dialect: str, *conditions: ColumnElement[bool]) -> Select[Any]:
    return _rows(dialect, *conditions, _o.case_id == bindparam("case"))


_AMONG = [Prepared(_of_units(SQLITE, *state), _of_units(POSTGRESQL, *state)) for state in (_CUT, _WAITS)]
_OF_CASE = [Prepared(_of_case(SQLITE, *state), _of_case(POSTGRESQL, *state)) for state in (_CUT, _WAITS)]
_SETTLE = update(outbox).where(_o.id.in_(bindparam("b_rows", expanding=True)), *_CUT).values(why=bindparam("b_how"))
_FIELDS = len(Watched._fields)


class UnreachedMessages:
    """Implements `ports_unreached.UnreachedMessages`."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    async def among(self, units: Sequence[str], waiting_since: datetime, limit: int) -> list[Unreached]:
        """Return at most `limit` of them, the oldest first, of cases handled by or about these units."""
        if not units:
            return []
        asked = {"units": listed(self._ledger, units), "limit": limit}
        return (await self._read(_AMONG, asked, waiting_since))[:limit]

    async def of_case(self, case: int, waiting_since: datetime) -> list[Unreached]:
        """Return those of a case, the oldest first."""
        return await self._read(_OF_CASE, {"case": case}, waiting_since)

    async def settle(self, messages: Sequence[Unreached], how: str) -> int:
        """Note of these messages how the citizen came to know; return how many. One that waits goes out all the same."""
        if not messages:
            return 0
        row = {"b_rows": [one.message for one in messages], "b_how": how}
        return (await self._ledger.execute(_SETTLE, row)).rowcount

    async def _read(self, statements: Sequence[Prepared], asked: dict[str, Any], waiting_since: datetime) -> list[Unreached]:
        cut = list(await self._ledger.execute(statements[0], asked))
        waits = list(await self._ledger.execute(statements[1], asked | {"waiting_since": waiting_since}))
        return sorted(self._to_citizens([*cut, *waits]), key=lambda one: one.message)

    def _to_citizens(self, rows: Iterable[Any]) -> list[Unreached]:
        """Return those that go to who sent the case; why a chat is closed is noted only with what was on its way then."""
        rows = list(rows)
        closed = {row.contact_id: row.why for row in reversed(rows) if row.state == "held" and row.why}
        hashes = {person: sent_by(self._ledger, person) for person in {row.person_id for row in rows}}
        return [
            Unreached(
                light_row(tuple(row)[:_FIELDS]), row.message, row.told, row.platform, row.state,
                row.why or (closed.get(row.contact_id, "") if row.state == "held" else ""), row.created_at,
                bool(row.has_phone), bool(row.taken),
            )
            for row in rows
            if row.person_hash == hashes[row.person_id]
        ]  # fmt: skip
