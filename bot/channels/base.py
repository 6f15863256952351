"""What every channel offers the rest of the program."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any, Protocol

from bot.dialogue.values import Attachment, Inbound, Layout, Who


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a channel can show: `text_limit` in characters, `row_characters` of labels that fit a row of buttons.

    `messenger` is the name under which people know it.
    A button whose label is longer than `label_characters` would be cut by the client: it stands written out in the text.
    Without `buttons` every menu is numbered text, complete by itself; up to `extra_buttons` may stand below it besides.
    """

    messenger: str
    text_limit: int
    buttons: bool
    max_buttons: int = 100
    row_characters: int = 30
    label_characters: int = 1000
    asks_phone: bool = False
    asks_location: bool = False
    protects: bool = False
    extra_buttons: int = 0


class Outcome(Enum):
    """What is known of a send that failed."""

    RETRY = "retry"  # Surely not sent; may be tried again at `retry_at` (None: by the outbox's own schedule).
    NEVER = "never"  # Refused for good: a dead letter.
    BLOCKED = "blocked"  # The person cannot be reached until he writes again.
    UNKNOWN = "unknown"  # It may have arrived.
    STOPPED = "stopped"  # The whole channel is stopped (token revoked): alarm, keep the message.


class SendFailed(Exception):
    """A send that did not succeed, or may not have; comes only from channels.

    `retry_at` is the earliest instant for another try; `whole_channel` says that everything on this channel has to wait
    until then (Telegram's flood limit), not only this chat. `why` is short, without ids, names or tokens. `remedy` is the
    command by which an operator lets a stopped channel go on, where there is one.
    """

    def __init__(
        self, outcome: Outcome, why: str, retry_at: datetime | None = None, whole_channel: bool = False, remedy: str = ""
    ) -> None:
        super().__init__(why)
        self.outcome = outcome
        self.why = why
        self.retry_at = retry_at
        self.whole_channel = whole_channel
        self.remedy = remedy


class FileRefused(Exception):
    """A file that cannot be had for good (too large, gone, of another host); `why` is short and without ids."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class Channel(Protocol):
    """Translates between a provider's wire format and our `Inbound` and `Layout`, and does nothing else."""

    name: str
    account: str
    can: Capabilities

    def read(self, payload: Any) -> Inbound | None:
        """Return what one update of the provider says, or None when it concerns us not; raises ValueError if unreadable."""
        ...

    async def send(self, who: Who, layout: Layout) -> str:
        """Send one message and return the provider's message id ("" where it gives none); raises `SendFailed`."""
        ...

    async def fetch(self, attachment: Attachment, limit: int) -> bytes:
        """Return the bytes of a file, at most `limit`; raises `FileRefused`, or `SendFailed` with RETRY."""
        ...

    async def acknowledge(self, inbound: Inbound) -> None:
        """Tell the client that a press was received (a spinner ends); never raises, never repeated."""
        ...

    async def courtesy(self, payload: Any) -> None:
        """Answer an update that `read` gave None for, where manners ask for a line (in a group); stores nothing, never raises."""
        ...
