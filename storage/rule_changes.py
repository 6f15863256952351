"""Changing one row of the rules: a new version, the former one kept for the cases filed under it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, bindparam, insert, select, update

from storage.rows import rules

_r = rules.c
_ACTIVE = select(_r.id, _r.shipped).where(_r.set == bindparam("name"), _r.key == bindparam("key"), _r.active)
_NEWEST = select(_r.version).where(_r.set == bindparam("name"), _r.key == bindparam("key")).order_by(_r.version.desc()).limit(1)
_RETIRE = update(rules).where(_r.id == bindparam("b_id")).values(active=False)
_ADD = insert(rules)


def save_rule(connection: Connection, name: str, key: str, row: str, now: datetime) -> None:
    """Put a row of a set in force in place of the one under its key; raises KeyError where there is none.

    What this release ships stays known beside it, so that `load_rules` never overwrites what the province changed.
    """
    kept = connection.execute(_ACTIVE, {"name": name, "key": key}).one_or_none()
    if kept is None:
        raise KeyError(key)
    version = connection.execute(_NEWEST, {"name": name, "key": key}).scalar_one() + 1
    connection.execute(_RETIRE, {"b_id": kept.id})
    new = {"set": name, "key": key, "version": version, "row": row, "shipped": kept.shipped, "active": True, "since": now}
    connection.execute(_ADD, new)
