"""What a turn reads and writes, as the use cases see it; `storage` implements it.

All methods are coroutines that await nothing but the database; on SQLite they never really wait (STYLE 3). Nothing here
commits: the turn's SAVEPOINT and the group's commit belong to the writer.

A `Case` has no way to the person who sent it. `reporters` has: only `usecases.identity`, `usecases.filing`, `usecases.access`
(whether a case is one's own), `usecases.citizen` (to forget the chat) and the delivery of notices may touch it, and a house
test reads the imports and names to say so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from bot.dialogue.values import Attachment, Inbound, Layout, Session, Who
from bot.domain.calendar import CalendarRow, WorkCalendar
from bot.domain.cases import Answer, Case, CaseFile, CaseMessage, Status
from bot.domain.deadlines import DeadlineRule
from bot.domain.events import Event
from bot.domain.people import Appointment, Person, Role, Staff
from bot.domain.units import FoundUnit, LegacyUnit, Unit
from bot.usecases.ports_by_hand import ByHandBooks
from bot.usecases.ports_chats import Chats
from bot.usecases.ports_clocks import Apologies, Extensions
from bot.usecases.ports_delegations import Delegations
from bot.usecases.ports_merges import Merges
from bot.usecases.ports_reports import Reports
from bot.usecases.ports_search import CaseWords
from bot.usecases.ports_sharing import Contributions
from bot.usecases.ports_timed import Digests, Duties, Leases
from bot.usecases.ports_unreached import UnreachedMessages
from bot.usecases.ports_watch import Watch
from bot.usecases.ports_written import WrittenReminders


@dataclass(frozen=True, slots=True)
class Known:
    """Who writes, read in one statement: the person, the chat's contact id, the member of staff behind him, and the session."""

    person: Person
    contact: int
    reachable: bool
    staff: Staff | None
    session: Session


@dataclass(frozen=True, slots=True)
class Reporter:
    """Who sent a case. `person` None: the chat was forgotten. Never leaves identity, filing and delivery."""

    person: int | None
    name: str
    phone: str


@dataclass(frozen=True, slots=True)
class Invitation:
    """An invitation as it is kept: the code itself only as a keyed hash."""

    id: int
    role: Role
    unit: str
    name: str
    badge: str
    expires_at: datetime
    used_at: datetime | None


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """An audit row."""

    id: int
    case: int | None
    at: datetime
    name: str
    actor: int | None
    details: Mapping[str, Any]


class People(Protocol):
    """Persons, their chats and consents."""

    async def known(self, who: Who, now: datetime, language: str, writes: bool = True) -> Known:
        """Return who writes from this chat, or to whom somebody of the office does (not `writes`: no word of his own).

        A stranger becomes a person without consent, in `language` (vi or en).
        """
        ...

    async def by_id(self, person: int) -> Person | None: ...

    async def set_language(self, person: int, language: str) -> None: ...

    async def consent(self, person: int, purpose: str, granted: bool, wording: str, platform: str, now: datetime) -> None:
        """Keep an answer to a question of consent; purpose "service" also sets `Person.agreed`."""
        ...

    async def consents(self, person: int) -> Mapping[str, bool]:
        """Return the latest answer for each purpose that was ever asked."""
        ...

    async def set_reachable(self, who: Who, reachable: bool, now: datetime, at: datetime | None = None) -> int | None:
        """Mark a chat as blocked or open again; when it opens, held messages that must arrive wait for delivery again.

        `at`: when the person did it, if not now. Return the chat's contact id, None where that changes nothing, as where he has
        written since.
        """
        ...


class Sessions(Protocol):
    """Where people stand in the dialogue."""

    async def save(self, who: Who, session: Session, now: datetime) -> bool:
        """Store it if nobody stored another version since it was loaded; False means the turn must run again."""
        ...

    async def purge(self, older_than: datetime) -> int:
        """Forget sessions (and their draft files) untouched since; return how many."""
        ...


