"""The book of calls, R7, and the book of the letterbox, R6 (LAW 8.1)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, bindparam, insert, select, update

from bot.usecases.ports_by_hand import CONFIRMED, WAITING, Call, Opening
from storage.ledger import Ledger
from storage.rows import box_letters, box_openings, calls

_k, _o, _l = calls.c, box_openings.c, box_letters.c
_UNITS: BindParameter[list[str]] = bindparam("units", expanding=True)
_SINCE: BindParameter[datetime] = bindparam("since")
_UNTIL: BindParameter[datetime] = bindparam("until")

_ADD_CALL = insert(calls).returning(_k.id)
_SEAL_WORDS = update(calls).where(_k.id == bindparam("b_id")).values(words=bindparam("b_words"))
_CALL = select(calls).where(_k.id == bindparam("id"))
_READ_BACK = update(calls).where(_k.id == bindparam("b_id"), _k.read_back.is_(False)).values(read_back=True)
_CALLS = select(calls).where(_k.unit.in_(_UNITS), _k.at >= _SINCE, _k.at < _UNTIL).order_by(_k.at, _k.id)

_ADD_OPENING = insert(box_openings).returning(_o.id)
_OPENING = select(box_openings).where(_o.id == bindparam("id"))
_DECIDE = (
    update(box_openings)
    .where(_o.id == bindparam("b_id"), _o.state == WAITING)
    .values(state=bindparam("b_state"), decided_at=bindparam("b_at"))
)
_OPENINGS = (
    select(box_openings).where(_o.unit.in_(_UNITS), _o.at >= _SINCE, _o.at < _UNTIL, _o.state == CONFIRMED).order_by(_o.at, _o.id)
)
_LATEST = select(box_openings).where(_o.unit.in_(_UNITS)).order_by(_o.at.desc(), _o.id.desc()).limit(bindparam("limit"))
_ENTER = insert(box_letters)
_ENTERED = (
    select(_l.opening_id, _l.case_id)
    .where(_l.opening_id.in_(bindparam("ids", expanding=True)))
    .order_by(_l.opening_id, _l.case_id)
)


class ByHandBooks:
    """Implements `ports_by_hand.ByHandBooks`. What was said in a call is sealed."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    async def add_call(
        self, unit: str, by: int, at: datetime, minutes: int | None, words: str, read_back: bool, case: int | None
    ) -> Call:
        """Store a call and return it."""
        row = {
            "unit": unit, "at": at, "minutes": minutes, "by": by, "words": b"", "read_back": read_back, "case_id": case,
        }  # fmt: skip
        number: int = (await self._ledger.execute(_ADD_CALL, row)).scalar_one()
        # Sealed for its own id, which is known only now.
        sealed = self._ledger.close(words, "calls.words", number)
        await self._ledger.execute(_SEAL_WORDS, {"b_id": number, "b_words": sealed})
        return Call(number, unit, at, minutes, by, words, read_back, case)

    async def call(self, call: int) -> Call | None:
        """Return it, or None."""
        row = (await self._ledger.execute(_CALL, {"id": call})).one_or_none()
        return None if row is None else self._call(row)

    async def read_back(self, call: int) -> bool:
        """Note that it was read back; False when that was noted before."""
        return bool((await self._ledger.execute(_READ_BACK, {"b_id": call})).rowcount == 1)

    async def calls(self, units: Sequence[str], since: datetime, until: datetime) -> list[Call]:
        """Return the calls of these units in a period, oldest first."""
        rows = await self._ledger.execute(_CALLS, {"units": list(units), "since": since, "until": until})
        return [self._call(row) for row in rows]

    async def add_opening(
        self, unit: str, place: str, letters: int, not_eligible: int, by: int, second: int, at: datetime
    ) -> Opening:
        """Store an opening that waits for the second person, and return it."""
        row = {
            "unit": unit, "at": at, "place": place, "letters": letters, "not_eligible": not_eligible, "by": by,
            "second": second, "state": WAITING,
        }  # fmt: skip
        number: int = (await self._ledger.execute(_ADD_OPENING, row)).scalar_one()
        return Opening(number, unit, at, place, letters, not_eligible, by, second)

    async def opening(self, opening: int) -> Opening | None:
        """Return it with the cases entered from it, or None."""
        found = await self._with_cases(await self._ledger.execute(_OPENING, {"id": opening}))
        return found[0] if found else None

    async def decide(self, opening: int, state: str, now: datetime) -> bool:
        """Confirm or deny it; False when that was done before."""
        row = {"b_id": opening, "b_state": state, "b_at": now}
        return bool((await self._ledger.execute(_DECIDE, row)).rowcount == 1)

    async def enter(self, opening: int, case: int) -> None:
        """Note that a case was entered from one of its letters."""
        await self._ledger.execute(_ENTER, {"opening_id": opening, "case_id": case})

    async def openings(self, units: Sequence[str], since: datetime, until: datetime) -> list[Opening]:
        """Return the confirmed openings of these units in a period, oldest first."""
        params = {"units": list(units), "since": since, "until": until}
        return await self._with_cases(await self._ledger.execute(_OPENINGS, params))

    async def latest(self, units: Sequence[str], limit: int) -> list[Opening]:
        """Return the newest openings of these units, whatever their state, newest first."""
        return await self._with_cases(await self._ledger.execute(_LATEST, {"units": list(units), "limit": limit}))

    async def _with_cases(self, rows: Iterable[Any]) -> list[Opening]:
        found = list(rows)
        entered: dict[int, list[int]] = {}
        if found:
            for one in await self._ledger.execute(_ENTERED, {"ids": [row.id for row in found]}):
                entered.setdefault(one.opening_id, []).append(one.case_id)
        return [
            Opening(
                row.id, row.unit, row.at, row.place, row.letters, row.not_eligible, row.by, row.second, row.state,
                row.decided_at, tuple(entered.get(row.id, ())),
            )
            for row in found
        ]  # fmt: skip

    def _call(self, row: Any) -> Call:
        words = self._ledger.open(row.words, "calls.words", row.id)
        return Call(row.id, row.unit, row.at, row.minutes, row.by, words, row.read_back, row.case_id)
