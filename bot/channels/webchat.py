"""The demo's own messenger: a chat kept in memory, as strict as the real ones, shown by the page in `bot/demo`."""

from __future__ import annotations

import asyncio
import re
import secrets
import unicodedata
from collections import OrderedDict, defaultdict, deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal, get_args

from bot.channels.base import Capabilities, FileRefused, Outcome, SendFailed
from bot.dialogue.values import Ask, Attachment, AttachmentKind, Inbound, LaidButton, LaidFile, Layout, Who

TEXT_LIMIT = 4096  # Code points of one message, as on Telegram.
TOKEN_BYTES = 64  # UTF-8 bytes of one button's token, as on Telegram.
MOST_FILES = 10  # Files sent at once, as in one album.
KEPT_MESSAGES = 500  # Messages of one chat that stay on the page.

FIELDS = {"id", "chat", "at", "text", "token", "pressed", "start", "attachments", "location", "phone", "language"}
KINDS: tuple[AttachmentKind, ...] = get_args(AttachmentKind)
START_PAYLOAD = re.compile(r"[A-Za-z0-9_-]{0,64}")
START_COMMAND = re.compile(r"/start(?:\s+([A-Za-z0-9_-]{1,64}))?\s*")
PHONE = re.compile(r"\+?[0-9 .()-]{3,32}")
BIDI = set("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")

State = Literal["waiting", "sent", "failed"]
OpenFile = Callable[[LaidFile], Awaitable[bytes]]


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """One message as both sides of a chat see it.

    `id` orders the messages of all chats; `seq` is the same when the message appears and rises when it changes (pressed,
    delivered), so that a reader who knows `seq` n asks for what is newer than n. `mine` says that the person wrote it, `key`
    is then his client's id of it. `pressed` is the token pressed last under it.
    """

    id: int
    seq: int
    chat: str
    at: datetime
    mine: bool = False
    key: str = ""
    state: State = "sent"
    text: str = ""
    rows: tuple[tuple[LaidButton, ...], ...] = ()
    request: Ask = ""
    request_label: str = ""
    files: tuple[Attachment, ...] = ()
    location: tuple[float, float] | None = None
    phone: str | None = None
    pressed: str = ""


