"""Messages on their way out: in order within a chat, parallel across chats, never lost."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from storage.database import async_engine
from storage.rows import outbox
from tests.storage.conftest import LAN, NOW, TUAN, contact, message, only_postgresql, work_on

LATER = NOW + timedelta(seconds=30)


async def take(work, now=NOW, limit=10, platforms=("telegram",)):
    return [(claimed.id, claimed.layout.text) for claimed in await work.outbox.claim(limit, now, platforms)]


async def words(work, now=NOW, limit=10):
    return [text for _row, text in await take(work, now, limit)]


async def states(work):
    return [tuple(r) for r in await work.ledger.execute(select(outbox.c.state, outbox.c.payload.is_(None)).order_by(outbox.c.id))]


async def test_a_claimed_message_says_where_it_goes_and_is_not_claimed_twice(work):
    lan = await contact(work)
    await work.outbox.add([message(lan, "Xin chào", kind="receipt", must_arrive=True)], NOW)
    [claimed] = await work.outbox.claim(10, NOW, ["telegram"])
    assert (claimed.who, claimed.layout.text, claimed.kind) == (LAN, "Xin chào", "receipt")
    assert (claimed.must_arrive, claimed.tries, claimed.again, claimed.contact) == (True, 1, False, lan)
    assert await work.outbox.claim(10, NOW, ["telegram"]) == []


async def test_one_chat_gets_its_messages_one_after_the_other(work):
    lan = await contact(work)
    await work.outbox.add([message(lan, "one"), message(lan, "two")], NOW)
    await work.outbox.add([message(lan, "three")], NOW)
    for expected in ("one", "two", "three"):
        [(row, text)] = await take(work)
        assert text == expected and await take(work) == []
        await work.outbox.sent([row], NOW)
    assert await take(work) == [] and await work.outbox.waiting() == 0


async def test_chats_are_served_side_by_side_and_replies_before_notices(work):
    lan, tuan = await contact(work), await contact(work, TUAN)
    await work.outbox.add([message(lan, "bulk", priority=9), message(tuan, "notice", priority=5), message(lan, "reply")], NOW)
    assert await words(work) == ["reply", "notice"]
    assert await words(work) == []  # While a reply is on its way to a chat, nothing else goes there.


async def test_a_limit_is_kept_and_other_platforms_are_left_alone(work):
    for number in range(5):
        await work.outbox.add([message(await contact(work, type(LAN)("telegram", "1", str(number))))], NOW)
    assert await take(work, platforms=("webchat",)) == []
    assert len(await take(work, limit=2)) == 2
    assert len(await take(work)) == 3


async def test_a_message_to_be_tried_later_holds_back_those_behind_it_but_not_another_priority(work):
    lan = await contact(work)
    await work.outbox.add([message(lan, "first"), message(lan, "second"), message(lan, "notice", priority=5)], NOW)
    [(row, _text)] = await take(work)
    await work.outbox.retry(row, LATER, "slow down")
    [(notice, text)] = await take(work)
    assert text == "notice"
    await work.outbox.sent([notice], NOW)
    assert await take(work) == []
    assert await work.outbox.next_due(["telegram"]) == LATER
    [claimed] = await work.outbox.claim(10, LATER, ["telegram"])
    assert (claimed.layout.text, claimed.tries, claimed.again) == ("first", 2, False)


async def test_nothing_is_due_while_the_only_chat_with_messages_is_being_served(work):
    lan = await contact(work)
    assert await work.outbox.next_due(["telegram"]) is None
    await work.outbox.add([message(lan, "one"), message(lan, "two")], NOW)
    assert await work.outbox.next_due(["telegram"]) == NOW
    await take(work)
    assert await work.outbox.next_due(["telegram"]) is None and await work.outbox.waiting() == 2


async def test_of_two_messages_with_the_same_once_the_second_is_left_out(work):
    lan = await contact(work)
    await work.outbox.add([message(lan, "one", once="overdue:1"), message(lan, "again", once="overdue:1")], NOW)
    await work.outbox.add([message(lan, "and again", once="overdue:1"), message(lan, "plain"), message(lan, "plain")], NOW)
    assert await work.outbox.waiting() == 3


async def test_a_blocked_chat_keeps_what_must_arrive_until_it_opens_and_loses_the_rest(work):
    lan = await contact(work)
    await work.outbox.add([message(lan, "prompt"), message(lan, "answer", must_arrive=True), message(lan, "menu")], NOW)
    [(row, _text)] = await take(work)
    await work.outbox.held(row, "blocked")
    assert not (await work.people.known(LAN, NOW, "vi")).reachable
    assert await take(work) == [] and await work.outbox.waiting() == 0
    await work.outbox.add([message(lan, "prompt 2"), message(lan, "due", must_arrive=True)], LATER)
    assert [state for state, _gone in await states(work)] == ["dropped", "held", "dropped", "held"]
    await work.people.set_reachable(LAN, True, LATER)
    assert (await work.people.known(LAN, LATER, "vi")).reachable
    [(row, text)] = await take(work, LATER)
    assert text == "answer"
    await work.outbox.sent([row], LATER)
    assert await words(work, LATER) == ["due"]


async def test_a_chat_that_says_it_blocked_us_holds_what_waits(work):
    lan = await contact(work)
    await work.outbox.add([message(lan, "prompt"), message(lan, "answer", must_arrive=True)], NOW)
    await work.people.set_reachable(LAN, False, NOW)
    await work.people.set_reachable(TUAN, False, NOW)  # Nobody we know.
    assert [state for state, _gone in await states(work)] == ["dropped", "held"]


async def test_an_uncertain_message_goes_out_once_more_marked_or_rests(work):
    lan = await contact(work)
    await work.outbox.add([message(lan, "answer", must_arrive=True), message(lan, "menu")], NOW)
    [(row, _text)] = await take(work)
    await work.outbox.uncertain(row, "no answer", NOW, LATER)
    [claimed] = await work.outbox.claim(10, LATER, ["telegram"])
    assert (claimed.id, claimed.again) == (row, True)
    await work.outbox.uncertain(row, "no answer", LATER, None)
    assert await words(work, LATER) == ["menu"]


async def test_messages_found_on_their_way_at_start_up_go_out_once_more_whatever_they_are(work):
    lan, tuan = await contact(work), await contact(work, TUAN)
    await work.outbox.add([message(lan, "menu"), message(lan, "next"), message(tuan, "answer", must_arrive=True)], NOW)
    assert len(await take(work)) == 2
    assert await work.outbox.recover(NOW) == 2
    again = await work.outbox.claim(10, NOW, ["telegram"])
    assert [(c.layout.text, c.again, c.tries) for c in again] == [("menu", True, 2), ("answer", True, 2)]


async def test_dead_letters_are_listed_newest_first_and_can_be_revived(work):
    lan, tuan = await contact(work), await contact(work, TUAN)
    await work.outbox.add([message(lan, "one", kind="receipt"), message(tuan, "two")], NOW)
    (one, _), (two, _) = await take(work)
    await work.outbox.dead(one, "too long", NOW)
    await work.outbox.dead(two, "chat not found", NOW)
    assert await work.outbox.dead_letters(10) == [
        (two, "telegram", "reply", "chat not found", NOW),
        (one, "telegram", "receipt", "too long", NOW),
    ]
    assert len(await work.outbox.dead_letters(1)) == 1
    assert await work.outbox.revive(one, LATER)
    assert not await work.outbox.revive(one, LATER)
    assert await take(work, LATER) == [(one, "one")]


async def test_what_must_arrive_and_perhaps_has_is_listed_with_them_and_goes_out_marked_when_it_is_told_to(work):
    lan, tuan = await contact(work), await contact(work, TUAN)
    await work.outbox.add([message(lan, "menu"), message(tuan, "answer", must_arrive=True)], NOW)
    (menu, _), (answer, _) = await take(work)
    await work.outbox.uncertain(menu, "no clear answer", NOW, None)
    await work.outbox.uncertain(answer, "no clear answer", NOW, LATER)
    assert await work.outbox.dead_letters(10) == []
    await take(work, LATER)
    await work.outbox.uncertain(answer, "no clear answer", LATER, None)
    assert await work.outbox.dead_letters(10) == [(answer, "telegram", "reply", "perhaps arrived: no clear answer", NOW)]
    assert not await work.outbox.revive(menu, LATER)
    assert await work.outbox.revive(answer, LATER)
    [claimed] = await work.outbox.claim(10, LATER, ["telegram"])
    assert (claimed.layout.text, claimed.again) == ("answer", True)


async def test_finished_messages_lose_their_words_and_waiting_ones_keep_them(work):
    lan, tuan = await contact(work), await contact(work, TUAN)
    await work.outbox.add([message(lan), message(lan), message(tuan)], NOW)
    (sent, _), (dead, _) = await take(work)
    await work.outbox.sent([sent], NOW)
    await work.outbox.dead(dead, "gone", NOW)
    assert await work.outbox.purge(NOW) == 0
    assert await work.outbox.purge(LATER) == 2
    assert await states(work) == [("sent", True), ("pending", False), ("dead", True)]
    assert not await work.outbox.revive(dead, LATER)


async def test_a_payload_moved_to_another_message_is_refused(work):
    lan = await contact(work)
    await work.outbox.add([message(lan, "one"), message(lan, "two")], NOW)
    first, second = (await work.ledger.execute(select(outbox.c.id, outbox.c.payload).order_by(outbox.c.id))).all()
    await work.ledger.execute(outbox.update().where(outbox.c.id == first.id).values(payload=second.payload))
    with pytest.raises(Exception, match="another row"):
        await work.outbox.claim(10, NOW, ["telegram"])


@only_postgresql
async def test_a_message_that_commits_late_with_a_smaller_id_is_not_missed(database):
    async with database.turn() as work:
        lan, tuan = await contact(work), await contact(work, TUAN)
    async with database.connection() as slow:
        await work_on(slow).outbox.add([message(lan, "slow")], NOW)
        async with database.turn() as work:
            await work.outbox.add([message(tuan, "fast")], NOW)
        async with database.turn() as work:
            assert await words(work) == ["fast"]
    async with database.turn() as work:
        assert await words(work) == ["slow"]


@only_postgresql
async def test_two_senders_never_take_from_one_chat_at_the_same_time(database):
    async with database.turn() as work:
        lan, tuan = await contact(work), await contact(work, TUAN)
        await work.outbox.add([message(lan, "reply"), message(lan, "notice", priority=5), message(tuan, "other")], NOW)
    async with database.connection() as first, database.connection() as second:
        await second.execute(text("SET LOCAL lock_timeout = '3s'"))  # Waiting for the first sender would be wrong too.
        [claimed] = await work_on(first).outbox.claim(1, NOW, ["telegram"])
        assert claimed.layout.text == "reply"
        assert await words(work_on(second)) == ["other"]
    async with database.turn() as work:
        assert await words(work) == []


@only_postgresql
async def test_many_senders_on_many_chats_send_everything_once_and_in_order(database):
    chats = [type(LAN)("telegram", "1", str(n)) for n in range(8)]
    async with database.turn() as work:
        for who in chats:
            number = await contact(work, who)
            await work.outbox.add([message(number, f"{n}", priority=n % 2 * 5) for n in range(6)], NOW)
    sent: list[tuple[int, int]] = []
    busy: set[int] = set()
    engine = async_engine(database.url)

    async def sender() -> None:
        while True:
            async with engine.begin() as connection:
                claimed = await work_on(connection).outbox.claim(3, NOW, ["telegram"])
            for one in claimed:
                assert one.contact not in busy
                busy.add(one.contact)
            for one in claimed:
                await asyncio.sleep(0)
                sent.append((one.contact, int(one.layout.text)))
                async with engine.begin() as connection:
                    await work_on(connection).outbox.sent([one.id], NOW)
                    busy.discard(one.contact)
            async with engine.begin() as connection:
                if not await work_on(connection).outbox.waiting():
                    return

    await asyncio.gather(*(sender() for _n in range(4)))
    await engine.dispose()
    assert len(sent) == len(set(sent)) == 48
    for parity in (0, 1):
        for number in {chat for chat, _n in sent}:
            order = [n for chat, n in sent if chat == number and n % 2 == parity]
            assert order == sorted(order)
