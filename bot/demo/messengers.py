"""The messengers that a phone of the demo can stand for: the web chat as it is, or with no more than what Zalo gives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bot.channels.base import Capabilities
from bot.channels.webchat import WebChatChannel
from bot.channels.zalo_bot import ZaloBotChannel
from bot.channels.zalo_oa import TEXT_LIMIT
from bot.dialogue.values import NOT_HANDED_OVER, Attachment, AttachmentKind, Inbound, Layout, Who

ALL_KINDS: frozenset[AttachmentKind] = frozenset(("photo", "video", "voice", "audio", "document"))


class Dressed:
    """The web chat as another messenger: numbered text, its length, and only what that messenger hands to a program."""

    def __init__(self, chat: WebChatChannel, name: str, can: Capabilities, kinds: frozenset[AttachmentKind], place: bool) -> None:
        self.name = name
        self.account = chat.account
        self.can = can
        self._chat = chat
        self._kinds = kinds
        self._place = place

    def read(self, payload: Any) -> Inbound | None:
        """Return what a payload of the page says as that messenger would bring it."""
        inbound = self._chat.read(payload)
        if inbound is None:
            return None
        kept = tuple(file for file in inbound.attachments if file.kind in self._kinds)
        lost = len(kept) < len(inbound.attachments) or (inbound.location is not None and not self._place)
        return replace(
            inbound,
            who=Who(self.name, self.account, inbound.who.chat),
            text="" if lost and not kept else inbound.text,
            attachments=kept,
            location=inbound.location if self._place else None,
            unsupported=NOT_HANDED_OVER if lost and not kept else None,
        )

    async def send(self, who: Who, layout: Layout) -> str:
        """Show a message in the chat; raises `SendFailed` as the web chat does."""
        return await self._chat.send(who, layout)

    async def fetch(self, attachment: Attachment, limit: int) -> bytes:
        """Return the bytes of a file; raises `FileRefused`."""
        return await self._chat.fetch(attachment, limit)

    async def acknowledge(self, inbound: Inbound) -> None:
        """Do nothing: there is nothing to press."""

    async def courtesy(self, payload: Any) -> None:
        """Do nothing: an empty message needs no answer."""


def messengers(chat: WebChatChannel) -> Mapping[str, WebChatChannel | Dressed]:
    """Return the channels of the demo by name; all of them show in the same web chat."""
    dressed = (
        Dressed(chat, "zalo_oa", Capabilities(messenger="Zalo", text_limit=TEXT_LIMIT, buttons=False), ALL_KINDS, place=True),
        Dressed(chat, "zalo_bot", ZaloBotChannel.can, frozenset(("photo", "voice")), place=False),
    )
    return {chat.name: chat, **{each.name: each for each in dressed}}
