"""A case as an office may know it: nothing here leads to the person who sent it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum


class CaseKind(Enum):
    """What a citizen sent. A formal complaint or denunciation comes on signed paper only, never by chat (LAW B1)."""

    FEEDBACK = "feedback"
    SUGGESTION = "suggestion"
    PRAISE = "praise"
    QUESTION = "question"


class About(Enum):
    """Whom a case speaks about, as the citizen said it."""

    PERSON = "person"  # Somebody named, with a badge, or described.
    HEAD = "head"
    DEPUTY = "deputy"
    OFFICE = "office"  # The leadership or the whole office.
    UNKNOWN = "unknown"


class KnownAs(Enum):
    """How the person who sent a case wants to be known."""

    NAMED = "named"  # The handling head and handler may press "Who sent this".
    CUSTODIAN = "custodian"  # Only intake can see.
    ANONYMOUS = "anonymous"  # No role can see.


class ByHand(Enum):
    """What an officer takes a case from, for somebody who has no chat with us (LAW 8.1 R2, R6, R7)."""

    PHONE = "phone"
    COUNTER = "counter"
    LETTERBOX = "letterbox"  # The hòm thư góp ý.
    POST = "post"
    EMAIL = "email"


ON_PAPER = frozenset({ByHand.LETTERBOX.value, ByHand.POST.value})
"""Channels whose pictures may show a handwriting, which stays secret (Decree 154/2026 art. 12.2)."""


class Status(Enum):
    """Where a case stands (LAW 2.3); the words for people are in `statuses.csv`."""

    NEW = "NEW"
    NEED_INFO = "NEED_INFO"
    GUIDED = "GUIDED"
    REJECTED = "REJECTED"
    FORWARDED = "FORWARDED"
    RETURNED = "RETURNED"
    ACCEPTED = "ACCEPTED"
    IN_PROGRESS = "IN_PROGRESS"
    WAIT_APPROVAL = "WAIT_APPROVAL"
    ANSWERED = "ANSWERED"
    REOPENED = "REOPENED"
    CLOSED = "CLOSED"
    WITHDRAWN = "WITHDRAWN"
    MERGED = "MERGED"


class ExtensionState(Enum):
    """How a later date stands: asked for by the head, and what the superior head made of it (LAW 2.2 EXT_PAKN)."""

    NONE = ""
    ASKED = "asked"
    GRANTED = "granted"
    REFUSED = "refused"
    LAPSED = "lapsed"  # Not decided before the due time, or no longer needed.


class ApologyState(Enum):
    """Whether the head owes the citizen notice, reason and apology for a date that was missed (LAW 4)."""

    NONE = ""
    DUE = "due"
    GIVEN = "given"


OPEN = frozenset(
    {
        Status.NEW,
        Status.NEED_INFO,
        Status.FORWARDED,
        Status.RETURNED,
        Status.ACCEPTED,
        Status.IN_PROGRESS,
        Status.WAIT_APPROVAL,
        Status.REOPENED,
    }
)
"""Statuses in which somebody still owes the citizen an answer."""

WITH_INTAKE = frozenset({Status.NEW, Status.RETURNED})
"""Statuses in which intake has the next step."""


@dataclass(frozen=True, slots=True)
class Case:
    """One case.

    `unit` is the office it is about (None: the citizen did not know), `handling_unit` the one whose head has it now (None:
    intake has it). `official` is what the citizen wrote about the person ("" nothing). `flags` are the orthogonal ones of
    LAW 2.3. `resume` is the status to return to after NEED_INFO. `escalated` is how far the ladder has gone: 0 nowhere, then 1
    head, 2 superior, 3 supervisor, 4 chair. `paused_until`: the service clock stands while the citizen is asked, until then at
    most. `helping` are the units that the lead unit asked for their part; `merged_into` is the case that stands for this one
    too. `channel` is how it came in: the platform of a chat, or a value of `ByHand`, and then `taken_by` is who of the staff took
    it. `version` rises with every change: buttons carry it.
    All instants aware, UTC; `due_at` None means "to follow".
    """

    id: int
    code: str
    kind: CaseKind
    category: str
    unit: str | None
    about: About
    official: str
    status: Status
    filed_at: datetime
    due_at: datetime | None
    legal_due_at: datetime | None
    policy: str
    known_as: KnownAs
    handling_unit: str | None = None
    handler: int | None = None
    flags: frozenset[str] = field(default_factory=frozenset)
    story: str = ""
    happened: str = ""
    forwarded_at: datetime | None = None
    ack_due_at: datetime | None = None
    accepted_at: datetime | None = None
    answered_at: datetime | None = None
    contest_until: datetime | None = None
    contested: bool = False
    rating: int | None = None
    returns: int = 0
    resume: Status | None = None
    share_files: bool = False
    escalated: int = 0
    paused_until: datetime | None = None
    extension: ExtensionState = ExtensionState.NONE
    apology: ApologyState = ApologyState.NONE
    helping: frozenset[str] = field(default_factory=frozenset)
    merged_into: int | None = None
    channel: str = ""
    taken_by: int | None = None
    version: int = 1

    @property
    def is_open(self) -> bool:
        """Whether somebody still owes the citizen an answer."""
        return self.status in OPEN


@dataclass(frozen=True, slots=True)
class CaseMessage:
    """A line of the talk on a case. `side` is citizen, office, intake, note (inner, never shown to the citizen) or look."""

    id: int
    at: datetime
    side: str
    staff: int | None
    body: str


@dataclass(frozen=True, slots=True)
class CaseFile:
    """A file of a case. `state` is pending, stored or failed; `copy` is the store name of the re-encoded picture ("" none).

    `store` is the sealed original; `words` what intake wrote down of it ("" nothing yet); `at` the instant it came, aware, UTC.
    """

    id: int
    kind: str
    mime: str
    size: int
    state: str
    store: str
    copy: str
    words: str
    at: datetime
    side: str = "citizen"


IN_THE_FILES = "_files"
"""Kept instead of words where the files sent with an answer are its evidence; nobody types it by chance."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a case: codes of `findings.csv` and `actions.csv`, the text, and what proves it.

    `evidence` says in words what is attached or why nothing is; `signer` the head who signs; `document` number and date of
    the written answer ("" none). `given_at` None: a draft, written by `author`. What it is counted by for ever: the `unit` that
    answered, the dates that held then, whether the one had been `extended`, and how many working days it came late (0 on time).
    """

    finding: str
    action: str
    body: str
    evidence: str
    author: int
    signer: int | None = None
    document: str = ""
    given_at: datetime | None = None
    round: int = 1
    unit: str | None = None
    due_at: datetime | None = None
    legal_due_at: datetime | None = None
    extended: bool = False
    days_late: int = 0
