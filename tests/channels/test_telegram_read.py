"""What Telegram's updates say, from recorded payloads."""

from __future__ import annotations

import json
from dataclasses import MISSING, fields
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.channels.clean import clean_file_name, clean_text
from bot.channels.telegram_read import read_update
from bot.dialogue.values import Attachment, Inbound, Who
from tests.fakes.botapi import FakeBotApi

BOT = "110201543"
NOW = datetime(2026, 11, 24, 8, 4, tzinfo=UTC)
PAYLOADS = sorted(Path(__file__).with_name("payloads").joinpath("telegram").glob("*.json"))


def told(inbound: Inbound) -> dict[str, object]:
    """Return what is not left at its default, in the shape of the payload files."""
    given = {f.name: getattr(inbound, f.name) for f in fields(inbound) if f.name != "who"}
    defaults = {f.name: f.default for f in fields(inbound) if f.default is not MISSING}
    given = {name: value for name, value in given.items() if name not in defaults or value != defaults[name]}
    given["at"] = inbound.at.isoformat()
    if "attachments" in given:
        given["attachments"] = [[a.kind, a.ref, a.size, a.mime, a.name] for a in inbound.attachments]
    if "location" in given:
        given["location"] = list(inbound.location or ())
    return given


@pytest.mark.parametrize("path", PAYLOADS, ids=lambda path: path.stem)
def test_a_recorded_update_is_read(path):
    recorded = json.loads(path.read_text(encoding="utf-8"))
    inbound = read_update(recorded["payload"], BOT, NOW)
    expected = recorded["reads"]
    if expected is None:
        assert inbound is None
        return
    chat = expected.pop("chat", "6512345678")
    assert inbound is not None and inbound.who == Who("telegram", BOT, chat)
    assert told(inbound) == expected


def test_the_payload_stays_as_it_was():
    for path in PAYLOADS:
        payload = json.loads(path.read_text(encoding="utf-8"))["payload"]
        before = json.dumps(payload)
        read_update(payload, BOT, NOW)
        assert json.dumps(payload) == before


def message(**changed):
    sender = {"id": 5, "is_bot": False, "first_name": "Hà"}
    chat = {"id": 5, "type": "private", "first_name": "Hà"}
    return {"update_id": 1, "message": {"message_id": 1, "from": sender, "chat": chat, "date": 1795502640, "text": "x"} | changed}


@pytest.mark.parametrize(
    "payload",
    [
        None,
        [],
        "text",
        {},
        {"update_id": "1", "message": {}},
        {"update_id": True},
        {"update_id": 1, "message": {}},
        {"update_id": 1, "message": "x"},
        {"update_id": 1, "callback_query": {"id": "1"}},
        {"update_id": 1, "my_chat_member": {"chat": {"id": 1, "type": "private"}}},
        message(date=2**80),
        message(date="yesterday"),
        message(text=5),
        message(photo=[{"file_id": "x"}]),
        message(chat={"id": 5}),
        message(entities=[5]),
    ],
    ids=lambda payload: str(payload)[:60],
)
def test_an_update_that_cannot_be_understood_is_a_value_error_without_its_words(payload):
    with pytest.raises(ValueError, match=r"^not an update we can read \(\w+\)$") as caught:
        read_update(payload, BOT, NOW)
    assert caught.value.__suppress_context__


def test_numbers_beyond_sixty_four_bits_are_kept_as_text():
    inbound = read_update(message() | {"update_id": 2**70}, BOT, NOW)
    assert inbound is not None and inbound.key == str(2**70)


async def test_ten_photos_of_an_album_are_ten_files_under_one_album():
    api = FakeBotApi()
    channel = api.channel()
    updates = await api.user().sends_album([bytes([n]) * 50 for n in range(10)], caption="Đường hỏng")
    read = [channel.read(update) for update in updates]
    assert len({inbound.album for inbound in read}) == 1 and read[0].album
    assert len({inbound.attachments[0].ref for inbound in read}) == 10
    assert [inbound.text for inbound in read] == ["Đường hỏng"] + [""] * 9
    assert len({inbound.message_key for inbound in read}) == 10


async def test_an_edit_has_another_message_key_than_what_it_edits():
    now = [NOW]
    api = FakeBotApi(clock=lambda: now[0])
    channel, lan = api.channel(), api.user()
    first = channel.read(await lan.says("mười lăm"))
    now[0] = NOW.replace(minute=9)
    second = channel.read(await lan.edits("mười sáu"))
    assert second.edited and not first.edited
    assert second.message_key.startswith(first.message_key + ":")
    assert (first.at, second.at) == (NOW, now[0])


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("Nguye\u0302\u0303n", "Nguyễn"),
        ("a\u2028b\u2029c\x85d\x0be", "a\nb\nc\nd\ne"),
        ("\u200eabc\u200f \u061c", "abc"),
        ("👩\u200d👧 \U0001f3f4\U000e0067\U000e0062\U000e007f", "👩\u200d👧 \U0001f3f4\U000e0067\U000e0062\U000e007f"),
        ("\ud800\udc00", ""),
        ("กำนัน น้ำ", "กำนัน น้ำ"),
        ("\ufffe\uffff\ufdd0", ""),
        ("", ""),
    ],
)
def test_foreign_text_is_made_safe_once(given, kept):
    assert clean_text(given) == kept
    assert clean_text(clean_text(given)) == clean_text(given)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("..\\..\\boot.ini", "boot.ini"),
        ("/etc/passwd", "passwd"),
        ("...", ""),
        ("a" * 300 + ".pdf", "a" * 96 + ".pdf"),
        ("anh\n\n1.jpg", "anh 1.jpg"),
        ('"><svg onload=x>.svg', "svg onload=x.svg"),
        ("CON ", "CON"),
    ],
)
def test_a_file_name_has_no_way_out(given, kept):
    assert clean_file_name(given) == kept


def test_cleaning_a_hostile_megabyte_takes_no_time():
    clean_text("\u0335" * 1_000_000 + "\u202e" * 100_000)


def test_a_size_is_known_before_the_download():
    voice = {"file_id": "A", "file_unique_id": "B", "duration": 1, "file_size": 99}
    sent = message(voice=voice)
    del sent["message"]["text"]
    inbound = read_update(sent, BOT, NOW)
    assert inbound is not None and inbound.attachments == (Attachment("voice", "A", 99, "audio/ogg", ""),)
