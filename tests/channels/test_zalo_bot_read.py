"""What updates of the Zalo Bot Platform say, from its recorded payloads."""

from __future__ import annotations

import copy
import json
from datetime import UTC, datetime

import pytest

from bot.channels.zalo_bot_read import read_update, updates
from bot.dialogue.values import NOT_HANDED_OVER, Attachment, Inbound, Who
from tests.fakes.zalo_bot import PAYLOADS, payload

BOT = "1459232241454765289"
LAN = Who("zalo_bot", BOT, "a1b2c3d4e5f607182930")
PHOTO = "https://photo-stal-1.zdn.vn/example/bot_photo_01.jpg"
VOICE = "https://f2-voice-aac-dl.zdn.vn/example/bot_voice_01.aac"


def at(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def said(key: str, when: int, **more) -> Inbound:
    return Inbound(LAN, key, at(when), key, language="vi", **more)


READ = {
    "bot_update_text": said("1a2b3c4d5e6f70819203", 1764750000455, text="1"),
    "bot_update_text_enveloped": said("2d758cb5e222177a4e35", 1764750001602, text="Xin chào"),
    "bot_update_image": said(
        "1a2b3c4d5e6f70819204",
        1764750002455,
        text="ổ gà trước số 12",
        attachments=(Attachment("photo", PHOTO, None, "image/jpeg"),),
    ),
    "bot_update_voice": said("1a2b3c4d5e6f70819205", 1764750003455, attachments=(Attachment("voice", VOICE, None, "audio/aac"),)),
    "bot_update_unsupported": said("1a2b3c4d5e6f70819206", 1764750004455, unsupported=NOT_HANDED_OVER),
    "bot_reply_poll_timeout": None,
    "bot_reply_error_401": None,
}


@pytest.mark.parametrize("name", READ)
def test_a_recorded_update_is_read(name):
    recorded = payload(name)
    before = copy.deepcopy(recorded)
    assert read_update(recorded, BOT) == READ[name]
    assert recorded == before


def test_every_recorded_payload_is_a_test_somewhere():
    answers = {"bot_reply_get_me_ok", "bot_reply_send_message_ok", "bot_reply_set_webhook_ok"}  # In test_zalo_bot_fake.
    assert {path.stem for path in PAYLOADS.glob("*.json")} == READ.keys() | answers


def changed(**message):
    update = payload("bot_update_text")
    update["message"] |= message
    return update


@pytest.mark.parametrize("shape", ["bare", "enveloped", "list", "list in an envelope"])
def test_all_shapes_of_a_body_say_the_same(shape):
    update = payload("bot_update_text")
    body = {"bare": update, "enveloped": {"ok": True, "result": update}, "list": [update]}.get(
        shape, {"ok": True, "result": [update]}
    )
    assert updates(body) == [update]
    assert read_update(body, BOT) == READ["bot_update_text"]


@pytest.mark.parametrize("body", [{}, [], None, {"ok": False, "error_code": 500}, {"ok": True}, {"ok": True, "result": None}])
def test_an_empty_body_holds_nothing(body):
    assert updates(body) == [] and read_update(body, BOT) is None


@pytest.mark.parametrize(("field", "caption"), [("photo", ""), ("photo_url", "")])
def test_a_picture_is_found_under_both_names(field, caption):
    update = {"event_name": "message.image.received", "message": changed()["message"] | {field: PHOTO}}
    del update["message"]["text"]
    inbound = read_update(update, BOT)
    assert inbound is not None and inbound.attachments == (Attachment("photo", PHOTO, None, "image/jpeg"),)
    assert inbound.unsupported is None


def test_a_sticker_and_what_is_newer_than_we_are_are_answered_with_what_to_do_instead():
    for event in ("message.sticker.received", "message.poll.received"):
        update = changed(sticker="b", url="https://zalo.example/1") | {"event_name": event}
        del update["message"]["text"]
        assert read_update(update, BOT).unsupported == NOT_HANDED_OVER


@pytest.mark.parametrize(
    ("text", "start", "left"),
    [
        ("/start", "", ""),
        ("/start u_05986_3_a1b2c3", "u_05986_3_a1b2c3", ""),
        ("/START x", "x", ""),
        ("/starts", None, "/starts"),
        ("/start xin chào", None, "/start xin chào"),
        ("số 3", None, "số 3"),
        ("Nguye\u0302\u0303n", None, "Nguyễn"),
        ("a\u2028b\x00", None, "a\nb"),
    ],
)
def test_words_are_made_safe_and_a_start_line_opens_a_link(text, start, left):
    inbound = read_update(changed(text=text), BOT)
    assert (inbound.start, inbound.text) == (start, left)


@pytest.mark.parametrize(
    "update",
    [
        changed(chat={"chat_type": "GROUP", "id": "g1"}),
        changed(**{"from": {"id": "x", "is_bot": True}}),
        changed(**{"from": {"id": BOT, "is_bot": False}}),
        {"event_name": "user.follow"},
        changed() | {"event_name": "user.follow"},
    ],
    ids=["a group", "a bot", "ourselves", "an event without a message", "another event"],
)
def test_what_concerns_us_not_is_left(update):
    assert read_update(update, BOT) is None


def test_a_date_may_be_in_seconds_or_text():
    assert read_update(changed(date=1764750000), BOT).at == at(1764750000000)
    assert read_update(changed(date="1764750000455"), BOT).at == at(1764750000455)


@pytest.mark.parametrize(
    "update",
    [
        "text",
        [1],
        [changed(), changed()],
        {"event_name": 5, "message": {}},
        {"message": {}},
        {"event_name": "message.text.received", "message": {}},
        {"event_name": "message.text.received", "message": "x"},
        changed(text=5),
        changed(date=2**80),
        changed(date="hôm qua"),
        changed(message_id=""),
        changed(message_id=None),
        changed(chat={"chat_type": "PRIVATE", "id": "x" * 500}),
        changed(**{"from": "x"}),
    ],
    ids=lambda update: json.dumps(update)[:50],
)
def test_an_update_that_cannot_be_understood_is_a_value_error_without_its_words(update):
    with pytest.raises(ValueError, match=r"^not an update we can read \(\w+\)$") as caught:
        read_update(update, BOT)
    assert caught.value.__suppress_context__
