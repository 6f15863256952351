"""A reader with two chats: what gets through on one channel no more goes out on the other, once, in order and fit for it."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from bot.channels.base import Capabilities, Outcome, SendFailed
from bot.dialogue.prompts import Button, Prompt
from bot.dialogue.values import LaidButton, Layout, Who
from bot.domain.events import NO_CASE, ChatJoined
from bot.outbox import MOST_TRIES, STOPPED_FOR, Delivery
from bot.program import Program
from bot.rerouting import AGAIN_MARK, leave_channels
from bot.text import as_is
from bot.usecases.connecting import SETTLED, part
from bot.usecases.ports import STAYS, Outgoing, Work
from handlers.turn import Notice
from tests.test_delivery import Wire
from tests.town import config_for

START = datetime(2026, 11, 25, 2, 0, tzinfo=UTC)
OPEN_IT = (Button("case:K7QF-2M4W", as_is("Mở hồ sơ")),)
OPEN = ((LaidButton("case:K7QF-2M4W", "Mở hồ sơ"), LaidButton("mydata:", "Dữ liệu của tôi")),)


class Numbered(Wire):
    """A channel of numbered text, with short messages."""

    name, can = "sms", Capabilities("SMS", text_limit=100, buttons=False)


class Readers:
    """The program with two channels, and one reader with a chat on each; `clock` may be pushed."""

    def __init__(self) -> None:
        self.clock = START
        self.first, self.second = Wire(), Numbered()

    async def meet(self, program: Program) -> None:
        self.program, self.delivery = program, Delivery(program.app, lambda: 0.0)

        async def step(work: Work) -> tuple[int, int]:
            one = await work.people.known(Who("webchat", "1", "lan"), START - timedelta(hours=2), "vi")
            other = await work.people.known(Who("sms", "1", "lan"), START - timedelta(hours=2), "vi")
            await work.chats.join(other.person.id, one.person.id, other.contact, START - timedelta(hours=1))
            await work.people.known(Who("webchat", "1", "lan"), START, "vi")
            return one.contact, other.contact

        self.one, self.other = await program.app.run(step)

    async def writes(self, *layouts: Layout, must_arrive: bool = True, kind: str = "notice", once: str | None = None) -> None:
        messages = [
            Outgoing(self.one, "webchat", layout, kind, 5, must_arrive, once=once and f"{once}:{n}")
            for n, layout in enumerate(layouts)
        ]
        await self.program.app.run(lambda work: work.outbox.add(messages, self.clock))

    async def goes_on(self, times: int = 1) -> None:
        for _time in range(times):
            await self.delivery.drain()
            self.clock += timedelta(minutes=15)
        await self.delivery.drain()

    async def states(self) -> list[str]:
        return [state for _row, _kind, state, _at in await self.program.app.run(lambda work: work.outbox.recent(100))][::-1]


@pytest.fixture
async def readers(town_template: Path, tmp_path: Path) -> AsyncIterator[Readers]:
    shutil.copy(town_template, tmp_path / "town.db")
    readers = Readers()
    wires = {wire.name: wire for wire in (readers.first, readers.second)}
    async with Program.opened(config_for(tmp_path / "town.db"), lambda: readers.clock, lambda program: wires) as program:
        await readers.meet(program)
        yield readers


def fails(outcome: Outcome, times: int = 100) -> list[SendFailed]:
    return [SendFailed(outcome, "no way") for _time in range(times)]


@pytest.mark.parametrize(
    ("outcome", "tries"), [(Outcome.BLOCKED, 1), (Outcome.NEVER, 1), (Outcome.RETRY, 7), (Outcome.STOPPED, 7)]
)
async def test_what_does_not_get_through_goes_out_on_the_other_channel_once_and_in_order(readers: Readers, outcome, tries):
    readers.first.failures = fails(outcome)
    await readers.writes(Layout("one"), Layout("two"), Layout("three"), once="due")
    await readers.goes_on(tries)
    assert [text for _chat, text in readers.second.arrived] == ["one", "two", "three"]
    assert readers.first.arrived == [] and sorted(set(await readers.states())) == ["dropped", "sent"]
    await readers.writes(Layout("one"), once="due")  # Said already, wherever that was.
    await readers.goes_on(MOST_TRIES)
    assert [text for _chat, text in readers.second.arrived] == ["one", "two", "three"]


async def test_more_than_six_hours_without_a_connection_lose_nothing_that_must_arrive(readers: Readers):
    readers.first.failures = fails(Outcome.RETRY, 30)
    await readers.writes(Layout("one"), Layout("two"), kind=STAYS)  # Of this kind nothing goes to another chat.
    await readers.goes_on(33)
    assert [text for _chat, text in readers.first.arrived] == ["one", "two"]


async def test_what_was_not_clear_goes_out_again_only_when_the_trouble_may_be_over(readers: Readers):
    readers.first.failures = fails(Outcome.UNKNOWN, 1)
    await readers.writes(Layout("one"))
    await readers.delivery.drain()
    readers.clock += timedelta(minutes=4)
    await readers.delivery.drain()
    assert readers.first.arrived == []
    readers.clock += timedelta(minutes=1)
    await readers.delivery.drain()
    assert len(readers.first.arrived) == 1


async def test_what_was_twice_not_clear_waits_for_an_operator_and_goes_out_marked(readers: Readers):
    readers.first.failures = fails(Outcome.UNKNOWN, 2)
    await readers.writes(Layout("one"))
    await readers.goes_on(3)
    assert readers.first.arrived == []
    [letter] = await readers.program.app.run(lambda work: work.outbox.dead_letters(10))
    assert letter[3] == "perhaps arrived: no way"
    assert await readers.program.app.run(lambda work: work.outbox.revive(letter[0], readers.clock))
    await readers.goes_on()
    assert readers.first.arrived == [("lan", AGAIN_MARK + "one")]


async def test_a_platform_that_hangs_leaves_room_for_the_other(readers: Readers):
    hangs = asyncio.Event()

    async def never(who: Who, layout: Layout) -> str:
        await hangs.wait()
        return "1"

    readers.first.send = never

    async def step(work: Work) -> None:
        for number in range(60):
            known = await work.people.known(Who("webchat", "1", f"c{number}"), readers.clock, "vi")
            await work.outbox.add([Outgoing(known.contact, "webchat", Layout("x"), "reply")], readers.clock)
        await work.outbox.add([Outgoing(readers.other, "sms", Layout("hello"), "reply", 5)], readers.clock)

    await readers.program.app.run(step)
    sending = asyncio.create_task(readers.delivery.run())
    async with asyncio.timeout(10):
        while not readers.second.arrived:
            await asyncio.sleep(0)
    hangs.set()
    await readers.delivery.stop()
    await asyncio.wait_for(sending, 10)
    assert readers.second.arrived == [("lan", "hello")]


async def test_a_short_trouble_moves_nothing(readers: Readers):
    readers.first.failures = fails(Outcome.RETRY, 3)
    await readers.writes(Layout("one"))
    await readers.goes_on(5)
    assert (readers.first.arrived, readers.second.arrived) == ([("lan", "one")], [])


async def test_what_perhaps_arrived_is_not_said_on_another_channel_but_once_more_here(readers: Readers):
    readers.first.failures = fails(Outcome.UNKNOWN, 1)
    await readers.writes(Layout("one"))
    await readers.goes_on(2)
    assert (readers.first.arrived, readers.second.arrived) == ([("lan", AGAIN_MARK + "one")], [])


async def test_what_perhaps_arrived_before_the_chat_closed_is_marked_in_the_other(readers: Readers):
    readers.first.failures = [*fails(Outcome.UNKNOWN, 1), *fails(Outcome.BLOCKED, 1)]
    await readers.writes(Layout("one"))
    await readers.goes_on(2)
    assert readers.second.arrived == [("lan", AGAIN_MARK + "one")]


async def test_a_prompt_or_what_is_about_the_chat_itself_goes_nowhere_else(readers: Readers):
    readers.first.failures = fails(Outcome.NEVER)
    await readers.writes(Layout("menu"), must_arrive=False)
    await readers.writes(Layout("joined"), kind=STAYS)
    await readers.goes_on(2)
    assert readers.second.arrived == [] and await readers.states() == ["dead", "dead"]


async def test_a_notice_is_laid_out_anew_for_a_channel_without_buttons_and_with_short_messages(readers: Readers):
    readers.first.failures = fails(Outcome.BLOCKED)
    words = " ".join(f"word{n}" for n in range(30))
    await readers.writes(Layout(words, OPEN), once="due")
    await readers.goes_on()
    texts = [text for _chat, text in readers.second.arrived]
    assert all(len(text) <= 100 for text in texts) and len(texts) > 1
    assert " ".join(" ".join(texts).split()) == f"{words} Mở hồ sơ: gõ K7QF-2M4W Dữ liệu của tôi: gõ /dulieu"
    assert await readers.program.app.run(lambda work: work.outbox.state_of("due:0")) == "sent"


@pytest.mark.parametrize(
    ("text", "rows"),
    [("Mã vụ việc: K7QF-2M4W\n\nMã PIN: 123456\n\n1. Mở hồ sơ\n2. Menu", ()), ("Mã vụ việc: K7QF-2M4W\n\nMã PIN: 123456", OPEN)],
)
async def test_a_receipt_comes_without_the_choices_of_the_dialogue_that_it_was_given_in(readers: Readers, text, rows):
    readers.first.failures = fails(Outcome.BLOCKED)
    await readers.writes(Layout(text, rows), kind="reply")
    await readers.goes_on()
    assert [text for _chat, text in readers.second.arrived] == ["Mã vụ việc: K7QF-2M4W\n\nMã PIN: 123456"]


async def test_what_waits_for_a_channel_that_was_given_up_goes_to_another_chat(readers: Readers):
    await readers.writes(Layout("one"), Layout("two"))
    del readers.program.app.channels["webchat"]  # type: ignore[attr-defined]
    await readers.goes_on()
    assert readers.second.arrived == []
    await readers.program.app.run(partial(leave_channels, readers.program.app))
    await readers.goes_on()
    assert readers.second.arrived == [("lan", "one"), ("lan", "two")]


async def test_with_no_other_chat_it_waits_or_is_held_as_ever(readers: Readers):
    readers.second.failures = fails(Outcome.BLOCKED)
    readers.first.failures = fails(Outcome.BLOCKED)
    await readers.writes(Layout("one"))
    await readers.goes_on(2)
    assert readers.first.arrived == readers.second.arrived == []
    assert "held" in await readers.states()
    readers.second.failures.clear()
    await readers.program.app.run(lambda work: work.people.set_reachable(Who("sms", "1", "lan"), True, readers.clock))
    await readers.goes_on()
    assert readers.second.arrived == [("lan", "one")]


async def disconnects_the_first(readers: Readers) -> None:
    """The second chat disconnects the first one."""

    async def step(work: Work) -> None:
        known = await work.people.known(Who("sms", "1", "lan"), readers.clock, "vi")
        await part(work, known.person, None, readers.other, readers.one, readers.clock)

    await readers.program.app.run(step)


@pytest.mark.parametrize("outcome", [None, Outcome.BLOCKED, Outcome.NEVER, Outcome.RETRY, Outcome.UNKNOWN])
async def test_what_is_on_its_way_to_a_chat_that_is_disconnected_comes_to_the_other_marked(readers: Readers, outcome):
    """Whoever reads there is somebody else now, however the message ended."""
    readers.first.failures = fails(outcome) if outcome else []
    await readers.writes(Layout("one"), Layout("two"), once="due")
    readers.clock += SETTLED
    delivery = readers.delivery
    trip = await readers.program.app.writer.run(delivery.ride)
    assert len(trip.claimed) == 1  # The first of them is with the channel.
    await disconnects_the_first(readers)
    delivery.landed(trip, None)
    await readers.goes_on(3)
    assert readers.second.arrived == [("lan", AGAIN_MARK + "one"), ("lan", "two")]
    assert ("lan", "two") not in readers.first.arrived


@pytest.mark.parametrize("how", ["the channel comes back", "another chat is connected"])
async def test_news_for_whoever_has_chats_on_channels_given_up_only_is_kept_for_him(readers: Readers, how):
    channels, tuan = readers.program.app.channels, Who("webchat", "1", "tuan")

    async def tell(work: Work) -> None:
        known = await work.people.known(tuan, readers.clock, "vi")
        staff = await work.staff.enrol("Tuấn", "", known.person.id, readers.clock)
        await readers.program.app.tell(work, [Notice(staff, Prompt(as_is("news"), OPEN_IT), "notice")])

    async def connect(work: Work) -> None:
        gone, here = Who("sms", "1", "tuan"), await work.people.known(tuan, readers.clock, "vi")
        new = await work.people.known(gone, readers.clock, "vi")
        await work.chats.join(new.person.id, here.person.id, new.contact, readers.clock)
        work.record(ChatJoined(NO_CASE, contact=new.contact, person=here.person.id, former=new.person.id))

    del channels["webchat"]  # type: ignore[attr-defined]
    await readers.program.app.run(tell)
    await readers.goes_on()
    assert readers.first.arrived == readers.second.arrived == []
    if how == "the channel comes back":
        channels["webchat"] = readers.first  # type: ignore[index]
    else:
        await readers.program.app.run(connect)
    await readers.goes_on()
    [(chat, text)] = [*readers.first.arrived, *readers.second.arrived]
    assert chat == "tuan" and text.startswith("news") and "K7QF-2M4W" in text


async def test_what_waits_for_a_channel_that_was_given_up_wakes_nobody(readers: Readers):
    await readers.writes(Layout("one"))
    del readers.program.app.channels["webchat"]  # type: ignore[attr-defined]
    trip = await readers.program.app.writer.run(readers.delivery.ride)
    assert (trip.claimed, trip.next_due) == ([], None)


async def test_what_waits_for_a_channel_that_rests_wakes_nobody_before_its_time(readers: Readers):
    readers.first.failures = fails(Outcome.STOPPED)
    await readers.writes(Layout("one"))
    await readers.delivery.drain()
    await readers.writes(Layout("two"), kind=STAYS)
    trip = await readers.program.app.writer.run(readers.delivery.ride)
    readers.delivery.landed(trip, None)
    assert readers.delivery._patience() == 30.0
    readers.clock += STOPPED_FOR - timedelta(seconds=3)
    assert readers.delivery._patience() == 3.0
