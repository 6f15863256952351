"""The chats of one person: which he used last, how two persons become one, and what is left to a chat that is disconnected."""

from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from bot.dialogue.values import Attachment, Session, Who
from bot.domain.people import Appointment, Role
from bot.usecases.ports import STAYS
from bot.usecases.ports_chats import Offer
from storage.reporters import sent_by
from storage.rows import metadata, outbox, people, reporters
from tests.storage.conftest import LAN, NOW, TUAN, at, contact, filed, message, only_postgresql, person, work_on

ZALO = Who("zalo_oa", "2", "8001")
SOON = NOW + timedelta(minutes=5)


async def joined(work, kept=LAN, gone=ZALO):
    """Let two chats be one person's; return him, the chat that was there and the one that came."""
    lan, here = await person(work, kept), await contact(work, gone)
    await work.chats.join(await person(work, gone), lan, here, NOW)
    return lan, await contact(work, kept), here


async def chats(work, of):
    return [(chat.id, chat.reachable) for chat in await work.chats.of(of)]


async def states(work):
    return [(r.state, r.why, r.payload is None) for r in await work.ledger.execute(select(outbox).order_by(outbox.c.id))]


async def test_the_chat_that_was_used_last_is_written_to_also_within_the_hour(work):
    lan, old, new = await joined(work)
    assert await chats(work, lan) == [(new, True), (old, True)]
    for minute, who, expected in ((1, LAN, old), (2, ZALO, new), (3, ZALO, new), (4, LAN, old)):
        later = at(work, NOW + timedelta(minutes=minute))
        await later.people.known(who, later.now, "vi")
        assert (await later.chats.of(lan))[0].id == expected


async def test_the_last_use_of_the_only_chat_is_written_once_an_hour(work):
    await person(work)
    for minute, seen in ((59, 0), (60, 60), (61, 60)):
        later = at(work, NOW + timedelta(minutes=minute))
        await later.people.known(LAN, later.now, "vi")
        [chat] = await later.chats.of(await person(later))
        assert chat.last_seen_at == NOW + timedelta(minutes=seen)


async def test_a_chat_where_he_can_be_reached_comes_before_the_one_used_last(work):
    lan, old, new = await joined(work)
    await work.people.set_reachable(ZALO, False, NOW)
    assert await chats(work, lan) == [(old, True), (new, False)]
    await work.people.set_reachable(LAN, False, NOW)
    assert await chats(work, lan) == [(new, False), (old, False)]


async def test_all_that_was_the_others_is_one_persons_and_nothing_leads_to_the_other_any_more(work):
    gone, other = await person(work, ZALO), Who("zalo_bot", "3", "8002")
    await work.chats.join(await person(work, other), gone, await contact(work, ZALO), NOW)
    mine = await filed(work, "K7QF-2M4X", await person(work))
    theirs = await filed(work, "K7QF-2M4Y", gone)
    await work.people.consent(gone, "rating", True, "v1", "zalo_oa", NOW)
    staff = await work.staff.enrol("Trần Thị Mai", "", gone, NOW)
    await work.staff.appoint(staff, Appointment(Role.HEAD, "06001", NOW))
    await work.chats.offer("zalo's", Offer(gone, await contact(work, ZALO), SOON))

    lan, old, new = await joined(work)
    assert {chat.id for chat in await work.chats.of(lan)} == {old, new, await contact(work, other)}
    assert {case.id for case in await work.cases.of_person(lan)} == {mine.id, theirs.id}
    assert await work.reporters.is_from(theirs.id, lan) and (await work.reporters.of(theirs.id)).person == lan
    known = await work.people.known(ZALO, NOW, "vi")
    assert (known.person.id, known.staff.id, known.staff.units(Role.HEAD)) == (lan, staff, {"06001"})
    assert (await work.staff.by_id(staff)).person == lan
    assert await work.people.consents(lan) == {"rating": True}

    # Only the row of the person stays, and his consents, which nobody may change.
    referring = [
        column
        for table in metadata.tables.values()
        for column in table.c
        if any(key.column is people.c.id for key in column.foreign_keys) and table.name != "consents"
    ]
    assert {column.table.name for column in referring} == {"contacts", "staff", "link_codes"}
    for column in referring:
        assert (await work.ledger.execute(select(column).where(column == gone))).all() == []
    hashes = set((await work.ledger.execute(select(reporters.c.person_hash))).scalars())
    assert hashes == {sent_by(work.ledger, lan)}


