"""The web chat is as strict as a messenger, so that what passes here passes there."""

from __future__ import annotations

import asyncio
import unicodedata
from datetime import UTC, datetime

import pytest

from bot.channels.base import FileRefused, Outcome, SendFailed
from bot.channels.webchat import WebChatChannel
from bot.dialogue.values import Attachment, LaidButton, LaidFile, Layout, Who

NOW = datetime(2026, 11, 24, 8, 4, tzinfo=UTC)
LAN = Who("webchat", "demo", "lan")


@pytest.fixture
def chat():
    return WebChatChannel(lambda: NOW)


def message(**fields):
    return {"id": "m1", "chat": "lan", "at": "2026-11-24T15:04:00+07:00", **fields}


def test_a_typed_text_is_read_in_nfc_without_control_characters(chat):
    inbound = chat.read(message(text="  " + unicodedata.normalize("NFD", "Xin chào") + "\x00\x1b\ud800\r\nđường dây nóng\t "))
    assert inbound.text == "Xin chào\nđường dây nóng"
    assert inbound.who == LAN
    assert (inbound.key, inbound.message_key) == ("m1", "m1")
    assert inbound.at == NOW


def test_a_message_without_anything_in_it_concerns_nobody(chat):
    assert chat.read(message()) is None
    assert chat.read(message(text=" \x07\n ")) is None


@pytest.mark.parametrize(
    ("fields", "start", "text"),
    [
        ({"text": "/start"}, "", ""),
        ({"text": "/start unit-H37"}, "unit-H37", ""),
        ({"start": "unit-H37"}, "unit-H37", ""),
        ({"start": ""}, "", ""),
        ({"text": "/start with me"}, None, "/start with me"),
        ({"text": "/started"}, None, "/started"),
    ],
)
def test_a_deep_link_arrives_as_its_payload(chat, fields, start, text):
    inbound = chat.read(message(**fields))
    assert (inbound.start, inbound.text) == (start, text)


def test_a_press_carries_its_token_and_the_message_it_stood_under(chat):
    inbound = chat.read(message(token="kind=praise@k2", pressed="7"))
    assert (inbound.token, inbound.pressed_message, inbound.press_id) == ("kind=praise@k2", "7", "m1")


def test_a_token_may_have_64_bytes_and_not_65(chat):
    assert chat.read(message(token="ế" * 21 + "x")).token == "ế" * 21 + "x"
    with pytest.raises(ValueError, match="token"):
        chat.read(message(token="ế" * 21 + "xy"))


def test_several_files_are_one_message(chat):
    inbound = chat.read(
        message(
            text="hai ảnh",
            attachments=[
                {"kind": "photo", "ref": "a", "size": 3, "mime": "image/jpeg", "name": "../../bien\u202egpj.jpg"},
                {"kind": "voice", "ref": "b"},
            ],
        )
    )
    assert inbound.attachments == (Attachment("photo", "a", 3, "image/jpeg", "biengpj.jpg"), Attachment("voice", "b"))
    assert inbound.text == "hai ảnh"


def test_place_and_own_phone_are_read(chat):
    assert chat.read(message(location=[21.853, 106.761])).location == (21.853, 106.761)
    phone = chat.read(message(phone="+84 912 345 678"))
    assert (phone.phone, phone.own_phone) == ("+84 912 345 678", True)


@pytest.mark.parametrize(
    "payload",
    [
        None,
        [],
        "hello",
        {},
        message(id=""),
        message(id="a\x00b", text="x"),
        message(id=5, text="x"),
        message(id="x" * 65, text="x"),
        message(chat=None, text="x"),
        message(at="yesterday", text="x"),
        message(at="2026-11-24T15:04:00", text="x"),
        message(at=None, text="x"),
        message(text="x" * 4097),
        message(text=["x"]),
        message(surprise=1, text="x"),
        message(token=""),
        message(token=5),
        message(start="with space"),
        message(start="x" * 65),
        message(phone="call me"),
        message(phone="1" * 34),
        message(location=[1]),
        message(location=[91, 0]),
        message(location=[10**400, 0]),
        message(location=[float("nan"), 0]),
        message(location=[True, 0]),
        message(location="1,2"),
        message(attachments={}),
        message(attachments=[{"kind": "photo", "ref": "a"}] * 11),
        message(attachments=[{"kind": "sticker", "ref": "a"}]),
        message(attachments=[{"kind": [], "ref": "a"}]),
        message(attachments=[{"kind": "photo"}]),
        message(attachments=[{"kind": "photo", "ref": "a", "size": -1}]),
        message(attachments=[{"kind": "photo", "ref": "a", "path": "/etc"}]),
        message(attachments=["a"]),
    ],
)
def test_what_is_not_a_message_is_refused(chat, payload):
    with pytest.raises(ValueError):
        chat.read(payload)


async def test_what_is_sent_stands_in_the_chat_in_order(chat):
    rows = ((LaidButton("a=1", "Một"), LaidButton("a=2", "Hai")),)
    first = await chat.send(LAN, Layout("Xin chào", rows, request="phone", request_label="Gửi số điện thoại"))
    second = await chat.send(LAN, Layout("Xin cảm ơn"))
    await chat.send(Who("webchat", "demo", "mai"), Layout("Việc mới"))
    shown = chat.messages("lan")
    assert [(str(m.id), m.text, m.rows, m.request) for m in shown] == [
        (first, "Xin chào", rows, "phone"),
        (second, "Xin cảm ơn", (), ""),
    ]
    assert chat.messages("lan", after=shown[0].seq) == shown[1:]
    assert chat.messages("nobody") == []


