"""Lines of digests, duty rosters and the lease, on both databases."""

from datetime import timedelta

from bot.dialogue.values import Who
from bot.usecases.ports_timed import DigestLine, Duty
from tests.storage.conftest import NOW, at, filed

HOUR = timedelta(hours=1)


async def somebody(work, name: str) -> int:
    person = (await work.people.known(who(name), NOW, "vi")).person
    return await work.staff.enrol(name, "", person.id, NOW)


def who(name: str):
    return Who("webchat", "house", name)


async def test_a_line_is_there_once_with_its_highest_level(work):
    chu, vy = await somebody(work, "Chủ"), await somebody(work, "Vy")
    case = await filed(work)
    await work.digests.add([DigestLine(chu, "overdue", 2, case.id), DigestLine(vy, "overdue", 3, case.id)])
    await work.digests.add([DigestLine(chu, "overdue", 1, case.id, late=True), DigestLine(chu, "red_line", 1, case.id)])
    assert await work.digests.people(9) == [chu, vy]
    assert await work.digests.of(chu) == [
        DigestLine(chu, "overdue", 2, case.id, late=True),
        DigestLine(chu, "red_line", 1, case.id),
    ]
    await work.digests.clear(chu)
    assert await work.digests.people(9) == [vy]
    await work.digests.add([])


async def test_a_roster_holds_from_its_first_instant_to_its_last_and_replaces_its_span(work):
    chu, vy = await somebody(work, "Chủ"), await somebody(work, "Vy")
    night = Duty("20", chu, NOW, NOW + 10 * HOUR)
    assert await work.duties.put([night, Duty("06001", vy, NOW, NOW + HOUR)]) == 0
    assert await work.duties.now(["20"], NOW - timedelta(seconds=1)) == []
    assert await work.duties.now(["20"], NOW) == [night]
    assert await work.duties.now(["20"], NOW + 10 * HOUR) == []
    assert [duty.unit for duty in await work.duties.now(["20", "06001"], NOW)] == ["06001", "20"]
    other = Duty("20", vy, NOW + HOUR, NOW + 9 * HOUR)
    assert await work.duties.put([Duty("20", vy, NOW, NOW + HOUR), other]) == 1
    assert await work.duties.now(["20"], NOW + 2 * HOUR) == [other]
    assert await work.duties.now(["06001"], NOW) != []


async def test_a_lease_is_held_by_one_and_its_token_rises_with_every_new_holder(work):
    assert await work.leases.token("timed work") == 0
    assert await work.leases.take("timed work", "a", NOW, 30) == 1
    assert await work.leases.take("timed work", "a", NOW, 30) == 1
    assert await work.leases.take("timed work", "b", NOW, 30) is None
    later = NOW + timedelta(seconds=30)
    assert await at(work, later).leases.take("timed work", "b", later, 30) == 2
    assert await work.leases.take("timed work", "a", later, 30) is None
    assert await work.leases.token("timed work") == 2
    assert await work.leases.take("something else", "a", NOW, 30) == 1
