"""A change of the calendar in the whole program, over SQLite and PostgreSQL, with another process beside it."""

from __future__ import annotations

import os
import secrets
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import make_url

from bot.config import Config
from bot.dialogue.values import Who
from bot.domain.calendar import CalendarRow, DayKind, Scope
from bot.imports.provinces import province_units
from bot.moving import move_dates
from bot.program import Program
from bot.serving import for_a_command
from bot.usecases.filing import file_case
from bot.usecases.recomputing import Change
from storage.migrate import migrate
from tests.storage.conftest import NO_POSTGRES, _command
from tests.town import PROVINCE, config_for
from tests.usecases.house import LAN, draft

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)  # A Monday; seven working days end on 3 December.
WARD = "05986"
STORM = CalendarRow(date(2026, 11, 26), date(2026, 11, 27), DayKind.LOCAL_OFF, "Bão", scope=Scope.PROVINCE, source="CV 12")


@pytest.fixture(params=["sqlite", "postgresql"])
async def config(request, tmp_path: Path) -> AsyncIterator[Config]:
    """Settings of a province that is ready to take cases."""
    settings = config_for(tmp_path / "langnghe.db")
    given = os.environ.get("TEST_POSTGRES_URL")
    name = f"langnghe_moving_{secrets.token_hex(4)}"
    if request.param == "postgresql":
        if not given:
            pytest.skip(NO_POSTGRES)
        await _command(make_url(given), f'CREATE DATABASE "{name}"')
        url = make_url(given).set(drivername="postgresql+asyncpg", database=name)
        settings = replace(settings, database_url=url.render_as_string(hide_password=False))
    await migrate(settings.database_url, NOW)
    async with Program.opened(settings, lambda: NOW) as program:
        await program.save_units(province_units(PROVINCE), ())
    yield settings
    if request.param == "postgresql":
        await _command(make_url(given), f'DROP DATABASE "{name}" WITH (FORCE)')


async def files(program: Program, count: int) -> list[str]:
    """Take so many cases; return their codes."""

    async def step(work):
        person = (await work.people.known(LAN, NOW, "vi")).person
        return (await file_case(work, person, LAN, draft(unit=WARD), secrets.token_hex(1), NOW)).case.code

    return [await program.app.run(step) for _number in range(count)]


async def due_days(program: Program, codes: list[str]) -> list[date]:
    return [(await program.read(lambda work, code=code: work.cases.by_code(code))).due_at.date() for code in codes]


async def test_every_open_case_is_moved_once_and_moved_back(config):
    async with Program.opened(config, lambda: NOW) as program:
        codes = await files(program, 9)
        foreseen = await program.foresee_moves({STORM.key: STORM})
        moves = await program.save_calendar({STORM.key: STORM})
        assert foreseen.all == moves.all and moves.looked_at == 9 and len(moves.moved) == 18
        assert await due_days(program, codes) == [date(2026, 12, 7)] * 9
        former = await program.former_calendar()
        assert former == {STORM.key: None}
        await program.save_calendar(former)
        assert await due_days(program, codes) == [date(2026, 12, 3)] * 9
        assert (await program.former_calendar()) == {STORM.key: STORM}


async def test_a_change_survives_a_restart(config):
    async with Program.opened(config, lambda: NOW) as program:
        await program.save_calendar({STORM.key: STORM})
    async with Program.opened(config, lambda: NOW) as program:
        assert (await program.rules.calendar()).why(STORM.date) == STORM


async def test_moving_goes_on_from_a_case_and_finds_those_filed_meanwhile(config):
    async with Program.opened(config, lambda: NOW) as program:
        first = await files(program, 3)
        await program.app.run(lambda work: work.save_calendar({STORM.key: STORM}))
        program._changed = "old"
        await program.freshen()
        assert (await move_dates(program.app, Change("Bão", NOW), after=1)).looked_at == 2
        assert await due_days(program, first) == [date(2026, 12, 3), date(2026, 12, 7), date(2026, 12, 7)]


async def test_a_command_in_a_process_of_its_own_leaves_what_is_to_be_told_to_the_one_that_sends(config):
    on_telegram = replace(config, telegram_token="123456:" + "A" * 35)
    async with for_a_command(on_telegram, lambda: NOW) as program:

        async def file_one(work):
            who = Who("telegram", "123456", "42")
            person = (await work.people.known(who, NOW, "vi")).person
            await file_case(work, person, who, draft(unit=WARD), "ab", NOW)

        await program.app.run(file_one)
        await program.save_calendar({STORM.key: STORM})
    async with Program.opened(config, lambda: NOW) as web:
        assert ("date moved", "pending") in [(kind, state) for _id, kind, state, _at in await web.read(_recent)]


async def _recent(work):
    return await work.outbox.recent(100)


@pytest.mark.parametrize("config", ["postgresql"], indirect=True)  # On SQLite one process does everything.
async def test_another_process_sees_a_new_calendar_and_new_offices(config):
    async with Program.opened(config, lambda: NOW) as web, Program.opened(config, lambda: NOW) as command:
        await command.save_calendar({STORM.key: STORM})
        await web.freshen()
        assert (await web.rules.calendar()).why(STORM.date) == STORM
        rules = web.rules
        await web.freshen()
        assert web.rules is rules  # Nothing has changed, so nothing is read.
        await command.save_units([replace(command.tree.get(WARD), phone="0205")], ())
        await web.freshen()
        assert web.tree.get(WARD).phone == "0205"
