"""A Bot API server as strict as Telegram's, in this process; over HTTP by `serve`, or `python -m tests.fakes.botapi`.

Facts about the real one: its sources (tdlib/telegram-bot-api) and the specification condensed in `botapi_spec.json`.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import random
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.channels.telegram import TelegramChannel
from tests.fakes.botapi_methods import DAY, DEFAULT_UPDATES, Methods
from tests.fakes.botapi_request import FakeRequest
from tests.fakes.botapi_rules import METHODS, Broken, Refused, Upload, check_type, read_parameters
from tests.fakes.botapi_server import Server
from tests.fakes.botapi_users import ApiGroup, ApiUser

TOKEN = "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw1"  # Made up.
PRESS_ANSWERED_WITHIN = 60

Lane = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Call:
    """One call of the bot: parameters as read, the instant by the server's clock, the status answered."""

    method: str
    parameters: dict[str, Any]
    at: datetime
    status: int


@dataclass(frozen=True, slots=True)
class Fault:
    """Trouble to come. `broken`: no answer at all (`connect`, `timeout`, `cut`); `done`: the call was carried out first."""

    status: int = 0
    description: str = ""
    parameters: dict[str, Any] = field(default_factory=dict)
    html: bytes = b""
    broken: str = ""
    done: bool = False


def flood(seconds: int) -> Fault:
    """Answer 429: nothing may be sent by this bot for so long; what comes too early is refused and counted."""
    return Fault(429, f"Too Many Requests: retry after {seconds}", {"retry_after": seconds})


def server_error(status: int = 502, done: bool = False) -> Fault:
    """Answer as a gateway does."""
    return Fault(status, html=b"<html><head><title>502 Bad Gateway</title></head></html>", done=done)


def refusal(description: str, status: int = 400, **parameters: Any) -> Fault:
    """Answer with this error."""
    return Fault(status, description, parameters)


NO_CONNECTION = Fault(broken="connect")
TIMEOUT = Fault(broken="timeout")  # Never carried out, but who calls cannot know.
LOST_ANSWER = Fault(broken="cut", done=True)  # Carried out, then the connection is cut.


@dataclass
class StoredFile:
    """A file on the server; `path` is what getFile names, `redirect` where a download is sent on to."""

    path: str
    content: bytes
    redirect: str = ""


@dataclass
class Pending:
    """An update that the bot has not confirmed."""

    update: dict[str, Any]
    lane: Lane
    expires: datetime


