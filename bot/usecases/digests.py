"""What staff are told of their cases in one message a morning instead of a storm (RELIABILITY D3, D8, D9).

What `check_case` has to say becomes lines in its own transaction, one for each person, kind and case. When nothing more is due,
each person's lines become one message; what is no longer true by then, or what he may no longer see, is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from bot.domain.access import Action, may
from bot.domain.cases import WITH_INTAKE, ApologyState, Case
from bot.domain.deadlines import Standing, standing_on
from bot.domain.events import CaseBreached, DueSoon, Event, IntakeWaits, NotAccepted, Overdue, RedLine
from bot.domain.people import Role, Staff
from bot.usecases.access import without_words
from bot.usecases.ladder import CHAIR, HEAD, LAST_ALARM, SUPERIOR, SUPERVISOR, Kind, awake
from bot.usecases.notices import To, recipients
from bot.usecases.ports import Work
from bot.usecases.ports_timed import DigestLine
from bot.usecases.reminding import check_case
from bot.usecases.terms import calendar_at

APOLOGY, LEGAL_MISSED = "apology", "legal_missed"
"""The kinds of line for an apology that is owed, and for the date of the law; the others are values of `Kind`."""
_RUNGS = {HEAD: (To.HEAD, To.HANDLER), SUPERIOR: (To.SUPERIOR,), SUPERVISOR: (To.SUPERVISOR,), CHAIR: (To.CHAIR,)}
_OFFICE = (To.HEAD, To.HANDLER)


@dataclass(frozen=True, slots=True)
class Section:
    """Cases of one kind in a digest, by due date, without words. `kind` is one of SECTIONS, `late` whether any is said late."""

    kind: str
    cases: Sequence[Case]
    late: bool


class Readers:
    """Who works where, as `recipients` asks for it: each question goes to the database once in a transaction.

    After a standstill the same few heads and supervisors are asked for thousands of times.
    """

    def __init__(self, work: Work) -> None:
        self.units = work.units
        self.staff = self
        self._roll = work.staff
        self._known: dict[tuple[object, ...], list[Staff]] = {}
        self._one: dict[int, Staff | None] = {}
        self._all: list[tuple[Staff, bool]] | None = None

    async def at(self, units: Sequence[str], *roles: Role) -> list[Staff]:
        """Return what `StaffRoll.at` returns."""
        key = (tuple(units), roles)
        if key not in self._known:
            self._known[key] = await self._roll.at(units, *roles)
        return self._known[key]

    async def by_id(self, staff: int) -> Staff | None:
        """Return what `StaffRoll.by_id` returns."""
        if staff not in self._one:
            self._one[staff] = await self._roll.by_id(staff)
        return self._one[staff]

    async def all(self) -> list[tuple[Staff, bool]]:
        """Return what `StaffRoll.all` returns."""
        if self._all is None:
            self._all = await self._roll.all()
        return self._all

    async def of(self, case: Case, to: Sequence[To]) -> list[Staff]:
        """Return these readers of a case; where nobody works on it, intake instead."""
        here = cast(Work, self)  # All that `recipients` asks of a work stands above.
        readers = await recipients(here, case, *to)
        return readers if readers or To.HEAD not in to else await recipients(here, case, To.INTAKE)


async def look_after(work: Work, case: Case, now: datetime, readers: Readers | None = None) -> None:
    """Do what has happened to a case by itself, record it, and note for each reader what he is to be told.

    `readers` are shared by all cases that are looked after in one transaction.
    """
    happened = await check_case(work, case, now)
    work.record(*happened)
    said = [(event, *_said(event)) for event in happened]
    if not any(to for _event, _kind, _level, to in said):
        return
    known = readers or Readers(work)
    fresh = await work.cases.by_id(case.id) or case
    lines = [
        DigestLine(one.id, kind, level, case.id, getattr(event, "late", False))
        for event, kind, level, to in said
        if to
        for one in await known.of(fresh, to)
    ]
    await work.digests.add(lines)


async def note(work: Work, case: Case, kind: str, level: int, to: Sequence[To]) -> None:
    """Note a line for each of these readers; where nobody works on the case, intake is told instead."""
    await work.digests.add([DigestLine(one.id, kind, level, case.id) for one in await Readers(work).of(case, to)])


def _said(event: Event) -> tuple[str, int, tuple[To, ...]]:
    """Return the kind and level of the line that an event makes, and for whom; for nobody where it is said at once or never."""
    match event:
        case DueSoon(last_hour=False):
            return Kind.DUE_SOON.value, 0, _OFFICE
        case Overdue(urgent=False):
            return Kind.OVERDUE.value, event.level, _RUNGS[event.level]
        case NotAccepted():
            return Kind.NOT_ACCEPTED.value, 0, (To.HEAD, To.SUPERVISOR)
        case IntakeWaits():
            return Kind.INTAKE_WAITS.value, event.level, (To.INTAKE,) if event.level == 1 else (To.INTAKE, To.SUPERVISOR)
        case CaseBreached(clock="service") if event.unit:
            return APOLOGY, 0, (To.HEAD,)
        case CaseBreached(clock="legal"):
            return LEGAL_MISSED, 0, (To.HEAD,)
        case RedLine():
            chair = (To.CHAIR,) if event.level == LAST_ALARM else ()
            return Kind.RED_LINE.value, event.level, (To.HEAD, To.SUPERIOR, To.SUPERVISOR, *chair)
    return "", 0, ()


async def people_to_tell(work: Work, limit: int = 50) -> list[int]:
    """Return for whom a digest is ready: nobody while cases are still due, as after a standstill."""
    if await work.cases.due_for_check(work.now, 1):
        return []
    return await work.digests.people(limit)


async def read_digest(work: Work, staff: Staff, now: datetime) -> list[Section]:
    """Return what somebody is told now, the most serious first, each case once; an apology is owed beside being overdue."""
    lines = await work.digests.of(staff.id)
    cases = {case.id: case for case in await work.cases.open_among([line.case for line in lines])}
    found: list[Section] = []
    told: set[int] = set()
    for name, is_true in SECTIONS.items():
        kind = Kind.DUE_SOON.value if name in DUE else name
        here = [line for line in lines if line.kind == kind and line.case in cases and (name == APOLOGY or line.case not in told)]
        here = [line for line in here if is_true(cases[line.case], now) and may(staff, Action.CARD, cases[line.case], work.units)]
        if here:
            told |= {line.case for line in here}
            by_due = sorted((cases[line.case] for line in here), key=lambda case: (case.due_at or case.filed_at, case.id))
            found.append(Section(name, [without_words(case) for case in by_due], any(line.late for line in here)))
    return found


async def may_be_told(work: Work, staff: Staff, now: datetime) -> bool:
    """Whether it is a working day between 8 and 18 o'clock in the office of this person."""
    unit = staff.appointments[0].unit if staff.appointments else None
    return awake(now, await calendar_at(work, unit))


