"""Sending by the Zalo bot: what goes out, what errors mean, and that the token, which stands in every address, gets nowhere."""

from __future__ import annotations

import io
import json
import traceback
import unicodedata
from datetime import UTC, datetime, timedelta

import pytest
import structlog

from bot import observe
from bot.channels.base import FileRefused, Outcome, SendFailed
from bot.channels.zalo_bot import FOR_A_PERSON, FOR_ZALO, MOST_FORBIDDEN, Webhook, Words, ZaloBotChannel, authentic
from bot.channels.zalo_bot_read import read_update
from bot.dialogue.values import Attachment, LaidButton, LaidFile, Layout, Who
from bot.web.zalo_bot import take_updates
from tests.channels.test_zalo_oa_hook import FakeApp
from tests.fakes.botapi_users import a_picture
from tests.fakes.zalo_bot import PAYLOADS, TOKEN, FakeZaloBot, Fault, Shown

NOW = datetime(2026, 11, 24, 8, 4, tzinfo=UTC)
SECRET = TOKEN.partition(":")[2]
WORDS = Words(group="Xin nhắn riêng:", ask_us="Gọi để nhận tệp.", fetch_it="Mở tệp:")
PICTURE = LaidFile("a" * 32, "anh.jpg", "image/jpeg")
PAPER = LaidFile("b" * 32, "van-ban.pdf", "application/pdf")


class Bench:
    def __init__(self, platform, reached=True):
        self.platform = platform
        self.lan = platform.person("Lan")
        self.who = Who("zalo_bot", platform.account, self.lan.id)
        self.asked = []
        self.waits = []
        self.now = NOW
        self.channel = ZaloBotChannel(
            TOKEN,
            platform.server.url,
            clock=lambda: self.now,
            file_url=self.url if reached else None,
            words=WORDS,
            sleep=self.sleep,
        )

    def url(self, file, good_for):
        self.asked.append((file.name, good_for))
        return f"{self.platform.server.url}/media/{file.name}"

    async def sleep(self, seconds):
        self.waits.append(seconds)

    async def send(self, text="Xin chào", files=(), **more):
        return await self.channel.send(self.who, Layout(text, files=files, **more))

    def texts(self):
        return [shown.text for shown in self.lan.screen]


@pytest.fixture
async def platform():
    platform = FakeZaloBot()
    server = await platform.serve()
    yield platform
    await server.stop()


@pytest.fixture
async def bench(platform):
    bench = Bench(platform)
    yield bench
    await bench.channel.stop()


async def test_a_text_goes_out_as_it_is_without_markup(bench):
    sent = await bench.send("1. Gửi *phản ánh* <b>\n2. Tra cứu", rows=((LaidButton("x", "x"),),), request="phone")
    assert bench.texts() == ["1. Gửi *phản ánh* <b>\n2. Tra cứu"] and len(sent) == 20
    method, fields = bench.platform.calls[-1]
    assert method == "sendMessage" and fields.keys() == {"chat_id", "text"}


async def test_loose_marks_are_put_together_before_zalo_counts_them(bench):
    await bench.send(unicodedata.normalize("NFD", "Nguyễn " * 280))  # 1960 characters, 2800 with loose marks.
    assert bench.texts() == ["Nguyễn " * 280]


async def test_a_picture_goes_out_by_its_address_with_the_text_as_caption(bench):
    bench.platform.pictures["anh.jpg"] = a_picture()
    await bench.send("Đã sửa xong.", (PICTURE,))
    assert bench.lan.screen == [Shown("Đã sửa xong.", a_picture())]
    assert ("anh.jpg", FOR_ZALO) in bench.asked


async def test_two_pictures_follow_the_text(bench):
    bench.platform.pictures |= {"anh.jpg": a_picture(), "b.png": a_picture()}
    await bench.send("Trước và sau.", (PICTURE, LaidFile("c" * 32, "b.png", "image/png")))
    assert [(shown.text, bool(shown.photo)) for shown in bench.lan.screen] == [("Trước và sau.", False), ("", True), ("", True)]


