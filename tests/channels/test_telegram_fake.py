"""The fake Bot API server refuses what Telegram refuses, so that what passes here passes there."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from telegram import Update

from tests.fakes.botapi import LOST_ANSWER, TOKEN, Broken, FakeBotApi, flood
from tests.fakes.botapi_rules import SPEC, Refused, check_type, find_entities, parse_html, utf16

START = datetime(2026, 11, 24, 8, 4, tzinfo=UTC)


class Clock:
    def __init__(self):
        self.now = START

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def api(clock):
    api = FakeBotApi(clock=clock)
    api.user(7, "Lan").started = True
    return api


async def ask(api, method, **parameters):
    status, body = await api.handle(method, parameters)
    return status, body.get("result", body.get("description"))


def keyboard(*buttons):
    return json.dumps({"inline_keyboard": [list(buttons)]})


TEXT = {"chat_id": "7", "text": "x"}


@pytest.mark.parametrize(
    ("parameters", "why"),
    [
        ({"chat_id": "7"}, "message text is empty"),
        ({"chat_id": "7", "text": ""}, "message text is empty"),
        ({"chat_id": "7", "text": " \n\t"}, "text must be non-empty"),
        ({"chat_id": "7", "text": "đ" * 4097}, "message is too long"),
        ({"chat_id": "7", "text": "đ" * 20_000}, "text is too long"),
        ({"chat_id": "7", "text": "a\ud800"}, "strings must be encoded in UTF-8"),
        ({"chat_id": "8", "text": "x"}, "chat not found"),
        ({"text": "x"}, "chat_id is empty"),
        (TEXT | {"parse_mod": "HTML"}, "unknown parameter parse_mod of sendMessage"),
        (TEXT | {"reply_markup": "{"}, "can't parse reply_markup: Can't parse JSON object"),
        (TEXT | {"reply_markup": "{}"}, "object expected as reply markup"),
        (TEXT | {"reply_markup": keyboard({"text": "x"})}, "Text buttons are unallowed"),
        (TEXT | {"reply_markup": keyboard({"text": "x", "callback_data": "1", "url": "https://a.vn"})}, "more than one action"),
        (TEXT | {"reply_markup": keyboard({"text": "x", "callback_data": ""})}, "BUTTON_DATA_INVALID"),
        (TEXT | {"reply_markup": keyboard({"text": "x", "callback_data": "ế" * 22})}, "BUTTON_DATA_INVALID"),
        (TEXT | {"reply_markup": keyboard({"text": "", "callback_data": "1"})}, "non-empty"),
        (TEXT | {"reply_markup": keyboard({"text": "x", "callback_data": "1", "colour": "red"})}, "unknown field colour"),
        (TEXT | {"reply_markup": keyboard({"callback_data": "1"})}, "text is missing"),
        (TEXT | {"reply_markup": keyboard(*[{"text": "x", "callback_data": "1"}] * 101)}, "reply markup is too long"),
        (TEXT | {"reply_markup": json.dumps({"keyboard": [[{"text": "x", "request_contact": 1}]]})}, "is not Boolean"),
        (TEXT | {"reply_parameters": json.dumps({"message_id": 4711})}, "message to be replied not found"),
        (TEXT | {"parse_mode": "HTML", "text": "a < b"}, "Unsupported start tag"),
        (TEXT | {"parse_mode": "HTML", "text": "<b>x"}, "Can't find end tag"),
        (TEXT | {"entities": json.dumps([{"type": "bold", "offset": 0, "length": 9}])}, "ends after the end of the text"),
        (TEXT | {"text": "👍", "entities": json.dumps([{"type": "bold", "offset": 1, "length": 1}])}, "in a middle of a UTF-16"),
        (TEXT | {"protect_content": "true", "chat_id": "abc"}, "chat not found"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_what_telegram_refuses_is_refused(api, parameters, why):
    status, said = await ask(api, "sendMessage", **parameters)
    assert status == 400 and why in said, said
    assert api.users[7].screen == []


async def test_limits_count_what_is_left_after_parsing(api):
    text = "<b>" + "đ" * 4096 + "</b>&amp;"
    assert (await ask(api, "sendMessage", chat_id=7, text=text, parse_mode="HTML"))[1].endswith("message is too long")
    status, message = await ask(api, "sendMessage", chat_id=7, text=text[:-5].replace("đ</b>", "</b>") + " ", parse_mode="HTML")
    assert status == 200 and message["entities"] == [{"type": "bold", "offset": 0, "length": 4095}]
    assert (
        await ask(api, "sendMessage", chat_id=7, text="x", reply_markup=keyboard({"text": "x", "callback_data": "ế" * 21 + "a"}))
    )[0] == 200


async def test_outer_space_and_control_characters_go(api):
    _status, message = await ask(api, "sendMessage", chat_id=7, text="  a\x00b\r\nc\u202ed \n")
    assert message["text"] == "a b\ncd"


@pytest.mark.parametrize(
    ("html", "text", "entities"),
    [
        ("<b>Số</b> &lt;5&gt; &amp; &quot;x&quot; &nbsp; &#7871;&#x1F44D;", 'Số <5> & "x" &nbsp; ế👍', [("bold", 0, 2)]),
        ("👍<i>a<u>b</u></i>", "👍ab", [("underline", 3, 1), ("italic", 2, 2)]),
        ('<a href="https://a.vn/?x=1&amp;y=2">đây</a>', "đây", [("text_link", 0, 3)]),
        ('<span class="tg-spoiler">x</span><code class="a">y</code>', "xy", [("spoiler", 0, 1), ("code", 1, 1)]),
        ("<b></b>5 > 4", "5 > 4", []),
        ("<B >x</b >", "x", [("bold", 0, 1)]),
    ],
)
def test_html_is_parsed_as_telegram_parses_it(html, text, entities):
    parsed, found = parse_html(html)
    assert parsed == text
    assert [(e["type"], e["offset"], e["length"]) for e in found] == entities


@pytest.mark.parametrize(
    "html",
    [
        "<",
        "<3",
        "<br>",
        "<br/>",
        "<p>x</p>",
        "</b>",
        "<b>x</i>",
        "<i><b>x</i></b>",
        "<span>x</span>",
        "<b",
        "<b>x</b",
        "<Nguyễn>",
    ],
)
def test_html_that_telegram_cannot_parse_refuses_the_whole_message(html):
    with pytest.raises(Refused, match="can't parse entities"):
        parse_html(html)


def test_entities_are_found_in_plain_text_and_count_utf16_units():
    found = find_entities("👍 /viec@lang_nghe_bot hỏi @ai_do, a@b.vn, https://x.vn/a #đường a/b 5/9")
    assert [(e["type"], e["offset"]) for e in found] == [
        ("bot_command", 3),
        ("mention", 27),
        ("email", 35),
        ("url", 43),
        ("hashtag", 58),
    ]
    assert utf16("👍ế") == 3


async def test_a_token_that_is_wrong_or_revoked_opens_nothing(api):
    assert (await api.answer(TOKEN, "getMe", {}))[0] == 200
    assert (await api.answer(TOKEN[:-1] + "x", "getMe", {}))[0] == 401
    assert (await api.answer("nonsense", "getMe", {}))[0] == 404
    assert (await api.answer(TOKEN, "getNothing", {}))[0] == 404
    assert (await api.answer(TOKEN, "GETME", {}))[0] == 200
    api.revoked = True
    assert (await api.answer(TOKEN, "getMe", {}))[0] == 401
    assert api.download(TOKEN, "photos/file_1.jpg") is None


async def test_people_who_cannot_be_written_to(api):
    api.user(9, "Người lạ")
    assert (await ask(api, "sendMessage", chat_id=9, text="x"))[1] == "Forbidden: bot can't initiate conversation with a user"
    await api.users[7].blocks()
    assert await ask(api, "sendMessage", chat_id=7, text="x") == (403, "Forbidden: bot was blocked by the user")


async def test_a_flood_refuses_and_counts_what_comes_too_early(api, clock):
    api.fault(flood(10))
    assert (await api.handle("sendMessage", TEXT))[1]["parameters"] == {"retry_after": 10}
    clock.now += timedelta(seconds=6)
    assert (await api.handle("sendMessage", TEXT))[1]["parameters"] == {"retry_after": 4}
    clock.now += timedelta(seconds=4)
    assert (await api.handle("sendMessage", TEXT))[0] == 200
    assert api.too_early == 1


async def test_an_answer_can_be_lost_after_the_deed_for_one_chat_only(api):
    api.user(8, "Mai").started = True
    api.fault(LOST_ANSWER, chat=7)
    assert (await ask(api, "sendMessage", chat_id=8, text="x"))[0] == 200
    with pytest.raises(Broken):
        await ask(api, "sendMessage", chat_id=7, text="x")
    assert len(api.users[7].screen) == 1


# Updates.


async def test_an_update_leaves_only_by_a_later_offset(api):
    first, second = [(await api.users[7].says(text))["update_id"] for text in ("một", "hai")]
    for _ in range(2):
        _status, got = await ask(api, "getUpdates")
        assert got[0]["update_id"] == first
    assert [u["update_id"] for u in (await ask(api, "getUpdates", offset=first + 1))[1]] == [second]
    assert (await ask(api, "getUpdates", offset=second + 11))[1] == []
    await api.users[7].says("ba")
    assert len((await ask(api, "getUpdates", offset=second + 5_000))[1]) == 1  # Far above everything: overlooked.


async def test_the_same_offset_again_at_once_gives_one_update(api):
    for n in range(5):
        await api.users[7].says(str(n))
    assert [len((await ask(api, "getUpdates", offset=1, limit=limit))[1]) for limit in (100, 100)] == [5, 1]
    assert len((await ask(api, "getUpdates", offset=0, limit=-3 + 4))[1]) == 1


async def test_a_negative_offset_forgets_all_but_the_last(api):
    for n in range(5):
        await api.users[7].says(str(n))
    assert [u["message"]["text"] for u in (await ask(api, "getUpdates", offset=-2))[1]] == ["3", "4"]
    assert len(api.pending) == 2


async def test_a_press_is_kept_for_two_minutes_and_a_half_and_a_text_for_a_day(api, clock):
    await api.users[7].says("một")
    await api.users[7].forges("x:1")
    clock.now += timedelta(seconds=151)
    assert [list(u)[1] for u in (await ask(api, "getUpdates"))[1]] == ["message"]
    clock.now += timedelta(days=1)
    assert (await ask(api, "getUpdates", offset=1))[1] == []


async def test_only_what_was_asked_for_is_kept_and_the_list_is_remembered(api):
    await ask(api, "getUpdates", allowed_updates='["callback_query"]')
    await api.users[7].says("một")
    await api.users[7].forges("x:1")
    await ask(api, "getUpdates", offset=1)
    await api.users[7].says("hai")
    assert [list(p.update)[1] for p in api.pending] == ["callback_query"]


async def test_a_second_poller_ends_the_first_and_a_webhook_both(api):
    first = asyncio.create_task(ask(api, "getUpdates", timeout=50))
    await asyncio.sleep(0)
    second = asyncio.create_task(ask(api, "getUpdates", timeout=50))
    status, said = await first
    assert status == 409 and said.startswith("Conflict: terminated by other getUpdates request")
    await ask(api, "setWebhook", url="https://bot.example/x")
    assert (await second)[0] == 409
    status, said = await ask(api, "getUpdates")
    assert status == 409 and "webhook is active" in said


async def test_a_waiting_poll_ends_with_the_next_update(api):
    poll = asyncio.create_task(ask(api, "getUpdates", timeout=50))
    await asyncio.sleep(0)
    await api.users[7].says("một")
    assert len((await asyncio.wait_for(poll, 5))[1]) == 1


@pytest.mark.parametrize(
    ("parameters", "why"),
    [
        ({"url": "http://bot.example/x"}, "An HTTPS URL must be provided"),
        ({"url": "https://b.vn", "secret_token": "không"}, "secret token contains unallowed characters"),
        ({"url": "https://b.vn", "secret_token": ""}, "1 to 256"),
    ],
)
async def test_a_bad_webhook_is_refused(api, parameters, why):
    status, said = await ask(api, "setWebhook", **parameters)
    assert status == 400 and why in said


async def test_every_kind_of_update_is_one_that_the_library_knows_wholly(api):
    lan, group = api.users[7], api.group()
    await ask(api, "sendMessage", chat_id=7, text="x", reply_markup=keyboard({"text": "A", "callback_data": "a:1"}))
    said = await lan.says("/start x")
    updates = [said, await lan.edits("y"), await lan.presses("A"), await lan.presses("a:1"), await lan.forges("z")]
    updates += await lan.sends_album([b"1", b"2"], "album")
    sends = (
        (lan.sends_photo, lan.sends_document, lan.sends_voice, lan.sends_audio, lan.sends_video, lan.sends_video_note),
        (
            lan.sends_animation,
            lan.sends_sticker,
            lan.rolls_dice,
            lan.shares_contact,
            lan.shares_location,
            lan.blocks,
            lan.unblocks,
        ),
    )
    for send in sends[0] + sends[1]:
        updates.append(await send(b"1") if send == lan.sends_document else await send())
    updates += [await lan.forwards("z"), await lan.forwards("z", hidden=True), await lan.shares_location(live=True)]
    updates += [await group.adds_bot(lan), await group.hears(lan, "/x")]
    assert [u["update_id"] for u in updates] == list(range(said["update_id"], said["update_id"] + len(updates)))
    for update in updates:
        read = Update.de_json(update, None)
        assert read.api_kwargs == {} and read.effective_chat is not None
        assert json.loads(json.dumps(update)) == update


async def test_an_update_that_telegram_could_not_send_is_a_mistake_of_the_test(api):
    with pytest.raises(Refused, match="unknown field txt"):
        await api.users[7].sends(txt="x")


def test_the_specification_is_the_part_that_is_needed():
    assert {"sendMessage", "getUpdates", "setWebhook", "getFile"} <= SPEC["methods"].keys()
    check_type({"id": 1, "is_bot": False, "first_name": "x"}, "User", "user")
    with pytest.raises(Refused, match="is_bot is missing"):
        check_type({"id": 1, "first_name": "x"}, "User", "user")


async def test_who_presses_what_is_not_there_fails_the_test(api):
    with pytest.raises(AssertionError, match="sees no button"):
        await api.users[7].presses("Gửi")
    with pytest.raises(AssertionError, match="does not see"):
        api.users[7].sees("x")


async def test_a_receiver_that_fails_gets_the_update_again_and_other_chats_go_on(api):
    got, broken = [], [True]

    async def receive(update):
        if broken[0] and update["message"]["chat"]["id"] == 7:
            raise OSError("disk full")
        got.append(update["message"]["text"])

    api.receiver = receive
    mai = api.user(8, "Mai")
    for user, text in ((api.users[7], "một"), (mai, "hai"), (api.users[7], "ba")):
        try:
            await user.says(text)
        except OSError:
            pass
    assert got == ["hai"]
    broken[0] = False
    await api.redeliver()
    assert got == ["hai", "một", "ba"] and api.pending == []


# Over HTTP.


class Hook:
    """A bot's webhook that answers as the test says."""

    def __init__(self):
        self.got = []
        self.answers = {}
        self.changed = asyncio.Event()

    async def handle(self, request):
        update = await request.json()
        text = update["message"]["text"] if "message" in update else "press"
        self.got.append((text, request.headers.get("X-Telegram-Bot-Api-Secret-Token"), request.content_type))
        self.changed.set()
        answers = self.answers.get(text, [])
        return answers.pop(0) if answers else web.Response()

    async def has(self, count):
        while len(self.got) < count:
            self.changed.clear()
            await asyncio.wait_for(self.changed.wait(), 5)

    @property
    def texts(self):
        return [text for text, _secret, _kind in self.got]


