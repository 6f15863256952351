"""What reports read. Every statement goes by a period or by what is open, along an index: none looks at all cases."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BindParameter, bindparam, case, func, literal_column, or_, select, text

from bot.usecases.ports_reports import Counted, Given, Sorry
from storage.ledger import Ledger
from storage.rows import (
    OPEN_STATUSES,
    answers,
    apologies,
    appointments,
    case_files,
    case_texts,
    cases,
    events,
    extensions,
    reminders,
    staff,
    written_reminders,
)

_AT_A_TIME = 500
_EMPTY_SEALED = 33  # Bytes of the seal around nothing: where no person was named, nothing is opened.

_c, _a, _s, _w = cases.c, answers.c, apologies.c, written_reminders.c
_PLAIN = [_c[name] for name in Counted._fields[:-1]]
# Long stories stand before it in the row of words; it is read only where somebody was named.
_OFFICIAL = case((func.length(case_texts.c.official) > _EMPTY_SEALED, case_texts.c.official)).label("official")
_WIDTH = len(Counted._fields)

_UNITS: BindParameter[list[str]] = bindparam("units", expanding=True)
_IDS: BindParameter[list[int]] = bindparam("ids", expanding=True)
_SINCE: BindParameter[datetime] = bindparam("since")
_UNTIL: BindParameter[datetime] = bindparam("until")
_OFFICE = func.coalesce(_c.handling_unit, _c.unit)
# As in the partial indexes, letter for letter: SQLite takes such an index only then.
_OPEN = text(f"cases.status IN {OPEN_STATUSES}")
_ENDED = text("cases.status IN ('GUIDED','REJECTED','WITHDRAWN','MERGED')")
_ENDINGS = ("CaseGuided", "CaseRejected", "CaseWithdrawn", "CaseMerged")

_COUNTED = select(*_PLAIN, _OFFICIAL).join(case_texts, case_texts.c.case_id == _c.id)
_FILED = _COUNTED.where(_c.filed_at >= _SINCE, _c.filed_at < _UNTIL, _OFFICE.in_(_UNITS)).order_by(_c.filed_at, _c.id)
_STANDING = _COUNTED.where(_OPEN, _c.handling_unit.in_(_UNITS))
_STANDING_ABOUT = _COUNTED.where(_OPEN, _c.unit.in_(_UNITS), _c.handling_unit.is_(None))
_ENDED_SINCE = _COUNTED.where(
    _c.filed_at >= bindparam("filed_since"),
    _c.filed_at < bindparam("filed_until"),
    _ENDED,
    _OFFICE.in_(_UNITS),
    select(literal_column("1"))
    .where(events.c.case_id == _c.id, events.c.name.in_(_ENDINGS), events.c.at >= _SINCE)
    .correlate(cases)
    .exists(),
)
_ANSWER = [_a.given_at, _a.due_at, _a.extended, _a.days_late, _a.round, _a.finding, _a.action, _a.author, _a.document]
_ANSWERED = (
    select(*_PLAIN, _OFFICIAL, _a.unit, *_ANSWER)
    .select_from(answers)
    .join(cases, _c.id == _a.case_id)
    .join(case_texts, case_texts.c.case_id == _c.id)
    .where(_a.given_at.is_not(None), _a.given_at >= _SINCE, _a.given_at < _UNTIL, _a.unit.in_(_UNITS))
    .order_by(_a.given_at, _a.case_id)
)
_SORRY = (
    select(*_PLAIN, _OFFICIAL, _s.unit, _s.due_at, _s.cause, _s.signer, _s.signed_at)
    .select_from(apologies)
    .join(cases, _c.id == _s.case_id)
    .join(case_texts, case_texts.c.case_id == _c.id)
)
_SORRY_OWED = _SORRY.where(_s.signed_at.is_(None), _s.unit.in_(_UNITS))
_SORRY_GIVEN = _SORRY.where(_s.signed_at.is_not(None), _s.signed_at >= _SINCE, _s.signed_at < _UNTIL, _s.unit.in_(_UNITS))
_SORRY_OF = select(_s.case_id, _s.cause, _s.signer, _s.signed_at).where(_s.case_id.in_(_IDS)).order_by(_s.due_at)
_e = extensions.c
_CAUSES = select(_e.case_id, _e.cause).where(_e.case_id.in_(_IDS), _e.state == "granted").order_by(_e.id)
_WRITTEN = (
    select(_w.unit, func.count().label("times"))
    .where(_w.unit.in_(_UNITS), _w.year.in_(bindparam("years", expanding=True)), _w.at >= _SINCE, _w.at < _UNTIL)
    .group_by(_w.unit)
)
_r, _f = reminders.c, case_files.c
_REMINDED = (
    select(_r.case_id, func.count())
    .where(_r.case_id.in_(_IDS), _r.kind.in_(("due_soon", "last_hour", "overdue", "not_accepted")))
    .group_by(_r.case_id)
)
_FILES = (
    select(_f.case_id, func.count()).where(_f.case_id.in_(_IDS), _f.side == "citizen", _f.state == "stored").group_by(_f.case_id)
)
_FORWARDED = select(_c.id, _c.forwarded_at).where(_c.id.in_(_IDS), _c.forwarded_at.is_not(None))
_LAST = (
    select(_a.case_id, _a.given_at, _a.finding, _a.action, _a.document)
    .where(_a.case_id.in_(_IDS), _a.given_at.is_not(None))
    .order_by(_a.case_id, _a.round)
)
_NAMES = select(staff.c.id, staff.c.name).where(staff.c.id.in_(_IDS))
_p = appointments.c
_HEADS = (
    select(_p.unit, staff.c.name)
    .join(staff, staff.c.id == _p.staff_id)
    .where(
        _p.unit.in_(_UNITS),
        _p.role == "unit_head",
        _p.since <= bindparam("now"),
        or_(_p.until.is_(None), _p.until > bindparam("now")),
        staff.c.joined_at.is_not(None),
        staff.c.revoked_at.is_(None),
    )
    .order_by(_p.since)
)
# What came in, what was answered, and what is open now whenever it came: a report reads all three.
_SOME = [
    select(column).where(*which).limit(bindparam("limit")).subquery()
    for column, which in (
        (_c.id, (_c.filed_at >= _SINCE, _c.filed_at < _UNTIL)),
        (_a.case_id, (_a.given_at.is_not(None), _a.given_at >= _SINCE, _a.given_at < _UNTIL)),
        (_c.id, (_OPEN, _c.due_at > bindparam("ever"))),
    )
]
_HOW_MANY = [select(func.count()).select_from(some) for some in _SOME]
_EVER = datetime(2000, 1, 1, tzinfo=UTC)


class Reports:
    """Implements `ports_reports.Reports`."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    async def filed(self, units: Sequence[str], since: datetime, until: datetime) -> list[Counted]:
        """Return the cases that came in during the period, oldest first."""
        return await self._counted(_FILED, units=list(units), since=since, until=until)

    async def answered(self, units: Sequence[str], since: datetime, until: datetime) -> list[Given]:
        """Return the answers given in the period by these offices, oldest first."""
        rows = await self._ledger.execute(_ANSWERED, {"units": list(units), "since": since, "until": until})
        return [Given(self._case(row), *row[_WIDTH:]) for row in rows]

    async def standing(self, units: Sequence[str]) -> list[Counted]:
        """Return the cases that are open now: those with these offices, and those about them that nobody has."""
        found = await self._counted(_STANDING, units=list(units))
        return found + await self._counted(_STANDING_ABOUT, units=list(units))

    async def ended(self, units: Sequence[str], filed_since: datetime, filed_until: datetime, since: datetime) -> list[Counted]:
        """Return cases filed in a span that ended without an answer from `since` on."""
        span = {"filed_since": filed_since, "filed_until": filed_until}
        return await self._counted(_ENDED_SINCE, units=list(units), since=since, **span)

    async def sorry_owed(self, units: Sequence[str]) -> list[Sorry]:
        """Return the apologies that are owed now."""
        rows = await self._ledger.execute(_SORRY_OWED, {"units": list(units)})
        return [Sorry(self._case(row), *row[_WIDTH:]) for row in rows]

    async def sorry_given(self, units: Sequence[str], since: datetime, until: datetime) -> list[Sorry]:
        """Return the apologies signed in the period."""
        rows = await self._ledger.execute(_SORRY_GIVEN, {"units": list(units), "since": since, "until": until})
        return [Sorry(self._case(row), *row[_WIDTH:]) for row in rows]

    async def sorry_of(self, cases: Sequence[int]) -> Mapping[int, tuple[str, int | None, datetime | None]]:
        """Return (cause, signer, signed_at) of the newest apology of each of these cases that has one."""
        return {row.case_id: (row.cause, row.signer, row.signed_at) for row in await self._in_parts(_SORRY_OF, cases)}

    async def causes_of(self, cases: Sequence[int]) -> Mapping[int, str]:
        """Return the cause of the extension that was granted, of each of these cases that has one."""
        return {row.case_id: row.cause for row in await self._in_parts(_CAUSES, cases)}

    async def written(self, units: Sequence[str], since: datetime, until: datetime) -> Mapping[str, int]:
        """Return how many written reminders each office was sent in the period."""
        years = list(range(since.year - 1, until.year + 2))  # A zone apart, the year of a number may be the next.
        params = {"units": list(units), "since": since, "until": until, "years": years}
        return {row.unit: row.times for row in await self._ledger.execute(_WRITTEN, params)}

    async def reminded(self, cases: Sequence[int]) -> Mapping[int, int]:
        """Return how often each of these cases was reminded of, of those that were."""
        return {number: times for number, times in await self._in_parts(_REMINDED, cases)}

    async def files_of(self, cases: Sequence[int]) -> Mapping[int, int]:
        """Return how many files came with each of these cases, of those that have any."""
        return {number: files for number, files in await self._in_parts(_FILES, cases)}

    async def forwarded(self, cases: Sequence[int]) -> Mapping[int, datetime]:
        """Return when each of these cases was forwarded, of those that were."""
        return {row.id: row.forwarded_at for row in await self._in_parts(_FORWARDED, cases)}

    async def last_answers(self, cases: Sequence[int]) -> Mapping[int, tuple[datetime, str, str, str]]:
        """Return (given_at, finding, actions, document) of the newest given answer of each of these cases that has one."""
        return {row[0]: tuple(row[1:]) for row in await self._in_parts(_LAST, cases)}

    async def names(self, staff: Sequence[int]) -> Mapping[int, str]:
        """Return the names of members of staff."""
        return {number: name for number, name in await self._in_parts(_NAMES, staff)}

    async def heads(self, units: Sequence[str]) -> Mapping[str, str]:
        """Return the name of the head of each of these offices that has one now."""
        rows = await self._ledger.execute(_HEADS, {"units": list(units), "now": self._ledger.now})
        return {row.unit: row.name for row in rows}

    async def how_many(self, since: datetime, until: datetime, at_most: int) -> int:
        """Return how many cases came in or were answered in the period or are open now, the most of these, up to `at_most`."""
        found = []
        for statement, params in zip(_HOW_MANY, ({"since": since, "until": until},) * 2 + ({"ever": _EVER},), strict=True):
            found.append(int((await self._ledger.execute(statement, params | {"limit": at_most})).scalar_one()))
        return max(found)

    async def _counted(self, statement: Any, **params: Any) -> list[Counted]:
        return [self._case(row) for row in await self._ledger.execute(statement, params)]

    def _case(self, row: Any) -> Counted:
        sealed = row[_WIDTH - 1]
        official = "" if sealed is None else self._ledger.open(sealed, "case_texts.official", row[0])
        return Counted._make((*row[: _WIDTH - 1], official))

    async def _in_parts(self, statement: Any, ids: Sequence[int]) -> list[Any]:
        found: list[Any] = []
        for part in _parts(ids):
            found += await self._ledger.execute(statement, {"ids": part})
        return found


def _parts(ids: Sequence[int]) -> Iterator[list[int]]:
    once = list(dict.fromkeys(ids))
    return (once[first : first + _AT_A_TIME] for first in range(0, len(once), _AT_A_TIME))
