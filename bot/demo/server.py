"""The demo's page: a few phones side by side, served on the loopback only."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from datetime import datetime
from importlib.resources import files
from typing import Any
from urllib.parse import quote, urlsplit

import structlog
from aiohttp import BodyPartReader, web

from bot.channels.base import FileRefused
from bot.channels.webchat import MOST_FILES, ChatMessage, WebChatChannel, kind_of
from bot.demo.house import AT_A_UNIT, CITIZEN, MESSENGERS, ROLES, CaseLine, DemoHouse, Happening, Phone
from bot.dialogue.values import Attachment, AttachmentKind
from bot.domain.people import Role

log = structlog.get_logger()

LOOPBACK = "127.0.0.1"
NAMES_OF_HERE = {LOOPBACK, "localhost"}
FIRST_PHONES = ((CITIZEN, None), (Role.HEAD.value, None), (Role.SUPERVISOR.value, None))
UPLOAD_BYTES = 50 * 2**20  # All files of one message; more than the bot takes, so that its own refusal can be seen.
BODY_BYTES = 64 * 2**10  # A request without files.
LANGUAGES = ("vi", "en")
FURTHEST_HOURS, FURTHEST_DAYS = 24 * 31, 60

PAGE = {
    "/": ("page.html", "text/html"),
    "/phones.css": ("phones.css", "text/css"),
    "/phones.js": ("phones.js", "text/javascript"),
    "/chat.js": ("chat.js", "text/javascript"),
    "/words.js": ("words.js", "text/javascript"),
    "/icon.svg": ("icon.svg", "image/svg+xml"),
}
# Nothing from outside, nothing inline; `require-trusted-types-for` forbids the page to make markup out of text.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; media-src 'self' blob:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "microphone=(self), camera=(), geolocation=()",
}


async def open_page(house: DemoHouse, channel: WebChatChannel, port: int) -> tuple[web.AppRunner, str]:
    """Serve the page on the loopback and return what stops it (`cleanup`) and its address; port 0 takes a free one.

    Raises OSError when the port is taken.
    """
    runner = web.AppRunner(demo_app(house, channel), access_log=None, shutdown_timeout=2)
    await runner.setup()
    try:
        await web.TCPSite(runner, LOOPBACK, port).start()
    except OSError:
        await runner.cleanup()
        raise
    return runner, f"http://{LOOPBACK}:{runner.addresses[0][1]}/"


def demo_app(house: DemoHouse, channel: WebChatChannel) -> web.Application:
    """Return the page's web application; it has no notion of who asks, so it must not leave the loopback."""
    page = DemoPage(house, channel)
    app = web.Application(middlewares=[only_from_here], client_max_size=BODY_BYTES)
    app.on_response_prepare.append(_guard)
    app.on_startup.append(page.open_first_phones)
    app.on_shutdown.append(page.end_streams)
    for path, (name, mime) in PAGE.items():
        app.router.add_get(path, _static(name, mime))
    app.add_routes(
        [
            web.get("/api/stream", page.stream),
            web.get("/api/units", page.units),
            web.get("/api/file/{ref}", page.file),
            web.post("/api/send", page.send),
            web.post("/api/upload", page.upload),
            web.post("/api/phones", page.open_phone),
            web.post("/api/clock", page.push_clock),
        ]
    )
    return app


