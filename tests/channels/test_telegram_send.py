"""Sending to Telegram, its errors as the outbox understands them, files, groups and the start."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import random
from datetime import UTC, datetime, timedelta

import pytest
import structlog

from bot.channels.base import FileRefused, Outcome, SendFailed
from bot.channels.clean import clean_text
from bot.channels.telegram import ALLOWED_UPDATES, TelegramChannel, Webhook, authentic
from bot.dialogue.values import Attachment, LaidButton, LaidFile, Layout, Who
from bot.observe import set_up_logging
from tests.fakes.botapi import (
    LOST_ANSWER,
    NO_CONNECTION,
    TIMEOUT,
    TOKEN,
    FakeBotApi,
    StoredFile,
    flood,
    refusal,
    server_error,
)
from tests.fakes.botapi_users import a_picture

START = datetime(2026, 11, 24, 8, 4, tzinfo=UTC)
MENU = ((LaidButton("kind=feedback@k2", "Phản ánh"), LaidButton("kind=praise@k2", "Khen")), (LaidButton("menu:", "Trang chủ"),))


class Town:
    """The fake server, our channel on it, one citizen who has started the bot, and a clock to push."""

    def __init__(self, **more):
        self.now = START
        self.stored = {}
        self.waits = []
        self.api = FakeBotApi(clock=lambda: self.now)
        self.channel = self.api.channel(files=self.content, sleep=self.sleep, **more)
        self.lan = self.api.user(5123456789, "Lan")
        self.lan.started = True
        self.who = Who("telegram", self.channel.account, "5123456789")

    async def content(self, store):
        if store not in self.stored:
            raise FileRefused("no such file")
        return self.stored[store]

    async def sleep(self, seconds):
        self.waits.append(seconds)
        self.now += timedelta(seconds=seconds)
        await asyncio.sleep(0)

    async def failure(self, layout=None):
        with pytest.raises(SendFailed) as caught:
            await self.channel.send(self.who, layout or Layout("Xin chào"))
        return caught.value


@pytest.fixture
def town():
    return Town()


@pytest.fixture
def logged():
    """Set logging up as the program does, and give what is written; the set-up before the test comes back after it."""
    root = logging.getLogger()
    before = structlog.get_config(), root.handlers, root.level
    out = io.StringIO()
    set_up_logging("DEBUG", out=out)
    yield out.getvalue
    logging.captureWarnings(False)
    logging.getLogger("telegram").setLevel(logging.WARNING)
    structlog.configure(**before[0])
    root.handlers, root.level = before[1], before[2]


async def test_a_text_arrives_with_its_buttons_and_is_not_taken_for_markup(town):
    sent = await town.channel.send(town.who, Layout("<b>không</b> & *không* _đậm_", MENU))
    shown = town.lan.last
    assert (sent, shown.text) == (str(shown.message_id), "<b>không</b> & *không* _đậm_")
    assert [[(b.token, b.label) for b in row] for row in shown.buttons] == [[(b.token, b.label) for b in row] for row in MENU]
    assert (shown.entities, shown.protected) == ((), False)
    assert "parse_mode" not in town.api.sent("sendMessage")[0].parameters
    assert town.api.sent("sendMessage")[0].parameters["link_preview_options"] == {"is_disabled": True}


async def test_no_text_of_a_citizen_becomes_markup_or_is_refused_for_it(town):
    chance = random.Random(6)
    pieces = "<b> </b> < > & &lt; * _ ` [x](http://a.vn) ế 👍 \u0323 \\ ~".split() + ["\n", "<a href='tg://user?id=1'>"]
    for _ in range(1_000):
        text = clean_text("x" + "".join(chance.choice(pieces) for _ in range(chance.randrange(1, 40))))
        town.lan.chat.clear()
        await town.channel.send(town.who, Layout(text))
        assert town.lan.last.text == text
        assert {entity["type"] for entity in town.lan.last.entities} <= {"url"}


async def test_a_protected_text_cannot_be_forwarded(town):
    await town.channel.send(town.who, Layout("K7QF-2M4X", protect=True))
    assert town.lan.last.protected


async def test_the_longest_text_passes_and_one_more_character_is_refused_for_good(town):
    await town.channel.send(town.who, Layout("đ" * 4096))
    assert (await town.failure(Layout("đ" * 4097))).outcome is Outcome.NEVER
    assert (await town.failure(Layout(" \n "))).outcome is Outcome.NEVER
    assert (await town.failure(Layout(""))).outcome is Outcome.NEVER


async def test_a_phone_is_asked_for_by_a_button_that_goes_away_afterwards(town):
    await town.channel.send(town.who, Layout("Số điện thoại?", request="phone", request_label="Gửi số của tôi"))
    assert town.lan.keyboard == [[{"text": "Gửi số của tôi", "request_contact": True}]]
    inbound = town.channel.read(await town.lan.presses("Gửi số của tôi"))
    assert inbound.own_phone and inbound.phone == "84912345678"
    await town.channel.send(town.who, Layout("Cảm ơn."))
    assert town.lan.keyboard is None


async def test_a_place_is_asked_for_beside_ordinary_buttons(town):
    await town.channel.send(town.who, Layout("Ở đâu?", MENU, request="location", request_label="Gửi vị trí"))
    assert [shown.text for shown in town.lan.screen] == ["Ở đâu?", "Gửi vị trí"]
    assert town.lan.screen[0].labels == ["Phản ánh", "Khen", "Trang chủ"]
    assert town.channel.read(await town.lan.presses("Gửi vị trí")).location == (21.8537, 106.7615)


async def test_one_file_and_its_words_are_one_message(town):
    town.stored = {"a": a_picture()}
    await town.channel.send(
        town.who, Layout("Ảnh của vụ việc", MENU, files=(LaidFile("a", "anh.jpg", "image/jpeg"),), protect=True)
    )
    (shown,) = town.lan.screen
    assert (shown.kind, shown.text, shown.file, shown.protected) == ("photo", "Ảnh của vụ việc", a_picture(), True)
    assert shown.labels == ["Phản ánh", "Khen", "Trang chủ"]


async def test_files_follow_a_text_that_is_no_caption(town):
    town.stored = {"a": a_picture(), "b": b"%PDF-1.7"}
    files = (LaidFile("a", "anh.jpg", "image/jpeg"), LaidFile("b", "../Giấy\r\n hẹn.pdf", "application/pdf"))
    await town.channel.send(town.who, Layout("Hai tệp", MENU, files=files))
    assert [(s.kind, s.text) for s in town.lan.screen] == [("text", "Hai tệp"), ("photo", ""), ("document", "")]
    assert (town.lan.last.file, town.lan.last.file_name) == (b"%PDF-1.7", "Giấy hẹn.pdf")
    await town.channel.send(town.who, Layout("đ" * 1025, files=files[1:]))
    assert [s.kind for s in town.lan.screen[3:]] == ["text", "document"]


@pytest.mark.parametrize("broken", [b"not a picture", a_picture(2000, 20)])
async def test_a_picture_that_telegram_cannot_show_goes_as_a_file(town, broken):
    town.stored = {"a": broken}
    await town.channel.send(town.who, Layout("Ảnh", files=(LaidFile("a", "anh.jpg", "image/jpeg"),)))
    assert (town.lan.last.kind, town.lan.last.file, town.lan.last.text) == ("document", broken, "Ảnh")


async def test_a_file_that_is_gone_is_never_sent_and_nothing_of_the_message_is(town):
    failed = await town.failure(Layout("Ảnh", files=(LaidFile("gone", "a.pdf", "application/pdf"),)))
    assert (failed.outcome, failed.why, town.lan.screen) == (Outcome.NEVER, "no such file", [])


@pytest.mark.parametrize(
    ("fault", "outcome", "arrived"),
    [
        (NO_CONNECTION, Outcome.RETRY, 0),
        (TIMEOUT, Outcome.UNKNOWN, 0),
        (LOST_ANSWER, Outcome.UNKNOWN, 1),
        (server_error(502), Outcome.UNKNOWN, 0),
        (server_error(500, done=True), Outcome.UNKNOWN, 1),
        (refusal("Bad Request: BUTTON_DATA_INVALID"), Outcome.NEVER, 0),
        (refusal('Bad Request: can\'t parse entities: Unsupported start tag "x" at byte offset 3'), Outcome.NEVER, 0),
        (refusal("Bad Request: PEER_ID_INVALID"), Outcome.BLOCKED, 0),
        (refusal("Bad Request: group chat was upgraded", migrate_to_chat_id=-1009), Outcome.NEVER, 0),
        (refusal("Forbidden: bot was kicked", 403), Outcome.BLOCKED, 0),
        (refusal("Unauthorized", 401), Outcome.STOPPED, 0),
        (refusal("Not Found", 404), Outcome.STOPPED, 0),
        (refusal("Request Entity Too Large", 413), Outcome.NEVER, 0),
    ],
    ids=lambda value: getattr(value, "description", "") or str(value),
)
async def test_what_is_known_of_a_send_is_told_to_the_outbox(town, fault, outcome, arrived):
    town.api.fault(fault, chat=town.lan.id)
    assert (await town.failure()).outcome is outcome
    assert len(town.lan.screen) == arrived
    await town.channel.send(town.who, Layout("Lại"))  # The fault was for one call.


async def test_a_flood_holds_the_whole_channel_until_its_end(town):
    town.api.fault(flood(7))
    failed = await town.failure()
    assert (failed.outcome, failed.whole_channel) == (Outcome.RETRY, True)
    assert START + timedelta(seconds=7) < failed.retry_at <= START + timedelta(seconds=8)
    town.now = failed.retry_at
    await town.channel.send(town.who, Layout("Xin chào"))
    assert town.api.too_early == 0


async def test_a_flood_without_a_number_is_still_surely_not_sent(town):
    town.api.fault(refusal("Too Many Requests", 429, retry_after=3))
    assert (await town.failure()).outcome is Outcome.RETRY


async def test_who_blocked_or_left_is_not_written_to_again(town):
    town.channel.read(await town.lan.blocks())
    assert (await town.failure()).outcome is Outcome.BLOCKED
    assert town.channel.read(await town.lan.unblocks()).reachable is True
    await town.channel.send(town.who, Layout("Chào lại"))
    town.lan.deactivates()
    assert (await town.failure()).outcome is Outcome.BLOCKED
    stranger = Who("telegram", town.channel.account, "999")
    with pytest.raises(SendFailed) as caught:
        await town.channel.send(stranger, Layout("?"))
    assert caught.value.outcome is Outcome.BLOCKED


async def test_when_the_second_part_fails_the_first_may_not_go_out_again(town):
    town.stored = {"a": b"1", "b": b"2"}
    town.api.fault(NO_CONNECTION, method="sendDocument")
    files = (LaidFile("a", "a.pdf", "application/pdf"), LaidFile("b", "b.pdf", "application/pdf"))
    assert (await town.failure(Layout("Hai tệp", files=files))).outcome is Outcome.UNKNOWN
    town.api.fault(flood(5), method="sendDocument")
    failed = await town.failure(Layout("Hai tệp", files=files))
    assert (failed.outcome, failed.whole_channel, failed.retry_at is not None) == (Outcome.UNKNOWN, True, True)


async def test_no_reason_carries_ids_words_or_the_token(town):
    for said in (
        'Bad Request: can\'t parse "Nguyễn Thị Lan"',
        f"Bad Request: chat {town.lan.id} is odd",
        f"Bad Request: x: {TOKEN}",
    ):
        town.api.fault(refusal(said))
        failed = await town.failure()
        assert not any(secret in str(failed) for secret in ("lan", str(town.lan.id), TOKEN))
        assert failed.__cause__ is None and failed.__suppress_context__


async def test_a_press_ends_its_spinner_and_a_late_answer_harms_nothing(town):
    await town.channel.send(town.who, Layout("?", MENU))
    press = town.channel.read(await town.lan.presses("Khen"))
    assert press.token == "kind=praise@k2"
    await town.channel.acknowledge(press)
    assert not town.lan.waiting
    late = town.channel.read(await town.lan.presses("Khen"))
    town.now += timedelta(minutes=5)
    await town.channel.acknowledge(late)
    town.api.fault(TIMEOUT, method="answerCallbackQuery")
    await town.channel.acknowledge(late)
    await town.channel.acknowledge(town.channel.read(await town.lan.says("x")))
    assert len([c for c in town.api.calls if c.method == "answerCallbackQuery"]) == 3


# Files.


async def test_a_file_comes_down_as_it_was_sent(town):
    inbound = town.channel.read(await town.lan.sends_photo(a_picture()))
    assert await town.channel.fetch(inbound.attachments[0], 20 * 2**20) == a_picture()


async def test_a_file_beyond_the_limit_is_refused_before_and_after_it_is_known(town):
    (attachment,) = town.channel.read(await town.lan.sends_document(b"x" * 2000)).attachments
    with pytest.raises(FileRefused, match="too large"):
        await town.channel.fetch(attachment, 1999)
    assert town.api.calls == []
    with pytest.raises(FileRefused, match="too large"):
        await town.channel.fetch(Attachment("document", attachment.ref), 1999)
    (huge,) = town.channel.read(await town.lan.sends_document(b"x" * (20 * 2**20 + 1))).attachments
    with pytest.raises(FileRefused, match="too large"):
        await town.channel.fetch(Attachment("document", huge.ref), 2**30)


EVIL = [
    "http://169.254.169.254/latest/meta-data",
    "//evil.example/x",
    "/etc/passwd",
    "file:///etc/passwd",
    "file:etc/passwd",
    "photos/../../../etc/passwd",
    "..",
    "photos//file_1.jpg",
    "photos\\..\\x",
    "./photos/file_1.jpg",
    "photos/file_1.jpg\r\nX: y",
    "user@evil.example:80/x",
    "",
    None,
    5,
]


@pytest.mark.parametrize("path", EVIL, ids=str)
async def test_no_path_of_the_server_leads_elsewhere(town, path):
    town.api.files["F"] = StoredFile(path, b"secret")
    with pytest.raises(FileRefused):
        await town.channel.fetch(Attachment("document", "F"), 100)
    assert town.channel._downloads.downloaded == []


@pytest.mark.parametrize("path", ["documents/a?b#c.pdf", "documents/%2e%2e/x.pdf", "documents/đơn.pdf"])
async def test_odd_names_stay_names(town, path):
    town.api.files["F"] = StoredFile(path, b"1")
    with pytest.raises(FileRefused):
        await town.channel.fetch(Attachment("document", "F"), 100)  # The fake knows only what is quoted back.
    (url,) = town.channel._downloads.downloaded
    assert url.startswith(f"https://api.telegram.org/file/bot{TOKEN}/documents/")
    assert "?" not in url and "#" not in url and "/../" not in url and "%2e%2e/" not in url.replace("%25", "")


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        (TIMEOUT, Outcome.RETRY),
        (NO_CONNECTION, Outcome.RETRY),
        (flood(3), Outcome.RETRY),
        (refusal("Unauthorized", 401), Outcome.STOPPED),
    ],
)
async def test_a_file_that_cannot_be_had_now_is_asked_for_again(town, fault, outcome):
    town.api.fault(fault, method="getFile")
    with pytest.raises(SendFailed) as caught:
        await town.channel.fetch(Attachment("photo", "F"), 100)
    assert caught.value.outcome is outcome


async def test_telegram_does_not_say_whether_a_file_is_gone_for_good(town):
    with pytest.raises(SendFailed) as caught:
        await town.channel.fetch(Attachment("photo", "unknown"), 100)
    assert caught.value.outcome is Outcome.RETRY
    town.api.fault(refusal("Bad Request: invalid file_id"), method="getFile")
    with pytest.raises(FileRefused):
        await town.channel.fetch(Attachment("photo", "unknown"), 100)


# Groups.


async def test_a_group_hears_one_line_an_hour_and_nothing_is_read(town):
    channel = town.api.channel(group_lines={"": "Write to me alone:", "vi": "Hãy nhắn riêng cho tôi:"})
    await channel.learn_name()
    group = town.api.group()
    for update in (
        await group.adds_bot(town.lan),
        await group.hears(town.lan, "/start@lang_nghe_bot"),
        await group.hears(town.lan, "?"),
    ):
        assert channel.read(update) is None
        await channel.courtesy(update)
    assert group.lines == ["Hãy nhắn riêng cho tôi: https://t.me/lang_nghe_bot"]
    town.now += timedelta(minutes=61)
    await channel.courtesy(await group.hears(town.api.user(name="Tom", language="en"), "/help"))
    assert group.lines[1:] == ["Write to me alone: https://t.me/lang_nghe_bot"]


async def test_a_private_chat_or_nonsense_gets_no_courtesy(town):
    channel = town.api.channel(group_lines={"": "Write to me alone:"})
    for payload in (await town.lan.says("x"), await town.lan.blocks(), {}, {"message": []}, {"message": {"chat": {}}}, None):
        await channel.courtesy(payload)
    assert town.api.calls == []
    town.api.fault(TIMEOUT)
    await channel.courtesy(await town.api.group().hears(town.lan, "/x"))  # Its failure is nobody's trouble.


# The start.

COMMANDS = {"": [("start", "Start")], "vi": [("start", "Bắt đầu"), ("viec", "Việc của tôi")]}


async def test_the_start_waits_for_telegram_without_holding_anything_up(town):
    for _ in range(3):
        town.api.fault(NO_CONNECTION, method="getMe")
    town.api.fault(flood(9), method="deleteWebhook")
    town.api.webhook = {"url": "https://old.example/", "secret_token": "", "max_connections": 1}
    await town.lan.says("đang chờ")
    await town.channel.start(COMMANDS)
    assert town.channel.username == ""
    await asyncio.wait_for(town.channel.started.wait(), 5)
    assert town.channel.username == "lang_nghe_bot"
    assert len(town.waits) == 4 and 9 < town.waits[3] < 12
    assert (town.api.webhook, len(town.api.pending)) == ({}, 1)
    assert town.api.commands[('{"type": "default"}', "vi")][1] == {"command": "viec", "description": "Việc của tôi"}
    await town.channel.stop()


async def test_commands_are_told_only_when_they_changed(town):
    for _ in range(2):
        channel = town.api.channel()
        await channel.start(COMMANDS)
        await asyncio.wait_for(channel.started.wait(), 5)
        await channel.stop()
    assert len(town.api.sent("setMyCommands")) == 2


async def test_a_webhook_is_set_with_its_secret_and_nothing_is_dropped(town):
    await town.lan.says("đang chờ")
    await town.channel.start(COMMANDS, Webhook("https://bot.example/telegram", "s3cret", 80))
    await asyncio.wait_for(town.channel.started.wait(), 5)
    await town.channel.stop()
    (call,) = town.api.sent("setWebhook")
    assert call.parameters == {
        "url": "https://bot.example/telegram",
        "secret_token": "s3cret",
        "max_connections": 80,
        "allowed_updates": ALLOWED_UPDATES,
    }
    assert len(town.api.pending) == 1


async def test_a_refused_token_is_alarmed_and_asked_about_again(town, logged):
    town.api.revoked = True
    await town.channel.start(COMMANDS)
    while len(town.waits) < 3:
        await asyncio.sleep(0)
    town.api.revoked = False
    await asyncio.wait_for(town.channel.started.wait(), 5)
    await town.channel.stop()
    assert '"error"' in logged() and "the token was refused" in logged()
    assert TOKEN not in logged()


def test_only_the_secret_of_the_webhook_is_authentic():
    name = "X-Telegram-Bot-Api-Secret-Token"
    assert authentic({name: "s3cret"}, "s3cret")
    wrong = (
        {},
        {name: ""},
        {name: "s3creT"},
        {name: "s3cret "},
        {name: "s3cre"},
        {name: "s3crét"},
        {name: "\udcff"},
        {"Secret": "s3cret"},
    )
    assert not any(authentic(headers, "s3cret") for headers in wrong)
    assert not authentic({name: ""}, "") and not authentic({}, "")


async def test_no_log_line_names_the_token_or_a_person(town, logged):
    """The canary test of E12, on every path that fails, with libraries as talkative as they can be."""
    logging.getLogger("telegram").setLevel(logging.DEBUG)
    faults = (
        NO_CONNECTION,
        TIMEOUT,
        LOST_ANSWER,
        server_error(),
        refusal("Unauthorized", 401),
        flood(1),
        refusal("Forbidden: x", 403),
    )
    for fault in faults:
        town.api.calm()
        town.api.fault(fault)
        try:
            await town.channel.send(town.who, Layout("canary-story of canary-name", MENU))
        except SendFailed:
            logging.getLogger("telegram").exception("it failed with %s", f"https://api.telegram.org/bot{TOKEN}/sendMessage")
    logging.getLogger("telegram").setLevel(logging.WARNING)
    town.api.calm()
    (attachment,) = town.channel.read(await town.lan.sends_photo(caption="canary-story")).attachments
    town.api.revoked = True
    with pytest.raises(SendFailed):
        await town.channel.fetch(attachment, 10**6)
    lines = [json.loads(line) for line in logged().splitlines()]
    failures = [line for line in lines if str(line["event"]).startswith("it failed")]
    assert len(failures) == len(faults)
    assert TOKEN not in logged() and TOKEN.partition(":")[2] not in logged()
    assert "canary" not in json.dumps(failures)


def test_the_channel_has_no_secret_in_its_own_words():
    assert TOKEN not in repr(TelegramChannel(TOKEN))