@pytest.fixture
async def hooked(api):
    hook = Hook()
    app = web.Application()
    app.router.add_post("/hook", hook.handle)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    hook.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    server = await api.serve()
    server.pace = 0.001
    yield api, hook
    await server.stop()
    await runner.cleanup()


async def test_a_webhook_gets_each_chat_in_order_and_repeats_until_it_confirms(hooked):
    api, hook = hooked
    lan, mai = api.users[7], api.user(8, "Mai")
    hook.answers = {"a1": [web.Response(status=503, headers={"Retry-After": "1"}) for _ in range(3)]}
    await lan.says("a1")
    await lan.says("a2")
    await ask(api, "setWebhook", url=hook.url, secret_token="s3cret")
    await mai.says("b1")
    await hook.has(6)
    assert [text for text in hook.texts if text != "b1"] == ["a1", "a1", "a1", "a1", "a2"]
    assert {kind for _text, *kind in hook.got for kind in [tuple(kind)]} == {("s3cret", "application/json")}
    while api.pending:
        await asyncio.sleep(0.001)
    info = (await ask(api, "getWebhookInfo"))[1]
    assert (
        info["pending_update_count"] == 0
        and info["last_error_message"] == "Wrong response from the webhook: 503 Service Unavailable"
    )


async def test_a_press_may_overtake_a_message_of_the_same_person(hooked):
    api, hook = hooked
    hook.answers = {"a1": [web.Response(status=500) for _ in range(2)]}
    await ask(api, "setWebhook", url=hook.url)
    await api.users[7].says("a1")
    await api.users[7].forges("x:1")
    await hook.has(4)
    assert hook.texts.index("press") < 3


