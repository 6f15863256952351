"""Who may act, since when, and until when."""

import asyncio
from datetime import timedelta

import pytest

from bot.domain.people import Appointment, Role
from bot.usecases.ports import LastAdmin
from storage.database import async_engine
from tests.storage.conftest import LAN, NOW, TUAN, at, only_postgresql, only_sqlite, person, work_on

DAY = timedelta(days=1)


def head(since=NOW, unit="06001", until=None):
    return Appointment(Role.HEAD, unit, since, until)


async def joined(work, who, name="Trần Thị Mai", *appointments):
    staff = await work.staff.enrol(name, "17", await person(work, who), NOW)
    for appointment in appointments:
        await work.staff.appoint(staff, appointment)
    return staff


async def test_whoever_joined_acts_from_his_next_message_on(work):
    mai = await work.staff.enrol("Trần Thị Mai", "17", None, NOW)
    await work.staff.appoint(mai, head())
    assert await work.staff.at(["06001"], Role.HEAD) == []
    lan = await person(work, LAN)
    await work.staff.join(mai, lan, NOW)
    known = (await work.people.known(LAN, NOW, "vi")).staff
    assert (known.id, known.name, known.badge, known.person, known.appointments) == (mai, "Trần Thị Mai", "17", lan, (head(),))
    assert await work.staff.at(["06001"], Role.HEAD, Role.DEPUTY) == [known]
    assert known == await work.staff.by_id(mai) == await work.staff.by_person(lan)
    assert await work.staff.at(["06001"], Role.DEPUTY) == await work.staff.at(["06002"], Role.HEAD) == []


async def test_an_appointment_counts_from_its_beginning_to_just_before_its_end(work):
    await joined(work, LAN, "Mai", Appointment(Role.HANDLER, "06001", NOW, NOW + DAY))
    for moment, acts in ((NOW - timedelta(seconds=1), 0), (NOW, 1), (NOW + DAY - timedelta(seconds=1), 1), (NOW + DAY, 0)):
        later = at(work, moment)
        assert len(await later.staff.at(["06001"], Role.HANDLER)) == acts
        assert len((await later.people.known(LAN, moment, "vi")).staff.appointments) == acts


async def test_a_revoked_member_of_staff_is_a_citizen_at_once(work):
    mai = await joined(work, LAN, "Mai", head())
    await work.staff.revoke(mai, NOW)
    assert (await work.people.known(LAN, NOW, "vi")).staff is None
    assert await work.staff.by_person(await person(work, LAN)) is None
    assert await work.staff.at(["06001"], Role.HEAD) == []
    kept = await work.staff.by_id(mai)
    assert (kept.name, kept.person, kept.appointments) == ("Mai", None, ())
    await work.staff.join(mai, await person(work, TUAN), NOW)
    assert (await work.people.known(TUAN, NOW, "vi")).staff is None


async def test_a_person_who_was_revoked_can_be_enrolled_anew(work):
    await work.staff.revoke(await joined(work, LAN, "Mai", head()), NOW)
    again = await joined(work, LAN, "Mai", head(NOW + DAY))
    assert (await at(work, NOW + DAY).people.known(LAN, NOW + DAY, "vi")).staff.id == again


async def test_a_unit_has_one_head_and_the_new_one_ends_the_old_ones_time(work):
    old, new = await joined(work, LAN, "Old", head()), await joined(work, TUAN, "New")
    await work.staff.appoint(new, head(NOW + DAY))
    before, after = at(work, NOW), at(work, NOW + DAY)
    assert [s.id for s in await before.staff.at(["06001"], Role.HEAD)] == [old]
    assert [s.id for s in await after.staff.at(["06001"], Role.HEAD)] == [new]
    predecessor = (await after.people.known(LAN, NOW + DAY, "vi")).staff
    assert (predecessor.appointments, predecessor.former) == ((), (head(until=NOW + DAY),))


async def test_an_appointment_held_already_is_not_added_again(work):
    mai = await joined(work, LAN, "Mai", head(), head(NOW + DAY))
    assert (await at(work, NOW + DAY).staff.by_id(mai)).appointments == (head(),)


