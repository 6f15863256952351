"""Use cases run on a real SQLite database: a fresh copy for each test, everything in one transaction that is never committed."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import URL

from storage.database import writing_engine
from storage.migrate import migrate
from storage.rules_in_force import RulesInForce, read_rules
from storage.units import save_units
from tests.domain.town import NOW, UNITS
from tests.usecases.house import House


@pytest.fixture(scope="session")
def template(tmp_path_factory) -> tuple[Path, RulesInForce]:
    file = tmp_path_factory.mktemp("usecases") / "template.db"
    asyncio.run(migrate(URL.create("sqlite", database=str(file)), NOW))
    engine = writing_engine(file)
    with engine.begin() as connection:
        save_units(connection, UNITS)
        rules = read_rules(connection)
    engine.dispose()
    return file, rules


@pytest.fixture
async def house(template, tmp_path) -> AsyncIterator[House]:
    file, rules = template
    copy = tmp_path / "langnghe.db"
    shutil.copy(file, copy)
    engine = writing_engine(copy)
    with engine.connect() as connection:
        yield House(connection, rules)
    engine.dispose()