async def test_a_picture_that_zalo_does_not_take_is_sent_as_an_address(bench):
    await bench.send("Đã sửa xong.", (PICTURE,))  # There is nothing at its address.
    assert bench.texts() == ["Đã sửa xong.", f"📎 anh.jpg\nMở tệp: {bench.platform.server.url}/media/anh.jpg"]
    assert bench.asked[-1] == ("anh.jpg", FOR_A_PERSON)


async def test_another_file_is_sent_as_an_address_in_the_text(bench):
    await bench.send("Trả lời.", (PAPER,))
    assert bench.texts() == [f"Trả lời.\n\n📎 van-ban.pdf\nMở tệp: {bench.platform.server.url}/media/van-ban.pdf"]


async def test_where_the_internet_does_not_reach_us_words_say_once_what_to_do(platform):
    bench = Bench(platform, reached=False)
    await bench.send("Trả lời.", (PICTURE, PAPER))
    assert bench.texts() == ["Trả lời.\n\nGọi để nhận tệp."]
    await bench.channel.stop()


async def test_the_longest_text_with_an_address_goes_out_in_two(bench):
    await bench.send("đ" * bench.channel.can.text_limit + "xx", (PAPER, PAPER))
    assert len(bench.texts()) == 2 and all(len(text) <= 2000 for text in bench.texts())


async def test_twenty_files_go_out_as_addresses_in_as_few_texts_as_hold_them(bench):
    papers = tuple(LaidFile("b" * 32, f"van-ban-so-{number}-{'x' * 90}.pdf", "application/pdf") for number in range(20))
    await bench.send("đ" * bench.channel.can.text_limit, papers)
    texts = bench.texts()
    assert all(len(text) <= 2000 for text in texts) and len(texts) == 4
    assert sum(text.count("Mở tệp:") for text in texts) == 20


async def test_an_empty_message_is_never_sent(bench):
    with pytest.raises(SendFailed) as caught:
        await bench.send("")
    assert caught.value.outcome is Outcome.NEVER and bench.platform.calls == []


@pytest.mark.parametrize("quietly", [False, True], ids=["by its status", "with 200"])
@pytest.mark.parametrize(
    ("code", "outcome", "whole"),
    [
        (400, Outcome.NEVER, False),
        (401, Outcome.STOPPED, True),
        (403, Outcome.RETRY, False),
        (404, Outcome.BLOCKED, False),
        (408, Outcome.UNKNOWN, False),
        (426, Outcome.NEVER, False),
        (429, Outcome.RETRY, True),
        (500, Outcome.UNKNOWN, False),
    ],
)
async def test_what_an_error_means(bench, code, outcome, whole, quietly):
    bench.platform.faults.append(("", Fault(code, quietly=quietly)))
    with pytest.raises(SendFailed) as caught:
        await bench.send()
    assert (caught.value.outcome, caught.value.whole_channel) == (outcome, whole)
    assert bench.lan.screen == []
    await bench.send()  # And the next one arrives.
    assert bench.texts() == ["Xin chào"]


async def test_a_403_counts_as_a_refused_token_only_when_it_lasts(bench):
    bench.platform.faults.extend([("", Fault(403))] * (MOST_FORBIDDEN + 1))
    outcomes = []
    for _ in range(MOST_FORBIDDEN + 1):
        with pytest.raises(SendFailed) as caught:
            await bench.send()
        outcomes.append(caught.value.outcome)
    assert outcomes == [Outcome.RETRY] * (MOST_FORBIDDEN - 1) + [Outcome.STOPPED] * 2
    await bench.send()
    bench.platform.faults.append(("", Fault(403)))
    with pytest.raises(SendFailed) as caught:
        await bench.send()
    assert caught.value.outcome is Outcome.RETRY


