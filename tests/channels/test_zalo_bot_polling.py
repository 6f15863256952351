"""Polling where an update is handed out once: what is stored before anything else, and what a kill can lose."""

from __future__ import annotations

import asyncio
import json

import pytest

from bot.channels.zalo_bot import ZaloBotChannel
from bot.channels.zalo_bot_polling import ZaloBotPoller
from tests.fakes.zalo_bot import TOKEN, FakeZaloBot, Fault


class Bench:
    """A poller over real HTTP; `stored` is what a database would hold."""

    def __init__(self, platform):
        self.platform = platform
        self.lan = platform.person("Lan")
        self.channel = ZaloBotChannel(TOKEN, platform.server.url)
        self.stored = []
        self.tries = []
        self.waits = []
        self.down = 0
        self.killed_in = asyncio.Event()
        self.changed = asyncio.Event()
        self.kill_at = None
        self.start()

    def start(self, poll_seconds=5):
        self.poller = ZaloBotPoller(self.channel, self.receive, self.sleep, poll_seconds)

    async def receive(self, update, raw):
        assert json.loads(raw) == update
        key = update["message"]["message_id"]
        self.tries.append(key)
        if self.kill_at == len(self.stored):
            self.killed_in.set()
            await asyncio.Event().wait()  # Killed here: nothing was committed.
        if self.down:
            self.down -= 1
            raise OSError("disk full")
        self.stored.append(key)
        self.changed.set()

    async def sleep(self, seconds):
        self.waits.append(seconds)
        await asyncio.sleep(0)

    def run(self):
        self.task = asyncio.create_task(self.poller.run())

    async def holds(self, count):
        async with asyncio.timeout(10):
            while len(self.stored) < count:
                self.changed.clear()
                await self.changed.wait()

    async def says(self, count):
        return [(await self.lan.says(f"tin {n}"))["message"]["message_id"] for n in range(count)]

    async def stop(self):
        await self.poller.stop()
        self.platform.came.set()
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)
        await self.channel.stop()


@pytest.fixture
async def bench():
    platform = FakeZaloBot()
    server = await platform.serve()
    bench = Bench(platform)
    yield bench
    await bench.stop()
    await server.stop()


@pytest.mark.parametrize("lists", [False, True], ids=["an object", "a list"])
async def test_updates_come_one_by_one_in_their_order(bench, lists):
    bench.platform.lists = lists
    sent = await bench.says(20)
    bench.run()
    await bench.holds(20)
    sent += await bench.says(1)  # Ends the waiting call at once.
    await bench.holds(21)
    assert bench.stored == sent and bench.waits == []
    assert {tuple(fields) for method, fields in bench.platform.calls if method == "getUpdates"} == {("timeout",)}


async def test_an_empty_poll_is_no_trouble_and_is_asked_again_at_once(bench):
    bench.start(poll_seconds=0.05)
    bench.run()
    async with asyncio.timeout(10):
        while len(bench.platform.calls) < 4:
            await asyncio.sleep(0.01)
    assert bench.waits == []


async def test_a_server_that_does_not_wait_is_not_asked_without_end(bench):
    bench.platform.faults.extend([("getUpdates", Fault(408)), ("getUpdates", Fault(408, quietly=True))])
    await bench.says(1)
    bench.run()
    await bench.holds(1)
    assert bench.waits == [1.0, 1.0]


async def test_an_update_that_cannot_be_stored_is_kept_and_nothing_more_is_asked_for(bench):
    sent = await bench.says(3)
    bench.down = 4
    bench.run()
    await bench.holds(3)
    assert bench.stored == sent and bench.tries == [sent[0]] * 4 + sent
    assert [round(wait - 0.55) for wait in bench.waits] == [5, 10, 20, 30]
    asked = [method for method, _fields in bench.platform.calls].count("getUpdates")
    assert asked <= 4  # One for each, and the one that waits now.


async def test_a_kill_between_poll_and_commit_loses_that_one_update_and_no_other(bench):
    sent = await bench.says(6)
    bench.kill_at = 3
    bench.run()
    await asyncio.wait_for(bench.killed_in.wait(), 10)
    bench.task.cancel()
    await asyncio.gather(bench.task, return_exceptions=True)
    assert bench.platform.handed_out == sent[:4] and bench.stored == sent[:3]
    bench.kill_at = None
    bench.start()
    bench.run()
    await bench.holds(5)
    assert bench.stored == sent[:3] + sent[4:]


async def test_stopping_loses_nothing_also_what_comes_in_that_very_moment(bench):
    bench.run()
    async with asyncio.timeout(10):
        while not bench.platform.calls:
            await asyncio.sleep(0.01)
    await bench.poller.stop()
    assert not bench.task.done()  # The poll that is out may bring something.
    sent = await bench.says(2)
    await asyncio.wait_for(bench.task, 10)
    assert bench.stored == sent[:1] and len(bench.platform.waiting) == 1


async def test_stopping_ends_a_wait_at_once(bench):
    async def for_ever(seconds):
        await asyncio.Event().wait()

    bench.platform.revoked = True
    bench.poller = ZaloBotPoller(bench.channel, bench.receive, for_ever)
    bench.run()
    async with asyncio.timeout(10):
        while not bench.platform.calls:
            await asyncio.sleep(0.01)
    await bench.poller.stop()
    await asyncio.wait_for(bench.task, 10)


@pytest.mark.parametrize("fault", [Fault(401), Fault(403), Fault(429), Fault(500), Fault(502, html="<html>")])
async def test_trouble_only_makes_it_wait_longer_each_time(bench, fault):
    await bench.says(1)
    bench.platform.faults.extend([("getUpdates", fault)] * 5)
    bench.run()
    await bench.holds(1)
    assert [round(wait - 0.55) for wait in bench.waits] == [5, 10, 20, 30, 30]
