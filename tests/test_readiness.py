"""Whether `/readyz` tells the truth when the database does not take what it is given."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bot.program import Program
from bot.serving import Readiness
from tests.town import config_for


@pytest.fixture
def file(town_template: Path, tmp_path: Path) -> Path:
    target = tmp_path / "town.db"
    target.write_bytes(town_template.read_bytes())
    return target


async def test_a_database_that_is_held_is_not_ready_until_it_is_free(file: Path):
    async with Program.opened(config_for(file)) as program:
        ready = Readiness(program, every=0, within=0.2)
        assert await ready()
        with closing(sqlite3.connect(file, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            assert not await ready()
            other.execute("ROLLBACK")
        await program.app.run(lambda work: work.remember("after", "the lock"))
        assert await ready()


async def test_a_database_that_refuses_at_once_is_not_ready(file: Path):
    async with Program.opened(config_for(file)) as program:
        ready = Readiness(program, every=0)
        with closing(sqlite3.connect(file, isolation_level=None)) as other:
            other.execute("CREATE TRIGGER no BEFORE INSERT ON meta BEGIN SELECT RAISE(ABORT, 'no'); END")
            assert not await ready()
            other.execute("DROP TRIGGER no")
            assert await ready()


async def test_the_database_is_not_asked_more_than_once_in_a_second(file: Path):
    async with Program.opened(config_for(file)) as program:
        ready = Readiness(program)
        assert await ready()
        await program.writer.stop()
        assert await ready()
