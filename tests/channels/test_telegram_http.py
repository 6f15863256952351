"""The aiohttp client against a real socket: what surely was not sent, what may have been, and nothing followed elsewhere."""

from __future__ import annotations

import asyncio
import socket

import pytest
from aiohttp import web
from telegram.error import BadRequest, NetworkError, TelegramError, TimedOut

from bot.channels.base import FileRefused, Outcome, SendFailed
from bot.channels.telegram import TelegramChannel
from bot.channels.telegram_errors import Flood, NotSent
from bot.channels.telegram_http import AiohttpRequest
from bot.dialogue.values import LaidButton, LaidFile, Layout, Who
from tests.fakes.botapi import LOST_ANSWER, TIMEOUT, TOKEN, FakeBotApi, refusal, server_error
from tests.fakes.botapi_users import a_picture


@pytest.fixture
async def served():
    """A fake server on a socket, and our channel as it runs in earnest."""
    api = FakeBotApi()
    server = await api.serve()
    pictures = {"a": a_picture()}

    async def content(store):
        return pictures[store]

    quick = AiohttpRequest(read_timeout=0.2)
    channel = TelegramChannel(TOKEN, server.url, request=quick, files=content)
    await channel.start({})
    await asyncio.wait_for(channel.started.wait(), 5)
    yield api, channel, server
    await channel.stop()
    await server.stop()


