"""Takes the turns that wait, runs them together and commits once.

A group forms by itself: whatever waits when the last commit is done goes into the next, at most `GROUP`. When nothing waits, a
turn is a group of its own and nothing is added to its time (LIMITS 2, 4). Each turn has its own SAVEPOINT, so that one that
raises takes nothing else with it. Results are given back only after the commit: whoever waits for one may answer 200.

A rider goes along at the end of every group, in the same commit: the outbox, which so needs none of its own under load.

On SQLite one thread owns the only connection that writes and drives each coroutine to its end; nothing in it really waits. On
PostgreSQL the event loop drives the same coroutines over asyncpg.
"""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol, TypeVar

import structlog
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot import observe
from bot.usecases.ports import Work

log = structlog.get_logger()
R = TypeVar("R")
GROUP = 100

Step = Callable[[Work], Awaitable[R]]
Rescue = Callable[[Work, Exception], Awaitable[R]]


class WriterStopped(Exception):
    """The writer takes nothing more: the process ends, or the database cannot be written."""


class Rider(Protocol):
    """What goes along at the end of every group."""

    async def ride(self, work: Work) -> Any:
        """Read and write, on the writer's thread on SQLite; what it raises undoes only what it did."""
        ...

    def landed(self, result: Any, error: BaseException | None) -> None:
        """Hear, on the event loop, what `ride` returned (None where it raised); with an error nothing of it was kept."""
        ...


class Writer(Protocol):
    """Runs steps that read and write, many in one commit. `rider`, if set, goes along with each."""

    rider: Rider | None

    async def start(self) -> None: ...

    async def stop(self) -> None:
        """Finish what was taken, then end; later calls of `run` raise `WriterStopped`."""
        ...

    async def run(self, step: Step[R], rescue: Rescue[R] | None = None) -> R:
        """Run one step and return its result after the commit; what it raises is raised here, and nothing of it is kept.

        With `rescue` a step that raised is followed, in the same commit, by `rescue(work, error)`, whose result is returned.
        """
        ...

    @property
    def waiting(self) -> int:
        """How many steps wait."""
        ...


@dataclass(slots=True)
class _Item:
    step: Step[Any]
    rescue: Rescue[Any] | None
    answer: Callable[[Any, BaseException | None], None]
    result: Any = None
    error: BaseException | None = None


class SqliteWriter:
    """One thread over the one writing connection of a SQLite file.

    `connect` opens the connection in that thread (no transaction begun), `work` makes a Work over it.
    """

    def __init__(self, connect: Callable[[], Connection], work: Callable[[Connection], Work]) -> None:
        self.rider: Rider | None = None
        self._connect = connect
        self._make_work = work
        self._queue: queue.SimpleQueue[_Item | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._live, name="writer", daemon=True)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping = False

    async def start(self) -> None:
        """Open the connection and begin; raises what opening raises."""
        self._loop = asyncio.get_running_loop()
        self._ready: asyncio.Future[None] = self._loop.create_future()
        self._thread.start()
        await self._ready

    async def stop(self) -> None:
        """Finish what was taken and close the connection."""
        if self._stopping or self._loop is None:
            return
        self._stopping = True
        self._queue.put(None)
        await asyncio.to_thread(self._thread.join)

    @property
    def waiting(self) -> int:
        """How many steps wait."""
        return self._queue.qsize()

    async def run(self, step: Step[R], rescue: Rescue[R] | None = None) -> R:
        """Run one step in the next group."""
        if self._stopping or self._loop is None:
            raise WriterStopped
        future: asyncio.Future[R] = self._loop.create_future()
        self._queue.put(_Item(step, rescue, partial(_settle, future)))
        # The caller may be cancelled (its client has gone); what it asked for is done all the same (L8).
        return await asyncio.shield(future)

    def _live(self) -> None:
        assert self._loop is not None
        try:
            connection = self._connect()
        except BaseException as error:
            self._loop.call_soon_threadsafe(self._ready.set_exception, error)
            return
        self._loop.call_soon_threadsafe(self._ready.set_result, None)
        ended = False
        while not ended:
            group, ended = self._take()
            if group:
                self._commit(connection, group)
                self._loop.call_soon_threadsafe(_resolve, group)
        connection.close()

    def _take(self) -> tuple[list[_Item], bool]:
        """Wait for one step and take with it all that wait."""
        item = self._queue.get()
        group: list[_Item] = []
        while item is not None:
            group.append(item)
            if len(group) == GROUP:
                return group, False
            try:
                item = self._queue.get_nowait()
            except queue.Empty:
                return group, False
        return group, True

    def _commit(self, connection: Connection, group: list[_Item]) -> None:
        """Run a group in one transaction; if that fails as a whole, every step of it failed and nothing was kept."""
        observe.TURNS_TOGETHER.observe(len(group))
        _with_rider(group, self.rider)
        try:
            with connection.begin():
                for item in group:
                    self._savepoint(connection, item)
        except Exception as error:
            _all_failed(group, error)

    def _savepoint(self, connection: Connection, item: _Item) -> None:
        # Straight to the driver: twelve times as fast as through SQLAlchemy, which need not know of it.
        driver = connection.connection.driver_connection
        assert driver is not None
        driver.execute("SAVEPOINT turn")
        try:
            item.result = drive(item.step(self._make_work(connection)))
        except Exception as error:
            driver.execute("ROLLBACK TO turn")
            if item.rescue is None:
                item.error = error
            else:
                try:
                    item.result = drive(item.rescue(self._make_work(connection), error))
                except Exception as second:
                    driver.execute("ROLLBACK TO turn")
                    item.error = second
        driver.execute("RELEASE turn")


