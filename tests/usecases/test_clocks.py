"""The clocks of a case, with the day before, the day and the day after: pause, more time, missed dates, apologies."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, datetime, time, timedelta

import pytest

from bot.domain.cases import ApologyState, ExtensionState, Status
from bot.domain.clocks import Allowance, Outcome, outcome
from bot.domain.deadlines import VIETNAM, end_of_day
from bot.domain.events import (
    ApologyGiven,
    CaseAnswered,
    CaseBreached,
    CaseExtended,
    ClockPaused,
    ClockResumed,
    ExtensionAsked,
    ExtensionLapsed,
)
from bot.domain.people import Role
from bot.usecases.access import Stale
from bot.usecases.apologising import apologise, owed_apologies, owed_apology, promises
from bot.usecases.citizen import add_information, contest, timeline, withdraw
from bot.usecases.extending import (
    ask_extension,
    choices,
    grant_extension,
    possible_extension,
    refuse_extension,
    waiting_requests,
)
from bot.usecases.office import accept_case, ask_citizen, draft_answer, return_case
from bot.usecases.recomputing import Change, recompute
from bot.usecases.reminding import check_case
from bot.usecases.terms import kept_terms, service_term, term_from
from tests.domain.town import COUNTER, TOP, WARD
from tests.usecases.house import GOOD_ANSWER, LAN, refused
from tests.usecases.test_recomputing import storm, with_calendar

CHU, DINH = "Lê Văn Chu", "Trần Đỉnh"
APOLOGY = "Chúng tôi xin lỗi Ông/Bà vì sự chậm trễ này."


def at(day: str, hour: int = 9, minute: int = 0, second: int = 0) -> datetime:
    return datetime.combine(date.fromisoformat(day), time(hour, minute, second), VIETNAM)


def end(day: str) -> datetime:
    return end_of_day(date.fromisoformat(day))


@pytest.fixture
async def town(house):
    """Monday 23 November, ten o'clock: the ward with its head, the chair of the province, and intake there."""
    for name, role, unit in ((CHU, Role.HEAD, WARD), (DINH, Role.HEAD, TOP), ("Mai", Role.INTAKE, TOP)):
        await house.joins(name, role, unit)
    return house


async def accepted(town, nonce="d1", **answers):
    """A case due on Thursday 3 December, as the 24th of November is a holiday."""
    code = (await town.files(nonce=nonce, **answers)).case.code
    await town.do(accept_case, await town.reader(CHU), code, town.now)
    return code


async def ask(town, code, by=CHU):
    return await town.do(ask_citizen, await town.reader(by), code, "Hồ sơ số mấy ạ?", town.now)


async def reply(town, code):
    return await town.do(add_information, await town.reader("lan"), code, "Số H12-2026.", LAN, "d9", town.now)


async def look(town, code, when):
    """Look at a case as the job does, at its moment."""
    town.at(when)
    due = [one for one in await town.work.cases.due_for_check(when, 100) if one.code == code]
    for case in due:
        happened = await check_case(town.work, case, when)
        await town.work.write_events(happened + town.work.recorded, when)
        town.events += happened + town.work.recorded
        town.work.recorded.clear()
    return await town.case(code)


async def replayed(town, code):
    """The due date as it follows from the events alone."""
    case = await town.case(code)
    kept = kept_terms((await town.work.inputs_of([case.id]))[case.id])["service"]
    again = term_from(kept).worked_out((await town.work.rules.calendar()).at((WARD, TOP, "20")))
    return again.due_at


# -- the pause --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answered", "due"),
    [
        (at("2026-11-25", 17), "2026-12-03"),  # The same day: no day was waited.
        (at("2026-11-26"), "2026-12-04"),  # The next day: one.
        (at("2026-11-27"), "2026-12-07"),
        (at("2026-11-28"), "2026-12-07"),  # A Saturday gives back no working day.
        (at("2026-12-02"), "2026-12-10"),  # The last of five working days.
        (at("2026-12-03"), "2026-12-10"),  # Later than it may stand: no more is given back.
    ],
)
async def test_the_clock_gives_back_the_working_days_that_were_waited(town, answered, due):
    code = await accepted(town)
    town.at(at("2026-11-25"))
    case = await ask(town, code)
    assert (case.due_at, case.paused_until) == (end("2026-12-10"), end("2026-12-02"))
    legal = case.legal_due_at
    town.at(answered)
    case = await reply(town, code)
    assert (case.status, case.due_at, case.paused_until, case.legal_due_at) == (Status.ACCEPTED, end(due), None, legal)
    assert await replayed(town, code) == case.due_at
    assert (await service_term(town.work, case)).due_at == case.due_at


