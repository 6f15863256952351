"""What happens to a case by itself, at which hour."""

from dataclasses import asdict, replace
from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

import bot.rules as law
from bot.domain.calendar import WorkCalendar
from bot.domain.cases import Status
from bot.domain.deadlines import VIETNAM, end_of_day
from bot.domain.events import CaseBreached, CaseClosed, DueSoon, NotAccepted, Overdue, RedLine
from bot.domain.people import Role
from bot.usecases.citizen import contest, withdraw
from bot.usecases.ladder import Ladder
from bot.usecases.office import accept_case
from bot.usecases.reminding import check_case, next_check, next_look
from tests.domain.town import TOP, WARD
from tests.domain.town import case as a_case

CHU = "Lê Văn Chu"
CALENDAR = WorkCalendar(law.calendar_rows())
LADDER = Ladder.of({code: asdict(row) for code, row in law.policies().items()})


def at(day, hour=8, minute=0):
    return datetime.combine(date.fromisoformat(day), time(hour, minute), VIETNAM)


@pytest.fixture
async def town(house):
    await house.joins(CHU, Role.HEAD, WARD)
    await house.joins("Trần Đỉnh", Role.HEAD, TOP)
    return house


async def look(town, code, when):
    """Look at a case at this instant, as the job does: only when its moment has come."""
    town.at(when)
    case = await town.case(code)
    due = [one.id for one in await town.work.cases.due_for_check(when, 100)]
    return await check_case(town.work, case, when) if case.id in due else []


def missed(case, apology_due=""):
    """The event of a missed date: the service one, with the day by which the ward apologises, or the legal one."""
    if apology_due:
        return CaseBreached(case.id, None, "service", case.due_at, WARD, end_of_day(date.fromisoformat(apology_due)))
    return CaseBreached(case.id, None, "legal", case.legal_due_at, WARD)


async def through(town, code, first, last, hours=(8,)):
    """Return what happens from day to day, as (day, what)."""
    found = []
    day = date.fromisoformat(first)
    while day <= date.fromisoformat(last):
        for hour in hours:
            for event in await look(town, code, at(day.isoformat(), hour)):
                found.append((day.isoformat(), event))
        day += timedelta(days=1)
    return found


async def test_the_whole_ladder_of_a_case_that_nobody_touches(town):
    case = (await town.files()).case  # Monday 23 November; due Thursday 3 December; the 24th is a holiday.
    assert await through(town, case.code, "2026-11-23", "2026-12-20", hours=(8, 12)) == [
        ("2026-11-26", NotAccepted(case.id)),
        ("2026-12-01", DueSoon(case.id, days=2)),
        ("2026-12-02", DueSoon(case.id, days=1)),
        ("2026-12-03", DueSoon(case.id, days=0)),
        ("2026-12-04", missed(case, "2026-12-04")),
        ("2026-12-04", Overdue(case.id, level=1)),
        ("2026-12-08", Overdue(case.id, level=2)),
        ("2026-12-09", missed(case)),
        ("2026-12-10", Overdue(case.id, level=3)),
        ("2026-12-17", Overdue(case.id, level=4)),
    ]
    assert (await town.case(case.code)).escalated == 4


async def test_an_urgent_case_is_reminded_an_hour_before_its_four_working_hours_are_over(town):
    case = (await town.files(category="C02")).case  # Monday the 23rd, ten o'clock: an hour and a half, then from half past one.
    assert case.due_at == at("2026-11-23", 16)
    assert not await look(town, case.code, at("2026-11-23", 14, 59))
    assert await look(town, case.code, at("2026-11-23", 15)) == [DueSoon(case.id, last_hour=True)]
    assert not await look(town, case.code, at("2026-11-23", 15, 30))
    assert not await look(town, case.code, at("2026-11-23", 16))
    assert await look(town, case.code, at("2026-11-23", 16, 1)) == [
        missed(case, "2026-11-23"),
        Overdue(case.id, level=1, urgent=True),
    ]
    assert await through(town, case.code, "2026-11-24", "2026-11-26") == [
        ("2026-11-25", Overdue(case.id, level=2)),
        ("2026-11-26", NotAccepted(case.id)),
    ]


async def test_the_last_hour_of_an_urgent_case_is_told_in_quiet_hours_too(town):
    town.at(at("2026-11-20", 16))
    case = (await town.files(category="C02")).case  # An hour on Friday, three on Monday morning.
    assert case.due_at == at("2026-11-23", 10, 30)
    town.at(at("2026-11-25", 16))
    early = (await town.files(category="C02", nonce="d2")).case
    assert early.due_at == at("2026-11-26", 10, 30)
    before_dawn = replace(early, due_at=at("2026-11-26", 8, 15))
    assert next_check(before_dawn, CALENDAR, LADDER, at("2026-11-25", 20)) == at("2026-11-26", 7, 15)
    town.at(at("2026-11-26", 7, 15))
    assert await check_case(town.work, before_dawn, town.now) == [DueSoon(early.id, last_hour=True)]
    assert not await check_case(town.work, before_dawn, town.now)


async def test_after_a_standstill_nobody_is_told_of_a_last_hour_that_is_over(town):
    case = (await town.files(category="C02")).case
    assert not any(getattr(event, "last_hour", False) for event in await look(town, case.code, at("2026-11-23", 16, 1)))


async def test_nothing_is_said_of_a_case_that_is_answered_in_time_until_its_window_closes(town):
    case = (await town.files()).case
    answered = await town.answers(case.code, CHU)
    assert await through(town, case.code, "2026-11-23", "2026-12-20") == [("2026-12-01", CaseClosed(case.id))]
    closed = await town.case(case.code)
    assert (closed.status, closed.story) == (Status.CLOSED, answered.story)


