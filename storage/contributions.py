"""What other units were asked for a case, and what they answered; both sealed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import and_, bindparam, insert, select, text, update

from bot.domain.sharing import Contribution
from storage.ledger import Ledger
from storage.rows import contributions

_c = contributions.c
# As in the partial index, letter for letter: SQLite takes it only then.
_AWAITED = text("given_at IS NULL AND ended_at IS NULL")
_ADD = insert(contributions).returning(_c.id)
_SEAL = update(contributions).where(_c.id == bindparam("b_id")).values(words=bindparam("b_words"))
_OF_CASE = select(contributions).where(_c.case_id == bindparam("case")).order_by(_c.id)
_AWAITED_OF = (
    select(_c.case_id).where(_c.unit.in_(bindparam("units", expanding=True)), _AWAITED).order_by(_c.due_at.nulls_last(), _c.id)
)
_STILL = and_(_c.id == bindparam("b_id"), _AWAITED)
_GIVE = (
    update(contributions)
    .where(_STILL)
    .values(body=bindparam("b_body"), given_by=bindparam("b_staff"), given_at=bindparam("b_now"))
)
_END = update(contributions).where(_STILL).values(ended_at=bindparam("b_now"))


class Contributions:
    """Implements `ports_sharing.Contributions`."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    async def add(self, asked: Contribution) -> int:
        """Keep a request; return its id. That of `asked` does not count."""
        row = {
            "case_id": asked.case,
            "unit": asked.unit,
            "words": b"",
            "asked_by": asked.asked_by,
            "asked_at": asked.asked_at,
            "due_at": asked.due_at,
        }
        number: int = (await self._ledger.execute(_ADD, row)).scalar_one()
        # Sealed for its own id, which is known only now.
        sealed = self._ledger.close(asked.words, "contributions.words", number)
        await self._ledger.execute(_SEAL, {"b_id": number, "b_words": sealed})
        return number

    async def of_case(self, case: int) -> list[Contribution]:
        """Return all of a case, oldest first."""
        return [self._contribution(row) for row in await self._ledger.execute(_OF_CASE, {"case": case})]

    async def awaited_of(self, units: Sequence[str]) -> list[int]:
        """Return the ids of the cases in which these units still owe their part, by the day that was set."""
        return list((await self._ledger.execute(_AWAITED_OF, {"units": list(units)})).scalars())

    async def give(self, contribution: int, body: str, staff: int) -> bool:
        """Keep the part of a unit; False when it is not awaited any more."""
        sealed = self._ledger.close(body, "contributions.body", contribution)
        row = {"b_id": contribution, "b_body": sealed, "b_staff": staff, "b_now": self._ledger.now}
        return (await self._ledger.execute(_GIVE, row)).rowcount == 1

    async def end(self, contribution: int) -> bool:
        """Say that it is not needed any more; False when it is not awaited."""
        return (await self._ledger.execute(_END, {"b_id": contribution, "b_now": self._ledger.now})).rowcount == 1

    def _contribution(self, row: Any) -> Contribution:
        return Contribution(
            id=row.id,
            case=row.case_id,
            unit=row.unit,
            words=self._ledger.open(row.words, "contributions.words", row.id),
            asked_by=row.asked_by,
            asked_at=row.asked_at,
            due_at=row.due_at,
            body="" if row.body is None else self._ledger.open(row.body, "contributions.body", row.id),
            given_by=row.given_by,
            given_at=row.given_at,
            ended_at=row.ended_at,
        )
