"""What a change of the calendar does to the dates of open cases, and to nothing else (RELIABILITY D5)."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from bot.domain.calendar import CalendarRow, DayKind, RowStatus, Scope, WorkCalendar
from bot.domain.deadlines import VIETNAM, end_of_day
from bot.domain.events import CaseFiled, DateToFollow, DeadlineMoved
from bot.domain.people import Role
from bot.rules import calendar_rows
from bot.rules.estimates import estimated_rows
from bot.usecases.citizen import contest, withdraw
from bot.usecases.recomputing import Change, Move, change_of, foresee_moves, recompute
from bot.usecases.reminding import check_case
from bot.usecases.terms import kept_terms, term_from
from tests.domain.town import COMMUNE, TOP, WARD
from tests.usecases.house import OtherRules

CHU = "Lê Văn Chu"
CHANGE = Change("Bão số 9 (CV 12/UBND)", datetime(2026, 11, 24, 9, 0, tzinfo=VIETNAM))


def day(text: str) -> date:
    return date.fromisoformat(text)


def storm(first: str, last: str = "", **more) -> CalendarRow:
    more = {"scope": Scope.PROVINCE} | more
    return CalendarRow(day(first), day(last or first), DayKind.LOCAL_OFF, "Bão số 9", source="CV 12/UBND", **more)


def with_calendar(town, *rows: CalendarRow) -> None:
    """Let the calendar in force be the shipped one with these rows."""
    town.rules = OtherRules(getattr(town.rules, "_rules", town.rules), WorkCalendar([*calendar_rows(), *rows], estimated_rows))
    town.work = town._open()


async def moves(town, *cases) -> list[Move]:
    return await town.do(recompute, [case.id for case in cases], CHANGE, town.now)


@pytest.fixture
async def town(house):
    await house.joins(CHU, Role.HEAD, WARD)
    await house.joins("Trần Đỉnh", Role.HEAD, TOP)
    return house


async def test_a_storm_moves_the_dates_of_an_open_case_each_with_an_event(town):
    case = (await town.files()).case  # Monday the 23rd; seven working days: 3 December.
    with_calendar(town, storm("2026-11-26", "2026-11-27"))
    moved = await moves(town, case)
    after = await town.case(case.code)
    assert (after.due_at, after.legal_due_at) == (end_of_day(day("2026-12-07")), end_of_day(day("2026-12-10")))
    assert [(move.clock, move.old, move.new) for move in moved] == [
        ("service", case.due_at, after.due_at),
        ("legal", case.legal_due_at, after.legal_due_at),
    ]
    events = town.happened(DeadlineMoved)
    assert [(event.clock, event.old, event.new, event.why) for event in events] == [
        (move.clock, move.old, move.new, CHANGE.why) for move in moved
    ]
    assert after.version == case.version + 1


async def test_the_time_to_accept_moves_too_until_it_was_accepted(town):
    case = (await town.files()).case
    assert case.ack_due_at == end_of_day(day("2026-11-25"))
    with_calendar(town, storm("2026-11-25"))
    assert [move.clock for move in await moves(town, case)] == ["service", "legal", "acknowledge"]
    assert (await town.case(case.code)).ack_due_at == end_of_day(day("2026-11-26"))


async def test_looking_again_moves_nothing_more_and_the_former_calendar_brings_the_dates_back(town):
    case = (await town.files()).case
    with_calendar(town, storm("2026-11-26"))
    assert await moves(town, case)
    assert not await moves(town, case)
    with_calendar(town)
    assert {move.new for move in await moves(town, case)} == {case.due_at, case.legal_due_at}
    back = await town.case(case.code)
    assert (back.due_at, back.legal_due_at, back.ack_due_at) == (case.due_at, case.legal_due_at, case.ack_due_at)


async def test_a_case_that_is_not_open_is_left_alone(town):
    answered, taken_back = (await town.files()).case, (await town.files(nonce="d2")).case
    await town.answers(answered.code, CHU)
    await town.do(withdraw, await town.reader("lan"), taken_back.code, town.now)
    before = [await town.case(case.code) for case in (answered, taken_back)]
    with_calendar(town, storm("2026-11-24", "2026-12-20"))
    assert not await moves(town, answered, taken_back)
    assert [await town.case(case.code) for case in before] == before


async def test_an_answer_that_was_given_in_time_stays_in_time_when_a_holiday_is_taken_away(town):
    case = (await town.files()).case
    town.at(end_of_day(day("2026-12-03")))
    answered = await town.answers(case.code, CHU)
    proposal = replace(next(row for row in calendar_rows() if row.key == "2026-11-24"), status=RowStatus.PROPOSED)
    town.rules = OtherRules(town.rules, (await town.rules.calendar()).changed({proposal.key: proposal}))
    town.work = town._open()
    assert not await moves(town, case)
    assert (await town.case(case.code)).due_at == answered.due_at
    assert [event.late for event in town.events if event.name == "CaseAnswered"] == [False]


async def test_what_was_missed_is_not_turned_into_on_time(town):
    case = (await town.files()).case
    town.at(case.due_at + timedelta(days=1))
    with_calendar(town, storm("2026-11-26", "2026-11-27"))
    found = await moves(town, case)
    assert [(move.clock, move.kept) for move in found] == [("service", True), ("legal", False)]
    after = await town.case(case.code)
    assert after.due_at == case.due_at and after.legal_due_at > case.legal_due_at


@pytest.mark.parametrize(("seconds", "kept"), [(0, False), (0.9, False), (1, True)])
async def test_the_last_second_of_the_day_is_not_yet_missed(town, seconds, kept):
    case = (await town.files()).case
    town.at(case.due_at + timedelta(seconds=seconds))
    with_calendar(town, storm("2026-11-26"))
    assert (await moves(town, case))[0].kept is kept


async def test_a_date_never_moves_into_the_past(town):
    with_calendar(town, storm("2026-11-26", "2026-11-27"))
    case = (await town.files()).case  # Due on 7 December.
    town.at(end_of_day(day("2026-12-04")))
    with_calendar(town)
    assert [(move.clock, move.kept) for move in await moves(town, case)] == [("service", True), ("legal", False)]
    assert (await town.case(case.code)).due_at == end_of_day(day("2026-12-07"))


async def test_a_date_to_follow_is_worked_out_when_the_year_is_entered(town):
    town.without_calendar()
    case = (await town.files()).case
    assert case.due_at is None and case.legal_due_at is None
    assert town.happened(DateToFollow) == [DateToFollow(case.id)]
    with_calendar(town)
    assert {move.clock for move in await moves(town, case)} == {"service", "legal", "acknowledge"}
    after = await town.case(case.code)
    assert after.due_at == end_of_day(day("2026-12-03"))
    town.at(datetime(2026, 12, 1, 8, tzinfo=VIETNAM))
    assert await check_case(town.work, after, town.now)  # And its reminders come.


async def test_a_date_that_is_not_to_follow_alarms_nobody(town):
    await town.files()
    assert not town.happened(DateToFollow)


async def test_a_flood_moves_the_cases_of_the_office_that_it_closes(town):
    here, there = (await town.files()).case, (await town.files(unit=COMMUNE, nonce="d2")).case
    with_calendar(town, storm("2026-11-26", "2026-11-27", scope=Scope.UNIT, place=WARD))
    assert {move.case for move in await moves(town, here, there)} == {here.code}
    assert (await town.files(nonce="d3")).case.due_at == (await town.case(here.code)).due_at


async def test_a_case_that_went_elsewhere_keeps_the_calendar_of_the_office_it_began_with(town):
    case = (await town.files()).case
    moved = await town.work.cases.save(case, replace(case, handling_unit=COMMUNE, forwarded_at=town.now), None)
    with_calendar(town, storm("2026-11-27", scope=Scope.UNIT, place=COMMUNE))
    assert not await moves(town, moved)


async def test_the_laws_clock_stopped_with_the_first_answer_and_moves_no_more(town):
    case = (await town.files()).case
    await town.answers(case.code, CHU)
    await town.do(contest, await town.reader("lan"), case.code, "Không đúng.", town.now)
    with_calendar(town, storm("2026-11-30"))
    assert [move.clock for move in await moves(town, case)] == ["service"]
    assert (await town.case(case.code)).legal_due_at == case.legal_due_at


async def test_a_contested_case_runs_from_when_it_was_contested(town):
    case = (await town.files()).case
    await town.answers(case.code, CHU)
    town.at(datetime(2026, 11, 26, 10, tzinfo=VIETNAM))
    again = await town.do(contest, await town.reader("lan"), case.code, "Không đúng.", town.now)
    with_calendar(town, storm("2026-11-25"), storm("2026-12-01"))
    found = [move for move in await moves(town, again) if move.clock == "service"]
    assert [(move.old, move.new) for move in found] == [(again.due_at, end_of_day(day("2026-12-18")))]


async def test_the_reminders_come_for_the_new_date(town):
    case = (await town.files()).case
    with_calendar(town, storm("2026-11-26", "2026-11-27"))
    await moves(town, case)
    town.at(datetime(2026, 12, 3, 8, tzinfo=VIETNAM))
    said = [
        (event.name, getattr(event, "days", None)) for event in await check_case(town.work, await town.case(case.code), town.now)
    ]
    assert ("DueSoon", 2) in said


async def test_a_date_that_does_not_follow_from_its_inputs_is_left_alone(town):
    case = (await town.files()).case
    by_hand = await town.work.cases.save(case, replace(case, due_at=case.due_at + timedelta(days=30)), None)
    with_calendar(town, storm("2026-11-26"))
    assert [move.clock for move in await moves(town, by_hand)] == ["legal"]


async def test_what_would_move_is_foreseen_without_moving_it(town):
    case = (await town.files()).case
    calendar = WorkCalendar([*calendar_rows(), storm("2026-11-26")], estimated_rows)
    seen = await foresee_moves(town.work, [case.id], calendar, town.now)
    assert await town.case(case.code) == case
    with_calendar(town, storm("2026-11-26"))
    assert await moves(town, case) == seen


async def test_the_events_of_a_case_give_its_stored_dates(town):
    case = (await town.files()).case
    for rows in ((storm("2026-11-26"),), (storm("2026-11-26", "2026-12-01"),), ()):
        with_calendar(town, *rows)
        await moves(town, case)
        now = await town.case(case.code)
        kept = kept_terms((await town.work.inputs_of([case.id]))[case.id])
        for clock, stored in (("service", now.due_at), ("legal", now.legal_due_at)):
            assert datetime.fromisoformat(kept[clock]["due_at"]) == stored
            assert term_from(kept[clock]).worked_out(await town.rules.calendar()).due_at == stored


async def test_the_inputs_of_a_case_hold_all_that_its_dates_were_worked_out_from(town):
    await town.files()
    filed = next(event for event in town.events if isinstance(event, CaseFiled))
    kept = json.loads(filed.inputs)["service"]
    assert (kept["rule"], kept["value"], kept["unit"], kept["office"]) == ("RES_NORMAL", 7, "working_days", WARD)
    assert kept["special_days"] == ["2026-11-24"]


async def test_a_change_is_called_by_its_first_days(town):
    rows = {row.key: row for row in calendar_rows()[:5]}
    assert change_of(rows, {}, town.now).why == (
        "01/01/2025 Tết Dương lịch (BLLĐ 45/2019/QH14 art. 112); 27/01/2025 Tết Nguyên đán (Thông báo nghỉ lễ, Tết năm 2025); "
        "28/01/2025 Tết Nguyên đán (Thông báo nghỉ lễ, Tết năm 2025) …"
    )
    gone = storm("2026-11-26")
    assert change_of({gone.key: None}, {gone.key: gone}, town.now).why == "26/11/2026 Bão số 9 (CV 12/UBND)"
