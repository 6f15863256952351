"""What the demo page asks of the program behind it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol

from bot.domain.people import Role

CITIZEN = "citizen"
ROLES = (CITIZEN, *(role.value for role in Role))
# What a phone stands for: a messenger with buttons, or Zalo's two kinds with numbered text.
MESSENGERS = ("webchat", "zalo_oa", "zalo_bot")
AT_A_UNIT = (Role.HEAD.value, Role.DEPUTY.value, Role.HANDLER.value)  # These roles need an office to be opened at.

HappeningKind = Literal["event", "waiting", "sent", "failed", "due", "clock"]


@dataclass(frozen=True, slots=True)
class Phone:
    """A made-up person's phone.

    `chat` is the person's chat in the web chat, `role` one of `ROLES`, `name` and `unit_name` ("" for none) what stands on the
    phone. `start` is the payload of the link by which he first opens the chat (an invitation, the code of a counter), `number`
    and `place` (latitude, longitude) are what the phone gives away when its owner allows it; `messenger` is one of `MESSENGERS`.
    """

    chat: str
    role: str
    name: str
    unit_name: str = ""
    start: str = ""
    number: str = "0912 345 678"
    place: tuple[float, float] = (21.8530, 106.7610)
    messenger: str = MESSENGERS[0]


@dataclass(frozen=True, slots=True)
class UnitLine:
    """One office found by the search: its code, its name and the name of the office above it ("" for none)."""

    code: str
    name: str
    parent: str = ""


@dataclass(frozen=True, slots=True)
class Happening:
    """One line of "what just happened": `id` rises and is never reused, `text` is in the language that was asked for.

    `kind` is an event of a case, a message of the outbox (waiting, sent, failed), a due date set or moved, a clock that was
    pushed. Something that changes is told again under a new `id`. Neither story nor identity of a case stands in it.
    """

    id: int
    at: datetime
    kind: HappeningKind
    text: str


@dataclass(frozen=True, slots=True)
class CaseLine:
    """Where one case stands: `status` and `left`, the date with what is left of it, in the language that was asked for."""

    code: str
    unit: str
    status: str
    due: datetime | None = None
    left: str = ""
    overdue: bool = False


class DemoHouse(Protocol):
    """The running program, as the demo page uses it."""

    async def receive(self, payload: dict[str, Any]) -> None:
        """Take one message of the web chat the way a platform's goes: inbox, turn, outbox; return after the commit."""
        ...

    def now(self) -> datetime:
        """Return the demo's instant, aware; it runs on by itself and jumps with `push_clock`."""
        ...

    async def push_clock(self, hours: int = 0, working_days: int = 0) -> None:
        """Move the demo's clock forward and do the timed work that falls due on the way; return when it is done."""
        ...

    async def open_phone(self, role: str, unit: str | None = None, messenger: str = MESSENGERS[0]) -> Phone:
        """Return a phone of somebody with that role, at that unit (its code) where the role has one.

        A citizen with a unit has scanned the code at its counter. A person of the office who has a phone with that messenger
        already keeps it.
        Raises ValueError for a role without the unit it needs and for an unknown one.
        """
        ...

    async def find_units(self, text: str) -> list[UnitLine]:
        """Return the offices that answer to what was typed, best first, a handful."""
        ...

    async def happenings(self, after: int, language: str) -> list[Happening]:
        """Return what happened since `id` number `after`, oldest first; of a long past the latest few hundred."""
        ...

    async def cases(self, language: str) -> list[CaseLine]:
        """Return the cases, the one due first in front."""
        ...
