"""Reminders in writing: a supervisor to a head of his part of the tree, numbered, with a day to act and what was done.

The second in a year to one head of one unit goes into the yearly rating; from which one on is the row REM-2. Whoever a case
speaks about is not reminded of it, and sees no reminder that names it. Source: LAW 8.1 R3, 8.3 M16.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from bot.domain.access import Action, excluded, may
from bot.domain.calendar import CalendarMissing
from bot.domain.cases import Case
from bot.domain.deadlines import Standing, local_day, standing_on
from bot.domain.events import NO_CASE, ReminderActedOn, ReminderWritten
from bot.domain.people import Role, Staff
from bot.domain.refusal import Refusal
from bot.text import Text, _
from bot.usecases.access import Reader, access_case, acting
from bot.usecases.ports import Work
from bot.usecases.ports_written import RegisterRow, Written, threshold_of
from bot.usecases.terms import calendar_at

LEAST_WORDS = 20


@dataclass(frozen=True, slots=True)
class Draft:
    """A reminder before it is sent: to whom it goes, which one in the year it would be, and whether it would be rated."""

    unit: str
    head: Staff
    case: Case | None
    words: str
    act_by: date
    nth: int
    year: int
    threshold: int

    @property
    def rated(self) -> bool:
        """Whether it goes into the yearly rating."""
        return self.nth >= self.threshold


async def draft_reminder(work: Work, reader: Reader, unit: str, words: str, act_by: date, now: datetime, ref: str = "") -> Draft:
    """Return the reminder as it would be sent now to the head of `unit`, about the overdue case `ref` if one is named.

    Raises `Refusal`: not his part of the tree, no head there, the case not overdue or not for that head, no working day to come.
    """
    staff = acting(reader)
    head = await _head_of(work, staff, unit)
    case = await _overdue_case(work, reader, ref, head, now) if ref else None
    if case is not None and case.handling_unit != unit:
        raise Refusal(_("The case is with another office now. Please begin again from the case."))
    if len(words.strip()) < LEAST_WORDS:
        raise Refusal(_("Please write in a sentence or two what the head is reminded of."))
    refusal = await why_not_by(work, unit, act_by, now)
    if refusal is not None:
        raise Refusal(refusal)
    year = local_day(now).year
    nth = await work.written_reminders.count(unit, head.id, year) + 1
    return Draft(unit, head, case, words.strip(), act_by, nth, year, threshold_of(work.rules.rows("policies")))


async def send_reminder(work: Work, reader: Reader, unit: str, words: str, act_by: date, now: datetime, ref: str = "") -> Written:
    """Send it under the next number of the year; raises `Refusal` as `draft_reminder` does."""
    draft = await draft_reminder(work, reader, unit, words, act_by, now, ref)
    sender = acting(reader)
    case = draft.case.id if draft.case else None
    sent = await work.written_reminders.add(unit, draft.head.id, draft.words, act_by, sender.id, case, draft.year, now)
    rated = sent.nth >= draft.threshold
    work.record(ReminderWritten(case or NO_CASE, sender.id, reminder=sent.id, unit=unit, nth=sent.nth, rated=rated))
    return sent


async def why_not_by(work: Work, unit: str, act_by: date, now: datetime) -> Text | None:
    """Return why a head cannot be asked to act by this day, None where he can: a working day of his office after today."""
    if act_by <= local_day(now):
        return _("The day to act must come after today.")
    try:
        if (await calendar_at(work, unit)).is_working(act_by):
            return None
    except CalendarMissing:
        return _("The working-day calendar does not go that far. Please choose an earlier day.")
    return _("That is a day off. Please choose a working day.")


async def write_result(work: Work, reader: Reader, reminder: int, words: str, now: datetime) -> Written:
    """Keep what the head did about a reminder, once; raises `Refusal`."""
    staff, written = acting(reader), await open_reminder(work, reader, reminder)
    if not _is_to(written, staff):
        raise _no_such()
    if not words.strip():
        raise Refusal(_("Please write what was done."))
    if not await work.written_reminders.write_result(reminder, words.strip(), staff.id, now):
        raise Refusal(_("What was done has been written already. Here it cannot be changed."))
    work.record(ReminderActedOn(written.case or NO_CASE, staff.id, reminder=reminder))
    return replace(written, result=words.strip(), result_by=staff.id, result_at=now)


async def open_reminder(work: Work, reader: Reader, reminder: int) -> Written:
    """Return a reminder to whoever sent it, to whom it went, or who supervises that unit; raises `Refusal`."""
    staff = acting(reader)
    written = await work.written_reminders.by_id(reminder)
    if written is None or not (written.by == staff.id or _is_to(written, staff) or _supervises(work, staff, written.unit)):
        raise _no_such()
    if not await _seen_by(work, staff, [written]):
        raise _no_such()
    return written


async def sent_in(work: Work, reader: Reader, year: int) -> list[Written]:
    """Return what he sent as a supervisor in a year, newest first."""
    staff = acting(reader)
    return await _seen_by(work, staff, await work.written_reminders.sent_by(staff.id, year))


async def received_in(work: Work, reader: Reader, year: int) -> list[Written]:
    """Return what he got as a head in a year, and what the units that he leads now got before him, newest first."""
    staff = acting(reader)
    found = await work.written_reminders.to_head(staff.id, sorted(staff.units(Role.HEAD)), year)
    return await _seen_by(work, staff, found)


async def register(work: Work, reader: Reader, year: int) -> list[RegisterRow]:
    """Return register R3 for a year: of the units he supervises and all below; numbered anew, without what he must not see."""
    staff = acting(reader)
    units = sorted({code for top in staff.units(Role.SUPERVISOR) for code in work.units.below(top)})
    rows = await work.written_reminders.register(units, year) if units else []
    seen = await _cases_seen(work, staff, [row.case for row in rows])
    kept = [row for row in rows if row.case is None or row.case in seen]
    return [replace(row, row=place) for place, row in enumerate(kept, 1)]


def is_to_act(written: Written, staff: Staff) -> bool:
    """Whether he is the one who has to write what was done."""
    return _is_to(written, staff) and not written.done


async def _head_of(work: Work, staff: Staff, unit: str) -> Staff:
    if not _supervises(work, staff, unit):
        raise Refusal(_("This office is not in your area. Please choose another one."))
    heads = await work.staff.at([unit], Role.HEAD)
    if not heads:
        raise Refusal(_("This office has no head here yet, so a reminder would reach nobody. Please choose another office."))
    if heads[0].id == staff.id:
        raise Refusal(_("You lead this office yourself. Please choose another one."))
    return heads[0]


async def _overdue_case(work: Work, reader: Reader, ref: str, head: Staff, now: datetime) -> Case:
    case = await access_case(work, reader, ref, to=Action.CARD, now=now)
    if not case.is_open or case.due_at is None or standing_on(case.due_at, now) is not Standing.OVERDUE:
        raise Refusal(_("Case {code} is not overdue, so there is nothing to remind of.")(code=case.code))
    known = await work.cases.by_id(case.id)
    if known is None or not may(head, Action.CARD, known, work.units):
        raise Refusal(_("The head of this office cannot be written to about this case."))
    return case


async def _seen_by(work: Work, staff: Staff, found: Iterable[Written]) -> list[Written]:
    found = list(found)
    seen = await _cases_seen(work, staff, [one.case for one in found])
    return [one for one in found if one.case is None or one.case in seen]


async def _cases_seen(work: Work, staff: Staff, cases: Sequence[int | None]) -> set[int]:
    """Return those of these cases that he may know of; a head who was reminded of one knows it after it went elsewhere too."""
    numbers = sorted({case for case in cases if case is not None})
    named = await work.cases.among(numbers) if numbers else []
    return {case.id for case in named if not excluded(staff, case, work.units)}


def _is_to(written: Written, staff: Staff) -> bool:
    return written.head == staff.id or written.unit in staff.units(Role.HEAD)


def _supervises(work: Work, staff: Staff, unit: str) -> bool:
    return any(work.units.within(unit, top) for top in staff.units(Role.SUPERVISOR))


def _no_such() -> Refusal:
    return Refusal(_("There is no such reminder that you can open."))
