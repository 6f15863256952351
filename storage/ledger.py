"""What every repository works with: the open transaction, the seal and the lookup key."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar, overload

from sqlalchemy import Connection, CursorResult, Executable, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.dialogue.values import Who
from storage.prepared import Params, Prepared, Rows
from storage.seal import Seal, lookup

R = TypeVar("R")


def insert_or(table: Table, ending: Callable[[Any], Any]) -> Prepared:
    """Return an insert that says what happens when the row exists; `ending` adds `on_conflict_...` and `returning`."""
    return Prepared(ending(sqlite.insert(table)), ending(postgresql.insert(table)))


class Ledger:
    """The transaction in which a turn reads and writes, with what it needs to seal and to look up.

    `now` is the turn's instant; what is in force is read as of it. A ledger is made for one turn and never outlives it.
    """

    def __init__(self, connection: Connection | AsyncConnection, seal: Seal, lookup_key: bytes, now: datetime) -> None:
        self.dialect: str = connection.dialect.name
        self.seal = seal
        self.now = now
        self._connection = connection
        self._driver = _driver(connection)
        self.lookup_key = lookup_key
        self._chats: dict[Who, str] = {}

    @overload
    async def execute(self, statement: Executable, params: Params | None = None) -> CursorResult[Any]: ...

    @overload
    async def execute(self, statement: Prepared, params: Params | None = None) -> Rows: ...

    async def execute(self, statement: Executable | Prepared, params: Params | None = None) -> CursorResult[Any] | Rows:
        """Return the result of a statement, or of one statement for many rows: SQLAlchemy's, or `Rows` of a prepared one.

        This is all that SQLite and PostgreSQL differ in: a blocking connection answers at once, so that on the writer's thread
        the coroutine of a whole turn runs to its end without ever waiting; asyncpg is awaited.
        """
        if isinstance(statement, Prepared):
            if self._driver is not None:
                return statement.run(self._driver, params)
            statement = statement.postgresql
        result = self._connection.execute(statement, params)
        return result if isinstance(result, CursorResult) else await result

    async def apply(self, do: Callable[..., R], *arguments: Any) -> R:
        """Return what `do(connection, *arguments)` returns, a function for a blocking connection; for what is seldom done."""
        if isinstance(self._connection, Connection):
            return do(self._connection, *arguments)
        return await self._connection.run_sync(do, *arguments)

    def hash(self, purpose: str, value: str) -> str:
        """Return the keyed hash under which `value` is found."""
        return lookup(self.lookup_key, purpose, value)

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


def _driver(connection: Connection | AsyncConnection) -> sqlite3.Connection | None:
    """Return the driver's own connection where it is a blocking one to SQLite."""
    if not isinstance(connection, Connection):
        return None
    driver = connection.connection.driver_connection
    return driver if isinstance(driver, sqlite3.Connection) else None
