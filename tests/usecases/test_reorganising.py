"""Offices that end and officials who move: whose the case is then (LAW 5.2 steps 5, 6; L.25/2018 art. 12.3 to 12.5)."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from bot.domain.cases import About, Status
from bot.domain.deadlines import VIETNAM
from bot.domain.events import CaseForwarded, CaseLeftToIntake, OfficeEnded
from bot.domain.people import Appointment, Role
from bot.domain.routing import successors_of
from bot.domain.units import Unit
from bot.usecases.access import Action, access_case
from bot.usecases.citizen import timeline
from bot.usecases.filing import foresee
from bot.usecases.office import accept_case
from bot.usecases.reorganising import cases_of_ended_units, leave_ended_unit
from storage.units import Units, save_units
from tests.domain.town import COMMUNE, COUNTER, DEPARTMENT, HOSPITAL, TOP, UNITS, WARD
from tests.usecases.house import draft, refused

CHU, SON, DINH, MAI = "Lê Văn Chu", "Nông Sơn", "Trần Đỉnh", "Mai"
LAST = date(2026, 11, 25)
NEW = "06009"
AFTER = datetime(2026, 11, 26, 0, 0, 0, tzinfo=VIETNAM)


@pytest.fixture
async def province(house):
    """The heads of a ward, a commune, a department and the province, and intake there."""
    for name, role, unit in (
        (CHU, Role.HEAD, WARD),
        (SON, Role.HEAD, COMMUNE),
        ("Hoàng Y", Role.HEAD, DEPARTMENT),
        (DINH, Role.HEAD, TOP),
        (MAI, Role.INTAKE, TOP),
    ):
        await house.joins(name, role, unit)
    return house


def ends(province, *successors, last=LAST, more=()):
    """Let the ward end with a day, with these successors; `more` are new offices."""
    changed = [replace(unit, valid_to=last, successors=successors) if unit.code == WARD else unit for unit in UNITS]
    save_units(province.connection, [*more, *changed])
    province.units = Units([*changed, *more], (), None)
    province.at(province.now)


async def left(province):
    """Leave what is to be left, twice over, since it is safe to repeat; return how many cases that were."""
    numbers = await cases_of_ended_units(province.work, 50)
    for number in numbers * 2:
        await province.do(leave_ended_unit, number)
    return len(numbers)


@pytest.mark.parametrize(
    ("moment", "moved"),
    [(AFTER - timedelta(seconds=1), 0), (AFTER, 1)],
)
async def test_it_happens_the_day_after_the_last(province, moment, moved):
    await province.files()
    ends(province, COMMUNE)
    province.at(moment)
    assert await left(province) == moved


async def test_one_successor_takes_over_with_the_same_dates(province):
    code = (await province.files()).case.code
    await province.do(accept_case, await province.reader(CHU), code, province.now)
    before = await province.case(code)
    ends(province, COMMUNE)
    province.at(AFTER)
    assert await left(province) == 1
    case = await province.case(code)
    assert (case.unit, case.handling_unit, case.status, case.accepted_at) == (COMMUNE, COMMUNE, Status.FORWARDED, None)
    assert (case.due_at, case.legal_due_at, case.policy) == (before.due_at, before.legal_due_at, before.policy)
    assert [(event.unit, event.to) for event in province.happened(OfficeEnded)] == [(WARD, COMMUNE)]
    assert province.happened(CaseForwarded)[-1].why == "reorganised"
    assert "{office} exists no more, so your case was passed on; its date stays." in [
        text.message for _at, text in await timeline(province.work, case)
    ]
    assert await left(province) == 0  # Once.
    # The old leaders stay under the guard, wherever they are now.
    assert WARD in {flag.removeprefix("was:") for flag in case.flags}


async def test_a_successor_whom_the_case_speaks_about_is_passed_by(province):
    code = (await province.files(about=About.PERSON, official="ông Nông Sơn")).case.code
    assert (await province.case(code)).handling_unit == WARD
    ends(province, COMMUNE)
    province.at(AFTER)
    await left(province)
    assert (await province.case(code)).handling_unit == TOP
    await refused(access_case(province.work, await province.reader(SON), code, to=Action.CARD, now=province.now))


async def test_of_several_successors_intake_decides_and_all_are_known(province):
    code = (await province.files()).case.code
    due = (await province.case(code)).due_at
    ends(province, COMMUNE, NEW, more=[Unit(NEW, "Xã Kỳ Lừa", "UBND_X", parent=TOP, province="20", valid_from=LAST)])
    province.at(AFTER)
    await left(province)
    case = await province.case(code)
    assert (case.status, case.handling_unit, case.unit, case.due_at) == (Status.RETURNED, None, WARD, due)
    assert province.happened(CaseLeftToIntake)[-1].why == "successors"
    assert successors_of(WARD, province.units, LAST + timedelta(days=1)) == [COMMUNE, NEW]
    assert await access_case(province.work, await province.reader(MAI), code, to=Action.FORWARD, now=province.now)
    assert await left(province) == 0


async def test_a_dissolved_office_leaves_its_cases_to_the_superior_who_managed_it(province):
    code = (await province.files()).case.code
    ends(province)
    province.at(AFTER)
    await left(province)
    case = await province.case(code)
    assert (case.handling_unit, case.unit) == (TOP, WARD)
    assert await left(province) == 0


async def test_a_case_that_is_with_the_superior_already_stays_there(province):
    code = (await province.files(about=About.HEAD)).case.code
    ends(province, COMMUNE)
    province.at(AFTER)
    assert await left(province) == 0
    assert (await province.case(code)).handling_unit == TOP


def test_successors_of_successors_are_followed_and_a_circle_ends():
    tree = Units(
        [
            Unit("a", "A", "UBND_X", valid_to=LAST, successors=("b", "c")),
            Unit("b", "B", "UBND_X", valid_to=LAST, successors=("d", "a")),
            Unit("c", "C", "UBND_X"),
            Unit("d", "D", "UBND_X"),
        ],
        (),
        None,
    )
    assert successors_of("a", tree, LAST + timedelta(days=1)) == ["c", "d"]
    assert successors_of("nowhere", tree, LAST) == []


# -- officials who moved ---------------------------------------------------------------------------------------------


async def moves(province, name, role, unit):
    """Let somebody end what he is and take another place."""
    staff = (await province.reader(name)).staff
    province.passes(days=30)
    for place in staff.appointments:
        await province.joins(f"Người sau {place.unit}", place.role, place.unit)
    province.passes(days=1)
    await province.work.staff.appoint(staff.id, Appointment(role, unit, province.now))
    return (await province.reader(name)).staff


@pytest.mark.parametrize(
    ("role", "unit", "handled"),
    [
        (Role.HEAD, COMMUNE, TOP),  # The same rank: the superior of the old unit (12.3a).
        (Role.DEPUTY, COMMUNE, TOP),
        (Role.HANDLER, TOP, TOP),  # Up: the head of the new unit (12.3b).
        (Role.HANDLER, COMMUNE, WARD),  # Otherwise: the head of the old unit (12.3c).
        (Role.HEAD, COUNTER, WARD),
    ],
)
async def test_a_former_head_who_is_named(province, role, unit, handled):
    await moves(province, CHU, role, unit)
    code = (await province.files(about=About.PERSON, official="ông Lê Văn Chu")).case.code
    assert (await province.case(code)).handling_unit == handled
    await refused(access_case(province.work, await province.reader(CHU), code, to=Action.CARD, now=province.now))


async def test_who_became_deputy_of_the_office_above_is_for_its_superior_and_so_for_intake(province):
    await moves(province, CHU, Role.DEPUTY, TOP)
    foreseen = await foresee(province.work, draft(about=About.PERSON, official="ông Lê Văn Chu"), province.now)
    assert foreseen.unit is None


async def test_who_rose_in_a_department_is_for_the_province(province):
    await province.joins("Ngô Giám Đốc", Role.HEAD, HOSPITAL)
    await moves(province, "Ngô Giám Đốc", Role.DEPUTY, DEPARTMENT)
    code = (await province.files(unit=HOSPITAL, about=About.PERSON, official="Ngô Giám Đốc")).case.code
    assert (await province.case(code)).handling_unit == TOP


async def test_somebody_of_that_name_who_is_still_there_is_meant_rather(province):
    await moves(province, CHU, Role.HEAD, COMMUNE)
    await province.joins("Phạm Chu", Role.HANDLER, WARD)
    code = (await province.files(about=About.PERSON, official="anh Chu")).case.code
    assert (await province.case(code)).handling_unit == WARD
