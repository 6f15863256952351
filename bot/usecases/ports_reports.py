"""What reports read, as the use cases see it; `storage.reports` implements it.

Every row carries what the guard of `bot.domain.access` needs, so that whoever a case speaks about is not counted it. Instants
are aware, UTC; a period is half open, from `since` up to but not with `until`. No row leads to the person who sent a case.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple, Protocol


class Counted(NamedTuple):
    """A case as it is counted. `office` is who has or had it, else whom it is about; codes and flags as they are stored.

    `official` is what the citizen wrote about the person, opened for the guard alone: it stands in no report.
    """

    id: int
    code: str
    kind: str
    category: str
    unit: str | None
    handling_unit: str | None
    handler: int | None
    about: str
    status: str
    flags: str
    helping: str
    filed_at: datetime
    due_at: datetime | None
    legal_due_at: datetime | None
    policy: str
    contested: bool
    returns: int
    rating: int | None
    apology: str
    channel: str
    taken_by: int | None
    official: str

    @property
    def office(self) -> str:
        """The code of the office that it is counted for, "" while nobody has it and the citizen knew none."""
        return self.handling_unit or self.unit or ""


class Given(NamedTuple):
    """An answer that was given, as it counts for ever: the office, the date that held then, and how late it came (0 on time)."""

    case: Counted
    office: str
    given_at: datetime
    due_at: datetime | None
    extended: bool
    days_late: int
    round: int
    finding: str
    action: str
    author: int
    document: str


class Sorry(NamedTuple):
    """An apology that a missed date asks for: since when, why it was late, and who signed it when (None: owed still)."""

    case: Counted
    office: str
    due_at: datetime
    cause: str
    signer: int | None
    signed_at: datetime | None


class Reports(Protocol):
    """Reads for reports: by period or among what is open, never over all cases. `units` are codes of offices."""

    async def filed(self, units: Sequence[str], since: datetime, until: datetime) -> list[Counted]:
        """Return the cases that came in during the period, oldest first."""
        ...

    async def answered(self, units: Sequence[str], since: datetime, until: datetime) -> list[Given]:
        """Return the answers given in the period by these offices, oldest first."""
        ...

    async def standing(self, units: Sequence[str]) -> list[Counted]:
        """Return the cases that are open now, by office and due date."""
        ...

    async def ended(self, units: Sequence[str], filed_since: datetime, filed_until: datetime, since: datetime) -> list[Counted]:
        """Return cases filed in a span that ended without an answer (withdrawn, guided, not taken, merged) from `since` on."""
        ...

    async def sorry_owed(self, units: Sequence[str]) -> list[Sorry]:
        """Return the apologies that are owed now."""
        ...

    async def sorry_given(self, units: Sequence[str], since: datetime, until: datetime) -> list[Sorry]:
        """Return the apologies signed in the period."""
        ...

    async def sorry_of(self, cases: Sequence[int]) -> Mapping[int, tuple[str, int | None, datetime | None]]:
        """Return (cause, signer, signed_at) of the newest apology of each of these cases that has one."""
        ...

    async def causes_of(self, cases: Sequence[int]) -> Mapping[int, str]:
        """Return the cause of the extension that was granted, of each of these cases that has one."""
        ...

    async def written(self, units: Sequence[str], since: datetime, until: datetime) -> Mapping[str, int]:
        """Return how many written reminders each office was sent in the period."""
        ...

    async def reminded(self, cases: Sequence[int]) -> Mapping[int, int]:
        """Return how often each of these cases was reminded of, of those that were."""
        ...

    async def files_of(self, cases: Sequence[int]) -> Mapping[int, int]:
        """Return how many files came with each of these cases, of those that have any."""
        ...

    async def forwarded(self, cases: Sequence[int]) -> Mapping[int, datetime]:
        """Return when each of these cases was forwarded, of those that were."""
        ...

    async def last_answers(self, cases: Sequence[int]) -> Mapping[int, tuple[datetime, str, str, str]]:
        """Return (given_at, finding, actions, document) of the newest given answer of each of these cases that has one."""
        ...

    async def names(self, staff: Sequence[int]) -> Mapping[int, str]:
        """Return the names of members of staff."""
        ...

    async def heads(self, units: Sequence[str]) -> Mapping[str, str]:
        """Return the name of the head of each of these offices that has one now."""
        ...

    async def how_many(self, since: datetime, until: datetime, at_most: int) -> int:
        """Return what a report will cost: how many cases came in, were answered, or are open now, the most of these.

        Nothing is counted further than `at_most`.
        """
        ...
