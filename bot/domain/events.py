"""What happened to a case, in the past tense. Every event becomes one audit row and, by `NOTICES`, messages.

No event carries a story, a name, a phone or a chat: texts live with the case, sealed.
`case` is the case's id; `actor` the id of the member of staff who did it (None: the citizen or the program itself).
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

NO_CASE = 0
"""Stands in an event for the case that it is not about."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a case."""

    case: int
    actor: int | None = None

    @property
    def name(self) -> str:
        """The name under which it is stored."""
        return type(self).__name__

    def details(self) -> dict[str, Any]:
        """Return what is particular to this event, JSON-ready."""
        rest = ((field.name, getattr(self, field.name)) for field in fields(self) if field.name not in ("case", "actor"))
        return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in rest}


@dataclass(frozen=True, slots=True)
class CaseFiled(Event):
    """The citizen pressed send. `policy` is the rule row it was filed under, `inputs` what the due date was computed from."""

    policy: str = ""
    due_at: datetime | None = None
    inputs: str = ""


@dataclass(frozen=True, slots=True)
class CaseLeftToIntake(Event):
    """Intake has the next step; `why` is a code of `routing.Why`."""

    why: str = ""


@dataclass(frozen=True, slots=True)
class CaseForwarded(Event):
    """The case went to the head of `unit`; `why` is a code of `routing.Why`."""

    unit: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class CaseAccepted(Event):
    """The head took the case."""


@dataclass(frozen=True, slots=True)
class HandlerAssigned(Event):
    """The head handed the case to a handler."""

    handler: int = 0


@dataclass(frozen=True, slots=True)
class QuestionAsked(Event):
    """The office asked the citizen; `message` is the id of the case message."""

    message: int = 0


@dataclass(frozen=True, slots=True)
class InformationAdded(Event):
    """The citizen added words or files, or answered a question of the office."""

    message: int = 0
    files: int = 0
    answers_question: bool = False


@dataclass(frozen=True, slots=True)
class NoteAdded(Event):
    """Somebody of the office wrote an inner note."""

    message: int = 0


@dataclass(frozen=True, slots=True)
class CaseReturned(Event):
    """The unit says it is not theirs; intake has it again."""

    unit: str = ""
    message: int = 0


@dataclass(frozen=True, slots=True)
class CaseReclassified(Event):
    """Intake corrected kind or category; the due date does not move."""

    category: str = ""


@dataclass(frozen=True, slots=True)
class AnswerDrafted(Event):
    """A handler or deputy drafted an answer that waits for the head."""


@dataclass(frozen=True, slots=True)
class DraftSentBack(Event):
    """The head sent the draft back; the reason is a note."""

    message: int = 0


@dataclass(frozen=True, slots=True)
class CaseAnswered(Event):
    """The head signed and sent the answer; `late` whether the due date had passed."""

    round: int = 1
    late: bool = False


@dataclass(frozen=True, slots=True)
class AnswerUndelivered(Event):
    """The answer could not be delivered to the citizen's chat."""


@dataclass(frozen=True, slots=True)
class CaseRated(Event):
    """The citizen rated the answer, 1 to 5."""

    stars: int = 0


@dataclass(frozen=True, slots=True)
class CaseContested(Event):
    """The citizen is not satisfied and said why; the superior head of `unit` looks again, with a due date from `inputs`."""

    unit: str = ""
    message: int = 0
    inputs: str = ""


@dataclass(frozen=True, slots=True)
class CaseWithdrawn(Event):
    """The citizen took it back."""


@dataclass(frozen=True, slots=True)
class CaseGuided(Event):
    """Intake told the citizen where to go, or passed it on to a body outside the province's line."""

    message: int = 0


@dataclass(frozen=True, slots=True)
class CaseRejected(Event):
    """Not taken; `reason` is a code of `reject_reasons.csv`."""

    reason: str = ""


@dataclass(frozen=True, slots=True)
class ReporterSeen(Event):
    """Somebody with the right looked at who sent the case; written before it is shown (G6), the reason sealed as `message`."""

    message: int = 0


@dataclass(frozen=True, slots=True)
class ChatForgotten(Event):
    """The citizen cut the link between his chat and the case for good."""


@dataclass(frozen=True, slots=True)
class PinRenewed(Event):
    """A new PIN was made; the old one opens nothing any more."""


@dataclass(frozen=True, slots=True)
class FileFailed(Event):
    """A file of the case could not be fetched for good."""

    file: int = 0


@dataclass(frozen=True, slots=True)
class FileDescribed(Event):
    """Intake wrote down what is in a file."""

    file: int = 0


@dataclass(frozen=True, slots=True)
class DueSoon(Event):
    """The due date is `days` working days away; or it is in the hour that begins now."""

    days: int = 0
    last_hour: bool = False


@dataclass(frozen=True, slots=True)
class Overdue(Event):
    """The due date has passed without an answer; `level` counts what follows (0 head, 1 superior, 2 supervisor)."""

    level: int = 0


@dataclass(frozen=True, slots=True)
class NotAccepted(Event):
    """The unit has not accepted within UNIT_ACK."""


@dataclass(frozen=True, slots=True)
class DateToFollow(Event):
    """The calendar lacks a year that the due date needs; it follows when the year is entered."""


@dataclass(frozen=True, slots=True)
class DeadlineMoved(Event):
    """A date of the case is another one now, computed from `inputs`; `why` names what changed in the calendar, `change` when.

    `clock` is service, legal or acknowledge (LAW 2.2). `old` None: it was to follow. `office`: with this one the office is told
    of all its cases that move.
    """

    clock: str = "service"
    old: datetime | None = None
    new: datetime | None = None
    why: str = ""
    change: str = ""
    inputs: str = ""
    office: bool = False


@dataclass(frozen=True, slots=True)
class YearUnconfirmed(Event):
    """December has come and the calendar has no confirmed holiday of the next `year`; of no case."""

    case: int = NO_CASE
    year: int = 0


@dataclass(frozen=True, slots=True)
class CaseClosed(Event):
    """The window for contesting has passed, or the citizen is satisfied."""


WITH_INPUTS = tuple(sorted(event.__name__ for event in Event.__subclasses__() if "inputs" in event.__dataclass_fields__))
"""The names of the events that carry what dates were computed from, as JSON: {clock: the inputs of its term}."""
