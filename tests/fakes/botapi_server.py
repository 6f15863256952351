"""The fake Bot API server over HTTP: calls, files, webhooks, and a door for people in another process."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import aiohttp
from aiohttp import web

from tests.fakes.botapi_rules import Broken, Upload

if TYPE_CHECKING:
    from tests.fakes.botapi import FakeBotApi, Lane

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"


class Server:
    """One listening server for one `FakeBotApi`. `pace` shortens the waits between two deliveries of an update (1.0: real)."""

    def __init__(self, api: FakeBotApi) -> None:
        self.api = api
        self.pace = 1.0
        self.url = ""
        self.last_error: dict[str, Any] = {}
        self.deliveries = 0
        self._runner: web.AppRunner | None = None
        self._session: aiohttp.ClientSession | None = None
        self._lanes: dict[Lane, asyncio.Task[None]] = {}
        self._slots = asyncio.Semaphore(40)

    async def start(self, host: str, port: int) -> None:
        """Listen; port 0 takes any free one."""
        app = web.Application(client_max_size=60 * 2**20)
        app.add_routes(
            [
                web.route("*", "/bot{token}/{method}", self._call),
                web.get("/file/bot{token}/{path:.+}", self._file),
                web.get("/control/{user}", self._screen),
                web.post("/control/{user}/{action}", self._act),
            ]
        )
        self._runner = web.AppRunner(app, handler_cancellation=True, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, host, port)
        await site.start()
        self.url = f"http://{host}:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        """Stop listening and delivering."""
        for task in list(self._lanes.values()):
            task.cancel()
        await asyncio.gather(*self._lanes.values(), return_exceptions=True)
        if self._session is not None:
            await self._session.close()
        if self._runner is not None:
            await self._runner.cleanup()
        self.api.server = None

    # What the bot asks for.

    async def _call(self, request: web.Request) -> web.StreamResponse:
        fields: dict[str, Any] = dict(request.query)
        uploads: dict[str, Upload] = {}
        if request.content_type == "application/json":
            fields |= await request.json()
        elif request.can_read_body:
            for name, value in (await request.post()).items():
                if isinstance(value, web.FileField):
                    uploads[name] = Upload(value.filename, value.file.read(), value.content_type)
                else:
                    fields[name] = value
        try:
            status, body = await self.api.answer(request.match_info["token"], request.match_info["method"], fields, uploads)
        except Broken as broken:
            if broken.how == "timeout":
                await asyncio.sleep(3600)
            assert request.transport is not None
            request.transport.abort()
            return web.Response()
        if isinstance(body, bytes):
            return web.Response(status=status, body=body, content_type="text/html")
        return web.Response(status=status, body=json.dumps(body).encode(), content_type="application/json")

    async def _file(self, request: web.Request) -> web.StreamResponse:
        file = self.api.download(request.match_info["token"], request.match_info["path"])
        if file is None:
            return web.json_response({"ok": False, "error_code": 404, "description": "Not Found"}, status=404)
        if file.redirect:
            return web.Response(status=302, headers={"Location": file.redirect})
        return web.Response(body=file.content, content_type="application/octet-stream")

    # What people do, from another process.

    async def _act(self, request: web.Request) -> web.StreamResponse:
        user = self.api.user(int(request.match_info["user"]), name=f"Người {request.match_info['user']}")
        arguments = await request.json() if request.can_read_body else []
        action = getattr(user, request.match_info["action"])
        result = action(*arguments)
        return web.json_response(await result if asyncio.iscoroutine(result) else result)

    async def _screen(self, request: web.Request) -> web.StreamResponse:
        user = self.api.user(int(request.match_info["user"]))
        return web.json_response([asdict(shown) | {"file": None} for shown in user.screen])

    # Webhooks.

    def deliver(self, lane: Lane) -> None:
        """Start to deliver what waits in a lane, unless that is going on; lanes run side by side, each in its order."""
        if lane not in self._lanes:
            self._lanes[lane] = asyncio.create_task(self._deliver(lane))

    async def _deliver(self, lane: Lane) -> None:
        tries = 0
        try:
            while self.api.webhook:
                pending = next((p for p in self.api.alive() if p.lane == lane), None)
                if pending is None:
                    return
                async with self._slots:
                    wait = await self._post(pending.update)
                if wait is None:
                    if pending in self.api.pending:
                        self.api.pending.remove(pending)
                    tries = 0
                    continue
                tries += 1
                # The first repeat comes at once, then after 2, 4, 8 ... up to a minute or two, or as the bot asked.
                doubled = 0.0 if tries == 1 else min(2.0 ** (tries - 1), self.api.chance.uniform(60, 120))
                await asyncio.sleep(max(doubled, wait) * self.pace)
        finally:
            del self._lanes[lane]

    async def _post(self, update: dict[str, Any]) -> float | None:
        """Return None when the bot has confirmed, else the seconds it asked to wait for."""
        hook = self.api.webhook
        self._session = self._session or aiohttp.ClientSession()
        headers = {"Content-Type": "application/json"}
        if hook["secret_token"]:
            headers[SECRET_HEADER] = hook["secret_token"]
        self.deliveries += 1
        try:
            timeout = aiohttp.ClientTimeout(total=60)
            async with self._session.post(
                hook["url"], data=json.dumps(update).encode(), headers=headers, timeout=timeout, allow_redirects=False
            ) as response:
                body = await response.read()
                if response.status // 100 == 2:
                    await self._carry_out(body)
                    return None
                self._failed(f"Wrong response from the webhook: {response.status} {response.reason}")
                return min(3600.0, float(response.headers.get("Retry-After", "0")))
        except (TimeoutError, aiohttp.ClientError) as error:
            self._failed(f"Connection failed: {type(error).__name__}")
            return 0.0

    def _failed(self, why: str) -> None:
        self.last_error = {"last_error_date": self.api.date(), "last_error_message": why}

    async def _carry_out(self, body: bytes) -> None:
        """Carry out a call written into the answer; its result is never told."""
        try:
            call = json.loads(body)
        except ValueError:
            return
        if isinstance(call, dict) and isinstance(call.get("method"), str):
            await self.api.handle(call.pop("method"), call)