async def test_a_term_in_hours_gives_back_exactly_what_was_waited(town):
    town.at(at("2026-11-25", 8))
    code = await accepted(town, category="C02")  # Four working hours: half past seven to half past eleven, from half past one.
    assert (await town.case(code)).due_at == at("2026-11-25", 14)
    town.at(at("2026-11-25", 9))
    await ask(town, code)
    town.at(at("2026-11-25", 10, 40, 20))
    assert (await reply(town, code)).due_at == at("2026-11-25", 15, 40, 20)
    assert await replayed(town, code) == at("2026-11-25", 15, 40, 20)


async def test_the_clock_stands_once_in_the_life_of_a_case(town):
    code = await accepted(town)
    await ask(town, code)
    await reply(town, code)
    due = (await town.case(code)).due_at
    case = await ask(town, code)
    assert (case.status, case.due_at, case.paused_until) == (Status.NEED_INFO, due, None)
    case = await reply(town, code)
    assert (case.status, case.due_at) == (Status.ACCEPTED, due)
    await town.answers(code, CHU)
    again = await town.do(contest, await town.reader("lan"), code, "Không đúng.", town.now)
    await town.do(accept_case, await town.reader(DINH), code, town.now)
    case = await ask(town, code, DINH)
    assert (case.due_at, case.paused_until) == (again.due_at, None)
    assert len(town.happened(ClockPaused)) == 1


async def test_a_missed_date_stays_missed(town):
    code = await accepted(town)
    town.at(at("2026-12-03", 23, 59, 59))
    other = await accepted(town, nonce="d2")
    assert (await ask(town, code)).due_at == end("2026-12-10")  # On its last second, the date is not missed.
    town.at(at("2026-12-17", 9))
    case = await ask(town, other)
    assert case.due_at == end("2026-12-14")
    assert case.paused_until is None


async def test_intake_asking_pauses_too(town):
    code = (await town.files(unit=None)).case.code
    case = await ask(town, code, "Mai")
    assert (case.status, case.paused_until) == (Status.NEED_INFO, end("2026-12-01"))
    town.at(at("2026-12-02", 8))
    assert (await look(town, code, at("2026-12-02", 8))).status is Status.NEW


@pytest.mark.parametrize("hour", [8, 12])
async def test_the_pause_is_over_by_itself_the_morning_after_and_once(town, hour):
    code = await accepted(town)  # Asked on Monday the 23rd: five working days end on Tuesday, 1 December.
    await ask(town, code)
    assert (await look(town, code, at("2026-12-01", 17))).status is Status.NEED_INFO
    case = await look(town, code, at("2026-12-02", hour))
    assert (case.status, case.paused_until, case.due_at) == (Status.ACCEPTED, None, end("2026-12-10"))
    assert [event.why for event in town.happened(ClockResumed)] == ["unanswered"]
    await look(town, code, at("2026-12-03", 8))
    assert len(town.happened(ClockResumed)) == 1
    assert await replayed(town, code) == case.due_at


async def test_after_a_standstill_the_pause_is_over_and_the_date_missed_each_once(town):
    code = await accepted(town)
    await ask(town, code)
    case = await look(town, code, at("2027-01-15"))
    assert (case.status, case.apology) == (Status.ACCEPTED, ApologyState.DUE)
    assert len(town.happened(ClockResumed)) == 1
    # The law's date came first, as only the service clock stood still.
    assert [event.clock for event in town.happened(CaseBreached)] == ["legal", "service"]
    assert town.happened(CaseBreached)[1].task_due_at == end("2027-01-15")


