"""Every update once, whatever the provider does."""

import random
from datetime import timedelta

from sqlalchemy import select

from storage.rows import inbox
from tests.storage.conftest import LAN, NOW, TUAN, update

LATER = NOW + timedelta(minutes=5)


async def test_an_update_that_comes_twice_is_claimed_once(work):
    assert await work.inbox.claim(update("7"), b"raw", NOW)
    assert not await work.inbox.claim(update("7"), b"raw", LATER)


async def test_the_same_message_under_another_update_is_not_claimed(work):
    assert await work.inbox.claim(update("7", "chat:1"), b"raw", NOW)
    assert not await work.inbox.claim(update("8", "chat:1"), b"raw", NOW)
    assert await work.inbox.claim(update("9", "chat:2"), b"raw", NOW)


async def test_updates_without_a_message_of_their_own_do_not_shut_each_other_out(work):
    assert await work.inbox.claim(update("7"), b"raw", NOW)
    assert await work.inbox.claim(update("8"), b"raw", NOW)


async def test_ids_that_jump_down_are_new_and_redeliveries_in_any_order_are_not(work):
    keys = [*range(10**9, 10**9 + 100), *range(10**9 - 10**8, 10**9 - 10**8 + 100)]
    claimed = 0
    for key in random.Random(1).sample(keys * 3, len(keys) * 3):
        claimed += await work.inbox.claim(update(str(key)), b"raw", NOW)
    assert claimed == len(keys)


async def test_another_bot_may_use_the_same_ids(work):
    assert await work.inbox.claim(update("7"), b"raw", NOW)
    assert await work.inbox.claim(update("7", who=type(LAN)("telegram", "2", LAN.chat)), b"raw", NOW)
    assert await work.inbox.claim(update("7", who=type(LAN)("webchat", "1", LAN.chat)), b"raw", NOW)


async def test_the_last_key_is_the_one_that_arrived_last(work):
    assert await work.inbox.last_key("telegram", "1") is None
    for key in ("900", "901", "12"):
        await work.inbox.claim(update(key), b"raw", NOW)
    assert await work.inbox.last_key("telegram", "1") == "12"


async def test_a_failed_turn_is_counted_and_comes_back_when_its_time_has_come(work):
    assert await work.inbox.failed(update("7"), b"raw 7", "inc", "KeyError", NOW, LATER) == 1
    assert await work.inbox.unfinished(10, NOW) == []
    [(row, platform, raw)] = await work.inbox.unfinished(10, LATER)
    assert (platform, raw) == ("telegram", b"raw 7")
    assert await work.inbox.failed(update("7"), b"raw 7", "inc", "KeyError", LATER, LATER) == 2
    assert not await work.inbox.claim(update("7"), b"raw 7", NOW)
    await work.inbox.mark(row, "dead", "tried five times")
    assert await work.inbox.unfinished(10, LATER) == []


async def test_a_row_behind_a_failed_one_waits_with_it_but_other_chats_go_on(work):
    await work.inbox.failed(update("1"), b"first", "inc", "why", NOW, LATER)
    await work.inbox.claim(update("2"), b"second", NOW, "waiting")
    await work.inbox.claim(update("3", who=TUAN), b"other", NOW, "waiting")
    assert [raw for _row, _platform, raw in await work.inbox.unfinished(10, NOW)] == [b"other"]
    assert [raw for _row, _platform, raw in await work.inbox.unfinished(10, LATER)] == [b"first", b"second", b"other"]
    assert [raw for _row, _platform, raw in await work.inbox.unfinished(10, NOW, LAN)] == [b"first", b"second"]


async def test_an_update_that_cannot_be_read_is_kept_once_as_a_dead_letter(work):
    assert await work.inbox.unreadable("telegram", "1", "7", b"\xff", "not JSON", NOW)
    assert not await work.inbox.unreadable("telegram", "1", "7", b"\xff", "not JSON", NOW)
    assert not await work.inbox.claim(update("7"), b"raw", NOW)
    assert await work.inbox.last_key("telegram", "1") == "7"
    await work.inbox.claim(update("8"), b"raw", NOW)
    assert [tuple(row)[1:] for row in await work.inbox.dead_letters(10)] == [("telegram", "not JSON", NOW)]


async def test_bodies_are_dropped_and_keys_kept(work):
    await work.inbox.claim(update("7", "chat:1"), b"raw", NOW - timedelta(days=15))
    await work.inbox.claim(update("8"), b"raw", NOW)
    await work.inbox.failed(update("9"), b"raw", "inc", "why", NOW - timedelta(days=15), NOW)
    assert await work.inbox.purge_raw(NOW - timedelta(days=14)) == 1
    assert await work.inbox.purge_raw(NOW - timedelta(days=14)) == 0
    kept = await work.ledger.execute(select(inbox.c.key, inbox.c.raw.is_(None), inbox.c.chat_hash == "").order_by(inbox.c.id))
    assert [tuple(row) for row in kept] == [("7", True, True), ("8", False, False), ("9", False, False)]
    assert not await work.inbox.claim(update("7"), b"raw", NOW)
    assert not await work.inbox.claim(update("70", "chat:1"), b"raw", NOW)
