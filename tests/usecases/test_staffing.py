"""How people of an office join and leave."""

import re

import pytest

from bot.domain.access import CONFLICT
from bot.domain.cases import About
from bot.domain.events import CaseForwarded
from bot.domain.people import Role
from bot.usecases.access import Action, access_case
from bot.usecases.lists import my_work
from bot.usecases.office import accept_case
from bot.usecases.staffing import NameNeeded, Recruit, import_people, invite, redeem, revoke
from tests.domain.town import COMMUNE, TOP, WARD
from tests.usecases.house import refused

CHU = "Lê Văn Chu"


async def test_an_invitation_makes_somebody_staff_once(house):
    code = await house.do(invite, Role.HEAD, WARD, CHU, "LS-1", house.now)
    chu = await house.do(redeem, await house.person("chu"), code, house.now)
    assert (chu.name, chu.badge, chu.units(Role.HEAD)) == (CHU, "LS-1", {WARD})
    assert (await house.reader("chu")).staff == chu
    assert "not valid" in await refused(redeem(house.work, await house.person("hoa"), code, house.now))
    assert (await house.reader("hoa")).staff is None


async def test_a_code_fits_a_deep_link_and_is_kept_as_a_hash(house):
    code = await house.do(invite, Role.HANDLER, WARD, "Minh", "", house.now)
    assert re.fullmatch(r"[A-Za-z0-9_-]{22}", code)
    assert code not in house.connection.exec_driver_sql("SELECT code_hash FROM invitations").scalars().one()


async def test_wrong_used_and_expired_sound_alike(house):
    used = await house.do(invite, Role.HANDLER, WARD, "Minh", "", house.now)
    expired = await house.do(invite, Role.HANDLER, WARD, "Tú", "", house.now, hours=1)
    await house.do(redeem, await house.person("minh"), used, house.now)
    house.passes(hours=1)
    words = {await refused(redeem(house.work, await house.person("hoa"), code, house.now)) for code in (used, expired, "x", "")}
    assert len(words) == 1


async def test_five_guesses_in_a_quarter_of_an_hour_are_all(house):
    code = await house.do(invite, Role.HANDLER, WARD, "Minh", "", house.now)
    minh = await house.person("minh")
    for nth in range(5):
        await refused(redeem(house.work, minh, f"guess {nth}", house.now))
    assert "{time}" in await refused(redeem(house.work, minh, code, house.now))
    await house.do(redeem, await house.person("another chat"), code, house.now)


async def test_an_invitation_needs_an_office_and_a_short_life(house):
    assert "no office" in await refused(invite(house.work, Role.HEAD, "99", CHU, "", house.now))
    for hours in (0, 73):
        assert "{hours}" in await refused(invite(house.work, Role.HEAD, WARD, CHU, "", house.now, hours=hours))


async def test_one_person_may_hold_several_places(house):
    await house.joins("Mai", Role.INTAKE, TOP)
    both = await house.joins("Mai", Role.SUPERVISOR, TOP)
    assert both.has(Role.INTAKE) and both.has(Role.SUPERVISOR)
    assert len([one for one, acts in await house.work.staff.all() if acts]) == 1


async def test_a_new_head_has_the_open_cases_at_once_and_the_old_one_has_them_no_more(house):
    await house.joins(CHU, Role.HEAD, WARD)
    case = (await house.files()).case
    await house.do(accept_case, await house.reader(CHU), case.code, house.now)
    house.passes(hours=1)
    await house.joins("Vi", Role.HEAD, WARD)
    assert [one.code for one in (await my_work(house.work, await house.reader("Vi"))).cases] == [case.code]
    old = await house.reader(CHU)
    assert not old.staff.appointments
    await refused(access_case(house.work, old, case.code, to=Action.CARD, now=house.now))


