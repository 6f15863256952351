"""Zalo's servers over aiohttp; keeps "surely not sent" apart from "unclear"."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, urlsplit

import aiohttp

from bot.channels.base import FileRefused, Outcome, SendFailed
from bot.channels.zalo_oa_errors import NotSent, Unclear

CONNECT_SECONDS = 5.0
READ_SECONDS = 15.0
UPLOAD_SECONDS = 60.0
IDLE_SECONDS = 15.0  # Unused connections are closed by us first, so that a request does not go out on a dead one.
CHUNK = 64 * 1024
LARGEST_ANSWER = 2**20
LIMIT, REMAIN = "X-RateLimit-Limit", "X-RateLimit-Remain"
# A gateway that says so has not passed the call on; 500 and 504 may come from behind it.
_TURNED_AWAY = (429, 502, 503)


@dataclass(frozen=True, slots=True)
class Upload:
    """A file in the field `file` of a multipart call; the server goes by the ending of its name."""

    name: str
    content: bytes
    mime: str


class ZaloHttp:
    """One aiohttp session for everything that goes to Zalo. No redirect is followed, no proxy of the environment used.

    `limits` hears the rate limit of the app and what is left of it in this minute, from the headers of every answer.
    """

    def __init__(self, connections: int = 32, limits: Callable[[int, int], None] = lambda limit, remain: None) -> None:
        self._connections = connections
        self._limits = limits
        self._session: aiohttp.ClientSession | None = None

    async def stop(self) -> None:
        """Close every connection; the next call opens new ones."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def post(self, url: str, headers: Mapping[str, str], *, body: Any = None, form: Mapping[str, str] | None = None) -> Any:
        """Return the JSON answer to a call with a JSON `body` or with `form` fields; raises `NotSent`, `Unclear`."""
        return await self._call(url, headers, READ_SECONDS, json=body, data=form)

    async def upload(self, url: str, headers: Mapping[str, str], file: Upload) -> Any:
        """Return the JSON answer to an upload; raises `NotSent`, `Unclear`."""
        data = aiohttp.FormData(quote_fields=False)
        data.add_field("file", file.content, filename=file.name, content_type=file.mime)
        return await self._call(url, headers, UPLOAD_SECONDS, json=None, data=data)

    async def download(self, url: str, limit: int) -> bytes:
        """Return the body at `url`, read piece by piece and never more than `limit` bytes.

        Raises `FileRefused` when it is larger, gone or elsewhere, `SendFailed` with RETRY when it may be there the next time.
        """
        timeout = aiohttp.ClientTimeout(total=None, connect=CONNECT_SECONDS, sock_read=READ_SECONDS)
        session = self._open()
        try:
            async with session.get(
                url, timeout=timeout, allow_redirects=False, headers={"Accept-Encoding": "identity"}
            ) as response:
                if response.status in (401, 403, 404, 410) or 300 <= response.status < 400:
                    raise FileRefused("the file is not there")
                if response.status != 200:
                    raise SendFailed(Outcome.RETRY, f"status {response.status}")
                if response.headers.get("Content-Encoding", "identity") != "identity" or (response.content_length or 0) > limit:
                    raise FileRefused("the file is too large")
                content = bytearray()
                async for chunk in response.content.iter_chunked(CHUNK):
                    content += chunk
                    if len(content) > limit:
                        raise FileRefused("the file is too large")
                return bytes(content)
        except (TimeoutError, aiohttp.ClientError) as error:
            raise SendFailed(Outcome.RETRY, type(error).__name__) from None

    async def _call(self, url: str, headers: Mapping[str, str], seconds: float, **content: Any) -> Any:
        timeout = aiohttp.ClientTimeout(total=CONNECT_SECONDS + seconds, connect=CONNECT_SECONDS)
        session = self._open()
        body = bytearray()
        try:
            async with session.post(url, headers=headers, timeout=timeout, allow_redirects=False, **content) as response:
                self._tell_limits(response.headers)
                if response.status in _TURNED_AWAY:
                    raise NotSent(f"status {response.status}")
                if response.status >= 500:
                    raise Unclear(f"status {response.status}")  # Whatever it says: it may have been carried out.
                async for chunk in response.content.iter_chunked(CHUNK):
                    body += chunk
                    if len(body) > LARGEST_ANSWER:
                        raise Unclear("too long an answer")
        except (aiohttp.ConnectionTimeoutError, aiohttp.ClientConnectorError) as error:
            raise NotSent(type(error).__name__) from None
        except (TimeoutError, aiohttp.ClientError) as error:
            raise Unclear(type(error).__name__) from None
        try:
            return json.loads(body)
        except (ValueError, RecursionError):
            raise Unclear(f"status {response.status}") from None

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=self._connections, keepalive_timeout=IDLE_SECONDS),
                cookie_jar=aiohttp.DummyCookieJar(),
                headers={"User-Agent": "langnghe"},
                trust_env=False,
            )
        return self._session

    def _tell_limits(self, headers: Mapping[str, str]) -> None:
        limit, remain = headers.get(LIMIT, ""), headers.get(REMAIN, "")
        if limit.isdecimal() and remain.isdecimal():
            self._limits(int(limit), int(remain))


def may_fetch(url: str, hosts: tuple[str, ...]) -> bool:
    """Return whether a file may be fetched from an address that a message names: a server must not be sent anywhere else.

    `hosts` are domains, good for themselves and all names below them, by https on its own port. One with a port in it is good
    as it is written, and by http too: a server of one's own, as tests have it.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    if parts.username is not None or parts.password is not None or not url.isascii() or any(c in url for c in "\\ \t\r\n"):
        return False
    if parts.netloc in hosts and port is not None:
        return parts.scheme in ("http", "https")
    return parts.scheme == "https" and port in (None, 443) and _below(parts, hosts)


def _below(parts: SplitResult, hosts: tuple[str, ...]) -> bool:
    name = (parts.hostname or "").rstrip(".")
    return any(name == host or name.endswith("." + host) for host in hosts if ":" not in host)
