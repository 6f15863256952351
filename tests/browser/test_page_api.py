"""What the page may ask of its server, and what is refused; without a browser."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from io import BytesIO

import aiohttp
import pytest

from bot.channels.webchat import WebChatChannel
from bot.demo.house import CaseLine, Happening, Phone, UnitLine
from bot.demo.server import open_page
from bot.dialogue.values import Layout, Who

NOW = datetime(2026, 11, 24, 8, 4, tzinfo=UTC)


class QuietHouse:
    """A house that keeps what it receives and answers nothing; "break" is more than it can take."""

    def __init__(self) -> None:
        self.channel = WebChatChannel(self.now)
        self.received = []
        self.pushed = []
        self.opened = 0

    def now(self):
        return NOW

    async def receive(self, payload):
        inbound = self.channel.read(payload)
        if inbound.text == "break":
            raise RuntimeError("on purpose")
        self.received.append(inbound)

    async def push_clock(self, hours=0, working_days=0):
        self.pushed.append((hours, working_days))

    async def open_phone(self, role, unit=None, messenger="webchat"):
        if unit == "nowhere":
            raise ValueError(unit)
        self.opened += 1
        return Phone(f"chat-{self.opened}", role, "Nguyễn Thị Lan", unit or "", number="0912 345 678", place=(21.85, 106.76))

    async def find_units(self, text):
        return [UnitLine("H37", text, "UBND tỉnh Lạng Sơn")]

    async def happenings(self, after, language):
        return [Happening(1, NOW, "event", "Việc mới" if language == "vi" else "A new case")][after:]

    async def cases(self, language):
        return [CaseLine("K7QF-2M4X", "Phường Tam Thanh", "Đã chuyển", NOW)]


@pytest.fixture
def house():
    return QuietHouse()


@pytest.fixture
async def http(house):
    """A client that speaks as the page does."""
    runner, address = await open_page(house, house.channel, 0)
    origin = address.rstrip("/")
    async with aiohttp.ClientSession(origin, headers={"Origin": origin}) as session:
        yield session
    await runner.cleanup()


async def send(http, **fields):
    async with http.post("/api/send", json={"id": "m1", "chat": "chat-1", "language": "vi", **fields}) as answer:
        return answer.status, await answer.json()


@asynccontextmanager
async def stream(http, last="", lang="vi"):
    """The stream's events up to `ready`, as {name: data}, and the id of the last."""
    async with http.get(f"/api/stream?lang={lang}", headers={"Last-Event-ID": last}) as answer:
        assert answer.headers["Content-Type"].startswith("text/event-stream")
        events, name, where = {}, "", ""
        async for line in answer.content:
            field, _colon, value = line.decode().rstrip("\n").partition(": ")
            if field == "id":
                where = value
            elif field == "event":
                name = value
            elif field == "data":
                events[name] = json.loads(value)
                if name == "ready":
                    break
        yield events, where


async def test_a_text_reaches_the_house_at_the_demos_instant(http, house):
    assert await send(http, text="Xin chào") == (200, {})
    [inbound] = house.received
    assert (inbound.who.chat, inbound.text, inbound.at, inbound.language) == ("chat-1", "Xin chào", NOW, "vi")
    assert [(m.text, m.state) for m in house.channel.messages("chat-1")] == [("Xin chào", "sent")]


async def test_the_phone_gives_away_its_own_number_and_place(http, house):
    await send(http, share="phone")
    await send(http, id="m2", share="location")
    assert [(i.phone, i.own_phone, i.location) for i in house.received] == [
        ("0912 345 678", True, None),
        (None, False, (21.85, 106.76)),
    ]


async def test_what_the_house_cannot_take_is_marked_and_may_be_sent_again(http, house):
    assert await send(http, text="break") == (500, {"error": "not_received"})
    assert [m.state for m in house.channel.messages("chat-1")] == ["failed"]


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"chat": "chat-9", "text": "x"}, "no_such_phone"),
        ({"chat": ["chat-1"], "text": "x"}, "no_such_phone"),
        ({"text": ""}, "empty"),
        ({"token": "x" * 65}, "unreadable"),
        ({"share": "wallet"}, "unreadable"),
        ({"text": "x", "attachments": "all"}, "unreadable"),
        ({"id": None, "text": "x"}, "unreadable"),
    ],
)
async def test_what_is_not_a_message_of_a_phone_is_refused(http, house, fields, error):
    assert await send(http, **fields) == (400, {"error": error})
    assert house.received == []


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"[" * 50_000, b'"x"'])
async def test_a_body_that_is_no_object_is_refused(http, body):
    async with http.post("/api/send", data=body, headers={"Content-Type": "application/json"}) as answer:
        assert answer.status == 400


async def test_a_form_of_another_page_is_no_request_of_ours(http):
    async with http.post("/api/clock", data={"hours": "1"}) as answer:
        assert answer.status == 400


def form(*files, **fields):
    made = aiohttp.FormData()
    for name, content, file_name, mime in files:
        made.add_field(name, BytesIO(content), filename=file_name, content_type=mime)
    for name, value in {"id": "m1", "chat": "chat-1", "language": "vi", **fields}.items():
        made.add_field(name, value)
    return made