@web.middleware
async def only_from_here(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Answer 403 unless the request was meant for this machine and, where it changes something, comes from this very page.

    A stranger's page can make a browser ask 127.0.0.1, and can give its own name that address (DNS rebinding): the first
    shows in Origin, the second in Host.
    """
    try:
        host = urlsplit(f"//{request.host}").hostname
    except ValueError:
        host = None
    same = request.headers.get("Origin") == f"http://{request.host}"
    if host not in NAMES_OF_HERE or not (same or request.method in ("GET", "HEAD")):
        return web.json_response({"error": "not_from_here"}, status=403)
    return await handler(request)


class DemoPage:
    """The page's side of the demo: which phones are open, what they send, what they are told."""

    def __init__(self, house: DemoHouse, channel: WebChatChannel) -> None:
        self._house = house
        self._channel = channel
        self._phones: dict[str, tuple[str, Phone]] = {}
        # A page that outlives this process sees by this that its messages are of another life.
        self._life = secrets.token_hex(4)
        self._streams: set[asyncio.Task[Any]] = set()

    async def open_first_phones(self, _app: web.Application) -> None:
        """Open the three phones that everybody sees first."""
        for role, unit in FIRST_PHONES:
            self._show(await self._house.open_phone(role, unit))

    async def end_streams(self, _app: web.Application) -> None:
        """End every stream, so that the server can stop."""
        for task in self._streams:
            task.cancel()

    async def open_phone(self, request: web.Request) -> web.Response:
        """Open another phone: `{role, unit?, messenger?}`; answers which."""
        wish = await _json(request)
        role, unit, messenger = wish.get("role"), wish.get("unit") or None, wish.get("messenger", MESSENGERS[0])
        if role not in ROLES or not (unit is None or isinstance(unit, str)) or messenger not in MESSENGERS:
            raise _refused("unreadable")
        if role in AT_A_UNIT and unit is None:
            raise _refused("unit_needed")
        try:
            phone = await self._house.open_phone(role, unit, messenger)
        except ValueError as unknown:
            raise _refused("unit_unknown") from unknown
        return web.json_response({"phone": self._show(phone)})

    async def send(self, request: web.Request) -> web.Response:
        """Send a text, a press, a start, the own number or place: `{id, chat, language, text|token+pressed|start|share}`."""
        payload = await _json(request)
        phone = self._phone(payload.get("chat"))
        share = payload.pop("share", None)
        if share == "phone":
            payload["phone"] = phone.number
        elif share == "location":
            payload["location"] = list(phone.place)
        elif share is not None:
            raise _refused("unreadable")
        return await self._deliver(payload)

    async def upload(self, request: web.Request) -> web.Response:
        """Send files in one message: a form with `id`, `chat`, `language`, `text` and files as `media`, `document` or `voice`."""
        if not request.content_type.startswith("multipart/"):
            raise _refused("unreadable")
        payload: dict[str, Any] = {}
        kept: list[Attachment] = []
        room = UPLOAD_BYTES
        async for part in await request.multipart():
            if not isinstance(part, BodyPartReader) or not part.name:
                raise _refused("unreadable")
            if part.filename is None:
                payload[part.name] = (await _read(part, BODY_BYTES)).decode("utf-8", "replace")
                continue
            if len(kept) == MOST_FILES:
                raise _refused("too_many_files")
            content = await _read(part, room)
            room -= len(content)
            mime = part.headers.get("Content-Type", "").split(";")[0].strip()[:100]
            kept.append(self._channel.keep(_kind(part.name, mime), content, mime, part.filename))
        if not kept:
            raise _refused("unreadable")
        self._phone(payload.get("chat"))
        return await self._deliver({**payload, "attachments": [asdict(file) for file in kept]})

    async def file(self, request: web.Request) -> web.Response:
        """Give a file of a chat back; what a browser might run comes as a download."""
        try:
            file, content = self._channel.kept(request.match_info["ref"])
        except FileRefused as gone:
            raise web.HTTPNotFound from gone
        shown = file.kind != "document" and (kind_of(file.mime) == file.kind or file.mime.startswith("audio/"))
        headers = {"Content-Security-Policy": "default-src 'none'; sandbox"}
        if not shown:
            headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(file.name or 'file', safe='')}"
        return web.Response(body=content, content_type=file.mime if shown else "application/octet-stream", headers=headers)

    async def units(self, request: web.Request) -> web.Response:
        """Find offices by what was typed (`q`)."""
        text = request.query.get("q", "").strip()[:200]
        found = await self._house.find_units(text) if text else []
        return web.json_response({"units": [asdict(unit) for unit in found]})

    async def push_clock(self, request: web.Request) -> web.Response:
        """Push the clock: `{hours}` or `{working_days}`; answers when the work that fell due is done."""
        wish = await _json(request)
        hours, days = wish.get("hours", 0), wish.get("working_days", 0)
        if type(hours) is not int or type(days) is not int or not (0 <= hours <= FURTHEST_HOURS and 0 <= days <= FURTHEST_DAYS):
            raise _refused("unreadable")
        await self._house.push_clock(hours=hours, working_days=days)
        return web.json_response({"now": _when(self._house.now())})

    async def stream(self, request: web.Request) -> web.StreamResponse:
        """Tell everything as it happens, as Server-Sent Events: phones, messages, clock, happenings, cases.

        The first answer holds the whole past that is kept, or what came after `Last-Event-ID`; `ready` follows it.
        """
        language = request.query.get("lang", "")
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream; charset=utf-8"})
        await response.prepare(request)
        task = asyncio.current_task()
        assert task is not None
        self._streams.add(task)
        try:
            await self._tell(
                response, language if language in LANGUAGES else LANGUAGES[0], request.headers.get("Last-Event-ID", "")
            )
        except ConnectionResetError:
            pass  # The page was closed.
        finally:
            self._streams.discard(task)
        return response

    async def _tell(self, response: web.StreamResponse, language: str, last: str) -> None:
        seen, happened = self._since(last)
        told: dict[str, Any] = {}

        async def tell(event: str, data: Any) -> None:
            where = f"{self._life}.{seen}.{happened}"
            await response.write(f"id: {where}\nevent: {event}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n".encode())

        async def tell_if_new(event: str, data: Any) -> None:
            if told.get(event) != data:
                told[event] = data
                await tell(event, data)

        await tell("life", {"life": self._life})
        for quiet in itertools.count():
            await tell_if_new("phones", [self._phone_json(key, phone) for key, phone in self._phones.values()])
            await tell_if_new("clock", _when(self._house.now().replace(second=0, microsecond=0)))
            if messages := self._channel.newer(seen):
                seen = max(message.seq for message in messages)
                await tell("messages", [_message(message) for message in messages])
            if happenings := await self._house.happenings(happened, language):
                happened = happenings[-1].id
                await tell("happenings", [_happening(happening) for happening in happenings])
            await tell_if_new("cases", [_case(case) for case in await self._house.cases(language)])
            if quiet == 0:
                await tell("ready", None)
            if quiet % 15 == 14:
                await response.write(b":\n\n")  # A page that has gone shows only when it is written to.
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._channel.changed(seen), 1.0)

    def _since(self, last: str) -> tuple[int, int]:
        life, *numbers = last.split(".")
        if life == self._life and len(numbers) == 2 and all(n.isascii() and n.isdigit() and len(n) < 16 for n in numbers):
            return int(numbers[0]), int(numbers[1])
        return 0, 0

    async def _deliver(self, payload: dict[str, Any]) -> web.Response:
        payload["at"] = self._house.now().isoformat()
        try:
            inbound = self._channel.read(payload)
        except ValueError as unreadable:
            raise _refused("unreadable") from unreadable
        if inbound is None:
            raise _refused("empty")
        self._channel.put(inbound, shown="/start" if inbound.start is not None else "")
        try:
            await self._house.receive(payload)
        except Exception:
            # Whatever went wrong inside, the page must say so at this message and let it be sent again.
            log.exception("demo message not received")
            self._channel.settle(inbound, "failed")
            return web.json_response({"error": "not_received"}, status=500)
        self._channel.settle(inbound, "sent")
        return web.json_response({})

    def _phone(self, chat: Any) -> Phone:
        if not isinstance(chat, str) or chat not in self._phones:
            raise _refused("no_such_phone")
        return self._phones[chat][1]

    def _show(self, phone: Phone) -> dict[str, Any]:
        if phone.chat not in self._phones:
            same = sum(1 for _key, other in self._phones.values() if other.role == phone.role)
            self._phones[phone.chat] = (f"{phone.role}-{same + 1}" if same else phone.role, phone)
        return self._phone_json(*self._phones[phone.chat])

    def _phone_json(self, key: str, phone: Phone) -> dict[str, Any]:
        return {
            "key": key,
            "chat": phone.chat,
            "role": phone.role,
            "name": phone.name,
            "unit": phone.unit_name,
            "messenger": phone.messenger,
            "start": phone.start,
        }