def drive(step: Awaitable[Any]) -> Any:
    """Run a coroutine that never really waits to its end and return its result."""
    steps = step.__await__()
    try:
        next(steps)
    except StopIteration as end:
        return end.value
    raise RuntimeError("a step in the writer waited for something other than the database")


def _all_failed(group: list[_Item], error: Exception) -> None:
    """Note that the commit failed: whatever a step gave back, nothing of it was kept (L3)."""
    log.error("a group of turns could not be committed", turns=len(group), exc_info=error)
    for item in group:
        item.error = error


def _with_rider(group: list[_Item], rider: Rider | None) -> None:
    if rider is not None:
        group.append(_Item(rider.ride, None, rider.landed))


def _resolve(group: list[_Item]) -> None:
    for item in group:
        item.answer(item.result, item.error)


def _settle(future: asyncio.Future[Any], result: Any, error: BaseException | None) -> None:
    if future.done():
        return
    if error is not None:
        future.set_exception(error)
    else:
        future.set_result(result)


class PostgresWriter:
    """One task over one connection of a pool; groups form as on SQLite."""

    def __init__(self, engine: AsyncEngine, work: Callable[[AsyncConnection], Work]) -> None:
        self.rider: Rider | None = None
        self._engine = engine
        self._make_work = work
        self._queue: asyncio.Queue[_Item | None] = asyncio.Queue()
        self._task: asyncio.Task[None] | None = None
        self._stopping = False

    async def start(self) -> None:
        """Check that the database answers, and begin."""
        async with self._engine.connect() as connection:
            await connection.exec_driver_sql("SELECT 1")
        self._task = asyncio.create_task(self._live())

    async def stop(self) -> None:
        """Finish what was taken and end."""
        if self._stopping or self._task is None:
            return
        self._stopping = True
        self._queue.put_nowait(None)
        await self._task

    @property
    def waiting(self) -> int:
        """How many steps wait."""
        return self._queue.qsize()

    async def run(self, step: Step[R], rescue: Rescue[R] | None = None) -> R:
        """Run one step in the next group."""
        if self._stopping or self._task is None:
            raise WriterStopped
        future: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self._queue.put_nowait(_Item(step, rescue, partial(_settle, future)))
        return await asyncio.shield(future)

    async def _live(self) -> None:
        ended = False
        while not ended:
            item = await self._queue.get()
            group: list[_Item] = []
            while item is not None and len(group) < GROUP:
                group.append(item)
                if self._queue.empty() or len(group) == GROUP:
                    break
                item = self._queue.get_nowait()
            ended = item is None
            if group:
                await self._commit(group)
                _resolve(group)

    async def _commit(self, group: list[_Item]) -> None:
        observe.TURNS_TOGETHER.observe(len(group))
        _with_rider(group, self.rider)
        try:
            async with self._engine.begin() as connection:
                for item in group:
                    await self._savepoint(connection, item)
        except Exception as error:
            _all_failed(group, error)

    async def _savepoint(self, connection: AsyncConnection, item: _Item) -> None:
        try:
            async with connection.begin_nested():
                item.result = await item.step(self._make_work(connection))
        except Exception as error:
            if item.rescue is None:
                item.error = error
                return
            try:
                async with connection.begin_nested():
                    item.result = await item.rescue(self._make_work(connection), error)
            except Exception as second:
                item.error = second