async def test_several_files_are_one_message_and_can_be_looked_at(http, house):
    body = form(
        ("media", b"\xff\xd8picture", "bien.jpg", "image/jpeg"),
        ("document", b"\xff\xd8original", "goc.jpg", "image/jpeg"),
        ("voice", b"sound", "voice.webm", "audio/webm;codecs=opus"),
        text="Ảnh quầy số 3",
    )
    async with http.post("/api/upload", data=body) as answer:
        assert answer.status == 200
    [inbound] = house.received
    assert [(f.kind, f.mime, f.name) for f in inbound.attachments] == [
        ("photo", "image/jpeg", "bien.jpg"),
        ("document", "image/jpeg", "goc.jpg"),
        ("voice", "audio/webm", "voice.webm"),
    ]
    assert inbound.text == "Ảnh quầy số 3"
    assert await house.channel.fetch(inbound.attachments[0], 100) == b"\xff\xd8picture"
    photo, document, _voice = [f"/api/file/{f.ref}" for f in inbound.attachments]
    async with http.get(photo) as answer:
        assert (answer.content_type, await answer.read()) == ("image/jpeg", b"\xff\xd8picture")
    async with http.get(document) as answer:
        assert (answer.content_type, answer.headers["Content-Disposition"][:10]) == ("application/octet-stream", "attachment")


async def test_what_a_browser_could_run_comes_as_a_download(http, house):
    async with http.post("/api/upload", data=form(("media", b"<svg/>", "x.svg", "image/svg+xml"))):
        pass
    async with http.get(f"/api/file/{house.received[0].attachments[0].ref}") as answer:
        assert answer.content_type == "application/octet-stream"
        assert "sandbox" in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


async def test_a_large_file_passes_and_a_too_large_one_is_refused(http, house):
    async with http.post("/api/upload", data=form(("media", b"x" * 21 * 2**20, "phim.mp4", "video/mp4"))) as answer:
        assert answer.status == 200
    assert house.received[0].attachments[0].size == 21 * 2**20
    async with http.post("/api/upload", data=form(("media", b"x" * (50 * 2**20 + 1), "phim.mp4", "video/mp4"))) as answer:
        assert (answer.status, await answer.json()) == (413, {"error": "too_large"})


async def test_eleven_files_are_too_many(http, house):
    async with http.post("/api/upload", data=form(*[("media", b"x", f"{n}.jpg", "image/jpeg") for n in range(11)])) as answer:
        assert (answer.status, await answer.json()) == (400, {"error": "too_many_files"})
    assert house.received == []


async def test_the_stream_tells_the_whole_past_and_then_only_what_is_new(http, house):
    await house.channel.send(Who("webchat", "demo", "chat-2"), Layout("Việc mới"))
    async with stream(http) as (events, where):
        assert [p["key"] for p in events["phones"]] == ["citizen", "unit_head", "supervisor"]
        assert [m["text"] for m in events["messages"]] == ["Việc mới"]
        assert events["happenings"][0]["text"] == "Việc mới"
        assert events["cases"][0]["due"] == events["clock"] == NOW.isoformat()
    await house.channel.send(Who("webchat", "demo", "chat-1"), Layout("Xin chào"))
    async with stream(http, where, "en") as (events, _where):
        assert [m["text"] for m in events["messages"]] == ["Xin chào"]
        assert "happenings" not in events


@pytest.mark.parametrize("last", ["other.1.1", "nonsense", "a.b.c", "..", "٣.٣.٣"])
async def test_a_page_of_another_life_hears_everything(http, house, last):
    await house.channel.send(Who("webchat", "demo", "chat-1"), Layout("Xin chào"))
    async with stream(http, last.encode().decode("latin-1"), "en") as (events, _where):
        assert [m["text"] for m in events["messages"]] == ["Xin chào"]
        assert events["happenings"][0]["text"] == "A new case"


@pytest.mark.parametrize(
    ("wish", "status", "answered"),
    [
        ({"role": "citizen"}, 200, "citizen-2"),
        ({"role": "unit_head", "unit": "H37"}, 200, "unit_head-2"),
        ({"role": "unit_head"}, 400, "unit_needed"),
        ({"role": "unit_head", "unit": "nowhere"}, 400, "unit_unknown"),
        ({"role": "king"}, 400, "unreadable"),
        ({"role": ["citizen"]}, 400, "unreadable"),
        ({"role": "citizen", "unit": 5}, 400, "unreadable"),
    ],
)
async def test_another_phone_needs_a_role_and_perhaps_an_office(http, wish, status, answered):
    async with http.post("/api/phones", json=wish) as answer:
        body = await answer.json()
        assert (answer.status, body["phone"]["key"] if status == 200 else body["error"]) == (status, answered)


@pytest.mark.parametrize(
    ("wish", "pushed"),
    [
        ({"hours": 1}, [(1, 0)]),
        ({"working_days": 5}, [(0, 5)]),
        ({"hours": -1}, []),
        ({"hours": True}, []),
        ({"working_days": 10**9}, []),
        ({"hours": "1"}, []),
    ],
)
async def test_the_clock_goes_forward_only_and_not_too_far(http, house, wish, pushed):
    async with http.post("/api/clock", json=wish) as answer:
        assert answer.status == (200 if pushed else 400)
    assert house.pushed == pushed


async def test_nothing_but_the_page_itself_is_served(http):
    for path, status in (("/", 200), ("/chat.js", 200), ("/town.py", 404), ("/../town.py", 404), ("/api/file/x", 404)):
        async with http.get(path) as answer:
            assert answer.status == status
            assert answer.headers["Cache-Control"] == "no-store"
            assert "'unsafe" not in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "[::1", "", "169.254.1.1"])
async def test_another_name_of_this_machine_is_refused(http, host):
    async with http.get("/", headers={"Host": host}) as answer:
        assert answer.status in (400, 403)


async def test_the_server_stops_while_a_page_is_open(house):
    runner, address = await open_page(house, house.channel, 0)
    async with aiohttp.ClientSession() as http, http.get(address + "api/stream") as answer:
        await answer.content.readline()
        async with asyncio.timeout(1):  # Less than the grace that a server gives to open requests.
            await runner.cleanup()