@pytest.mark.parametrize("end_it", ["withdraw", "return", "draft"])
async def test_whatever_ends_the_waiting_ends_the_pause(town, end_it):
    code = await accepted(town)
    await ask(town, code)
    town.at(at("2026-11-26"))
    if end_it == "withdraw":
        await town.do(withdraw, await town.reader("lan"), code, town.now)
    elif end_it == "return":
        await town.do(return_case, await town.reader(CHU), code, "Việc của xã Đồng Đăng.", town.now)
    else:
        await town.do(draft_answer, await town.reader(CHU), code, *GOOD_ANSWER, town.now)
    case = await town.case(code)
    # From Monday: Wednesday and Thursday were waited, the holiday between is none.
    assert (case.paused_until, case.due_at) == (None, end("2026-12-07"))
    assert [event.why for event in town.happened(ClockResumed)] == ["went_on"]


async def test_a_change_of_the_calendar_respects_what_was_waited_and_granted(town):
    code = await accepted(town)
    await ask(town, code)
    town.at(at("2026-11-26"))
    await reply(town, code)
    await town.do(ask_extension, await town.reader(CHU), code, "staff", APOLOGY, 2, town.now)
    case = await town.do(grant_extension, await town.reader(DINH), code, town.now)
    assert case.due_at == end("2026-12-09")
    with_calendar(town, storm("2026-12-03", "2026-12-04"))
    await town.do(recompute, [case.id], Change("Bão số 9", town.now), town.now)
    assert (await town.case(code)).due_at == end("2026-12-11") == await replayed(town, code)


# -- more time --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "possible"),
    [(at("2026-12-02"), True), (at("2026-12-03", 23, 59, 59), True), (at("2026-12-04", 0), False)],
    ids=["the day before", "the last second", "the second after"],
)
async def test_more_time_is_had_before_the_due_time_only(town, now, possible):
    code = await accepted(town)
    asked = await accepted(town, nonce="d2")
    await town.do(ask_extension, await town.reader(CHU), asked, "staff", APOLOGY, 5, town.now)
    town.at(now)
    if possible:
        can = await possible_extension(town.work, await town.reader(CHU), code, now)
        assert can.dates == {n: end(f"2026-12-{day:02}") for n, day in enumerate((4, 7, 8, 9, 10), 1)}
        case = await town.do(grant_extension, await town.reader(DINH), asked, now)
        assert case.due_at == end("2026-12-10")
    else:
        assert "passed" in await refused(possible_extension(town.work, await town.reader(CHU), code, now))
        assert "passed" in await refused(grant_extension(town.work, await town.reader(DINH), asked, now))
        assert "passed" in await refused(refuse_extension(town.work, await town.reader(DINH), asked, "Không.", now))


async def test_more_time_keeps_its_inputs_and_the_reminders_start_afresh(town):
    code = await accepted(town)
    town.at(at("2026-12-01", 8))
    await look(town, code, town.now)
    case = await town.do(ask_extension, await town.reader(CHU), code, "other_office", APOLOGY, 5, town.now)
    assert case.extension is ExtensionState.ASKED
    assert town.happened(ExtensionAsked)[-1].superior == TOP
    assert [one.code for one in await waiting_requests(town.work, await town.reader(DINH))] == [code]
    case = await town.do(grant_extension, await town.reader(DINH), code, town.now)
    assert await waiting_requests(town.work, await town.reader(DINH)) == []
    extended = town.happened(CaseExtended)[-1]
    assert (extended.old, extended.new, extended.cause) == (end("2026-12-03"), end("2026-12-10"), "other_office")
    assert json.loads(extended.inputs)["service"]["extensions"] == [[5, "working_days", "EXT_PAKN"]]
    assert await replayed(town, code) == case.due_at == end("2026-12-10")
    request = await town.work.extensions.last(case.id)
    assert (request.state, request.words, request.new_due_at) == ("granted", APOLOGY, end("2026-12-10"))
    assert (await look(town, code, at("2026-12-08", 8))).escalated == 0
    assert town.events[-1].days == 2
    lines = [text for _at, text in await timeline(town.work, case)]
    assert any("put off" in line.message for line in lines)