async def test_acceptance_ends_the_complaint_that_nobody_accepted(town):
    case = (await town.files()).case
    await town.do(accept_case, await town.reader(CHU), case.code, town.now)
    assert not await through(town, case.code, "2026-11-23", "2026-11-30")


async def test_a_withdrawn_case_is_silent(town):
    case = (await town.files()).case
    await town.do(withdraw, await town.reader("lan"), case.code, town.now)
    assert not await through(town, case.code, "2026-11-23", "2026-12-20")


async def test_a_contested_case_has_a_ladder_of_its_own(town):
    case = (await town.files(category="C02")).case
    assert await look(town, case.code, at("2026-11-23", 15))
    await town.answers(case.code, CHU)
    town.at(at("2026-11-25", 10))
    again = await town.do(contest, await town.reader("lan"), case.code, "Không đúng.", town.now)
    assert again.due_at == end_of_day(date(2026, 12, 16))
    days = [(day, type(event)) for day, event in await through(town, case.code, "2026-11-26", "2026-12-25")]
    assert days == [
        ("2026-11-27", NotAccepted),
        ("2026-12-14", DueSoon),
        ("2026-12-15", DueSoon),
        ("2026-12-16", DueSoon),
        ("2026-12-17", CaseBreached),
        ("2026-12-17", Overdue),
        ("2026-12-21", Overdue),
        ("2026-12-23", Overdue),
        ("2026-12-23", RedLine),
    ]


async def test_looking_twice_says_it_once(town):
    case = (await town.files()).case
    town.at(at("2026-12-04"))
    assert await check_case(town.work, await town.case(case.code), town.now)
    assert not await check_case(town.work, await town.case(case.code), town.now)


async def test_nothing_is_said_at_night_or_on_a_day_off(town):
    case = (await town.files()).case
    for quiet in (at("2026-12-04", 3), at("2026-12-04", 18), at("2026-12-05", 10), at("2026-12-06", 12)):
        town.at(quiet)
        assert not await check_case(town.work, await town.case(case.code), quiet)
    assert await town.work.cases.due_for_check(at("2026-12-07", 7, 59), 9) == []
    happened = await look(town, case.code, at("2026-12-07"))
    assert happened == [
        missed(case, "2026-12-07"),
        NotAccepted(case.id, late=True),
        Overdue(case.id, level=1, late=True),
    ]


async def test_after_a_long_standstill_each_step_is_made_up_for_once_without_what_is_no_longer_true(town):
    case = (await town.files()).case
    assert await look(town, case.code, at("2027-01-15", 9)) == [
        missed(case, "2027-01-15"),
        missed(case),
        NotAccepted(case.id, late=True),
        Overdue(case.id, level=1, late=True),
        Overdue(case.id, level=2, late=True),
        Overdue(case.id, level=3, late=True),
        Overdue(case.id, level=4, late=True),
        RedLine(case.id, level=1, late=True),
        RedLine(case.id, level=2, late=True),
        RedLine(case.id, level=3, late=True),
        RedLine(case.id, level=3),
    ]
    again = await through(town, case.code, "2027-01-16", "2027-01-20")
    assert again == [(day, RedLine(case.id, level=3)) for day in ("2027-01-18", "2027-01-19", "2027-01-20")]


async def test_a_case_without_a_date_is_still_watched_for_acceptance(town):
    town.without_calendar()
    case = (await town.files()).case
    first = await next_look(town.work, case, town.now)
    assert first == at("2026-12-23")  # No date and no day off is known, but the red line counts days of the calendar.


def test_where_the_calendar_ends_the_ladder_counts_weekdays():
    case = a_case(due_at=end_of_day(date(2026, 12, 31)))
    steps, now = [], case.filed_at
    while (now := next_check(case, WorkCalendar(()), LADDER, now)) is not None and now < at("2027-01-08"):
        steps.append(now.astimezone(VIETNAM).date().isoformat())
    assert steps == [
        *("2026-12-23", "2026-12-29", "2026-12-30", "2026-12-31", "2027-01-01", "2027-01-02", "2027-01-05"),
        "2027-01-07",
    ]


@given(st.datetimes(datetime(2026, 1, 2), datetime(2026, 11, 1)), st.integers(0, 40))
def test_every_step_but_the_last_is_at_eight_on_a_working_day(filed, days):
    filed_at = filed.replace(tzinfo=VIETNAM)
    due = datetime.combine(filed_at.date() + timedelta(days=days), time(23, 59, 59), VIETNAM)
    case = a_case(filed_at=filed_at, due_at=due, ack_due_at=due, accepted_at=None)
    now, steps = filed_at, 0
    red_line = {filed_at.date() + timedelta(days=days) for days in (30, 40, 45)}
    while (now := next_check(case, CALENDAR, LADDER, now)) is not None and now < filed_at + timedelta(days=60):
        local = now.astimezone(VIETNAM)
        assert local.time() == time(8)
        assert CALENDAR.is_working(local.date()) or local.date() in {due.date(), *red_line}
        steps += 1
    assert 6 <= steps <= 25


async def test_a_reminder_that_was_missed_gives_way_to_the_one_of_the_day(town):
    case = (await town.files()).case
    await town.do(accept_case, await town.reader(CHU), case.code, town.now)
    assert await look(town, case.code, at("2026-12-02", 9)) == [DueSoon(case.id, days=1)]


async def test_a_window_for_the_citizen_does_not_need_the_calendar(town):
    code = (await town.files()).case.code
    town.without_calendar()
    answered = await town.answers(code, CHU)
    assert answered.contest_until == at("2026-11-30", 23, 59).replace(second=59)
