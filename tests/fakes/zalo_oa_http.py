"""The program's HTTP client with the fake platform behind it: no socket opens."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from bot.channels.base import FileRefused
from bot.channels.zalo_http import Upload, ZaloHttp
from bot.channels.zalo_oa_errors import NotSent, Unclear
from tests.fakes.zalo_oa import Answer, FakeZaloOa


class FakeHttp(ZaloHttp):
    """Asks the fake account directly, through the same reading of answers as over a wire."""

    def __init__(self, api: FakeZaloOa, **rest: Any) -> None:
        super().__init__(**rest)
        self._fake = api

    async def post(self, url: str, headers: Mapping[str, str], *, body: Any = None, form: Mapping[str, str] | None = None) -> Any:
        return self._read(
            self._fake.answer(urlsplit(url).path, headers, form if form is not None else json.loads(json.dumps(body)))
        )

    async def upload(self, url: str, headers: Mapping[str, str], file: Upload) -> Any:
        return self._read(self._fake.answer(urlsplit(url).path, headers, (file.name, file.content)))

    async def download(self, url: str, limit: int) -> bytes:
        content = self._fake.files.get(url)
        if content is None or len(content) > limit:
            raise FileRefused("the file is not there")
        return content

    def _read(self, answer: Answer) -> Any:
        self._tell_limits(answer.headers)
        if answer.broken == "connect" or answer.status in (429, 502, 503):
            raise NotSent(answer.broken or "gateway")
        if answer.broken or answer.status >= 500 or isinstance(answer.body, str):
            raise Unclear(answer.broken or f"status {answer.status}")
        return answer.body
