"""The webhook of the Zalo Bot Platform."""

from __future__ import annotations

import json

from aiohttp import web

from bot.app import App, Overloaded
from bot.channels.zalo_bot import authentic
from bot.channels.zalo_bot_read import NAME, updates
from bot.web.server import RETRY_AFTER, Handler

ZALO_BOT_PATH = "/zalo/bot"


def zalo_bot_hook(app: App, secret: str) -> Handler:
    """Return the handler of the webhook: 200 only after the commit, 503 when nothing could be stored.

    An empty body is Zalo's probe at setting the address, at times without the secret: it is answered with 200 and nothing else
    (B5, B6). How soon an answer is wanted is not documented; it comes after one turn and its commit.
    """

    async def hook(request: web.Request) -> web.Response:
        raw = await request.read()
        if not raw.strip():
            return web.Response()
        if not authentic(request.headers, secret):
            return web.Response(status=403)
        try:
            found = updates(json.loads(raw))
        except (ValueError, RecursionError):
            found = None
        try:
            if found is None:
                await app.receive(NAME, None, raw)  # It becomes a dead letter, with its body.
            for update in found or ():
                await app.receive(NAME, update, raw if len(found or ()) == 1 else json.dumps(update).encode())
        except Overloaded:
            return web.Response(status=503, headers={"Retry-After": RETRY_AFTER})
        return web.Response()

    return hook