async def test_more_time_is_granted_once_and_counts_as_such(town):
    code = await accepted(town)
    chu, dinh = await town.reader(CHU), await town.reader(DINH)
    await town.do(ask_extension, chu, code, "staff", APOLOGY, 1, town.now)
    assert "already" in await refused(ask_extension(town.work, chu, code, "staff", APOLOGY, 1, town.now))
    await town.do(grant_extension, dinh, code, town.now)
    assert "once" in await refused(ask_extension(town.work, chu, code, "staff", APOLOGY, 1, town.now))
    assert "no request" in await refused(grant_extension(town.work, dinh, code, town.now))
    town.at(at("2026-12-04"))
    case = await town.answers(code, CHU)
    answer = await town.work.cases.answer(case.id)
    assert outcome(answer) is Outcome.EXTENDED
    assert (answer.unit, answer.due_at, answer.legal_due_at) == (WARD, end("2026-12-04"), case.legal_due_at)
    # The look after a contest is a time limit of its own, and its row allows one.
    again = await town.do(contest, await town.reader("lan"), code, "Không đúng.", town.now)
    assert again.extension is ExtensionState.NONE


@pytest.mark.parametrize("decided", ["refused", "lapsed by the date", "returned", "answered"])
async def test_a_request_that_came_to_nothing_moves_no_date(town, decided):
    code = await accepted(town)
    chu, dinh = await town.reader(CHU), await town.reader(DINH)
    due = (await town.case(code)).due_at
    await town.do(ask_extension, chu, code, "staff", APOLOGY, 5, town.now)
    expected = ExtensionState.LAPSED
    if decided == "refused":
        await town.do(refuse_extension, dinh, code, "Đủ thời gian rồi.", town.now)
        assert "once" in await refused(ask_extension(town.work, chu, code, "staff", APOLOGY, 5, town.now))
        expected = ExtensionState.REFUSED
    elif decided == "returned":
        await town.do(return_case, chu, code, "Không phải của chúng tôi.", town.now)
    elif decided == "answered":
        await town.answers(code, CHU)
    else:
        await look(town, code, at("2026-12-04", 8))
        assert [event.missed for event in town.happened(ExtensionLapsed)] == [True]
    case = await town.case(code)
    assert (case.due_at, case.extension) == (due, expected)
    assert await town.work.extensions.waiting(case.id) is None


async def test_what_is_wrong_with_a_request_is_said(town):
    code = (await town.files()).case.code
    chu, dinh = await town.reader(CHU), await town.reader(DINH)
    assert "accept" in await refused(possible_extension(town.work, chu, code, town.now))
    await town.do(accept_case, chu, code, town.now)
    assert "reason" in await refused(ask_extension(town.work, chu, code, "tired", APOLOGY, 5, town.now))
    assert "apology" in await refused(ask_extension(town.work, chu, code, "staff", " ", 5, town.now))
    assert "dates" in await refused(ask_extension(town.work, chu, code, "staff", APOLOGY, 6, town.now))
    with pytest.raises(Stale):
        await ask_extension(town.work, chu, code, "staff", APOLOGY, 5, town.now, version=1)
    urgent = await accepted(town, nonce="d2", category="C02")
    assert "cannot be extended" in await refused(possible_extension(town.work, chu, urgent, town.now))
    await town.do(ask_extension, chu, code, "staff", APOLOGY, 5, town.now)
    assert "write why" in await refused(refuse_extension(town.work, dinh, code, " ", town.now))
    await refused(grant_extension(town.work, chu, code, town.now))


async def test_the_nearest_head_above_decides_and_nobody_his_own_request(town):
    await town.joins("Đỗ Quầy", Role.HEAD, COUNTER)
    code = (await town.files(unit=COUNTER)).case.code
    quay = await town.reader("Đỗ Quầy")
    await town.do(accept_case, quay, code, town.now)
    await town.do(ask_extension, quay, code, "staff", APOLOGY, 5, town.now)
    assert town.happened(ExtensionAsked)[-1].superior == WARD
    case = await town.do(grant_extension, await town.reader(CHU), code, town.now)
    assert case.extension is ExtensionState.GRANTED


async def test_nobody_decides_on_his_own_request_although_he_has_become_the_head_above(town):
    code = await accepted(town)
    await town.do(ask_extension, await town.reader(CHU), code, "staff", APOLOGY, 5, town.now)
    await town.joins(CHU, Role.HEAD, TOP)
    assert "yourself" in await refused(grant_extension(town.work, await town.reader(CHU), code, town.now))