class Inbox(Protocol):
    """Every update that came in."""

    async def claim(self, inbound: Inbound, raw: bytes, now: datetime, state: str = "done") -> bool:
        """Insert the update; False means that it came before (by update id or by message id)."""
        ...

    async def unreadable(self, platform: str, account: str, key: str, raw: bytes, why: str, now: datetime) -> bool:
        """Keep an update that cannot be read as a dead letter; False when it is kept already."""
        ...

    async def failed(self, inbound: Inbound, raw: bytes, incident: str, why: str, now: datetime, next_try_at: datetime) -> int:
        """Keep a turn that raised, to be tried again; return how often it was tried (1 the first time)."""
        ...

    async def unfinished(self, limit: int, now: datetime, who: Who | None = None) -> list[tuple[int, str, bytes]]:
        """Return rows to work off, oldest first, as (id, platform, raw): waiting ones, and failed ones whose time has come;
        with `who` all of that chat whatever their time."""
        ...

    async def mark(self, row: int, state: str, why: str = "") -> None: ...

    async def dead_letters(self, limit: int) -> list[tuple[int, str, str, datetime]]:
        """Return (id, platform, why, received_at) of updates that were given up, newest first."""
        ...

    async def last_key(self, platform: str, account: str) -> str | None:
        """Return the key of the newest row of a bot, by arrival, for the polling offset."""
        ...

    async def forget(self, who: Who, key: str | None = None) -> None:
        """Drop the bodies of a chat's updates now, or of one update; the keys stay, so that none is taken twice."""
        ...

    async def purge_raw(self, older_than: datetime) -> int:
        """Drop the bodies of done updates; return how many. The keys stay."""
        ...


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message to put in the outbox. `once`: a second one with the same value is left out. `case`: shown there if it fails."""

    contact: int
    platform: str
    layout: Layout
    kind: str
    priority: int = 0
    must_arrive: bool = False
    case: int | None = None
    once: str | None = None


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message that this process now sends; `again` marks a second sending after an unknown outcome."""

    id: int
    contact: int
    who: Who
    layout: Layout
    kind: str
    must_arrive: bool
    case: int | None
    tries: int
    again: bool


STAYS = "chat"
"""The kind of a message about the very chat that it goes to: it never goes to another one."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A message that must arrive, taken from a chat to go to another; `again`: it may have arrived in the one before."""

    layout: Layout
    kind: str
    priority: int
    case: int | None
    once: str | None
    again: bool


class Outbox(Protocol):
    """Messages on their way out: in order within one chat and priority, parallel across chats."""

    async def add(self, messages: Sequence[Outgoing], now: datetime) -> None: ...

    async def claim(self, limit: int, now: datetime, platforms: Iterable[str]) -> list[Claimed]:
        """Mark up to `limit` due messages as sending, only the first of each chat, lower priority numbers first."""
        ...

    async def sent(self, rows: Sequence[int], now: datetime) -> None: ...

    async def retry(self, row: int, at: datetime, why: str) -> None: ...

    async def held(self, row: int, why: str) -> None:
        """The chat is blocked: keep what must arrive until it opens, drop the rest; the contact is marked."""
        ...

    async def take_away(
        self, contact: int, now: datetime, row: int | None = None, also_on_its_way: bool = False
    ) -> list[Waiting]:
        """Return what must arrive and waits for a chat or is held for it, in order, for another one; here it is dropped.

        `row` was on its way there, and surely did not arrive; `also_on_its_way` takes what is being sent now too, to be marked.
        What is about the chat itself (`STAYS`) stays.
        """
        ...

    async def stranded(self, platforms: Iterable[str]) -> list[int]:
        """Return the chats for which something waits that are on none of these platforms."""
        ...

    async def clear(self, contact: int, now: datetime) -> None:
        """Send nothing more to a chat of all that was meant for it."""
        ...

    async def dead(self, row: int, why: str, now: datetime) -> None: ...

    async def uncertain(self, row: int, why: str, now: datetime, again_at: datetime | None) -> None:
        """It may have arrived: with `again_at` it goes out once more, marked, else it rests."""
        ...

    async def recover(self, now: datetime) -> int:
        """Rows found in sending at start-up go out once more; return how many."""
        ...

    async def next_due(self, platforms: Iterable[str]) -> datetime | None: ...

    async def waiting(self) -> int: ...

    async def state_of(self, once: str) -> str | None:
        """Return the state of the message with this once-value (see `outbox.state` in storage/rows.py), or None."""
        ...

    async def dead_letters(self, limit: int) -> list[tuple[int, str, str, str, datetime]]:
        """Return (id, platform, kind, why, created_at) of what was given up or must arrive and perhaps has, newest first."""
        ...

    async def recent(self, limit: int) -> list[tuple[int, str, str, datetime]]:
        """Return (id, kind, state, created_at) of the newest messages, newest first."""
        ...

    async def revive(self, row: int, now: datetime) -> bool: ...

    async def purge(self, older_than: datetime) -> int:
        """Drop payloads of finished messages; return how many."""
        ...


