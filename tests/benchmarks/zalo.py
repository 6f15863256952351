"""Events of a Zalo Official Account at any rate, beside the same words through Telegram's webhook.

`Account` is the lean server of both messengers; `Pour` brings events whether or not earlier ones were answered, as a
platform with very many people behind it does, and keeps what was refused so that it can bring it again.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from tests.benchmarks.crowd import share_at
from tests.benchmarks.platform import CONTENT_LENGTH, SECRET, Answer, Platform, Sent
from tests.fakes.zalo_oa import APP_ID, APP_SECRET, OA_ID, OA_KEY, recorded

FIRST_CHAT = 2_468_458_835_291_979_220
WORDS = "They refused my file twice and gave no reason, although everything on the list was there."
TICK = 0.001

Make = Callable[[int], bytes]
"""Returns the whole HTTP request of an event by its number, the same bytes each time."""


class Account(Platform):
    """Telegram's server and Zalo's in one: it also gives tokens, and takes messages of the account."""

    def call(self, method: str, body: bytes, answer: Answer) -> None:
        """Carry out one call."""
        if method == "access_token":
            answer(_TOKENS)
        elif method == "cs":
            given = json.loads(body)
            answer(_TAKEN)
            self.on_sent(Sent(int(given["recipient"]["user_id"]), given["message"]["text"], (), time.perf_counter()))
        else:
            super().call(method, body, answer)

    def settings(self) -> dict[str, str]:
        """Return what our program needs to know of the account."""
        return {
            "ZALO_OA_ID": OA_ID,
            "ZALO_OA_SECRET": OA_KEY,
            "ZALO_APP_ID": APP_ID,
            "ZALO_APP_SECRET": APP_SECRET,
            "ZALO_API_URL": self.url,
            "ZALO_OAUTH_URL": self.url,
            "ZALO_ZBS_URL": self.url,
        }


_TOKENS = json.dumps(recorded("oauth_reply_token_ok")).encode()
_TAKEN = json.dumps(recorded("oa_reply_send_ok")).encode()


def zalo_events(port: int, people: int, run: int) -> Make:
    """Return what makes signed events: `people` people in turn write the same words. `run` keeps two runs apart."""
    timestamp = str(int(time.time() * 1000))
    event = recorded("oa_user_send_text") | {"app_id": APP_ID, "recipient": {"id": OA_ID}, "timestamp": timestamp}
    head = f"POST /zalo/oa HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\nX-ZEvent-Signature: mac="

    def make(number: int) -> bytes:
        message = {"text": WORDS, "msg_id": f"{run:04x}{number:016x}"}
        sender = {"id": str(FIRST_CHAT + number % people)}
        raw = json.dumps(event | {"sender": sender, "message": message}, ensure_ascii=False).encode()
        mac = hashlib.sha256(APP_ID.encode() + raw + timestamp.encode() + OA_KEY.encode()).hexdigest()
        return f"{head}{mac}\r\nContent-Length: {len(raw)}\r\n\r\n".encode() + raw

    return make


def telegram_events(port: int, people: int, run: int) -> Make:
    """Return what makes the same of Telegram."""
    date = int(time.time())
    head = (
        f"POST /telegram HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n"
        f"X-Telegram-Bot-Api-Secret-Token: {SECRET}\r\n"
    )

    def make(number: int) -> bytes:
        chat = 5_000_000_001 + number % people
        sender = {"id": chat, "is_bot": False, "first_name": "Lan", "language_code": "en"}
        message = {
            "message_id": run * 1_000_000 + number,
            "from": sender,
            "chat": {"id": chat, "first_name": "Lan", "type": "private"},
            "date": date,
            "text": WORDS,
        }
        raw = json.dumps({"update_id": run * 1_000_000 + number, "message": message}).encode()
        return f"{head}Content-Length: {len(raw)}\r\n\r\n".encode() + raw

    return make


@dataclass
class Poured:
    """What came of a pour: the times of the 200 and of the 503 in seconds, how many could not be offered, other answers."""

    seconds: float = 0.0
    taken: list[float] = field(default_factory=list)
    refused: list[float] = field(default_factory=list)
    crowded_out: int = 0
    other: Counter[int] = field(default_factory=Counter)

    @property
    def offered(self) -> float:
        """Events offered in a second."""
        return (len(self.taken) + len(self.refused)) / self.seconds

    @property
    def rate(self) -> float:
        """Events taken in a second."""
        return len(self.taken) / self.seconds

    def took(self, percent: float) -> float:
        """Return the milliseconds within which this share of the 200 came."""
        return share_at(self.taken, percent)

    def refusal(self, percent: float) -> float:
        """Return the milliseconds within which this share of the 503 came."""
        return share_at(self.refused, percent)


class Pour:
    """Brings events over `connections` connections. An event whose turn it is while all of them wait is crowded out."""

    def __init__(self, address: str, make: Make, connections: int) -> None:
        self._address = urlsplit(address)
        self._make = make
        self._wanted = connections
        self._lines: list[_Line] = []
        self._idle: deque[_Line] = deque()
        self._next = 0
        self._go_on_until = 0.0
        self._poured = Poured()
        self._refused: list[int] = []
        self.stored: set[int] = set()

    async def open(self) -> None:
        """Open the connections."""
        loop = asyncio.get_running_loop()
        while len(self._lines) < self._wanted:
            _transport, line = await loop.create_connection(partial(_Line, self), self._address.hostname, self._address.port)
            self._lines.append(line)
        self._idle.extend(self._lines)

    def close(self) -> None:
        """Close the connections."""
        for line in self._lines:
            line.close()

    async def at(self, rate: float, seconds: float) -> Poured:
        """Bring so many events a second for so long, then wait for the last answers."""
        self._poured = poured = Poured()
        begun = time.perf_counter()
        due = 0
        while (now := time.perf_counter() - begun) < seconds:
            while due < now * rate:
                due += 1
                if self._idle:
                    self._bring_next()
                else:
                    poured.crowded_out += 1
            await asyncio.sleep(TICK)
        poured.seconds = time.perf_counter() - begun
        await self._answered()
        return poured

    async def flat_out(self, seconds: float) -> Poured:
        """Bring the next event on each connection as soon as the last is answered."""
        self._poured = poured = Poured()
        begun = time.perf_counter()
        self._go_on_until = begun + seconds
        while self._idle:
            self._bring_next()
        await asyncio.sleep(seconds)
        poured.seconds = time.perf_counter() - begun
        await self._answered()
        return poured

    async def again(self) -> None:
        """Bring what was refused until all of it is taken, as Zalo does; it counts for no figure."""
        self._poured = Poured()
        while self._refused:
            left, self._refused = self._refused, []
            for number in left:
                while not self._idle:
                    await asyncio.sleep(TICK)
                self._bring(number)
            await self._answered()

    def _bring_next(self) -> None:
        self._bring(self._next)
        self._next += 1

    def _bring(self, number: int) -> None:
        self._idle.popleft().bring(number, self._make(number))

    async def _answered(self) -> None:
        while len(self._idle) < len(self._lines):
            await asyncio.sleep(TICK)
        self._poured.taken.sort()
        self._poured.refused.sort()

    def answered(self, line: _Line, number: int, status: int, seconds: float) -> None:
        """Note an answer."""
        self._idle.append(line)
        if status == 200:
            self.stored.add(number)
            self._poured.taken.append(seconds)
        elif status == 503:
            self._refused.append(number)
            self._poured.refused.append(seconds)
        else:
            self._poured.other[status] += 1
        if time.perf_counter() < self._go_on_until:
            self._bring_next()


class _Line(asyncio.Protocol):
    """One connection to a webhook; one event at a time."""

    def __init__(self, pour: Pour) -> None:
        self._pour = pour
        self._number = 0
        self._begun = 0.0
        self._buffer = bytearray()

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def bring(self, number: int, request: bytes) -> None:
        self._number, self._begun = number, time.perf_counter()
        self._transport.write(request)

    def close(self) -> None:
        self._transport.close()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        length = CONTENT_LENGTH.search(self._buffer, 0, end)
        whole = end + 4 + (int(length[1]) if length else 0)
        if len(self._buffer) < whole:
            return
        status = int(self._buffer[9:12])
        del self._buffer[:whole]
        self._pour.answered(self, self._number, status, time.perf_counter() - self._begun)