class FakeBotApi(Methods):
    """The server's whole state: people, chats, files, waiting updates, and the trouble that was ordered.

    `clock` gives the instants in messages and of expiry. Updates wait for getUpdates, go to `receiver` when one is set, or by
    webhook when the bot set one and `serve` runs. `calls` keeps what the bot asked for.
    """

    def __init__(
        self, token: str = TOKEN, clock: Callable[[], datetime] | None = None, username: str = "lang_nghe_bot", seed: int = 1
    ) -> None:
        self.token = token
        self.clock = clock or (lambda: datetime.now(UTC))
        self.username = username
        self.users: dict[int, ApiUser] = {}
        self.groups: dict[int, ApiGroup] = {}
        self.files: dict[str, StoredFile] = {}
        self.calls: list[Call] = []
        self.keep_calls = True
        self.pending: list[Pending] = []
        self.receiver: Callable[[dict[str, Any]], Awaitable[None]] | None = None
        self.commands: dict[tuple[str, str], list[dict[str, str]]] = {}
        self.webhook: dict[str, Any] = {}
        self.server: Server | None = None
        self.revoked = False
        self.too_early = 0
        self.chance = random.Random(seed)
        self._faults: list[tuple[Fault, int | None, str, int]] = []
        self._flood_until = self.clock()
        self._allowed = set(DEFAULT_UPDATES)
        self._count = itertools.count(1)
        self._message_ids = itertools.count(1)
        self._next_update_id = 873_254_000 + self.chance.randrange(10**6)
        self._queries: dict[str, tuple[ApiUser, datetime]] = {}
        self._poll: asyncio.Future[None] | None = None
        self._last_poll: tuple[int, float] = (-1, 0.0)

    # People, and what the tests arrange.

    def user(
        self, id: int | None = None, name: str = "Lan", language: str = "vi", phone: str = "", username: str = ""
    ) -> ApiUser:
        """Return a person, the same one for the same id; a new id is drawn where none is given."""
        id = id if id is not None else 5_000_000_000 + self.count()
        return self.users.setdefault(id, ApiUser(self, id, name, language, phone, username))

    def group(self, id: int = -1001234567890, title: str = "Tổ dân phố 5") -> ApiGroup:
        """Return a group with the bot in it."""
        return self.groups.setdefault(id, ApiGroup(self, id, title))

    def fault(self, fault: Fault, chat: int | None = None, method: str = "", times: int = 1) -> None:
        """Order trouble for the next `times` calls (of this method, to this chat)."""
        self._faults.append((fault, chat, method, times))

    def calm(self) -> None:
        """Take back all ordered trouble."""
        self._faults.clear()
        self._flood_until = self.clock()

    def jump(self, update_id: int) -> None:
        """Let the numbering of updates go on anywhere else, as after a week without any."""
        self._next_update_id = update_id

    def sent(self, method: str = "") -> list[Call]:
        """Return the calls that were carried out, of one method or all that send."""
        return [c for c in self.calls if c.status == 200 and (c.method == method if method else c.method.startswith("send"))]

    def request(self) -> FakeRequest:
        """Return an HTTP client for python-telegram-bot that needs no socket."""
        return FakeRequest(self)

    def channel(self, **more: Any) -> TelegramChannel:
        """Return our Telegram channel on this server, without sockets."""
        client = self.request()
        given: dict[str, Any] = {
            "request": client,
            "get_updates_request": self.request(),
            "downloads": client,
            "clock": self.clock,
        }
        return TelegramChannel(self.token, **(given | more))

    async def serve(self, port: int = 0, host: str = "127.0.0.1") -> Server:
        """Serve over HTTP, webhooks included; its `url` is the root for TELEGRAM_API_URL, `stop()` ends it."""
        self.server = Server(self)
        await self.server.start(host, port)
        return self.server

    # Updates.

    async def emit(self, kind: str, body: dict[str, Any], lane: Lane, seconds: int = DAY) -> dict[str, Any]:
        """Make an update, let it wait for the bot and return it; checks that it is one the Bot API could send."""
        update = {"update_id": self._next_update_id, kind: body}
        check_type(update, "Update", "update")
        self._next_update_id += 1
        if kind not in self._allowed:
            return update
        pending = Pending(update, lane, self.clock() + timedelta(seconds=seconds))
        self.pending.append(pending)
        if self.receiver is not None:
            await self.redeliver()
        elif self.webhook and self.server is not None:
            self.server.deliver(lane)
        elif self._poll is not None and not self._poll.done():
            self._poll.set_result(None)
        return update

    async def redeliver(self) -> None:
        """Give `receiver` all that waits, in order.

        What it raises at stays, as do later updates of the same lane; the first such error is raised at the end.
        """
        assert self.receiver is not None
        failures: dict[Lane, Exception] = {}
        for pending in list(self.pending):
            if pending.lane in failures or pending not in self.pending:
                continue
            try:
                await self.receiver(json.loads(json.dumps(pending.update)))
            except Exception as error:
                failures[pending.lane] = error
            else:
                self.pending.remove(pending)
        for error in failures.values():
            raise error

    def alive(self) -> list[Pending]:
        """Return the updates that wait, without those that expired."""
        now = self.clock()
        self.pending = [pending for pending in self.pending if pending.expires > now]
        return self.pending

    # Calls.

    async def answer(
        self, token: str, method: str, parameters: Mapping[str, Any], uploads: Mapping[str, Upload] | None = None
    ) -> tuple[int, dict[str, Any] | bytes]:
        """Return status and body as for a request with this token; raises `Broken` when there is no answer."""
        if not re.fullmatch(r"\d+:[\w-]{30,}", token):
            return 404, {"ok": False, "error_code": 404, "description": "Not Found"}
        if token != self.token or self.revoked:
            return 401, {"ok": False, "error_code": 401, "description": "Unauthorized"}
        return await self.handle(method, parameters, uploads)

    async def handle(
        self, method: str, parameters: Mapping[str, Any], uploads: Mapping[str, Upload] | None = None
    ) -> tuple[int, dict[str, Any] | bytes]:
        """Return status and body of one call, given as form fields or JSON values; raises `Broken` when there is no answer."""
        name = METHODS.get(method.lower())
        if name is None:
            return 404, {"ok": False, "error_code": 404, "description": "Not Found: method not found"}
        fault = self._fault_for(name, parameters.get("chat_id"))
        read: dict[str, Any] = dict(parameters)
        try:
            if fault is not None and not fault.done:
                raise _Troubled(fault)
            read = read_parameters(name, parameters, uploads or {})
            self._keep_to_flood(name)
            result = getattr(self, f"_{name}")(**read)
            result = await result if asyncio.iscoroutine(result) else result
            status, body = 200, {"ok": True, "result": result}
            if fault is not None:
                raise _Troubled(fault)
        except Refused as refused:
            status, body = refused.status, refused.body
        except _Troubled as troubled:
            self._note(name, read, 200 if troubled.fault.done else troubled.fault.status)
            return self._troubled(troubled.fault)
        self._note(name, read, status)
        return status, body

    def _fault_for(self, method: str, chat: Any) -> Fault | None:
        for place, (fault, for_chat, for_method, times) in enumerate(self._faults):
            if (for_method or "send") in (method, method[:4]) and for_chat in (None, int(chat or 0)):
                if times > 1:
                    self._faults[place] = (fault, for_chat, for_method, times - 1)
                else:
                    del self._faults[place]
                return fault
        return None

    def _troubled(self, fault: Fault) -> tuple[int, dict[str, Any] | bytes]:
        if fault.broken:
            raise Broken(fault.broken)
        if fault.status == 429:
            self._flood_until = self.clock() + timedelta(seconds=fault.parameters["retry_after"])
        if fault.html:
            return fault.status, fault.html
        body = {"ok": False, "error_code": fault.status, "description": fault.description}
        return fault.status, body | ({"parameters": fault.parameters} if fault.parameters else {})

    def _keep_to_flood(self, method: str) -> None:
        left = (self._flood_until - self.clock()).total_seconds()
        if method.startswith(("send", "edit")) and left > 0:
            self.too_early += 1
            seconds = max(1, round(left))
            raise Refused(f"Too Many Requests: retry after {seconds}", 429, retry_after=seconds)

    def _note(self, method: str, parameters: dict[str, Any], status: int) -> None:
        if self.keep_calls:
            self.calls.append(Call(method, parameters, self.clock(), status))

    # How it is kept.

    def count(self) -> int:
        """Return the next number of this server."""
        return next(self._count)

    def next_message_id(self) -> int:
        """Return the id of the next message; ids of private chats are one series for the bot."""
        return next(self._message_ids)

    def date(self) -> int:
        """Return the clock's seconds since 1970."""
        return int(self.clock().timestamp())

    def bot_json(self) -> dict[str, Any]:
        """Return the bot as the Bot API's `User`."""
        return {"id": int(self.token.partition(":")[0]), "is_bot": True, "first_name": "Lắng Nghe", "username": self.username}

    def new_query(self, user: ApiUser) -> str:
        """Return the id of a new press of this person."""
        query = str(user.id * 2**31 + self.chance.getrandbits(30))
        self._queries[query] = (user, self.clock() + timedelta(seconds=PRESS_ANSWERED_WITHIN))
        return query

    def keep_file(self, kind: str, content: bytes, name: str = "", **facts: Any) -> dict[str, Any]:
        """Keep a file and return it as the Bot API's object."""
        prefix = {"photo": "AgAC", "document": "BQAC", "voice": "AwAC", "video": "BAAC", "audio": "CQAC"}.get(kind, "CAAC")
        number = self.count()
        file_id = f"{prefix}AgUAAxkBAAIB{self.chance.getrandbits(160):040x}{number}"
        endings = {"photo": ".jpg", "voice": ".oga", "video": ".mp4", "audio": ".mp3", "sticker": ".webp"}
        ending = f".{name.rpartition('.')[2]}" if "." in name else endings.get(kind, ".bin")
        folder = {"voice": "voice", "audio": "music", "sticker": "stickers"}.get(kind, f"{kind}s")
        self.files[file_id] = StoredFile(f"{folder}/file_{number}{ending}", content)
        return {"file_id": file_id, "file_unique_id": f"AQAD{number:08d}", "file_size": len(content)} | facts

    def download(self, token: str, path: str) -> StoredFile | None:
        """Return the file at this path below `/file/bot<token>/`."""
        wanted = token == self.token and not self.revoked
        return next((file for file in self.files.values() if wanted and file.path == path), None)


class _Troubled(Exception):
    def __init__(self, fault: Fault) -> None:
        super().__init__(fault)
        self.fault = fault


async def _run(host: str, port: int, token: str) -> None:
    server = await FakeBotApi(token).serve(port, host)
    print(f"TELEGRAM_API_URL={server.url} TELEGRAM_TOKEN={token}", flush=True)
    await asyncio.Event().wait()


def main(arguments: Iterable[str] | None = None) -> None:
    """Serve until interrupted; people act through `POST /control/<id>/<method of ApiUser>` with a JSON list of arguments."""
    parser = argparse.ArgumentParser(prog="python -m tests.fakes.botapi", description=__doc__)
    parser.add_argument("--port", type=int, default=8081)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--token", default=TOKEN)
    given = parser.parse_args(None if arguments is None else list(arguments))
    try:
        asyncio.run(_run(given.host, given.port, given.token))
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main()
