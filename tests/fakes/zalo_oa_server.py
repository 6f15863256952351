"""The fake Official Account over HTTP: calls, tokens, files, and events brought to a webhook with Zalo's retries."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any

import aiohttp
from aiohttp import web

from tests.fakes.zalo_oa import FakeZaloOa

RETRY_SECONDS = (30, 300, 900, 1800, 3600)
ANSWER_SECONDS = 2.0


class Server:
    """One listening server for one account. `statuses` keeps the answer to every delivery, 0 where none came within two seconds.

    `pace` shortens the waits between two deliveries (1.0: real). After the last failure the webhook is `disabled`.
    """

    def __init__(self, api: FakeZaloOa, pace: float = 1.0) -> None:
        self.api = api
        self.pace = pace
        self.url = ""
        self.hook = ""
        self.disabled = False
        self.statuses: list[int] = []
        self.echoes: list[asyncio.Task[int]] = []
        self._runner: web.AppRunner | None = None
        self._session: aiohttp.ClientSession | None = None

    async def start(self) -> None:
        """Listen on any free port, and bring the account's events from here on."""
        app = web.Application(client_max_size=10 * 2**20)
        app.add_routes([web.get("/example/{name}", self._file), web.post("/{path:.*}", self._call)])
        self._runner = web.AppRunner(app, handler_cancellation=True, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = self.api.file_host = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=ANSWER_SECONDS))
        self.api.receiver = self.deliver

    async def stop(self) -> None:
        """Stop listening and delivering."""
        for task in self.echoes:
            task.cancel()
        await asyncio.gather(*self.echoes, return_exceptions=True)
        if self._session is not None:
            await self._session.close()
        if self._runner is not None:
            await self._runner.cleanup()

    async def deliver(self, raw: bytes, headers: Mapping[str, str]) -> int:
        """Bring one event until it is answered with 200, five times more at most; return the last status."""
        status = await self._bring(raw, headers)
        for retry, seconds in enumerate(RETRY_SECONDS, 1):
            if status == 200:
                return status
            await asyncio.sleep(seconds * self.pace)
            status = await self._bring(raw, {**headers, "num_retry": str(retry)})
        self.disabled = status != 200
        return status

    async def _bring(self, raw: bytes, headers: Mapping[str, str]) -> int:
        assert self._session is not None
        try:
            async with self._session.post(self.hook, data=raw, headers=headers, allow_redirects=False) as response:
                self.statuses.append(response.status)
        except (TimeoutError, aiohttp.ClientError):
            self.statuses.append(0)
        return self.statuses[-1]

    async def _call(self, request: web.Request) -> web.StreamResponse:
        body: Any
        if request.content_type == "application/json":
            body = await request.json()
        else:
            form = await request.post()
            file = form.get("file")
            body = (file.filename, file.file.read()) if isinstance(file, web.FileField) else dict(form)
        answer = self.api.answer(request.path, request.headers, body)
        if request.path.endswith("/message/cs") and isinstance(answer.body, dict) and not answer.body["error"]:
            # Whatever the account says comes back to it, and so does the receipt.
            for name in ("oa_echo_oa_send_text", "oa_user_received_message"):
                event = self.api.event(name, body["recipient"]["user_id"])
                self.echoes.append(asyncio.create_task(self.api.send_event(event)))
        if answer.broken:
            assert request.transport is not None
            request.transport.abort()
            return web.Response()
        if isinstance(answer.body, str):
            return web.Response(status=answer.status, text=answer.body, content_type="text/html")
        # Zalo answers in JSON whatever its header says.
        return web.Response(status=answer.status, text=json.dumps(answer.body), content_type="text/json", headers=answer.headers)

    async def _file(self, request: web.Request) -> web.StreamResponse:
        content = self.api.files.get(self.url + request.path)
        return web.Response(status=404) if content is None else web.Response(body=content)
