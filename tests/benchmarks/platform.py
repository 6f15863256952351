"""A lean Bot API server for measuring: it answers as fast as it can and checks nothing.

`tests.fakes.botapi` is strict and therefore slower than what is measured here. This one reads HTTP with a few lines of its own,
so that one core of it carries several times what any of the bots does.
"""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import parse_qsl, urlsplit

TOKEN = "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw1"  # Made up.
SECRET = "only-for-measuring"
CONNECTIONS = 40  # Telegram's default for webhooks.
BATCH = 100

CONTENT_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.I)
_BOT = {"id": int(TOKEN.partition(":")[0]), "is_bot": True, "first_name": "Lang Nghe", "username": "lang_nghe_bot"}

Answer = Callable[[bytes], None]


@dataclass(frozen=True, slots=True)
class Sent:
    """One message of the bot: to which chat, its text, the tokens of its buttons, and when it came (`time.perf_counter`)."""

    chat: int
    text: str
    tokens: tuple[str, ...]
    at: float


class Platform:
    """The server. `on_sent` hears of every message of the bot, `on_confirmed` of every update that the bot's webhook took.

    Updates given to `push` wait for getUpdates, or go to the webhook when the bot set one.
    """

    def __init__(self) -> None:
        self.on_sent: Callable[[Sent], None] = lambda sent: None
        self.on_confirmed: Callable[[int, float], None] = lambda chat, at: None
        self.ready = asyncio.Event()  # The bot polls, or has set its webhook.
        self.refused = 0
        self.hook = ""
        self._updates: deque[tuple[int, str]] = deque()
        self._poll: Answer | None = None
        self._next_update = 873_254_000
        self._next_message = 1
        self._idle: list[_Hook] = []
        self._hooks = 0
        self._to_post: deque[tuple[int, bytes]] = deque()
        self._server: asyncio.Server | None = None
        self.url = ""

    async def start(self) -> None:
        """Listen on any free port of the loopback."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Connection(self), "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def stop(self) -> None:
        """Stop listening."""
        assert self._server is not None
        for hook in self._idle:
            hook.close()
        self._server.close()

    # What people do.

    def says(self, chat: int, text: str) -> None:
        """Let a person write."""
        command = {"entities": [{"type": "bot_command", "offset": 0, "length": len(text)}]} if text.startswith("/") else {}
        self._push(chat, {"message": self._message(chat, _person(chat), text=text, **command)})

    def presses(self, chat: int, token: str) -> None:
        """Let a person press a button."""
        message = self._message(chat, _BOT, text="…")
        press = {"id": str(chat * 2**31 + self._next_update), "from": _person(chat), "chat_instance": str(chat), "data": token}
        self._push(chat, {"callback_query": press | {"message": message}})

    def _message(self, chat: int, sender: dict[str, Any], **content: Any) -> dict[str, Any]:
        self._next_message += 1
        private = {"id": chat, "first_name": "Lan", "type": "private"}
        return {"message_id": self._next_message, "from": sender, "chat": private, "date": int(time.time()), **content}

    def _push(self, chat: int, update: dict[str, Any]) -> None:
        number = self._next_update
        self._next_update += 1
        body = json.dumps({"update_id": number} | update)
        if self.hook:
            self._to_post.append((chat, body.encode()))
            self._post()
            return
        self._updates.append((number, body))
        if self._poll is not None:
            answer, self._poll = self._poll, None
            asyncio.get_running_loop().call_soon(self._give, answer)  # With whatever else is written in this moment.

    def _give(self, answer: Answer) -> None:
        first = [self._updates[place][1] for place in range(min(BATCH, len(self._updates)))]
        answer(f'{{"ok":true,"result":[{",".join(first)}]}}'.encode())

    # What the bot asks for.

    def call(self, method: str, body: bytes, answer: Answer) -> None:
        """Carry out one call."""
        if method == "sendmessage":
            given = dict(parse_qsl(body.decode(), keep_blank_values=True))
            chat, text = int(given["chat_id"]), given["text"]
            markup = json.loads(given.get("reply_markup") or "{}")
            rows = markup.get("inline_keyboard", [])
            # The bot has its answer before the person reacts.
            answer(_result(self._message(chat, _BOT, text=text, **({"reply_markup": markup} if rows else {}))))
            tokens = tuple(button.get("callback_data", "") for row in rows for button in row)
            self.on_sent(Sent(chat, text, tokens, time.perf_counter()))
        elif method == "answercallbackquery":
            answer(_TRUE)
        elif method == "getupdates":
            self._get_updates(dict(parse_qsl(body.decode())), answer)
        elif method == "getme":
            answer(_result(_BOT | {"can_join_groups": True, "can_read_all_group_messages": False}))
        elif method == "getmycommands":
            answer(_result([]))
        elif method == "setwebhook":
            self.hook = dict(parse_qsl(body.decode()))["url"]
            self.ready.set()
            answer(_TRUE)
        elif method == "deletewebhook":
            self.hook = ""
            answer(_TRUE)
        else:
            answer(_TRUE)

    def _get_updates(self, given: dict[str, str], answer: Answer) -> None:
        offset = int(given.get("offset") or 0)
        while self._updates and self._updates[0][0] < offset:
            self._updates.popleft()
        if self._updates or int(given.get("timeout") or 0) == 0:
            self._give(answer)
        else:
            self._poll = answer
            self.ready.set()

    # Webhooks.

    def _post(self) -> None:
        while self._to_post:
            if not self._idle:
                if self._hooks < CONNECTIONS:
                    self._hooks += 1
                    asyncio.get_running_loop().create_task(self._connect())
                return
            chat, body = self._to_post.popleft()
            self._idle.pop().post(chat, body)

    async def _connect(self) -> None:
        where = urlsplit(self.hook)
        assert where.hostname and where.port
        head = f"POST {where.path} HTTP/1.1\r\nHost: {where.netloc}\r\nContent-Type: application/json\r\n"
        head += f"X-Telegram-Bot-Api-Secret-Token: {SECRET}\r\nContent-Length: "
        loop = asyncio.get_running_loop()
        _transport, hook = await loop.create_connection(partial(_Hook, self, head.encode()), where.hostname, where.port)
        self._idle.append(hook)
        self._post()

    def posted(self, hook: _Hook, chat: int, status: int) -> None:
        """Note that the webhook has answered."""
        self._idle.append(hook)
        if status == 200:
            self.on_confirmed(chat, time.perf_counter())
        else:
            self.refused += 1
        self._post()


def _person(chat: int) -> dict[str, Any]:
    return {"id": chat, "is_bot": False, "first_name": "Lan", "language_code": "en"}


def _result(value: Any) -> bytes:
    return json.dumps({"ok": True, "result": value}).encode()


_TRUE = _result(True)


class _Connection(asyncio.Protocol):
    """One connection of the bot; a request at a time, none is answered before the one before it."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._buffer = bytearray()

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            length = CONTENT_LENGTH.search(self._buffer, 0, end)
            whole = end + 4 + (int(length[1]) if length else 0)
            if len(self._buffer) < whole:
                return
            target = bytes(self._buffer[: self._buffer.find(b"\r\n")]).split(b" ")[1]
            body = bytes(self._buffer[end + 4 : whole])
            del self._buffer[:whole]
            path, _, query = target.decode().partition("?")
            method = path.rpartition("/")[2].lower()
            self._platform.call(method, body or query.encode(), self._answer)

    def _answer(self, body: bytes) -> None:
        if not self._transport.is_closing():
            head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body)
            self._transport.write(head + body)


class _Hook(asyncio.Protocol):
    """One connection to the bot's webhook."""

    def __init__(self, platform: Platform, head: bytes) -> None:
        self._platform = platform
        self._head = head
        self._chat = 0
        self._buffer = bytearray()

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def post(self, chat: int, body: bytes) -> None:
        """Post one update."""
        self._chat = chat
        self._transport.write(self._head + b"%d\r\n\r\n" % len(body) + body)

    def close(self) -> None:
        """Close the connection."""
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
        self._platform.posted(self, self._chat, status)