class WebChatChannel:
    """A channel whose provider is this process: people write through `put` and read through `messages`.

    `now` gives the instant shown on the bot's messages, `open_file` the bytes of a file that the bot sends (raises
    `FileRefused`), `kept_bytes` how much all files together may take: the oldest go first. Nothing survives the process;
    only the demo and the tests use it.
    """

    name = "webchat"
    # It stands for Telegram, whose limits it has.
    can = Capabilities(messenger="Telegram", text_limit=TEXT_LIMIT, buttons=True, asks_phone=True, asks_location=True)

    def __init__(
        self, now: Callable[[], datetime], open_file: OpenFile | None = None, account: str = "demo", kept_bytes: int = 200 * 2**20
    ) -> None:
        self.account = account
        self._most_bytes = kept_bytes
        self._now = now
        self._open_file = open_file
        self._seq = 0
        self._chats: defaultdict[str, deque[ChatMessage]] = defaultdict(lambda: deque(maxlen=KEPT_MESSAGES))
        self._files: OrderedDict[str, tuple[Attachment, bytes]] = OrderedDict()
        self._bytes = 0
        self._changed = asyncio.Event()

    # What every channel offers.

    def read(self, payload: Any) -> Inbound | None:
        """Return what one JSON payload of the page says, or None when it is empty; raises ValueError for one we cannot read.

        `{id, chat, at, text?, token?, pressed?, start?, attachments?, location?, phone?, language?}`: `at` an aware ISO instant,
        `pressed` the id of the message whose button was pressed, `location` latitude and longitude in degrees, `attachments`
        at most ten of `{kind, ref, size?, mime?, name?}`.
        """
        if not isinstance(payload, dict) or not payload.keys() <= FIELDS:
            raise ValueError("not a message of the web chat")
        text = clean(_text(payload, "text", TEXT_LIMIT))
        start = _text(payload, "start", 64) if payload.get("start") is not None else None
        if start is not None and not START_PAYLOAD.fullmatch(start):
            raise ValueError("start is not a deep link's payload")
        if start is None and (command := START_COMMAND.fullmatch(text)):
            start, text = command[1] or "", ""
        token = _text(payload, "token", TOKEN_BYTES) if payload.get("token") is not None else None
        if token is not None and not 1 <= len(token.encode("utf-8", "replace")) <= TOKEN_BYTES:
            raise ValueError("token is empty or too long")
        files = _attachments(payload.get("attachments"))
        location = _location(payload.get("location"))
        phone = _text(payload, "phone", 33) or None
        if phone is not None and not PHONE.fullmatch(phone):
            raise ValueError("phone is not a number")
        key = _text(payload, "id", 64)
        inbound = Inbound(
            who=Who(self.name, self.account, _required(payload, "chat")),
            key=_required(payload, "id"),
            at=_instant(payload.get("at")),
            message_key=key,
            text=text,
            token=token,
            start=start,
            attachments=files,
            location=location,
            phone=phone,
            own_phone=phone is not None,
            language=clean(_text(payload, "language", 16)),
            press_id=key if token is not None else None,
            pressed_message=_text(payload, "pressed", 20) or None,
        )
        empty = not (text or files) and token is None and start is None and location is None and phone is None
        return None if empty else inbound

    async def send(self, who: Who, layout: Layout) -> str:
        """Show a message in the chat and return its id; raises `SendFailed` with NEVER for what a real messenger refuses."""
        refuse(layout)
        files = [await self._sent_file(file) for file in layout.files]
        message = self._add(
            ChatMessage(
                id=0,
                seq=0,
                chat=who.chat,
                at=self._now(),
                text=layout.text,
                rows=layout.rows,
                request=layout.request,
                request_label=layout.request_label,
                files=tuple(files),
            )
        )
        return str(message.id)

    async def fetch(self, attachment: Attachment, limit: int) -> bytes:
        """Return the bytes of a file, at most `limit`; raises `FileRefused` when it is larger or no longer kept."""
        _kept, content = self.kept(attachment.ref)
        if len(content) > limit:
            raise FileRefused("too large")
        return content

    async def acknowledge(self, inbound: Inbound) -> None:
        """Do nothing: the page knows of a press from the answer to its own request."""

    async def courtesy(self, payload: Any) -> None:
        """Do nothing: an empty message needs no answer."""

    # What the page needs besides.

    def keep(self, kind: AttachmentKind, content: bytes, mime: str = "", name: str = "") -> Attachment:
        """Keep a file in memory and return what stands for it in a message; the oldest files go when there are too many."""
        file = Attachment(kind, secrets.token_urlsafe(16), len(content), mime, file_name(name))
        self._files[file.ref] = (file, content)
        self._bytes += len(content)
        while self._bytes > self._most_bytes and len(self._files) > 1:
            _ref, (_file, dropped) = self._files.popitem(last=False)
            self._bytes -= len(dropped)
        return file

    def kept(self, ref: str) -> tuple[Attachment, bytes]:
        """Return a file and its bytes; raises `FileRefused` when it is no longer kept."""
        if ref not in self._files:
            raise FileRefused("no longer kept")
        return self._files[ref]

    def put(self, inbound: Inbound, shown: str = "") -> None:
        """Show what the person sent, or mark the button that was pressed; a repeated message appears once.

        `shown` are the words of the bubble where the message itself has none, as "/start".
        """
        chat = inbound.who.chat
        if inbound.token is not None:
            self._change(chat, lambda m: str(m.id) == inbound.pressed_message and not m.mine, pressed=inbound.token)
        elif not self._change(chat, lambda m: m.mine and m.key == inbound.key, state="waiting"):
            self._add(
                ChatMessage(
                    id=0,
                    seq=0,
                    chat=chat,
                    at=inbound.at,
                    mine=True,
                    key=inbound.key,
                    state="waiting",
                    text=inbound.text or shown,
                    files=inbound.attachments,
                    location=inbound.location,
                    phone=inbound.phone,
                )
            )

    def settle(self, inbound: Inbound, state: State) -> None:
        """Say at the person's own message whether it was received."""
        self._change(inbound.who.chat, lambda m: m.mine and m.key == inbound.key, state=state)

    def messages(self, chat: str, after: int = 0) -> list[ChatMessage]:
        """Return the messages of one chat that appeared or changed after `seq` number `after`, in the order of the chat."""
        return [m for m in self._chats.get(chat, ()) if m.seq > after]

    def newer(self, after: int = 0) -> list[ChatMessage]:
        """Return what appeared or changed in any chat after `seq` number `after`, in the order in which it was first there."""
        return sorted((m for chat in self._chats.values() for m in chat if m.seq > after), key=lambda m: m.id)

    async def changed(self, after: int) -> None:
        """Wait until there is something newer than `seq` number `after`."""
        while self._seq <= after:
            await self._changed.wait()

    # How it is kept.

    async def _sent_file(self, file: LaidFile) -> Attachment:
        if self._open_file is None:
            raise SendFailed(Outcome.NEVER, "no files here")
        try:
            content = await self._open_file(file)
        except FileRefused as refused:
            raise SendFailed(Outcome.NEVER, refused.why) from refused
        return self.keep(kind_of(file.mime), content, file.mime, file.name)

    def _add(self, message: ChatMessage) -> ChatMessage:
        self._seq += 1
        message = replace(message, id=self._seq, seq=self._seq)
        self._chats[message.chat].append(message)
        self._wake()
        return message

    def _change(self, chat: str, wanted: Callable[[ChatMessage], bool], **changes: Any) -> bool:
        messages = self._chats.get(chat, ())
        for place, message in enumerate(messages):
            if wanted(message):
                self._seq += 1
                messages[place] = replace(message, seq=self._seq, **changes)  # type: ignore[index]
                self._wake()
                return True
        return False

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()


