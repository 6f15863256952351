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
    """The citizen is not satisfied and said why; the superior head of `unit` looks again, with a due date from `inputs`.

    `by_other`: it was the sender of a case that was merged into this one; then the words are a note of the office.
    """

    unit: str = ""
    message: int = 0
    by_other: bool = False
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
    """Not taken; `reason` is a code of `reject_reasons.csv`.

    A repeat is refused by the head, with a written notice (`document`) and words for the citizen (`message`).
    """

    reason: str = ""
    document: str = ""
    message: int = 0


@dataclass(frozen=True, slots=True)
class ReporterSeen(Event):
    """Somebody with the right looked at who sent the case; written before it is shown (G6), the reason sealed as `message`."""

    message: int = 0


@dataclass(frozen=True, slots=True)
class CitizenTold(Event):
    """Somebody says that he told the citizen in another way of `messages` that had not reached him."""

    messages: int = 0


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
class AnswerFileFailed(Event):
    """A file that the office sent with an answer could not be fetched for good; `given`: the answer has gone out."""

    file: int = 0
    given: bool = False


@dataclass(frozen=True, slots=True)
class AnswerFilesFollow(Event):
    """Files of an answer that has gone out go to the citizen now; `files` are their numbers with spaces between them."""

    files: str = ""


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
    """The due date has passed without an answer; `level` is the rung of the ladder: 1 head, 2 superior, 3 supervisor, 4 chair.

    `urgent`: it is said at once, at any hour. `late`: the program stood still when it should have been said.
    """

    level: int = 0
    urgent: bool = False
    late: bool = False


@dataclass(frozen=True, slots=True)
class NotAccepted(Event):
    """The unit has not accepted within UNIT_ACK; `late` as in `Overdue`."""

    late: bool = False


@dataclass(frozen=True, slots=True)
class IntakeWaits(Event):
    """Intake has not looked at a case within ACK_HUMAN (level 1), nor sent it on within FWD after that (level 2)."""

    level: int = 0
    late: bool = False


@dataclass(frozen=True, slots=True)
class RedLine(Event):
    """A case nears 45 calendar days without an answer: `level` 1 on day 30, 2 on day 40, 3 on day 45 and each morning after."""

    level: int = 0
    late: bool = False


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
class ReportSent(Event):
    """A report went to a member of staff, the `actor`; of no case. `why` is "asked", or that it goes out by itself."""

    case: int = NO_CASE
    report: str = ""
    form: str = ""
    unit: str = ""
    period: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class ClockJumped(Event):
    """The server's clock went forward by so many seconds more than time did; of no case. Timed work rests until confirmed."""

    case: int = NO_CASE
    seconds: int = 0


@dataclass(frozen=True, slots=True)
class ClockConfirmed(Event):
    """Somebody has looked at the clock after it jumped: it is right; of no case."""

    case: int = NO_CASE


@dataclass(frozen=True, slots=True)
class ChannelStopped(Event):
    """Nothing goes out on a channel any more until somebody mends it, by the command `remedy` if there is one; of no case.

    With `until` its consent is lost, and it sends until then at the latest.
    """

    case: int = NO_CASE
    channel: str = ""
    why: str = ""
    remedy: str = ""
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class RuleChanged(Event):
    """The province changed a row of the rules by the command set-rule: `columns` as "name=value", ";" between; of no case."""

    case: int = NO_CASE
    set: str = ""
    key: str = ""
    columns: str = ""


@dataclass(frozen=True, slots=True)
class CaseClosed(Event):
    """The window for contesting has passed, or the citizen is satisfied."""


@dataclass(frozen=True, slots=True)
class SignatureGiven(Event):
    """The head let a deputy sign for him from a day to a day (ISO dates), by the written `document`; of no case."""

    case: int = NO_CASE
    delegation: int = 0
    deputy: int = 0
    unit: str = ""
    from_on: str = ""
    to_on: str = ""
    document: str = ""


