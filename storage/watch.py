"""Open cases as they are watched: light rows by the thousand, without words.

Few units are looked up by the indexes of units; for many, as a whole province, the indexes by date are gone through, since
their range is what the answer is made of either way. The units come as one value, so that a statement is prepared once however
many they are.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Integer,
    Select,
    String,
    and_,
    any_,
    bindparam,
    func,
    literal_column,
    or_,
    select,
    text,
    type_coerce,
    union,
)

from bot.domain.watching import NOWHERE, Watched, overdue_since
from storage.ledger import Ledger
from storage.prepared import Prepared
from storage.rows import OPEN_STATUSES, Instant, answers, case_texts, cases

FEW = 64
"""Up to so many units are looked up one by one."""

_c, _a, _t = cases.c, answers.c, case_texts.c
_OPEN = text(f"cases.status IN {OPEN_STATUSES}")
_FORWARDED = text("cases.status = 'FORWARDED'")
_NEVER = datetime.max.replace(tzinfo=UTC)
_NOW = bindparam("now", type_=Instant)
# A case whose office nobody knows yet, which intake has: for whoever watches a whole province (`usecases.watching`).
_NOWHERE = and_(bindparam("nowhere", type_=Integer) == 1, _c.handling_unit.is_(None), _c.unit.is_(None))
# A sealed text of no words is as long as this: format, key and nonce, and the tag of nothing (`storage.seal`).
EMPTY_SEALED = 33
SQLITE, POSTGRESQL = "sqlite", "postgresql"

# What each list is made of, and for few units by which of their indexes: those of units know no date to be accepted by.
_LISTED: dict[str, list[Any]] = {
    "overdue": [_OPEN, _c.due_at < _NOW],
    "legal": [_OPEN, _c.legal_due_at < _NOW, or_(_c.due_at >= _NOW, _c.due_at.is_(None))],
    "due": [_OPEN, _c.due_at >= _NOW, _c.due_at <= bindparam("until", type_=Instant)],
    "open": [_OPEN],
    "unaccepted": [_FORWARDED, _c.ack_due_at < _NOW],
}


def among(column: ColumnElement[Any], name: str, dialect: str, by_index: bool = True) -> ColumnElement[bool]:
    """Return whether a column is one of a list that comes as one value; without `by_index` it is not looked up in an index."""
    if dialect == POSTGRESQL:
        return column == any_(bindparam(name, type_=ARRAY(column.type)))
    if not by_index:
        column = literal_column(f"+{column}", type_=column.type)
    values = func.json_each(bindparam(name, type_=String)).table_valued("value")
    return column.in_(select(values.c.value))


def light_columns(dialect: str) -> list[ColumnElement[Any]]:
    """Return the columns of a light row; SQLite's instants as they are stored, since reading thousands one by one takes long."""
    if dialect == POSTGRESQL:
        return [_c[name] for name in Watched._fields]
    return [
        type_coerce(_c[name], String).label(name) if isinstance(_c[name].type, Instant) else _c[name] for name in Watched._fields
    ]


def _few(name: str, dialect: str) -> Select[Any]:
    condition = _LISTED[name]
    if dialect == SQLITE and name in ("unaccepted", "legal"):
        date = _c.ack_due_at if name == "unaccepted" else _c.legal_due_at
        condition = [_OPEN, *condition[:1], literal_column(f"+{date}", type_=Instant) < _NOW, *condition[2:]]
    arms = [select(_c.id).where(*condition, among(column, "units", dialect)) for column in (_c.handling_unit, _c.unit)]
    arms.append(select(_c.id).where(*condition, _NOWHERE))
    return select(*light_columns(dialect)).where(_c.id.in_(union(*arms)))


def _many(name: str, dialect: str) -> Select[Any]:
    places = [among(column, "units", dialect, by_index=False) for column in (_c.handling_unit, _c.unit)]
    return select(*light_columns(dialect)).where(*_LISTED[name], or_(*places, _NOWHERE))


def _first(name: str, rows: Select[Any]) -> Select[Any]:
    # By nothing more than the index has in order; those of one date are put in order when they are read.
    date = {"unaccepted": _c.ack_due_at, "legal": _c.legal_due_at}.get(name, _c.due_at)
    return rows.order_by(date).limit(bindparam("limit"))


_LISTS = {
    (name, many): Prepared(_first(name, make(name, SQLITE)), _first(name, make(name, POSTGRESQL)))
    for name in _LISTED
    for many, make in ((False, _few), (True, _many))
}


