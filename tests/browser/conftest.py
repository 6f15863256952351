"""A real Chromium, or a clear sentence why there is none."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from playwright.async_api import async_playwright

SCREENSHOTS = Path(__file__).parents[2] / "screenshots"
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # A sound that is always there, and no question whether it may be heard.
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
]


def chromium_path() -> str | None:
    """Return where Chromium is: the setting CHROMIUM, Debian's place, or anywhere on the path."""
    for found in (os.environ.get("CHROMIUM"), "/usr/bin/chromium", shutil.which("chromium"), shutil.which("chromium-browser")):
        if found and Path(found).exists():
            return found
    return None


@pytest.fixture
async def chromium():
    """A browser that is closed after the test."""
    path = chromium_path()
    if path is None:
        pytest.skip("Chromium is missing, so no browser was tried: apt-get install chromium, or set CHROMIUM to its path.")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=QUIET)
        yield browser
        await browser.close()


@pytest.fixture
def screenshot():
    """Keep a picture of the page for looking at, in a folder that git ignores."""

    async def keep(page, name: str) -> None:
        SCREENSHOTS.mkdir(exist_ok=True)
        await page.screenshot(path=SCREENSHOTS / f"{name}.png")

    return keep