async def test_a_call_in_the_answer_is_carried_out(hooked):
    api, hook = hooked
    hook.answers = {"a1": [web.json_response({"method": "sendMessage", "chat_id": 7, "text": "đáp"})]}
    await ask(api, "setWebhook", url=hook.url)
    await api.users[7].says("a1")
    while api.pending:
        await asyncio.sleep(0.001)
    assert api.users[7].last.text == "đáp"


async def test_what_a_webhook_did_not_confirm_waits_for_polling(hooked):
    api, hook = hooked
    hook.answers = {"a1": [web.Response(status=500) for _ in range(100)]}
    api.server.pace = 1.0
    await ask(api, "setWebhook", url=hook.url)
    await api.users[7].says("a1")
    await hook.has(2)
    await ask(api, "deleteWebhook")
    assert len((await ask(api, "getUpdates"))[1]) == 1


async def test_people_can_act_from_another_process(api, tmp_path):
    port = 0
    root = Path(__file__).parents[2]
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.fakes.botapi",
        "--port",
        str(port),
        cwd=root,
        env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"},
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        first = (await asyncio.wait_for(process.stdout.readline(), 20)).decode()
        url, token = (part.partition("=")[2] for part in first.split())
        async with aiohttp.ClientSession() as session:
            async with session.post(f"{url}/control/7/says", json=["/start"]) as answer:
                assert (await answer.json())["message"]["text"] == "/start"
            async with session.post(f"{url}/bot{token}/getUpdates", json={"timeout": 1}) as answer:
                assert len((await answer.json())["result"]) == 1
            async with session.post(f"{url}/bot{token}/sendMessage", data={"chat_id": "7", "text": "Chào"}) as answer:
                assert answer.status == 200
            async with session.get(f"{url}/control/7") as answer:
                assert [shown["text"] for shown in await answer.json()] == ["Chào"]
    finally:
        process.terminate()
        await process.wait()
