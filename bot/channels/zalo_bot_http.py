"""The Zalo Bot Platform over aiohttp: one call, and what its answer means.

The bot's token stands in the address of every call. So no address is ever logged, counted or put into an exception, and what
aiohttp raises, which may quote it, never leaves this file.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Protocol

import aiohttp

API = "https://bot-api.zaloplatforms.com"
CONNECT_SECONDS = 5.0
READ_SECONDS = 15.0
IDLE_SECONDS = 15.0
TIMED_OUT = 408  # Also what a poll that ends without news answers. Source: B2, B3.


class Refused(Exception):
    """The answer was no. `code` is its error_code, or the HTTP status; `wait` what it asked to wait, in seconds, if it did.

    `by_zalo`: it had the platform's form; any other comes from a gateway, or from an address where the platform is no more.
    """

    def __init__(self, code: int, wait: float | None = None, by_zalo: bool = True) -> None:
        super().__init__(f"Zalo answered {code}")
        self.code = code
        self.wait = wait
        self.by_zalo = by_zalo


class NotSent(Exception):
    """No connection was had: the call surely did not leave."""


class Unclear(Exception):
    """The call may have been carried out; what came back does not say."""


class Client(Protocol):
    """What asks Zalo."""

    async def call(self, method: str, parameters: Mapping[str, Any], seconds: float = READ_SECONDS) -> Any:
        """Return the result of one call; raises `Refused`, `NotSent`, `Unclear`."""
        ...

    async def close(self) -> None:
        """Close every connection."""
        ...


class AiohttpClient:
    """One aiohttp session, opened at the first call: no redirect is followed, no proxy of the environment used, no cookie."""

    def __init__(self, token: str, api_url: str = API) -> None:
        self._address = f"{api_url.rstrip('/')}/bot{token}/"
        self._session: aiohttp.ClientSession | None = None

    async def call(self, method: str, parameters: Mapping[str, Any], seconds: float = READ_SECONDS) -> Any:
        """Return the result of one call (None where there is none); `seconds` in all, connecting apart."""
        timeout = aiohttp.ClientTimeout(total=CONNECT_SECONDS + seconds, connect=CONNECT_SECONDS)
        try:
            async with self._opened().post(
                self._address + method, json=dict(parameters), timeout=timeout, allow_redirects=False
            ) as response:
                return understood(response.status, await response.read(), response.headers)
        except (aiohttp.ConnectionTimeoutError, aiohttp.ClientConnectorError) as error:
            raise NotSent(type(error).__name__) from None
        except (TimeoutError, aiohttp.ClientError, UnicodeError) as error:
            raise Unclear(type(error).__name__) from None

    async def close(self) -> None:
        """Close every connection; another call opens new ones."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=16, keepalive_timeout=IDLE_SECONDS),
                cookie_jar=aiohttp.DummyCookieJar(),
                headers={"User-Agent": "langnghe"},
                trust_env=False,
            )
        return self._session


def understood(status: int, body: bytes, headers: Mapping[str, str]) -> Any:
    """Return the result in an answer; raises `Refused` or `Unclear`.

    An error may come with its own HTTP status or with 200, so both are looked at (B1, B2, B3). What is not JSON comes from
    a gateway: above 500 it leaves open what became of the call, below it is a no.
    """
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        answer = None
    if isinstance(answer, dict) and answer.get("ok") is True and status < 300:
        return answer.get("result")
    code = answer.get("error_code") if isinstance(answer, dict) else None
    code = code if type(code) is int and code >= 400 else status
    if code < 400 or code >= 500:
        raise Unclear(f"status {code}")
    by_zalo = isinstance(answer, dict) and ("ok" in answer or "error_code" in answer)
    raise Refused(code, _asked(answer, headers), by_zalo)


def _asked(answer: Any, headers: Mapping[str, str]) -> float | None:
    """Return the seconds to wait that an answer names; none is documented, but a gateway may name some."""
    parameters = answer.get("parameters") if isinstance(answer, dict) else None
    named = parameters.get("retry_after") if isinstance(parameters, dict) else headers.get("Retry-After")
    try:
        seconds = float(named)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return None
    return seconds if 0 < seconds < 86_400 else None