@dataclass(frozen=True, slots=True)
class SignatureTakenBack(Event):
    """The head took his signature back before its last day; of no case."""

    case: int = NO_CASE
    delegation: int = 0
    deputy: int = 0
    unit: str = ""


@dataclass(frozen=True, slots=True)
class ClockPaused(Event):
    """The service clock stands while the citizen is asked, until `until` at most; `due_at` is the latest date, from `inputs`."""

    since: datetime | None = None
    until: datetime | None = None
    due_at: datetime | None = None
    inputs: str = ""


@dataclass(frozen=True, slots=True)
class ClockResumed(Event):
    """The service clock runs again since `at`; `due_at` from `inputs` gives back what was waited.

    `why`: answered (by the citizen), unanswered (the most that it may stand is over), went_on (the office did, or the case is
    over).
    """

    at: datetime | None = None
    due_at: datetime | None = None
    why: str = ""
    inputs: str = ""


@dataclass(frozen=True, slots=True)
class ExtensionAsked(Event):
    """The head asked the head of `superior` for more time; `request` is its id, `cause` a code of extension_causes.csv."""

    request: int = 0
    superior: str = ""
    cause: str = ""
    due_at: datetime | None = None
    new_due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class CaseExtended(Event):
    """The superior head granted it: the answer is due at `new` instead of `old`, from `inputs`; `message` is the apology."""

    request: int = 0
    cause: str = ""
    old: datetime | None = None
    new: datetime | None = None
    message: int = 0
    inputs: str = ""


@dataclass(frozen=True, slots=True)
class ExtensionRefused(Event):
    """The superior head did not grant it; the due date stands."""

    request: int = 0


@dataclass(frozen=True, slots=True)
class ExtensionLapsed(Event):
    """Nobody decided before the due time (`missed`), or it was no longer needed; the due date stands."""

    request: int = 0
    missed: bool = False


@dataclass(frozen=True, slots=True)
class CaseBreached(Event):
    """A date of the case passed without an answer: `clock` is service or legal, `due_at` the date that was missed.

    For the service date the head of `unit` owes notice, reason and apology until `task_due_at` (LAW 4); "" nobody can be named.
    """

    clock: str = "service"
    due_at: datetime | None = None
    unit: str = ""
    task_due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ApologyGiven(Event):
    """The head signed notice, reason and apology for the date `due_at`, as `message`; `promised` moves no clock."""

    apology: int = 0
    due_at: datetime | None = None
    cause: str = ""
    promised: datetime | None = None
    message: int = 0


@dataclass(frozen=True, slots=True)
class HelpAsked(Event):
    """The head who has the case asked `unit` for its part until `due_at`; no clock of the case moves."""

    unit: str = ""
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class HelpGiven(Event):
    """A unit that was asked gave its part."""

    unit: str = ""


@dataclass(frozen=True, slots=True)
class HelpEnded(Event):
    """The part of `unit` is not needed any more: the lead said so, or (no actor) the case is over or with another unit."""

    unit: str = ""


@dataclass(frozen=True, slots=True)
class ReminderWritten(Event):
    """A supervisor reminded the head of `unit` in writing, `nth` time in the year, about a case or none. `rated`: it is rated."""

    case: int = NO_CASE
    reminder: int = 0
    unit: str = ""
    nth: int = 1
    rated: bool = False


@dataclass(frozen=True, slots=True)
class ReminderActedOn(Event):
    """The head wrote what was done about a written reminder."""

    case: int = NO_CASE
    reminder: int = 0


@dataclass(frozen=True, slots=True)
class CaseMerged(Event):
    """Case `into` (its id) stands for this one too; this one's reminders end, its date does not move."""

    into: int = 0


@dataclass(frozen=True, slots=True)
class TookIn(Event):
    """Case `merged` was merged into this one; so many different `people` sent the matter now."""

    merged: int = 0
    people: int = 0


@dataclass(frozen=True, slots=True)
class GroupReached(Event):
    """The matter came from so many `people` that one or two should speak for them (L.42/2013 art. 29)."""

    people: int = 0


