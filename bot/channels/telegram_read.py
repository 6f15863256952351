"""What one update of Telegram says, as our `Inbound`."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from telegram import CallbackQuery, ChatMemberUpdated, Message, Update
from telegram.constants import ChatType, MessageType
from telegram.error import TelegramError
from telegram.helpers import effective_message_type

from bot.channels.clean import clean_file_name, clean_line, clean_text
from bot.dialogue.values import Attachment, AttachmentKind, Inbound, Who

# Lengths of time as timedelta, as the library's next version will give them; it warns at each one otherwise.
os.environ.setdefault("PTB_TIMEDELTA", "1")

# The order matters little, but an animation comes along as a document too.
_FILES: tuple[tuple[str, AttachmentKind, str], ...] = (
    ("animation", "video", "video/mp4"),
    ("live_photo", "video", "video/mp4"),
    ("video", "video", "video/mp4"),
    ("video_note", "video", "video/mp4"),
    ("voice", "voice", "audio/ogg"),
    ("audio", "audio", "audio/mpeg"),
    ("document", "document", ""),
)
# What a person sends that we cannot use and should say so; the rest of the library's list are notes of the client about
# the chat itself (a pinned message, a new timer), to which nobody expects an answer.
_UNSUPPORTED = frozenset(
    {
        MessageType.STICKER,
        MessageType.POLL,
        MessageType.DICE,
        MessageType.GAME,
        MessageType.STORY,
        MessageType.INVOICE,
        MessageType.CHECKLIST,
        MessageType.PAID_MEDIA,
        MessageType.GIFT,
        MessageType.UNIQUE_GIFT,
        MessageType.GIVEAWAY,
        MessageType.USERS_SHARED,
        MessageType.CHAT_SHARED,
        MessageType.WEB_APP_DATA,
        MessageType.PASSPORT_DATA,
    }
)
_START = re.compile(r"/start(?:@\w+)?(?:\s+([A-Za-z0-9_-]{1,64}))?", re.ASCII)
_REACHABLE = {"member": True, "kicked": False}


def read_update(payload: Any, account: str, now: datetime) -> Inbound | None:
    """Return what an update says, or None where it concerns us not (groups, bots, notes of the client about the chat).

    `account` is our bot's id; `now` dates button presses, which carry no date of their own. `at` is the date of the message,
    or of its last edit. Raises ValueError, without any of the payload in it, for an update that cannot be understood.
    """
    try:
        if type(payload["update_id"]) is not int:
            raise ValueError
        update = Update.de_json(payload, None)
        if update.message is not None:
            return _message(update.message, str(update.update_id), account)
        if update.edited_message is not None:
            return _message(update.edited_message, str(update.update_id), account)
        if update.callback_query is not None:
            return _press(update.callback_query, str(update.update_id), account, now)
        if update.my_chat_member is not None:
            return _reachability(update.my_chat_member, str(update.update_id), account)
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, OSError, RecursionError, TelegramError) as error:
        raise ValueError(f"not an update we can read ({type(error).__name__})") from None
    return None


def _message(message: Message, key: str, account: str) -> Inbound | None:
    sender = message.from_user
    if message.chat.type != ChatType.PRIVATE or sender is None or sender.is_bot:
        return None
    location, edited_at = message.location, message.edit_date
    if location is not None and edited_at is not None:
        return None  # A live location moves by edits, every few seconds; where it began is enough.
    attachments = tuple(_attachments(message))
    start = None if edited_at else _START.fullmatch(clean_text(message.text or ""))
    known = attachments or location or message.contact or message.text is not None
    unsupported = None if known else _unsupported(message)
    if not known and unsupported is None:
        return None
    contact = message.contact
    return Inbound(
        who=Who("telegram", account, str(message.chat.id)),
        key=key,
        at=edited_at or message.date,
        message_key=f"{message.chat.id}:{message.message_id}" + (f":{int(edited_at.timestamp())}" if edited_at else ""),
        text="" if start else _words(message),
        start=(start[1] or "") if start else None,
        attachments=attachments,
        location=(location.latitude, location.longitude) if location else None,
        phone=(clean_line(contact.phone_number, 32) or None) if contact else None,
        # Anybody can pass on another person's card; only the sender's own carries his id. A forwarded one proves nothing of
        # the one who forwards it.
        own_phone=contact is not None and contact.user_id == sender.id and message.forward_origin is None,
        album=message.media_group_id,
        edited=edited_at is not None,
        unsupported=unsupported,
        language=clean_line(sender.language_code or "", 16),
    )


def _words(message: Message) -> str:
    if message.venue is not None:
        return clean_text(f"{message.venue.title}\n{message.venue.address}")
    return clean_text(message.text or message.caption or "")


def _attachments(message: Message) -> Iterator[Attachment]:
    """Give the file of a message; Telegram sends one message for each, albums too."""
    for field, kind, mime in _FILES:
        file = getattr(message, field)
        if file is not None:
            name = clean_file_name(getattr(file, "file_name", None) or "")
            yield Attachment(kind, file.file_id, file.file_size, clean_line(getattr(file, "mime_type", None) or mime, 100), name)
            return
    if message.photo:
        largest = max(message.photo, key=lambda size: size.width * size.height)
        yield Attachment("photo", largest.file_id, largest.file_size, "image/jpeg")


def _unsupported(message: Message) -> str | None:
    """Return the name of what was sent, `other` for what is newer than we are, or None for a note about the chat."""
    kind = effective_message_type(message)
    if kind is None:
        return "other"
    return str(kind) if kind in _UNSUPPORTED else None


def _press(press: CallbackQuery, key: str, account: str, now: datetime) -> Inbound | None:
    message = press.message  # None for inline messages, which we never send.
    if message is None or message.chat.type != ChatType.PRIVATE or press.data is None:
        return None
    return Inbound(
        who=Who("telegram", account, str(message.chat.id)),
        key=key,
        at=now,
        message_key=press.id,
        token=clean_text(press.data),
        language=clean_line(press.from_user.language_code or "", 16),
        press_id=press.id,
        pressed_message=str(message.message_id),
    )


def _reachability(change: ChatMemberUpdated, key: str, account: str) -> Inbound | None:
    reachable = _REACHABLE.get(change.new_chat_member.status)
    if change.chat.type != ChatType.PRIVATE or reachable is None:
        return None
    return Inbound(
        who=Who("telegram", account, str(change.chat.id)),
        key=key,
        at=change.date,
        reachable=reachable,
        language=clean_line(change.from_user.language_code or "", 16),
    )
