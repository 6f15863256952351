"""What events of an Official Account mean. The payload files have the shapes of its documentation and of recorded traffic."""

from __future__ import annotations

import json
from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.channels.zalo_oa_read import WITHDRAWN, UnknownEvent, read_event, sort_of
from bot.dialogue.values import Who

PAYLOADS = Path(__file__).parent / "payloads" / "zalo_oa"
OA = "3886132808788086450"
USER = Who("zalo_oa", OA, "2468458835291979220")


def payload(name: str):
    return json.loads((PAYLOADS / f"{name}.json").read_text("utf-8"))


def read(name: str):
    return read_event(payload(name), OA)


def changed(name: str, **fields):
    event = deepcopy(payload(name))
    for field, value in fields.items():
        event["message" if field in event["message"] or field in ("text", "attachments") else field] = (
            event["message"] | {field: value} if field in ("text", "attachments", "msg_id") else value
        )
    return event


def test_a_text_says_who_what_and_when():
    inbound = read("oa_user_send_text")
    assert inbound.who == USER
    assert inbound.text == "Tôi muốn phản ánh rác thải đổ trộm ở đường Lê Lợi"
    assert inbound.key == "96d3cdf3af1504609090"
    assert inbound.at == datetime(2025, 12, 3, 8, 20, 0, 123000, tzinfo=UTC)
    assert inbound.token is None and inbound.start is None


def test_a_pressed_button_is_its_token_and_typed_text_never_is():
    assert (read("oa_user_send_text_from_button").token, read("oa_user_send_text_from_button").text) == ("tra_cuu", "")
    assert read_event(changed("oa_user_send_text", text="#pa"), OA).token is None
    assert read_event(changed("oa_user_send_text", text="tra_cuu"), OA).token is None
    long = read_event(changed("oa_user_send_text", text="#pa:" + "x" * 65), OA)
    assert long.token == ""  # No button of ours; the engine says that it works no more.


def test_pictures_papers_and_voices_are_attachments_by_their_address():
    (picture,) = read("oa_user_send_image").attachments
    assert (picture.kind, picture.ref) == ("photo", "https://photo-stal-1.zdn.vn/example/full_01.jpg")
    assert read("oa_user_send_image").text == "ảnh hiện trường"
    (paper,) = read("oa_user_send_file").attachments
    assert (paper.kind, paper.size, paper.mime, paper.name) == ("document", 348211, "application/pdf", "Đơn phản ánh.pdf")
    (voice,) = read("oa_user_send_audio").attachments
    assert (voice.kind, voice.ref) == ("voice", "https://f2-voice-aac-dl.zdn.vn/example/ghi_am_01.amr")


def test_several_attachments_of_one_message_are_all_there():
    one = payload("oa_user_send_image")["message"]["attachments"]
    assert len(read_event(changed("oa_user_send_image", attachments=one * 3), OA).attachments) == 3


def test_a_place_has_its_coordinates_and_its_name():
    inbound = read("oa_user_send_location")
    assert inbound.location == (10.7923119, 106.7820651)
    assert inbound.text == "Chợ phường An Phú"


def test_a_sticker_cannot_be_read_and_that_is_said():
    assert read("oa_user_send_sticker").unsupported == "sticker"


def test_a_link_is_text():
    event = changed("oa_user_send_text", text="", attachments=[{"type": "link", "payload": {"url": "https://bao.example/tin"}}])
    assert read_event(event | {"event_name": "user_send_link"}, OA).text == "https://bao.example/tin"


@pytest.mark.parametrize(
    ("name", "attached", "kind"),
    [
        ("user_send_image", {"type": "image", "payload": {"thumbnail": "x"}}, "image"),
        ("user_send_sticker", {"type": "sticker"}, "sticker"),
        ("user_send_location", {"type": "location", "payload": {"coordinates": {}}}, "location"),
        ("user_send_location", {"type": "location", "payload": {"coordinates": {"latitude": "", "longitude": ""}}}, "location"),
        ("user_send_link", {"type": "link", "payload": None}, "link"),
    ],
)
def test_half_an_attachment_takes_no_words_along_and_is_answered_where_there_are_none(name, attached, kind):
    event = changed("oa_user_send_text", text="Ảnh quầy 3", attachments=[attached]) | {"event_name": name}
    assert (read_event(event, OA).text, read_event(event, OA).unsupported) == ("Ảnh quầy 3", None)
    alone = changed("oa_user_send_text", text="", attachments=[attached]) | {"event_name": name}
    assert read_event(alone, OA).unsupported == kind


def test_following_is_pressing_start_and_unfollowing_closes_the_chat():
    assert (read("oa_follow").who, read("oa_follow").start) == (USER, "")
    left = read_event(payload("oa_follow") | {"event_name": "unfollow"}, OA)
    assert (left.who, left.reachable) == (USER, False)


