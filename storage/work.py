"""Everything that one turn may read and write, in one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.calendar import CalendarRow
from bot.domain.events import Event
from bot.domain.units import LegacyUnit, Unit
from bot.usecases.ports import Counts, Rules, StoredEvent, UnitTree
from storage import events
from storage.apologies import Apologies
from storage.attempts import Attempts
from storage.by_hand import ByHandBooks
from storage.calendar import save_calendar
from storage.case_words import CaseWords
from storage.cases import Cases
from storage.chats import Chats
from storage.contributions import Contributions
from storage.counts import counts
from storage.delegations import Delegations
from storage.digests import Digests
from storage.duties import Duties
from storage.extensions import Extensions
from storage.files import Files
from storage.inbox import Inbox
from storage.jobs import Jobs
from storage.leases import Leases
from storage.ledger import Ledger, insert_or
from storage.merges import Merges
from storage.outbox import Outbox
from storage.people import People
from storage.reporters import Reporters
from storage.reports import Reports
from storage.rows import meta
from storage.rule_changes import save_rule
from storage.seal import Seal
from storage.seeding import as_text
from storage.sessions import Sessions
from storage.staff import StaffRoll
from storage.units import save_units
from storage.unreached import UnreachedMessages
from storage.watch import Watch
from storage.written import WrittenReminders


class Work:
    """Implements `ports.Work` on an open connection: the writer's blocking one to SQLite, or asyncpg's.

    A work is made for one turn (or one job, or one page) and never outlives it. `now` is the turn's instant, as of which staff
    hold their appointments. Nothing here commits.
    """

    def __init__(
        self,
        connection: Connection | AsyncConnection,
        seal: Seal,
        lookup_key: bytes,
        units: UnitTree,
        rules: Rules,
        now: datetime,
    ) -> None:
        self.ledger = Ledger(connection, seal, lookup_key, now)
        self.people = People(self.ledger)
        self.chats = Chats(self.ledger)
        self.sessions = Sessions(self.ledger)
        self.inbox = Inbox(self.ledger)
        self.outbox = Outbox(self.ledger)
        self.cases = Cases(self.ledger)
        self.case_words = CaseWords(self.ledger)
        self.written_reminders = WrittenReminders(self.ledger, rules)
        self.by_hand = ByHandBooks(self.ledger)
        self.reporters = Reporters(self.ledger)
        self.files = Files(self.ledger)
        self.staff = StaffRoll(self.ledger)
        self.attempts = Attempts(self.ledger)
        self.jobs = Jobs(self.ledger)
        self.digests = Digests(self.ledger)
        self.duties = Duties(self.ledger)
        self.leases = Leases(self.ledger)
        self.delegations = Delegations(self.ledger)
        self.contributions = Contributions(self.ledger)
        self.merges = Merges(self.ledger)
        self.extensions = Extensions(self.ledger)
        self.apologies = Apologies(self.ledger)
        self.watch = Watch(self.ledger)
        self.unreached = UnreachedMessages(self.ledger)
        self.reports = Reports(self.ledger)
        self.rules = rules
        self.units = units
        self.secrets = self.ledger
        self.recorded: list[Event] = []

    @property
    def now(self) -> datetime:
        """The instant of this turn."""
        return self.ledger.now

    def record(self, *happened: Event) -> None:
        """Note what happened; `App.settle` turns each into an audit row and messages."""
        self.recorded.extend(happened)

    async def write_events(self, happened: Sequence[Event], now: datetime) -> None:
        """Write an audit row for each event."""
        await events.write_events(self.ledger, happened, now)

    async def events_of(self, case: int) -> list[StoredEvent]:
        """Return the audit rows of a case, oldest first."""
        return await events.events_of(self.ledger, case)

    async def events_since(self, after: int, limit: int) -> list[StoredEvent]:
        """Return the audit rows of all cases after a number, oldest first."""
        return await events.events_since(self.ledger, after, limit)

    async def save_units(self, offices: Sequence[Unit], legacy: Sequence[LegacyUnit]) -> tuple[int, int]:
        """Add and change offices; return how many were added and changed. The tree in memory is read anew after the commit."""
        return await self.ledger.apply(save_units, offices, legacy)

    async def save_calendar(self, rows: Mapping[str, CalendarRow | None]) -> dict[str, CalendarRow | None]:
        """Put rows of the calendar in force by key, None takes one away; return what they replace. Read anew after the commit."""
        return await self.ledger.apply(save_calendar, rows, self.now)

    async def save_rule(self, name: str, key: str, row: Any) -> None:
        """Put a row of a set in force in place of the one under its key. Read anew after the commit."""
        await self.ledger.apply(save_rule, name, key, as_text(row), self.now)

    async def inputs_of(self, cases: Sequence[int]) -> dict[int, list[str]]:
        """Return what the dates of these cases were computed from, as their events say, oldest first."""
        return await events.inputs_of(self.ledger, cases)

    async def counts(self) -> Counts:
        """Return how much there is of what an operator watches."""
        return await counts(self.ledger)

    async def recall(self, name: str) -> str:
        """Return a small fact of this installation, "" when it was never remembered."""
        kept = (await self.ledger.execute(_RECALL, {"name": name})).scalar_one_or_none()
        return kept.decode() if kept is not None else ""

    async def remember(self, name: str, value: str) -> None:
        """Keep a small fact of this installation; nothing secret and nobody's name."""
        await self.ledger.execute(_REMEMBER, {"key": name, "value": value.encode()})


_RECALL = select(meta.c.value).where(meta.c.key == bindparam("name"))
_REMEMBER = insert_or(meta, lambda new: new.on_conflict_do_update(index_elements=["key"], set_={"value": new.excluded.value}))
