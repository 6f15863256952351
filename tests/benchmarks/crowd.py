"""People who talk to a bot, in a closed loop (each writes when he was answered) or an open one (so many steps a second)."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.benchmarks.platform import Platform, Sent
from tests.town import stable

FIRST_CHAT = 5_000_000_001

# A step: ("says", text) or ("picks", the stable value of a button).
Step = tuple[str, str]

# The five-question form, the same for every bot that is compared; whoever is through begins again.
FIVE: tuple[Step, ...] = (
    ("says", "Good morning, I would like to tell you something"),
    ("says", "Xã Tri Phương"),
    ("says", "The clerk at counter 3"),
    ("says", "Yesterday at 9"),
    ("says", "They refused my file twice and gave no reason, although everything on the list was there."),
    ("says", "Nguyễn Thị Lan, 0912 345 678"),
)
# Our own form from the first contact to the case number. No file: a picture is made anew in a process of its own.
FEEDBACK: tuple[Step, ...] = (
    ("says", "/start"),
    ("picks", "agree"),
    ("picks", "feedback"),
    ("picks", "report"),
    ("says", "xa tri phuong"),
    ("picks", "unit=0*"),
    ("picks", "_unknown"),
    ("picks", "category=>*"),
    ("picks", "category=A*"),
    ("says", "Yesterday at 9, counter 3"),
    ("says", "They refused my file twice and gave no reason, although everything on the list was there."),
    ("picks", "none"),
    ("picks", "named"),
    ("says", "Nguyễn Thị Lan 0912345678"),
    ("picks", "send"),
)
# Somebody who writes what happened, agrees, and leaves the form open.
OPENED: tuple[Step, ...] = (("says", "They refused my file twice at counter 3 and gave no reason."), ("picks", "agree"))


@dataclass
class Figures:
    """What one measurement gave: steps done, seconds it took, and the times of each step in seconds, sorted."""

    steps: int = 0
    seconds: float = 0.0
    replies: list[float] = field(default_factory=list)
    acks: list[float] = field(default_factory=list)
    offered: float = 0.0

    @property
    def rate(self) -> float:
        """Steps done in a second."""
        return self.steps / self.seconds if self.seconds else 0.0

    def reply(self, percent: float) -> float:
        """Return the milliseconds within which this share of the steps was answered."""
        return share_at(self.replies, percent)

    def ack(self, percent: float) -> float:
        """Return the milliseconds within which this share of the updates was confirmed."""
        return share_at(self.acks, percent)


def share_at(times: list[float], percent: float) -> float:
    """Return the milliseconds within which this share of the times, sorted and in seconds, lies."""
    return times[min(len(times) - 1, int(len(times) * percent / 100))] * 1000 if times else float("nan")


@dataclass
class _Person:
    chat: int
    place: int = 0
    begun_at: float = 0.0
    confirmed: bool = True
    next: Step | None = None
    token: str = ""


class Crowd:
    """People with one script. `again` lets whoever is through begin anew; else a new person takes the place."""

    def __init__(self, platform: Platform, script: Sequence[Step], again: bool) -> None:
        self._platform = platform
        self._script = script
        self._again = again
        self._people: dict[int, _Person] = {}
        self._chats = FIRST_CHAT
        self._ready: deque[_Person] = deque()
        self._closed = True
        self._figures = Figures()
        self._measuring = False
        self.finished = 0
        platform.on_sent = self._sent
        platform.on_confirmed = self._confirmed

    async def closed(self, chats: int, seconds: float) -> Figures:
        """Let so many people talk for so long, each as fast as he is answered; at the end, wait for the last answers."""
        self._closed = True
        while len(self._people) < chats:
            self._welcome()
        talking = [self._ready.popleft() for _place in range(min(chats, len(self._ready)))]
        for person in talking:
            self._act(person)
        figures = await self._measured(seconds)
        self._closed = False
        await self._settled()
        return figures

    async def open(self, rate: float, seconds: float, chats: int) -> Figures:
        """Let so many steps begin in a second, whether or not earlier ones were answered.

        A step counts from the moment when it was due, also where the generator was late.
        """
        self._closed = False
        while len(self._people) < chats:
            self._welcome()
        await self._settled()
        measured = asyncio.create_task(self._measured(seconds))
        begin, due = time.perf_counter(), 0
        while (passed := time.perf_counter() - begin) < seconds:
            while due < passed * rate:
                if self._ready:
                    self._act(self._ready.popleft(), begin + due / rate)
                due += 1
            await asyncio.sleep(0.001)
        figures = await measured
        await self._settled()
        figures.offered = rate
        return figures

    async def _settled(self) -> None:
        """Wait until nobody waits for an answer."""
        for _second in range(600):
            if len(self._ready) == len(self._people):
                return
            await asyncio.sleep(0.05)
        raise TimeoutError(f"{len(self._people) - len(self._ready)} people were not answered")

    async def _measured(self, seconds: float) -> Figures:
        self._figures, self._measuring, begun = Figures(), True, time.perf_counter()
        await asyncio.sleep(seconds)
        self._measuring = False
        self._figures.seconds = time.perf_counter() - begun
        self._figures.replies.sort()
        self._figures.acks.sort()
        return self._figures

    def _welcome(self) -> None:
        person = _Person(self._chats, next=self._script[0])
        self._chats += 1
        self._people[person.chat] = person
        self._ready.append(person)

    def _act(self, person: _Person, due_at: float = 0.0) -> None:
        step, person.next = person.next, None
        assert step is not None
        person.place += 1
        person.begun_at = due_at or time.perf_counter()
        person.confirmed = not self._platform.hook
        if step[0] == "says":
            self._platform.says(person.chat, step[1])
        else:
            self._platform.presses(person.chat, person.token)

    def _sent(self, sent: Sent) -> None:
        person = self._people.get(sent.chat)
        if person is None or person.next is not None:
            return  # Not his turn: a second message in answer to the same step.
        if person.place == len(self._script):
            self._done(person, sent.at)
            self.finished += 1
            if self._again:
                person.place, person.next = 0, self._script[0]
                self._go_on(person)
            else:
                del self._people[sent.chat]
                self._welcome()
                if self._closed:
                    self._act(self._ready.pop())
            return
        step = self._script[person.place]
        if step[0] == "picks":
            token = next((token for token in sent.tokens if _stands_for(token, step[1])), None)
            if token is None:
                return
            person.token = token
        person.next = step
        self._done(person, sent.at)
        self._go_on(person)

    def _done(self, person: _Person, at: float) -> None:
        if self._measuring:
            self._figures.steps += 1
            self._figures.replies.append(at - person.begun_at)

    def _confirmed(self, chat: int, at: float) -> None:
        person = self._people.get(chat)
        if person is None:
            return
        person.confirmed = True
        if self._measuring:
            self._figures.acks.append(at - person.begun_at)
        self._go_on(person)

    def _go_on(self, person: _Person) -> None:
        """Act, or stand ready, once both the answer and the confirmation are there."""
        if person.next is None or not person.confirmed:
            return
        if self._closed:
            self._act(person)
        else:
            self._ready.append(person)


def _stands_for(token: str, value: str) -> bool:
    return token.startswith(value[:-1]) if value.endswith("*") else stable(token, value)
