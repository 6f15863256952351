"""The Zalo bot over real HTTP: a case filed by numbers, by polling and by webhook; a kill; files by address."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
import sqlite3
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import pytest

from bot.app import utc_now
from bot.channels.base import FileRefused, SendFailed
from bot.channels.zalo_bot import ZaloBotChannel
from bot.channels.zalo_bot_http import Refused, Unclear
from bot.control import hand_over, socket_path
from bot.dialogue.values import Attachment, LaidFile, Layout, Who
from bot.program import Program
from bot.serving import serve_web
from bot.serving_zalo_bot import zalo_bot_channel
from bot.web.shared_files import SharedFiles
from storage.seal import lookup
from tests.fakes.botapi_users import a_picture
from tests.fakes.zalo_bot import TOKEN, FakeZaloBot, Person, payload
from tests.test_serving import file, free_port, ready, running, until  # noqa: F401 - file is a fixture
from tests.town import CODE, START, config_for

# Two frames of silence, as raw AAC.
VOICE = 2 * (bytes.fromhex("fff150800cdffc") + bytes(95))
SECRET = "a-word-that-zalo-repeats"


@pytest.fixture
async def platform():
    platform = FakeZaloBot()
    server = await platform.serve()
    yield platform
    await server.stop()


def settings(file: Path, platform: FakeZaloBot, **more):  # noqa: F811
    port = free_port()
    return replace(config_for(file), zalo_bot_token=TOKEN, zalo_bot_api_url=platform.server.url, port=port, **more)


def with_webhook(config):
    return replace(config, public_url=f"http://127.0.0.1:{config.port}", zalo_bot_secret=SECRET)


async def says(lan: Person, text: str, fragment: str = "") -> str:
    before = len(lan.screen)
    await lan.says(text)
    await until(lambda: len(lan.screen) > before, f"nothing was said after {text!r}")
    assert fragment.casefold() in lan.screen[-1].text.casefold(), lan.screen[-1].text
    return lan.screen[-1].text


async def picks(lan: Person, label: str) -> str:
    """Type the number of the line with this label."""
    found = re.search(rf"^(\d+)\. .*{re.escape(label)}", lan.screen[-1].text, re.MULTILINE | re.IGNORECASE)
    assert found, f"no line {label!r} in {lan.screen[-1].text}"
    return await says(lan, found[1])


async def files_feedback(lan: Person) -> str:
    """A stranger files feedback with a picture, by words and numbers only."""
    await says(lan, "/start", "1. ")
    await picks(lan, "Đồng ý")
    await picks(lan, "Phản ánh")
    await picks(lan, "Phản ánh")
    await says(lan, "phuong tam thanh")
    await picks(lan, "Tam Thanh")
    await picks(lan, "Không biết")
    await picks(lan, "Thái độ")
    await says(lan, "1")
    await says(lan, "hôm qua")
    await says(lan, "Cán bộ ở quầy 3 quát tôi trước mặt mọi người.")
    return lan.screen[-1].text


async def the_rest(lan: Person, files: str = "Không có") -> None:
    await picks(lan, files)
    await picks(lan, "Ẩn danh")
    await picks(lan, "Gửi")
    assert CODE.search(lan.screen[-1].text), lan.screen[-1].text


async def test_polling_files_a_case_by_numbers(platform, file: Path):  # noqa: F811
    config = settings(file, platform)
    lan = platform.person("Lan")
    stop = asyncio.Event()
    async with running(lambda _end: serve_web(config, stop)) as tasks:
        await ready(config.port, tasks)
        await files_feedback(lan)
        question = lan.screen[-1].text
        await lan.sends_what_bots_do_not_get()
        await until(lambda: lan.screen[-1].text == question and "chụp ảnh giấy tờ" in lan.screen[-2].text, "no hint")
        await the_rest(lan)
        stop.set()
        last = await lan.says("Cảm ơn")  # It comes in the very moment of the stop, and is not lost.
        await asyncio.gather(*tasks)
    assert last["message"]["message_id"] in platform.handed_out and not platform.waiting
    assert stored(file) == len(platform.handed_out)
    assert all(1 <= len(shown.text) <= 2000 for shown in lan.screen)
    assert [method for method, _fields in platform.calls[:2]] == ["getMe", "deleteWebhook"]


async def test_the_webhook_files_a_case_and_refuses_who_is_not_zalo(platform, file: Path):  # noqa: F811
    config = with_webhook(settings(file, platform))
    lan = platform.person("Lan")
    hook = f"{config.public_url}/zalo/bot"
    async with running(lambda stop: serve_web(config, stop)) as tasks, aiohttp.ClientSession() as http:
        await ready(config.port, tasks)
        await until(lambda: platform.webhook, "no webhook was set")
        assert platform.webhook["url"] == hook
        await files_feedback(lan)
        await lan.sends_photo(a_picture())
        await until(lambda: "Đã nhận 1 tệp" in lan.screen[-1].text, "a picture was not noticed")
        await lan.sends_voice(VOICE)
        await until(lambda: "Đã nhận 2 tệp" in lan.screen[-1].text, "a voice message was not noticed")
        await the_rest(lan, "Xong rồi")
        await until(lambda: files_in(file) == ["audio/aac stored", "image/jpeg stored"], "the files were not fetched")
        shown = len(lan.screen)
        update = payload("bot_update_text") | {"event_name": "message.text.received"}
        update["message"] |= {"chat": {"chat_type": "PRIVATE", "id": lan.id}, "from": {"id": lan.id, "is_bot": False}}
        for headers in ({}, {"X-Bot-Api-Secret-Token": SECRET + "x"}):
            async with http.post(hook, json=update, headers=headers) as answer:
                assert answer.status == 403
            async with http.post(hook, data=b"", headers=headers) as answer:
                assert answer.status == 200  # The probe.
        right = {"X-Bot-Api-Secret-Token": SECRET}
        for body in (b"{not json", b"{}", b'{"ok": false, "error_code": 500}', b'"x"', b"[1]"):
            async with http.post(hook, data=body, headers=right) as answer:
                assert answer.status == 200
        assert len(lan.screen) == shown

        async def brought() -> int:
            async with http.post(hook, json=update, headers=right) as answer:
                return answer.status

        # The same update five times, twice at the same moment, is one message.
        assert [*await asyncio.gather(*(brought() for _time in range(4))), await brought()] == [200] * 5
        await until(lambda: len(lan.screen) > shown, "no answer to what came with the right word")
        assert sum(method == "sendMessage" for method, _fields in platform.calls) == len(lan.screen) == shown + 1
    assert set(platform.server.delivered) == {200}


async def test_a_head_answers_with_a_picture_and_both_have_nothing_but_numbers_and_words(platform, file: Path):  # noqa: F811
    config = with_webhook(settings(file, platform))
    lan, mai = platform.person("Lan"), platform.person("Mai")
    async with running(lambda stop: serve_web(config, stop)) as tasks:
        await ready(config.port, tasks)
        await until(lambda: platform.webhook, "no webhook was set")
        words = ["invite", "--role", "head", "--unit", "05986", "--name", "Trần Thị Mai"]
        invited = await asyncio.to_thread(hand_over, socket_path(file), words, {})
        await says(mai, re.search(r"/start i_\S+", invited.text)[0], "1. ")
        await picks(mai, "Đồng ý")
        await files_feedback(lan)
        await the_rest(lan)
        code = CODE.search(lan.screen[-1].text)[0]
        await until(lambda: code in mai.screen[-1].text, "the head was not told")
        assert "quát" not in mai.screen[-1].text  # Neither who wrote nor what.
        await says(mai, f"/mo {code}", "Cán bộ ở quầy 3 quát tôi")
        await picks(mai, "Tiếp nhận")
        await until(lambda: "đã tiếp nhận" in lan.screen[-1].text, "the citizen was not told")
        await picks(mai, "Viết trả lời")
        await picks(mai, "Đúng")
        await picks(mai, "Xin lỗi người dân")
        await picks(mai, "Xong rồi")
        await says(mai, "Chúng tôi đã xem lại camera. Phản ánh của anh/chị là đúng. Chúng tôi xin lỗi anh/chị.")
        await says(mai, "Biên bản làm việc và hình ảnh camera ngày hôm đó.")
        await mai.sends_photo(a_picture())
        await until(lambda: "Kèm 1 tệp" in mai.screen[-1].text, "the picture was not noticed")
        await until(lambda: files_in(file) == ["image/jpeg stored"], "the picture was not fetched")
        await picks(mai, "Duyệt và gửi")
        await until(lambda: "Chúng tôi xin lỗi" in lan.screen[-1].text, "the answer did not come")
    # Zalo fetched the picture from this very server, under an address that ends.
    assert lan.screen[-1].photo.startswith(b"\xff\xd8\xff")
    (sent,) = (fields for method, fields in platform.calls if method == "sendPhoto")
    assert sent["photo"].startswith(f"{config.public_url}/f/")
    assert all(len(shown.text) <= 2000 for shown in (*lan.screen, *mai.screen))


async def test_a_file_of_ours_is_handed_out_under_its_address_for_a_while(platform, file: Path):  # noqa: F811
    config = with_webhook(settings(file, platform))
    async with Program.opened(config, lambda: START) as program:
        store = program.files.put(a_picture())
        paper = program.files.put(b"%PDF-1.7 ... %%EOF")
        key = program.lookup_key
    async with running(lambda stop: serve_web(config, stop)) as tasks, aiohttp.ClientSession() as http:
        await ready(config.port, tasks)
        shared = shared_files(config, key)
        picture = shared.address(LaidFile(store, "x.jpg", "image/jpeg"), timedelta(minutes=5))
        async with http.get(picture) as answer:
            assert (answer.status, answer.content_type, await answer.read()) == (200, "image/jpeg", a_picture())
            assert answer.headers["Cache-Control"] == "private, no-store"
        async with http.get(shared.address(LaidFile(paper, "x.pdf", "application/pdf"), timedelta(days=3))) as answer:
            assert (answer.status, answer.headers["Content-Disposition"]) == (200, 'attachment; filename="lang-nghe.pdf"')
        gone = shared.address(LaidFile(store, "x.jpg", "image/jpeg"), timedelta(seconds=-2))
        other = shared_files(config, b"another key of thirty-two bytes.").address(
            LaidFile(store, "x", "image/jpeg"), timedelta(days=1)
        )
        missing = shared.address(LaidFile("0" * 32, "x.jpg", "image/jpeg"), timedelta(days=1))
        for address in (gone, other, missing, picture.replace(".jpg", ".html"), picture[:-8] + "0000.jpg", picture + "x"):
            async with http.get(address) as answer:
                assert answer.status == 404, address
    assert shared.address(LaidFile(store, "x", "application/x-unknown"), timedelta(days=1)) == ""


def stored(file: Path) -> int:  # noqa: F811
    """Return how many messages of people the database holds."""
    with contextlib.closing(sqlite3.connect(file)) as database:
        return database.execute("SELECT count(*) FROM inbox").fetchone()[0]


def files_in(file: Path) -> list[str]:  # noqa: F811
    with contextlib.closing(sqlite3.connect(file)) as database:
        return [f"{mime} {state}" for mime, state in database.execute("SELECT mime, state FROM case_files ORDER BY mime")]


def shared_files(config, key) -> SharedFiles:
    return SharedFiles(config.public_url, lambda text: lookup(key, "shared file", text), utc_now)


class Everything(logging.Handler):
    """Keeps what any library logs at any level, as it was given, before our own log hides anything."""

    def __init__(self) -> None:
        super().__init__(logging.NOTSET)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(f"{record.name} {record.getMessage()} {record.args} {record.exc_info}")


async def test_pictures_come_from_the_servers_that_the_operator_names(platform, file: Path):  # noqa: F811
    media = FakeZaloBot()
    server = await media.serve()
    picture = Attachment("photo", media.keep(a_picture(), "jpg"))
    for hosts in ((), (urlsplit(server.url).netloc,)):
        config = settings(file, platform, zalo_file_hosts=hosts)
        async with Program.opened(config, lambda: START) as program:
            channel = zalo_bot_channel(config, program)
            if hosts:
                assert await channel.fetch(picture, 10**6) == a_picture()
            else:
                with pytest.raises(FileRefused):
                    await channel.fetch(picture, 10**6)
            await channel.stop()
    await server.stop()


async def test_no_library_writes_the_token_into_a_log_not_even_when_it_debugs(platform, monkeypatch):
    everything, root = Everything(), logging.getLogger()
    monkeypatch.setattr(root, "handlers", [everything])
    for name in ("", "asyncio", "aiohttp.client", "aiohttp.internal", "aiohttp.access"):
        monkeypatch.setattr(logging.getLogger(name), "level", logging.DEBUG)
    loop = asyncio.get_running_loop()
    loop.set_debug(True)
    loop.slow_callback_duration = 0.0  # Every step of every task is logged, with the names of what it ran.
    try:
        lan = platform.person("Lan")
        there = ZaloBotChannel(TOKEN, platform.server.url)
        nobody = ZaloBotChannel(TOKEN, "http://127.0.0.1:1")
        with contextlib.suppress(SendFailed):
            await there.send(Who("zalo_bot", there.account, lan.id), Layout("Xin chào"))
        with contextlib.suppress(SendFailed):
            await nobody.send(Who("zalo_bot", there.account, lan.id), Layout("Xin chào"))
        with contextlib.suppress(Refused, Unclear):
            await there.client.call("getUpdates", {"timeout": 0})
        await there.stop()
        await nobody.stop()
    finally:
        loop.set_debug(False)
    assert len(everything.lines) > 3
    assert [line for line in everything.lines if TOKEN in line or TOKEN.partition(":")[2] in line] == []
