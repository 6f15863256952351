"""How the answers of Zalo's servers are read off the wire, whatever pieces and status they come in."""

from __future__ import annotations

import asyncio
import json

import aiohttp
import pytest
from aiohttp import web

from bot.channels.zalo_http import LARGEST_ANSWER, ZaloHttp
from bot.channels.zalo_oa_errors import NotSent, Unclear
from bot.channels.zalo_oauth import grant_in
from tests.fakes.zalo_oa import utc

NOW = utc(2026, 11, 24, 3)
PAIR = json.dumps({"access_token": "a" * 40, "refresh_token": "r" * 40, "expires_in": "90000"}).encode()


@pytest.fixture
async def server():
    """A server that says what it was told to say: status, and the pieces of the body."""
    said = {}

    async def answer(request: web.Request) -> web.StreamResponse:
        status, pieces, known = said["answer"]
        response = web.StreamResponse(status=status, headers={"Content-Type": "application/json"})
        if known:
            response.content_length = sum(map(len, pieces))
        await response.prepare(request)
        for piece in pieces[:-1]:
            await response.write(piece)
            await said["begun"].wait()
        await response.write(pieces[-1])
        await response.write_eof()
        return response

    app = web.Application()
    app.router.add_post("/call", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    said["url"] = f"http://127.0.0.1:{runner.addresses[0][1]}/call"
    said["begun"] = asyncio.Event()
    yield said
    await runner.cleanup()


async def called(server, status, pieces, known=False):
    server["answer"] = status, pieces, known
    http = ZaloHttp()

    async def begun(*_arguments):
        server["begun"].set()  # The answer has begun to arrive; its other half comes only now.

    trace = aiohttp.TraceConfig()
    trace.on_request_end.append(begun)
    http._session = aiohttp.ClientSession(trace_configs=[trace])
    try:
        async with asyncio.timeout(10):
            return await http.post(server["url"], {}, body={})
    finally:
        await http.stop()


@pytest.mark.parametrize("known", [True, False], ids=["length told", "in chunks"])
async def test_an_answer_in_two_pieces_is_read_to_its_end(server, known):
    answer = await called(server, 200, [PAIR[:20], PAIR[20:]], known)
    assert grant_in(answer, NOW).refresh == "r" * 40  # Half of it would be the loss of the consent.


@pytest.mark.parametrize("body", [b'{"message": "Internal server error"}', b'{"error": 500, "data": {}}', b"<html>"])
async def test_an_error_of_the_server_may_have_been_carried_out_whatever_it_says(server, body):
    with pytest.raises(Unclear):
        await called(server, 500, [body])


@pytest.mark.parametrize("status", [429, 502, 503])
async def test_what_a_gateway_turned_away_was_surely_not_carried_out(server, status):
    with pytest.raises(NotSent):
        await called(server, status, [b"{}"])


async def test_an_endless_answer_is_none(server):
    with pytest.raises(Unclear):
        await called(server, 200, [b"[" + b"1," * LARGEST_ANSWER])
