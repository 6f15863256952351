"""A Zalo Official Account over real HTTP: the admin's consent, a case filed by numbers, a lost grant, and a week of silence."""

from __future__ import annotations

import asyncio
import io
import re
import sqlite3
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest

from bot.app import utc_now
from bot.control import hand_over, socket_path
from bot.heartbeat import keep_tick
from bot.observe import set_up_logging
from bot.program import TELEGRAM_NAME, Program
from bot.serving import serve_web
from tests.fakes.botapi_users import a_picture
from tests.fakes.zalo_oa import APP_ID, APP_SECRET, OA_ID, OA_KEY, FakeZaloOa
from tests.fakes.zalo_oa_server import Server
from tests.fakes.zalo_oa_users import ZaloUser
from tests.test_serving import PATIENCE, file, free_port, ready, running, until  # noqa: F401 - file is a fixture
from tests.town import CODE, config_for


@pytest.fixture
async def account():
    api = FakeZaloOa(utc_now)
    server = Server(api, pace=0.001)
    await server.start()
    yield api, server
    await server.stop()


def settings(file: Path, server: Server, **more):  # noqa: F811
    port = free_port()
    server.hook = f"http://127.0.0.1:{port}/zalo/oa"
    return replace(
        config_for(file),
        port=port,
        public_url=f"http://127.0.0.1:{port}",
        zalo_oa_id=OA_ID,
        zalo_oa_secret=OA_KEY,
        zalo_app_id=APP_ID,
        zalo_app_secret=APP_SECRET,
        zalo_api_url=server.url,
        zalo_oauth_url=server.url,
        zalo_zbs_url=server.url,
        zalo_file_hosts=(urlsplit(server.url).netloc,),
        **more,
    )


async def login(api: FakeZaloOa, config) -> str:
    """Do what the operator and the account's admin do; return what the callback page says."""
    said = await asyncio.to_thread(hand_over, socket_path(config.sqlite_file), ["zalo-login"], {})
    link = next(line for line in said.text.splitlines() if "/v4/oa/permission" in line)
    asked = parse_qs(urlsplit(link).query)
    assert asked["redirect_uri"] == [f"{config.public_url}/zalo/login"] and asked["code_challenge"][0] in said.text
    code = api.consent(asked["code_challenge"][0])
    callback = f"{config.public_url}/zalo/login"
    async with aiohttp.ClientSession() as http:
        async with http.get(callback, params={"code": code, "oa_id": OA_ID, "state": "wrong"}) as answer:
            assert "not for this account" in await answer.text()
        async with http.get(callback, params={"code": code, "oa_id": OA_ID, "state": asked["state"][0]}) as answer:
            return await answer.text()


async def test_a_human_is_told_what_to_do_on_the_page_of_the_app(account, file: Path):  # noqa: F811
    _api, server = account
    config = replace(settings(file, server), zalo_oa_secret="")
    async with Program.opened(config) as program:
        await program.app.run(lambda work: keep_tick(work, utc_now() - timedelta(hours=2)))
    out = io.StringIO()
    set_up_logging("INFO", config.secrets, out=out)
    async with running(lambda stop: serve_web(config, stop)) as tasks, aiohttp.ClientSession() as http:
        await ready(config.port, tasks)
        async with http.post(server.hook, data=b"{}") as answer:  # As Zalo tries the address that somebody saves.
            assert answer.status == 200
    assert "ZALO_OA_SECRET is missing" in out.getvalue()
    assert "Zalo may have turned the webhook off" in out.getvalue()


async def until_stopped(config, stopped: bool) -> None:
    """Wait until /metrics says that nothing goes out on the account any more, or that it does again."""
    line = f'langnghe_channel_stopped{{platform="zalo_oa"}} {float(stopped)}'
    async with aiohttp.ClientSession() as http, asyncio.timeout(PATIENCE):
        while True:
            async with http.get(f"{config.public_url}/metrics") as answer:
                if line in await answer.text():
                    return
            await asyncio.sleep(0.02)


def stored_files(file: Path) -> int:  # noqa: F811
    with sqlite3.connect(file) as database:
        return database.execute("SELECT count(*) FROM case_files WHERE state = 'stored'").fetchone()[0]


async def says(lan: ZaloUser, text: str) -> str:
    before = len(lan.screen)
    assert await lan.says(text) == 200
    await until(lambda: len(lan.screen) > before, f"nothing was said after {text!r}")
    return lan.screen[-1].text


async def picks(lan: ZaloUser, label: str) -> str:
    """Type the number of the line with this label."""
    found = re.search(rf"^(\d+)\. .*{re.escape(label)}", lan.screen[-1].text, re.MULTILINE | re.IGNORECASE)
    assert found, f"no line {label!r} in {lan.screen[-1].text}"
    return await says(lan, found[1])


async def main_story(lan: ZaloUser) -> str:
    """A follower files feedback with a picture, by words and numbers only; return the code."""
    assert await lan.follow() == 200
    await until(lambda: lan.screen, "nobody greeted")
    await picks(lan, "Đồng ý")
    await picks(lan, "Phản ánh")
    await picks(lan, "Phản ánh")
    await says(lan, "phuong tam thanh")
    await picks(lan, "Tam Thanh")
    await picks(lan, "Không biết")
    await picks(lan, "Thái độ")
    await says(lan, "số 1")
    await says(lan, "hôm qua")
    await says(lan, "Cán bộ ở quầy 3 quát tôi trước mặt mọi người.")
    before = len(lan.screen)
    await lan.sends_photo(a_picture())
    await until(lambda: len(lan.screen) > before, "the picture was not answered")
    await says(lan, "1")
    await picks(lan, "Ẩn danh")
    await picks(lan, "Gửi")
    return CODE.search(lan.screen[-1].text)[0]


