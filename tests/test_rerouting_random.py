"""Random histories of a reader with up to three chats: whatever happens, nothing that must arrive is lost or doubled unmarked.

HISTORIES=10000 python -m pytest tests/test_rerouting_random.py
"""

from __future__ import annotations

import os
import random
import shutil
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from bot.channels.base import Capabilities, Outcome, SendFailed
from bot.dialogue.prompts import Prompt
from bot.dialogue.values import Layout, Who
from bot.domain.events import NO_CASE, ChatJoined
from bot.outbox import Delivery
from bot.program import Program
from bot.rerouting import AGAIN_MARK, bring_together
from bot.text import as_is
from bot.usecases.connecting import SETTLED, part
from bot.usecases.ports import Work
from handlers.turn import Notice
from tests.test_delivery import Wire
from tests.test_rerouting import START
from tests.town import config_for

HISTORIES = int(os.environ.get("HISTORIES", "10"))
SEED = int(os.environ.get("HISTORIES_SEED", "20261130"))
STEPS = 30
AT_ONCE = 25
CHATS = ("webchat", "sms", "fax")


class Dicey(Wire):
    """A channel whose one chat may be blocked, and which fails now and then while `life` is rough."""

    def __init__(self, name: str, life: Life) -> None:
        super().__init__()
        self.name, self.life, self.blocked = name, life, False
        self.can = Capabilities(name, text_limit=1000, buttons=name == "webchat")

    async def send(self, who: Who, layout: Layout) -> str:
        dice, marked = self.life.dice, layout.text.startswith(AGAIN_MARK)
        if self.blocked:
            raise SendFailed(Outcome.BLOCKED, "blocked")
        trouble = dice.random() if self.life.rough else 1.0
        if trouble < 0.15:
            raise SendFailed(Outcome.RETRY, "busy")
        if 0.15 <= trouble < 0.2 and not marked:
            raise SendFailed(Outcome.UNKNOWN, "no answer")
        self.arrived.append((who.chat, layout.text))
        if 0.2 <= trouble < 0.25:
            raise SendFailed(Outcome.UNKNOWN, "no answer")
        return ""