async def test_of_two_answers_on_a_use_the_later_one_counts(work):
    lan, zalo = await person(work), await person(work, ZALO)
    await work.people.consent(zalo, "rating", True, "v1", "zalo_oa", NOW)
    await work.people.consent(zalo, "phone", False, "v1", "zalo_oa", SOON)
    await work.people.consent(lan, "rating", False, "v1", "telegram", SOON)
    await work.people.consent(lan, "phone", True, "v1", "telegram", NOW)
    await joined(work)
    assert await work.people.consents(lan) == {"rating": False, "phone": False}


async def test_a_code_is_kept_in_place_of_the_one_before_and_used_once(work):
    lan, chat = await person(work), await contact(work)
    assert await work.chats.offer("one", Offer(lan, chat, NOW))
    assert await work.chats.offer("two", Offer(lan, chat, SOON))
    assert await work.chats.offered("one") is None
    assert await work.chats.offered("two") == Offer(lan, chat, SOON)
    assert not await work.chats.offer("two", Offer(await person(work, TUAN), await contact(work, TUAN), SOON))
    assert await work.chats.take("two") and not await work.chats.take("two")


async def test_a_chat_that_is_disconnected_is_a_strangers(work):
    lan, old, new = await joined(work)
    await work.people.consent(lan, "service", True, "v1", "telegram", NOW)
    case = await filed(work, sender=lan)
    staff = await work.staff.enrol("Trần Thị Mai", "", lan, NOW)
    await work.staff.appoint(staff, Appointment(Role.HEAD, "06001", NOW))
    await work.chats.offer("shown", Offer(lan, new, SOON))
    picture = await work.files.add(ZALO, Attachment("photo", "ref"), "ab", None, "citizen", NOW)

    stranger = await work.chats.part(new, SOON)
    known = await work.people.known(ZALO, SOON, "vi")
    assert (known.person.id, known.contact, known.person.agreed, known.staff) == (stranger, new, None, None)
    assert not await work.reporters.is_from(case.id, stranger) and await work.reporters.is_from(case.id, lan)
    assert await chats(work, lan) == [(old, True)] and await chats(work, stranger) == [(new, True)]
    assert (await work.chats.of(stranger))[0].joined_at is None
    assert await work.chats.offered("shown") is None
    assert await work.files.pending(picture) is None


async def test_a_case_that_is_forgotten_is_found_by_no_chat_also_not_by_one_disconnected_before(work):
    lan, old, new = await joined(work)
    case = await filed(work, sender=lan)
    staff = await work.staff.enrol("Trần Thị Mai", "", await person(work, TUAN), NOW)
    for chat in (old, new, await contact(work, TUAN)):
        await work.outbox.add([message(chat, "answer", kind="answer", case=case.id, once=f"answer:{case.id}:{chat}")], NOW)
    await work.chats.part(new, SOON)
    await work.reporters.forget(case.id, SOON)
    left = (await work.ledger.execute(select(outbox.c.contact_id, outbox.c.case_id, outbox.c.once))).all()
    of_staff = (await work.staff.by_id(staff)).person
    assert [row for row in left if row.case_id or row.once] == [
        (chat, case.id, f"answer:{case.id}:{chat}") for chat, _reachable in await chats(work, of_staff)
    ]


async def test_a_dialogue_is_ended_also_under_a_turn_that_is_on_its_way(work):
    _lan, _old, new = await joined(work)
    assert await work.sessions.save(ZALO, Session(flow="feedback"), NOW)
    under_way = (await work.people.known(ZALO, NOW, "vi")).session
    await work.chats.end_session(new, SOON)
    assert not await work.sessions.save(ZALO, under_way, SOON)
    assert (await work.people.known(ZALO, SOON, "vi")).session == Session(version=2)


async def test_a_turn_under_way_in_a_chat_that_comes_along_runs_again_as_the_one_person(work):
    """Else it would file a case for somebody who is no more."""
    third = Who("zalo_bot", "3", "8002")
    await work.chats.join(await person(work, third), await person(work, ZALO), await contact(work, third), NOW)
    assert await work.sessions.save(third, Session(flow="feedback"), NOW)
    under_way = (await work.people.known(third, NOW, "vi")).session
    await joined(work)
    assert not await work.sessions.save(third, under_way, SOON)
    assert (await work.people.known(third, SOON, "vi")).session == Session(flow="feedback", version=2)