async def test_floods_are_waited_out_ever_longer_and_an_hour_at_most(bench):
    waits, outcomes = [], []
    for _ in range(12):
        bench.platform.faults.extend([("", Fault(429))] * 3)
        for _of_three_at_once in range(3):
            with pytest.raises(SendFailed) as caught:
                await bench.send()
        waits.append(caught.value.retry_at - bench.now)
        outcomes.append(caught.value.outcome)
        bench.now = caught.value.retry_at
    assert waits[:4] == [timedelta(seconds=seconds) for seconds in (5, 10, 20, 40)]
    assert waits[-1] == timedelta(hours=1)
    assert outcomes == [Outcome.RETRY] * 10 + [Outcome.STOPPED] * 2  # The month's quota may be used up: the admins hear of it.
    await bench.send()
    bench.platform.faults.append(("", Fault(429, retry_after=17)))
    with pytest.raises(SendFailed) as caught:
        await bench.send()
    assert (caught.value.retry_at, caught.value.outcome) == (bench.now + timedelta(seconds=17), Outcome.RETRY)


@pytest.mark.parametrize("page", ["<html>Not Found</html>", '{"message": "no route"}', "[]", "null"])
async def test_an_address_where_the_platform_is_no_more_makes_nobody_unreachable(bench, page):
    bench.platform.faults.append(("", Fault(404, html=page)))
    with pytest.raises(SendFailed) as caught:
        await bench.send()
    assert (caught.value.outcome, caught.value.whole_channel) == (Outcome.STOPPED, True)


async def test_a_gateways_page_and_a_cut_connection_leave_it_open_and_no_connection_does_not(bench, platform):
    for fault in (Fault(502, html="<html>Bad Gateway</html>"), Fault(cut=True)):
        platform.faults.append(("", fault))
        with pytest.raises(SendFailed) as caught:
            await bench.send()
        assert caught.value.outcome is Outcome.UNKNOWN
    channel = ZaloBotChannel(TOKEN, "http://127.0.0.1:1")
    with pytest.raises(SendFailed) as caught:
        await channel.send(bench.who, Layout("x"))
    assert (caught.value.outcome, caught.value.why) == (Outcome.RETRY, "no connection")
    await channel.stop()


async def test_a_second_message_that_surely_failed_leaves_the_whole_open(bench):
    bench.platform.pictures |= {"anh.jpg": a_picture(), "b.png": a_picture()}
    bench.platform.faults.append(("sendPhoto", Fault(429)))
    with pytest.raises(SendFailed) as caught:
        await bench.send("Trước và sau.", (PICTURE, LaidFile("c" * 32, "b.png", "image/png")))
    assert caught.value.outcome is Outcome.UNKNOWN and bench.texts() == ["Trước và sau."]


async def test_pictures_come_from_zalos_servers_and_nowhere_else(bench):
    update = await bench.lan.sends_photo(a_picture())
    (picture,) = read_update(update, bench.platform.account).attachments
    assert await bench.channel.fetch(picture, 10**6) == a_picture()
    for url in ("https://evil.example/x.jpg", "http://169.254.169.254/", "file:///etc/passwd", "https://zdn.vn.evil.example/x"):
        with pytest.raises(FileRefused):
            await bench.channel.fetch(Attachment("photo", url), 10**6)
    with pytest.raises(FileRefused):
        await bench.channel.fetch(picture, 10)
    bench.platform.pictures.clear()
    with pytest.raises(FileRefused):
        await bench.channel.fetch(picture, 10**6)


async def test_a_group_hears_one_line_an_hour(bench):
    nam = bench.platform.person("Nam", group="g1")
    update = await nam.says("@bot.ViDuPhuong chào")
    assert bench.channel.read(update) is None
    for _ in range(3):
        await bench.channel.courtesy(update)
    assert [shown.text for shown in nam.screen] == ["Xin nhắn riêng:"]
    for odd in (None, [], {}, {"message": None}, {"message": {"chat": 1}}):
        await bench.channel.courtesy(odd)


