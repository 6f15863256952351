"""People in front of the fake Bot API server: what they send, and what they see on their screens."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from PIL import Image

from tests.fakes.botapi_rules import find_entities

if TYPE_CHECKING:
    from tests.fakes.botapi import FakeBotApi


@cache
def a_picture(width: int = 64, height: int = 48, colour: str = "teal") -> bytes:
    """Return a real JPEG."""
    out = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(out, "JPEG")
    return out.getvalue()


@dataclass(frozen=True, slots=True)
class ScreenButton:
    """A button under a message: what it says, and the data or address behind it."""

    label: str
    token: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """One message of the bot as it stands on the screen now; `kind` is `text`, `photo`, `document`, `file` its bytes."""

    message_id: int
    text: str
    buttons: tuple[tuple[ScreenButton, ...], ...]
    kind: str = "text"
    file: bytes | None = None
    file_name: str = ""
    protected: bool = False
    edited: bool = False
    entities: tuple[dict[str, Any], ...] = ()

    @property
    def labels(self) -> list[str]:
        """The buttons' labels, row by row."""
        return [button.label for row in self.buttons for button in row]

    @property
    def tokens(self) -> list[str]:
        """The buttons' data, row by row."""
        return [button.token for row in self.buttons for button in row]


@dataclass
class ApiUser:
    """One person with a private chat with the bot; every method that sends returns the update that the bot gets."""

    api: FakeBotApi
    id: int
    name: str
    language: str = "vi"
    phone: str = ""
    username: str = ""
    started: bool = False
    blocked: bool = False
    deactivated: bool = False
    chat: list[dict[str, Any]] = field(default_factory=list)  # All messages of both sides as JSON, oldest first.
    keyboard: list[list[dict[str, Any]]] | None = None  # The reply keyboard below the input field.
    alerts: list[str] = field(default_factory=list)  # What answerCallbackQuery showed.
    waiting: set[str] = field(default_factory=set)  # Presses whose spinner still turns.

    # What the person sees.

    @property
    def screen(self) -> list[Shown]:
        """The bot's messages as they stand now, oldest first."""
        return [self._shown(message) for message in self.chat if message["from"]["is_bot"]]

    @property
    def last(self) -> Shown:
        """The bot's newest message."""
        assert self.screen, f"{self.name} has got no message"
        return self.screen[-1]

    def sees(self, fragment: str) -> Shown:
        """Return the newest message with these words in it; fails when there is none."""
        for message in reversed(self.screen):
            if fragment in message.text:
                return message
        raise AssertionError(f"{self.name} does not see {fragment!r} but {[message.text for message in self.screen[-5:]]}")

    # What the person does.

    async def says(self, text: str) -> dict[str, Any]:
        """Type a text; commands and addresses in it are marked as the client and server do."""
        entities = find_entities(text)
        return await self._sends(text=text, **({"entities": entities} if entities else {}))

    async def starts(self, payload: str = "") -> dict[str, Any]:
        """Press Start, or follow a deep link with this payload."""
        return await self.says(f"/start {payload}".strip())

    async def presses(self, what: str, message_id: int | None = None) -> dict[str, Any]:
        """Press the button with this data or label, in the newest message that has one, else on the reply keyboard."""
        for shown in reversed(self.screen):
            if message_id in (None, shown.message_id):
                for button in (button for row in shown.buttons for button in row):
                    if what in (button.token, button.label) and not button.url:
                        return await self.forges(button.token, shown.message_id)
        for button_ in (button for row in self.keyboard or [] for button in row):
            if button_["text"] == what:
                if button_.get("request_contact"):
                    return await self.shares_contact()
                return await self.shares_location() if button_.get("request_location") else await self.says(what)
        offered = [shown.labels for shown in self.screen[-3:]]
        raise AssertionError(f"{self.name} sees no button {what!r}; offered were {offered}")

    async def forges(self, data: str, message_id: int | None = None) -> dict[str, Any]:
        """Press a button with any data, as a modified client can; without `message_id` under a message that is long gone."""
        message = next((m for m in self.chat if m["message_id"] == message_id), None)
        query = self.api.new_query(self)
        self.waiting.add(query)
        body = {
            "id": query,
            "from": self.sender(),
            "message": dict(message) if message else {"chat": self.chat_json(), "message_id": message_id or 1, "date": 0},
            "chat_instance": str(4_000_000_000_000_000_000 + self.id),
            "data": data,
        }
        return await self.api.emit("callback_query", body, ("press", self.id), seconds=150)

    async def sends_photo(self, content: bytes | None = None, caption: str = "", album: str = "") -> dict[str, Any]:
        """Send a picture; the server keeps three sizes of it."""
        content = a_picture() if content is None else content
        sizes = [(90, 67, b"small" + content[:20]), (320, 240, b"middle" + content[:20]), (1280, 960, content)]
        photo = [self.api.keep_file("photo", data, width=w, height=h) for w, h, data in sizes]
        return await self._sends(photo=photo, **self._words(caption), **({"media_group_id": album} if album else {}))

    async def sends_album(self, contents: list[bytes], caption: str = "") -> list[dict[str, Any]]:
        """Send pictures together: one update each, the caption with the first."""
        album = str(13_700_000_000_000_000 + self.api.count())
        return [await self.sends_photo(each, caption if n == 0 else "", album) for n, each in enumerate(contents)]

    async def sends_document(
        self, content: bytes, name: str = "don.pdf", mime: str = "application/pdf", caption: str = ""
    ) -> dict[str, Any]:
        """Send a file as it is."""
        file = self.api.keep_file("document", content, name=name, file_name=name, mime_type=mime)
        return await self._sends(document=file, **self._words(caption))

    async def sends_voice(self, content: bytes = b"OggS", seconds: int = 7) -> dict[str, Any]:
        """Send a voice message."""
        return await self._sends(voice=self.api.keep_file("voice", content, duration=seconds, mime_type="audio/ogg"))

    async def sends_audio(self, content: bytes = b"ID3", name: str = "ghi am.mp3") -> dict[str, Any]:
        """Send a piece of music or a recording."""
        file = self.api.keep_file("audio", content, name=name, duration=60, mime_type="audio/mpeg", file_name=name)
        return await self._sends(audio=file)

    async def sends_video(self, content: bytes = b"\0\0\0\x18ftyp", caption: str = "") -> dict[str, Any]:
        """Send a film."""
        file = self.api.keep_file("video", content, width=848, height=480, duration=12, mime_type="video/mp4")
        return await self._sends(video=file, **self._words(caption))

    async def sends_video_note(self, content: bytes = b"\0\0\0\x18ftyp") -> dict[str, Any]:
        """Send a round film."""
        return await self._sends(video_note=self.api.keep_file("video_note", content, length=384, duration=5))

    async def sends_animation(self, content: bytes = b"\0\0\0\x18ftyp") -> dict[str, Any]:
        """Send an animation; the server calls it a document too."""
        file = self.api.keep_file("animation", content, width=320, height=240, duration=2, mime_type="video/mp4")
        alike = {key: file[key] for key in ("file_id", "file_unique_id", "file_size", "mime_type")}
        return await self._sends(animation=file, document=alike)

    async def sends_sticker(self, emoji: str = "👍") -> dict[str, Any]:
        """Send a sticker."""
        file = self.api.keep_file("sticker", b"RIFF", width=512, height=512)
        sticker = file | {"emoji": emoji, "set_name": "HotCherry", "is_animated": False, "is_video": False, "type": "regular"}
        return await self._sends(sticker=sticker)

    async def rolls_dice(self) -> dict[str, Any]:
        """Send a die."""
        return await self._sends(dice={"emoji": "🎲", "value": 4})

    async def shares_contact(self, phone: str | None = None, own: bool = True) -> dict[str, Any]:
        """Share the own phone number, or another person's card."""
        contact = {"phone_number": phone or self.phone or "84912345678", "first_name": self.name}
        return await self._sends(contact=contact | ({"user_id": self.id} if own else {}))

    async def shares_location(self, latitude: float = 21.8537, longitude: float = 106.7615, live: bool = False) -> dict[str, Any]:
        """Share a place, in degrees; `live`: it will move by edits."""
        place = {"latitude": latitude, "longitude": longitude}
        return await self._sends(location=place | ({"live_period": 900, "horizontal_accuracy": 12.0} if live else {}))

    async def forwards(self, text: str, hidden: bool = False) -> dict[str, Any]:
        """Forward what somebody else wrote."""
        origin: dict[str, Any] = {"type": "hidden_user", "sender_user_name": "Ai đó", "date": self.api.date()}
        if not hidden:
            other = {"id": 700700700, "is_bot": False, "first_name": "Ai đó"}
            origin = {"type": "user", "sender_user": other, "date": self.api.date()}
        return await self._sends(text=text, forward_origin=origin)

    async def sends(self, **content: Any) -> dict[str, Any]:
        """Send a message with any content, as in the Bot API's `Message`."""
        return await self._sends(**content)

    async def edits(self, text: str, message_id: int | None = None) -> dict[str, Any]:
        """Change the text of the person's newest (or this) message."""
        own = [m for m in self.chat if not m["from"]["is_bot"] and message_id in (None, m["message_id"])]
        assert own, f"{self.name} has written nothing to edit"
        message = own[-1]
        message.pop("entities", None)
        message |= {"text": text, "edit_date": self.api.date()}
        return await self.api.emit("edited_message", dict(message), ("chat", self.id))

    async def blocks(self) -> dict[str, Any]:
        """Block the bot: it learns of it, and can write no more."""
        self.blocked = True
        return await self._membership("member", "kicked")

    async def unblocks(self) -> dict[str, Any]:
        """Take the block away."""
        self.blocked = False
        return await self._membership("kicked", "member")

    def deactivates(self) -> None:
        """Delete the account: nobody is told, sending is forbidden from now on."""
        self.deactivated = True

    # How it is written.

    def sender(self) -> dict[str, Any]:
        """Return the person as the Bot API's `User`."""
        named = {"username": self.username} if self.username else {}
        return {"id": self.id, "is_bot": False, "first_name": self.name, **named, "language_code": self.language}

    def chat_json(self) -> dict[str, Any]:
        """Return the private chat as the Bot API's `Chat`."""
        named = {"username": self.username} if self.username else {}
        return {"id": self.id, "first_name": self.name, **named, "type": "private"}

    async def _sends(self, **content: Any) -> dict[str, Any]:
        self.started = True
        message = {
            "message_id": self.api.next_message_id(),
            "from": self.sender(),
            "chat": self.chat_json(),
            "date": self.api.date(),
            **content,
        }
        self.chat.append(message)
        return await self.api.emit("message", dict(message), ("chat", self.id))

    def _words(self, caption: str) -> dict[str, Any]:
        return {"caption": caption} if caption else {}

    async def _membership(self, old: str, new: str) -> dict[str, Any]:
        bot = self.api.bot_json()
        until = {"member": {}, "kicked": {"until_date": 0}}
        body = {
            "chat": self.chat_json(),
            "from": self.sender(),
            "date": self.api.date(),
            "old_chat_member": {"user": bot, "status": old, **until[old]},
            "new_chat_member": {"user": bot, "status": new, **until[new]},
        }
        return await self.api.emit("my_chat_member", body, ("member", self.id))

    def _shown(self, message: dict[str, Any]) -> Shown:
        rows = message.get("reply_markup", {}).get("inline_keyboard", [])
        kind = next((k for k in ("photo", "document", "voice", "video", "audio", "location") if k in message), "text")
        file = message.get(kind) if kind in ("photo", "document", "voice", "video", "audio") else None
        file = file[-1] if isinstance(file, list) else file
        return Shown(
            message_id=message["message_id"],
            text=message.get("text", message.get("caption", "")),
            buttons=tuple(
                tuple(ScreenButton(b["text"], b.get("callback_data", ""), b.get("url", "")) for b in row) for row in rows
            ),
            kind=kind,
            file=self.api.files[file["file_id"]].content if file else None,
            file_name=(file or {}).get("file_name", ""),
            protected=message.get("has_protected_content", False),
            edited="edit_date" in message,
            entities=tuple(message.get("entities", message.get("caption_entities", []))),
        )