@pytest.fixture
async def site():
    """A server that answers as each test says; `hits` counts what came in."""

    class Site:
        def __init__(self):
            self.hits = []
            self.answer = None

        async def handle(self, request):
            self.hits.append(request)
            return await self.answer(request)

    site = Site()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", site.handle)
    runner = web.AppRunner(app, handler_cancellation=True, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    site.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield site
    await runner.cleanup()


def free_port():
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return listening.getsockname()[1]


async def test_everything_goes_over_the_wire_as_it_is(served):
    api, channel, _server = served
    lan = api.user(7, "Lan")
    lan.started = True
    who = Who("telegram", channel.account, "7")
    await channel.send(who, Layout("Tiếng Việt & <b> +%20", ((LaidButton("kind=khen@k2", "Khen 👍"),),)))
    assert (lan.last.text, lan.last.labels, lan.last.tokens) == ("Tiếng Việt & <b> +%20", ["Khen 👍"], ["kind=khen@k2"])
    await channel.send(who, Layout("Ảnh", files=(LaidFile("a", "Giấy hẹn.jpg", "image/jpeg"),)))
    assert (lan.last.kind, lan.last.file, lan.last.text) == ("photo", a_picture(), "Ảnh")
    await channel.send(who, Layout("Tệp", files=(LaidFile("a", 'Giấy "hẹn" 1.pdf', "application/pdf"),)))
    assert (lan.last.kind, lan.last.file_name) == ("document", "Giấy hẹn 1.pdf")
    (attachment,) = channel.read(await lan.sends_photo(a_picture())).attachments
    assert await channel.fetch(attachment, 10**6) == a_picture()
    with pytest.raises(FileRefused, match="too large"):
        await channel.fetch(type(attachment)("photo", attachment.ref), 100)


@pytest.mark.parametrize(
    ("fault", "outcome", "arrived"),
    [
        (TIMEOUT, Outcome.UNKNOWN, 0),
        (LOST_ANSWER, Outcome.UNKNOWN, 1),
        (server_error(502), Outcome.UNKNOWN, 0),
        (refusal("Request Entity Too Large", 413), Outcome.NEVER, 0),
    ],
    ids=str,
)
async def test_trouble_on_the_wire_is_what_it_is(served, fault, outcome, arrived):
    api, channel, _server = served
    lan = api.user(7)
    lan.started = True
    api.fault(fault)
    with pytest.raises(SendFailed) as caught:
        await channel.send(Who("telegram", channel.account, "7"), Layout("?"))
    assert (caught.value.outcome, len(lan.screen)) == (outcome, arrived)


async def test_words_that_are_no_unicode_are_refused_for_good(served):
    api, channel, _server = served
    api.user(7).started = True
    with pytest.raises(SendFailed) as caught:
        await channel.send(Who("telegram", channel.account, "7"), Layout("a\ud800"))
    assert caught.value.outcome is Outcome.NEVER


async def test_a_server_that_is_not_there_was_surely_sent_nothing():
    channel = TelegramChannel(TOKEN, f"http://127.0.0.1:{free_port()}")
    with pytest.raises(SendFailed) as caught:
        await channel.send(Who("telegram", channel.account, "7"), Layout("?"))
    assert caught.value.outcome is Outcome.RETRY
    await channel.stop()


async def test_waiting_for_a_connection_of_the_pool_is_surely_not_sent(site):
    free = asyncio.Event()

    async def hang(_request):
        await free.wait()
        return web.Response()

    site.answer = hang
    client = AiohttpRequest(connections=1, connect_timeout=0.1, read_timeout=5)
    first = asyncio.create_task(client.do_request(site.url, "POST"))
    while not site.hits:
        await asyncio.sleep(0.01)
    with pytest.raises(NotSent):
        await client.do_request(site.url, "POST")
    free.set()
    assert (await first)[0] == 200 and len(site.hits) == 1
    await client.shutdown()


async def test_a_slow_answer_and_a_cut_one_are_unknown(site):
    async def hang(_request):
        await asyncio.sleep(60)

    async def cut(request):
        request.transport.abort()
        return web.Response()

    client = AiohttpRequest(read_timeout=0.1)
    for answer, error in ((hang, TimedOut), (cut, NetworkError)):
        site.answer = answer
        with pytest.raises(error) as caught:
            await client.do_request(site.url, "POST")
        assert not isinstance(caught.value, NotSent)
    await client.shutdown()


async def test_no_redirect_and_no_proxy_of_the_environment_is_followed(site, monkeypatch):
    async def redirect(_request):
        return web.Response(status=302, headers={"Location": f"{site.url}/elsewhere"})

    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{free_port()}")
    monkeypatch.setenv("ALL_PROXY", f"http://127.0.0.1:{free_port()}")
    site.answer = redirect
    client = AiohttpRequest()
    assert (await client.do_request(site.url, "POST"))[0] == 302
    with pytest.raises(FileRefused):
        await client.download(f"{site.url}/file", 100)
    assert [request.path for request in site.hits] == ["/", "/file"]
    await client.shutdown()


@pytest.mark.parametrize(("status", "body", "error"), [(413, b"", BadRequest), (429, b"<html>", Flood), (429, b"[]", Flood)])
async def test_answers_that_the_library_would_misread(site, status, body, error):
    async def answer(_request):
        return web.Response(status=status, body=body)

    site.answer = answer
    client = AiohttpRequest()
    with pytest.raises(error):
        await client.do_request(site.url, "POST")
    await client.shutdown()


@pytest.mark.parametrize("body", [b"<html>", b"[1]", b"\xff\xfe", b""])
async def test_an_answer_that_is_not_json_is_an_error_without_its_words(body, caplog):
    with pytest.raises(TelegramError, match="^Invalid server response$"):
        AiohttpRequest.parse_json_payload(body)
    assert caplog.records == []


async def test_an_endless_or_packed_download_is_cut_off(site):
    async def endless(request):
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(b"x" * 1000)

    async def packed(_request):
        response = web.Response(body=b"0" * 10_000)
        response.enable_compression(web.ContentCoding.gzip)
        response.headers["Content-Encoding"] = "gzip"
        return response

    async def said_too_large(_request):
        return web.Response(body=b"x" * 101)

    client = AiohttpRequest()
    for answer in (endless, packed, said_too_large):
        site.answer = answer
        with pytest.raises(FileRefused, match="too large"):
            await client.download(site.url, 100)
    await client.shutdown()


async def test_a_download_that_breaks_off_is_not_a_file(site):
    async def short(request):
        response = web.StreamResponse(headers={"Content-Length": "100"})
        await response.prepare(request)
        await response.write(b"x" * 50)
        request.transport.abort()
        return response

    async def failing(_request):
        return web.Response(status=500)

    client = AiohttpRequest()
    for answer in (short, failing):
        site.answer = answer
        with pytest.raises(NetworkError):
            await client.download(site.url, 1000)
    await client.shutdown()


async def test_a_client_can_be_closed_and_opened_again(site):
    async def ok(_request):
        return web.Response(body=b"{}")

    site.answer = ok
    client = AiohttpRequest()
    await client.shutdown()
    for _ in range(2):
        await client.initialize()
        await client.initialize()
        assert await client.do_request(site.url, "POST") == (200, b"{}")
        await client.shutdown()
