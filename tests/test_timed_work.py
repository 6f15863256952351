"""Timed work of the whole program: each thing once, whatever stood still, jumped or runs beside it (D3, D4, D6, D11)."""

from __future__ import annotations

import asyncio
import os
import secrets
import sqlite3
import threading
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import make_url

from bot.channels.webchat import WebChatChannel
from bot.clockwatch import ClockWatch, confirm, rests
from bot.config import Config
from bot.dialogue.values import Who
from bot.domain.people import Role
from bot.domain.periods import period_named
from bot.heartbeat import Heartbeat, keep_tick, last_tick, stands_still
from bot.imports.provinces import province_units
from bot.jobs import Timekeeper
from bot.program import Program
from bot.reporting import ReportMaker
from bot.serving import Readiness
from bot.usecases.access import Reader
from bot.usecases.citizen import withdraw
from bot.usecases.filing import file_case
from bot.usecases.report_jobs import wish
from bot.usecases.staffing import invite, redeem
from storage.migrate import migrate
from tests.storage.conftest import NO_POSTGRES, _command
from tests.town import PROVINCE, config_for
from tests.usecases.house import draft

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)  # A Monday; seven working days end on Thursday 3 December.
OVERDUE = datetime(2026, 12, 4, 1, 0, tzinfo=UTC)  # Eight o'clock on the next morning.
WARD, TOP = "05986", "20"
ANY, POSTGRES = ["sqlite", "postgresql"], ["postgresql"]


