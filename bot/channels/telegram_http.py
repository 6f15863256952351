"""The Bot API over aiohttp, for python-telegram-bot; keeps "surely not sent" apart from "unknown"."""

from __future__ import annotations

import json
from typing import Any, Protocol
from urllib.parse import urlencode

import aiohttp
from telegram._utils.defaultvalue import DefaultValue
from telegram._utils.types import ODVInput
from telegram.error import BadRequest, NetworkError, TelegramError, TimedOut
from telegram.request import BaseRequest, RequestData

from bot.channels.base import FileRefused
from bot.channels.telegram_errors import Flood, NotSent

CONNECT_SECONDS = 5.0  # For a free connection of the pool and the connecting together: nothing has left by then.
READ_SECONDS = 15.0
UPLOAD_SECONDS = 60.0
IDLE_SECONDS = 15.0  # Unused connections are closed by us first, so that a request does not go out on a dead one.
CHUNK = 64 * 1024
_FORM_FIELDS = {"Content-Type": "application/x-www-form-urlencoded"}


class Downloads(Protocol):
    """What fetches the bytes of a file."""

    async def download(self, url: str, limit: int) -> bytes:
        """Return the body at `url`, at most `limit` bytes; raises `FileRefused` or `telegram.error.NetworkError`."""
        ...


class AiohttpRequest(BaseRequest):
    """One aiohttp session for python-telegram-bot: about twice the throughput of its default client.

    No redirect is followed, no proxy of the environment is used and no cookie kept. One instance serves either long polling
    (`read_timeout` is given by each call) or everything else, never both: a poll would occupy what others wait for.
    """

    def __init__(
        self, connections: int = 32, read_timeout: float = READ_SECONDS, connect_timeout: float = CONNECT_SECONDS
    ) -> None:
        self._connections = connections
        self._read_timeout = read_timeout
        self._connect_timeout = connect_timeout
        self._session: aiohttp.ClientSession | None = None

    @property
    def read_timeout(self) -> float:
        """Seconds to wait for each part of an answer, where a call does not say."""
        return self._read_timeout

    async def initialize(self) -> None:
        """Open the session; needs a running loop. Doing it twice is harmless."""
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=self._connections, keepalive_timeout=IDLE_SECONDS),
                cookie_jar=aiohttp.DummyCookieJar(),
                headers={"User-Agent": "langnghe"},
                trust_env=False,
            )

    async def shutdown(self) -> None:
        """Close every connection; `initialize` opens new ones."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,
        write_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,
        connect_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,
        pool_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        """Return status and body of one call.

        Raises `NotSent` when no connection was had, `TimedOut` and `NetworkError` when the call may have been carried out, and
        what `raise_early` does.
        """
        reading = self._read_timeout if isinstance(read_timeout, DefaultValue) else read_timeout
        connecting = self._connect_timeout if isinstance(connect_timeout, DefaultValue) else connect_timeout
        files = request_data.multipart_data if request_data else {}
        # aiohttp has no limit for writing of its own, so the whole call has one; a small one needs no other clock.
        total = None if reading is None else (connecting or 0) + reading + (UPLOAD_SECONDS if files else 0)
        timeout = aiohttp.ClientTimeout(total=total, connect=connecting, sock_read=reading if files else None)
        await self.initialize()
        assert self._session is not None
        try:
            async with self._session.request(
                method,
                url,
                data=_form(request_data, files),
                headers=None if files else _FORM_FIELDS,
                timeout=timeout,
                allow_redirects=False,
            ) as response:
                body = await response.read()
                raise_early(response.status, body)
                return response.status, body
        except (aiohttp.ConnectionTimeoutError, aiohttp.ClientConnectorError) as error:
            raise NotSent(type(error).__name__) from None
        except UnicodeEncodeError:
            raise BadRequest("strings must be encoded in UTF-8") from None
        except TimeoutError:
            raise TimedOut from None
        except aiohttp.ClientError as error:
            raise NetworkError(type(error).__name__) from None

    async def download(self, url: str, limit: int) -> bytes:
        """Return the body at `url`, read piece by piece and never more than `limit` bytes.

        Raises `FileRefused` when it is larger, gone or elsewhere, `NetworkError` when it may be there the next time.
        """
        timeout = aiohttp.ClientTimeout(total=None, connect=self._connect_timeout, sock_read=self._read_timeout)
        await self.initialize()
        assert self._session is not None
        try:
            async with self._session.get(
                url, timeout=timeout, allow_redirects=False, headers={"Accept-Encoding": "identity"}
            ) as response:
                if response.status in (404, 410) or 300 <= response.status < 400:
                    raise FileRefused("the file is not there")
                if response.status != 200:
                    raise NetworkError(f"status {response.status}")
                if response.headers.get("Content-Encoding", "identity") != "identity" or (response.content_length or 0) > limit:
                    raise FileRefused("the file is too large")
                body = bytearray()
                async for chunk in response.content.iter_chunked(CHUNK):
                    body += chunk
                    if len(body) > limit:
                        raise FileRefused("the file is too large")
                return bytes(body)
        except (TimeoutError, aiohttp.ClientError) as error:
            raise NetworkError(type(error).__name__) from None

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """Return the answer's JSON; raises TelegramError. The library's own would log the whole answer, with people's words."""
        try:
            answer = json.loads(payload)
        except ValueError:
            raise TelegramError("Invalid server response") from None
        if not isinstance(answer, dict):
            raise TelegramError("Invalid server response")
        return answer


def raise_early(status: int, body: bytes) -> None:
    """Raise what the library would understand wrongly: `Flood` for 429, `BadRequest` for an upload that is too large.

    A 429 without a number, as gateways give, would count as unknown; a 413 as network trouble, which is tried again for ever.
    """
    if status == 413:
        raise BadRequest("Request entity too large")
    if status == 429:
        try:
            seconds = float(json.loads(body)["parameters"]["retry_after"])
        except (ValueError, KeyError, TypeError):
            seconds = 5.0
        raise Flood(seconds)


def _form(request_data: RequestData | None, files: dict[str, Any]) -> aiohttp.FormData | bytes | None:
    """Return the fields of a call, as form fields, or as parts where files go along.

    Fields are encoded here: aiohttp makes ready for parts first, with a random boundary, also where there are none.
    """
    if request_data is None:
        return None
    if not files:
        return urlencode(request_data.json_parameters).encode()
    form = aiohttp.FormData(quote_fields=False)  # Telegram shows file names as they come; quoted ones would stay quoted.
    for name, value in request_data.json_parameters.items():
        form.add_field(name, value)
    for name, (filename, content, mime) in files.items():
        form.add_field(name, content, filename=filename, content_type=mime)
    return form
