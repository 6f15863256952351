"""The page behind a QR code for Zalo, in a real browser: the line is copied and the chat opens, without a clipboard too."""

from __future__ import annotations

import aiohttp
import pytest
from aiohttp import web

from bot.web.opening import opening_routes

pytestmark = pytest.mark.browser
ZALO = "https://zalo.me/1459232241454765289?a=1&b=2"
PAYLOAD = "u_05986_3_a1b2c3d4e5f60718"
INVITATION = "i_AbCdEfGhIjKlMnOpQrSt-_"


@pytest.fixture
def seen():
    """The addresses that the server was asked for, whole."""
    return []


@pytest.fixture
async def address(seen):
    @web.middleware
    async def note(request, handler):
        seen.extend([str(request.url), *map(str, request.headers.items())])
        return await handler(request)

    app = web.Application(middlewares=[note])
    app.add_routes(opening_routes({"zalo_bot": ZALO}))
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


async def test_what_is_not_ours_is_not_there(address):
    async with aiohttp.ClientSession() as http:
        for path in ("zalo_oa/x", "zalo_bot/" + "x" * 65, "zalo_bot/%22%3E%3Cscript%3E", "telegram/x"):
            async with http.get(f"{address}/open/{path}") as answer:
                assert answer.status == 404, path
        async with http.get(f"{address}/open/zalo_bot/{PAYLOAD}") as answer:
            assert answer.status == 200 and "unsafe-inline'; script-src 'sha256-" in answer.headers["Content-Security-Policy"]
    assert opening_routes({}) == ()


async def opened(chromium, address, path=f"zalo_bot/{PAYLOAD}", **more):
    context = await chromium.new_context(viewport={"width": 390, "height": 780}, locale="vi-VN", **more)
    page = await context.new_page()
    problems = []
    page.on("console", lambda said: problems.append(said.text) if said.type == "error" else None)
    await page.route("https://zalo.me/**", lambda route: route.fulfill(body="Zalo", content_type="text/html"))
    await page.goto(f"{address}/open/{path}")
    return page, problems


async def test_one_press_copies_the_line_and_opens_zalo(chromium, address, screenshot):
    page, problems = await opened(chromium, address, permissions=["clipboard-read", "clipboard-write"])
    await screenshot(page, "opening")
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert await page.input_value("#line") == f"/start {PAYLOAD}"
    button = page.get_by_role("link", name="Mở Zalo")
    assert (await button.bounding_box())["height"] >= 44
    async with page.expect_navigation(url=ZALO):
        await button.click()
    await page.go_back()
    assert await page.evaluate("navigator.clipboard.readText()") == f"/start {PAYLOAD}"
    assert problems == []


async def test_without_a_clipboard_the_chat_opens_all_the_same(chromium, address):
    page, _problems = await opened(chromium, address)
    await page.evaluate("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    async with page.expect_navigation(url=ZALO):
        await page.get_by_role("link", name="Mở Zalo").click()


async def test_an_invitation_reaches_the_page_and_no_server(chromium, address, seen, screenshot):
    page, problems = await opened(chromium, address, f"zalo_bot#{INVITATION}", permissions=["clipboard-read", "clipboard-write"])
    await screenshot(page, "invited")
    assert seen and not any(INVITATION in line for line in seen)
    assert "lời mời dành riêng cho anh/chị" in await page.inner_text("body")
    assert await page.input_value("#line") == f"/start {INVITATION}"
    async with page.expect_navigation(url=ZALO):
        await page.get_by_role("link", name="Mở Zalo").click()
    await page.go_back()
    assert await page.evaluate("navigator.clipboard.readText()") == f"/start {INVITATION}"
    assert problems == []


async def test_an_address_without_an_invitation_copies_nothing_that_stands_behind_it(chromium, address):
    page, _problems = await opened(chromium, address, "zalo_bot#<img src=x>")
    assert await page.input_value("#line") == ""
