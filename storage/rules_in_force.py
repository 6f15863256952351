"""The law as rows, as it counts now in this province."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import Connection, select

from bot.domain.calendar import CalendarRow, WorkCalendar
from bot.domain.deadlines import DeadlineRule
from bot.rules.estimates import estimated_rows
from storage.rows import rules

_ACTIVE = select(rules.c.id, rules.c.set, rules.c.key, rules.c.row).where(rules.c.active).order_by(rules.c.version)

Rows = Mapping[str, tuple[int, Mapping[str, Any]]]


class RulesInForce:
    """Implements `ports.Rules`, in memory; a fresh one after every change. `read_rules` makes it."""

    def __init__(self, sets: Mapping[str, Rows]) -> None:
        """Take the rows by set and key, each with the number of its row in the database."""
        self._sets = sets
        rows = (_calendar_row(row) for _number, row in sets.get("calendar", {}).values())
        self._calendar = WorkCalendar(rows, estimated_rows)

    def rows(self, name: str) -> dict[str, Mapping[str, Any]]:
        """Return a set by key, such as "categories", each row with the columns of its shipped table."""
        return {key: row for key, (_number, row) in self._sets.get(name, {}).items()}

    async def policy(self, code: str) -> tuple[int | None, DeadlineRule]:
        """Return the number of the row and the rule in force; raises KeyError for an unknown code."""
        number, row = self._sets["policies"][code]
        rollover = row.get("receipt_rollover", False)
        return number, DeadlineRule(code, row["value"], row["unit"], row["source"], row["rolls"], rollover)

    async def calendar(self) -> WorkCalendar:
        """Return the working days; years that have no rows are filled with estimates."""
        return self._calendar


def read_rules(connection: Connection) -> RulesInForce:
    """Return the rows in force, as the database has them."""
    sets: dict[str, dict[str, tuple[int, Mapping[str, Any]]]] = {}
    for row in connection.execute(_ACTIVE):
        sets.setdefault(row.set, {})[row.key] = (row.id, json.loads(row.row))
    return RulesInForce(sets)


def calendar_row(text: str) -> CalendarRow:
    """Return a row of the calendar as the database keeps it."""
    return _calendar_row(json.loads(text))


def _calendar_row(row: Mapping[str, Any]) -> CalendarRow:
    days = {name: date.fromisoformat(row[name]) for name in ("date", "date_to", "pair") if row.get(name)}
    return CalendarRow(**{**row, "date_to": None, "pair": None, **days})
