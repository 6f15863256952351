"""Reminders in writing and the register of them, R3 (LAW 8.1)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import bindparam, func, or_, select, update

from bot.domain.deadlines import local_day
from bot.usecases.ports import Changed, Rules
from bot.usecases.ports_written import RegisterRow, Written, threshold_of
from storage.ledger import Ledger, insert_or
from storage.rows import staff, units, written_reminders

_w = written_reminders.c
_LAST = select(func.max(_w.number)).where(_w.year == bindparam("year"))
_COUNT = select(func.count()).where(_w.unit == bindparam("unit"), _w.head == bindparam("head"), _w.year == bindparam("year"))
_ADD = insert_or(written_reminders, lambda new: new.on_conflict_do_nothing(index_elements=["year", "number"]).returning(_w.id))
_SEAL_WORDS = update(written_reminders).where(_w.id == bindparam("b_id")).values(words=bindparam("b_words"))
_BY_ID = select(written_reminders).where(_w.id == bindparam("id"))
_OF_YEAR = select(written_reminders).where(_w.year == bindparam("year")).order_by(_w.number.desc())
_SENT_BY = _OF_YEAR.where(_w.by == bindparam("staff"))
_TO_HEAD = _OF_YEAR.where(or_(_w.head == bindparam("staff"), _w.unit.in_(bindparam("units", expanding=True))))
_RESULT = (
    update(written_reminders)
    .where(_w.id == bindparam("b_id"), _w.result_at.is_(None))
    .values(result=bindparam("b_result"), result_by=bindparam("b_by"), result_at=bindparam("b_at"))
)
_ABOUT_CASES = select(_w.unit, _w.case_id).where(
    _w.unit.in_(bindparam("units", expanding=True)),
    _w.year.in_(bindparam("years", expanding=True)),
    _w.at >= bindparam("since"),
    _w.at < bindparam("until"),
    _w.case_id.is_not(None),
)
_head, _by = staff.alias("head_of_it"), staff.alias("recorder_of_it")
_REGISTER = (
    select(written_reminders, units.c.name.label("unit_name"), _head.c.name.label("head_name"), _by.c.name.label("by_name"))
    .join(units, units.c.code == _w.unit)
    .outerjoin(_head, _head.c.id == _w.head)
    .join(_by, _by.c.id == _w.by)
    .where(_w.unit.in_(bindparam("units", expanding=True)), _w.year == bindparam("year"))
    .order_by(_w.number)
)


class WrittenReminders:
    """Implements `ports_written.WrittenReminders`. What they say and what was done is sealed."""

    def __init__(self, ledger: Ledger, rules: Rules) -> None:
        self._ledger = ledger
        self._rules = rules

    async def add(
        self, unit: str, head: int, words: str, act_by: date, by: int, case: int | None, year: int, now: datetime
    ) -> Written:
        """Store it under the next number of the year. Raises `Changed` when somebody took that number meanwhile.

        The number is taken where it is used, in the same transaction: one that comes to nothing leaves no hole.
        """
        last = (await self._ledger.execute(_LAST, {"year": year})).scalar_one_or_none() or 0
        nth = await self.count(unit, head, year) + 1
        row = {
            "year": year, "number": last + 1, "unit": unit, "head": head, "nth": nth, "case_id": case, "words": b"",
            "act_by": act_by, "by": by, "at": now,
        }  # fmt: skip
        number: int | None = (await self._ledger.execute(_ADD, row)).scalar_one_or_none()
        if number is None:
            raise Changed
        # Sealed for its own id, which is known only now.
        sealed = self._ledger.close(words, "written_reminders.words", number)
        await self._ledger.execute(_SEAL_WORDS, {"b_id": number, "b_words": sealed})
        return Written(number, year, last + 1, unit, head, nth, case, words, act_by, by, now)

    async def by_id(self, reminder: int) -> Written | None:
        """Return it, or None."""
        found = await self._read(await self._ledger.execute(_BY_ID, {"id": reminder}))
        return found[0] if found else None

    async def sent_by(self, staff: int, year: int) -> list[Written]:
        """Return what a supervisor sent in a year, newest first."""
        return await self._read(await self._ledger.execute(_SENT_BY, {"staff": staff, "year": year}))

    async def to_head(self, staff: int, units: Sequence[str], year: int) -> list[Written]:
        """Return what was sent in a year to a head himself or to the units that he leads now, newest first."""
        params = {"staff": staff, "units": list(units), "year": year}
        return await self._read(await self._ledger.execute(_TO_HEAD, params))

    async def count(self, unit: str, head: int, year: int) -> int:
        """Return how many this head of this unit was sent in a year."""
        number: int = (await self._ledger.execute(_COUNT, {"unit": unit, "head": head, "year": year})).scalar_one()
        return number

    async def write_result(self, reminder: int, words: str, by: int, now: datetime) -> bool:
        """Keep what was done; False when that was written before."""
        sealed = self._ledger.close(words, "written_reminders.result", reminder)
        row = {"b_id": reminder, "b_result": sealed, "b_by": by, "b_at": now}
        return (await self._ledger.execute(_RESULT, row)).rowcount == 1

    async def register(self, units: Sequence[str], year: int) -> list[RegisterRow]:
        """Return register R3 of these units for a year, by number. Names of units and people as they are now."""
        rows = await self._ledger.execute(_REGISTER, {"units": list(units), "year": year})
        threshold = threshold_of(self._rules.rows("policies"))
        lines = []
        for place, row in enumerate(rows, 1):
            one = self._written(row)
            lines.append(
                RegisterRow(
                    row=place, unit=row.unit_name, head=row.head_name or "", number=one.sign, day=local_day(one.at),
                    words=one.words, nth=one.nth, year=one.year, act_by=one.act_by, result=one.result, recorder=row.by_name,
                    rated=one.nth >= threshold, case=one.case,
                )
            )  # fmt: skip
        return lines

    async def about_cases(self, units: Sequence[str], since: datetime, until: datetime) -> list[tuple[str, int]]:
        """Return (unit, case) of each that was sent in a span about a case."""
        years = list(range(since.year - 1, until.year + 2))  # A zone apart, the year of a number may be the next.
        params = {"units": list(units), "years": years, "since": since, "until": until}
        return [(row.unit, row.case_id) for row in await self._ledger.execute(_ABOUT_CASES, params)]

    async def _read(self, rows: Iterable[Any]) -> list[Written]:
        return [self._written(row) for row in rows]

    def _written(self, row: Any) -> Written:
        words = self._ledger.open(row.words, "written_reminders.words", row.id)
        result = "" if row.result is None else self._ledger.open(row.result, "written_reminders.result", row.id)
        return Written(
            row.id, row.year, row.number, row.unit, row.head, row.nth, row.case_id, words, row.act_by, row.by, row.at,
            result, row.result_by, row.result_at,
        )  # fmt: skip
