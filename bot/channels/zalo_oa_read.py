"""What one event of a Zalo Official Account says, as our `Inbound`.

Source: Zalo for developers, webhook of the Official Account, and events recorded from it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from bot.channels.clean import clean_file_name, clean_line, clean_text
from bot.dialogue.values import Attachment, AttachmentKind, Inbound, Who

PLATFORM = "zalo_oa"
# A pressed button says this and its token, as if somebody had typed it. Nobody types it by chance, and who does has no more
# rights than by pressing.
PRESSED = "#pa:"
TOKEN_BYTES = 64
# Who asks Zalo to have his data here deleted asks us: the command for it, with the words under which the request is filed.
WITHDRAWN = "/xoa Yêu cầu xóa dữ liệu cá nhân, gửi qua ứng dụng Zalo"
# The chat of a visitor who has not logged in: the account answers him at another address, by two ids.
ANONYMOUS = "anonymous"

FROM_USERS = ("user_send_", "anonymous_send_")
# A template was approved or refused, a quota moved: for the operator.
OF_THE_ACCOUNT = ("change_template_status", "change_oa_daily_quota", "change_template_quota", "change_template_quality")
# Echoes of what the account says, receipts, and what goes on in the account itself. Answering any would make an endless loop.
ASIDE = frozenset(
    [
        *("user_received_message", "user_seen_message", "user_reacted_message", "update_user_info"),
        *("add_user_to_tag", "remove_user_from_tag", "remove_tag", "extension_purchased", "create_group"),
        *("oa_send_consent", "user_reply_consent", "user_call_oa", "oa_call_user"),
        *OF_THE_ACCOUNT,
    ]
)
_ECHOES = ("oa_send_", "oa_reacted_")
_OF_GROUPS = ("user_send_group_", "oa_send_group_", "user_join_group", "user_out_group", "group_")
# The console's Test button sends this id every time, with people and files that are not there.
TEST_MESSAGE = "This is message id"

_START = re.compile(r"/start(?:\s+([A-Za-z0-9_-]{1,64}))?", re.ASCII | re.IGNORECASE)
_FILES: Mapping[str, tuple[AttachmentKind, str]] = {
    "image": ("photo", ""),
    "gif": ("photo", "image/gif"),
    "file": ("document", ""),
    "audio": ("voice", ""),
    "video": ("video", "video/mp4"),
}
_MIMES = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "txt": "text/plain",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "png": "image/png",
}


class UnknownEvent(ValueError):
    """An event that is newer than we are; `name` is cleaned and short."""

    def __init__(self, name: str) -> None:
        super().__init__("an event that we do not know")
        self.name = name


def read_event(payload: Any, account: str) -> Inbound | None:
    """Return what an event says, or None where nobody speaks to us: echoes, receipts, groups, notes about the account.

    What a human of the office wrote in the account's own tool comes as an echo too; it is `by_agent`.
    `account` is our Official Account's id. Raises `UnknownEvent`, and ValueError without any of the payload in it for an event
    that cannot be understood.
    """
    try:
        return _read(payload, account)
    except UnknownEvent:
        raise
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, OSError, RecursionError) as error:
        raise ValueError(f"not an event we can read ({type(error).__name__})") from None


def sort_of(payload: Any) -> str:
    """Return what is counted of an event: its name where we know it, `human` where an agent of the office wrote, else `other`."""
    name = payload.get("event_name") if isinstance(payload, dict) else None
    if not isinstance(name, str):
        return "other"
    if name.startswith(_ECHOES):
        return "human" if _agent(payload) else "echo"
    if name.startswith(_OF_GROUPS):
        return "group"
    if name.startswith(FROM_USERS) and _message_id(payload) == TEST_MESSAGE:
        return "console test"
    known = name in ASIDE or name in _ABOUT_A_PERSON or name in _SENT
    return name if known else "other"


_ABOUT_A_PERSON = ("follow", "unfollow", "user_submit_info", "user_withdraw", "user_click_chatnow")
_SENT = frozenset(
    [f"user_send_{kind}" for kind in ("text", "sticker", "location", "link", "business_card", *_FILES)]
    + [f"anonymous_send_{kind}" for kind in ("text", "image", "file", "sticker")]
)


def _read(payload: Any, account: str) -> Inbound | None:
    name = payload["event_name"]
    if not isinstance(name, str):
        raise TypeError
    if name in ASIDE or name.startswith(_OF_GROUPS):
        return None
    if name.startswith(_ECHOES):
        return _of_an_agent(payload, name, account) if name.startswith("oa_send_") and _agent(payload) else None
    at = _instant(payload["timestamp"])
    if name in _ABOUT_A_PERSON:
        return _about_a_person(payload, name, at, account)
    if not name.startswith(FROM_USERS):
        raise UnknownEvent(clean_line(name, 40))
    if _message_id(payload) == TEST_MESSAGE or payload["sender"]["id"] == account:
        return None
    return _message(payload, name, at, account)


def _about_a_person(payload: Mapping[str, Any], name: str, at: datetime, account: str) -> Inbound:
    user = _user(payload, account)
    who = Who(PLATFORM, account, user)
    key = _key(payload, name, user)
    if name == "unfollow":
        return Inbound(who, key, at, reachable=False)
    if name in ("follow", "user_click_chatnow"):
        return Inbound(
            who, key, at, start="", came=True
        )  # As pressing Start is elsewhere: the account may speak to him from now on.
    if name == "user_withdraw":
        return Inbound(who, key, at, text=WITHDRAWN)
    info = payload["info"]
    phone = clean_line(_word(info.get("phone")), 32)
    if phone.isdecimal() and phone.startswith("84"):
        phone = "+" + phone
    # The form can be filled in with any number, so it proves no more than a typed one.
    # The name goes with the number alone: as words it would answer whatever question stands open.
    return Inbound(who, key, at, phone=f"{clean_line(_word(info.get('name')), 100)} {phone}".strip() or None)


def _of_an_agent(payload: Mapping[str, Any], name: str, account: str) -> Inbound:
    user = _id(payload["recipient"]["id"])
    if name.startswith("oa_send_anonymous_"):
        user = f"{ANONYMOUS}:{user}:{_id(payload['message']['conversation_id'])}"
    return Inbound(Who(PLATFORM, account, user), _key(payload, name, user), _instant(payload["timestamp"]), by_agent=True)


def _message(payload: Mapping[str, Any], name: str, at: datetime, account: str) -> Inbound | None:
    message = payload["message"]
    user = _id(payload["sender"]["id"])
    if name.startswith("anonymous_"):
        user = f"{ANONYMOUS}:{user}:{_id(message['conversation_id'])}"
    attached = message.get("attachments") or []
    if not isinstance(attached, list) or not all(isinstance(each, dict) for each in attached):
        raise TypeError
    words = clean_text(_word(message.get("text")))
    files = tuple(_attachments(attached))
    location = _location(attached)
    links = [clean_text(_word(_payload(each).get("url"))) for each in attached if name.endswith("_link")]
    words = "\n".join([words, *(link for link in links if link not in words)]).strip()
    start = None if attached else _START.fullmatch(words)
    pressed = words.removeprefix(PRESSED) if words.startswith(PRESSED) and not attached else None
    if pressed is not None and not 1 <= len(pressed.encode()) <= TOKEN_BYTES:
        pressed = ""  # No button of ours: it works no more than any old one.
    nothing = not words and not files and location is None
    kind = name.partition("_send_")[2]
    return Inbound(
        who=Who(PLATFORM, account, user),
        key=_key(payload, name, user),
        at=at,
        text="" if pressed is not None or start else words,
        token=pressed,
        start=(start[1] or "") if start else None,
        attachments=files,
        location=location,
        unsupported=(clean_line(kind, 20) or "other") if nothing and pressed is None else None,
    )


def _attachments(attached: list[dict[str, Any]]) -> Iterator[Attachment]:
    for each in attached:
        kind, payload = _word(each.get("type")), _payload(each)
        address, size = _word(payload.get("url")), _word(payload.get("size"))
        if kind not in _FILES or not address:
            continue  # Without an address it cannot be had; the words beside it count all the same.
        sort, mime = _FILES[kind]
        ending = _word(payload.get("type")).lower().lstrip(".")
        name = clean_file_name(_word(payload.get("name")))
        yield Attachment(sort, address, int(size) if size.isdecimal() else None, _MIMES.get(ending, mime), name)


def _payload(attached: dict[str, Any]) -> dict[str, Any]:
    found = attached.get("payload")
    return found if isinstance(found, dict) else {}


def _location(attached: list[dict[str, Any]]) -> tuple[float, float] | None:
    for each in attached:
        if each.get("type") == "location":
            try:
                place = _payload(each)["coordinates"]
                latitude, longitude = float(place["latitude"]), float(place["longitude"])
            except (TypeError, KeyError, ValueError):
                continue
            if abs(latitude) <= 90 and abs(longitude) <= 180:
                return latitude, longitude
    return None


def _user(payload: Mapping[str, Any], account: str) -> str:
    """Return the person an event is about: it stands in different places, and beside it our own id."""
    for place in (payload.get("follower"), payload.get("sender"), payload.get("recipient"), {"id": payload.get("user_id")}):
        found = _word(place.get("id")) if isinstance(place, dict) else ""
        if found and found != account:
            return _id(found)
    raise ValueError


def _id(value: Any) -> str:
    """Return an id as text; ids are decimal numbers larger than 2**53 or opaque words, never with a colon or a space in them."""
    word = _word(value)
    if not 1 <= len(word) <= 64 or not word.isascii() or not word.replace("-", "").replace("_", "").isalnum():
        raise ValueError
    return word


def _key(payload: Mapping[str, Any], name: str, user: str) -> str:
    """Return what an event is known by when it comes again, up to two hours later: the message's id, or what it is made of."""
    message = _message_id(payload)
    if message and name.startswith(FROM_USERS):
        return clean_line(message, 128)
    return hashlib.sha256(f"{name}:{user}:{_word(payload['timestamp'])}".encode()).hexdigest()[:32]


def _message_id(payload: Mapping[str, Any]) -> str:
    message = payload.get("message")
    found = message.get("msg_id") if isinstance(message, dict) else None
    return str(found) if isinstance(found, (str, int)) else ""


def _agent(payload: Mapping[str, Any]) -> bool:
    sender = payload.get("sender")
    return isinstance(sender, dict) and bool(sender.get("admin_id"))


def _instant(value: Any) -> datetime:
    number = int(_word(value))
    return datetime.fromtimestamp(number / 1000, UTC)


def _word(value: Any) -> str:
    """Return a text or a whole number as text, "" for nothing; raises TypeError for anything else."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if type(value) is int:
        return str(value)
    raise TypeError