@dataclass(frozen=True, slots=True)
class NewCase:
    """A case about to be stored; the code and PIN hash are made by the use case."""

    case: Case
    pin_hash: str
    reporter: Reporter
    rule_id: int | None = None


class Cases(Protocol):
    """Cases by what an office may know of them."""

    async def add(self, new: NewCase, next_check_at: datetime | None) -> Case:
        """Store it and return it with its id. Raises `CodeTaken` when the code exists."""
        ...

    async def by_code(self, code: str) -> Case | None:
        """Return the case with its words, or None."""
        ...

    async def by_id(self, case: int) -> Case | None: ...

    async def save(self, before: Case, after: Case, next_check_at: datetime | None) -> Case:
        """Store `after` with the next version; raises `Changed` when somebody stored another version since `before`."""
        ...

    async def move_dates(self, before: Case, after: Case, next_check_at: datetime | None) -> Case:
        """Store of `after` only the due dates, as `save` would, but for very many cases at a time."""
        ...

    async def of_units(
        self,
        units: Sequence[str],
        *,
        statuses: Iterable[Status] | None = None,
        handler: int | None = None,
        limit: int = 50,
        offset: int = 0,
    ) -> list[Case]:
        """Return open cases (or those in `statuses`) handled by these units, by due date, without story; `official` is there."""
        ...

    async def with_intake(self, units: Sequence[str], limit: int = 50, offset: int = 0) -> list[Case]:
        """Return cases that wait for intake whose office is under these units (or unknown), oldest first, without story."""
        ...

    async def of_person(self, person: int, limit: int = 20, offset: int = 0) -> list[Case]:
        """Return the cases that a person sent and did not cut off, newest first, with words."""
        ...

    async def due_for_check(self, now: datetime, limit: int) -> list[Case]:
        """Return cases whose `next_check_at` has come, earliest first."""
        ...

    async def set_next_check(self, case: int, at: datetime | None, escalated: int | None = None) -> None:
        """Move the next moment at which anything happens by itself, and how far the ladder has gone, without a new version."""
        ...

    async def remind_once(self, case: int, kind: str, level: int, due_at: datetime, now: datetime) -> bool:
        """Note a reminder; False when it was noted before."""
        ...

    async def check_pin(self, case: int, pin_hash: str) -> bool: ...

    async def set_pin(self, case: int, pin_hash: str) -> None: ...

    async def say(self, case: int, side: str, body: str, staff: int | None, now: datetime) -> int:
        """Add a line of talk; return its id."""
        ...

    async def talk(self, case: int) -> list[CaseMessage]: ...

    async def put_answer(self, case: int, answer: Answer) -> None:
        """Store a draft or the given answer of its round."""
        ...

    async def answer(self, case: int, round: int | None = None) -> Answer | None:
        """Return the answer or draft of that round, or the newest."""
        ...

    async def waiting_since(self, units: Sequence[str], before: datetime, limit: int = 50, offset: int = 0) -> list[Case]:
        """Return open cases filed before that instant, handled by or about these units, the oldest first."""
        ...

    async def open_about(self, units: Sequence[str]) -> list[Case]:
        """Return open cases about these offices; for the guard when somebody joins or becomes head."""
        ...

    async def open_after(self, case: int, limit: int) -> list[int]:
        """Return the ids of the first open cases after this one, in order."""
        ...

    async def open_among(self, cases: Sequence[int]) -> list[Case]:
        """Return those of these cases that are open, in order, without story."""
        ...

    async def among(self, cases: Sequence[int]) -> list[Case]:
        """Return these cases, in order, without story."""
        ...


class Reporters(Protocol):
    """Who sent which case. Every use is named in the house test."""

    async def of(self, case: int) -> Reporter | None: ...

    async def is_from(self, case: int, person: int) -> bool: ...

    async def forget(self, case: int, now: datetime) -> None:
        """Cut the link between the case and any chat for good."""
        ...

    async def has_no_chat(self, case: int) -> bool:
        """Whether no chat was ever linked to it: an officer took it, and its sender has not come by chat yet."""
        ...

    async def link(self, case: int, person: int) -> bool:
        """Link a case that has no chat to this person's; False where another was quicker, or a link was cut before."""
        ...