async def test_staff_come_by_their_oldest_appointment_first(work):
    late = await joined(work, LAN, "Late", Appointment(Role.DEPUTY, "06001", NOW))
    early = await joined(work, TUAN, "Early", Appointment(Role.DEPUTY, "06001", NOW - DAY))
    assert [s.id for s in await work.staff.at(["06001"], Role.DEPUTY)] == [early, late]


async def test_everybody_is_listed_with_whether_he_may_act(work):
    acts = await joined(work, LAN, "Acts", head())
    gone = await joined(work, TUAN, "Gone", Appointment(Role.DEPUTY, "06001", NOW))
    await work.staff.revoke(gone, NOW)
    waits = await work.staff.enrol("Waits", "", None, NOW)
    assert [(s.id, may) for s, may in await work.staff.all()] == [(acts, True), (gone, False), (waits, False)]
    assert [(s.id, may) for s, may in await work.staff.all("06001")] == [(acts, True), (gone, False)]
    assert await work.staff.all("06002") == []


async def test_the_last_admin_cannot_be_revoked(work):
    first = await joined(work, LAN, "First", Appointment(Role.ADMIN, "20", NOW))
    waits = await work.staff.enrol("Has not joined", "", None, NOW)
    await work.staff.appoint(waits, Appointment(Role.ADMIN, "20", NOW))
    with pytest.raises(LastAdmin):
        await work.staff.revoke(first, NOW)
    assert (await work.staff.by_id(first)).has(Role.ADMIN)
    await work.staff.revoke(waits, NOW)
    second = await joined(work, TUAN, "Second", Appointment(Role.ADMIN, "20-SYT", NOW))
    await work.staff.revoke(first, NOW)
    with pytest.raises(LastAdmin):
        await work.staff.revoke(second, NOW)


async def invited(work):
    return await work.staff.invite("hash", Role.HEAD, "06001", "Mai", "17", NOW, NOW + DAY)


async def test_an_invitation_is_found_by_the_hash_of_its_code_and_used_once(work):
    number = await invited(work)
    kept = await work.staff.invitation("hash")
    assert (kept.id, kept.role, kept.unit, kept.name, kept.badge) == (number, Role.HEAD, "06001", "Mai", "17")
    assert (kept.expires_at, kept.used_at) == (NOW + DAY, None)
    assert await work.staff.invitation("other") is None
    mai = await work.staff.enrol("Mai", "17", None, NOW)
    assert await work.staff.use_invitation(number, mai, NOW)
    assert not await work.staff.use_invitation(number, mai, NOW)
    assert (await work.staff.invitation("hash")).used_at == NOW


async def test_an_expired_invitation_opens_nothing(work):
    number, mai = await invited(work), await work.staff.enrol("Mai", "17", None, NOW)
    assert not await work.staff.use_invitation(number, mai, NOW + DAY)


@only_postgresql
async def test_of_fifty_who_use_an_invitation_at_once_exactly_one_wins(database):
    async with database.turn() as work:
        number = await invited(work)
        staff = [await work.staff.enrol(f"S{n}", "", None, NOW) for n in range(50)]
    engine = async_engine(database.url)

    async def use(one: int) -> bool:
        async with engine.begin() as connection:
            return await work_on(connection).staff.use_invitation(number, one, NOW)

    won = await asyncio.gather(*(use(one) for one in staff))
    await engine.dispose()
    assert sum(won) == 1


@only_sqlite
async def test_of_fifty_who_use_an_invitation_in_turn_exactly_one_wins(work):
    number, mai = await invited(work), await work.staff.enrol("Mai", "17", None, NOW)
    assert sum([await work.staff.use_invitation(number, mai, NOW) for _n in range(50)]) == 1


@only_postgresql
async def test_two_admins_who_revoke_each_other_at_once_leave_one(database):
    async with database.turn() as work:
        admin = Appointment(Role.ADMIN, "20", NOW)
        first, second = await joined(work, LAN, "First", admin), await joined(work, TUAN, "Second", admin)

    async def revoke(staff: int) -> None:
        async with database.turn() as work:
            await work.staff.revoke(staff, NOW)

    ended = await asyncio.gather(revoke(first), revoke(second), return_exceptions=True)
    assert sum(isinstance(one, LastAdmin) for one in ended) == 1 and ended.count(None) == 1
