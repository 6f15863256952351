"""python-telegram-bot's HTTP client without a socket."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from telegram._utils.types import ODVInput
from telegram.error import NetworkError, TimedOut
from telegram.request import BaseRequest, RequestData

from bot.channels.base import FileRefused
from bot.channels.telegram_errors import NotSent
from bot.channels.telegram_http import raise_early
from tests.fakes.botapi_rules import Broken, Upload

if TYPE_CHECKING:
    from tests.fakes.botapi import FakeBotApi


class FakeRequest(BaseRequest):
    """python-telegram-bot's HTTP client without a socket: it asks the fake server in this process."""

    def __init__(self, api: FakeBotApi) -> None:
        self.api = api
        self.opened = 0
        self.downloaded: list[str] = []

    @property
    def read_timeout(self) -> float:
        """Seconds; nothing waits here."""
        return 5.0

    async def initialize(self) -> None:
        """Count how often it was opened."""
        self.opened += 1

    async def shutdown(self) -> None:
        """Do nothing."""

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
        """Return what the server answers; raises as the real client does."""
        match = re.fullmatch(r"/bot([^/]+)/(\w+)", urlsplit(url).path)
        assert match is not None, "not an address of the Bot API"
        files = request_data.multipart_data if request_data else {}
        uploads = {name: Upload(value[0], _bytes(value[1]), value[2]) for name, value in files.items()}
        fields = request_data.json_parameters if request_data else {}
        try:
            status, answer = await self.api.answer(match[1], match[2], fields, uploads)
        except Broken as broken:
            raise {"connect": NotSent("no connection"), "timeout": TimedOut()}.get(broken.how, NetworkError("cut")) from None
        body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        raise_early(status, body)
        return status, body

    async def download(self, url: str, limit: int) -> bytes:
        """Return a file's bytes as the real client does."""
        self.downloaded.append(url)
        match = re.fullmatch(r"/file/bot([^/]+)/(.+)", urlsplit(url).path)
        file = self.api.download(match[1], match[2]) if match else None
        if file is None or file.redirect:
            raise FileRefused("the file is not there")
        if len(file.content) > limit:
            raise FileRefused("the file is too large")
        return file.content


def _bytes(content: Any) -> bytes:
    return content if isinstance(content, bytes) else content.read()
