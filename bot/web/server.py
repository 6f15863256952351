"""The web server: webhooks, health and metrics. It serves no chat page; the demo has its own server."""

from __future__ import annotations

import hmac
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict

from aiohttp import web

from bot import observe
from bot.app import App, Overloaded
from bot.channels.telegram import authentic
from bot.usecases.ports import Counts

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

LARGEST_UPDATE = 2**20
RETRY_AFTER = "5"
TELEGRAM_PATH = "/telegram"


def web_app(
    app: App,
    ready: Callable[[], Awaitable[bool]],
    count: Callable[[], Awaitable[Counts]],
    telegram_secret: str = "",
    metrics_token: str = "",
    more: Sequence[web.RouteDef] = (),
) -> web.Application:
    """Return the aiohttp application. `telegram_secret` "" means polling: then there is no webhook.

    `ready` says whether messages can be stored now; `count` counts what waits and what is open; `more` are the routes of
    other channels.
    """
    server = web.Application(client_max_size=LARGEST_UPDATE)
    server.add_routes(
        [web.get("/healthz", healthz), web.get("/readyz", _readyz(ready)), web.get("/metrics", _metrics(count, metrics_token))]
    )
    if telegram_secret:
        server.add_routes([web.post(TELEGRAM_PATH, telegram_hook(app, telegram_secret))])
    server.add_routes(more)
    return server


async def healthz(request: web.Request) -> web.Response:
    """Answer that the process lives."""
    return web.Response(text="ok\n")


def _readyz(ready: Callable[[], Awaitable[bool]]) -> Handler:
    async def readyz(request: web.Request) -> web.Response:
        if not await ready():
            return web.Response(status=503, text="not ready\n")
        # Messages are still taken, so this is no reason to send them elsewhere.
        late = getattr(ready, "stands_still", False)
        return web.Response(text="ready, but timed work stands still\n" if late else "ready\n")

    return readyz


def _metrics(count: Callable[[], Awaitable[Counts]], token: str) -> Handler:
    async def metrics(request: web.Request) -> web.Response:
        """Answer with every count; to this machine only, or to whoever shows the token.

        What a proxy on this machine passes on comes from elsewhere.
        """
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        from_here = request.remote in ("127.0.0.1", "::1") and not {"X-Forwarded-For", "Forwarded"} & set(request.headers)
        if not (hmac.compare_digest(given.encode(), token.encode()) if token else from_here):
            return web.Response(status=403)
        observe.tell_counts(asdict(await count()))
        return web.Response(body=observe.render_metrics(), headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"})

    return metrics


def telegram_hook(app: App, secret: str) -> Handler:
    """Return the handler of Telegram's webhook: 200 only after the commit, 503 when nothing could be stored (A1, A11)."""

    async def hook(request: web.Request) -> web.Response:
        if not authentic(request.headers, secret):
            return web.Response(status=403)
        raw = await request.read()
        try:
            payload = json.loads(raw)
        except (ValueError, RecursionError):
            payload = None  # It becomes a dead letter, with its body.
        try:
            await app.receive("telegram", payload, raw)
        except Overloaded:
            return web.Response(status=503, headers={"Retry-After": RETRY_AFTER})
        return web.Response()

    return hook