class Files(Protocol):
    """Files of drafts and cases."""

    async def add(self, who: Who, attachment: Attachment, draft: str, case: int | None, side: str, now: datetime) -> int:
        """Keep the reference of a file that is still to be fetched, and the job that fetches it; return its id."""
        ...

    async def of_case(self, case: int) -> list[CaseFile]: ...

    async def of_draft(self, who: Who, draft: str) -> list[CaseFile]: ...

    async def attach(self, who: Who, draft: str, case: int) -> int:
        """Move the files of a draft to the case; return how many."""
        ...

    async def drop(self, file: int) -> None: ...

    async def pending(self, file: int) -> tuple[Who, Attachment, int | None] | None:
        """Return (whose chat, the reference, case) of a file still to be fetched."""
        ...

    async def stored(self, file: int, store: str, copy: str, mime: str, size: int) -> None: ...

    async def failed(self, file: int, why: str) -> None: ...

    async def describe(self, file: int, words: str) -> None: ...

    async def names(self) -> set[str]:
        """Return the store names of every file and copy that is kept; whatever else lies in the store belongs to nobody."""
        ...


class StaffRoll(Protocol):
    """Staff, appointments and invitations. Every `Staff` that is returned carries his former appointments too."""

    async def by_id(self, staff: int) -> Staff | None: ...

    async def by_person(self, person: int) -> Staff | None: ...

    async def at(self, units: Sequence[str], *roles: Role) -> list[Staff]:
        """Return staff with these roles at any of these units now, joined and not revoked, oldest appointment first."""
        ...

    async def all(self, unit: str | None = None) -> list[tuple[Staff, bool]]:
        """Return every member of staff with whether he has joined and may act, revoked ones too."""
        ...

    async def enrol(self, name: str, badge: str, person: int | None, now: datetime) -> int: ...

    async def join(self, staff: int, person: int, now: datetime) -> None: ...

    async def appoint(self, staff: int, appointment: Appointment) -> None:
        """Add an appointment; a new head ends the appointment of the head before him."""
        ...

    async def revoke(self, staff: int, now: datetime) -> None:
        """End all appointments and cut the person off. Raises `LastAdmin`."""
        ...

    async def invite(
        self, code_hash: str, role: Role, unit: str, name: str, badge: str, now: datetime, expires_at: datetime
    ) -> int: ...

    async def invitation(self, code_hash: str) -> Invitation | None: ...

    async def pending(self, now: datetime) -> list[Invitation]:
        """Return the invitations that are good at this instant, oldest first."""
        ...

    async def cancel_invitation(self, invitation: int, now: datetime) -> bool:
        """End an invitation; False when it is not good any more."""
        ...

    async def use_invitation(self, invitation: int, staff: int, now: datetime) -> bool:
        """Mark it used; False when somebody was faster."""
        ...


class Attempts(Protocol):
    """Counters that survive a restart."""

    async def take(self, what: str, who: str, limit: int, seconds: int, now: datetime) -> datetime | None:
        """Count one more try; None if allowed, else the instant at which the window ends."""
        ...


class Jobs(Protocol):
    """Timed work that survives a restart."""

    async def put(self, kind: str, key: str, run_at: datetime, payload: Mapping[str, Any], move: bool = False) -> None:
        """Add a job unless one of that kind and key waits; with `move` the waiting one gets the new time and payload."""
        ...

    async def due(self, now: datetime, limit: int) -> list[tuple[int, str, str, Mapping[str, Any], int]]:
        """Return (id, kind, key, payload, tries) of jobs whose time has come, earliest first."""
        ...

    async def done(self, job: int) -> None: ...

    async def again(self, job: int, run_at: datetime, why: str) -> None: ...

    async def give_up(self, job: int, why: str) -> None: ...

    async def next_due(self) -> datetime | None: ...


class Rules(Protocol):
    """The law as rows, as a province may have changed them. Read into memory at start and after a change."""

    async def policy(self, code: str) -> tuple[int | None, DeadlineRule]:
        """Return the row id and the rule in force."""
        ...

    async def calendar(self) -> WorkCalendar: ...

    def rows(self, name: str) -> Mapping[str, Mapping[str, Any]]:
        """Return a set by key, such as "categories", each row with the columns of its shipped table."""
        ...


