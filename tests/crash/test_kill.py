"""The program is killed again and again while people fill in the form: nothing is lost, nothing is to be entered again.

    KILLS=200 python -m pytest tests/crash        # more kills, in as many times as many conversations

A kill says nothing of a power cut (RELIABILITY 5): for that `synchronous=FULL` has a test of its own.
"""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import sqlite3
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from bot.config import Config
from bot.program import Program
from handlers.flows.feedback import FEEDBACK
from tests.crash.killing import (
    AGAIN_MARK,
    MOMENTS,
    PATIENCE,
    Citizen,
    Killer,
    KillingBotApi,
    Web,
    all_file,
    english,
    free_port,
    living,
)
from tests.town import config_for

SEED = int(os.environ.get("KILL_SEED", "20261124"))
KILLS = int(os.environ.get("KILLS", str(len(MOMENTS))))
CONVERSATIONS = max(50, KILLS * 7)
EVENTS_EACH = 34  # Updates and messages of one conversation, about.


@pytest.fixture
def folder(town_template: Path, tmp_path: Path) -> Path:
    """A folder with a database of its own, with the offices of Lạng Sơn."""
    shutil.copy(town_template, tmp_path / "town.db")
    return tmp_path


@pytest.mark.parametrize("webhook", [False, True], ids=["polling", "webhook"])
async def test_killed_at_any_moment_it_loses_nothing_and_asks_nothing_again(folder: Path, webhook: bool) -> None:
    moments = [MOMENTS[place % len(MOMENTS)] for place in range(KILLS)]
    random.Random(SEED).shuffle(moments)
    killer = Killer(SEED + webhook, moments, CONVERSATIONS * EVENTS_EACH // (KILLS * 3 // 2 + 3))
    api = KillingBotApi(killer)
    server = await api.serve()
    web = Web(folder, api, webhook)
    citizens = [Citizen(api.user(name=f"Người {n}", language="en"), n, with_photo=n % 4 == 0) for n in range(CONVERSATIONS)]
    async with living(web) as life:
        await all_file(citizens, at_once=20, life=life, patience=PATIENCE + 5 * KILLS)
        await settled(folder)
        life.cancel()
        await web.ends()
    await server.stop()

    assert killer.done, f"only {len(killer.killed)} of {KILLS} kills came about"
    assert web.starts == KILLS + 1
    assert api.pending == []
    assert web.errors() == []
    every_message_arrived_once_or_marked_twice(citizens)
    assert len({citizen.code for citizen in citizens}) == CONVERSATIONS
    nothing_is_lost_or_doubled(folder / "town.db", CONVERSATIONS, api.updates)
    await every_file_is_there(config_for(folder / "town.db"), citizens)


@pytest.mark.parametrize("webhook", [False, True], ids=["polling", "webhook"])
async def test_told_to_stop_it_ends_within_ten_seconds_and_loses_nothing(folder: Path, webhook: bool) -> None:
    killer = Killer(SEED, [], 0)
    api = KillingBotApi(killer)
    server = await api.serve()
    web = Web(folder, api, webhook)
    citizens = [Citizen(api.user(name=f"Người {n}", language="en"), n, with_photo=False) for n in range(10)]
    async with living(web) as life:
        filing = asyncio.create_task(all_file(citizens, at_once=10, life=life))
        await until(lambda: api.updates >= 60, life)
        assert await web.ends() < 10
        await filing
        await settled(folder)
        life.cancel()
        assert await web.ends() < 10
    await server.stop()

    assert (web.starts, web.errors()) == (2, [])
    # Told to stop, it finishes what it is sending: nobody gets anything twice.
    assert not [shown.text for citizen in citizens for shown in citizen.user.screen if shown.text.startswith(AGAIN_MARK)]
    every_message_arrived_once_or_marked_twice(citizens)
    nothing_is_lost_or_doubled(folder / "town.db", len(citizens), api.updates)


async def test_a_second_web_on_the_same_file_is_refused_and_work_idles(folder: Path) -> None:
    api = KillingBotApi(Killer(SEED, [], 0))
    server = await api.serve()
    web = Web(folder, api, webhook=False)
    async with living(web) as life:
        await until(lambda: "taking messages" in web.written(), life)
        second = await web.start(PORT=str(free_port()))
        assert await asyncio.wait_for(second.wait(), 20) == 1
        assert "Another process is running on" in web.written() and "only one may write" in web.written()
        work = await web.start("work")
        await until(lambda: "work has nothing to do and idles" in web.written(), life)
        assert work.returncode is None
        work.terminate()
        assert await asyncio.wait_for(work.wait(), 15) == 0
        life.cancel()
        await web.ends()
    await server.stop()


async def until(wanted: Callable[[], bool], life: asyncio.Task[None]) -> None:
    """Wait until something is so in the other process; fails when that takes long, or the program ended by itself."""
    for _try in range(3000):
        if wanted():
            return
        if life.done():
            life.result()
        await asyncio.sleep(0.01)
    raise AssertionError("waited in vain")


async def settled(folder: Path) -> None:
    """Wait until every message was sent and every file fetched."""
    with closing(sqlite3.connect(f"file:{folder / 'town.db'}?mode=ro", uri=True)) as database:
        for _try in range(3000):
            waiting = database.execute("SELECT count(*) FROM outbox WHERE state IN ('pending','sending')").fetchone()[0]
            jobs = database.execute("SELECT count(*) FROM jobs WHERE state = 'waiting'").fetchone()[0]
            inbox = database.execute("SELECT count(*) FROM inbox WHERE state IN ('waiting','failed')").fetchone()[0]
            if not waiting + jobs + inbox:
                return
            await asyncio.sleep(0.02)
    raise AssertionError(f"never at rest: {waiting} messages, {jobs} jobs, {inbox} updates")


def every_message_arrived_once_or_marked_twice(citizens: list[Citizen]) -> None:
    """Check that nobody got a message twice without a mark, nor one more often than twice, nor fewer than the others."""
    # A question with a button for one's place or phone is two messages; the second is that button alone, and bears no mark.
    labels = {english(label) for ask in FEEDBACK.asks if (label := getattr(ask.reader, "request_label", None))}
    numbers: dict[bool, set[int]] = {True: set(), False: set()}
    for citizen in citizens:
        screen = [shown for shown in citizen.user.screen if shown.text not in labels]
        plain = Counter((s.text, *s.tokens) for s in screen if not s.text.startswith(AGAIN_MARK))
        marked = Counter((s.text.removeprefix(AGAIN_MARK), *s.tokens) for s in screen if s.text.startswith(AGAIN_MARK))
        assert max(plain.values()) == 1, f"{citizen.number} got a message twice without a mark: {plain.most_common(1)}"
        assert not marked or max(marked.values()) == 1, f"{citizen.number} got a message three times: {marked.most_common(1)}"
        numbers[bool(citizen.picture)].add(len(plain | marked))
    assert all(len(counts) <= 1 for counts in numbers.values()), f"somebody missed a message: {numbers}"


def nothing_is_lost_or_doubled(file: Path, conversations: int, updates: int) -> None:
    """Check the database: sound, every update done once, one case for each conversation, no event or message twice."""
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as database:

        def rows(query: str) -> list[tuple[object, ...]]:
            return database.execute(query).fetchall()

        assert rows("PRAGMA integrity_check") == [("ok",)]
        assert rows("PRAGMA foreign_key_check") == []
        assert rows("SELECT state, count(*) FROM inbox GROUP BY state") == [("done", updates)]
        for table in ("people", "contacts", "sessions", "consents", "cases", "case_texts", "reporters"):
            assert rows(f"SELECT count(*) FROM {table}") == [(conversations,)], table
        assert rows("SELECT DISTINCT state FROM outbox") == [("sent",)]
        histories = Counter(tuple(name for (name,) in rows(f"SELECT name FROM events WHERE case_id = {case} ORDER BY id"))
                            for (case,) in rows("SELECT id FROM cases"))  # fmt: skip
        assert len(histories) == 1, f"cases have different histories: {histories}"
        assert max(Counter(next(iter(histories))).values()) == 1


async def every_file_is_there(config: Config, citizens: list[Citizen]) -> None:
    """Check that every picture was stored once, whole, with its case, and that nothing else lies about."""
    pictures = sorted(citizen.picture for citizen in citizens if citizen.picture)
    async with Program.opened(config) as program:
        with closing(sqlite3.connect(f"file:{config.sqlite_file}?mode=ro", uri=True)) as database:
            rows = database.execute("SELECT state, case_id, store, copy FROM case_files").fetchall()
        assert Counter(state for state, *_rest in rows) == {"stored": len(pictures)}
        assert None not in {case for _state, case, *_rest in rows} and len({case for _state, case, *_rest in rows}) == len(rows)
        assert sorted(program.files.get(store) for _state, _case, store, _copy in rows) == pictures
        assert all(program.files.get(copy) for *_rest, copy in rows)
