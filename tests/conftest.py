"""Shared fixtures."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import structlog

from tests.profiles import channels_of
from tests.town import Town, template, town_on


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    """Put logging back after a test that set it up, as every command does: its stream may be closed by then."""
    root = logging.getLogger()
    config, handlers, level = structlog.get_config(), root.handlers, root.level
    yield
    logging.captureWarnings(False)
    structlog.configure(**config)
    root.handlers, root.level = handlers, level


@pytest.fixture(scope="session")
def town_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The database that every town starts from."""
    return asyncio.run(template(tmp_path_factory.mktemp("template")))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Let every test that has a town run once per channel, but for those that name their channel themselves."""
    own = any("town" in mark.args[0] for mark in metafunc.definition.iter_markers("parametrize"))
    if "town" in metafunc.fixturenames and not own:
        channels = channels_of(metafunc.module.__name__.rpartition(".")[2], metafunc.function.__name__)
        metafunc.parametrize("town", channels, indirect=True)


@pytest.fixture
async def town(request: pytest.FixtureRequest, town_template: Path, tmp_path: Path) -> AsyncIterator[Town]:
    """A town of its own, once per channel."""
    async with town_on(request.param, town_template, tmp_path) as opened:
        yield opened


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Make a skip a failure where nothing may be skipped (LANGNGHE_NO_SKIPS, set by .ci/run)."""
    if report.skipped and os.environ.get("LANGNGHE_NO_SKIPS") and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
