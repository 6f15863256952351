"""The demo's page in a real Chromium, with an echo behind it."""

from __future__ import annotations

from contextlib import asynccontextmanager

import pytest
from tests.browser.echo import EchoHouse
from playwright.async_api import expect

from bot.demo.server import open_page

pytestmark = pytest.mark.browser
