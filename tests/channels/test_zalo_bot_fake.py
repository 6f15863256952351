"""The fake Zalo Bot Platform refuses what the real one is known to refuse, and answers in its recorded words."""

from __future__ import annotations

import json

import aiohttp
import pytest

from bot.channels.zalo_bot_http import TIMED_OUT, Refused, understood
from tests.fakes.zalo_bot import TOKEN, FakeZaloBot, payload


@pytest.fixture
async def platform():
    platform = FakeZaloBot()
    server = await platform.serve()
    yield platform
    await server.stop()


async def ask(platform, method, token=TOKEN, **fields):
    async with aiohttp.ClientSession() as http, http.post(f"{platform.server.url}/bot{token}/{method}", json=fields) as answer:
        return answer.status, await answer.json()


async def test_recorded_answers_are_given_in_their_words(platform):
    lan = platform.person()
    assert await ask(platform, "getMe") == (200, payload("bot_reply_get_me_ok"))
    assert await ask(platform, "getMe", token="1:wrong") == (401, payload("bot_reply_error_401"))
    assert await ask(platform, "getUpdates", timeout="0.01") == (408, payload("bot_reply_poll_timeout"))
    status, sent = await ask(platform, "sendMessage", chat_id=lan.id, text="x")
    assert status == 200 and sent["result"].keys() == payload("bot_reply_send_message_ok")["result"].keys()
    platform.server.probe = lambda: _two_hundred()
    status, set_to = await ask(platform, "setWebhook", url="https://bot.example.vn/zalo/bot", secret_token="12345678")
    recorded = payload("bot_reply_set_webhook_ok")
    assert status == 200 and set_to["result"] == recorded["result"] | {"updated_at": set_to["result"]["updated_at"]}


async def _two_hundred():
    return 200


@pytest.mark.parametrize(
    ("name", "status", "code"),
    [
        ("bot_reply_error_401", 401, 401),
        ("bot_reply_error_401", 200, 401),
        ("bot_reply_poll_timeout", 408, TIMED_OUT),
        ("bot_reply_poll_timeout", 200, TIMED_OUT),
    ],
)
def test_an_error_is_one_whether_it_comes_by_its_status_or_with_two_hundred(name, status, code):
    with pytest.raises(Refused) as caught:
        understood(status, json.dumps(payload(name)).encode(), {})
    assert caught.value.code == code


@pytest.mark.parametrize("name", ["bot_reply_get_me_ok", "bot_reply_send_message_ok", "bot_reply_set_webhook_ok"])
def test_a_recorded_answer_is_understood(name):
    recorded = payload(name)
    assert understood(200, json.dumps(recorded).encode(), {}) == recorded["result"]


@pytest.mark.parametrize(
    ("method", "fields", "status"),
    [
        ("sendmessage", {"chat_id": "LAN", "text": "x"}, 404),  # Names are case-sensitive.
        ("sendDocument", {"chat_id": "LAN"}, 404),
        ("sendMessage", {"chat_id": "LAN"}, 400),
        ("sendMessage", {"chat_id": "LAN", "text": ""}, 400),
        ("sendMessage", {"chat_id": "LAN", "text": "đ" * 2001}, 400),
        ("sendMessage", {"chat_id": "LAN", "text": "x", "reply_markup": "{}"}, 400),
        ("sendMessage", {"chat_id": "LAN", "text": "x", "parse_mode": "HTML"}, 400),
        ("sendMessage", {"chat_id": "nobody", "text": "x"}, 404),
        ("sendPhoto", {"chat_id": "LAN", "photo": "http://127.0.0.1:1/none.jpg"}, 400),
        ("sendPhoto", {"chat_id": "LAN", "photo": "x", "caption": ""}, 400),
        ("setWebhook", {"url": "https://bot.example.vn/", "secret_token": "short"}, 400),
        ("setWebhook", {"url": "http://bot.example.vn/", "secret_token": "long enough"}, 400),
        ("getWebhookInfo", {}, 404),
    ],
)
async def test_what_the_platform_refuses_is_refused(platform, method, fields, status):
    lan = platform.person()
    fields = {name: lan.id if value == "LAN" else value for name, value in fields.items()}
    answered, body = await ask(platform, method, **fields)
    assert (answered, body["ok"], body["error_code"]) == (status, False, status)
    assert lan.screen == []


async def test_an_update_is_handed_out_once_as_an_object_and_there_is_no_offset(platform):
    lan = platform.person()
    first, second = await lan.says("một"), await lan.says("hai")
    assert (await ask(platform, "getUpdates", timeout=1))[1] == {"ok": True, "result": first}
    assert (await ask(platform, "getUpdates", timeout=1))[1] == {"ok": True, "result": second}
    assert (await ask(platform, "getUpdates", timeout=0))[0] == 408
    assert (await ask(platform, "getUpdates", timeout=0, offset=1))[0] == 400


async def test_polling_and_a_webhook_exclude_each_other(platform):
    platform.webhook = {"url": "https://bot.example.vn/", "secret_token": "12345678"}
    assert (await ask(platform, "getUpdates", timeout=0))[0] == 400
    assert (await ask(platform, "deleteWebhook"))[0] == 200
    assert (await ask(platform, "getUpdates", timeout=0))[0] == 408
