"""People in front of the fake Official Account: what they send, and what they see in their chat with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.fakes.zalo_oa import FakeZaloOa


@dataclass(frozen=True)
class Shown:
    """One message of the account: text, buttons as (payload, title), the bytes of a file, whether it asks for a contact."""

    message_id: str
    text: str
    buttons: tuple[tuple[str, str], ...] = ()
    file: bytes | None = None
    asks_contact: bool = False


@dataclass
class ZaloUser:
    """One person; every method that sends returns the status which the platform was answered.

    With a `conversation` he is a visitor who has not logged in.
    """

    api: FakeZaloOa
    id: str
    name: str
    follows: bool = False
    blocked: bool = False
    last_interaction: datetime | None = None
    billed: int = 0
    conversation: str = ""
    screen: list[Shown] = field(default_factory=list)

    def shows(self, message_id: str, text: str, buttons: tuple[tuple[str, str], ...], file: bytes | None, asks: bool) -> None:
        """Put a message of the account on the screen."""
        self.screen.append(Shown(message_id, text, buttons, file, asks))

    async def says(self, text: str) -> int:
        """Type a text."""
        return await self._sends("oa_user_send_text", text=text)

    async def presses(self, title: str) -> int:
        """Press the newest button with this title: the chat then says its payload."""
        payload = next(p for shown in reversed(self.screen) for p, t in shown.buttons if t == title)
        return await self._sends("oa_user_send_text_from_button", text=payload)

    async def sends_photo(self, content: bytes, caption: str = "") -> int:
        """Send a picture."""
        return await self.sends_photos([content], caption)

    async def sends_photos(self, contents: Sequence[bytes], caption: str = "") -> int:
        """Send pictures together."""
        urls = [self._keeps(content, "jpg") for content in contents]
        attachments = [{"type": "image", "payload": {"thumbnail": url, "url": url}} for url in urls]
        return await self._sends("oa_user_send_image", text=caption, attachments=attachments)

    async def sends_file(self, content: bytes, name: str) -> int:
        """Send a paper."""
        url, kind = self._keeps(content, name.rpartition(".")[2]), name.rpartition(".")[2]
        payload = {"url": url, "name": name, "size": str(len(content)), "type": kind, "checksum": "0" * 32}
        return await self._sends("oa_user_send_file", attachments=[{"type": "file", "payload": payload}])

    async def sends_voice(self, content: bytes) -> int:
        """Send a voice message."""
        attachments = [{"type": "audio", "payload": {"url": self._keeps(content, "amr")}}]
        return await self._sends("oa_user_send_audio", attachments=attachments)

    async def sends_sticker(self) -> int:
        """Send a sticker."""
        return await self._sends("oa_user_send_sticker")

    async def shares_location(self, latitude: float, longitude: float, place: str = "") -> int:
        """Share a place."""
        payload = {"coordinates": {"latitude": str(latitude), "longitude": str(longitude)}}
        return await self._sends("oa_user_send_location", text=place, attachments=[{"type": "location", "payload": payload}])

    async def shares_contact(self, phone: str, name: str = "") -> int:
        """Fill in the form that asks for name and number; `phone` as it is kept, 84..."""
        event = self.api.event("oa_user_submit_info", self.id)
        event["info"] |= {"phone": phone, "name": name}
        return await self._brings(event)

    async def follow(self) -> int:
        """Follow the account."""
        self.follows, self.blocked = True, False
        return await self._brings(self.api.event("oa_follow", self.id))

    async def unfollow(self) -> int:
        """Unfollow it: it may say nothing more."""
        self.follows, self.blocked = False, True
        event = self.api.event("oa_follow", self.id) | {"event_name": "unfollow"}
        return await self.api.send_event(event)

    async def withdraw(self) -> int:
        """Ask Zalo to have one's data at this account erased."""
        when = str(int(self.api.clock().timestamp() * 1000))
        event = {"app_id": self.api.app_id, "event_name": "user_withdraw", "timestamp": when, "user_id": self.id}
        return await self.api.send_event(event)

    async def is_written_to_by_an_agent(self, text: str, admin: str = "2468458835000000001") -> int:
        """Let a human of the office answer in the account's own tool."""
        event = self.api.event("oa_echo_oa_send_text", self.id, text=text)
        event["sender"] = {**event["sender"], "admin_id": admin}
        return await self.api.send_event(event)

    async def _sends(self, name: str, **message: Any) -> int:
        self.blocked = False
        event = self.api.event(name, self.id, **message)
        if self.conversation:
            event["event_name"] = event["event_name"].replace("user_send_", "anonymous_send_")
            event["message"]["conversation_id"] = self.conversation
        return await self._brings(event)

    async def _brings(self, event: dict[str, Any]) -> int:
        self.last_interaction = self.api.clock()
        return await self.api.send_event(event)

    def _keeps(self, content: bytes, ending: str) -> str:
        url = f"{self.api.file_host}/example/{next(self.api.numbers)}.{ending}"
        self.api.files[url] = content
        return url
