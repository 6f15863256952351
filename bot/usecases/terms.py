"""The time limits of a case, taken from the rules in force and kept with all that they were worked out from."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from bot.domain.calendar import CalendarMissing, WorkCalendar
from bot.domain.cases import Case
from bot.domain.deadlines import DeadlineRule, TermUnit
from bot.domain.working import Due, Extension, Pause, due_at, work_out
from bot.usecases.ports import UnitTree, Work

SERVICE, LEGAL, ACKNOWLEDGE = "service", "legal", "acknowledge"
"""The clocks of a case (LAW 0.1 C11, 2.2)."""


@dataclass(frozen=True, slots=True)
class Term:
    """A time limit as it runs from an instant: the row it came from, and its due date (None: the calendar is missing).

    `unit` is the code of the office whose closures and hours count ("" those of the whole installation); it stays the one for
    which the term was set, wherever the case goes, since a transfer never moves a date (LAW 2.2).
    """

    row: int | None
    rule: DeadlineRule
    since: datetime
    unit: str = ""
    pauses: tuple[Pause, ...] = ()
    extensions: tuple[Extension, ...] = ()
    due: Due | None = None

    @property
    def due_at(self) -> datetime | None:
        """The last instant that is on time."""
        return self.due.at if self.due else None

    def worked_out(self, calendar: WorkCalendar) -> Term:
        """Return the same term with its due date by this calendar, which must be the one of its office."""
        try:
            return replace(self, due=work_out(self.rule, self.since, calendar, self.pauses, self.extensions))
        except CalendarMissing:
            return replace(self, due=None)

    def inputs(self) -> dict[str, Any]:
        """Return all that the date was worked out from, JSON-ready: the rule, its start, and the special days on the way (D1)."""
        kept: dict[str, Any] = {
            "rule": self.rule.code,
            "row": self.row,
            "value": self.rule.value,
            "unit": self.rule.unit.value,
            "rolls": self.rule.rolls,
            "source": self.rule.source,
            "since": self.since.isoformat(),
            "due_at": self.due_at.isoformat() if self.due_at else None,
            "special_days": [line.day.isoformat() for line in self.due.days if line.row] if self.due else [],
        }
        if self.rule.receipt_rollover:
            kept["receipt_rollover"] = True
        if self.unit:
            kept["office"] = self.unit
        if self.pauses:
            kept["pauses"] = [[pause.since.isoformat(), pause.until.isoformat()] for pause in self.pauses]
        if self.extensions:
            kept["extensions"] = [[more.value, more.unit.value, more.source] for more in self.extensions]
        return kept


def term_from(kept: Mapping[str, Any]) -> Term:
    """Return the term that `Term.inputs` was written from, without its due date, which is to be worked out anew."""
    rule = DeadlineRule(
        kept["rule"], kept["value"], kept["unit"], kept["source"], kept["rolls"], kept.get("receipt_rollover", False)
    )
    pauses = tuple(Pause(*map(datetime.fromisoformat, span)) for span in kept.get("pauses", ()))
    extensions = tuple(Extension(value, TermUnit(unit), source) for value, unit, source in kept.get("extensions", ()))
    return Term(kept["row"], rule, datetime.fromisoformat(kept["since"]), kept.get("office", ""), pauses, extensions)


def kept_terms(inputs: Iterable[str]) -> dict[str, Mapping[str, Any]]:
    """Return the inputs of each clock as they stand after these events, oldest first; see `Work.inputs_of`."""
    clocks: dict[str, Mapping[str, Any]] = {}
    for text in inputs:
        clocks.update(json.loads(text) if text else {})
    return clocks


def written(**clocks: Term) -> str:
    """Return terms by clock as an event carries them."""
    return json.dumps({clock: term.inputs() for clock, term in clocks.items()}, ensure_ascii=False, sort_keys=True)


async def term(work: Work, code: str, since: datetime, unit: str | None = None) -> Term:
    """Return the time limit `code` from `since` for an office; where the calendar lacks a year the date is to follow."""
    row, rule = await work.rules.policy(code)
    return Term(row, rule, since, unit or "").worked_out(await calendar_at(work, unit))


async def service_term(work: Work, case: Case) -> Term | None:
    """Return the term that the due date of a case comes from, worked out; None where its events do not give that date."""
    term = await running_term(work, case)
    return term if term is not None and term.due_at == case.due_at else None


async def running_term(work: Work, case: Case) -> Term | None:
    """Return the service term of a case as its events have it, worked out by the calendar of today, to be gone on from.

    None where there is no date, or where the events say another one than the case has.
    """
    kept = kept_terms((await work.inputs_of([case.id]))[case.id]).get(SERVICE)
    if kept is None or case.due_at is None or kept["due_at"] is None or datetime.fromisoformat(kept["due_at"]) != case.due_at:
        return None
    term = term_from(kept)
    term = term.worked_out(await calendar_at(work, term.unit))
    return term if term.due_at is not None else None


async def window_end(work: Work, code: str, since: datetime) -> datetime:
    """Return the last instant of a window for the citizen; without a calendar it simply does not roll to a working day."""
    found = await term(work, code, since)
    if found.due_at is not None:
        return found.due_at
    days = replace(found.rule, unit=TermUnit.CALENDAR_DAYS, rolls=False)
    return due_at(days, since, await work.rules.calendar())


async def calendar_at(work: Work, unit: str | None) -> WorkCalendar:
    """Return the calendar of an office, with its own closures and hours; without one, that of the whole installation."""
    return (await work.rules.calendar()).at(places_of(work.units, unit))


def places_of(units: UnitTree, code: str | None) -> tuple[str, ...]:
    """Return the codes by which a calendar knows an office: its own, those of the offices above it and that of its province."""
    unit = units.get(code) if code else None
    if unit is None:
        return ()
    return (*(above.code for above in units.line(unit.code)), unit.province)
