"""The long-running commands over real HTTP: webhook and polling, health and metrics, the command socket, PostgreSQL."""

from __future__ import annotations

import asyncio
import io
import json
import socket
import time
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import aiohttp
import pytest
from sqlalchemy import make_url

from bot.commands import parser, run_reading
from bot.control import hand_over, socket_path
from bot.imports.provinces import legacy_units, province_units
from bot.program import NotReady, Program
from bot.serving import migrate_now, serve_web, serve_work
from storage.database import HeldByAnother
from tests.fakes.botapi import TOKEN, FakeBotApi
from tests.fakes.botapi_users import ApiUser
from tests.storage.conftest import postgresql_template  # noqa: F401 - a fixture
from tests.town import CODE, PROVINCE, config_for, stable

SECRET = "a-word-that-telegram-repeats"
PATIENCE = 60.0


def free_port() -> int:
    with socket.socket() as end:
        end.bind(("127.0.0.1", 0))
        return end.getsockname()[1]


async def until(wanted, what: str) -> None:
    """Wait until something is so; fails after PATIENCE seconds. What is waited for has no event of its own: another program."""
    began = time.monotonic()
    while not wanted():
        assert time.monotonic() - began < PATIENCE, what
        await asyncio.sleep(0.02)


async def picks(user: ApiUser, value: str) -> None:
    """Press the newest button with this stable value, once it is there, then wait for what the bot says next.

    One answer may be two messages, so that something was said does not mean that all was.
    """

    def offered() -> list[str]:
        return [b.token for shown in reversed(user.screen) for row in shown.buttons for b in row if stable(b.token, value)]

    await until(offered, f"{user.name} is not offered {value}")
    await after(user, user.forges(offered()[0], user.last.message_id))


async def after(user: ApiUser, act) -> None:
    before = len(user.screen)
    await act
    await until(lambda: len(user.screen) > before, f"nothing was said to {user.name} after {user.chat[-1].get('text')}")


@asynccontextmanager
async def running(*commands):
    """Run long-running commands side by side until the end of the test."""
    stop = asyncio.Event()
    tasks = [asyncio.create_task(command(stop)) for command in commands]
    try:
        yield tasks
    finally:
        stop.set()
        await asyncio.wait_for(asyncio.gather(*tasks), PATIENCE)


async def ready(port: int, tasks) -> None:
    async with aiohttp.ClientSession() as http:
        began = time.monotonic()
        while time.monotonic() - began < PATIENCE:
            for task in tasks:
                if task.done():
                    task.result()
            try:
                async with http.get(f"http://127.0.0.1:{port}/readyz") as answer:
                    if answer.status == 200:
                        return
            except aiohttp.ClientConnectionError:
                pass
            await asyncio.sleep(0.02)
    raise AssertionError("web did not get ready")


async def main_story(api: FakeBotApi) -> None:
    """A stranger files feedback about a ward nobody has joined at; intake is not there either, so it waits, with a number."""
    lan = api.user(name="Lan")
    await after(lan, lan.starts())
    await picks(lan, "agree")
    await picks(lan, "feedback")
    await picks(lan, "report")
    await after(lan, lan.says("phuong tam thanh"))
    await picks(lan, "05986")
    await picks(lan, "_unknown")
    await picks(lan, ">A")
    await picks(lan, "A01")
    await after(lan, lan.says("hôm qua"))
    await after(lan, lan.says("Cán bộ ở quầy 3 quát tôi trước mặt mọi người."))
    await picks(lan, "none")
    await picks(lan, "anonymous")
    await picks(lan, "send")
    await until(lambda: CODE.search(lan.screen[-1].text), "no case number was told")


def settings(file: Path, api_url: str, **more):
    return replace(config_for(file), telegram_token=TOKEN, telegram_api_url=api_url, port=free_port(), **more)


@pytest.fixture
async def telegram():
    api = FakeBotApi()
    server = await api.serve()
    server.pace = 0.01
    yield api, server
    await server.stop()


@pytest.fixture
def file(town_template: Path, tmp_path: Path) -> Path:
    target = tmp_path / "town.db"
    target.write_bytes(town_template.read_bytes())
    return target


async def test_polling_on_one_process_files_a_case(telegram, file: Path):
    api, server = telegram
    config = settings(file, server.url)
    async with running(lambda stop: serve_web(config, stop)) as tasks:
        await ready(config.port, tasks)
        await main_story(api)


async def test_the_webhook_files_a_case_and_refuses_who_is_not_telegram(telegram, file: Path):
    api, server = telegram
    port = free_port()
    config = replace(settings(file, server.url, public_url=f"http://127.0.0.1:{port}", telegram_webhook_secret=SECRET), port=port)
    async with running(lambda stop: serve_web(config, stop)) as tasks, aiohttp.ClientSession() as http:
        await ready(port, tasks)
        await until(lambda: api.webhook, "no webhook was set")
        await main_story(api)
        hook = f"http://127.0.0.1:{port}/telegram"
        for headers in ({}, {"X-Telegram-Bot-Api-Secret-Token": SECRET + "x"}):
            async with http.post(hook, json={"update_id": 1}, headers=headers) as answer:
                assert answer.status == 403
        async with http.post(hook, data=b"{not json", headers={"X-Telegram-Bot-Api-Secret-Token": SECRET}) as answer:
            assert answer.status == 200  # Kept as a dead letter; Telegram must not bring it for a day.
        huge = io.BytesIO(b"x" * (2**20 + 1))
        async with http.post(hook, data=huge, headers={"X-Telegram-Bot-Api-Secret-Token": SECRET}) as answer:
            assert answer.status == 413
        async with http.get(f"http://127.0.0.1:{port}/metrics") as answer:
            assert answer.status == 200 and "langnghe_turns_total" in await answer.text()
        async with http.get(f"http://127.0.0.1:{port}/healthz") as answer:
            assert answer.status == 200
        async with http.get(f"http://127.0.0.1:{port}/") as answer:
            assert answer.status == 404  # No chat page here.


