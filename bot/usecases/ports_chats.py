"""What the use cases need of a person's chats; `storage.chats` implements it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.dialogue.values import Session, Who


@dataclass(frozen=True, slots=True)
class Contact:
    """A chat to write to: its id, its platform, the language its person reads, and whether he can be reached there now.

    `joined_at` is when it was connected with chats that the person had before, None for one that was there from the beginning.
    """

    id: int
    platform: str
    language: str
    reachable: bool
    last_seen_at: datetime
    joined_at: datetime | None


@dataclass(frozen=True, slots=True)
class Offer:
    """A code by which another chat may join: the person it leads to, the chat that shows it, and until when it is good."""

    person: int
    contact: int
    expires_at: datetime


class Chats(Protocol):
    """The chats of one person on several channels."""

    async def of(self, person: int) -> list[Contact]:
        """Return them, those where he can be reached first, then the one used last first."""
        ...

    async def owner(self, contact: int) -> int:
        """Return the person whose chat this is."""
        ...

    async def offer(self, code_hash: str, offer: Offer) -> bool:
        """Keep a code in place of the person's code before; False when that failed, so that another is made."""
        ...

    async def offered(self, code_hash: str) -> Offer | None:
        """Return what a code leads to, expired or not."""
        ...

    async def take(self, code_hash: str) -> bool:
        """Use a code up; False when somebody was faster."""
        ...

    async def join(self, gone: int, kept: int, here: int, now: datetime) -> None:
        """Give one person's chats, cases, consents and staff account to another, who uses the chat `here` now."""
        ...

    async def part(self, contact: int, now: datetime) -> int:
        """Give a chat to a new person, who has nothing and has not agreed; return him. Its drafts' files are forgotten."""
        ...

    async def dialogues(self, person: int, but: int) -> list[tuple[Who, Session]]:
        """Return where a person stands in his chats other than `but`, where he stands anywhere."""
        ...

    async def end_session(self, contact: int, now: datetime) -> None:
        """Let the dialogue in a chat begin anew, also if a turn is under way there."""
        ...
