"""Polling loses nothing: an update leaves Telegram after its commit, never before."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from bot.channels.telegram_polling import Poller
from tests.fakes.botapi import NO_CONNECTION, TIMEOUT, FakeBotApi, flood, refusal, server_error


class Inbox:
    """What the app does: stores each update once by its key, or raises when it cannot."""

    def __init__(self):
        self.stored = Counter()
        self.order = []
        self.broken = set()
        self.down = False
        self.changed = asyncio.Event()

    async def receive(self, update, raw):
        self.order.append(update["update_id"])
        assert json.loads(raw) == update
        await asyncio.sleep(0)
        if self.down or update["update_id"] in self.broken:
            raise OSError("disk full")
        self.stored[update["update_id"]] += 1
        self.changed.set()

    async def holds(self, count):
        while len(self.stored) < count:
            self.changed.clear()
            await asyncio.wait_for(self.changed.wait(), 5)


class Bench:
    def __init__(self):
        self.now = datetime(2026, 11, 24, 8, 4, tzinfo=UTC)
        self.api = FakeBotApi(clock=lambda: self.now)
        self.lan = self.api.user()
        self.inbox = Inbox()
        self.waits = []
        self.client = self.api.request()
        self.channel = self.api.channel(get_updates_request=self.client)
        self.poller = self.new_poller()
        self.task = None

    def new_poller(self, offset=0):
        return Poller(self.channel, self.inbox.receive, offset, sleep=self.sleep)

    async def sleep(self, seconds):
        self.waits.append(seconds)
        self.now += timedelta(seconds=seconds)
        await asyncio.sleep(0)

    def start(self):
        self.task = asyncio.create_task(self.poller.run())

    async def stop(self):
        await self.poller.stop()
        await asyncio.wait_for(self.task, 5)

    async def until(self, reached):
        for _ in range(10_000):
            if reached():
                return
            await asyncio.sleep(0)
        raise AssertionError("never reached")


@pytest.fixture
async def bench():
    bench = Bench()
    yield bench
    if bench.task is not None and not bench.task.done():
        await bench.stop()


async def test_updates_come_in_order_and_are_confirmed_by_the_next_call(bench):
    for n in range(250):
        await bench.lan.says(f"tin {n}")
    bench.start()
    await bench.inbox.holds(250)
    await bench.until(lambda: not bench.api.pending)
    await bench.lan.says("mới")  # Ends the waiting call at once.
    await bench.inbox.holds(251)
    assert bench.inbox.order == sorted(bench.inbox.order) and max(bench.inbox.stored.values()) == 1
    calls = [c.parameters for c in bench.api.calls if c.method == "getUpdates"]
    assert calls[0] == {"offset": 0, "limit": 100, "timeout": 50, "allowed_updates": calls[0]["allowed_updates"]}
    assert calls[1]["offset"] == bench.inbox.order[99] + 1
    assert bench.waits == []


async def test_nothing_is_confirmed_that_was_not_committed(bench):
    updates = [await bench.lan.says(f"tin {n}") for n in range(5)]
    bench.inbox.down = True
    bench.start()
    await bench.until(lambda: len(bench.waits) >= 3)
    assert len(bench.api.pending) == 5 and bench.poller.offset == 0
    assert all(wait < longest for wait, longest in zip(bench.waits, (2, 3, 5), strict=False))
    bench.inbox.down = False
    await bench.until(lambda: not bench.api.pending)
    assert bench.inbox.stored == Counter(update["update_id"] for update in updates)


async def test_one_update_that_cannot_be_stored_holds_up_no_other(bench):
    updates = [await bench.lan.says(f"tin {n}") for n in range(10)]
    bench.inbox.broken = {updates[3]["update_id"]}
    bench.start()
    await bench.until(lambda: len(bench.inbox.stored) == 9)
    await bench.until(lambda: bench.poller.offset == updates[3]["update_id"])
    assert updates[3] in [pending.update for pending in bench.api.pending]
    bench.inbox.broken.clear()
    await bench.until(lambda: not bench.api.pending)
    assert len(bench.inbox.stored) == 10


@pytest.mark.parametrize("place", [0, 3, 9])
async def test_an_unreadable_update_in_a_batch_hides_none_of_the_others(bench, place):
    for n in range(10):
        update = await bench.lan.says(f"tin {n}")
        if n == place:
            update["message"] = {"nonsense": True}
    bench.start()
    await bench.inbox.holds(10)
    await bench.until(lambda: not bench.api.pending)


async def test_a_poller_that_starts_anew_gets_what_was_not_confirmed(bench):
    await bench.lan.says("một")
    bench.start()
    await bench.inbox.holds(1)
    bench.task.cancel()
    await asyncio.gather(bench.task, return_exceptions=True)
    bench.poller = bench.new_poller()
    await bench.lan.says("hai")
    bench.start()
    await bench.inbox.holds(2)


async def test_a_jump_of_the_numbers_down_loses_nothing(bench):
    await bench.lan.says("một")
    bench.start()
    await bench.inbox.holds(1)
    await bench.until(lambda: not bench.api.pending)
    bench.api.jump(1_000)
    for n in range(3):
        await bench.lan.says(f"sau {n}")
    await bench.inbox.holds(4)
    await bench.until(lambda: not bench.api.pending)
    assert bench.inbox.order[1:] == [1_000, 1_001, 1_002]


async def test_an_old_offset_far_above_everything_is_no_obstacle(bench):
    bench.api.jump(5)
    await bench.lan.says("một")
    bench.poller = bench.new_poller(offset=900_000_000)
    bench.start()
    await bench.inbox.holds(1)
    await bench.until(lambda: not bench.api.pending)
    assert bench.poller.offset == 6


@pytest.mark.parametrize(
    "fault", [NO_CONNECTION, TIMEOUT, server_error(), refusal("Unauthorized", 401), refusal("Conflict: x", 409)]
)
async def test_trouble_only_makes_it_wait_longer_each_time(bench, fault):
    await bench.lan.says("đang chờ")
    bench.api.fault(fault, method="getUpdates", times=7)
    bench.start()
    await bench.inbox.holds(1)
    assert len(bench.waits) == 7
    assert [round(wait - 0.55) for wait in bench.waits] == [1, 2, 4, 8, 16, 30, 30]
    assert bench.client.opened == 1  # The connection itself was suspected once.


async def test_a_flood_is_waited_out(bench):
    await bench.lan.says("đang chờ")
    bench.api.fault(flood(17), method="getUpdates")
    bench.start()
    await bench.inbox.holds(1)
    assert 17 < bench.waits[0] < 20


async def test_two_pollers_take_turns_and_neither_loses(bench):
    bench.start()
    await bench.until(lambda: bench.api._poll is not None)
    second = bench.new_poller()
    task = asyncio.create_task(second.run())
    await bench.until(lambda: bench.waits)
    await bench.lan.says("một")
    await bench.inbox.holds(1)
    await second.stop()
    await asyncio.wait_for(task, 5)
    assert any(call.status == 409 for call in bench.api.calls)


async def test_it_stops_while_it_waits_for_telegram_and_while_it_backs_off(bench):
    bench.start()
    await bench.until(lambda: bench.api._poll is not None)
    await bench.stop()
    forever = asyncio.Event()
    poller = Poller(bench.channel, bench.inbox.receive, sleep=lambda _seconds: forever.wait())
    bench.api.fault(NO_CONNECTION, method="getUpdates", times=100)
    bench.poller, bench.task = poller, asyncio.create_task(poller.run())
    await bench.until(lambda: poller._wait is not None)
    await bench.stop()


async def test_a_batch_at_work_is_finished_before_it_stops(bench):
    going, goes_on = asyncio.Event(), asyncio.Event()

    async def slow(update, raw):
        going.set()
        await goes_on.wait()
        await bench.inbox.receive(update, raw)

    await bench.lan.says("một")
    bench.poller = Poller(bench.channel, slow)
    bench.start()
    await going.wait()
    await bench.poller.stop()
    goes_on.set()
    await asyncio.wait_for(bench.task, 5)
    assert len(bench.inbox.stored) == 1