def refuse(layout: Layout) -> None:
    """Raise `SendFailed` with NEVER for a message that a real messenger would refuse. Source: limits of Telegram's Bot API."""
    if not layout.text.strip() and not layout.files:
        raise SendFailed(Outcome.NEVER, "message text is empty")
    if len(layout.text) > TEXT_LIMIT:
        raise SendFailed(Outcome.NEVER, "message is too long")
    buttons = [button for row in layout.rows for button in row]
    if len(buttons) > WebChatChannel.can.max_buttons:
        raise SendFailed(Outcome.NEVER, "too many buttons")
    for button in buttons:
        if not 1 <= len(button.token.encode()) <= TOKEN_BYTES:
            raise SendFailed(Outcome.NEVER, "button token is empty or too long")
        if not button.label.strip():
            raise SendFailed(Outcome.NEVER, "button label is empty")
    if layout.request and not layout.request_label.strip():
        raise SendFailed(Outcome.NEVER, "request label is empty")


def clean(text: str) -> str:
    """Return the text in NFC, without control characters (line ends stay, tabs become spaces) and without lone surrogates."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    kept = "".join(c for c in text if c == "\n" or unicodedata.category(c) not in ("Cc", "Cs"))
    return unicodedata.normalize("NFC", kept).strip()


def file_name(name: str) -> str:
    """Return the sender's file name without folders, control and direction characters, at most 100 characters."""
    name = "".join(c for c in clean(name) if c not in BIDI and c not in '\n"<>|:*?')
    return name.replace("\\", "/").rsplit("/", 1)[-1].strip(". ")[-100:]


def kind_of(mime: str) -> AttachmentKind:
    """Return as what a file of this type is shown: pictures and films that every browser knows, sound, else a document."""
    if mime in ("image/jpeg", "image/png", "image/webp", "image/gif"):
        return "photo"
    if mime in ("video/mp4", "video/webm"):
        return "video"
    return "audio" if mime.startswith("audio/") else "document"


def _text(payload: dict[str, Any], field: str, limit: int) -> str:
    value = payload.get(field)
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > limit:
        raise ValueError(f"{field} is not a text of at most {limit} characters")
    return value


def _required(payload: dict[str, Any], field: str) -> str:
    value = _text(payload, field, 64)
    if not value or value != clean(value):
        raise ValueError(f"{field} is missing")
    return value


def _instant(value: Any) -> datetime:
    if not isinstance(value, str) or len(value) > 40:
        raise ValueError("at is missing")
    at = datetime.fromisoformat(value)
    if at.tzinfo is None:
        raise ValueError("at has no time zone")
    return at


def _location(value: Any) -> tuple[float, float] | None:
    if value is None:
        return None
    numbers = isinstance(value, (list, tuple)) and len(value) == 2 and all(type(n) in (int, float) for n in value)
    if not numbers or not (abs(value[0]) <= 90 and abs(value[1]) <= 180):
        raise ValueError("location is not a latitude and a longitude")
    return float(value[0]), float(value[1])


def _attachments(value: Any) -> tuple[Attachment, ...]:
    if value is None:
        return ()
    if not isinstance(value, list) or len(value) > MOST_FILES:
        raise ValueError(f"attachments are not a list of at most {MOST_FILES}")
    return tuple(_attachment(each) for each in value)


def _attachment(value: Any) -> Attachment:
    if not isinstance(value, dict) or not value.keys() <= {"kind", "ref", "size", "mime", "name"}:
        raise ValueError("not an attachment")
    kind = next((known for known in KINDS if known == value.get("kind")), None)
    size = value.get("size")
    if kind is None or not (size is None or (type(size) is int and 0 <= size < 2**53)):
        raise ValueError("not an attachment")
    return Attachment(kind, _required(value, "ref"), size, clean(_text(value, "mime", 100)), file_name(_text(value, "name", 255)))