async def test_commands_are_handed_to_the_running_web_and_a_second_web_is_refused(telegram, file: Path):
    api, server = telegram
    config = settings(file, server.url)
    async with running(lambda stop: serve_web(config, stop)) as tasks:
        await ready(config.port, tasks)
        path = socket_path(file)
        assert path.stat().st_mode & 0o077 == 0
        words = ["invite", "--role", "head", "--unit", "05986", "--name", "Trần Thị Mai"]
        said = await asyncio.to_thread(hand_over, path, words, {})
        assert said is not None and said.code == 0 and "/start i_" in said.text
        with pytest.raises(HeldByAnother):
            await serve_web(replace(config, port=free_port()), asyncio.Event())
        # Reading commands run beside it.
        found = await run_reading(config, parser().parse_args(["find-unit", "xa tri phuong"]))
        assert "Xã Quốc Khánh" in found.text and "\t" in found.text
        staff = await run_reading(config, parser().parse_args(["staff"]))
        assert staff.text.startswith("invitation 1\tTrần Thị Mai")
        # The invited head joins through the link and can be revoked by the next command.
        mai = api.user(name="Mai")
        payload = said.text.rsplit("/start ", 1)[1].strip()
        await after(mai, mai.starts(payload))
        await picks(mai, "agree")
        assert any(token.startswith("work:") for token in mai.last.tokens)  # The role holds in the very turn that gave it.
        staff = await run_reading(config, parser().parse_args(["staff"]))
        number = staff.text.split("\t")[0]
        assert "unit_head of 05986" in staff.text
        gone = await asyncio.to_thread(hand_over, path, ["revoke", number], {})
        assert gone is not None and gone.code == 0
        await after(mai, mai.says("/viec"))
        assert not any("work" in token for token in mai.last.tokens)
    assert not path.exists()
    assert await asyncio.to_thread(hand_over, path, words, {}) is None


async def test_a_missing_database_is_said_in_words(tmp_path: Path):
    config = config_for(tmp_path / "nothing.db")
    with pytest.raises(NotReady, match="migrate"):
        await serve_web(config, asyncio.Event())
    assert not (tmp_path / "nothing.db").exists()


async def test_migrate_is_safe_to_repeat(tmp_path: Path):
    config = config_for(tmp_path / "new.db")
    first = await migrate_now(config)
    assert "new database" in first.text
    assert (await migrate_now(config)).text == "The database is up to date."


async def test_work_on_sqlite_says_so_and_idles(file: Path):
    stop = asyncio.Event()
    task = asyncio.create_task(serve_work(config_for(file), stop))
    await asyncio.sleep(0)
    stop.set()
    await asyncio.wait_for(task, PATIENCE)


@pytest.mark.postgres
async def test_one_web_and_one_work_on_postgresql_run_the_main_story(telegram, postgresql_template, tmp_path: Path):  # noqa: F811
    api, server = telegram
    port = free_port()
    url = make_url(postgresql_template).render_as_string(hide_password=False)
    config = replace(
        settings(tmp_path / "unused.db", server.url, public_url=f"http://127.0.0.1:{port}", telegram_webhook_secret=SECRET),
        database_url=url,
        files_dir=tmp_path / "files",
        port=port,
    )
    await migrate_now(config)
    async with Program.opened(config) as program:
        await program.save_units(province_units(PROVINCE), legacy_units("20"))
    async with running(lambda stop: serve_web(config, stop), lambda stop: serve_work(config, stop)) as tasks:
        await ready(port, tasks)
        await until(lambda: api.webhook, "no webhook was set")
        await main_story(api)


async def test_updates_with_the_same_id_have_one_effect(telegram, file: Path):
    api, server = telegram
    port = free_port()
    config = replace(settings(file, server.url, public_url=f"http://127.0.0.1:{port}", telegram_webhook_secret=SECRET), port=port)
    async with running(lambda stop: serve_web(config, stop)) as tasks, aiohttp.ClientSession() as http:
        await ready(port, tasks)
        lan = api.user(name="Lan")
        lan.started = True
        body = json.dumps(
            {
                "update_id": 5,
                "message": {
                    "message_id": 1,
                    "date": int(time.time()),
                    "chat": {"id": lan.id, "type": "private", "first_name": "Lan"},
                    "from": {"id": lan.id, "is_bot": False, "first_name": "Lan"},
                    "text": "xin chào",
                },
            }
        )

        async def post() -> int:
            async with http.post(
                f"http://127.0.0.1:{port}/telegram", data=body, headers={"X-Telegram-Bot-Api-Secret-Token": SECRET}
            ) as answer:
                return answer.status

        assert set(await asyncio.gather(*[post() for _n in range(20)])) == {200}
        await until(lambda: lan.screen, "no answer")
        await after(lan, lan.says("menu"))
        assert sum("Xin chào" in shown.text for shown in lan.screen) <= 2
