"""Several units on one case with a lead: the clocks do not move, the guard holds."""

from datetime import date, datetime, timedelta

import pytest

from bot.domain.cases import About
from bot.domain.deadlines import VIETNAM
from bot.domain.events import HelpAsked, HelpEnded, HelpGiven
from bot.domain.people import Role
from bot.domain.watching import Filter
from bot.usecases.access import Action, access_case
from bot.usecases.citizen import timeline, withdraw
from bot.usecases.helping import ask_help, end_help, give_part, only_helps, parts_of
from bot.usecases.lists import my_work
from bot.usecases.office import accept_case, return_case
from bot.usecases.watching import watch
from tests.domain.town import COMMUNE, COUNTER, DEPARTMENT, POLICE, TOP, WARD
from tests.usecases.house import refused

CHU, SON, DINH, Y = "Lê Văn Chu", "Nông Sơn", "Trần Đỉnh", "Hoàng Y"
WHAT = "Đề nghị xã cho biết hồ sơ đã chuyển ngày nào."
PART = "Xã đã chuyển hồ sơ ngày 20/11/2026."
LAST = date(2026, 12, 3)  # Of the case: seven working days after Monday 23/11, without the 24th.


@pytest.fixture
async def office(house):
    """The heads of a ward, a commune, a department and the province."""
    for name, unit in ((CHU, WARD), (SON, COMMUNE), (Y, DEPARTMENT), (DINH, TOP)):
        await house.joins(name, Role.HEAD, unit)
    return house


async def accepted(office, **answers):
    code = (await office.files(**answers)).case.code
    case = await office.case(code)
    head = CHU if case.handling_unit == WARD else DINH
    await office.do(accept_case, await office.reader(head), code, office.now)
    return code


async def asked(office, code, unit=COMMUNE, on=date(2026, 11, 27), by=CHU):
    return await office.do(ask_help, await office.reader(by), code, unit, WHAT, on, office.now)


async def test_the_other_head_has_a_task_reads_the_case_and_answers_and_the_lead_sees_it(office):
    code = await accepted(office)
    before = await office.case(code)
    case = await asked(office, code)
    assert case.helping == {COMMUNE}
    assert (case.due_at, case.legal_due_at, case.handling_unit) == (before.due_at, before.legal_due_at, WARD)
    son = await office.reader(SON)
    assert [each.code for each in (await my_work(office.work, son)).cases] == [code]
    assert (await access_case(office.work, son, code, to=Action.OPEN, now=office.now)).story
    assert await only_helps(office.work, son, case)
    assert not await only_helps(office.work, await office.reader(CHU), case)
    await refused(access_case(office.work, son, code, to=Action.REPORTER, now=office.now))
    await refused(access_case(office.work, son, code, to=Action.ANSWER, now=office.now))
    case = await office.do(give_part, son, code, PART, office.now)
    assert case.helping == frozenset() and case.due_at == before.due_at
    [part] = await parts_of(office.work, await office.reader(CHU), case)
    assert (part.words, part.body, part.given_by) == (WHAT, PART, son.staff.id)
    assert (await my_work(office.work, son)).cases == []
    await refused(access_case(office.work, son, code, to=Action.CARD, now=office.now))
    await refused(give_part(office.work, son, code, PART, office.now))
    assert len(office.happened(HelpAsked)) == len(office.happened(HelpGiven)) == 1


async def test_the_citizen_reads_with_whom_the_office_works_and_nothing_else(office):
    code = await accepted(office)
    await asked(office, code)
    await office.do(give_part, await office.reader(SON), code, PART, office.now)
    said = [text.message for _at, text in await timeline(office.work, await office.case(code))]
    assert said[-2:] == ["The office works on it together with {office}.", "{office} has given its part."]
    assert all(
        PART not in str(text) and WHAT not in str(text) for _at, text in await timeline(office.work, await office.case(code))
    )


async def test_each_helper_sees_its_own_part_only(office):
    code = await accepted(office)
    await asked(office, code)
    case = await asked(office, code, DEPARTMENT)
    assert [part.unit for part in await parts_of(office.work, await office.reader(SON), case)] == [COMMUNE]
    assert [part.unit for part in await parts_of(office.work, await office.reader(CHU), case)] == [COMMUNE, DEPARTMENT]