@only_postgresql
async def test_a_chat_that_somebody_is_about_to_write_to_is_not_disconnected_before_that_is_written(database):
    """Else what is for one person would go to the next one in that chat; when it is written, it is moved."""
    async with database.turn() as work:
        lan, _old, new = await joined(work)
    async with database.connection() as writes, database.connection() as parts:
        assert len(await work_on(writes).chats.of(lan)) == 2
        await parts.execute(text("SET LOCAL lock_timeout = '50ms'"))
        with pytest.raises(DBAPIError):
            await work_on(parts).chats.part(new, NOW)


async def test_what_must_arrive_is_taken_from_a_chat_in_order_and_the_rest_stays(work):
    lan = await contact(work)
    await work.outbox.add([message(lan, "on its way", must_arrive=True, once="a:1"), message(lan, "menu")], NOW)
    [claimed] = await work.outbox.claim(1, NOW, ["telegram"])
    more = [
        message(lan, "notice", must_arrive=True, priority=5, kind="notice"),
        message(lan, "code", must_arrive=True, kind=STAYS),
    ]
    await work.outbox.add(more, NOW)
    assert [one.layout.text for one in await work.outbox.take_away(lan, SOON, claimed.id)] == ["on its way", "notice"]
    assert [state for state, _why, _gone in await states(work)] == ["dropped", "pending", "dropped", "pending"]
    assert await work.outbox.state_of("a:1") is None  # It is free for the message in the other chat.
    assert await work.outbox.take_away(lan, SOON, claimed.id) == []


async def test_what_is_held_for_a_chat_is_taken_too_with_all_that_is_known_of_it(work):
    lan = await contact(work)
    case = await filed(work)
    await work.people.set_reachable(LAN, False, NOW)
    await work.outbox.add([message(lan, "answer", must_arrive=True, once="a:1", kind="answer", priority=5, case=case.id)], NOW)
    [one] = await work.outbox.take_away(lan, SOON)
    assert (one.layout.text, one.kind, one.priority, one.case, one.once, one.again) == (
        "answer",
        "answer",
        5,
        case.id,
        "a:1",
        False,
    )


@pytest.mark.parametrize("late", ["sent", "retry", "again", "dead"])
async def test_nothing_goes_any_more_to_a_chat_that_was_cleared_however_a_message_on_its_way_ended(work, late):
    lan = await contact(work)
    await work.outbox.add([message(lan, "dead", must_arrive=True)], NOW)
    [dead] = await work.outbox.claim(1, NOW, ["telegram"])
    await work.outbox.dead(dead.id, "refused", NOW)
    await work.outbox.add([message(lan, "perhaps", must_arrive=True)], NOW)
    [perhaps] = await work.outbox.claim(1, NOW, ["telegram"])
    await work.outbox.uncertain(perhaps.id, "no answer", NOW, None)
    await work.outbox.add([message(lan, "one", must_arrive=True), message(lan, "two", must_arrive=True)], NOW)
    [on_its_way] = await work.outbox.claim(1, NOW, ["telegram"])
    await work.outbox.clear(lan, SOON)
    if late == "sent":
        await work.outbox.sent([on_its_way.id], SOON)
    elif late == "retry":
        await work.outbox.retry(on_its_way.id, SOON, "slow")
    elif late == "again":
        await work.outbox.uncertain(on_its_way.id, "no answer", SOON, SOON)
    else:
        await work.outbox.dead(on_its_way.id, "refused", SOON)
    await work.people.set_reachable(LAN, False, SOON)
    await work.people.set_reachable(LAN, True, SOON)
    assert await work.outbox.claim(10, SOON + timedelta(days=1), ["telegram"]) == []
    for row in (dead.id, perhaps.id, on_its_way.id):
        assert not await work.outbox.revive(row, SOON)
    assert {gone for _state, _why, gone in await states(work)} == {True}


async def test_taking_messages_from_a_chat_reads_by_its_indexes(work, dialect):
    """Of a million messages that were sent, none is looked at (LIMITS)."""
    if dialect != "sqlite":
        return
    seen = []
    work.ledger._connection.connection.driver_connection.set_trace_callback(seen.append)
    lan = await contact(work)
    await work.outbox.take_away(lan, SOON)
    await work.outbox.clear(lan, SOON)
    plain = work.ledger._connection.exec_driver_sql
    for statement in [line for line in seen if "outbox" in line]:
        plan = " ".join(row[3] for row in plain("EXPLAIN QUERY PLAN " + statement))
        assert "SCAN" not in plan, (statement, plan)
