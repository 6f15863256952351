"""What one update of the Zalo Bot Platform says, as our `Inbound`.

Facts and their sources: the Bot API's reference and captured traffic, B1 to B8 of the reference of facts this was built from.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from bot.channels.clean import clean_text
from bot.dialogue.values import NOT_HANDED_OVER, Attachment, Inbound, Who

NAME = "zalo_bot"
_START = re.compile(r"/start(?:\s+([A-Za-z0-9_-]{1,64}))?", re.ASCII | re.IGNORECASE)
_SECONDS_BELOW = 10**12  # Dates are milliseconds; some carried seconds (B1, B2, B4).
_LONGEST_ID = 200


def updates(payload: Any) -> list[Any]:
    """Return the updates in what Zalo brings, in their order: the update bare, or in the envelope of a reply, or a list of them.

    Captured webhook calls hold the bare update, the documentation shows the envelope, and getUpdates gives one object where
    some have seen a list (B5, B6; B1, B7). An envelope that is not `ok`, and an empty one, hold none. What is none of these
    comes back as it is: whoever reads it will say that it cannot.
    """
    if isinstance(payload, dict) and "event_name" not in payload and "ok" in payload:
        payload = payload.get("result") if payload["ok"] is True else None
    if payload is None or payload == {}:
        return []
    return payload if isinstance(payload, list) else [payload]


def read_update(payload: Any, account: str) -> Inbound | None:
    """Return what an update says, or None where it concerns us not (groups, bots, events without a message).

    `account` is our bot's id. Raises ValueError, without any of the payload in it, for an update that cannot be understood.
    """
    found = updates(payload)
    if not found:
        return None
    try:
        if len(found) > 1:
            raise ValueError
        return _message(found[0], account)
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, OSError) as error:
        raise ValueError(f"not an update we can read ({type(error).__name__})") from None


def _message(update: dict[str, Any], account: str) -> Inbound | None:
    event, message = _words(update["event_name"]), update.get("message")
    if message is None or not event.startswith("message."):
        return None
    sender, chat = message["from"], message["chat"]
    if chat.get("chat_type", "PRIVATE") != "PRIVATE" or sender.get("is_bot") is True or _id(sender["id"]) == account:
        return None
    key = _id(message["message_id"])
    attachments = tuple(_attachments(event, message))
    text = clean_text(_words(message.get("text") or message.get("caption") or ""))
    start = _START.fullmatch(text)
    return Inbound(
        who=Who(NAME, account, _id(chat["id"])),
        key=key,
        at=_date(message["date"]),
        message_key=key,
        text="" if start else text,
        start=(start[1] or "") if start else None,
        attachments=attachments,
        # A message without any words or file we can use: a sticker, what Zalo keeps from bots, or what is newer than we are.
        unsupported=None if text or attachments else NOT_HANDED_OVER,
        language="vi",
    )


def _attachments(event: str, message: dict[str, Any]) -> Iterator[Attachment]:
    """Give the file of a message: its public address, which does not live long."""
    # Captured traffic says photo_url, the documentation photo (B6; B1).
    picture, voice = message.get("photo_url") or message.get("photo"), message.get("voice_url")
    if event == "message.image.received" and picture:
        yield Attachment("photo", _words(picture), None, "image/jpeg")
    if event == "message.voice.received" and voice:
        yield Attachment("voice", _words(voice), None, "audio/aac")


def _words(given: Any) -> str:
    if not isinstance(given, str):
        raise TypeError
    return given


def _id(given: Any) -> str:
    """Return an id as text; opaque, and never taken for a number."""
    if type(given) is int:
        return str(given)
    if not _words(given) or len(given) > _LONGEST_ID:
        raise ValueError
    return str(given)


def _date(given: Any) -> datetime:
    number = int(given) if isinstance(given, str) else given
    if type(number) is not int:
        raise TypeError
    return datetime.fromtimestamp(number if number < _SECONDS_BELOW else number / 1000, UTC)
