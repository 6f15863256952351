"""A Zalo Bot Platform in this process, over real HTTP by `serve`; as strict as what is known of the real one.

Facts: the Bot API's reference, captured traffic and measured behaviour (B1 to B8 of the reference of facts). Where they disagree
it does both, by turns: bare and enveloped webhook bodies, `photo_url` and `photo`, errors by HTTP status and with HTTP 200.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import re
import unicodedata
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from tests.fakes.zalo_bot_server import SECRET_HEADER, Server

TOKEN = "1459232241454765289:khoa-bi-mat-KhongDuocLo_rRa-0001"  # Made up.
PAYLOADS = Path(__file__).parent.parent / "channels" / "payloads" / "zalo_bot"
MEDIA = "https://f9-zpdl.zdn.vn"  # A made-up address of Zalo's own media servers.
FIRST_DATE = 1_764_750_000_000

# Parameters of each method, and those that it must have.
METHODS: Mapping[str, tuple[frozenset[str], frozenset[str]]] = {
    "getMe": (frozenset(), frozenset()),
    "getUpdates": (frozenset({"timeout"}), frozenset()),
    "setWebhook": (frozenset({"url", "secret_token"}), frozenset({"url", "secret_token"})),
    "testWebhook": (frozenset(), frozenset()),
    "deleteWebhook": (frozenset(), frozenset()),
    "getWebhookInfo": (frozenset(), frozenset()),
    "sendMessage": (frozenset({"chat_id", "text", "parse_mode", "text_styles"}), frozenset({"chat_id", "text"})),
    "sendPhoto": (frozenset({"chat_id", "photo", "caption"}), frozenset({"chat_id", "photo"})),
    "sendChatAction": (frozenset({"chat_id", "action"}), frozenset({"chat_id", "action"})),
}


def payload(name: str) -> Any:
    """Return a recorded payload by the name of its file."""
    return json.loads((PAYLOADS / f"{name}.json").read_text("utf-8"))


class No(Exception):
    """An error of the platform."""

    def __init__(self, code: int, description: str) -> None:
        super().__init__(description)
        self.code = code
        self.description = description


@dataclass
class Fault:
    """Trouble to come: a status with a JSON error, or `html`, or `cut` (the connection breaks after the call was carried out)."""

    status: int = 0
    html: str = ""
    cut: bool = False
    retry_after: float | None = None
    quietly: bool = False  # The error comes with HTTP 200.


@dataclass
class Shown:
    """A message of the bot as a person sees it."""

    text: str
    photo: bytes = b""


@dataclass
class Person:
    """A person in a private chat with the bot (or, with `group`, one who mentions it in a group)."""

    platform: FakeZaloBot
    id: str
    name: str
    group: str = ""
    screen: list[Shown] = field(default_factory=list)

    async def says(self, text: str) -> dict[str, Any]:
        """Send a text."""
        return await self.platform.bring("message.text.received", self, text=text)

    async def sends_photo(self, picture: bytes, caption: str = "") -> dict[str, Any]:
        """Send a picture; its address is public."""
        named = next(self.platform.names_of_pictures)
        url = self.platform.keep(picture, "jpg")
        more = {"caption": caption} if caption else {}
        return await self.platform.bring("message.image.received", self, **{named: url}, message_type="CHAT_PHOTO", **more)

    async def sends_voice(self, sound: bytes) -> dict[str, Any]:
        """Send a voice message."""
        url = self.platform.keep(sound, "aac")
        return await self.platform.bring("message.voice.received", self, voice_url=url, message_type="CHAT_VOICE")

    async def sends_what_bots_do_not_get(self) -> dict[str, Any]:
        """Send a file, a video, a place, a card."""
        return await self.platform.bring("message.unsupported.received", self)


class FakeZaloBot:
    """The platform's whole state. An update is handed out once, by getUpdates or the webhook, and then forgotten."""

    def __init__(self, token: str = TOKEN, clock: Callable[[], datetime] | None = None) -> None:
        self.token = token
        self._clock = clock
        self.account = token.partition(":")[0]
        self.people: dict[str, Person] = {}
        self.waiting: deque[dict[str, Any]] = deque()
        self.handed_out: list[str] = []
        self.came = asyncio.Event()
        self.webhook: dict[str, Any] = {}
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.faults: deque[tuple[str, Fault]] = deque()
        self.pictures: dict[str, bytes] = {}
        self.revoked = False
        self.lists = False  # Some have seen getUpdates give a list.
        self.server: Server | None = None
        # In one process: what takes a webhook call, and what opens an address of the bot's own server.
        self.receiver: Callable[[bytes, Mapping[str, str]], Awaitable[int]] | None = None
        self.opens: Callable[[str], Awaitable[bytes | None]] | None = None
        self._enveloped = itertools.cycle([False, True])
        self.names_of_pictures = itertools.cycle(["photo_url", "photo"])
        self._numbers = itertools.count(1)

    async def serve(self) -> Server:
        """Listen on a free port of this machine."""
        self.server = Server(self)
        await self.server.start()
        return self.server

    # People.

    def person(self, name: str = "Người Ví Dụ", group: str = "") -> Person:
        """Return a new person."""
        person = Person(self, f"a1b2c3d4e5f6{next(self._numbers):08x}", name, group)
        self.people[group or person.id] = person
        return person

    def keep(self, content: bytes, ending: str) -> str:
        """Put a file under a public address."""
        assert self.server is not None or self.receiver is not None, "pictures need an address"
        name = f"bot_{next(self._numbers)}.{ending}"
        self.pictures[name] = content
        return f"{self.server.url if self.server is not None else MEDIA}/media/{name}"

    async def bring(self, event: str, person: Person, **more: Any) -> dict[str, Any]:
        """Take a message of a person and bring it to the bot, by webhook or when it asks."""
        number = next(self._numbers)
        chat = {"chat_type": "GROUP" if person.group else "PRIVATE", "id": person.group or person.id}
        update = {
            "event_name": event,
            "message": {
                "date": self._date() + number,
                "chat": chat,
                "message_id": f"1a2b3c4d5e6f{number:08x}",
                "from": {"id": person.id, "is_bot": False, "display_name": person.name},
                **more,
            },
        }
        if self.receiver is not None:
            body = {"ok": True, "result": update} if next(self._enveloped) else update
            raw = json.dumps(body, ensure_ascii=False).encode()
            status = await self.receiver(raw, {SECRET_HEADER: self.webhook["secret_token"]})
            assert status == 200, status
        elif self.webhook and self.server is not None:
            await self.server.deliver(update)
        else:
            self.waiting.append(update)
            self.came.set()
        return update

    def _date(self) -> int:
        return int(self._clock().timestamp() * 1000) if self._clock is not None else FIRST_DATE

    # The bot.

    async def answer(self, token: str, method: str, fields: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """Return HTTP status and body of one call."""
        self.calls.append((method, fields))
        try:
            return 200, await self._result(token, method, fields)
        except No as no:
            if no.code == 401:
                return 401, payload("bot_reply_error_401")
            if no.code == 408:
                return 408, payload("bot_reply_poll_timeout")
            return no.code, {"ok": False, "error_code": no.code, "description": no.description}

    async def _result(self, token: str, method: str, fields: dict[str, Any]) -> dict[str, Any]:
        if token != self.token or self.revoked:
            raise No(401, "Unauthorized")
        if method not in METHODS:
            raise No(404, "Not found")
        known, needed = METHODS[method]
        if fields.keys() - known or needed - fields.keys():
            raise No(400, "Bad Request")
        if method == "sendChatAction":
            return {"ok": True}
        return {"ok": True, "result": await getattr(self, "_" + method)(**fields)}

    async def _getMe(self) -> dict[str, Any]:
        return dict(payload("bot_reply_get_me_ok")["result"], id=self.account)

    async def _getUpdates(self, timeout: int | str = 30) -> Any:
        if self.webhook:
            raise No(400, "Bad Request: a webhook is set")
        try:
            async with asyncio.timeout(float(timeout)):
                while not self.waiting:
                    self.came.clear()
                    await self.came.wait()
        except TimeoutError:
            raise No(408, "Request timeout") from None
        update = self.waiting.popleft()  # It is gone now, whatever becomes of the answer.
        self.handed_out.append(update["message"]["message_id"])
        return [update] if self.lists else update

    async def _setWebhook(self, url: str, secret_token: str) -> dict[str, Any]:
        # The real one takes public https only; a test listens on this machine.
        if not re.match(r"https://|http://127\.0\.0\.1", url) or not 8 <= len(secret_token) <= 256:
            raise No(400, "Bad Request: invalid webhook")
        self.webhook = {"url": url, "secret_token": secret_token, "updated_at": FIRST_DATE}
        answer = dict(payload("bot_reply_set_webhook_ok")["result"], url=url)
        status = await self.server.probe() if self.server is not None else 200
        if status != 200:
            answer["verification"] = {
                "ok": False,
                "url": url,
                "outcome": f"webhook.http.{status}",
                "hint": "",
                "status_code": status,
            }
        return answer

    async def _deleteWebhook(self) -> dict[str, Any]:
        self.webhook = {}
        return {"url": "", "updated_at": FIRST_DATE}

    async def _getWebhookInfo(self) -> dict[str, Any]:
        if not self.webhook:
            raise No(404, "Not found")
        return {"url": self.webhook["url"], "updated_at": FIRST_DATE}

    async def _sendMessage(self, chat_id: str, text: str, parse_mode: str = "", text_styles: Any = None) -> dict[str, Any]:
        if not _is_short(text) or parse_mode not in ("", "markdown", "html"):
            raise No(400, "Bad Request: text must be 1 to 2000 characters")
        self._chat(chat_id).screen.append(Shown(text))
        return self._sent()

    async def _sendPhoto(self, chat_id: str, photo: str, caption: str | None = None) -> dict[str, Any]:
        if caption is not None and not _is_short(caption):
            raise No(400, "Bad Request: caption must be 1 to 2000 characters")
        person = self._chat(chat_id)
        look = self.server.look_at if self.server is not None else self.opens
        picture = await look(photo) if look is not None else None
        if picture is None:
            raise No(400, "Bad Request: the photo cannot be fetched")
        person.screen.append(Shown(caption or "", picture))
        return self._sent()

    def _chat(self, chat_id: Any) -> Person:
        if not isinstance(chat_id, str) or chat_id not in self.people:
            raise No(404, "Not found")
        return self.people[chat_id]

    def _sent(self) -> dict[str, Any]:
        number = next(self._numbers)
        return dict(
            payload("bot_reply_send_message_ok")["result"], message_id=f"82599fa32f56{number:08x}", date=self._date() + number
        )


def _is_short(text: Any) -> bool:
    """Whether a text is taken: 1 to 2000 characters, an emoji counted twice, and no loose marks, which count for themselves."""
    counted = len(text.encode("utf-16-le")) // 2 if isinstance(text, str) else 0
    return 1 <= counted <= 2000 and bool(text.strip()) and unicodedata.is_normalized("NFC", text)
