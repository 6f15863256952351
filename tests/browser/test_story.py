"""The whole story in a real Chromium, over the real program: filed with a photo, asked back, answered, rated, contested."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.async_api import expect

from bot.demo.server import open_page
from bot.demo.town import demo_town
from tests.fakes.botapi_users import a_picture

pytestmark = pytest.mark.browser
STORY = "Cán bộ quầy 3 quát tôi trước mặt mọi người khi tôi hỏi về hồ sơ."
ANSWER = "Chúng tôi đã xem lại camera và làm việc với cán bộ quầy 3. Phản ánh của anh/chị là đúng. Chúng tôi xin lỗi."
PROOF = "Biên bản làm việc và hình ảnh camera ngày hôm đó."
CODE = re.compile(r"[2-9A-Z]{4}-[2-9A-Z]{4}")


@pytest.fixture
async def address(tmp_path: Path):
    """A fresh demo town and the address of its page."""
    async with demo_town(tmp_path / "demo.db") as (town, channel):
        page, where = await open_page(town, channel, 0)
        yield where
        await page.cleanup()


class Phone:
    """One phone on the page, used by a person's means only: what is shown, pressed, typed, attached."""

    def __init__(self, page, key: str) -> None:
        self.page = page
        self.node = page.locator(f'[data-phone="{key}"]')

    async def taps(self, token: str) -> None:
        """Press the newest button that stands for this."""
        button = self.node.locator(f'button[data-token^="{token}"]').last
        await button.scroll_into_view_if_needed()
        await button.click()

    async def says(self, text: str) -> None:
        box = self.node.locator("textarea").last
        await box.fill(text)
        await box.press("Enter")

    async def sees(self, text) -> None:
        await expect(self.node.get_by_role("log").get_by_text(text).last).to_be_visible()


async def page_of(chromium, address: str, width: int = 1400, height: int = 900, query: str = ""):
    context = await chromium.new_context(viewport={"width": width, "height": height})
    page = await context.new_page()
    page.set_default_timeout(10_000)
    outside: list[str] = []
    page.on("request", lambda request: outside.append(request.url) if not request.url.startswith((address, "blob:")) else None)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    await page.goto(address + query)
    return page, outside, errors


async def files_with_a_photo(page, citizen: Phone) -> None:
    """Go through the form up to the read-back, with a photo on the way."""
    await citizen.node.get_by_role("button", name=re.compile("Bắt đầu|Start")).click()
    for token in ("agree", "feedback", "kind=report"):
        await citizen.taps(token)
    await citizen.says("p. tam thanh")
    for token in ("unit=05986@", "official=_unknown", "category=>A", "category=A01", "happened=yesterday"):
        await citizen.taps(token)
    await citizen.says(STORY)
    await expect(citizen.node.locator('button[data-token^="files="]').last).to_be_visible()
    await citizen.node.locator("button[data-attach]").click()
    async with page.expect_file_chooser() as chooser:
        await citizen.node.locator("button[data-attach-media]").click()
    await (await chooser.value).set_files({"name": "quay3.jpg", "mimeType": "image/jpeg", "buffer": a_picture(640, 480)})
    await citizen.node.locator("button[data-send]").click()
    await citizen.taps("files=done")
    await citizen.taps("known_as=named")
    await citizen.says("Hoàng Thị Lan 0912 345 678")
    await expect(citizen.node.locator('button[data-token^="_send@"]').last).to_be_visible()


async def test_the_whole_story_through_the_page(chromium, address: str, screenshot):
    page, outside, errors = await page_of(chromium, address)
    citizen, head, supervisor = Phone(page, "citizen"), Phone(page, "unit_head"), Phone(page, "supervisor")
    await files_with_a_photo(page, citizen)
    await screenshot(page, "story-1-read-back")
    await citizen.taps("_send@")
    await citizen.sees("Mã PIN")
    await head.sees("vụ việc mới")
    await head.taps("accept:")
    await head.sees(STORY)
    await head.taps("files:")
    await expect(head.node.locator("img").last).to_be_visible()
    await screenshot(page, "story-2-accepted")
    await head.taps("ask:")
    await head.says("Lúc đó là buổi sáng hay buổi chiều ạ?")
    await head.taps("_send@")
    await citizen.sees("buổi sáng hay buổi chiều")
    await citizen.taps("add:")
    await citizen.says("Buổi sáng, khoảng chín giờ.")
    await citizen.taps("_send@")
    await head.sees("đã trả lời câu hỏi")
    await head.taps("open:")
    await head.sees("khoảng chín giờ")
    await head.taps("answer:")
    await head.taps("finding=true")
    await head.taps("action=apologised")
    await head.taps("action=done")
    await head.says(ANSWER)
    await head.says(PROOF)
    await head.sees(PROOF)
    await head.taps("_send@")
    await citizen.sees(ANSWER)
    await screenshot(page, "story-3-answered")
    await citizen.taps("rate:")
    await citizen.sees("5 là rất hài lòng")
    await citizen.taps("rate:")
    await citizen.taps("contest:")
    await citizen.says("Cán bộ đó hôm nay vẫn quát người khác.")
    await citizen.taps("_send@")
    await citizen.sees("cấp trên")
    # Ten working days on, nobody has looked at it again: the supervisor sees it.
    for _time in range(4):
        await page.get_by_role("button", name="+5 ngày làm việc").click()
        await expect(page.get_by_role("button", name="+5 ngày làm việc")).to_be_enabled()
    await supervisor.taps("overdue:0")
    await supervisor.sees(CODE)
    await screenshot(page, "story-4-overdue")
    assert outside == [] and errors == []


async def test_the_story_begins_on_a_narrow_screen_too(chromium, address: str, screenshot):
    page, outside, errors = await page_of(chromium, address, 390, 844)
    citizen = Phone(page, "citizen")
    await files_with_a_photo(page, citizen)
    await screenshot(page, "narrow-1-read-back")
    await citizen.taps("_send@")
    await citizen.sees("Mã PIN")
    await expect(Phone(page, "unit_head").node).to_be_hidden()
    await page.locator("[data-tab=unit_head]").click()
    head = Phone(page, "unit_head")
    await head.taps("accept:")
    await head.sees(STORY)
    await screenshot(page, "narrow-2-head")
    width = await page.evaluate("document.documentElement.scrollWidth")
    assert width <= 390 and outside == [] and errors == []


async def test_the_story_in_english(chromium, address: str, screenshot):
    page, outside, errors = await page_of(chromium, address, query="?lang=en")
    citizen = Phone(page, "citizen")
    await citizen.node.get_by_role("button", name="Start").click()
    await citizen.taps("lang:en") if await citizen.node.locator('button[data-token="lang:en"]').count() else None
    await citizen.taps("agree")
    await citizen.sees("What would you like to do?")
    await citizen.taps("feedback")
    await citizen.sees("What would you like?")
    await screenshot(page, "english")
    assert outside == [] and errors == []