class Life:
    """One reader, the dice, and what he was told; `strangers` are the chats that are somebody else's now, with what was there."""

    def __init__(self, number: int) -> None:
        self.dice, self.clock, self.rough = random.Random(SEED + number), START, True
        self.wires = {name: Dicey(name, self) for name in CHATS}
        self.told: dict[str, bool] = {}
        self.strangers: dict[str, int] = {}
        self.story: list[str] = []

    async def begin(self, program: Program) -> None:
        self.program, self.delivery = program, Delivery(program.app, lambda: 0.0)

        async def step(work: Work) -> None:
            self.lan = (await work.people.known(self.who("webchat"), self.clock, "vi")).person
            self.staff = await work.staff.enrol("Lan", "", self.lan.id, self.clock)

        await program.app.run(step)
        self.strangers = dict.fromkeys(CHATS[1:], 0)

    def who(self, chat: str) -> Who:
        return Who(chat, "1", f"{chat} of Lan")

    async def known(self, work: Work, chat: str):
        return await work.people.known(self.who(chat), self.clock, "vi")

    # -- what can happen --------------------------------------------------------------------------------------------------

    async def tell(self) -> None:
        words, must_arrive = f"news {len(self.told)}.", self.dice.random() < 0.8
        self.told[words] = must_arrive
        notice = Notice(self.staff, Prompt(as_is(words)), "notice", must_arrive, once=words)
        await self.program.app.run(lambda work: self.program.app.tell(work, [notice]))

    async def close(self) -> None:
        chat = self.dice.choice(CHATS)
        self.wires[chat].blocked = True
        if self.dice.random() < 0.5:
            await self.reachable(chat, False)

    async def open(self) -> None:
        chat = self.dice.choice(CHATS)
        self.wires[chat].blocked = False
        await self.reachable(chat, True)

    async def reachable(self, chat: str, reachable: bool) -> None:
        async def step(work: Work) -> None:
            contact = await work.people.set_reachable(self.who(chat), reachable, self.clock)
            if contact is not None:
                await bring_together(self.program.app, work, contact)

        await self.program.app.run(step)

    async def join(self) -> None:
        if not self.strangers:
            return
        chat = self.dice.choice(sorted(self.strangers))

        async def step(work: Work) -> None:
            new = await self.known(work, chat)
            await work.chats.join(new.person.id, self.lan.id, new.contact, self.clock)
            work.record(ChatJoined(NO_CASE, contact=new.contact, person=self.lan.id, former=new.person.id))

        await self.program.app.run(step)
        del self.strangers[chat]

    async def part(self) -> None:
        his = [chat for chat in CHATS if chat not in self.strangers]
        if len(his) == 1:
            return
        here, other = self.dice.sample(his, 2)
        self.clock += SETTLED

        async def step(work: Work) -> None:
            one, two = await self.known(work, here), await self.known(work, other)
            await part(work, one.person, one.staff, one.contact, two.contact, self.clock)

        await self.program.app.run(step)
        self.strangers[other] = len(self.wires[other].arrived)

    async def deliver(self) -> None:
        """Send what may go; something else happens while it is on its way, and sometimes the process dies of it."""
        trip = await self.program.app.writer.run(self.delivery.ride)
        if self.dice.random() < 0.5:
            await self.happens(self.dice.choice([self.tell, self.close, self.open, self.join, self.part]))
        before = dict(self.strangers)
        if self.dice.random() < 0.8:
            self.delivery.landed(trip, None)
            for task in [task for task in self.delivery._sending.values() if task is not None]:
                await task
        for chat in before:  # What was with the channel already when its chat was taken away may be read there.
            self.strangers[chat] = len(self.wires[chat].arrived)
        lost_in_the_process = trip.claimed and not self.delivery._results
        if lost_in_the_process or self.dice.random() < 0.1:
            self.delivery = Delivery(self.program.app, lambda: 0.0)
            await self.program.app.run(lambda work: work.outbox.recover(self.clock))

    async def wait(self) -> None:
        self.clock += timedelta(minutes=self.dice.choice([1, 15, 600]))

    def usual(self) -> list:
        often = [self.tell, self.tell, self.deliver, self.deliver, self.deliver]
        return [*often, self.close, self.open, self.join, self.part, self.wait]

    async def happens(self, what) -> None:
        self.story.append(what.__name__)
        await what()

    async def end(self) -> None:
        """Let everything open and nothing fail any more."""
        self.rough = False
        await self.delivery.drain()  # A refusal from before a chat opened must not be noted after that.
        for chat in CHATS:
            self.wires[chat].blocked = False
            await self.reachable(chat, True)
        for _round in range(3):
            await self.delivery.drain()
            self.clock += timedelta(hours=1)

    # -- what must hold ---------------------------------------------------------------------------------------------------

    def holds(self) -> None:
        arrived = Counter(text for wire in self.wires.values() for _chat, text in wire.arrived if text.startswith("news"))
        anyhow = {text.replace(AGAIN_MARK, "") for wire in self.wires.values() for _chat, text in wire.arrived}
        assert {words for words, must in self.told.items() if must} <= anyhow, self.story
        assert not arrived or max(arrived.values()) == 1, (arrived, self.story)
        for chat, there in self.strangers.items():
            later = [text for _chat, text in self.wires[chat].arrived[there:]]
            assert not any("news" in text for text in later), (chat, later, self.story)


@pytest.mark.parametrize("first", range(0, HISTORIES, AT_ONCE))
async def test_whatever_happens_nothing_is_lost_nor_doubled_unmarked_nor_told_to_somebody_else(
    town_template: Path, tmp_path: Path, first: int
):
    for number in range(first, min(first + AT_ONCE, HISTORIES)):
        shutil.copy(town_template, tmp_path / f"{number}.db")
        life = Life(number)
        async with Program.opened(
            config_for(tmp_path / f"{number}.db"), lambda life=life: life.clock, lambda program, life=life: life.wires
        ) as program:
            await life.begin(program)
            for _step in range(STEPS):
                await life.happens(life.dice.choice(life.usual()))
            await life.end()
            life.holds()
