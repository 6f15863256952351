"""What comes in from a channel and what goes out to it, the same for every channel."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any, Literal

AttachmentKind = Literal["photo", "video", "voice", "audio", "document"]
# In `Inbound.unsupported`: something came whose content the platform keeps from bots, so that another file would fare no better.
NOT_HANDED_OVER = "not handed over"
# What a channel says first of a person to whom it may send nothing, since he has not written for too long; kept with the message.
SILENT = "the person has not written for a week"


@dataclass(frozen=True, slots=True)
class Who:
    """Whose chat a message came from or goes to.

    `platform` is the channel's name (`telegram`, `webchat`), `account` our bot's id there, `chat` the provider's id of the
    private chat, as text (ids may be larger than 2**53).
    """

    platform: str
    account: str
    chat: str

    @property
    def address(self) -> str:
        """One text for the three, the input of the keyed hash under which a person is found."""
        return f"{self.platform}:{self.account}:{self.chat}"


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that a person sent, not yet downloaded.

    `ref` is what the channel needs to fetch it (Telegram's file_id), `size` in bytes where the provider says it, `name`
    the sender's file name ("" where there is none), `mime` as the provider says it ("" where it does not).
    """

    kind: AttachmentKind
    ref: str
    size: int | None = None
    mime: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Inbound:
    """One message or button press.

    `key` is the provider's id of the update, unique per platform and account; `message_key` the id of the message or press
    itself (an edited message carries its edit date in it), unique likewise or "". `text` is NFC without control characters,
    "" when there is none. `token` is the payload of a pressed button: user input, it carries no right. `start` is the
    payload of a deep link (None: no start command). `album` groups files sent together, one update each. `unsupported`
    names what was sent when we cannot read it (`sticker`, `poll`, ...). `reachable` is set by block and unblock events only.
    `phone` is a shared number, with the name beside it if there is one.
    `language` is the client's hint such as `vi` or `en-US`. `by_agent`: a human of the office spoke to the person, by
    the messenger's own tool; he himself said nothing. `came`: he only came (followed, opened the chat), which says nothing to a
    question that stands open.
    """

    who: Who
    key: str
    at: datetime
    message_key: str = ""
    text: str = ""
    token: str | None = None
    start: str | None = None
    attachments: tuple[Attachment, ...] = ()
    location: tuple[float, float] | None = None
    phone: str | None = None
    own_phone: bool = False
    album: str | None = None
    edited: bool = False
    unsupported: str | None = None
    reachable: bool | None = None
    language: str = ""
    press_id: str | None = None
    pressed_message: str | None = None
    by_agent: bool = False
    came: bool = False


@dataclass(frozen=True, slots=True)
class LaidButton:
    """A button in the reader's language; `token` at most 64 bytes."""

    token: str
    label: str


Ask = Literal["", "phone", "location"]


@dataclass(frozen=True, slots=True)
class LaidFile:
    """A file to send: `store` is its name in our sealed store, `name` what the reader sees."""

    store: str
    name: str
    mime: str


@dataclass(frozen=True, slots=True)
class Layout:
    """A message ready for one channel and one reader.

    `text` is plain text (no markup), already within the channel's limit and complete by itself. `rows` are buttons, empty
    where the channel has none. `request` asks the client to offer sharing of the person's own phone or place, labelled
    `request_label`. `protect` forbids forwarding and saving where the platform can. `files` follow the text.
    """

    text: str
    rows: tuple[tuple[LaidButton, ...], ...] = ()
    request: Ask = ""
    request_label: str = ""
    files: tuple[LaidFile, ...] = ()
    protect: bool = False

    def to_json(self) -> dict[str, Any]:
        """Return the layout as JSON-ready values, short keys, for the sealed outbox payload."""
        return {
            "t": self.text,
            "r": [[[b.token, b.label] for b in row] for row in self.rows],
            "q": self.request,
            "ql": self.request_label,
            "f": [[f.store, f.name, f.mime] for f in self.files],
            "p": self.protect,
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Layout:
        """Return the layout that `to_json` wrote."""
        return cls(
            text=data["t"],
            rows=tuple(tuple(LaidButton(t, label) for t, label in row) for row in data["r"]),
            request=data["q"],
            request_label=data["ql"],
            files=tuple(LaidFile(*f) for f in data["f"]),
            protect=data["p"],
        )


@dataclass(slots=True)
class Session:
    """Where a person stands in the dialogue; kept sealed, by chat.

    `answers` by question key, `asked` the key of the question last shown ("" none, "review" the read-back), `shown` the
    tokens of the last prompt in the order of their numbers, `labels` the words of these lines in the reader's language, `draft`
    a two-character nonce that dates every button of this form. `parked` holds forms put aside when another was opened, newest
    last. `notes` are small things remembered between turns that are not answers. `version` rises with every save.
    """

    flow: str = ""
    answers: dict[str, str] = field(default_factory=dict)
    given: dict[str, str] = field(default_factory=dict)
    asked: str = ""
    shown: list[str] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    draft: str = ""
    parked: list[dict[str, Any]] = field(default_factory=list)
    notes: dict[str, str] = field(default_factory=dict)
    version: int = 0

    def clear(self) -> None:
        """Stand where a stranger stands; the version stays."""
        fresh = Session(version=self.version)
        for each in fields(self):
            setattr(self, each.name, getattr(fresh, each.name))

    def to_json(self) -> dict[str, Any]:
        """Return everything but the version as JSON-ready values."""
        return {
            "flow": self.flow,
            "answers": self.answers,
            "given": self.given,
            "asked": self.asked,
            "shown": self.shown,
            "labels": self.labels,
            "draft": self.draft,
            "parked": self.parked,
            "notes": self.notes,
        }

    @classmethod
    def from_json(cls, data: dict[str, Any], version: int) -> Session:
        """Return the session that `to_json` wrote."""
        return cls(**data, version=version)
