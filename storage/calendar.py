"""Changing rows of the calendar: a new version each, the former ones kept."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, bindparam, insert, select, update

from bot.domain.calendar import CalendarRow
from storage.rows import rules
from storage.rules_in_force import calendar_row
from storage.seeding import as_text

_r = rules.c
_KNOWN = (
    select(_r.id, _r.key, _r.version, _r.row, _r.shipped, _r.active)
    .where(_r.set == "calendar", _r.key.in_(bindparam("keys", expanding=True)))
    .order_by(_r.version)
)
_RETIRE = update(rules).where(_r.id == bindparam("b_id")).values(active=False)
_ADD = insert(rules)


def save_calendar(connection: Connection, rows: Mapping[str, CalendarRow | None], now: datetime) -> dict[str, CalendarRow | None]:
    """Put these rows in force by key, None takes one away; return what was in force under the keys before.

    What this release ships stays known beside each row, so that `load_rules` never overwrites what the province changed.
    """
    newest = {row.key: row for row in connection.execute(_KNOWN, {"keys": list(rows)})}
    former: dict[str, CalendarRow | None] = {}
    for key, row in rows.items():
        kept = newest.get(key)
        former[key] = calendar_row(kept.row) if kept is not None and kept.active else None
        if former[key] == row:
            continue
        if kept is not None and kept.active:
            connection.execute(_RETIRE, {"b_id": kept.id})
        if row is not None:
            version, shipped = (kept.version + 1, kept.shipped) if kept is not None else (1, "")
            new = {"set": "calendar", "key": key, "version": version, "row": as_text(row), "shipped": shipped, "since": now}
            connection.execute(_ADD, new | {"active": True})
    return former