def _static(name: str, mime: str) -> Callable[[web.Request], Awaitable[web.Response]]:
    body = files("bot.demo").joinpath(name).read_bytes()

    async def serve(_request: web.Request) -> web.Response:
        return web.Response(body=body, content_type=mime, charset="utf-8")

    return serve


async def _guard(_request: web.Request, response: web.StreamResponse) -> None:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)


async def _json(request: web.Request) -> dict[str, Any]:
    if request.content_type != "application/json":
        raise _refused("unreadable")
    try:
        body = await request.json()
    except (ValueError, RecursionError) as broken:
        raise _refused("unreadable") from broken
    if not isinstance(body, dict):
        raise _refused("unreadable")
    return body


async def _read(part: BodyPartReader, limit: int) -> bytes:
    content = bytearray()
    while chunk := await part.read_chunk():
        content += chunk
        if len(content) > limit:
            raise _refused("too_large", web.HTTPRequestEntityTooLarge(limit, len(content)))
    return bytes(content)


def _kind(field: str, mime: str) -> AttachmentKind:
    if field == "voice":
        return "voice"
    kind = kind_of(mime)
    # A picture sent "as a file" arrives as a document, with whatever the camera wrote into it, as in other messengers.
    return kind if field == "media" or kind == "audio" else "document"


def _refused(why: str, answer: web.HTTPException | None = None) -> web.HTTPException:
    answer = answer or web.HTTPBadRequest()
    answer.content_type = "application/json"
    answer.text = json.dumps({"error": why})
    return answer


def _when(at: datetime) -> str:
    return at.isoformat()


def _message(message: ChatMessage) -> dict[str, Any]:
    return {**asdict(message), "at": _when(message.at)}


def _happening(happening: Happening) -> dict[str, Any]:
    return {**asdict(happening), "at": _when(happening.at)}


def _case(case: CaseLine) -> dict[str, Any]:
    return {**asdict(case), "due": None if case.due is None else _when(case.due)}
