"""Every recorded payload of an Official Account, word for word: what it is read as. A new file fails until it is listed here."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.channels.zalo_oa_errors import ACCOUNT, TEMPLATE_BY_PHONE, Refused, Way, answer_of
from bot.channels.zalo_oa_read import read_event, sort_of
from bot.channels.zalo_oauth import GrantRefused, grant_in
from bot.dialogue.values import Attachment, Inbound, Who
from bot.web.zalo import SIGNATURE, ZaloHook, ZaloKeys
from tests.channels.test_zalo_oa_hook import FakeApp
from tests.fakes.zalo_oa import APP_ID, OA_ID, OA_KEY, PAYLOADS, VECTORS, recorded

LAN = Who("zalo_oa", OA_ID, "2468458835291979220")
NOW = datetime(2026, 11, 24, 3, tzinfo=UTC)
PHOTO = Attachment("photo", "https://photo-stal-1.zdn.vn/example/full_01.jpg")
VOICE = Attachment("voice", "https://f2-voice-aac-dl.zdn.vn/example/ghi_am_01.amr")
PAPER = Attachment("document", "https://f7-zpdl.zdn.vn/example/don_phan_anh.pdf", 348211, "application/pdf", "Đơn phản ánh.pdf")


def said(event: str, when: int, message: str = "", **more: Any) -> tuple[Inbound, str]:
    key = message or hashlib.sha256(f"{event}:{LAN.chat}:{when}".encode()).hexdigest()[:32]
    return Inbound(LAN, key, datetime.fromtimestamp(when / 1000, UTC), **more), event


# What an event says, and the sort under which it is counted.
EVENTS: dict[str, tuple[Inbound | None, str]] = {
    "oa_user_send_text": said(
        "user_send_text", 1764750000123, "96d3cdf3af1504609090", text="Tôi muốn phản ánh rác thải đổ trộm ở đường Lê Lợi"
    ),
    "oa_user_send_text_from_button": said("user_send_text", 1764750004456, "96d3cdf3af1504609091", token="tra_cuu"),
    "oa_user_send_image": said(
        "user_send_image", 1764750010001, "96d3cdf3af1504609092", text="ảnh hiện trường", attachments=(PHOTO,)
    ),
    "oa_user_send_file": said("user_send_file", 1764750020002, "96d3cdf3af1504609093", attachments=(PAPER,)),
    "oa_user_send_audio": said("user_send_audio", 1764750030003, "96d3cdf3af1504609094", attachments=(VOICE,)),
    "oa_user_send_location": said(
        "user_send_location", 1764750040004, "96d3cdf3af1504609095", text="Chợ phường An Phú", location=(10.7923119, 106.7820651)
    ),
    "oa_user_send_sticker": said("user_send_sticker", 1764750050005, "96d3cdf3af1504609096", unsupported="sticker"),
    "oa_follow": said("follow", 1764749990000, start="", came=True),
    "oa_user_submit_info": said("user_submit_info", 1764750060006, phone="Nguyễn Văn Ví Dụ +84900000001"),
    "oa_echo_oa_send_text": (None, "echo"),
    "oa_user_received_message": (None, "user_received_message"),
    "oa_console_test_event": (None, "console test"),
}
ANSWERS: dict[str, Any] = {
    "oa_reply_send_ok": ("message_id", "63ecf43f0df7dba892e6"),
    "oa_reply_upload_image_ok": ("attachment_id", "EXAMPLE-attachment-id-0001"),
    "oa_reply_upload_file_ok": ("token", "EXAMPLE-file-token-0001"),
    "oa_reply_user_detail_ok": ("user_id", LAN.chat),
    "oa_reply_user_quota_ok": ("last_interaction", "1764750000000"),
    "zbs_reply_send_uid_ok": ("message_id", "a4d0243feee163bd3af2"),
    "zbs_reply_send_phone_ok": ("msg_id", "a4d0243feee163bd3af3"),
}
ERRORS = {"oa_reply_error_216": Way.RENEW, "oa_reply_error_230": Way.CLOSED}
OTHERS = {
    "oa_probe_empty",
    "oauth_reply_token_ok",
    "oauth_reply_invalid_refresh",
    "signature_vectors",
}


def test_every_recorded_payload_is_a_test_here():
    assert {path.stem for path in PAYLOADS.glob("*")} == EVENTS.keys() | ANSWERS.keys() | ERRORS.keys() | OTHERS


@pytest.mark.parametrize("name", EVENTS)
async def test_a_recorded_event_is_taken_as_it_was_sent_and_read(name):
    raw = (PAYLOADS / f"{name}.json").read_bytes()
    event = json.loads(raw)
    digest = hashlib.sha256(APP_ID.encode() + raw + str(event["timestamp"]).encode() + OA_KEY.encode()).hexdigest()
    # As the last retry brings it, 1 hour 50 minutes later with the same timestamp.
    app = FakeApp()
    app.now = datetime.fromtimestamp(int(event["timestamp"]) / 1000, UTC) + timedelta(minutes=110)
    assert await ZaloHook(app, ZaloKeys(APP_ID, OA_ID, OA_KEY)).take(raw, {SIGNATURE: f"mac={digest}"}) == 200
    assert app.stored == [("zalo_oa", event, raw)]
    expected, sort = EVENTS[name]
    assert (read_event(event, OA_ID), sort_of(event)) == (expected, sort)


@pytest.mark.parametrize("name", ANSWERS)
def test_a_recorded_answer_is_understood(name):
    field, value = ANSWERS[name]
    assert answer_of(recorded(name), TEMPLATE_BY_PHONE if "phone" in name else ACCOUNT)[field] == value


@pytest.mark.parametrize("name", ERRORS)
def test_a_recorded_error_has_its_way(name):
    with pytest.raises(Refused) as caught:
        answer_of(recorded(name))
    assert caught.value.way is ERRORS[name]


async def test_the_recorded_probe_is_answered_and_left():
    app = FakeApp()
    assert await ZaloHook(app, ZaloKeys(APP_ID, OA_ID, OA_KEY)).take((PAYLOADS / "oa_probe_empty.json").read_bytes(), {}) == 200
    assert app.stored == []


def test_the_recorded_tokens_and_their_refusal():
    grant = grant_in(recorded("oauth_reply_token_ok"), NOW)
    assert (grant.access, grant.refresh) == ("EXAMPLE-access-token-0001", "EXAMPLE-refresh-token-0001")
    assert grant.expires_at - NOW == timedelta(hours=25)
    with pytest.raises(GrantRefused, match="-14014 Invalid refresh token"):
        grant_in(recorded("oauth_reply_invalid_refresh"), NOW)


def test_the_vectors_hold_what_is_to_be_refused_too():
    # Each is tried in test_zalo_oa_hook.
    verdicts = [vector["accept"] for vector in VECTORS["vectors"]]
    assert True in verdicts and False in verdicts