async def test_a_case_about_whoever_becomes_head_makes_way_to_the_superior(house):
    await house.joins(CHU, Role.HEAD, WARD)
    await house.joins("Trần Đỉnh", Role.HEAD, TOP)
    case = (await house.files(about=About.PERSON, official="chị Hà Thị Vi")).case
    assert case.handling_unit == WARD
    house.passes(hours=1)
    await house.joins("Hà Thị Vi", Role.HEAD, WARD)
    moved = await house.case(case.code)
    assert (moved.handling_unit, moved.due_at) == (TOP, case.due_at)
    assert house.happened(CaseForwarded)[-1].why == "conflict"
    for name in (CHU, "Hà Thị Vi"):
        await refused(access_case(house.work, await house.reader(name), case.code, to=Action.CARD, now=house.now))


async def test_it_also_makes_way_for_a_new_head_of_the_superior(house):
    await house.joins("Trần Đỉnh", Role.HEAD, TOP)
    case = (await house.files(unit=COMMUNE, about=About.PERSON, official="Hà Thị Vi")).case
    assert case.handling_unit == TOP
    house.passes(hours=1)
    await house.joins("Hà Thị Vi", Role.HEAD, TOP)
    assert (await house.case(case.code)).handling_unit is None


async def test_whoever_was_revoked_is_a_citizen_again_at_once(house):
    chu = await house.joins(CHU, Role.HEAD, WARD)
    case = (await house.files()).case
    await house.do(revoke, chu.id, house.now)
    reader = await house.reader(CHU)
    assert reader.staff is None
    await refused(accept_case(house.work, reader, case.code, house.now))
    assert "number" in await refused(revoke(house.work, 999, house.now))


async def test_the_last_administrator_stays(house):
    ba = await house.joins("Ba", Role.ADMIN, TOP)
    assert "last administrator" in await refused(revoke(house.work, ba.id, house.now))
    await house.joins("Tư", Role.ADMIN, TOP)
    await house.do(revoke, ba.id, house.now)


async def test_many_are_invited_from_a_file_in_order(house):
    recruits = [Recruit(CHU, "LS-1", Role.HEAD, WARD), Recruit("Minh", "", Role.HANDLER, WARD)]
    codes = await house.do(import_people, recruits, house.now)
    assert [one for one, _code in codes] == recruits
    joined = await house.do(redeem, await house.person("minh"), codes[1][1], house.now)
    assert joined.name == "Minh"


@pytest.mark.parametrize("about", [About.HEAD, About.OFFICE])
async def test_a_head_who_joins_later_finds_nothing_that_was_said_of_him(house, about):
    case = (await house.files(about=about)).case
    assert case.handling_unit is None
    await house.joins(CHU, Role.HEAD, WARD)
    assert not (await my_work(house.work, await house.reader(CHU))).cases
    await refused(access_case(house.work, await house.reader(CHU), case.code, to=Action.CARD, now=house.now))


async def test_a_head_who_takes_a_place_in_the_office_complained_about_loses_the_case(house):
    await house.joins(CHU, Role.HEAD, TOP)
    case = (await house.files(about=About.HEAD)).case
    assert case.handling_unit == TOP
    house.passes(hours=1)
    await house.joins(CHU, Role.HANDLER, WARD)
    assert (await house.case(case.code)).handling_unit is None


async def test_a_deputy_who_joins_and_is_meant_shuts_the_unit_out(house):
    await house.joins(CHU, Role.HEAD, WARD)
    await house.joins("Trần Đỉnh", Role.HEAD, TOP)
    case = (await house.files(about=About.PERSON, official="cô Hà Thị Vi")).case
    await house.joins("Hà Thị Vi", Role.DEPUTY, WARD)
    moved = await house.case(case.code)
    assert (moved.handling_unit, moved.flags) == (TOP, {CONFLICT})


async def test_nobody_joins_without_a_name(house):
    code = await invite(house.work, Role.HEAD, WARD, " ", "", house.now)
    minh = await house.person("Minh")
    with pytest.raises(NameNeeded):
        await house.do(redeem, minh, code, house.now)
    joined = await house.do(redeem, minh, code, house.now, "  Trần  Thị Mai ")
    assert joined.name == "Trần Thị Mai"