class Pushed:
    """A clock that a test pushes."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture(params=ANY)
async def config(request, tmp_path: Path) -> AsyncIterator[Config]:
    """Settings of a province that is ready to take cases."""
    settings = config_for(tmp_path / "langnghe.db")
    given = os.environ.get("TEST_POSTGRES_URL")
    name = f"langnghe_timed_{secrets.token_hex(4)}"
    if request.param == "postgresql":
        if not given:
            pytest.skip(NO_POSTGRES)
        await _command(make_url(given), f'CREATE DATABASE "{name}"')
        url = make_url(given).set(drivername="postgresql+asyncpg", database=name)
        settings = replace(settings, database_url=url.render_as_string(hide_password=False))
    await migrate(settings.database_url, NOW)
    async with Program.opened(settings, lambda: NOW) as program:
        await program.save_units(province_units(PROVINCE), ())
        await program.app.run(cast)
    yield settings
    if request.param == "postgresql":
        await _command(make_url(given), f'DROP DATABASE "{name}" WITH (FORCE)')


async def cast(work) -> None:
    for name, role, unit in (("chủ", Role.HEAD, WARD), ("vy", Role.SUPERVISOR, TOP), ("quản", Role.ADMIN, TOP)):
        person = (await work.people.known(Who("webchat", "house", name), NOW, "vi")).person
        await redeem(work, person, await invite(work, role, unit, name, "", NOW), NOW)


def opened(config: Config, clock: Callable[[], datetime]):
    return Program.opened(config, clock, lambda program: {"webchat": WebChatChannel(clock, None)})


def keeper_of(program: Program, holder: str = "", watch: ClockWatch | None = None) -> Timekeeper:
    return Timekeeper(program.app, program.files, 90, holder, watch)


async def files(program: Program, count: int) -> list[str]:
    """Take so many cases, each from somebody else; return their codes."""

    async def one(number: int, work):
        who = Who("webchat", "house", f"dân {number}")
        person = (await work.people.known(who, work.now, "vi")).person
        return (await file_case(work, person, who, draft(unit=WARD), secrets.token_hex(2), work.now)).case.code

    return [await program.app.run(lambda work, n=n: one(n, work)) for n in range(count)]


async def happened(program: Program) -> Counter:
    """How often each thing was recorded of each case, by (case, event, level or clock)."""
    events = await program.read(lambda work: work.events_since(0, 100_000))
    return Counter(
        (event.case, event.name, event.details.get("level") or event.details.get("clock"))
        for event in events
        if event.name in ("Overdue", "NotAccepted", "RedLine", "CaseBreached", "CaseClosed")
    )


async def sent(program: Program) -> Counter:
    """How many messages wait for each reader, by kind."""
    rows = await program.read(lambda work: work.outbox.recent(100_000))
    return Counter(kind for _id, kind, _state, _at in rows)


@pytest.mark.parametrize("config", POSTGRES, indirect=True)  # On SQLite a second process is refused.
async def test_two_processes_do_each_thing_once(config):
    clock = Pushed()
    async with opened(config, clock) as one, opened(config, clock) as two:
        await files(one, 40)
        keepers = [keeper_of(one, "one"), keeper_of(two, "two")]
        clock.now = OVERDUE
        for _round in range(3):
            await asyncio.gather(*(keeper.once(everything=True) for keeper in keepers))
        counted = await happened(one)
        assert {(name, level): n for (_case, name, level), n in counted.items()} == {
            ("NotAccepted", None): 1, ("Overdue", 1): 1, ("CaseBreached", "service"): 1,
        }  # fmt: skip
        assert len(counted) == 120
        assert (await sent(one))["digest"] == 2  # One for the head, one for the supervisor.


@pytest.mark.parametrize("config", POSTGRES, indirect=True)
async def test_when_the_first_process_dies_the_other_takes_over_and_the_first_does_nothing_more(config):
    clock = Pushed()
    async with opened(config, clock) as one, opened(config, clock) as two:
        first, second = keeper_of(one, "one"), keeper_of(two, "two")
        await first.once()
        assert await second.once(everything=True) == 0
        codes = await files(one, 3)
        clock.now = OVERDUE  # Nobody heard of the first for so long that its lease is over.
        assert await second.once(everything=True) > 0
        before = await happened(one)
        assert len({case for case, _name, _level in before}) == len(codes)
        await first.once(everything=True)
        assert await happened(one) == before


@pytest.mark.parametrize(
    ("away", "levels"), [(timedelta(hours=1), {1}), (timedelta(days=4), {1, 2}), (timedelta(days=31), {1, 2, 3, 4})]
)
@pytest.mark.parametrize("config", ["sqlite"], indirect=True)
async def test_after_a_standstill_each_thing_is_done_once_and_told_in_one_message(config, away, levels):
    clock = Pushed()
    async with opened(config, clock) as program:
        codes = await files(program, 30)
        clock.now = NOW + timedelta(hours=1)
        await program.app.run(lambda work: takes_back(work, "dân 0", codes[0]))
        gone = (await program.read(lambda work: work.cases.by_code(codes[0]))).id
        before = await sent(program)
        clock.now = OVERDUE + away
        keeper = keeper_of(program)
        while await keeper.once(everything=True):
            pass
        counted = await happened(program)
        assert set(counted.values()) == {1}
        assert {level for _case, name, level in counted if name == "Overdue"} == levels
        assert len({case for case, _name, _level in counted}) == 29 and not any(case == gone for case, _n, _l in counted)
        after = await sent(program)
        assert after["digest"] - before["digest"] == 2
        await keeper.once(everything=True)
        assert await happened(program) == counted and await sent(program) == after


async def takes_back(work, name: str, code: str) -> None:
    person = (await work.people.known(Who("webchat", "house", name), work.now, "vi")).person
    await withdraw(work, Reader(person, None), code, work.now)


@pytest.mark.parametrize("config", ["sqlite"], indirect=True)
async def test_a_case_that_cannot_be_looked_after_stops_no_other(config, tmp_path: Path):
    clock = Pushed()
    async with opened(config, clock) as program:
        await files(program, 5)
        with closing(sqlite3.connect(tmp_path / "langnghe.db", isolation_level=None)) as other:
            other.execute(
                "CREATE TRIGGER no BEFORE INSERT ON reminders WHEN NEW.case_id = 3 BEGIN SELECT RAISE(ABORT, 'no'); END"
            )
        clock.now = OVERDUE
        keeper = keeper_of(program)
        await keeper.once(everything=True)
        assert {case for case, _name, _level in await happened(program)} == {1, 2, 4, 5}
        assert (await sent(program))["digest"] == 2
        with closing(sqlite3.connect(tmp_path / "langnghe.db", isolation_level=None)) as other:
            other.execute("DROP TRIGGER no")
        clock.now += timedelta(minutes=5)
        await keeper.once(everything=True)
        assert {case for case, _name, _level in await happened(program)} == {1, 2, 3, 4, 5}


@pytest.mark.parametrize("config", ["sqlite"], indirect=True)
async def test_all_cases_of_an_office_that_ended_go_on_but_one_that_cannot(config, tmp_path: Path):
    clock = Pushed()
    async with opened(config, clock) as program:
        codes = await files(program, 130)
        ward = program.tree.get(WARD)
        assert ward is not None
        await program.save_units([replace(ward, valid_to=NOW.date())], ())
        with closing(sqlite3.connect(tmp_path / "langnghe.db", isolation_level=None)) as other:
            other.execute("CREATE TRIGGER no BEFORE UPDATE ON cases WHEN NEW.id = 3 BEGIN SELECT RAISE(ABORT, 'no'); END")
        clock.now += timedelta(days=1)
        keeper = keeper_of(program)
        for _tick in range(3):
            await keeper.once()
        left = await program.read(lambda work: work.cases.of_units([WARD], limit=200))
        assert [case.code for case in left] == [codes[2]]


async def test_a_report_that_is_made_again_after_a_kill_is_sent_and_recorded_once(config):
    clock = Pushed()
    async with opened(config, clock) as program:

        async def asks(work) -> dict:
            [staff] = await work.staff.at([TOP], Role.SUPERVISOR)
            period = period_named("month", work.now, 15)
            await wish(work, staff, "numbers", "xlsx", TOP, period, work.now)
            [(_job, kind, key, payload, _tries)] = await work.jobs.due(work.now, 5)
            return {"key": key, "payload": payload}

        asked = await program.app.run(asks)
        for _time in range(2):  # The second time by a process that does not know that it was sent.
            assert await ReportMaker(program.app, program.files).make(**asked)
        events = await program.read(lambda work: work.events_since(0, 1000))
        assert [event.name for event in events].count("ReportSent") == 1
        assert (await sent(program))["report"] == 1


# -- the clock --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("config", ["sqlite"], indirect=True)
async def test_a_clock_that_jumps_forward_rests_all_until_somebody_confirms_it(config):
    clock, even = Pushed(), [0.0]
    async with opened(config, clock) as program:
        keeper = keeper_of(program, watch=ClockWatch(clock, lambda: even[0]))
        await files(program, 2)
        await keeper.once(everything=True)
        clock.now += timedelta(days=400)
        even[0] += 1
        for _again in range(3):
            await keeper.once(everything=True)
            clock.now += timedelta(seconds=5)
            even[0] += 5
        assert not await happened(program)
        assert (await sent(program))["clock jumped"] == 1
        assert await program.app.run(confirm)
        assert not await program.app.run(confirm)
        clock.now = datetime(2027, 12, 29, 3, 0, tzinfo=UTC)
        even[0] += (clock.now - NOW).total_seconds()
        await keeper.once(everything=True)
        assert await happened(program)


@pytest.mark.parametrize("config", ["sqlite"], indirect=True)
async def test_a_clock_that_is_set_back_repeats_nothing(config):
    clock, even = Pushed(), [0.0]
    async with opened(config, clock) as program:
        keeper = keeper_of(program, watch=ClockWatch(clock, lambda: even[0]))
        await files(program, 2)
        even[0] = (OVERDUE - NOW).total_seconds()
        clock.now = OVERDUE
        await keeper.once(everything=True)
        counted, messages = await happened(program), await sent(program)
        assert counted
        for back in (timedelta(hours=-1), timedelta(hours=1)):
            clock.now += back
            even[0] += 1 if back < timedelta() else back.total_seconds()
            await keeper.once(everything=True)
            assert not await program.read(rests)
        assert await happened(program) == counted and await sent(program) == messages


def test_only_what_goes_further_than_five_minutes_is_a_jump():
    clock, even = Pushed(), [0.0]
    watch = ClockWatch(clock, lambda: even[0])
    assert watch.jumped() is None
    for step, passed, jump in (
        (timedelta(hours=3), 10800, None),  # A long rest, by both clocks.
        (timedelta(minutes=5), 0, None),
        (timedelta(minutes=5, seconds=1), 0, timedelta(minutes=5, seconds=1)),
        (timedelta(days=-400), 1, None),
        (timedelta(days=400), 1, timedelta(days=400, seconds=-1)),
    ):
        clock.now += step
        even[0] += passed
        assert watch.jumped() == jump


# -- the heartbeat ------------------------------------------------------------------------------------------------------


def test_a_loop_that_hangs_is_told_by_a_thread_outside_of_it():
    now, told = [0.0], threading.Event()
    heartbeat = Heartbeat(lambda: now[0], too_long=180, look_every=0.001, tell=lambda seconds: told.set())
    heartbeat.start()
    try:
        now[0] = 180.0
        heartbeat.beat()
        now[0] = 360.0
        assert not told.wait(0.05)
        now[0] = 360.1
        assert told.wait(5)
    finally:
        heartbeat.stop()


@pytest.mark.parametrize("config", ["sqlite"], indirect=True)
async def test_readiness_says_when_timed_work_stands_still(config):
    async with Program.opened(config) as program:
        ready = Readiness(program, every=0)
        assert await ready() and ready.stands_still  # It has never run.
        await program.app.run(lambda work: keep_tick(work, program.clock()))
        assert await ready() and not ready.stands_still
        await program.app.run(lambda work: keep_tick(work, program.clock() - timedelta(minutes=3, seconds=5)))
        assert await ready() and ready.stands_still
        last = await program.read(last_tick)
        assert not stands_still(last, last + timedelta(minutes=3)) and stands_still(last, last + timedelta(minutes=3, seconds=1))