@pytest.mark.parametrize(
    ("layout", "why"),
    [
        (Layout("x" * 4097), "too long"),
        (Layout(" \n"), "empty"),
        (Layout("x", ((LaidButton("ế" * 21 + "xy", "Có"),),)), "token"),
        (Layout("x", ((LaidButton("", "Có"),),)), "token"),
        (Layout("x", ((LaidButton("a", " "),),)), "label"),
        (Layout("x", tuple((LaidButton("a", "b"),) for _n in range(101))), "too many"),
        (Layout("x", request="phone"), "label"),
        (Layout("x", files=(LaidFile("s", "n", "image/png"),)), "no files"),
    ],
)
async def test_what_a_messenger_refuses_is_refused_for_good(chat, layout, why):
    with pytest.raises(SendFailed, match=why) as failed:
        await chat.send(LAN, layout)
    assert failed.value.outcome is Outcome.NEVER
    assert chat.messages("lan") == []


async def test_the_limits_themselves_pass(chat):
    await chat.send(LAN, Layout("ế" * 4096, ((LaidButton("ế" * 21 + "x", "Có"),),)))
    assert len(chat.messages("lan")) == 1


async def test_files_of_the_office_are_shown(chat):
    async def opened(file: LaidFile) -> bytes:
        if file.store == "gone":
            raise FileRefused("gone")
        return b"picture of " + file.store.encode()

    chat = WebChatChannel(lambda: NOW, opened)
    await chat.send(LAN, Layout("Ảnh", files=(LaidFile("k9", "bien.jpg", "image/jpeg"),)))
    [file] = chat.messages("lan")[0].files
    assert (file.kind, file.name) == ("photo", "bien.jpg")
    assert await chat.fetch(file, 100) == b"picture of k9"
    with pytest.raises(SendFailed, match="gone"):
        await chat.send(LAN, Layout("Ảnh", files=(LaidFile("gone", "bien.jpg", "image/jpeg"),)))


async def test_an_uploaded_file_can_be_fetched_up_to_the_limit(chat):
    file = chat.keep("photo", b"12345", "image/png", "C:\\ảnh\\biển tên.png")
    assert (file.name, file.size) == ("biển tên.png", 5)
    assert await chat.fetch(file, 5) == b"12345"
    with pytest.raises(FileRefused, match="too large"):
        await chat.fetch(file, 4)
    with pytest.raises(FileRefused, match="no longer"):
        await chat.fetch(Attachment("photo", "other"), 5)


async def test_the_oldest_files_make_room():
    chat = WebChatChannel(lambda: NOW, kept_bytes=10)
    old, new = chat.keep("document", b"x" * 6), chat.keep("document", b"y" * 6)
    with pytest.raises(FileRefused):
        await chat.fetch(old, 100)
    assert await chat.fetch(new, 100) == b"y" * 6


def test_ones_own_message_waits_and_is_then_marked_as_sent(chat):
    inbound = chat.read(message(text="Xin chào"))
    chat.put(inbound)
    [waiting] = chat.messages("lan")
    assert (waiting.mine, waiting.state, waiting.key) == (True, "waiting", "m1")
    chat.settle(inbound, "sent")
    [sent] = chat.messages("lan", after=waiting.seq)
    assert (sent.id, sent.state) == (waiting.id, "sent")


def test_a_repeated_message_appears_once(chat):
    inbound = chat.read(message(text="Xin chào"))
    chat.put(inbound)
    chat.settle(inbound, "failed")
    chat.put(inbound)
    assert [m.state for m in chat.messages("lan")] == ["waiting"]


async def test_a_pressed_button_is_marked_and_old_ones_stay(chat):
    rows = ((LaidButton("a=1", "Một"), LaidButton("a=2", "Hai")),)
    number = await chat.send(LAN, Layout("Chọn", rows))
    chat.put(chat.read(message(token="a=1", pressed=number)))
    chat.put(chat.read(message(id="m2", token="a=2", pressed=number)))
    [shown] = chat.messages("lan")
    assert (shown.pressed, shown.rows) == ("a=2", rows)


async def test_the_oldest_messages_leave_a_long_chat(chat):
    for n in range(501):
        await chat.send(LAN, Layout(str(n)))
    assert (len(chat.messages("lan")), chat.messages("lan")[0].text) == (500, "1")


async def test_a_listener_wakes_when_something_is_new(chat):
    waiting = asyncio.create_task(chat.changed(0))
    await asyncio.sleep(0)
    assert not waiting.done()
    await chat.send(LAN, Layout("Xin chào"))
    await waiting
    [first] = chat.newer()
    later = asyncio.create_task(chat.changed(first.seq))
    await asyncio.sleep(0)
    assert not later.done()
    await chat.send(Who("webchat", "demo", "mai"), Layout("Việc mới"))
    await later
    assert [(m.chat, m.text) for m in chat.newer(first.seq)] == [("mai", "Việc mới")]
