"""Lists and notices: what waits for whom, and who is told."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.domain.cases import About, Status
from bot.domain.deadlines import VIETNAM
from bot.domain.people import Role
from bot.domain.watching import Filter, What
from bot.usecases.intake import forward
from bot.usecases.lists import my_work, units_without_head
from bot.usecases.notices import To, recipients
from bot.usecases.office import accept_case, assign_handler, return_case
from bot.usecases.routing import answers_for
from bot.usecases.watching import summary, watch
from tests.domain.town import COMMUNE, COUNTER, POLICE, TOP, WARD
from tests.usecases.house import refused

CHU = "Lê Văn Chu"
LATE = datetime(2026, 12, 11, 9, 0, tzinfo=VIETNAM)
PLACES = {
    CHU: (Role.HEAD, WARD),
    "Hà Phó": (Role.DEPUTY, WARD),
    "Bùi Minh": (Role.HANDLER, WARD),
    "Đỗ Quầy": (Role.HEAD, COUNTER),
    "Trần Đỉnh": (Role.HEAD, TOP),
    "Mai": (Role.INTAKE, TOP),
    "Thu": (Role.INTAKE, WARD),
    "Tư": (Role.SUPERVISOR, TOP),
    "Năm": (Role.SUPERVISOR, WARD),
}


@pytest.fixture
async def town(house):
    for name, (role, unit) in PLACES.items():
        await house.joins(name, role, unit)
    return house


async def listed(town, name, function=my_work, *args):
    page = await function(town.work, await town.reader(name), *args)
    assert not [case for case in page.cases if case.story or case.happened or case.official]
    return [case.code for case in page.cases]


async def watched(town, name, what=What.OVERDUE):
    return [one.row.code for one in (await watch(town.work, await town.reader(name), Filter(what))).seen]


async def by_office(town, name):
    found = await watch(town.work, reader := await town.reader(name), Filter())
    return {line.name: line.count for line in (await summary(town.work, reader, found)).get("office", [])}


async def names(town, case, *to, **more):
    return [staff.name for staff in await recipients(town.work, case, *to, **more)]


async def test_the_work_of_a_head_is_by_due_date_and_of_his_unit(town):
    normal = (await town.files(official="cô Hoa")).case
    urgent = (await town.files(category="C02")).case
    other = (await town.files(unit=COUNTER)).case
    assert await listed(town, CHU) == [urgent.code, normal.code]
    assert await listed(town, "Hà Phó") == [urgent.code, normal.code]
    assert await listed(town, "Đỗ Quầy") == [other.code]
    assert await listed(town, "Bùi Minh") == []
    assert await listed(town, "Tư") == []
    assert "no case" in await refused(my_work(town.work, await town.reader("lan")))


async def test_the_work_of_a_handler_is_what_was_given_to_him(town):
    code = (await town.files()).case.code
    await town.do(accept_case, await town.reader(CHU), code, town.now)
    await town.do(assign_handler, await town.reader(CHU), code, (await town.reader("Bùi Minh")).staff.id, town.now)
    assert await listed(town, "Bùi Minh") == [code]


async def test_the_work_of_intake_is_what_nobody_has_yet(town):
    lost = (await town.files(unit=None)).case.code
    police = (await town.files(unit=POLICE)).case.code
    sensitive = (await town.files(category="G01")).case.code
    await town.files()
    assert set(await listed(town, "Mai")) == {lost, police, sensitive}
    assert set(await listed(town, "Thu")) == {lost, sensitive}


async def test_pages_of_a_list_follow_one_another(town):
    for _nth in range(10):
        await town.files()
    await town.files(sender="hoa")
    reader = await town.reader(CHU)
    first, second = await my_work(town.work, reader), await my_work(town.work, reader, offset=8)
    assert (len(first.cases), first.more, first.total) == (8, True, 11)
    assert (len(second.cases), second.more) == (3, False)
    assert not {case.code for case in first.cases} & {case.code for case in second.cases}


async def test_more_cases_than_one_query_brings_are_all_listed(town):
    for nth in range(52):
        await town.files(sender=f"citizen {nth}")
    assert (await my_work(town.work, await town.reader(CHU))).total == 52


# -- The guard in lists and counts --


async def test_a_case_about_somebody_is_in_none_of_his_lists_and_counts(town):
    case = (await town.files(about=About.PERSON, official="anh Minh")).case
    about_ward = (await town.files(about=About.OFFICE)).case
    await town.do(accept_case, await town.reader(CHU), case.code, town.now)
    town.at(LATE)
    assert await watched(town, "Tư") == [case.code, about_ward.code]
    assert await by_office(town, "Tư") == {WARD: 1, TOP: 1}
    # The supervisor of the ward belongs to the ward that is complained about.
    assert await watched(town, "Năm") == [case.code]
    assert await watched(town, CHU) == [case.code]
    assert await watched(town, "Bùi Minh") == []


async def test_what_was_not_accepted_is_on_the_supervisors_list(town):
    code = (await town.files()).case.code
    assert await watched(town, "Tư", What.UNACCEPTED) == []
    town.passes(days=3)
    assert await watched(town, "Tư", What.UNACCEPTED) == [code]
    assert await watched(town, "Bùi Minh", What.UNACCEPTED) == []


async def test_units_without_a_head_that_cases_are_about_are_listed(town):
    await town.files(unit=COMMUNE)
    await town.files(unit=WARD)
    assert [unit.code for unit in await units_without_head(town.work, await town.reader("Tư"))] == [COMMUNE]
    assert await units_without_head(town.work, await town.reader("Năm")) == []
    assert await units_without_head(town.work, await town.reader("Bùi Minh")) == []


async def test_a_case_due_now_is_not_overdue_and_a_second_later_it_is(town):
    case = (await town.files()).case
    town.at(case.due_at)
    assert await watched(town, "Tư") == []
    town.passes(seconds=1)
    assert await watched(town, "Tư") == [case.code]


# -- Who is told --


async def test_who_is_told_of_a_case(town):
    case = (await town.files()).case
    assert await names(town, case, To.HEAD) == [CHU]
    assert await names(town, case, To.HEAD, To.DEPUTY) == [CHU, "Hà Phó"]
    assert await names(town, case, To.HANDLER) == []
    assert await names(town, case, To.SUPERIOR) == ["Trần Đỉnh"]
    assert await names(town, case, To.SUPERVISOR) == ["Tư", "Năm"]
    assert await names(town, case, To.INTAKE) == ["Mai", "Thu"]
    assert (await answers_for(town.work, case)).name == CHU
    assert await names(town, case, To.HEAD, To.HEAD, but_not=(await town.reader(CHU)).staff.id) == []


async def test_nobody_whom_the_case_speaks_about_is_told(town):
    case = (await town.files(about=About.HEAD)).case
    assert case.handling_unit == TOP
    everybody = await names(town, case, *To)
    assert everybody == ["Trần Đỉnh", "Tư", "Mai"]
    named = (await town.files(about=About.PERSON, official="Trần Đỉnh")).case
    assert await names(town, named, *To) == [CHU, "Hà Phó", "Tư", "Năm", "Mai", "Thu"]


async def test_of_a_case_without_an_office_every_intake_is_told(town):
    case = (await town.files(unit=None)).case
    assert await names(town, case, To.HEAD, To.SUPERIOR, To.INTAKE) == ["Mai", "Thu"]
    police = (await town.files(unit=POLICE)).case
    assert await names(town, police, To.INTAKE) == ["Mai"]
    assert await answers_for(town.work, police) is None


async def test_whoever_was_revoked_is_not_told(town):
    case = (await town.files()).case
    await town.work.staff.revoke((await town.reader(CHU)).staff.id, town.now + timedelta(seconds=1))
    town.passes(seconds=1)
    assert await names(town, case, To.HEAD) == []


async def test_a_case_that_came_back_is_with_intake_again(town):
    code = (await town.files()).case.code
    await town.do(return_case, await town.reader(CHU), code, "Không phải việc của chúng tôi.", town.now)
    assert await listed(town, CHU) == []
    assert await listed(town, "Mai") == [code]
    case = await town.do(forward, await town.reader("Mai"), code, COUNTER, town.now)
    assert (case.unit, case.status) == (COUNTER, Status.FORWARDED)


async def test_whoever_is_meant_is_never_announced_as_who_answers(town):
    case = (await town.files(official=CHU)).case
    assert await answers_for(town.work, replace(case, handling_unit=WARD)) is None