def test_a_shared_contact_gives_number_and_name_and_proves_nothing():
    inbound = read("oa_user_submit_info")
    # No words: they would answer whatever question stands open, as whom the complaint is about.
    assert (inbound.who, inbound.phone, inbound.text) == (USER, "Nguyễn Văn Ví Dụ +84900000001", "")
    assert not inbound.own_phone
    turned = payload("oa_user_submit_info")
    turned["sender"], turned["recipient"] = turned["recipient"], turned["sender"]
    assert read_event(turned, OA).who == USER  # One project saw them the other way round.


def test_a_withdrawal_asks_for_deletion():
    event = {"event_name": "user_withdraw", "user_id": USER.chat, "app_id": "1", "timestamp": "1764750000123"}
    assert (read_event(event, OA).who, read_event(event, OA).text) == (USER, WITHDRAWN)
    assert WITHDRAWN.startswith("/xoa ")


def test_an_anonymous_visitor_is_known_by_both_ids():
    event = payload("oa_user_send_text") | {"event_name": "anonymous_send_text", "sender": {"id": "77"}}
    event["message"]["conversation_id"] = "c-9"
    assert read_event(event, OA).who.chat == "anonymous:77:c-9"


@pytest.mark.parametrize("name", ["oa_echo_oa_send_text", "oa_user_received_message", "oa_console_test_event"])
def test_echoes_receipts_and_the_consoles_test_are_nobodys_message(name):
    assert read(name) is None


def test_what_an_agent_of_the_office_writes_is_no_message_and_is_known_as_his():
    event = payload("oa_echo_oa_send_text")
    assert sort_of(event) == "echo"
    event["sender"]["admin_id"] = "9"
    spoke = read_event(event, OA)
    assert (spoke.who, spoke.by_agent, spoke.text) == (USER, True, "") and sort_of(event) == "human"
    event["message"]["conversation_id"] = "c-9"
    assert read_event(event | {"event_name": "oa_send_anonymous_text"}, OA).who.chat == f"anonymous:{USER.chat}:c-9"
    assert read_event(event | {"event_name": "oa_reacted_user_message"}, OA) is None
    assert read_event(event | {"event_name": "oa_send_group_text"}, OA) is None
    assert read_event(payload("oa_user_send_text") | {"event_name": "user_send_group_text"}, OA) is None


def test_every_sort_is_one_of_few_words():
    assert sort_of(payload("oa_user_send_text")) == "user_send_text"
    assert sort_of(payload("oa_console_test_event")) == "console test"
    assert sort_of({"event_name": "user_send_" + "x" * 9999}) == "other"
    assert sort_of([]) == "other" and sort_of({"event_name": ["x"]}) == "other"


def test_an_event_that_is_newer_than_we_are_says_its_name_only():
    with pytest.raises(UnknownEvent) as caught:
        read_event({"event_name": "user_did\n something", "timestamp": "1", "secret": "x"}, OA)
    assert caught.value.name == "user_did something" and "secret" not in str(caught.value)


def test_an_unknown_message_of_a_person_is_answered():
    event = payload("oa_user_send_sticker") | {"event_name": "user_send_hologram"}
    event["message"]["attachments"] = [{"type": "hologram", "payload": {}}]
    assert read_event(event, OA).unsupported == "hologram"


@pytest.mark.parametrize(
    "broken",
    [
        {},
        [],
        None,
        {"event_name": "user_send_text"},
        {"event_name": "user_send_text", "timestamp": "x", "sender": {"id": "1"}, "message": {}},
        {"event_name": "user_send_text", "timestamp": "1", "sender": {"id": "1 2"}, "message": {"text": "a"}},
        {"event_name": "user_send_text", "timestamp": "1", "sender": {"id": "1"}, "message": {"text": ["a"]}},
        {"event_name": "user_send_text", "timestamp": "1", "sender": {"id": "1"}, "message": {"attachments": ["a"]}},
        {"event_name": "user_send_text", "timestamp": "9" * 30, "sender": {"id": "1"}, "message": {"text": "a"}},
        {"event_name": "follow", "timestamp": "1", "follower": {"id": OA}},
    ],
)
def test_what_cannot_be_understood_is_a_value_error_without_the_payload(broken):
    with pytest.raises(ValueError, match="not an event we can read"):
        read_event(broken, OA)


def test_ids_and_times_may_come_as_numbers():
    event = payload("oa_user_send_text") | {"timestamp": 1764750000123, "sender": {"id": 2468458835291979220}}
    assert read_event(event, OA).who == USER


def test_the_same_event_without_a_message_has_the_same_key_and_another_one_another():
    follow = payload("oa_follow")
    assert read_event(follow, OA).key == read_event(follow, OA).key
    assert read_event(follow, OA).key != read_event(follow | {"timestamp": "1764749990001"}, OA).key
    assert USER.chat not in read_event(follow, OA).key


def test_decomposed_vietnamese_arrives_composed():
    assert read_event(changed("oa_user_send_text", text="Đường hư hỏng"), OA).text == "Đường hư hỏng"


def test_start_and_its_payload_may_be_typed():
    assert read_event(changed("oa_user_send_text", text="/start j_abc-1"), OA).start == "j_abc-1"
    assert read_event(changed("oa_user_send_text", text="/start"), OA).start == ""
