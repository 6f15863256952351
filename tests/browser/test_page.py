"""The demo's page itself: it keeps its history, opens more phones, works by keyboard, and talks to nobody but this machine."""

from __future__ import annotations

import aiohttp
import pytest
from playwright.async_api import expect

from tests.browser.test_story import Phone, address, page_of  # noqa: F401 - a fixture

pytestmark = pytest.mark.browser


async def test_the_page_keeps_its_history_when_it_is_loaded_again(chromium, address: str):  # noqa: F811
    page, outside, errors = await page_of(chromium, address)
    citizen = Phone(page, "citizen")
    await citizen.node.get_by_role("button", name="Bắt đầu").click()
    await citizen.taps("agree")
    await citizen.sees("Xin cảm ơn anh/chị")
    await page.reload()
    await citizen.sees("Xin cảm ơn anh/chị")
    await expect(citizen.node.get_by_role("button", name="Bắt đầu")).to_be_hidden()
    assert outside == [] and errors == []


async def test_another_phone_is_opened_with_any_role_at_any_office(chromium, address: str, screenshot):  # noqa: F811
    page, outside, errors = await page_of(chromium, address)
    await page.locator("#another").click()
    await page.locator("#opener-role").select_option("unit_head")
    await page.locator("#opener-search").fill("xa tri phuong")
    await page.locator("#opener-found").get_by_text("Xã Quốc Khánh").first.click()
    await screenshot(page, "opener")
    await page.locator("#opener-open").click()
    fourth = Phone(page, "unit_head-2")
    await expect(fourth.node).to_be_visible()
    await expect(fourth.node).to_contain_text("Xã Quốc Khánh")
    await fourth.sees("Vai trò của anh/chị đã được thiết lập")
    assert outside == [] and errors == []


async def test_a_phone_is_worked_by_keyboard_alone(chromium, address: str):  # noqa: F811
    page, _outside, errors = await page_of(chromium, address)
    citizen = Phone(page, "citizen")
    await citizen.node.get_by_role("button", name="Bắt đầu").focus()
    await page.keyboard.press("Enter")
    await citizen.node.locator('button[data-token="agree:"]').last.focus()
    await page.keyboard.press("Space")
    await citizen.sees("Anh/chị muốn làm gì?")
    await citizen.node.locator("textarea").last.focus()
    await page.keyboard.type("1")  # A typed number means the line of the last prompt.
    await page.keyboard.press("Enter")
    await expect(citizen.node.locator('button[data-token^="kind=report"]').last).to_be_visible()
    assert errors == []


async def test_who_is_not_this_page_is_refused(address: str):  # noqa: F811
    async with aiohttp.ClientSession() as http:
        async with http.get(address, headers={"Host": "evil.example"}) as answer:
            assert answer.status == 403
        for headers in ({}, {"Origin": "http://evil.example"}):
            async with http.post(address + "api/clock", json={"hours": 1}, headers=headers) as answer:
                assert answer.status == 403
        async with http.get(address) as answer:
            policy = answer.headers["Content-Security-Policy"]
            assert "default-src 'none'" in policy and "http" not in policy
