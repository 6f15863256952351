"""The webhook of a Zalo Official Account, and the page to which its admin comes back after consenting.

Zalo must have its 200 within two seconds, or it calls again after 30 seconds, 5, 15, 30 minutes and an hour, and after that turns
the webhook off until a human turns it on again. Source: Zalo for developers, webhook of the Official Account.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import html
import json
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import structlog
from aiohttp import web

from bot.app import App, Overloaded
from bot.channels.zalo_oa_read import PLATFORM, TEST_MESSAGE

log = structlog.get_logger()

HOOK_PATH = "/zalo/oa"
LOGIN_PATH = "/zalo/login"
SIGNATURE = "X-ZEvent-Signature"
LARGEST_EVENT = 2**18
# Of the two seconds, what is left is for the way here and back, and for the queue in front of us.
ANSWER_WITHIN = 1.2
# A retry comes up to 1 hour 50 minutes later with the same timestamp, and repeats are known by their keys for ever; this is for
# what was overheard, never arrived and is brought much later.
OLDEST, NEWEST = timedelta(days=1), timedelta(hours=1)
RETRY_AFTER = "5"

_TIMESTAMP = re.compile(rb'"timestamp"\s*:\s*"?([0-9]{1,20})(?=["\s,}])')
_MOST_TIMESTAMPS = 8
_HEX = re.compile(r"[0-9a-f]{64}")

Finish = Callable[[str, str, str], Awaitable[str]]
"""Takes code, account and state of a consent, and returns a sentence for the admin."""


@dataclass(frozen=True, slots=True)
class ZaloKeys:
    """What tells that Zalo calls, and for us: our app, our account, and the OA Secret Key (not the app's secret)."""

    app_id: str
    account: str
    oa_secret: str = field(repr=False)


def authentic(raw: bytes, given: str, keys: ZaloKeys) -> bool:
    """Return whether an event is signed with our key, compared in constant time; before anything of it is parsed.

    The signature is the plain SHA-256 of app id, raw body, timestamp and key. The timestamp stands in the body, so every place
    that looks like one is tried: whichever fits, only who has the key can have signed it. Without a key nothing is authentic.
    """
    digest = given.removeprefix("mac=").lower()
    if not keys.oa_secret or not _HEX.fullmatch(digest):
        return False
    begun = hashlib.sha256(keys.app_id.encode() + raw)
    found = False
    for place, match in enumerate(_TIMESTAMP.finditer(raw)):
        if place == _MOST_TIMESTAMPS:
            break
        whole = begun.copy()
        whole.update(match[1] + keys.oa_secret.encode())
        found |= hmac.compare_digest(whole.hexdigest(), digest)
    return found


class ZaloHook:
    """Takes the events of one account."""

    def __init__(self, app: App, keys: ZaloKeys, answer_within: float = ANSWER_WITHIN) -> None:
        self._app = app
        self._keys = keys
        self._answer_within = answer_within

    async def take(self, raw: bytes, headers: Mapping[str, str]) -> int:
        """Return the status to answer with: 200 only after the commit, 503 where nothing could be stored in time.

        An empty object is what Zalo sends when the address is saved, signed or not: 200, and nothing is done. So is what Zalo
        itself has signed and we have no use for, as an event of another account of the app: too many refusals turn the webhook
        off. What comes from our future, since this machine's clock is slow, is 503, to be brought again.
        """
        if self._app.overloaded:
            return 503  # Before anything is looked at: what is refused must not hold up what is taken.
        given = headers.get(SIGNATURE, "")
        if raw.strip() in (b"", b"{}"):
            return 200
        if not authentic(raw, given, self._keys):
            return 403
        try:
            event = json.loads(raw)
        except (ValueError, RecursionError):
            return 403
        if not isinstance(event, dict) or str(event.get("app_id")) != self._keys.app_id:
            return 403
        if not self._is_of_our_account(event):
            log.warning("an event of Zalo is of another account of the app; nothing is done")
            return 200
        age = self._age(event)
        if age is None:
            return 403
        if age < -NEWEST:
            log.error("an event of Zalo is of the future: this machine's clock is slow")
            return 503
        if age > OLDEST:
            log.warning("an event of Zalo is very old; nothing is done")
            return 200
        return await self._stored(event, raw)

    def _is_of_our_account(self, event: Mapping[str, Any]) -> bool:
        """Whether an event names our account wherever it names one."""
        named = [event.get("oa_id")] + [each.get("id") for each in _people(event)]
        named = [str(one) for one in named if one]
        return self._keys.account in named or not (event.get("oa_id") or (event.get("sender") and event.get("recipient")))

    def _age(self, event: Mapping[str, Any]) -> timedelta | None:
        """Return how long ago an event was signed, None for no time at all; the console's Test button sends one of 2021."""
        message = event.get("message")
        if isinstance(message, dict) and message.get("msg_id") == TEST_MESSAGE:
            return timedelta(0)
        timestamp = str(event.get("timestamp"))
        if not (timestamp.isascii() and timestamp.isdecimal()):
            return None
        return timedelta(seconds=self._app.clock().timestamp() - int(timestamp) / 1000)

    async def _stored(self, event: Any, raw: bytes) -> int:
        taking = asyncio.ensure_future(self._app.receive(PLATFORM, event, raw))
        done, _late = await asyncio.wait({taking}, timeout=self._answer_within)
        if not done:
            # It is not cut short: if it lands after all, the repeat is known by its key.
            taking.add_done_callback(_look_at)
            log.error("an event of Zalo could not be stored in time")
            return 503
        try:
            taking.result()
        except Overloaded:
            return 503
        return 200


def _people(event: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [each for each in (event.get("sender"), event.get("recipient")) if isinstance(each, dict)]


def _look_at(task: asyncio.Task[None]) -> None:
    if not task.cancelled():
        task.exception()


def routes(hook: ZaloHook, finish: Finish, site_verification: str = "") -> list[web.RouteDef]:
    """Return the routes of an Official Account.

    `finish(code, oa_id, state)` takes a consent and returns a sentence for the admin. `site_verification` is the word by which
    Zalo sees that the address is ours: it stands in the head of the home page.
    """

    async def take(request: web.Request) -> web.Response:
        if (request.content_length or 0) > LARGEST_EVENT:
            return web.Response(status=413)
        status = await hook.take(await request.read(), request.headers)
        return web.Response(status=status, headers={"Retry-After": RETRY_AFTER} if status == 503 else None)

    async def probe(request: web.Request) -> web.Response:
        return web.Response()

    async def consented(request: web.Request) -> web.Response:
        said = await finish(*(request.query.get(name, "")[:2000] for name in ("code", "oa_id", "state")))
        return _page(said)

    async def home(request: web.Request) -> web.Response:
        return _page("Lắng Nghe", f'<meta name="zalo-platform-site-verification" content="{html.escape(site_verification)}">')

    found = [web.post(HOOK_PATH, take), web.get(HOOK_PATH, probe), web.get(LOGIN_PATH, consented, allow_head=False)]
    return [*found, web.get("/", home)] if site_verification else found


def _page(words: str, head: str = "") -> web.Response:
    page = (
        f'<!doctype html><html lang="vi"><meta charset="utf-8"><title>Lắng Nghe</title>{head}<p>{html.escape(words)}</p></html>'
    )
    headers = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "Content-Security-Policy": "default-src 'none'"}
    return web.Response(text=page, content_type="text/html", headers=headers)