@dataclass(frozen=True, slots=True)
class LeadAnswered(Event):
    """The case that stands for this one was answered."""

    lead: int = 0
    round: int = 1


@dataclass(frozen=True, slots=True)
class LeadDateMoved(Event):
    """The case that stands for this one is due at another time now; this one's own date stays."""

    new: datetime | None = None


@dataclass(frozen=True, slots=True)
class LeadReopened(Event):
    """The answer to the case that stands for this one is contested, by this one's sender if `own`; the new date from `inputs`."""

    due_at: datetime | None = None
    own: bool = False
    message: int = 0
    inputs: str = ""


@dataclass(frozen=True, slots=True)
class CaseTookOver(Event):
    """Case `lead` was taken back by who sent it; this one, merged into it before, goes on in its place."""

    lead: int = 0


@dataclass(frozen=True, slots=True)
class CaseApart(Event):
    """A case that was merged is on its own again, with its own date; `inputs` where the calendar changed meanwhile, else ""."""

    inputs: str = ""


@dataclass(frozen=True, slots=True)
class OfficeEnded(Event):
    """The office `unit` that had the case has ended; it went `to` another unit ("" intake), with the dates that it had."""

    unit: str = ""
    to: str = ""


@dataclass(frozen=True, slots=True)
class RepeatMarked(Event):
    """Intake says that the case repeats the answered one with the code `of`; the head may confirm it in writing `until` then."""

    of: str = ""
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class RepeatDenied(Event):
    """The head says that the case is no repeat; it goes on."""


@dataclass(frozen=True, slots=True)
class CaseTaken(Event):
    """An officer filed it for somebody without a chat; `channel` is a value of `ByHand`.

    `read_back`: what was written was read to the caller or visitor, and he confirmed it (LAW 1.9 B10); never of a letter.
    `opening` is the opening of the letterbox in which the letter lay, 0 for none.
    """

    channel: str = ""
    read_back: bool = False
    opening: int = 0


@dataclass(frozen=True, slots=True)
class ReceiptPrinted(Event):
    """A receipt to print was made for who sent the case; its PIN is a new one."""


@dataclass(frozen=True, slots=True)
class ChatLinked(Event):
    """Who sent a case that an officer took opened it by code and PIN, and is told of it in his chat from now on."""


@dataclass(frozen=True, slots=True)
class ChatJoined(Event):
    """A chat was connected with the others of its person by a code that one of them showed; of no case.

    `contact` is the chat, `person` whom it leads to now, `former` whom it led to before. The actor is the member of staff whose
    chat it is.
    """

    case: int = NO_CASE
    contact: int = 0
    person: int = 0
    former: int = 0


@dataclass(frozen=True, slots=True)
class ChatParted(Event):
    """A chat was disconnected from `person`, by himself or from another chat of his; of no case."""

    case: int = NO_CASE
    contact: int = 0
    person: int = 0
    by_itself: bool = False


@dataclass(frozen=True, slots=True)
class CallNoted(Event):
    """A call to the hotline that became no case was written down; of no case."""

    case: int = NO_CASE
    call: int = 0


@dataclass(frozen=True, slots=True)
class CallReadBack(Event):
    """What was written of a call was read to the caller, and he confirmed it; of no case."""

    case: int = NO_CASE
    call: int = 0


@dataclass(frozen=True, slots=True)
class BoxOpened(Event):
    """A letterbox was opened by the actor and `second`, who has still to confirm it; of no case."""

    case: int = NO_CASE
    opening: int = 0
    second: int = 0


@dataclass(frozen=True, slots=True)
class BoxConfirmed(Event):
    """The second person confirmed or denied that the letterbox was opened as written; of no case."""

    case: int = NO_CASE
    opening: int = 0
    confirmed: bool = True


WITH_INPUTS = tuple(sorted(event.__name__ for event in Event.__subclasses__() if "inputs" in event.__dataclass_fields__))
"""The names of the events that carry what dates were computed from, as JSON: {clock: the inputs of its term}."""
