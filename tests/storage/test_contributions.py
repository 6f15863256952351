"""Requests to other units and their parts: sealed, and found by the unit that owes one."""

from datetime import timedelta

from sqlalchemy import select

from bot.domain.sharing import Contribution
from storage.rows import contributions
from tests.storage.conftest import LAN, NOW, at, filed, person

DAY = timedelta(days=1)


async def asked(work, case, unit="06002", due_at=NOW + DAY):
    staff = await work.staff.enrol("Mai", "", None, NOW)
    return await work.contributions.add(Contribution(0, case.id, unit, "Hồ sơ chuyển ngày nào?", staff, NOW, due_at)), staff


async def test_a_request_is_kept_sealed_and_found_by_case_and_unit(work):
    case = await filed(work, sender=await person(work, LAN))
    number, staff = await asked(work, case)
    [kept] = await work.contributions.of_case(case.id)
    assert kept == Contribution(number, case.id, "06002", "Hồ sơ chuyển ngày nào?", staff, NOW, NOW + DAY)
    row = (await work.ledger.execute(select(contributions))).one()
    assert "Hồ sơ".encode() not in row.words
    assert await work.contributions.awaited_of(["06002"]) == [case.id]
    assert await work.contributions.awaited_of(["06001"]) == []


async def test_the_first_due_is_on_top(work):
    late, early = await filed(work, "K7QF-2M4X"), await filed(work, "K7QF-2M4Y")
    await asked(work, late, due_at=NOW + 2 * DAY)
    await asked(work, early, due_at=NOW + DAY)
    assert await work.contributions.awaited_of(["06002"]) == [early.id, late.id]


async def test_a_part_is_given_once_and_not_after_it_was_ended(work):
    case = await filed(work)
    number, staff = await asked(work, case)
    assert await at(work, NOW + DAY).contributions.give(number, "Ngày 20/11.", staff)
    assert not await work.contributions.give(number, "Lại.", staff)
    assert not await work.contributions.end(number)
    [kept] = await work.contributions.of_case(case.id)
    assert (kept.body, kept.given_by, kept.given_at, kept.is_awaited) == ("Ngày 20/11.", staff, NOW + DAY, False)
    other, _staff = await asked(work, case)
    assert await work.contributions.end(other)
    assert not await work.contributions.give(other, "Muộn.", staff)
    assert await work.contributions.awaited_of(["06002"]) == []
