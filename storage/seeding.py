"""Loading the law as rows: what this release ships, beside what a province has changed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update

from bot import rules as shipped
from storage.rows import rules

_r = rules.c
_NEWEST = select(_r.id, _r.set, _r.key, _r.version, _r.row, _r.shipped, _r.active).order_by(_r.version)
_ADD = insert(rules)
_RETIRE = update(rules).where(_r.id == bindparam("b_id")).values(active=False)
_NOTE = update(rules).where(_r.id == bindparam("b_id")).values(shipped=bindparam("b_shipped"))


def load_rules(connection: Connection, now: datetime) -> list[str]:
    """Bring the rules of this release into the database; return a line for each that the province keeps different.

    New rows are added. A row that this release ships otherwise than the one before gets a new version; the old one stays for the
    cases filed under it. A row that is shipped no longer is retired. A row that the province changed is never overwritten, one
    that the province added (`shipped` empty) is left alone.
    """
    known = {(row.set, row.key): row for row in connection.execute(_NEWEST)}
    ours = {(name, key): as_text(row) for name, key, row in _shipped()}
    new: list[dict[str, Any]] = []
    lines = []
    for (name, key), text in ours.items():
        kept = known.get((name, key))
        # A row that the province added and took away again leaves the place to ours.
        if kept is None or (kept.row == kept.shipped != text) or (not kept.active and kept.shipped in ("", kept.row)):
            if kept is not None:
                connection.execute(_RETIRE, {"b_id": kept.id})
            version = 1 if kept is None else kept.version + 1
            new.append({"set": name, "key": key, "version": version, "row": text, "shipped": text, "active": True, "since": now})
            continue
        if kept.shipped != text and kept.shipped:
            connection.execute(_NOTE, {"b_id": kept.id, "b_shipped": text})
        if kept.row != text:
            lines.append(_difference(name, key, kept.row, text))
    for place, kept in known.items():
        if place not in ours and kept.active and kept.shipped:
            if kept.row == kept.shipped:
                connection.execute(_RETIRE, {"b_id": kept.id})
            else:
                lines.append(f"{kept.set} {kept.key}: no longer shipped, your own row stays.")
    if new:
        connection.execute(_ADD, new)
    return lines


def _shipped() -> Iterator[tuple[str, str, Any]]:
    """Go through the rows that a province may change, as (set, key, row)."""
    tables: dict[str, Mapping[str, Any]] = {
        "policies": shipped.policies(),
        "categories": shipped.categories(),
        "unit_types": shipped.unit_types(),
        "statuses": shipped.statuses(),
        "roles": shipped.roles(),
        "reject_reasons": shipped.reject_reasons(),
        "findings": shipped.findings(),
        "actions": shipped.actions(),
        "extension_causes": shipped.extension_causes(),
        "templates": shipped.templates(),
        "settings": shipped.settings(),
        "calendar": {row.key: row for row in shipped.calendar_rows()},
    }
    for name, table in tables.items():
        for key, row in table.items():
            yield name, key, row


def as_text(row: Any) -> str:
    """Return a row of the rules as the database keeps it."""
    return json.dumps(asdict(row), ensure_ascii=False, sort_keys=True, default=date.isoformat)


def _difference(name: str, key: str, here: str, ours: str) -> str:
    """Return which columns differ, in one line."""
    theirs, shipped_row = json.loads(here), json.loads(ours)
    columns = [f"{c} {theirs.get(c)!r} (shipped: {value!r})" for c, value in shipped_row.items() if theirs.get(c) != value]
    return f"{name} {key}: your own row stays, with {', '.join(columns)}."
