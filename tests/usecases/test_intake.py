"""What intake does with a case."""

import pytest

from bot.domain.access import CONFLICT, SENSITIVE, TO_SUPERIOR
from bot.domain.cases import About, Status
from bot.domain.events import CaseForwarded, CaseGuided, CaseLeftToIntake, CaseReclassified, CaseRejected
from bot.domain.people import Role
from bot.usecases.intake import classify, forward, guide, reject
from bot.usecases.office import accept_case
from bot.usecases.reminding import next_look
from tests.domain.town import COMMUNE, COUNTER, POLICE, TOP, WARD
from tests.usecases.house import refused

CHU = "Lê Văn Chu"


@pytest.fixture
async def intake(house):
    for name, role, unit in ((CHU, Role.HEAD, WARD), ("Trần Đỉnh", Role.HEAD, TOP), ("Mai", Role.INTAKE, TOP)):
        await house.joins(name, role, unit)
    return house


async def waiting(intake, **answers):
    return (await intake.files(**({"unit": None} | answers))).case


async def test_intake_sends_a_case_to_its_office_and_the_date_stays(intake):
    before = await waiting(intake)
    intake.passes(days=2)
    case = await intake.do(forward, await intake.reader("Mai"), before.code, WARD, intake.now)
    assert (case.unit, case.handling_unit, case.status, case.due_at) == (WARD, WARD, Status.FORWARDED, before.due_at)
    assert case.forwarded_at == intake.now
    assert case.ack_due_at is not None
    mai = await intake.reader("Mai")
    assert intake.happened(CaseForwarded) == [CaseForwarded(case.id, mai.staff.id, unit=WARD, why="intake")]


@pytest.mark.parametrize("target", [WARD, COUNTER])
async def test_the_guard_holds_when_intake_sends_a_case_on(intake, target):
    await intake.joins("Đỗ Quầy", Role.HEAD, COUNTER)
    case = await waiting(intake, about=About.HEAD)
    arrived = await intake.do(forward, await intake.reader("Mai"), case.code, WARD, intake.now)
    assert (arrived.handling_unit, arrived.unit) == (TOP, WARD)
    named = await waiting(intake, about=About.PERSON, official="Lê Văn Chu")
    arrived = await intake.do(forward, await intake.reader("Mai"), named.code, target, intake.now)
    assert arrived.handling_unit in {TOP, COUNTER}
    assert (CONFLICT in arrived.flags) is (target == WARD)


async def test_a_sensitive_case_is_sent_on_by_hand(intake):
    case = await waiting(intake, unit=WARD, category="F06")
    assert (await intake.do(forward, await intake.reader("Mai"), case.code, WARD, intake.now)).handling_unit == WARD


async def test_a_case_that_is_with_an_office_is_not_sent_elsewhere(intake):
    case = await waiting(intake, unit=WARD)
    assert "not with intake" in await refused(forward(intake.work, await intake.reader("Mai"), case.code, TOP, intake.now))


async def test_neither_police_nor_nowhere_can_be_sent_a_case(intake):
    case = await waiting(intake)
    mai = await intake.reader("Mai")
    assert "line of command" in await refused(forward(intake.work, mai, case.code, POLICE, intake.now))
    assert "exist" in await refused(forward(intake.work, mai, case.code, "99", intake.now))


async def test_where_nobody_may_handle_it_intake_is_told(intake):
    case = await waiting(intake, unit=TOP, about=About.HEAD)
    assert "Nobody" in await refused(forward(intake.work, await intake.reader("Mai"), case.code, TOP, intake.now))


async def test_a_corrected_category_keeps_the_date(intake):
    before = await waiting(intake)
    case = await intake.do(classify, await intake.reader("Mai"), before.code, "G01", intake.now)
    assert (case.category, case.due_at, case.policy) == ("G01", before.due_at, before.policy)
    assert SENSITIVE in case.flags
    case = await intake.do(classify, await intake.reader("Mai"), before.code, "A02", intake.now)
    assert SENSITIVE not in case.flags
    assert [event.category for event in intake.happened(CaseReclassified)] == ["G01", "A02"]
    assert "list" in await refused(classify(intake.work, await intake.reader("Mai"), before.code, "Q99", intake.now))


async def test_a_unit_loses_a_case_that_turns_out_to_be_about_its_leadership(intake):
    case = await waiting(intake, unit=WARD)
    await intake.do(accept_case, await intake.reader(CHU), case.code, intake.now)
    case = await intake.do(classify, await intake.reader("Mai"), case.code, "K01", intake.now)
    assert (case.handling_unit, case.status, case.accepted_at) == (TOP, Status.FORWARDED, None)
    assert TO_SUPERIOR in case.flags
    await refused(accept_case(intake.work, await intake.reader(CHU), case.code, intake.now))


async def test_it_comes_to_intake_when_nobody_is_above(intake):
    case = await waiting(intake, unit=TOP)
    case = await intake.do(classify, await intake.reader("Mai"), case.code, "K02", intake.now)
    assert (case.handling_unit, case.status) == (None, Status.RETURNED)
    assert intake.happened(CaseLeftToIntake)[-1].why == "nobody"


async def test_the_citizen_is_told_where_to_go_and_that_ends_the_case(intake):
    case = await waiting(intake, unit=POLICE)
    mai = await intake.reader("Mai")
    assert "address" in await refused(guide(intake.work, mai, case.code, " ", intake.now))
    case = await intake.do(guide, mai, case.code, "Mời anh/chị đến Công an tỉnh, 15 Hoàng Văn Thụ.", intake.now)
    assert case.status is Status.GUIDED
    assert await next_look(intake.work, case, intake.now) is None
    assert intake.happened(CaseGuided)[0].message
    assert "over" in await refused(guide(intake.work, mai, case.code, "?", intake.now))


async def test_a_case_is_turned_down_with_a_reason_of_the_list_only(intake):
    case = await waiting(intake)
    mai = await intake.reader("Mai")
    assert "reason" in await refused(reject(intake.work, mai, case.code, "because", intake.now))
    case = await intake.do(reject, mai, case.code, "spam", intake.now)
    assert case.status is Status.REJECTED
    assert intake.happened(CaseRejected) == [CaseRejected(case.id, mai.staff.id, reason="spam")]


@pytest.mark.parametrize("use_case", [guide, reject])
async def test_what_an_office_has_is_not_ended_by_intake(intake, use_case):
    case = await waiting(intake, unit=WARD)
    assert "office now" in await refused(use_case(intake.work, await intake.reader("Mai"), case.code, "spam", intake.now))


async def test_no_head_does_what_intake_does(intake):
    case = await waiting(intake, unit=WARD)
    chu = await intake.reader(CHU)
    await refused(forward(intake.work, chu, case.code, COMMUNE, intake.now))
    await refused(classify(intake.work, chu, case.code, "A02", intake.now))
    await refused(guide(intake.work, chu, case.code, "?", intake.now))
    await refused(reject(intake.work, chu, case.code, "spam", intake.now))
