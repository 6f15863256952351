"""Messages to citizens that have not arrived, as they stand at the moment of reading."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from bot.domain.unreached import READ, TOLD
from storage.rows import outbox
from tests.storage.conftest import LAN, NOW, TUAN, filed, message, only_sqlite, person, watched

UNITS = ["06001", "06002"]
DAY = timedelta(days=1)


async def told(work, case, who=LAN, kind="answer", once=None, must_arrive=True):
    """Put a message about a case into the outbox and return its number."""
    chat = (await work.people.known(who, NOW, "vi")).contact
    await work.outbox.add([message(chat, kind=kind, must_arrive=must_arrive, case=case.id, once=once)], NOW)
    number = (await work.ledger.execute(select(outbox.c.id).order_by(outbox.c.id.desc()).limit(1))).scalar_one()
    await work.ledger.execute(update(outbox).where(outbox.c.id == number, outbox.c.state == "pending").values(state="sending"))
    return number


async def lans(work, **more):
    return await filed(work, sender=await person(work), **more)


async def states(work, since=NOW):
    return [(one.row.code, one.kind, one.state, one.why) for one in await work.unreached.among(UNITS, since, 10)]


async def test_what_is_held_given_up_or_of_unknown_fate_is_there_and_what_waits_or_was_sent_is_not(work):
    case = await lans(work)
    numbers = [await told(work, case) for _each in range(5)]  # All of them on their way.
    await work.outbox.sent(numbers[:1], NOW)
    await work.outbox.dead(numbers[1], "refused (400)", NOW)
    await work.outbox.uncertain(numbers[2], "no clear answer", NOW, None)
    await work.outbox.uncertain(numbers[3], "no clear answer", NOW, NOW + DAY)  # Goes out once more.
    assert await states(work) == [
        ("K7QF-2M4X", "answer", "dead", "refused (400)"),
        ("K7QF-2M4X", "answer", "uncertain", "no clear answer"),
    ]
    await work.outbox.held(numbers[4], "blocked")
    assert [state for _code, _kind, state, _why in await states(work)] == ["dead", "uncertain", "held", "held"]


async def test_what_was_held_is_there_no_more_once_the_chat_opens(work):
    case = await lans(work)
    await work.outbox.held(await told(work, case), "the person has not written for a week")
    [one] = await work.unreached.of_case(case.id, NOW)
    assert (one.state, one.why, one.platform, one.since) == ("held", "the person has not written for a week", "telegram", NOW)
    await work.people.set_reachable(LAN, True, NOW)
    assert await states(work) == []


async def test_what_is_held_from_the_first_tells_why_the_chat_was_closed(work):
    case, other = await lans(work), await lans(work, code="A7QF-2M4X")
    await work.outbox.held(await told(work, case), "the person has not written for a week")
    await told(work, other, kind="question")
    assert {why for _code, _kind, _state, why in await states(work)} == {"the person has not written for a week"}


async def test_what_is_said_to_an_officer_is_not_among_them_nor_what_need_not_arrive_nor_a_cut_chat(work):
    case = await lans(work)
    for who, must_arrive in ((TUAN, True), (LAN, False)):
        await work.outbox.dead(await told(work, case, who, must_arrive=must_arrive), "gone", NOW)
    assert await states(work) == []
    await work.outbox.dead(await told(work, case), "gone", NOW)
    assert len(await states(work)) == 1
    await work.reporters.forget(case.id, NOW)
    assert await states(work) == []


@pytest.mark.parametrize("how", [TOLD, READ])
async def test_what_the_citizen_came_to_know_otherwise_is_not_there_but_is_still_sent_when_the_chat_opens(work, how):
    case = await lans(work)
    await work.outbox.held(await told(work, case), "blocked")
    assert await work.unreached.settle(await work.unreached.of_case(case.id, NOW), how) == 1
    assert await states(work) == [] and await work.unreached.of_case(case.id, NOW) == []
    await work.people.set_reachable(LAN, True, NOW)
    assert len(await work.outbox.claim(5, NOW, ["telegram"])) == 1


async def test_what_is_tried_again_and_again_is_there_once_it_has_waited_long(work):
    case = await lans(work)
    number = await told(work, case)
    await work.outbox.retry(number, NOW + 3 * DAY, "the quota is used up (error -211)")
    assert await states(work, NOW) == []
    assert await states(work, NOW + DAY) == [("K7QF-2M4X", "answer", "pending", "the quota is used up (error -211)")]
    assert await work.unreached.settle(await work.unreached.of_case(case.id, NOW + DAY), TOLD) == 0


async def test_only_cases_of_these_offices_are_there_handled_or_about(work):
    mine = await lans(work, handling_unit="20")
    about_another = await lans(work, code="A7QF-2M4X", unit="20-SYT", handling_unit="20-SYT")
    at_intake = await lans(work, code="B7QF-2M4X", unit=None, handling_unit=None)
    for case in (mine, about_another, at_intake):
        await work.outbox.dead(await told(work, case), "gone", NOW)
    assert [code for code, *_rest in await states(work)] == ["K7QF-2M4X"]
    assert await work.unreached.among([], NOW, 10) == []
    assert len(await work.unreached.among(["20-SYT", "20"], NOW, 1)) == 1


async def test_it_is_said_whether_there_is_a_number_and_a_receipt_and_nothing_of_who_it_is(work):
    case = await lans(work)
    await work.outbox.dead(await told(work, case), "gone", NOW)
    [one] = await work.unreached.of_case(case.id, NOW)
    assert (one.has_phone, one.taken) == (True, False)
    for secret in ("Lan", "0912", LAN.chat):
        assert secret not in repr(one)


@only_sqlite
async def test_of_very_many_messages_only_those_are_looked_at_that_have_not_arrived(work):
    said = watched(work)
    await work.unreached.among(UNITS, NOW, 10)
    await work.unreached.of_case(1, NOW)
    connection = work.ledger._connection
    plans = [row.detail for sql in list(said) for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}")]
    looked_at = [detail for detail in plans if "outbox" in detail]
    assert len(looked_at) == 4
    assert all("ix_outbox_unreached" in detail or "ix_outbox_waiting" in detail for detail in looked_at), plans
