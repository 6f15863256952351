"""Who has the head's signature, on both databases, in the statement that reads the appointments."""

from datetime import date, timedelta

from bot.domain.people import Appointment, Role
from bot.usecases.ports_delegations import Delegation
from tests.storage.conftest import LAN, NOW, TUAN, at, person, watched

DAY = timedelta(days=1)
TODAY = date(2026, 11, 24)
WARD = "06001"


async def office(work, first=TODAY, last=TODAY):
    """A head, her deputy, and her signature for some days."""
    head = await work.staff.enrol("Mai", "", await person(work, LAN), NOW)
    deputy = await work.staff.enrol("Bình", "", await person(work, TUAN), NOW)
    await work.staff.appoint(head, Appointment(Role.HEAD, WARD, NOW))
    await work.staff.appoint(deputy, Appointment(Role.DEPUTY, WARD, NOW))
    await work.staff.appoint(deputy, Appointment(Role.HANDLER, "06002", NOW))
    kept = Delegation(0, deputy, WARD, first, last, "QĐ 15", head)
    return head, deputy, await work.delegations.add(kept)


async def test_only_the_deputys_own_place_at_that_unit_is_acting(work):
    head, deputy, number = await office(work)
    assert [(a.role, a.acting) for a in (await work.staff.by_id(deputy)).appointments] == [
        (Role.DEPUTY, True),
        (Role.HANDLER, False),
    ]
    assert [a.acting for a in (await work.staff.by_id(head)).appointments] == [False]
    assert await work.delegations.of_units([WARD], TODAY) == [Delegation(number, deputy, WARD, TODAY, TODAY, "QĐ 15", head)]
    assert await work.delegations.of_units(["06002"], TODAY) == []


async def test_the_days_are_those_of_vietnam(work):
    _head, deputy, _number = await office(work, TODAY + DAY, TODAY + 2 * DAY)
    # 17:00 UTC is midnight in Vietnam.
    midnight = NOW.replace(hour=17, minute=0)
    for moment, acts in (
        (midnight - timedelta(seconds=1), False),
        (midnight, True),
        (midnight + 2 * DAY - timedelta(seconds=1), True),
        (midnight + 2 * DAY, False),
    ):
        assert bool((await at(work, moment).staff.by_id(deputy)).led()) is acts, moment


async def test_it_can_be_taken_back_once(work):
    _head, deputy, number = await office(work)
    assert await work.delegations.take_back(number)
    assert not await work.delegations.take_back(number)
    assert (await work.staff.by_id(deputy)).led() == frozenset()
    assert await work.delegations.of_units([WARD], TODAY) == []


async def test_a_turn_of_a_deputy_costs_no_statement_more(work):
    await office(work)
    said = watched(work)
    known = await work.people.known(TUAN, NOW, "vi")
    assert known.staff.led() == {WARD}
    assert len([line for line in said if line.lstrip().upper().startswith("SELECT")]) == 2