@pytest.mark.parametrize(
    ("day", "fits"),
    [(date(2026, 11, 22), False), (date(2026, 11, 23), True), (LAST, True), (LAST + timedelta(days=1), False)],
)
async def test_the_day_lies_within_the_date_of_the_case(office, day, fits):
    code = await accepted(office)
    if not fits:
        assert "no later than" in await refused(asked(office, code, on=day))
        return
    await asked(office, code, on=day)
    [part] = await parts_of(office.work, await office.reader(CHU), await office.case(code))
    end = datetime(day.year, day.month, day.day, 23, 59, 59, tzinfo=VIETNAM)
    assert part.due_at == end
    assert not part.is_late(end) and part.is_late(end + timedelta(seconds=1))


async def test_of_a_case_that_is_late_any_coming_day_may_be_set(office):
    code = await accepted(office)
    office.at((await office.case(code)).due_at + timedelta(days=1))
    await asked(office, code, on=date(2026, 12, 10))


@pytest.mark.parametrize(
    ("unit", "words"),
    [(WARD, "Your own office"), (POLICE, "own line of command"), ("nowhere", "does not exist"), (COUNTER, "cannot be asked")],
)
async def test_some_units_cannot_be_asked(office, unit, words):
    code = await accepted(office)
    assert words in await refused(asked(office, code, unit))


@pytest.mark.parametrize(
    ("facts", "unit"),
    [
        (dict(about=About.HEAD), WARD),
        (dict(about=About.OFFICE), WARD),
        (dict(about=About.PERSON, official="ông Nông Sơn"), COMMUNE),
    ],
)
async def test_a_unit_that_the_case_speaks_about_is_not_asked(office, facts, unit):
    code = await accepted(office, **facts)
    by = DINH if (await office.case(code)).handling_unit == TOP else CHU
    assert "cannot be asked" in await refused(asked(office, code, unit, by=by))


async def test_who_comes_to_lead_a_helping_unit_and_is_meant_sees_nothing(office):
    code = await accepted(office, about=About.PERSON, official="ông Phan Văn Trị")
    await asked(office, code)
    await office.joins("Phan Văn Trị", Role.HEAD, COMMUNE)
    tri = await office.reader("Phan Văn Trị")
    assert (await my_work(office.work, tri)).cases == []
    await refused(access_case(office.work, tri, code, to=Action.CARD, now=office.now))


async def test_the_lead_goes_on_without_it(office):
    code = await accepted(office)
    await asked(office, code)
    assert "asked already" in await refused(asked(office, code))
    case = await office.do(end_help, await office.reader(CHU), code, COMMUNE, office.now)
    assert case.helping == frozenset()
    await refused(give_part(office.work, await office.reader(SON), code, PART, office.now))
    await refused(end_help(office.work, await office.reader(CHU), code, COMMUNE, office.now))
    assert (await asked(office, code)).helping == {COMMUNE}


@pytest.mark.parametrize("end", ["answered", "withdrawn", "returned"])
async def test_it_ends_when_the_case_is_over_or_with_another_unit(office, end):
    code = await accepted(office)
    await asked(office, code)
    if end == "answered":
        await office.answers(code, CHU)
    elif end == "withdrawn":
        await office.do(withdraw, await office.reader("lan"), code, office.now)
    else:
        await office.do(return_case, await office.reader(CHU), code, "Việc này của xã Đồng Đăng.", office.now)
    assert (await office.case(code)).helping == frozenset()
    assert [(event.unit, event.actor) for event in office.happened(HelpEnded)] == [(COMMUNE, None)]
    assert (await my_work(office.work, await office.reader(SON))).cases == []


async def test_what_is_late_is_counted_nowhere(office):
    code = await accepted(office)
    await asked(office, code, on=date(2026, 11, 25))
    office.at(office.now + timedelta(days=4))
    for who in (SON, CHU, DINH):
        assert (await watch(office.work, await office.reader(who), Filter())).seen == []


async def test_only_whoever_leads_the_case_asks(office):
    code = await accepted(office)
    await refused(asked(office, code, DEPARTMENT, by=SON))
    fresh = (await office.files("tu", "d2")).case.code
    assert "accept" in await refused(asked(office, fresh))