async def test_a_consent_a_case_and_nothing_secret_in_log_or_database(account, file: Path):  # noqa: F811
    api, server = account
    out = io.StringIO()
    config = settings(file, server)
    set_up_logging("DEBUG", config.secrets, out=out)
    lan = api.user("Lan")
    async with running(lambda stop: serve_web(config, stop)) as tasks, aiohttp.ClientSession() as http:
        await ready(config.port, tasks)
        assert "is connected" in await login(api, config)
        async with http.post(server.hook, data=b"{}") as answer:
            assert answer.status == 200
        async with http.post(server.hook, json={"event_name": "follow"}) as answer:
            assert answer.status == 403
        async with http.post(server.hook, data=b"x" * 300_000) as answer:
            assert answer.status == 413
        async with http.get(server.hook) as answer:
            assert answer.status == 200
        async with http.get(f"{config.public_url}/zalo/login", params={"code": "x"}) as answer:
            assert "No login is under way" in await answer.text()
        code = await main_story(lan)
        said = len(lan.screen)
        assert await asyncio.gather(*server.echoes) == [200] * 2 * said
        assert len(lan.screen) == said
        async with http.get(f"{config.public_url}/metrics") as answer:
            text = await answer.text()
        assert 'langnghe_zalo_events_total{sort="echo"}' in text and 'langnghe_zalo_sent_total{quota="reply"}' in text
        assert "langnghe_zalo_calls_allowed 4000.0" in text
        await until(lambda: stored_files(file) == 1, "the picture was not fetched")
    stored = b"".join(each.read_bytes() for each in file.parent.rglob("*") if each.is_file())
    for secret in (api.access, *api.refresh_tokens, OA_KEY, APP_SECRET, lan.id):
        assert secret not in out.getvalue() and secret.encode() not in stored
    assert code not in out.getvalue() or "Lan" not in out.getvalue()
    assert not server.disabled


async def test_a_lost_grant_holds_messages_until_the_admin_consents_again(account, file: Path):  # noqa: F811
    api, server = account
    config = settings(file, server)
    lan = api.user("Lan")
    async with running(lambda stop: serve_web(config, stop)) as tasks:
        await ready(config.port, tasks)
        assert "is connected" in await login(api, config)
        await says(lan, "Xin chào")
        api.access, api.refresh_tokens = "another", {}
        before = len(lan.screen)
        assert await lan.says("menu") == 200
        await until(lambda: any(call.path.endswith("access_token") and call.error for call in api.calls), "no refresh was tried")
        assert len(lan.screen) == before
        await until_stopped(config, True)  # The admins are told on another channel: tests/test_stopped.py.
        assert "is connected" in await login(api, config)
        await until_stopped(config, False)
        with sqlite3.connect(file) as database:
            waits = "SELECT count(*) FROM outbox WHERE state = 'pending'"
            assert database.execute(waits).fetchone()[0] > 0
    # The channel rests for a minute after a refusal; a restart looks at once.
    with sqlite3.connect(file) as database:
        database.execute("UPDATE outbox SET next_try_at = created_at WHERE state = 'pending'")
    config = settings(file, server)
    async with running(lambda stop: serve_web(config, stop)) as tasks:
        await ready(config.port, tasks)
        await until(lambda: len(lan.screen) > before, "what waited was not sent")


async def test_the_retries_of_one_event_have_one_effect(account, file: Path):  # noqa: F811
    api, server = account
    config = settings(file, server)
    lan = api.user("Lan")
    lan.last_interaction = api.clock() - timedelta(hours=1)
    async with Program.opened(config) as before:
        await before.app.run(lambda work: work.remember(TELEGRAM_NAME, "a_bot_of_last_year"))
    async with running(lambda stop: serve_web(config, stop)) as tasks:
        await ready(config.port, tasks)
        await login(api, config)
        event = api.event("oa_user_send_text", lan.id, text="Xin chào")
        assert await asyncio.gather(*(api.send_event(event, retry) for retry in range(5))) == [200] * 5
        await until(lambda: lan.screen, "nothing was said")
        await says(lan, "menu")
        assert len(lan.screen) == 2
    async with Program.opened(config) as after:
        assert list(after.app.agency.chats()) == [f"https://zalo.me/{OA_ID}"]  # There is no Telegram here any more.


async def test_too_much_is_refused_at_once_and_done_once_when_zalo_brings_it_again(account, file, monkeypatch, capsys):  # noqa: F811
    api, server = account
    monkeypatch.setattr("bot.app.REFUSE_BEHIND", 2)
    config = settings(file, server)
    crowd = [api.user(f"Lan {number}") for number in range(12)]
    async with running(lambda stop: serve_web(config, stop)) as tasks:
        await ready(config.port, tasks)
        await login(api, config)
        with sqlite3.connect(file, isolation_level=None) as database:
            database.execute("BEGIN IMMEDIATE")  # So that nothing can be stored.
            says = [asyncio.create_task(lan.says("Xin chào")) for lan in crowd]
            await until(lambda: 503 in server.statuses, "nobody was refused")
            assert 200 not in server.statuses
            database.execute("ROLLBACK")
        assert "could not be stored in time" not in capsys.readouterr().out
        assert await asyncio.gather(*says) == [200] * len(crowd)
        await until(lambda: all(lan.screen for lan in crowd), "somebody was not answered")
        assert [await lan.says("menu") for lan in crowd] == [200] * len(crowd)
        await until(lambda: all(len(lan.screen) >= 2 for lan in crowd), "somebody was not answered again")
    assert [len(lan.screen) for lan in crowd] == [2] * len(crowd)
    assert not server.disabled
