"""The demo's clock drives the deadlines: pushed past a due date, the phones show reminder, breach, apology and escalation."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.browser.test_story import CODE, Phone, address, files_with_a_photo, page_of

__all__ = ["address"]
pytestmark = pytest.mark.browser


async def test_pushing_the_clock_shows_reminder_breach_apology_and_escalation(chromium, address: str, screenshot):  # noqa: F811
    page, outside, errors = await page_of(chromium, address)
    citizen, head, supervisor = Phone(page, "citizen"), Phone(page, "unit_head"), Phone(page, "supervisor")

    async def pushes(words: str) -> None:
        button = page.get_by_role("button", name=words)
        await button.click()
        await expect(button).to_be_enabled(timeout=30_000)

    await files_with_a_photo(page, citizen)
    await citizen.taps("_send@")
    await citizen.sees("Mã PIN")
    await head.sees("vụ việc mới")
    await head.taps("accept:")

    # Seven working days: on the morning after five of them the head is reminded.
    await pushes("+5 ngày làm việc")
    await pushes("+1 ngày làm việc")
    await head.sees("Còn 2 ngày làm việc")
    await screenshot(page, "deadlines-1-reminder")

    # The date passes without an answer: the head owes notice, reason and apology, and signs them as prepared.
    for _day in range(3):
        await pushes("+1 ngày làm việc")
    await head.sees("xin lỗi")
    await screenshot(page, "deadlines-2-breach")
    await head.taps("apologise:")
    await head.taps("cause=verification")
    await head.taps("promise=")
    await head.taps("words=_prepared")
    await screenshot(page, "deadlines-3-letter")
    await head.taps("_send@")
    await citizen.sees("xin lỗi Ông/Bà vì sự chậm trễ")
    await screenshot(page, "deadlines-4-apology")

    # Days later still nothing: it has climbed to the supervisor, who opens it from his list.
    await pushes("+5 ngày làm việc")
    await supervisor.sees("quá hạn")
    await supervisor.says("/quahan")
    await supervisor.sees("1 vụ")
    await screenshot(page, "deadlines-5-supervisor")
    await supervisor.says("qua han phuong tam thanh")
    await supervisor.sees(CODE)
    await screenshot(page, "deadlines-6-plain-words")
    assert outside == [] and errors == []
