"""The outbox rides along with the commits of others: nothing is sent before a commit, nothing forgotten when one fails."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.channels import zalo_bot_http
from bot.channels.base import Capabilities, Outcome, SendFailed
from bot.dialogue.values import Attachment, Inbound, Layout, Who
from bot.outbox import Delivery
from bot.program import Program
from bot.usecases.ports import Outgoing, Work
from tests.fakes import zalo_oa
from tests.fakes.botapi_rules import Broken
from tests.town import Someone, Town, config_for

NOW = datetime(2026, 11, 25, 2, 0, tzinfo=UTC)


class Wire:
    """A channel that keeps what it was sent, and may fail first."""

    name, account, can = "webchat", "1", Capabilities(messenger="", text_limit=1000, buttons=True)

    def __init__(self) -> None:
        self.arrived: list[tuple[str, str]] = []
        self.failures: list[SendFailed] = []

    def read(self, payload: object) -> Inbound | None:
        raise NotImplementedError

    async def send(self, who: Who, layout: Layout) -> str:
        if self.failures:
            raise self.failures.pop(0)
        await asyncio.sleep(0)
        self.arrived.append((who.chat, layout.text))
        return str(len(self.arrived))

    async def fetch(self, attachment: Attachment, limit: int) -> bytes:
        raise NotImplementedError

    async def acknowledge(self, inbound: Inbound) -> None: ...

    async def courtesy(self, payload: object) -> None: ...


@pytest.fixture
def wire() -> Wire:
    return Wire()


@pytest.fixture
async def program(wire: Wire, town_template: Path, tmp_path: Path) -> AsyncIterator[Program]:
    shutil.copy(town_template, tmp_path / "town.db")
    async with Program.opened(config_for(tmp_path / "town.db"), lambda: NOW, lambda program: {wire.name: wire}) as opened:
        yield opened


async def writes(program: Program, chat: str, *texts: str) -> None:
    """Put messages to one chat into the outbox, in one commit."""

    async def step(work: Work) -> None:
        known = await work.people.known(Who("webchat", "1", chat), NOW, "vi")
        await work.outbox.add([Outgoing(known.contact, "webchat", Layout(text), "reply") for text in texts], NOW)

    await program.app.run(step)


async def states(program: Program) -> list[str]:
    return [state for _row, _kind, state, _at in await program.app.run(lambda work: work.outbox.recent(200))][::-1]


async def until_all_is_sent(program: Program) -> None:
    while await program.app.run(lambda work: work.outbox.waiting()):
        await asyncio.sleep(0)


async def test_messages_of_a_chat_go_out_in_order_and_are_noted(program: Program, wire: Wire):
    delivery = Delivery(program.app)
    running = asyncio.create_task(delivery.run())
    await writes(program, "lan", "one", "two", "three")
    await writes(program, "mai", "one")
    await until_all_is_sent(program)
    assert [text for chat, text in wire.arrived if chat == "lan"] == ["one", "two", "three"]
    assert ("mai", "one") in wire.arrived
    assert await states(program) == ["sent"] * 4
    await delivery.stop()
    await asyncio.wait_for(running, 2)


async def test_it_stops_at_once_when_there_is_nothing_to_send(program: Program, wire: Wire):
    delivery = Delivery(program.app)
    running = asyncio.create_task(delivery.run())
    await writes(program, "lan", "one")
    await until_all_is_sent(program)
    await delivery.stop()
    await asyncio.wait_for(running, 2)
    await writes(program, "lan", "two")
    assert wire.arrived == [("lan", "one")]


async def test_told_to_stop_it_ends_whenever_the_last_message_was_sent(program: Program, wire: Wire, monkeypatch):
    """However a result and the commits fall together, the commit that notes it is made."""
    gate, sending = asyncio.Event(), asyncio.Event()

    async def slow(who: Who, layout: Layout) -> str:
        sending.set()
        await gate.wait()
        return "1"

    monkeypatch.setattr(wire, "send", slow)
    for rounds in range(40):
        delivery = Delivery(program.app)
        running = asyncio.create_task(delivery.run())
        await writes(program, "lan", f"message {rounds}")
        await sending.wait()
        await delivery.stop()
        for _step in range(rounds % 20):
            await asyncio.sleep(0)
        gate.set()
        await asyncio.wait_for(running, 5)
        gate.clear()
        sending.clear()
    assert await states(program) == ["sent"] * 40


async def test_without_any_turn_it_makes_a_commit_of_its_own(program: Program, wire: Wire):
    await writes(program, "lan", "left from yesterday")
    delivery = Delivery(program.app)
    running = asyncio.create_task(delivery.run())
    for _time in range(500):
        if wire.arrived:
            break
        await asyncio.sleep(0.01)
    assert wire.arrived == [("lan", "left from yesterday")]
    await delivery.stop()
    await asyncio.wait_for(running, 2)
    assert await states(program) == ["sent"]


async def rides_in_vain(program: Program, delivery: Delivery) -> None:
    """Let it ride along with a commit that fails."""
    trips = []

    async def step(work: Work) -> None:
        trips.append(await delivery.ride(work))
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full") as failed:
        await program.app.writer.run(step)
    delivery.landed(trips[0], failed.value)


async def test_a_commit_that_fails_sends_nothing_and_the_next_one_sends_it_once(program: Program, wire: Wire):
    delivery = Delivery(program.app)
    await writes(program, "lan", "one")
    await rides_in_vain(program, delivery)
    assert wire.arrived == []
    assert await states(program) == ["pending"]
    await delivery.drain()
    assert wire.arrived == [("lan", "one")]
    assert await states(program) == ["sent"]


async def test_a_commit_that_fails_forgets_no_result(program: Program, wire: Wire):
    delivery = Delivery(program.app, lambda: 0.0)
    wire.failures.append(SendFailed(Outcome.NEVER, "no such chat"))
    await writes(program, "lan", "one")
    await writes(program, "mai", "one")
    delivery.landed(await program.app.writer.run(delivery.ride), None)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    await rides_in_vain(program, delivery)
    assert await states(program) == ["sending", "sending"]
    await delivery.drain()
    assert await states(program) == ["dead", "sent"]
    assert wire.arrived == [("mai", "one")]


async def test_two_platforms_that_hang_hold_up_no_third(wire: Wire, town_template: Path, tmp_path: Path):
    """An Official Account and a bot have the same house behind them: when it hangs, both do."""
    hangs = asyncio.Event()

    class Hanging(Wire):
        async def send(self, who: Who, layout: Layout) -> str:
            await hangs.wait()
            return "1"

    channels: dict[str, Wire] = {"zalo_oa": Hanging(), "zalo_bot": Hanging(), "webchat": wire}

    async def step(work: Work) -> None:
        for platform in ("zalo_oa", "zalo_bot"):
            for number in range(60):
                known = await work.people.known(Who(platform, "1", f"c{number}"), NOW, "vi")
                await work.outbox.add([Outgoing(known.contact, platform, Layout("x"), "reply")], NOW)

    shutil.copy(town_template, tmp_path / "town.db")
    async with Program.opened(config_for(tmp_path / "town.db"), lambda: NOW, lambda program: channels) as program:
        await program.app.run(step)
        delivery = Delivery(program.app)
        running = asyncio.create_task(delivery.run())
        async with asyncio.timeout(10):
            while (await states(program)).count("sending") < 40:
                await asyncio.sleep(0)
            await writes(program, "lan", "hello")
            while not wire.arrived:
                await asyncio.sleep(0)
        hangs.set()
        await delivery.stop()
        await asyncio.wait_for(running, 10)
        assert wire.arrived == [("lan", "hello")]


async def broken(*_call: Any) -> Any:
    raise Broken("connect")


async def not_sent(*_call: Any) -> Any:
    raise zalo_bot_http.NotSent


def no_connection(town: Town, cut: pytest.MonkeyPatch) -> None:
    """Let nobody reach the platform."""
    cut.setattr(town.api, "answer", broken)
    cut.setattr(town.account, "answer", lambda *_call: zalo_oa.Answer("", broken="connect"))
    cut.setattr(town.bots, "answer", not_sent)


async def answers(town: Town, *readers: Someone, texts: tuple[str, ...]) -> None:
    """Put answers into the outbox, which must arrive."""
    for reader in readers:
        known = await town.program.app.run(lambda work, who=reader.who: work.people.known(who, town.now, "vi"))
        for text in texts:
            await town.waiting(Outgoing(known.contact, town.channel, Layout(text), "answer", 5, must_arrive=True))


@pytest.mark.parametrize("town", ["telegram", "zalo_oa", "zalo_bot"], indirect=True)
async def test_six_hours_without_a_connection_lose_nothing_and_all_goes_out_by_itself_in_order(town: Town):
    lan, tuan = town.citizen("Lan"), town.citizen("Tuấn")
    for reader in (lan, tuan):
        await reader.starts()
    with pytest.MonkeyPatch.context() as cut:
        no_connection(town, cut)
        await answers(town, lan, tuan, texts=("một", "hai"))
        for _quarter in range(24):
            await town.passes(seconds=15 * 60)
        await answers(town, lan, tuan, texts=("ba",))
        assert not any(line.text in ("một", "hai", "ba") for reader in (lan, tuan) for line in reader.lines)
    await town.passes(seconds=15 * 60)
    for reader in (lan, tuan):
        assert [line.text for line in reader.lines][-3:] == ["một", "hai", "ba"]
    assert await town.program.app.run(lambda work: work.outbox.dead_letters(10)) == []
