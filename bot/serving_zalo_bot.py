"""The Zalo bot of an installation: its channel, its routes, and taking its messages."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

from aiohttp import web

from bot.catalogue import Catalogue
from bot.channels.zalo_bot import Webhook, Words, ZaloBotChannel
from bot.channels.zalo_bot_http import Client
from bot.channels.zalo_bot_polling import POLL_SECONDS, ZaloBotPoller
from bot.channels.zalo_http import ZaloHttp
from bot.config import Config
from bot.dialogue.values import LaidFile
from bot.program import Program
from bot.text import _
from bot.web.shared_files import SHARED_PATH, SharedFiles, shared_file
from bot.web.zalo_bot import ZALO_BOT_PATH, zalo_bot_hook
from handlers.menu import GROUP_LINES
from storage.seal import lookup

LANGUAGE = "vi"  # Zalo says nothing of a reader's language.
STOP_SECONDS = POLL_SECONDS + 1.0


def zalo_bot_channel(
    config: Config, program: Program, client: Client | None = None, downloads: ZaloHttp | None = None
) -> ZaloBotChannel | None:
    """Return the channel, None where there is no token; `client` and `downloads` where it is not to talk to Zalo itself."""
    if not config.zalo_bot_token:
        return None
    said = Catalogue().translator(LANGUAGE)
    words = Words(
        group=" ".join(filter(None, [said(GROUP_LINES), config.zalo_bot_link])),
        ask_us=said(
            _("There is a file for you that this chat cannot carry. Ask for it by telephone: {phone}.")(
                phone=config.contact_phone
            )
            if config.contact_phone
            else _("There is a file for you that this chat cannot carry. Please ask the office for it.")
        ),
        fetch_it=said(_("There is a file for you. Fetch it within three days, the address is for you alone:")),
    )
    shared = shared_files(config, program)

    def file_url(file: LaidFile, good_for: timedelta) -> str:
        return shared.address(file, good_for) if shared is not None else ""

    return ZaloBotChannel(
        config.zalo_bot_token,
        config.zalo_bot_api_url,
        client,
        clock=program.clock,
        file_url=file_url,
        words=words,
        downloads=downloads,
        file_hosts=config.zalo_file_hosts,
    )


def zalo_bot_routes(program: Program) -> Sequence[web.RouteDef]:
    """Return what the web server answers for the Zalo bot: its webhook, and the files it sends by address."""
    config, shared = program.config, shared_files(program.config, program)
    if not config.zalo_bot_token or shared is None:
        return ()
    return (
        web.post(ZALO_BOT_PATH, zalo_bot_hook(program.app, config.zalo_bot_secret)),
        web.get(SHARED_PATH, shared_file(shared, program.files.get)),
    )


@asynccontextmanager
async def taking_from_zalo_bot(program: Program, channel: ZaloBotChannel) -> AsyncIterator[None]:
    """Tell Zalo where updates go, and poll where there is no webhook; at the end, let the poll that is out come back."""
    config = program.config
    webhook = Webhook(config.public_url + ZALO_BOT_PATH, config.zalo_bot_secret) if config.public_url else None
    await channel.start(webhook)
    poller = None
    if webhook is None:

        async def receive(payload: Any, raw: bytes) -> None:
            await program.app.receive(channel.name, payload, raw)

        poller = ZaloBotPoller(channel, receive)
    task = asyncio.create_task(_poll(channel, poller), name="zalo bot poller") if poller is not None else None
    try:
        yield
    finally:
        if poller is not None and task is not None:
            await poller.stop()
            if not channel.started.is_set():
                task.cancel()
            await asyncio.wait([task], timeout=STOP_SECONDS)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


async def _poll(channel: ZaloBotChannel, poller: ZaloBotPoller) -> None:
    """Poll once Zalo has heard that there is no webhook; before, every call would be refused."""
    await channel.started.wait()
    await poller.run()


def shared_files(config: Config, program: Program) -> SharedFiles | None:
    """Return what makes and reads the addresses of files, None where the internet does not reach us."""
    if not config.public_url:
        return None
    return SharedFiles(config.public_url, lambda text: lookup(program.lookup_key, "shared file", text), program.clock)