def _is_overdue(case: Case, now: datetime) -> bool:
    return case.due_at is not None and case.paused_until is None and standing_on(case.due_at, now) is Standing.OVERDUE


def _legal_missed(case: Case, now: datetime) -> bool:
    return case.legal_due_at is not None and case.answered_at is None and standing_on(case.legal_due_at, now) is Standing.OVERDUE


def _due_today(case: Case, now: datetime) -> bool:
    return case.due_at is not None and case.paused_until is None and standing_on(case.due_at, now) is Standing.DUE_TODAY


def _due_later(case: Case, now: datetime) -> bool:
    return case.due_at is not None and case.paused_until is None and standing_on(case.due_at, now) is Standing.RUNNING


TODAY, SOON = "due_today", "due_later"
DUE = (TODAY, SOON)
SECTIONS: Mapping[str, Callable[[Case, datetime], bool]] = {
    Kind.RED_LINE.value: lambda case, now: case.is_open,
    LEGAL_MISSED: _legal_missed,
    Kind.OVERDUE.value: _is_overdue,
    APOLOGY: lambda case, now: case.apology is ApologyState.DUE,
    TODAY: _due_today,
    Kind.INTAKE_WAITS.value: lambda case, now: case.status in WITH_INTAKE,
    Kind.NOT_ACCEPTED.value: lambda case, now: case.handling_unit is not None and case.accepted_at is None,
    SOON: _due_later,
}
"""The sections of a digest in their order, each with what must still be true of a case in it."""
