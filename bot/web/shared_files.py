"""Files of ours under addresses that are good for a while, for messengers that take files by address only.

Whoever has the address has the file, as with every link sent in a chat; so it cannot be guessed, ends soon, and is never logged.
"""

from __future__ import annotations

import asyncio
import hmac
import re
from collections.abc import Callable
from datetime import datetime, timedelta

from aiohttp import web

from bot.dialogue.values import LaidFile
from bot.files import ENDINGS, FileMissing
from bot.web.server import Handler

SHARED_PATH = "/f/{name}"
Sign = Callable[[str], str]

_NAME = re.compile(r"(?P<store>[0-9a-f]{32})-(?P<until>[0-9a-f]{1,9})-(?P<signature>[0-9a-f]{32})(?P<ending>\.[a-z0-9]{2,5})")
_MIMES = {endings[0]: mime for mime, endings in ENDINGS.items()}
_HEADERS = {
    "Cache-Control": "private, no-store",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
}


class SharedFiles:
    """Makes and reads the addresses. `sign` returns the keyed hash of a text, 32 hexadecimal digits."""

    def __init__(self, public_url: str, sign: Sign, clock: Callable[[], datetime]) -> None:
        self._public_url = public_url
        self._sign = sign
        self._clock = clock

    def address(self, file: LaidFile, good_for: timedelta) -> str:
        """Return the address of a file for so long; "" for a type that we do not know."""
        ending = ENDINGS.get(file.mime, ("",))[0]
        until = f"{int((self._clock() + good_for).timestamp()):x}"
        if not ending:
            return ""
        return f"{self._public_url}/f/{file.store}-{until}-{self._sign(_signed(file.store, until, ending))}{ending}"

    def read(self, name: str) -> tuple[str, str] | None:
        """Return the file's name in the store and its type, or None where the address is not ours or has ended."""
        found = _NAME.fullmatch(name)
        if found is None:
            return None
        right = self._sign(_signed(found["store"], found["until"], found["ending"]))
        if not hmac.compare_digest(found["signature"], right) or int(found["until"], 16) < self._clock().timestamp():
            return None
        return found["store"], _MIMES.get(found["ending"], "application/octet-stream")


def shared_file(shared: SharedFiles, get: Callable[[str], bytes]) -> Handler:
    """Return the handler that hands a file out; what is not there, and what has ended, is 404 alike. `get` blocks."""

    async def handle(request: web.Request) -> web.Response:
        named = shared.read(request.match_info["name"])
        if named is None:
            return web.Response(status=404)
        store, mime = named
        try:
            content = await asyncio.to_thread(get, store)
        except FileMissing:
            return web.Response(status=404)
        shown = "inline" if mime.startswith("image/") else "attachment"
        ending = request.match_info["name"].rpartition(".")[2]
        disposition = {"Content-Disposition": f'{shown}; filename="lang-nghe.{ending}"'}
        return web.Response(body=content, content_type=mime, headers=_HEADERS | disposition)

    return handle


def _signed(store: str, until: str, ending: str) -> str:
    return f"{store}-{until}{ending}"
