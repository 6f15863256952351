"""The demo's page itself: it keeps its history, opens more phones, works by keyboard, and talks to nobody but this machine."""

from __future__ import annotations

import re

import aiohttp
import pytest
from playwright.async_api import expect

from bot.demo.server import open_page
from bot.demo.town import demo_town
from tests.browser.test_story import CODE, Phone, address, page_of  # noqa: F401 - a fixture

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


async def test_a_message_that_did_not_arrive_says_so_and_can_be_sent_again(chromium, address: str):  # noqa: F811
    page, _outside, _errors = await page_of(chromium, address)
    citizen = Phone(page, "citizen")
    await citizen.node.get_by_role("button", name="Bắt đầu").click()
    await citizen.sees("Anh/chị có đồng ý không?")
    await page.route("**/api/send", lambda route: route.abort())
    await citizen.says("Cán bộ quầy 3 quát tôi.")
    await expect(citizen.node.get_by_role("alert")).to_contain_text("không kết nối được")
    await page.unroute("**/api/send")
    await citizen.node.get_by_role("button", name="Gửi lại").click()
    mine = citizen.node.locator("[data-message=mine]").filter(has_text="Cán bộ quầy 3 quát tôi.")
    await expect(mine).to_have_count(1)
    await expect(mine.locator("[data-state=sent]")).to_be_attached()
    await expect(citizen.node.get_by_role("alert")).to_be_hidden()


async def test_two_files_and_a_voice_message_go_out(chromium, address: str):  # noqa: F811
    page, outside, errors = await page_of(chromium, address)
    citizen = Phone(page, "citizen")
    await citizen.node.get_by_role("button", name="Bắt đầu").click()
    await citizen.taps("agree")
    await citizen.sees("Anh/chị muốn làm gì?")
    two = [{"name": f"{name}.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4"} for name in ("giấy hẹn", "biên nhận")]
    await citizen.node.locator("[data-pick=document]").set_input_files(two)
    await expect(citizen.node.get_by_label("Tệp sẽ gửi").locator("li")).to_have_count(2)
    await citizen.node.locator("[data-send]").click()
    last = citizen.node.locator("[data-message=mine]").last
    await expect(last.get_by_role("link")).to_have_count(2)
    await citizen.node.locator("[data-record]").click()
    await expect(citizen.node.get_by_text("Đang ghi âm 0:01")).to_be_visible()
    await citizen.node.locator("[data-voice=send]").click()
    await expect(last.locator("audio[src]")).to_be_visible()
    await expect(last.locator("[data-state=sent]")).to_be_attached()
    assert outside == [] and errors == []


async def test_on_a_narrow_screen_the_tab_counts_what_was_not_read(chromium, address: str):  # noqa: F811
    wide, _outside, _errors = await page_of(chromium, address)
    narrow, _outside, errors = await page_of(chromium, address, 390, 844)
    await narrow.locator("[data-tab=unit_head]").click()
    await Phone(wide, "citizen").node.get_by_role("button", name="Bắt đầu").click()
    tab = narrow.locator("[data-tab=citizen]")
    await expect(tab).to_contain_text("1 tin chưa đọc")
    await tab.click()
    await expect(tab.locator(".badge")).to_be_hidden()
    await Phone(narrow, "citizen").sees("Anh/chị có đồng ý không?")
    assert errors == []


async def test_the_page_finds_its_way_back_when_the_program_was_away(chromium, tmp_path):
    async with demo_town(tmp_path / "demo.db") as (town, channel):
        served, where = await open_page(town, channel, 0)
        page, _outside, _errors = await page_of(chromium, where)
        await expect(page.locator("body[data-ready]")).to_be_attached()
        await served.cleanup()
        await expect(page.get_by_text("Mất kết nối")).to_be_visible()
        served, _same = await open_page(town, channel, int(where.rstrip("/").rsplit(":")[-1]))
        await expect(page.get_by_text("Mất kết nối")).to_be_hidden(timeout=15_000)
        await expect(page.locator("body[data-ready]")).to_be_attached()
        await expect(page.locator(".phone")).to_have_count(3)
        await served.cleanup()


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


@pytest.mark.parametrize("messenger", ["zalo_oa", "zalo_bot"])
async def test_a_phone_with_zalo_files_a_case_by_numbers_alone(chromium, address: str, screenshot, messenger):  # noqa: F811
    page, outside, errors = await page_of(chromium, address)
    await page.locator("#another").click()
    await page.locator("#opener-messenger").select_option(messenger)
    await screenshot(page, f"opener-{messenger}")
    await page.locator("#opener-open").click()
    zalo = Phone(page, "citizen-2")
    await expect(zalo.node.locator("header")).to_contain_text({"zalo_oa": "Zalo OA", "zalo_bot": "Zalo Bot"}[messenger])
    await zalo.node.get_by_role("button", name="Bắt đầu").click()

    newest = zalo.node.locator("[data-message=bot] .text").last

    async def picks(question: str, label: str) -> None:
        """Type the number of this line, once the newest message asks this."""
        await expect(newest).to_contain_text(question)
        await zalo.says(re.search(rf"^(\d+)\. .*{label}", await newest.inner_text(), re.MULTILINE)[1])

    async def answers(question: str, words: str) -> None:
        await expect(newest).to_contain_text(question)
        await zalo.says(words)

    await picks("có đồng ý không", "Đồng ý")
    await picks("muốn làm gì", "Phản ánh")
    await picks("khiếu nại", "Phản ánh")
    await answers("cơ quan nào", "phuong tam thanh")
    await picks("muốn nói nơi nào", "Tam Thanh")
    await picks("Việc này về ai", "không biết")
    await picks("chủ yếu là gì", "Thái độ")
    await answers("giao tiếp, ứng xử", "(1)")
    await answers("hôm qua lúc 9 giờ", "hôm qua")
    await answers("Sự việc thế nào", "Cán bộ ở quầy 3 quát tôi trước mặt mọi người.")
    await expect(newest).to_contain_text("Tôi không có")
    if messenger == "zalo_bot":
        paper = {"name": "giay.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4"}
        await zalo.node.locator("[data-pick=document]").set_input_files([paper])
        await zalo.node.locator("[data-send]").click()
        await zalo.sees("chụp ảnh giấy tờ")
    await picks("nhiều nhất 20 tệp", "Tôi không có")
    await picks("muốn ai biết", "Ẩn danh")
    await expect(newest).to_contain_text("có đúng không ạ")
    await screenshot(page, messenger)
    await picks("có đúng không ạ", "Gửi")
    await zalo.sees(CODE)
    assert await zalo.node.locator("[data-token]").count() == 0
    assert outside == [] and errors == []