@dataclass
class ApiGroup:
    """A group that the bot is a member of, with privacy mode on: it hears commands, mentions and replies to it only."""

    api: FakeBotApi
    id: int
    title: str
    chat: list[dict[str, Any]] = field(default_factory=list)

    @property
    def lines(self) -> list[str]:
        """What the bot said here."""
        return [message["text"] for message in self.chat]

    async def adds_bot(self, by: ApiUser) -> dict[str, Any]:
        """Make the bot a member."""
        bot = self.api.bot_json()
        body = {
            "chat": self.chat_json(),
            "from": by.sender(),
            "date": self.api.date(),
            "old_chat_member": {"user": bot, "status": "left"},
            "new_chat_member": {"user": bot, "status": "member"},
        }
        return await self.api.emit("my_chat_member", body, ("member", self.id))

    async def hears(self, by: ApiUser, text: str) -> dict[str, Any]:
        """Write in the group something that the bot gets to see."""
        entities = find_entities(text)
        body = {
            "message_id": self.api.next_message_id(),
            "from": by.sender(),
            "chat": self.chat_json(),
            "date": self.api.date(),
            "text": text,
            **({"entities": entities} if entities else {}),
        }
        return await self.api.emit("message", body, ("chat", self.id))

    def chat_json(self) -> dict[str, Any]:
        """Return the group as the Bot API's `Chat`."""
        return {"id": self.id, "title": self.title, "type": "supergroup"}
