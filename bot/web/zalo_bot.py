"""The webhook of the Zalo Bot Platform."""

from __future__ import annotations

import json
from collections.abc import Mapping

from aiohttp import web

from bot.app import App, Overloaded
from bot.channels.zalo_bot import authentic
from bot.channels.zalo_bot_read import NAME, updates
from bot.web.server import RETRY_AFTER, Handler

ZALO_BOT_PATH = "/zalo/bot"


async def take_updates(app: App, secret: str, raw: bytes, headers: Mapping[str, str]) -> int:
    """Return the status to answer a webhook call with: 200 only after the commit, 503 when nothing could be stored.

    An empty body, or an empty object, is Zalo's probe at setting the address, at times without the secret: it is answered 200
    and nothing else happens (B5, B6). How soon an answer is wanted is not documented; it comes after one turn and its commit.
    """
    if raw.strip() in (b"", b"{}"):
        return 200
    if not authentic(headers, secret):
        return 403
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
        return 503
    return 200


def zalo_bot_hook(app: App, secret: str) -> Handler:
    """Return the handler of the webhook; see `take_updates`."""

    async def hook(request: web.Request) -> web.Response:
        status = await take_updates(app, secret, await request.read(), request.headers)
        return web.Response(status=status, headers={"Retry-After": RETRY_AFTER} if status == 503 else None)

    return hook
