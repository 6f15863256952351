"""The apologies that heads owe and have signed (LAW 4)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import bindparam, select, update

from bot.domain.clocks import Apology
from storage.ledger import Ledger, insert_or
from storage.rows import apologies, cases

# With these a case is over without the citizen waiting for anything more.
_NOT_OWED = ("WITHDRAWN", "MERGED", "REJECTED", "GUIDED")

_p = apologies.c
_OWE = insert_or(apologies, lambda new: new.on_conflict_do_nothing(index_elements=["case_id", "due_at"]).returning(_p.id))
_OWED = (
    select(apologies)
    .join(cases, cases.c.id == _p.case_id)
    .where(_p.signed_at.is_(None), cases.c.status.not_in(_NOT_OWED))
    .order_by(_p.task_due_at, _p.id)
)
_OWED_ON = _OWED.where(_p.case_id == bindparam("case"))
_OWED_BY = _OWED.where(_p.unit.in_(bindparam("units", expanding=True))).limit(bindparam("limit"))
_OF_CASE = select(apologies).where(_p.case_id == bindparam("case")).order_by(_p.id)
_SIGN = (
    update(apologies)
    .where(_p.id == bindparam("b_id"), _p.signed_at.is_(None))
    .values(
        cause=bindparam("b_cause"),
        words=bindparam("b_words"),
        new_due_at=bindparam("b_new"),
        signer=bindparam("b_signer"),
        signed_at=bindparam("b_at"),
        in_person=bindparam("b_in_person"),
    )
)


class Apologies:
    """Implements `ports_clocks.Apologies`."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    async def owe(self, apology: Apology) -> bool:
        """Note that an apology is owed for a missed date of a case; False when it was noted before. The id does not count."""
        row = {
            "case_id": apology.case,
            "due_at": apology.due_at,
            "unit": apology.unit,
            "task_due_at": apology.task_due_at,
            "cause": "",
            "in_person": False,
        }
        return (await self._ledger.execute(_OWE, row)).scalar_one_or_none() is not None

    async def owed_on(self, case: int) -> list[Apology]:
        """Return the apologies still owed on a case, the oldest first; none on one that the citizen took back."""
        return [self._apology(row) for row in await self._ledger.execute(_OWED_ON, {"case": case})]

    async def owed_by(self, units: Sequence[str], limit: int = 50) -> list[Apology]:
        """Return the apologies that these units owe, the one due first on top."""
        return [self._apology(row) for row in await self._ledger.execute(_OWED_BY, {"units": list(units), "limit": limit})]

    async def of_case(self, case: int) -> list[Apology]:
        """Return all apologies of a case, signed or not, the oldest first."""
        return [self._apology(row) for row in await self._ledger.execute(_OF_CASE, {"case": case})]

    async def sign(self, signed: Apology) -> bool:
        """Keep what was signed; False when somebody else was faster."""
        row = {
            "b_id": signed.id,
            "b_cause": signed.cause,
            "b_words": self._ledger.close(signed.words, "apologies.words", signed.id),
            "b_new": signed.new_due_at,
            "b_signer": signed.signer,
            "b_at": signed.signed_at,
            "b_in_person": signed.in_person,
        }
        return (await self._ledger.execute(_SIGN, row)).rowcount == 1

    def _apology(self, row: Any) -> Apology:
        return Apology(
            id=row.id,
            case=row.case_id,
            due_at=row.due_at,
            unit=row.unit,
            task_due_at=row.task_due_at,
            cause=row.cause,
            words="" if row.words is None else self._ledger.open(row.words, "apologies.words", row.id),
            new_due_at=row.new_due_at,
            signer=row.signer,
            signed_at=row.signed_at,
            in_person=row.in_person,
        )
