"""The fake Zalo Bot Platform over HTTP: calls, public media, and webhook deliveries."""

from __future__ import annotations

import asyncio
import itertools
import json
from typing import TYPE_CHECKING, Any

import aiohttp
from aiohttp import web

if TYPE_CHECKING:
    from tests.fakes.zalo_bot import FakeZaloBot

SECRET_HEADER = "X-Bot-Api-Secret-Token"


class Server:
    """One listening server for one `FakeZaloBot`. `delivered` keeps the HTTP status of every webhook delivery."""

    def __init__(self, platform: FakeZaloBot) -> None:
        self.platform = platform
        self.url = ""
        self.delivered: list[int] = []
        self._runner: web.AppRunner | None = None
        self._session: aiohttp.ClientSession | None = None
        self._enveloped = itertools.cycle([False, True])
        self._with_secret = itertools.cycle([False, True])

    async def start(self) -> None:
        """Listen on any free port."""
        app = web.Application(client_max_size=2**20)
        app.add_routes([web.route("*", "/bot{token}/{method}", self._call), web.get("/media/{name}", self._media)])
        self._runner = web.AppRunner(app, handler_cancellation=True, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        self._session = aiohttp.ClientSession()

    async def stop(self) -> None:
        """Stop listening and delivering."""
        if self._session is not None:
            await self._session.close()
        if self._runner is not None:
            await self._runner.cleanup()
        self.platform.server = None

    async def _call(self, request: web.Request) -> web.StreamResponse:
        fields: dict[str, Any] = dict(request.query)
        if request.content_type == "application/json" and request.can_read_body:
            fields |= await request.json()
        elif request.can_read_body:
            fields |= dict(await request.post())
        method = request.match_info["method"]
        fault = None
        if self.platform.faults and self.platform.faults[0][0] in ("", method):
            fault = self.platform.faults.popleft()[1]
        if fault is not None and not fault.cut:
            if fault.html:
                return web.Response(status=fault.status, text=fault.html, content_type="text/html")
            answer = {"ok": False, "error_code": fault.status, "description": f"error of {request.match_info['token']}"}
            headers = {"Retry-After": str(fault.retry_after)} if fault.retry_after is not None else {}
            return web.json_response(answer, status=200 if fault.quietly else fault.status, headers=headers)
        status, body = await self.platform.answer(request.match_info["token"], method, fields)
        if fault is not None:
            assert request.transport is not None
            request.transport.abort()
        return web.Response(status=status, body=json.dumps(body).encode(), content_type="application/json")

    async def _media(self, request: web.Request) -> web.StreamResponse:
        content = self.platform.pictures.get(request.match_info["name"])
        if content is None:
            return web.Response(status=404)
        kind = {"jpg": "image/jpeg", "png": "image/png"}.get(request.match_info["name"].rpartition(".")[2])
        return web.Response(body=content, content_type=kind or "application/octet-stream")

    async def look_at(self, url: str) -> bytes | None:
        """Fetch a picture that the bot named, as the platform does; None where it is none."""
        assert self._session is not None
        try:
            async with self._session.get(url, allow_redirects=False) as response:
                good = response.status == 200 and response.content_type in ("image/jpeg", "image/png")
                return await response.read() if good else None
        except (aiohttp.ClientError, ValueError):
            return None

    async def probe(self) -> int:
        """Try the webhook as at setting it: an empty body without a type, now with the secret and now without."""
        assert self._session is not None
        secret = self.platform.webhook["secret_token"]
        headers = {SECRET_HEADER: secret} if next(self._with_secret) else {}
        async with self._session.post(
            self.platform.webhook["url"], headers=headers, skip_auto_headers=["Content-Type"]
        ) as response:
            return response.status

    async def deliver(self, update: dict[str, Any]) -> None:
        """Deliver an update, bare or in an envelope; what is not taken is brought again, as at-least-once delivery means."""
        assert self._session is not None
        body = {"ok": True, "result": update} if next(self._enveloped) else update
        headers = {SECRET_HEADER: self.platform.webhook["secret_token"]}
        for _try in range(20):
            async with self._session.post(self.platform.webhook["url"], json=body, headers=headers) as response:
                self.delivered.append(response.status)
                if response.status == 200:
                    return
            await asyncio.sleep(0.02)