async def test_starting_sets_the_webhook_or_forgets_it_and_waits_until_zalo_hears(bench):
    bench.platform.faults.extend([("", Fault(401)), ("", Fault(500)), ("deleteWebhook", Fault(404))])
    await bench.channel.start()
    await bench.channel.started.wait()
    assert bench.channel.bot_name == "bot.ViDuPhuong" and bench.platform.webhook == {}
    assert len(bench.waits) == 2
    bench.channel.started.clear()
    bench.platform.server.probe = lambda: _status(403)  # It is set all the same.
    await bench.channel.start(Webhook("https://bot.example.vn/zalo/bot", "a-long-random-word"))
    await bench.channel.started.wait()
    assert bench.platform.webhook["url"] == "https://bot.example.vn/zalo/bot"


async def _status(code):
    return code


def test_a_secret_is_compared_whole_and_none_lets_nobody_in():
    assert authentic({"X-Bot-Api-Secret-Token": "lời-bí-mật"}, "lời-bí-mật")
    for given in ("", "lời", "lời-bí-mật-x"):
        assert not authentic({"X-Bot-Api-Secret-Token": given}, "lời-bí-mật")
    assert not authentic({"X-Bot-Api-Secret-Token": ""}, "") and not authentic({}, "")


@pytest.mark.parametrize(
    ("body", "given", "status", "stored"),
    [
        (b"", "", 200, 0),
        (b"{}", "", 200, 0),
        (b" ", "wrong", 200, 0),
        (b"[]", "", 403, 0),
        ((PAYLOADS / "bot_update_text.json").read_bytes(), "", 403, 0),
        ((PAYLOADS / "bot_update_text.json").read_bytes(), "wrong", 403, 0),
        ((PAYLOADS / "bot_update_text.json").read_bytes(), "a-word", 200, 1),
        ((PAYLOADS / "bot_update_text_enveloped.json").read_bytes(), "a-word", 200, 1),
        ((PAYLOADS / "bot_reply_error_401.json").read_bytes(), "a-word", 200, 0),
    ],
)
async def test_a_probe_is_answered_and_only_what_carries_our_secret_is_taken(body, given, status, stored):
    app = FakeApp()
    assert await take_updates(app, "a-word", body, {"X-Bot-Api-Secret-Token": given} if given else {}) == status
    assert len(app.stored) == stored


async def test_the_token_is_in_no_log_line_no_exception_and_no_metric(platform):
    out = io.StringIO()
    observe.set_up_logging("DEBUG", (), out)  # Without being told what to hide.
    bench = Bench(platform)
    log = structlog.get_logger()
    told = []
    faults = [Fault(code) for code in (400, 401, 403, 404, 408, 429, 500)] + [Fault(502, html="<html>"), Fault(cut=True)]
    for fault in faults:
        platform.faults.append(("", fault))
        try:
            await bench.send()
        except SendFailed as failed:
            log.error("a message could not be sent", exc_info=failed)
            told += [str(failed), failed.why, "".join(traceback.format_exception(failed))]
    nobody = ZaloBotChannel(TOKEN, "http://127.0.0.1:1", sleep=bench.sleep)
    try:
        await nobody.send(bench.who, Layout("x"))
    except SendFailed as failed:
        log.error("a message could not be sent", exc_info=failed)
        told.append("".join(traceback.format_exception(failed)))
    platform.faults.extend([("", Fault(401)), ("", Fault(500)), ("", Fault(cut=True))])
    await bench.channel.start()
    await bench.channel.started.wait()
    await bench.channel.stop()
    await nobody.stop()
    told += [repr(bench.channel), repr(vars(bench.channel)), observe.render_metrics().decode(), out.getvalue()]
    assert len(out.getvalue().splitlines()) > 8 and all(json.loads(line) for line in out.getvalue().splitlines())
    assert [text for text in told if SECRET in text or "khoa-bi-mat" in text] == []
