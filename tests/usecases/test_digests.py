"""Who is told of a case by itself, and when: the readers of each rung, and a year without a word at night (RELIABILITY D9)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.domain.cases import Status
from bot.domain.deadlines import VIETNAM, in_vietnam
from bot.domain.events import DueSoon, Overdue, RedLine
from bot.domain.people import Role
from bot.usecases.citizen import withdraw
from bot.usecases.digests import APOLOGY, LEGAL_MISSED, SOON, TODAY, look_after, may_be_told, note, people_to_tell, read_digest
from bot.usecases.duty import on_duty, urgent_readers
from bot.usecases.ladder import Kind, awake
from bot.usecases.notices import To
from bot.usecases.office import accept_case
from bot.usecases.ports_timed import Duty
from bot.usecases.terms import calendar_at
from tests.domain.town import TOP, WARD

CHU, DINH, VY = "Lê Văn Chu", "Trần Đỉnh", "Hà Vy"


def at(day: int, month: int, hour: int = 8, minute: int = 0, year: int = 2026) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=VIETNAM)


@pytest.fixture
async def town(house):
    await house.joins(CHU, Role.HEAD, WARD)
    await house.joins(DINH, Role.HEAD, TOP)
    await house.joins(VY, Role.SUPERVISOR, TOP)
    return house


async def looks(town, now: datetime) -> None:
    """Look after what is due at this instant, as timed work does."""
    town.at(now)
    for case in await town.work.cases.due_for_check(now, 100):
        await town.do(look_after, case, now)


async def told(town, now: datetime) -> dict[str, list[tuple[str, int]]]:
    """Return what each reader is told now, as (section, cases), and take it away as said."""
    found = {}
    for number in await people_to_tell(town.work):
        staff = await town.work.staff.by_id(number)
        found[staff.name] = [(section.kind, len(section.cases)) for section in await read_digest(town.work, staff, now)]
        await town.work.digests.clear(number)
    return found


async def test_each_rung_is_told_to_its_own_reader(town):
    case = (await town.files()).case  # Monday 23 November; due Thursday 3 December.
    await town.do(accept_case, await town.reader(CHU), case.code, town.now)
    rungs = {
        at(1, 12): {CHU: [(SOON, 1)]},
        at(2, 12): {CHU: [(SOON, 1)]},
        at(3, 12): {CHU: [(TODAY, 1)]},
        at(4, 12): {CHU: [(Kind.OVERDUE.value, 1), (APOLOGY, 1)]},
        at(8, 12): {DINH: [(Kind.OVERDUE.value, 1)]},
        at(9, 12): {CHU: [(LEGAL_MISSED, 1)]},  # The ten working days of the law.
        at(10, 12): {VY: [(Kind.OVERDUE.value, 1)]},
        at(17, 12): {DINH: [(Kind.OVERDUE.value, 1)]},
        at(23, 12): {name: [(Kind.RED_LINE.value, 1)] for name in (CHU, DINH, VY)},
    }
    day = at(24, 11)
    while day <= at(24, 12):
        await looks(town, day)
        assert await told(town, day) == rungs.get(day, {}), day
        day += timedelta(days=1)


async def test_the_red_line_of_day_45_is_said_on_every_working_morning_until_the_answer(town):
    case = (await town.files()).case  # 23 November and 45 days: 7 January.
    await looks(town, at(6, 1, year=2027))
    await told(town, at(6, 1, year=2027))
    for day, heard in ((7, {CHU, DINH, VY}), (8, {CHU, DINH, VY}), (9, set()), (10, set()), (11, {CHU, DINH, VY})):
        now = at(day, 1, year=2027)
        await looks(town, now)
        assert {name for name, sections in (await told(town, now)).items() if sections[0][0] == Kind.RED_LINE.value} == heard
    await looks(town, at(11, 1, 15, year=2027))
    assert not await told(town, at(11, 1, 15, year=2027))
    await town.answers(case.code, CHU)
    await looks(town, at(12, 1, year=2027))
    assert not await told(town, at(12, 1, year=2027))


async def test_a_line_that_is_no_longer_true_is_not_said(town):
    case = (await town.files()).case
    other = (await town.files(nonce="d2")).case
    for one in (case, other):
        await note(town.work, one, Kind.NOT_ACCEPTED.value, 0, (To.HEAD,))
    await town.do(accept_case, await town.reader(CHU), case.code, town.now)
    assert await told(town, town.now) == {CHU: [(Kind.NOT_ACCEPTED.value, 1)]}
    await note(town.work, other, Kind.NOT_ACCEPTED.value, 0, (To.HEAD,))
    await town.do(withdraw, await town.reader("lan"), other.code, town.now)
    assert await told(town, town.now) == {CHU: []}


async def test_whoever_may_no_longer_see_a_case_hears_nothing_of_it(town):
    case = (await town.files()).case
    await note(town.work, case, Kind.NOT_ACCEPTED.value, 0, (To.HEAD, To.SUPERVISOR))
    meant = replace(case, official=f"{CHU}, chủ tịch phường")
    await town.work.cases.save(case, meant, None)
    assert await told(town, town.now) == {CHU: [], VY: [(Kind.NOT_ACCEPTED.value, 1)]}


async def test_nobody_is_told_while_more_is_due(town):
    for nonce in ("d1", "d2"):
        await town.files(nonce=nonce)
    now = at(26, 11)
    town.at(now)
    first, _second = await town.work.cases.due_for_check(now, 9)
    await town.do(look_after, first, now)
    assert await people_to_tell(town.work) == []
    await looks(town, now)
    assert {name: sections for name, sections in (await told(town, now)).items() if sections} == {
        CHU: [(Kind.NOT_ACCEPTED.value, 2)],
        VY: [(Kind.NOT_ACCEPTED.value, 2)],
    }


async def test_a_digest_goes_out_in_office_hours_only(town):
    chu = (await town.reader(CHU)).staff
    for now, open_now in (
        (at(23, 11, 7, 59), False), (at(23, 11, 8), True), (at(23, 11, 17, 59), True), (at(23, 11, 18), False),
        (at(24, 11, 10), False), (at(28, 11, 10), False),
    ):  # fmt: skip
        assert await may_be_told(town.work, chu, now) is open_now


async def test_in_a_whole_year_nothing_is_said_at_night_or_on_a_day_off_but_what_is_urgent(town):
    """Every hour of a year, with a case of each kind a month that nobody ever touches."""
    now, end = at(5, 1, 10), at(5, 1, 10, year=2027)
    filed, seen = set(), 0
    while now < end:
        town.at(now)
        calendar = await calendar_at(town.work, WARD)
        local = in_vietnam(now)
        if local.day in (3, 17) and local.hour in (10, 22) and (local.month, local.day, local.hour) not in filed:
            filed.add((local.month, local.day, local.hour))
            nonce = f"{local.month}-{local.day}-{local.hour}"
            await town.files(f"dân {nonce}", nonce=nonce, category="C02" if local.hour == 22 else "A01")
        before = len(town.events)
        for case in await town.work.cases.due_for_check(now, 200):
            await town.do(look_after, case, now)
        for event in town.events[before:]:
            seen += 1
            urgent = (isinstance(event, DueSoon) and event.last_hour) or (isinstance(event, Overdue) and event.urgent)
            assert awake(now, calendar) or urgent, (event, local)
        now += timedelta(hours=1)
    assert seen > 500 and any(isinstance(event, RedLine) for event in town.events)


async def test_at_night_what_is_urgent_reaches_who_is_on_duty_else_the_head(town):
    case = (await town.files(category="C02")).case
    night = at(25, 11, 22)
    town.at(night)
    assert [one.name for one in await urgent_readers(town.work, case, night)] == [CHU]
    vy = (await town.reader(VY)).staff
    await town.work.duties.put([Duty(TOP, vy.id, at(25, 11, 17), at(26, 11, 7))])
    assert [one.name for one in await urgent_readers(town.work, case, night)] == [VY]
    assert [one.name for one in await urgent_readers(town.work, case, at(26, 11, 9))] == [CHU]
    assert await on_duty(town.work, replace(case, official=VY), night) == []
    chu = (await town.reader(CHU)).staff
    await town.work.duties.put([Duty(WARD, chu.id, at(25, 11, 20), at(26, 11, 7))])
    assert [one.name for one in await on_duty(town.work, case, night)] == [CHU]  # The unit itself comes before those above.


async def test_what_is_over_is_silent(town):
    case = (await town.files()).case
    for status in (Status.CLOSED, Status.WITHDRAWN, Status.MERGED, Status.REJECTED, Status.GUIDED):
        stored = await town.case(case.code)
        await town.work.cases.save(stored, replace(stored, status=status), at(24, 11))
        await looks(town, at(18, 1, year=2027))
        assert not await told(town, town.now)
        assert not [event for event in town.events if isinstance(event, Overdue | RedLine)]
