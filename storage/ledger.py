"""What every repository works with: the open transaction, the seal and the lookup key."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Connection, CursorResult, Executable, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.dialogue.values import Who
from storage.seal import Seal, lookup

R = TypeVar("R")
Params = Mapping[str, Any] | Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class PerDialect:
    """One statement in two dialects of SQLAlchemy."""

    sqlite: Executable
    postgresql: Executable


def insert_or(table: Table, ending: Callable[[Any], Any]) -> PerDialect:
    """Return an insert that says what happens when the row exists; `ending` adds `on_conflict_...` and `returning`."""
    return PerDialect(ending(sqlite.insert(table)), ending(postgresql.insert(table)))


class Ledger:
    """The transaction in which a turn reads and writes, with what it needs to seal and to look up.

    `now` is the turn's instant; what is in force is read as of it. A ledger is made for one turn and never outlives it.
    """

    def __init__(self, connection: Connection | AsyncConnection, seal: Seal, lookup_key: bytes, now: datetime) -> None:
        self.dialect: str = connection.dialect.name
        self.seal = seal
        self.now = now
        self._connection = connection
        self._lookup_key = lookup_key
        self._chats: dict[Who, str] = {}

    async def execute(self, statement: Executable | PerDialect, params: Params | None = None) -> CursorResult[Any]:
        """Return the result of a statement, or of one statement for many rows.

        This is all that SQLite and PostgreSQL differ in: a blocking connection answers at once, so that on the writer's thread
        the coroutine of a whole turn runs to its end without ever waiting; asyncpg is awaited.
        """
        if isinstance(statement, PerDialect):
            statement = statement.sqlite if self.dialect == "sqlite" else statement.postgresql
        result = self._connection.execute(statement, params)
        return result if isinstance(result, CursorResult) else await result

    async def apply(self, do: Callable[..., R], *arguments: Any) -> R:
        """Return what `do(connection, *arguments)` returns, a function for a blocking connection; for what is seldom done."""
        if isinstance(self._connection, Connection):
            return do(self._connection, *arguments)
        return await self._connection.run_sync(do, *arguments)

    def hash(self, purpose: str, value: str) -> str:
        """Return the keyed hash under which `value` is found."""
        return lookup(self._lookup_key, purpose, value)

    def chat(self, who: Who) -> str:
        """Return the keyed hash of a chat: its name in contacts, sessions, inbox and the files of drafts."""
        if who not in self._chats:  # A turn asks for the same one several times.
            self._chats[who] = self.hash("chat", who.address)
        return self._chats[who]

    def close(self, text: str, field: str, row: object) -> bytes:
        """Return the text sealed for this field of this row."""
        return self.seal.seal(text.encode(), field, str(row))

    def open(self, sealed: bytes, field: str, row: object) -> str:
        """Return the text that `close` sealed; raises `SealBroken`."""
        return self.seal.open(sealed, field, str(row)).decode()

    def close_who(self, chat: str, who: Who) -> bytes:
        """Return the address of a chat, sealed; `chat` is its keyed hash."""
        return self.seal.seal_json([who.platform, who.account, who.chat], "contacts.address", chat)

    def open_who(self, chat: str, sealed: bytes) -> Who:
        """Return the address that `close_who` sealed; raises `SealBroken`."""
        return Who(*self.seal.open_json(sealed, "contacts.address", chat))
