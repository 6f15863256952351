"""Moving the dates of open cases after the calendar has changed (RELIABILITY D5, LAW 6.2).

Only open cases are looked at: an answer that was given stays as late or as timely as it was. A date that is past stays where it
is, since a change of the calendar may not turn what was missed into on time behind everybody's back; and no date moves into
the past, since nobody could be on time any more. Both are counted as kept, for people to decide.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import structlog

from bot.domain.calendar import CalendarRow, WorkCalendar
from bot.domain.cases import Case
from bot.domain.events import DeadlineMoved
from bot.usecases.ports import Changed, Work
from bot.usecases.reminding import next_look
from bot.usecases.terms import ACKNOWLEDGE, LEGAL, SERVICE, Term, kept_terms, places_of, term_from, written

log = structlog.get_logger()

_COLUMN = {SERVICE: "due_at", LEGAL: "legal_due_at", ACKNOWLEDGE: "ack_due_at"}
_NAMED = 3
_TRIES = 3


@dataclass(frozen=True, slots=True)
class Change:
    """A change of the calendar: `why` in the words of its rows, `at` when it was made, which tells it from every other.

    `told` gathers who of the staff has been told of it, as (office that has the case, else the one it is about, handler): each
    hears once of all his cases.
    """

    why: str
    at: datetime
    told: set[tuple[str | None, str | None, int | None]] = field(default_factory=set, compare=False)


@dataclass(frozen=True, slots=True)
class Move:
    """A date of a case: `clock` as in LAW 2.2, where it stood (None: to follow) and where it stands by the new calendar.

    `kept`: it was not moved, because one of the two is past.
    """

    case: str
    clock: str
    old: datetime | None
    new: datetime
    kept: bool = False


@dataclass(slots=True)
class Moves:
    """What became of the dates of many cases."""

    looked_at: int = 0
    all: list[Move] = field(default_factory=list)

    @property
    def moved(self) -> list[Move]:
        """Those that moved."""
        return [move for move in self.all if not move.kept]

    @property
    def kept(self) -> list[Move]:
        """Those that should have, but are past."""
        return [move for move in self.all if move.kept]


def change_of(rows: Mapping[str, CalendarRow | None], former: Mapping[str, CalendarRow | None], at: datetime) -> Change:
    """Return what a change of these rows is called: the first few days, each with its name and the notice or act."""
    days = [row or former.get(key) for key, row in rows.items() if row != former.get(key)]
    named = [f"{row.date:%d/%m/%Y} {row.name} ({row.source})" for row in days if row is not None]
    return Change("; ".join(named[:_NAMED]) + (" …" if len(named) > _NAMED else ""), at)


async def recompute(work: Work, cases: Sequence[int], change: Change, now: datetime) -> list[Move]:
    """Move the dates of these cases, as far as they are open, by the calendar in force; each leaves an event."""
    calendar = await work.rules.calendar()
    inputs = await work.inputs_of(cases)
    moves: list[Move] = []
    for case in await work.cases.open_among(cases):
        for _try in range(_TRIES):
            try:
                moves += await _moved(work, case, kept_terms(inputs[case.id]), calendar, change, now)
                break
            except Changed:
                fresh = await work.cases.by_id(case.id)
                if fresh is None or not fresh.is_open:
                    break
                case = fresh
    return moves


async def foresee_moves(work: Work, cases: Sequence[int], calendar: WorkCalendar, now: datetime) -> list[Move]:
    """Return what `recompute` would do by another calendar; nothing is stored."""
    inputs = await work.inputs_of(cases)
    return [
        move
        for case in await work.cases.open_among(cases)
        for move, _term in await _moves(work, case, kept_terms(inputs[case.id]), calendar, now)
    ]


async def _moved(
    work: Work, case: Case, kept: Mapping[str, Mapping[str, Any]], calendar: WorkCalendar, change: Change, now: datetime
) -> list[Move]:
    moves = await _moves(work, case, kept, calendar, now)
    moving = [(move, term) for move, term in moves if not move.kept]
    if moving:
        dates: dict[str, Any] = {_COLUMN[move.clock]: move.new for move, _term in moving}
        after = replace(case, **dates)
        await work.cases.move_dates(case, after, await next_look(work, after, now))
        stamp = change.at.isoformat()
        for move, term in moving:
            inputs = written(**{move.clock: term})
            reader = (case.handling_unit, None if case.handling_unit else case.unit, case.handler)
            office = move.clock == SERVICE and reader not in change.told
            if office:
                change.told.add(reader)
            work.record(DeadlineMoved(case.id, None, move.clock, move.old, move.new, change.why, stamp, inputs, office))
    return [move for move, _term in moves]


async def _moves(
    work: Work, case: Case, kept: Mapping[str, Mapping[str, Any]], calendar: WorkCalendar, now: datetime
) -> list[tuple[Move, Term]]:
    """Return the dates of a case that this calendar sees elsewhere, each with its term."""
    found = []
    for clock, before in (await _terms(work, case, kept)).items():
        old: datetime | None = getattr(case, _COLUMN[clock])
        term = before.worked_out(calendar.at(places_of(work.units, before.unit)))
        if term.due_at is None or term.due_at == old:
            continue
        past = old is not None and (old < now.replace(microsecond=0) or term.due_at < now)
        found.append((Move(case.code, clock, old, term.due_at, past), term))
    return found


async def _terms(work: Work, case: Case, kept: Mapping[str, Mapping[str, Any]]) -> dict[str, Term]:
    """Return the clocks of a case that run, as its events have them."""
    terms = {}
    for clock in (SERVICE, LEGAL):
        if clock not in kept or (clock == LEGAL and case.answered_at is not None):
            continue  # The clock of the law stopped with the first answer, though the case may be looked at again.
        said, stored = kept[clock]["due_at"], getattr(case, _COLUMN[clock])
        if (datetime.fromisoformat(said) if said else None) != stored:
            log.error("a due date does not follow from its inputs and is left alone", case=case.id, clock=clock)
            continue
        terms[clock] = term_from(kept[clock])
    if case.forwarded_at is not None and case.accepted_at is None and case.handling_unit is not None:
        row, rule = await work.rules.policy("UNIT_ACK")
        terms[ACKNOWLEDGE] = Term(row, rule, case.forwarded_at, case.handling_unit)
    return terms
