"""Lists of cases for staff. Whoever a case speaks about does not find it in any of them, nor in a count (RELIABILITY G4)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from bot.domain.access import Action, may
from bot.domain.cases import Case
from bot.domain.deadlines import VIETNAM, local_day
from bot.domain.people import Role, Staff
from bot.domain.units import Unit
from bot.usecases.access import Reader, acting, without_words
from bot.usecases.ports import Work

AT_A_TIME = 50
PAGE = 8
# Nobody reads further; it bounds what one message can cost (E17).
_AT_MOST = 2000
_NEVER = datetime.max.replace(tzinfo=UTC)

Fetch = Callable[[int, int], Awaitable[list[Case]]]


@dataclass(frozen=True, slots=True)
class Page:
    """Some cases of a list, without words; `total` is how many there are in all, `offset` where these start."""

    cases: list[Case]
    offset: int
    total: int

    @property
    def more(self) -> bool:
        """Whether there are more after these."""
        return self.offset + len(self.cases) < self.total


async def my_work(work: Work, reader: Reader, limit: int = PAGE, offset: int = 0) -> Page:
    """Return the open cases that wait for him, by due date: of the units he leads, assigned to him, at his intake, to help."""
    staff = acting(reader)
    found = await _visible(work, staff, _at_units(work, sorted(staff.units(Role.HEAD, Role.DEPUTY))))
    found += await _visible(work, staff, _at_units(work, sorted(staff.units(Role.HANDLER)), handler=staff.id))
    found += await _visible(work, staff, _at_intake(work, _served(work, staff)))
    found += _filtered(work, staff, await _helped_by(work, staff))
    once = {case.id: case for case in found}
    return _page(sorted(once.values(), key=lambda case: (case.due_at or _NEVER, case.id)), limit, offset)


async def near_red_line(work: Work, reader: Reader, now: datetime, days: int, limit: int = PAGE, offset: int = 0) -> Page:
    """Return the open cases that he watches and that were filed `days` days of the calendar ago or more, the oldest first."""
    staff = acting(reader)
    units = _watched(work, staff)
    before = datetime.combine(local_day(now) - timedelta(days=days - 1), time(), VIETNAM)
    found = (
        await _visible(work, staff, lambda limit, offset: work.cases.waiting_since(units, before, limit, offset)) if units else []
    )
    return _page(found, limit, offset)


async def units_without_head(work: Work, reader: Reader) -> list[Unit]:
    """Return the units he watches that an open case is about or waits at, while no head has joined there; by name."""
    staff = acting(reader)
    watched = _watched(work, staff)
    if not watched:
        return []
    cases = _filtered(work, staff, await work.cases.open_about(watched))
    named = {unit for case in cases for unit in (case.unit, case.handling_unit) if unit in set(watched)}
    led = {unit for head in await work.staff.at(sorted(named), Role.HEAD) for unit in head.units(Role.HEAD)} if named else set()
    units = [work.units.get(code) for code in named - led]
    return sorted((unit for unit in units if unit and not unit.outside), key=lambda unit: unit.name)


async def all_units_without_head(work: Work, reader: Reader) -> list[Unit]:
    """Return every unit he watches at which no head has joined, with or without a case; by name."""
    watched = _watched(work, acting(reader))
    led = {unit for head in await work.staff.at(watched, Role.HEAD) for unit in head.units(Role.HEAD)} if watched else set()
    units = [work.units.get(code) for code in watched if code not in led]
    return sorted(
        (unit for unit in units if unit and not unit.outside and unit.valid_on(local_day(work.now))), key=lambda unit: unit.name
    )


async def _visible(work: Work, staff: Staff, fetch: Fetch | None) -> list[Case]:
    """Return all that is fetched, page by page, and that he may see."""
    found: list[Case] = []
    offset = 0
    while fetch and offset < _AT_MOST and (batch := await fetch(AT_A_TIME, offset)):
        found += _filtered(work, staff, batch)
        offset += len(batch)
        if len(batch) < AT_A_TIME:
            break
    return found


async def _helped_by(work: Work, staff: Staff) -> list[Case]:
    """Return the open cases of others in which a unit that he leads still owes its part."""
    asked = await work.contributions.awaited_of(sorted(staff.led())) if staff.led() else []
    return await work.cases.open_among(asked) if asked else []


def _filtered(work: Work, staff: Staff, cases: Iterable[Case]) -> list[Case]:
    return [without_words(case) for case in cases if may(staff, Action.CARD, case, work.units)]


def _at_units(work: Work, units: list[str], handler: int | None = None) -> Fetch | None:
    if not units:
        return None
    return lambda limit, offset: work.cases.of_units(units, handler=handler, limit=limit, offset=offset)


def _at_intake(work: Work, units: list[str]) -> Fetch | None:
    return (lambda limit, offset: work.cases.with_intake(units, limit, offset)) if units else None


def _served(work: Work, staff: Staff) -> list[str]:
    """Return the units that his intake serves: his own and all below, from the top also those with their own line of command."""
    codes: dict[str, None] = {}
    for top in sorted(staff.units(Role.INTAKE)):
        codes.update(dict.fromkeys(work.units.below(top)))
        unit = work.units.get(top)
        if unit is not None and work.units.parent(top) is None:
            codes.update(dict.fromkeys(work.units.outside(unit.province)))
    return list(codes)


def _watched(work: Work, staff: Staff) -> list[str]:
    codes: dict[str, None] = {}
    for top in sorted(staff.units(Role.SUPERVISOR, Role.HEAD)):
        codes.update(dict.fromkeys(work.units.below(top)))
    return list(codes)


def _page(cases: list[Case], limit: int, offset: int) -> Page:
    return Page(cases[offset : offset + limit], offset, len(cases))
