"""Numbers of a small town, counted by hand; whoever a case speaks about is not counted it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import update

from bot.domain.calendar import WorkCalendar
from bot.domain.cases import About, CaseKind
from bot.domain.clocks import Outcome, outcome
from bot.domain.deadlines import VIETNAM
from bot.domain.people import Role
from bot.domain.periods import month_of
from bot.usecases.citizen import contest, rate, withdraw
from bot.usecases.reporting import (
    Asked,
    Counting,
    Gathered,
    branch_of,
    by_lateness,
    carried,
    gather,
    may_ask,
    month_rows,
    numbers,
    overdue,
    split,
    standing,
)
from bot.usecases.written import send_reminder
from storage.rows import answers
from tests.domain.town import COMMUNE, COUNTER, DEPARTMENT, NOW, TOP, WARD

CHU, DO, TU = "Lê Văn Chu", "Đỗ Thị Đào", "Tạ Văn Tư"
DUE = datetime(2026, 12, 3, 23, 59, 59, tzinfo=VIETNAM)  # Seven working days from Monday 23/11, without 24/11.
MONTH = month_of(date(2026, 11, 23))


def on(day: int, hour: int = 10, month: int = 12) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=VIETNAM)


@pytest.fixture
async def town(house):
    for name, role, unit in ((CHU, Role.HEAD, WARD), (DO, Role.HEAD, COMMUNE), (TU, Role.SUPERVISOR, TOP)):
        await house.joins(name, role, unit)
    return house


async def asks(town, name: str = TU, unit: str = TOP, period=MONTH) -> Asked:
    return Asked(town.work, (await town.reader(name)).staff, unit, period)


async def counted(town, name: str = TU, unit: str = TOP, period=MONTH):
    return numbers(await gather(await asks(town, name, unit, period)), town.now, await town.work.rules.calendar())


async def a_month(town) -> dict[str, str]:
    """Nine cases: the ward answers early, on the day and late, the commune by a later date; four are open, one is taken back."""
    codes = {}
    for number, name in enumerate(("early", "on the day", "late", "by a later date", "overdue", "taken back", "in time"), 1):
        unit = COMMUNE if name in ("by a later date", "overdue") else WARD
        if name == "in time":
            town.at(on(9))
        codes[name] = (await town.files(sender=f"citizen {number}", nonce=f"d{number}", unit=unit)).case.code
    await town.do(withdraw, await town.reader("citizen 6"), codes["taken back"], town.now)
    town.at(on(25, month=11))
    await town.answers(codes["early"], CHU)
    await town.do(rate, await town.reader("citizen 1"), codes["early"], 5, town.now)
    town.at(DUE)
    await town.answers(codes["on the day"], CHU)
    town.at(DUE + timedelta(seconds=1))
    await town.answers(codes["late"], CHU)
    town.at(on(7))
    await town.answers(codes["by a later date"], DO)
    case = await town.case(codes["by a later date"])
    await town.work.ledger.execute(update(answers).where(answers.c.case_id == case.id).values(extended=True, days_late=0))
    town.at(on(10))
    return codes


async def test_the_numbers_of_a_month_are_those_counted_by_hand(town):
    await a_month(town)
    one = await counted(town)
    assert (one.received, one.answered, one.on_time, one.extended, one.late, one.early) == (7, 4, 2, 1, 1, 1)
    assert (one.open_in_time, one.open_overdue) == (1, 1)
    assert (one.rated, one.satisfied, one.confirmed, one.partly, one.reopened, one.returned) == (1, 1, 4, 0, 0, 0)
    # Working days from 23/11 without 24/11: 25/11 is the first, 3/12 the seventh, 4/12 the eighth, 7/12 the ninth.
    assert (one.mean_days, one.median_days) == ((1 + 7 + 8 + 9) / 4, 7.5)
    assert one.actions == {"apologised": 4}
    assert one.shares.percents() == (50, 25, 25)


async def test_each_office_counts_its_own_and_they_add_up(town):
    await a_month(town)
    asked = await asks(town)
    parts = split(await gather(asked), branch_of(town.work, TOP))
    calendar = await town.work.rules.calendar()
    found = {code: numbers(part, town.now, calendar) for code, part in parts.items()}
    assert {code: (one.on_time, one.extended, one.late, one.open_overdue) for code, one in found.items()} == {
        WARD: (2, 0, 1, 0),
        COMMUNE: (0, 1, 0, 1),
    }
    assert [code for code, _one in by_lateness(found)] == [WARD, COMMUNE]
    for name, unit in ((CHU, WARD), (DO, COMMUNE)):
        own = await counted(town, name, unit)
        assert (own.received, own.answered, own.late) == (found[unit].received, found[unit].answered, found[unit].late)


@pytest.mark.parametrize(
    ("late", "answered", "order"),
    [((1, 40), (1, 100), "BA"), ((2, 2), (2, 9), "AB"), ((0, 0), (0, 5), "AB"), ((3, 1), (9, 1), "AB")],
)
def test_the_office_with_the_most_late_answers_stands_first_and_then_the_larger_share(late, answered, order):
    none = numbers(Gathered(), NOW, WorkCalendar(()))
    found = {
        name: replace(none, late=count, on_time=whole - count) for name, count, whole in zip("AB", late, answered, strict=True)
    }
    assert "".join(name for name, _one in by_lateness(found)) == order


async def test_offices_below_count_for_the_one_above(town):
    await town.files(unit=COUNTER)
    assert branch_of(town.work, TOP)(COUNTER) == WARD
    assert branch_of(town.work, WARD)(COUNTER) == COUNTER
    assert branch_of(town.work, WARD)(WARD) == WARD
    assert (await counted(town)).received == 1


@pytest.mark.parametrize(
    ("given", "how", "days"),
    [(DUE - timedelta(days=1), Outcome.ON_TIME, 0), (DUE, Outcome.ON_TIME, 0), (DUE + timedelta(seconds=1), Outcome.LATE, 1)],
)
async def test_the_last_second_is_on_time_and_the_next_is_late(town, given, how, days):
    code = (await town.files()).case.code
    town.at(given)
    await town.answers(code, CHU)
    (found,) = (await gather(await asks(town))).answered
    assert (outcome(found), found.days_late, found.office) == (how, days, WARD)


async def test_no_later_change_of_the_calendar_turns_an_answer_into_a_late_one(town):
    await a_month(town)
    before = await counted(town)
    town.rules = OtherDays(town.rules)
    town.work = town._open()
    after = await counted(town)
    assert (after.on_time, after.extended, after.late) == (before.on_time, before.extended, before.late)


class OtherDays:
    """Rules whose calendar knows no day off."""

    def __init__(self, rules):
        self.policy, self.rows = rules.policy, rules.rows

    async def calendar(self):
        return WorkCalendar(())


@pytest.mark.parametrize(
    ("official", "about", "supervisor", "head"),
    [
        ("", About.UNKNOWN, 1, 1),
        ("ông Tạ Văn Tư", About.PERSON, 0, 1),
        ("bà Tạ Thị Hoa", About.PERSON, 1, 1),
        ("anh Lê Văn Chu", About.PERSON, 1, 0),
        ("", About.HEAD, 1, 0),
    ],
)
async def test_whoever_a_case_speaks_about_is_not_counted_it(town, official, about, supervisor, head):
    await town.files(official=official, about=about)
    town.at(on(10))
    for name, unit, expected in ((TU, TOP, supervisor), (CHU, WARD, head)):
        one = await counted(town, name, unit)
        assert (one.received, one.open_overdue) == (expected, expected)
        assert len(await overdue(await asks(town, name, unit))) == expected
        assert sum((await carried(await asks(town, name, unit, month_of(date(2026, 12, 20))))).values()) == expected


async def test_cases_that_differ_in_whom_they_are_about_are_told_apart(town):
    await town.files()
    (row,) = await town.work.reports.standing([WARD])
    guard = Counting(await asks(town, CHU, WARD))
    assert guard.sees(row) and not guard.sees(row._replace(about="head")) and guard.sees(row._replace(about="unknown"))


async def test_the_operator_counts_everything(town):
    await town.files(official="ông Tạ Văn Tư", about=About.PERSON)
    assert len(await standing(Asked(town.work, None, TOP, MONTH))) == 1


async def test_a_supervisor_asks_for_his_part_of_the_tree_only(town):
    staff = (await town.reader(CHU)).staff
    assert [unit for unit in (WARD, COUNTER, COMMUNE, TOP, DEPARTMENT, "nowhere") if may_ask(town.work, staff, unit)] == [
        WARD,
        COUNTER,
    ]


async def test_what_was_open_when_a_period_began_is_carried_over(town):
    codes = await a_month(town)
    december = month_of(date(2026, 12, 20))
    town.at(on(20))
    assert await carried(await asks(town, period=december)) == {COMMUNE: 1, WARD: 1}
    await town.answers(codes["overdue"], DO)
    await town.do(withdraw, await town.reader("citizen 7"), codes["in time"], town.now)
    # It was open on the 15th, whatever became of it since.
    assert await carried(await asks(town, period=december)) == {COMMUNE: 1, WARD: 1}
    assert await carried(await asks(town, period=MONTH)) == {}


async def test_the_monthly_report_names_the_officer_and_puts_what_is_late_first(town):
    codes = await a_month(town)
    rows = await month_rows(await asks(town))
    assert [(row.code, row.timely, row.days_late, row.officer) for row in rows] == [
        (codes["overdue"], None, 5, DO),
        (codes["late"], Outcome.LATE, 1, CHU),
        (codes["by a later date"], Outcome.EXTENDED, 0, DO),
        *sorted((codes[name], Outcome.ON_TIME, 0, CHU) for name in ("early", "on the day")),
    ]


async def test_a_contested_answer_is_counted_as_reopened_and_its_case_is_open_again(town):
    code = (await town.files(sender="citizen 1")).case.code
    await town.answers(code, CHU)
    await town.do(contest, await town.reader("citizen 1"), code, "Cán bộ chưa xin lỗi tôi.", town.now)
    one = await counted(town)
    assert (one.answered, one.reopened, one.open_in_time + one.open_overdue) == (1, 1, 1)


async def test_praise_counts_as_received(town):
    await town.files(kind=CaseKind.PRAISE, category="KHEN")
    assert (await counted(town)).received == 1
    assert NOW == town.now


async def test_a_reminder_in_writing_of_a_case_that_names_him_is_not_counted_him(town):
    giam = "Bế Văn Giám"
    await town.joins(giam, Role.SUPERVISOR, TOP)
    code = (await town.files(official=f"ông {giam}")).case.code
    town.at(on(8))
    words = "Đề nghị đồng chí trả lời công dân ngay."
    for ref in (code, ""):
        await town.do(send_reminder, await town.reader(TU), WARD, words, date(2026, 12, 10), town.now, ref)
    assert ((await counted(town)).written, (await counted(town, giam)).written) == (2, 1)