def _answered(dialect: str) -> Select[Any]:
    return (
        select(*light_columns(dialect), _a.given_at)
        .join(answers, _a.case_id == _c.id)
        .where(_a.unit == bindparam("unit"), _a.given_at.is_not(None))
        .order_by(_a.given_at.desc())
        .limit(bindparam("limit"))
    )


_ANSWERED = Prepared(_answered(SQLITE), _answered(POSTGRESQL))


def _officials(dialect: str) -> Select[Any]:
    return select(_t.case_id, _t.official).where(
        among(_t.case_id, "cases", dialect), func.length(_t.official) > literal_column(str(EMPTY_SEALED))
    )


_OFFICIALS = Prepared(_officials(SQLITE), _officials(POSTGRESQL))


@lru_cache(maxsize=10_000)
def _instant(stored: str) -> datetime:
    """Return an instant as SQLite keeps it; the due dates of thousands are the ends of a few days."""
    return datetime.fromisoformat(stored + "+00:00")


_PLACES = {name: place for place, name in enumerate(Watched._fields)}
_INSTANTS = tuple(place for name, place in _PLACES.items() if isinstance(_c[name].type, Instant))


def light_row(row: Iterable[Any]) -> Watched:
    """Return a light row from its columns, in the order of `light_columns`."""
    values = list(row)
    for place in _INSTANTS:
        stored = values[place]
        if isinstance(stored, str):
            values[place] = _instant(stored)
    return Watched._make(values)


class Watch:
    """Implements `ports_watch.Watch`. "Now" is cut to the second, as in `watching.overdue_since`."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    async def overdue(self, units: Sequence[str], now: datetime, before: datetime | None, limit: int) -> list[Watched]:
        """Return those of which a clock was missed by `now`; with `before` only those missed earlier than that."""
        missed_by = now.replace(microsecond=0)
        if before is not None:
            missed_by = min(missed_by, before)
        service = await self._rows("overdue", units, limit, now=missed_by)
        legal = await self._rows("legal", units, limit, now=missed_by)
        return sorted(service + legal, key=lambda row: (overdue_since(row.due_at, row.legal_due_at, now), row.id))[:limit]

    async def due(self, units: Sequence[str], now: datetime, until: datetime, limit: int) -> list[Watched]:
        """Return those that fall due from `now` on, `until` included, also if their legal clock was missed."""
        return await self._rows("due", units, limit, now=now.replace(microsecond=0), until=until)

    async def open(self, units: Sequence[str], limit: int) -> list[Watched]:
        """Return all of them, those without a due date last."""
        return await self._rows("open", units, limit)

    async def unaccepted(self, units: Sequence[str], now: datetime, limit: int) -> list[Watched]:
        """Return those that were forwarded and not accepted in the time for that."""
        return await self._rows("unaccepted", units, limit, now=now.replace(microsecond=0))

    async def answered_by(self, unit: str, limit: int) -> list[tuple[Watched, datetime]]:
        """Return the cases of the last answers of a unit, newest first, each with the instant of that answer."""
        rows = await self._ledger.execute(_ANSWERED, {"unit": unit, "limit": limit})
        return [(light_row(tuple(row)[:-1]), row.given_at) for row in rows]

    async def officials(self, cases: Sequence[int]) -> dict[int, str]:
        """Return what the citizen wrote about the person, of those of these cases where he wrote anything; for the guard only."""
        if not cases:
            return {}
        rows = await self._ledger.execute(_OFFICIALS, {"cases": listed(self._ledger, cases)})
        return {row.case_id: self._ledger.open(row.official, "case_texts.official", row.case_id) for row in rows}

    async def _rows(self, name: str, units: Sequence[str], limit: int, **values: datetime) -> list[Watched]:
        if not units:
            return []
        statement = _LISTS[name, len(units) > FEW]
        asked = {"units": listed(self._ledger, units), "nowhere": int(NOWHERE in units), "limit": limit}
        rows = await self._ledger.execute(statement, {**asked, **values})
        return sorted(map(light_row, rows), key=lambda row: (row.due_at or _NEVER, row.id))


def listed(ledger: Ledger, values: Sequence[Any]) -> Any:
    """Return a list as the one value that `among` takes."""
    return json.dumps(list(values)) if ledger.dialect == SQLITE else list(values)
