"""What of a case has not reached the citizen: which news it is, why, and the filter that a list of such cases is narrowed by.

A filter is written into buttons, so it is small; it is user input and carries no right.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from bot.domain.watching import Watched


class What(StrEnum):
    """What the citizen should have been told, the most serious first; each value is one letter, as it stands in a button."""

    ANSWER = "a"
    QUESTION = "q"
    DATE = "d"  # A date that moved or passed, more time, an apology.
    NEWS = "n"


class Why(StrEnum):
    """Why it has not reached him."""

    BLOCKED = "b"
    SILENT = "s"  # He has not written for so long that his messenger takes nothing for him.
    WAITS = "w"  # A quota is used up, or the channel is out of order: it is tried again and again.
    FAILED = "f"
    UNSURE = "u"  # It may have arrived.


TOLD, READ = "told otherwise", "read in the case"
"""How a citizen came to know all the same: somebody says that he told him, or he opened the case himself."""
KINDS: Mapping[str, What] = {
    "answer": What.ANSWER,
    "answer to all": What.ANSWER,
    "answer files": What.ANSWER,
    "question": What.QUESTION,
    "extended": What.DATE,
    "date moved": What.DATE,
    "date passed": What.DATE,
    "clock resumed": What.DATE,
    "head apologises": What.DATE,
}
"""What the kinds of messages in the outbox are; any other is some news."""


class Unreached(NamedTuple):
    """A message that must arrive and has not: of which case, and how it stands in the outbox. Nothing leads to who it is for.

    `kind`, `platform`, `state` and `why` as the outbox has them; `since` is when it was written. `has_phone`: a number is with
    the case; `taken`: an officer took the case, so that there is a receipt to print.
    """

    row: Watched
    message: int
    kind: str
    platform: str
    state: str
    why: str
    since: datetime
    has_phone: bool
    taken: bool


@dataclass(frozen=True, slots=True)
class Narrowed:
    """Which of them somebody asks for: what an office has with all below it, of a kind, for a reason; "" and None: any."""

    unit: str = ""
    what: What | None = None
    why: Why | None = None

    def written(self) -> str:
        """Return it as it stands in a button, such as `u20-SYT~ka~rs`; `read` takes it back."""
        pieces = [f"u{self.unit}" if self.unit else "", f"k{self.what}" if self.what else "", f"r{self.why}" if self.why else ""]
        return "~".join(piece for piece in pieces if piece)


_PIECE = re.compile(r"u(?P<unit>[A-Za-z0-9-]{1,32})|k(?P<what>[aqdn])|r(?P<why>[bswfu])")


def read(written: str) -> Narrowed | None:
    """Return what `Narrowed.written` wrote; None for anything else."""
    unit, what, why = "", None, None
    for piece in written.split("~") if written else ():
        found = _PIECE.fullmatch(piece)
        if found is None:
            return None
        unit = found["unit"] or unit
        what = What(found["what"]) if found["what"] else what
        why = Why(found["why"]) if found["why"] else why
    return Narrowed(unit, what, why)
