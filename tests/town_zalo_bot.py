"""A phone with Zalo that writes to a Zalo bot in the town: words, pictures and voice in, numbered text and addresses out."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bot.channels.base import FileRefused
from bot.channels.zalo_bot import ZaloBotChannel
from bot.channels.zalo_bot_http import READ_SECONDS, understood
from bot.channels.zalo_http import ZaloHttp
from bot.program import Program
from bot.serving_zalo_bot import shared_files, zalo_bot_channel
from bot.web.zalo_bot import take_updates
from tests.fakes.zalo_bot import MEDIA, TOKEN, FakeZaloBot, Person

OUR_ADDRESS = "https://bot.example.vn"
SECRET = "mot-tu-bi-mat-cua-webhook"
_ADDRESS = re.compile(rf"{re.escape(OUR_ADDRESS)}/f/\S+")

Opens = Callable[[str], bytes | None]


@dataclass(frozen=True)
class Seen:
    """One message as a person sees it, with the picture in it, or the file at the address in it."""

    text: str
    file: bytes | None = None


class BotPhone:
    """One person; what the platform keeps from bots arrives as nothing but the news that something came.

    `opens` gives what is at an address of our own server, None for nothing.
    """

    def __init__(self, person: Person, opens: Opens) -> None:
        self.id = person.id
        self._person = person
        self._opens = opens
        self._seen: list[Seen] = []

    @property
    def screen(self) -> list[Seen]:
        """What the bot has shown; an address is opened when its message is first looked at."""
        for shown in self._person.screen[len(self._seen) :]:
            address = _ADDRESS.search(shown.text)
            file = shown.photo or (self._opens(address[0]) if address else None)
            self._seen.append(Seen(shown.text, file))
        return self._seen

    async def says(self, text: str) -> None:
        """Type a text."""
        await self._person.says(text)

    async def sends_photos(self, pictures: Sequence[bytes], caption: str = "") -> None:
        """Send pictures, each a message of its own, the words with the first."""
        for number, picture in enumerate(pictures):
            await self._person.sends_photo(picture, "" if number else caption)

    async def sends_voice(self, content: bytes) -> None:
        """Send a voice message."""
        await self._person.sends_voice(content)

    async def shares_contact(self, phone: str) -> None:
        """Type the number: nothing asks for it to be shared here."""
        await self.says(phone)

    async def shares_location(self, latitude: float, longitude: float) -> None:
        """Share a place, of which bots get nothing."""
        await self._person.sends_what_bots_do_not_get()


class FakeClient:
    """What asks Zalo, with the fake platform behind it, through the same reading of answers as over a wire."""

    def __init__(self, api: FakeZaloBot) -> None:
        self._api = api

    async def call(self, method: str, parameters: Mapping[str, Any], seconds: float = READ_SECONDS) -> Any:
        status, body = await self._api.answer(TOKEN, method, json.loads(json.dumps(dict(parameters))))
        return understood(status, json.dumps(body).encode(), {})

    async def close(self) -> None: ...


class FakeDownloads(ZaloHttp):
    """What fetches pictures and voice messages from Zalo's media servers."""

    def __init__(self, api: FakeZaloBot) -> None:
        super().__init__()
        self._api = api

    async def download(self, url: str, limit: int) -> bytes:
        content = self._api.pictures.get(url.removeprefix(f"{MEDIA}/media/"))
        if content is None or len(content) > limit:
            raise FileRefused("the file is not there")
        return content


def zalo_bot(program: Program, api: FakeZaloBot) -> tuple[ZaloBotChannel, Opens]:
    """Return the channel in front of the fake platform, which brings its updates to the program, and what opens our addresses."""
    config = replace(program.config, zalo_bot_token=TOKEN, zalo_bot_secret=SECRET, public_url=OUR_ADDRESS)
    shared = shared_files(config, program)
    channel = zalo_bot_channel(config, program, FakeClient(api), FakeDownloads(api))
    assert shared is not None and channel is not None

    def opens(address: str) -> bytes | None:
        named = shared.read(address.rpartition("/")[2])
        return None if named is None else program.files.get(named[0])

    async def look(address: str) -> bytes | None:
        return await asyncio.to_thread(opens, address)

    async def take(raw: bytes, headers: Mapping[str, str]) -> int:
        return await take_updates(program.app, SECRET, raw, headers)

    api.webhook = {"url": f"{OUR_ADDRESS}/zalo/bot", "secret_token": SECRET}
    api.opens, api.receiver = look, take
    return channel, opens