def test_of_many_days_some_are_offered_up_to_the_most():
    assert choices(Allowance(1, 15)) == [3, 6, 9, 12, 15]
    assert choices(Allowance(1, 2)) == [1, 2]


# -- missed dates and apologies -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("when", "missed"),
    [(at("2026-12-03", 17), False), (at("2026-12-04", 7, 59), False), (at("2026-12-04", 8), True)],
    ids=["the day", "the night after", "the morning after"],
)
async def test_a_missed_date_makes_the_head_owe_an_apology_that_very_day(town, when, missed):
    code = await accepted(town)
    case = await look(town, code, when)
    assert (case.apology is ApologyState.DUE) is missed
    assert len(await town.work.apologies.of_case(case.id)) == missed
    for breach in town.happened(CaseBreached):
        assert (breach.clock, breach.due_at, breach.unit, breach.task_due_at) == ("service", case.due_at, WARD, end("2026-12-04"))


async def test_an_urgent_date_is_missed_in_the_afternoon_and_apologised_for_the_same_day(town):
    code = await accepted(town, category="C02")
    assert (await look(town, code, at("2026-11-23", 16))).apology is ApologyState.NONE
    assert (await look(town, code, at("2026-11-23", 16, 0, 1))).apology is ApologyState.DUE
    assert town.happened(CaseBreached)[0].task_due_at == end("2026-11-23")


async def test_the_legal_date_is_named_by_itself_and_owes_no_second_apology(town):
    code = await accepted(town)
    await look(town, code, at("2026-12-04", 8))
    case = await look(town, code, at("2026-12-09", 8))
    assert [event.clock for event in town.happened(CaseBreached)] == ["service", "legal"]
    assert len(await town.work.apologies.of_case(case.id)) == 1


async def test_the_apology_is_signed_once_and_moves_no_clock(town):
    code = await accepted(town)
    before = await look(town, code, at("2026-12-04", 8))
    chu = await town.reader(CHU)
    owed = (await owed_apologies(town.work, chu))[0]
    assert owed.case.story == ""
    days = await promises(town.work, owed, town.now)
    assert days == [date(2026, 12, 7), date(2026, 12, 8), date(2026, 12, 9), date(2026, 12, 11)]
    assert "reason" in await refused(apologise(town.work, chu, code, "tired", APOLOGY, days[0], town.now))
    assert "write" in await refused(apologise(town.work, chu, code, "staff", " ", days[0], town.now))
    for wrong in (None, date(2026, 12, 3)):
        assert "promise" in await refused(apologise(town.work, chu, code, "staff", APOLOGY, wrong, town.now))
    await refused(apologise(town.work, await town.reader(DINH), code, "staff", APOLOGY, days[0], town.now))
    case = await town.do(apologise, chu, code, "staff", APOLOGY, days[0], town.now)
    assert (case.apology, case.due_at, case.legal_due_at) == (ApologyState.GIVEN, before.due_at, before.legal_due_at)
    signed = (await town.work.apologies.of_case(case.id))[0]
    assert (signed.words, signed.new_due_at, signed.signer, signed.in_person) == (APOLOGY, end("2026-12-07"), chu.staff.id, True)
    assert town.happened(ApologyGiven)[-1].promised == end("2026-12-07")
    assert await owed_apologies(town.work, chu) == []
    assert "any more" in await refused(apologise(town.work, chu, code, "staff", APOLOGY, days[0], town.now))
    assert len(town.happened(ApologyGiven)) == 1


async def test_a_late_answer_notes_the_missed_date_itself_and_the_apology_stays_owed(town):
    code = await accepted(town)
    town.at(at("2026-12-05", 1))  # In the night, before anybody was told.
    case = await town.answers(code, CHU)
    assert [event.late for event in town.happened(CaseAnswered)] == [True]
    assert [event.clock for event in town.happened(CaseBreached)] == ["service"]
    answer = await town.work.cases.answer(case.id)
    assert (answer.days_late, outcome(answer), case.apology) == (1, Outcome.LATE, ApologyState.DUE)
    await look(town, code, at("2026-12-07", 8))
    assert len(town.happened(CaseBreached)) == 1
    case = await town.do(apologise, await town.reader(CHU), code, "staff", APOLOGY, None, town.now)
    assert (case.apology, case.status) == (ApologyState.GIVEN, Status.ANSWERED)


