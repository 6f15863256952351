"""Everything that one turn may read and write, in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.events import Event
from bot.usecases.ports import Rules, StoredEvent, UnitTree
from storage import events
from storage.attempts import Attempts
from storage.cases import Cases
from storage.files import Files
from storage.inbox import Inbox
from storage.jobs import Jobs
from storage.ledger import Ledger
from storage.outbox import Outbox
from storage.people import People
from storage.reporters import Reporters
from storage.seal import Seal
from storage.sessions import Sessions
from storage.staff import StaffRoll


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
        self.sessions = Sessions(self.ledger)
        self.inbox = Inbox(self.ledger)
        self.outbox = Outbox(self.ledger)
        self.cases = Cases(self.ledger)
        self.reporters = Reporters(self.ledger)
        self.files = Files(self.ledger)
        self.staff = StaffRoll(self.ledger)
        self.attempts = Attempts(self.ledger)
        self.jobs = Jobs(self.ledger)
        self.rules = rules
        self.units = units
        self.secrets = self.ledger
        self.recorded: list[Event] = []

    def record(self, *happened: Event) -> None:
        """Note what happened; `App.settle` turns each into an audit row and messages."""
        self.recorded.extend(happened)

    async def write_events(self, happened: Sequence[Event], now: datetime) -> None:
        """Write an audit row for each event."""
        await events.write_events(self.ledger, happened, now)

    async def events_of(self, case: int) -> list[StoredEvent]:
        """Return the audit rows of a case, oldest first."""
        return await events.events_of(self.ledger, case)