class UnitTree(Protocol):
    """The offices, in memory; a fresh one after every import."""

    def all(self) -> list[Unit]:
        """Return every office."""
        ...

    def get(self, code: str) -> Unit | None: ...

    def parent(self, code: str) -> Unit | None: ...

    def line(self, code: str) -> list[Unit]:
        """Return the unit and those above it, itself first."""
        ...

    def within(self, code: str, top: str) -> bool:
        """Whether the unit is `top` or below it; False when there is no such unit."""
        ...

    def below(self, top: str) -> list[str]:
        """Return the codes of the unit and all below it."""
        ...

    def outside(self, province: str) -> list[str]:
        """Return the codes of the offices of a province that have their own line of command (police, tax, Party ...)."""
        ...

    def search(self, text: str, limit: int = 5, near: tuple[float, float] | None = None) -> list[FoundUnit]: ...

    def nearest(self, latitude: float, longitude: float, limit: int = 5) -> list[FoundUnit]: ...


class Secrets(Protocol):
    """Keyed hashes of what must be found but not read."""

    def hash(self, purpose: str, value: str) -> str: ...


@dataclass(frozen=True, slots=True)
class Counts:
    """How much there is of what an operator watches; overdue cases are counted among the open ones too."""

    inbox_waiting: int
    outbox_waiting: int
    dead_letters: int
    cases_open: int
    cases_overdue: int


class Work(Protocol):
    """Everything that one turn may read and write. `now` is the turn's one instant: what is in force is read as of it."""

    @property
    def now(self) -> datetime: ...
    @property
    def people(self) -> People: ...
    @property
    def chats(self) -> Chats: ...
    @property
    def sessions(self) -> Sessions: ...
    @property
    def inbox(self) -> Inbox: ...
    @property
    def outbox(self) -> Outbox: ...
    @property
    def cases(self) -> Cases: ...
    @property
    def case_words(self) -> CaseWords: ...
    @property
    def written_reminders(self) -> WrittenReminders: ...
    @property
    def by_hand(self) -> ByHandBooks: ...
    @property
    def reporters(self) -> Reporters: ...
    @property
    def files(self) -> Files: ...
    @property
    def staff(self) -> StaffRoll: ...
    @property
    def attempts(self) -> Attempts: ...
    @property
    def jobs(self) -> Jobs: ...
    @property
    def rules(self) -> Rules: ...
    @property
    def units(self) -> UnitTree: ...
    @property
    def secrets(self) -> Secrets: ...
    @property
    def digests(self) -> Digests: ...
    @property
    def duties(self) -> Duties: ...
    @property
    def leases(self) -> Leases: ...
    @property
    def delegations(self) -> Delegations: ...
    @property
    def contributions(self) -> Contributions: ...
    @property
    def merges(self) -> Merges: ...
    @property
    def extensions(self) -> Extensions: ...
    @property
    def apologies(self) -> Apologies: ...
    @property
    def watch(self) -> Watch: ...
    @property
    def unreached(self) -> UnreachedMessages: ...
    @property
    def reports(self) -> Reports: ...

    def record(self, *events: Event) -> None:
        """Note what happened; `App.settle` turns each into an audit row and messages."""
        ...

    @property
    def recorded(self) -> list[Event]: ...

    async def counts(self) -> Counts: ...

    async def recall(self, name: str) -> str:
        """Return a small fact of this installation, "" when it was never remembered."""
        ...

    async def remember(self, name: str, value: str) -> None:
        """Keep a small fact of this installation; nothing secret and nobody's name."""
        ...

    async def save_units(self, offices: Sequence[Unit], legacy: Sequence[LegacyUnit]) -> tuple[int, int]:
        """Add and change offices; return how many were added and changed. The tree in memory is read anew after the commit."""
        ...

    async def save_calendar(self, rows: Mapping[str, CalendarRow | None]) -> dict[str, CalendarRow | None]:
        """Put rows of the calendar in force by key, None takes one away; return what they replace. Read anew after the commit."""
        ...

    async def save_rule(self, name: str, key: str, row: Any) -> None:
        """Put a row of a set in force in place of the one under its key. Read anew after the commit."""
        ...

    async def write_events(self, events: Sequence[Event], now: datetime) -> None: ...

    async def events_of(self, case: int) -> list[StoredEvent]: ...

    async def inputs_of(self, cases: Sequence[int]) -> dict[int, list[str]]:
        """Return what the dates of these cases were computed from, as their events say (`WITH_INPUTS`), oldest first."""
        ...

    async def events_since(self, after: int, limit: int) -> list[StoredEvent]:
        """Return the audit rows of all cases after a number, oldest first."""
        ...


class CodeTaken(Exception):
    """The case code exists already; make another."""


class Changed(Exception):
    """Somebody changed the row since it was read: run the turn again."""


class LastAdmin(Exception):
    """The last admin cannot be removed (F8)."""