async def test_a_contested_case_that_is_late_again_owes_a_second_apology_the_first_stays_with_who_missed_it(town):
    code = await accepted(town)
    town.at(at("2026-12-07"))
    await town.answers(code, CHU)
    again = await town.do(contest, await town.reader("lan"), code, "Không đúng.", town.now)
    case = await look(town, code, again.due_at + timedelta(days=1, hours=9))
    chu, dinh = await town.reader(CHU), await town.reader(DINH)
    assert [one.unit for one in await town.work.apologies.owed_on(case.id)] == [WARD, TOP]
    assert [event.clock for event in town.happened(CaseBreached)] == ["service", "service"]  # The law's date was kept.
    assert (await owed_apology(town.work, dinh, code, town.now)).apology.unit == TOP
    case = await town.do(apologise, dinh, code, "staff", APOLOGY, local(town, 3), town.now)
    assert case.apology is ApologyState.DUE
    case = await town.do(apologise, chu, code, "staff", APOLOGY, local(town, 3), town.now)
    assert case.apology is ApologyState.GIVEN


async def test_a_second_answer_that_is_late_misses_only_the_date_of_its_own(town):
    code = await accepted(town)
    await town.answers(code, CHU)
    again = await town.do(contest, await town.reader("lan"), code, "Không đúng.", town.now)
    town.at(again.due_at + timedelta(hours=2))
    await town.answers(code, DINH)
    assert [(event.clock, event.unit) for event in town.happened(CaseBreached)] == [("service", TOP)]


def local(town, days: int) -> date:
    return (town.now + timedelta(days=days)).astimezone(VIETNAM).date()


async def test_of_a_case_taken_back_no_apology_is_owed(town):
    code = await accepted(town)
    await look(town, code, at("2026-12-04", 8))
    await town.do(withdraw, await town.reader("lan"), code, town.now)
    assert await owed_apologies(town.work, await town.reader(CHU)) == []


async def test_a_deputy_apologises_with_the_heads_signature_unless_the_province_wants_the_head_in_person(town):
    await town.joins("Hà Phó", Role.DEPUTY, WARD)
    code = await accepted(town)
    await look(town, code, at("2026-12-04", 8))
    await refused(owed_apology(town.work, await town.reader("Hà Phó"), code, town.now))
    await town.deputises("Hà Phó", CHU, WARD)
    deputy = await town.reader("Hà Phó")
    assert await owed_apology(town.work, deputy, code, town.now)
    rows = town.rules.rows
    in_person = replace_value(rows("settings"), "apology_in_person", "yes")
    town.work.rules.rows = lambda name: in_person if name == "settings" else rows(name)
    try:
        await refused(owed_apology(town.work, deputy, code, town.now))
        assert await owed_apology(town.work, await town.reader(CHU), code, town.now)
    finally:
        del town.work.rules.rows
    case = await town.do(apologise, deputy, code, "staff", APOLOGY, date(2026, 12, 7), town.now)
    assert not (await town.work.apologies.of_case(case.id))[0].in_person


def replace_value(rows, key, value):
    return {**rows, key: {**rows[key], "value": value}}


@pytest.mark.parametrize("about", [{"unit": None}, {"denunciation": True}], ids=["office not known", "a denunciation"])
async def test_a_case_left_with_intake_is_missed_by_the_unit_of_that_intake(town, about):
    code = (await town.files(**about)).case.code
    case = await look(town, code, at("2026-12-07"))
    assert (case.handling_unit, case.apology) == (None, ApologyState.DUE)
    assert town.happened(CaseBreached)[-1].unit == TOP
    assert await owed_apology(town.work, await town.reader(DINH), code, town.now)


async def test_a_date_that_is_to_follow_is_never_missed_nor_put_off(town):
    town.without_calendar()
    code = await accepted(town)
    assert "no due date" in await refused(possible_extension(town.work, await town.reader(CHU), code, town.now))
    assert (await ask(town, code)).paused_until is None
    assert replace(await town.case(code), version=0).due_at is None
