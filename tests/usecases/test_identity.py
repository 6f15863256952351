"""Who sent a case: who may see it, and what is written down before."""

import pytest

from bot.domain.cases import About, KnownAs
from bot.domain.events import ReporterSeen
from bot.domain.people import Role
from bot.usecases.citizen import forget_chat
from bot.usecases.identity import LOOK, see_reporter
from tests.domain.town import COMMUNE, TOP, WARD
from tests.usecases.house import refused

CHU = "Lê Văn Chu"
WHO = ("Nguyễn Thị Lan", "0912345678")


@pytest.fixture
async def town(house):
    places = {CHU: (Role.HEAD, WARD), "Son": (Role.HEAD, COMMUNE), "Trần Đỉnh": (Role.HEAD, TOP), "Mai": (Role.INTAKE, TOP)}
    for name, (role, unit) in (places | {"Ba": (Role.ADMIN, TOP), "Tư": (Role.SUPERVISOR, TOP)}).items():
        await house.joins(name, role, unit)
    return house


async def looks(town, name, code, reason="Để gọi lại."):
    return await town.do(see_reporter, await town.reader(name), code, reason, town.now)


async def test_the_handling_head_sees_a_named_sender_and_the_look_is_recorded(town):
    case = (await town.files()).case
    assert await looks(town, CHU, case.code) == WHO
    [look] = town.happened(ReporterSeen)
    assert (look.case, look.actor) == (case.id, (await town.reader(CHU)).staff.id)
    [line] = [line for line in await town.work.cases.talk(case.id) if line.id == look.message]
    assert (line.side, line.body) == (LOOK, "Để gọi lại.")


async def test_the_look_is_recorded_before_it_is_taken(town):
    code = (await town.files()).case.code
    reader = await town.reader(CHU)
    town.work.reporters = None  # Whatever breaks from here on, the look is on record.
    with pytest.raises(AttributeError):
        await see_reporter(town.work, reader, code, "Để gọi lại.", town.now)
    assert [type(event) for event in town.work.recorded] == [ReporterSeen]


async def test_no_look_without_a_reason(town):
    code = (await town.files()).case.code
    assert "why" in await refused(see_reporter(town.work, await town.reader(CHU), code, "  ", town.now))
    assert not town.work.recorded


async def test_a_sender_known_to_the_custodian_is_seen_by_intake_only(town):
    code = (await town.files(known_as=KnownAs.CUSTODIAN)).case.code
    assert await looks(town, "Mai", code) == WHO
    assert "not shown to you" in await refused(looks(town, CHU, code))


async def test_an_anonymous_sender_is_seen_by_nobody(town):
    code = (await town.files(known_as=KnownAs.ANONYMOUS)).case.code
    for name in (CHU, "Mai"):
        assert "anonymous" in await refused(looks(town, name, code))
    assert not town.happened(ReporterSeen)


@pytest.mark.parametrize("name", ["Son", "Ba", "Tư", "lan"])
async def test_whoever_may_not_open_the_case_hears_that_there_is_none(town, name):
    code = (await town.files()).case.code
    assert await refused(looks(town, name, code)) == await refused(looks(town, name, "K7QF-2M4W"))


@pytest.mark.parametrize(
    "answers", [dict(about=About.HEAD), dict(official=CHU), dict(about=About.OFFICE), dict(about=About.OFFICE, category="I01")]
)
async def test_whoever_is_complained_about_never_sees_who_complained(town, answers):
    code = (await town.files(**answers)).case.code
    await refused(looks(town, CHU, code))
    assert not town.happened(ReporterSeen)


async def test_a_forgotten_chat_leaves_the_name_that_was_given_to_the_office(town):
    code = (await town.files()).case.code
    await town.do(forget_chat, await town.reader("lan"), code, town.now)
    assert await looks(town, CHU, code) == WHO
