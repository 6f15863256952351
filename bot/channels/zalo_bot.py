"""Zalo Bot Platform: private chats with a bot that has no buttons, no uploads, and sees words, pictures and voice only."""

from __future__ import annotations

import asyncio
import hmac
import random
import unicodedata
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import structlog

from bot.channels.base import Capabilities, FileRefused, Outcome, SendFailed
from bot.channels.clean import clean_line
from bot.channels.zalo_bot_http import API, AiohttpClient, Client, NotSent, Refused, Unclear
from bot.channels.zalo_bot_read import NAME, read_update, updates
from bot.channels.zalo_http import ZaloHttp, may_fetch
from bot.dialogue.layout import packed
from bot.dialogue.values import Attachment, Inbound, LaidFile, Layout, Who

log = structlog.get_logger(__name__)

SECRET_HEADER = "X-Bot-Api-Secret-Token"  # noqa: S105
# 2000 are allowed (B1, B2, B3, B9). Nobody knows whether an emoji counts once or twice, and a message sent again is marked.
TEXT_LIMIT = 1900
PICTURES = ("image/jpeg", "image/png")
# Where the addresses of pictures and voice were seen to lead (B6, S13); nothing is ever fetched from elsewhere.
MEDIA_HOSTS = ("zdn.vn", "zadn.vn", "zaloapp.com")
COURTESY_EVERY = timedelta(hours=1)
LONGEST_WAIT = 30.0
# A 403 is documented as trouble of the server, and others take it for a refused token: a few times it is the one, then the other.
MOST_FORBIDDEN = 5
FLOOD_WAIT = timedelta(seconds=5)
LONGEST_FLOOD = timedelta(hours=1)

# Zalo fetches a picture when it is sent; a person opens an address when he has time.
FOR_ZALO = timedelta(minutes=15)
FOR_A_PERSON = timedelta(days=3)

Sleep = Callable[[float], Awaitable[None]]
FileUrl = Callable[[LaidFile, timedelta], str]


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where Zalo is to deliver updates, and the word it proves itself with, 8 to 256 characters."""

    url: str
    secret: str


@dataclass(frozen=True, slots=True)
class Words:
    """What this channel says of its own, for want of a language of the reader in Vietnamese.

    `group` is the one line said in groups. `ask_us` stands in place of a file that cannot be sent here, `fetch_it` before the
    address under which it can be fetched.
    """

    group: str = ""
    ask_us: str = ""
    fetch_it: str = ""


def utc_now() -> datetime:
    """Return the instant now, aware."""
    return datetime.now(UTC)


def authentic(headers: Mapping[str, str], secret: str) -> bool:
    """Return whether a webhook call carries our secret, compared in constant time. Without a secret nothing is authentic."""
    given = headers.get(SECRET_HEADER, "").encode("utf-8", "surrogateescape")
    return bool(secret) and hmac.compare_digest(given, secret.encode())


class ZaloBotChannel:
    """Private chats with our Zalo bot; every menu is numbered lines.

    `file_url` gives an address of our own server, good for so long, under which a file of our store can be fetched, or ""
    where the internet does not reach us: Zalo takes pictures by address only, and other files not at all. `clock` dates waits.
    """

    name = NAME
    can = Capabilities(messenger="Zalo", text_limit=TEXT_LIMIT, buttons=False)

    def __init__(
        self,
        token: str,
        api_url: str = API,
        client: Client | None = None,
        clock: Callable[[], datetime] | None = None,
        file_url: FileUrl | None = None,
        words: Words | None = None,
        sleep: Sleep = asyncio.sleep,
        downloads: ZaloHttp | None = None,
        file_hosts: tuple[str, ...] = MEDIA_HOSTS,
    ) -> None:
        self.client = client or AiohttpClient(token, api_url)
        self.account = token.partition(":")[0]
        self.bot_name = ""
        self.started = asyncio.Event()
        self._now = clock or utc_now
        self._file_url = file_url or (lambda file, good_for: "")
        self._words = words or Words()
        self._sleep = sleep
        # A server of one's own, as tests have it, keeps its pictures itself.
        self._file_hosts = file_hosts if api_url == API else (*file_hosts, urlsplit(api_url).netloc)
        self._downloads = downloads or ZaloHttp(connections=4)
        self._in_groups: dict[str, datetime] = {}
        self._forbidden = 0
        self._floods = 0
        self._flood_wait = timedelta()
        self._flood_until = datetime.min.replace(tzinfo=UTC)
        self._starting: asyncio.Task[None] | None = None

    # What every channel offers.

    def read(self, payload: Any) -> Inbound | None:
        """Return what an update says, or None where it concerns us not; see `read_update`."""
        return read_update(payload, self.account)

    async def send(self, who: Who, layout: Layout) -> str:
        """Send one message and its files, and return the id of the first; raises `SendFailed`.

        A picture goes out with the text as its caption. Where more than one message is needed and a later one fails, the
        outcome is UNKNOWN instead of RETRY, as the first has arrived.
        """
        texts, pictures = self._parts(layout)
        calls: list[Callable[[], Awaitable[str]]] = []
        if len(pictures) == len(texts) == 1:
            calls.append(partial(self._send_picture, who.chat, pictures[0], texts[0]))
        else:
            calls += [partial(self._call, who.chat, "sendMessage", text=text) for text in texts]
            calls += [partial(self._send_picture, who.chat, picture) for picture in pictures]
        if not calls:
            raise SendFailed(Outcome.NEVER, "the message is empty")
        first = ""
        for number, call in enumerate(calls):
            try:
                sent = await call()
            except SendFailed as failed:
                if number and failed.outcome is Outcome.RETRY:
                    failed.outcome = Outcome.UNKNOWN
                raise
            first = first or sent
        return first

    async def fetch(self, attachment: Attachment, limit: int) -> bytes:
        """Return the bytes of a file, at most `limit`, from Zalo's own media servers (`file_hosts`) only.

        Raises `FileRefused` for good and `SendFailed` with RETRY for now.
        """
        if not may_fetch(attachment.ref, self._file_hosts):
            raise FileRefused("the file is on another server")
        return await self._downloads.download(attachment.ref, limit)

    async def acknowledge(self, inbound: Inbound) -> None:
        """Do nothing: there are no buttons."""

    async def courtesy(self, payload: Any) -> None:
        """Say the one line in a group, at most once an hour for each; keeps the group's id in memory only. Never raises."""
        now = self._now()
        try:
            message = updates(payload)[0]["message"]
            chat = message["chat"]
            group = str(chat["id"])
            if chat["chat_type"] != "GROUP" or message["from"].get("is_bot") is True:
                return
        except (KeyError, TypeError, AttributeError, IndexError):
            return
        self._in_groups = {known: said for known, said in self._in_groups.items() if now - said < COURTESY_EVERY}
        if not self._words.group or group in self._in_groups:
            return
        self._in_groups[group] = now
        try:
            await self.client.call("sendMessage", {"chat_id": group, "text": f"{self._words.group} {self.bot_name}".strip()})
        except (Refused, NotSent, Unclear) as error:
            log.debug("a group was not answered", why=type(error).__name__)

    # What Zalo needs besides.

    async def start(self, webhook: Webhook | None = None) -> None:
        """Return, and tell Zalo in the background where updates go, until it hears it; without `webhook` they are for polling.

        `started` is set when that is done.
        """
        self._starting = asyncio.create_task(self._introduce(webhook))

    async def stop(self) -> None:
        """Close the clients."""
        if self._starting is not None:
            self._starting.cancel()
            await asyncio.gather(self._starting, return_exceptions=True)
        await self.client.close()
        await self._downloads.stop()

    # How it is done.

    async def _introduce(self, webhook: Webhook | None) -> None:
        tries = 0
        while not self.started.is_set():
            wait = None
            try:
                me = await self.client.call("getMe", {})
                self.bot_name = str(me.get("account_name") or "") if isinstance(me, dict) else ""
                await (self._forget_webhook() if webhook is None else self._set_webhook(webhook))
                self.started.set()
                return
            except Refused as refused:
                wait = refused.wait
                alarm = log.error if refused.code in (401, 403, 404) else log.warning
                alarm("Zalo refuses our bot, trying again; is ZALO_BOT_TOKEN right?", code=refused.code, tries=tries)
            except (NotSent, Unclear) as error:
                log.warning("Zalo was not reached, trying again", why=str(error), tries=tries)
            await self._sleep(back_off(tries, wait))
            tries += 1

    async def _forget_webhook(self) -> None:
        try:
            await self.client.call("deleteWebhook", {})
        except Refused as refused:
            if refused.code != 404:  # None was set (B2, B3).
                raise

    async def _set_webhook(self, webhook: Webhook) -> None:
        said = await self.client.call("setWebhook", {"url": webhook.url, "secret_token": webhook.secret})
        tried = said.get("verification") if isinstance(said, dict) else None
        if isinstance(tried, dict) and tried.get("ok") is not True:
            # It is set all the same (B5). A check of browsers in front of the server is the usual reason.
            log.error("Zalo cannot reach our webhook", outcome=str(tried.get("outcome"))[:40])

    def _parts(self, layout: Layout) -> tuple[list[str], list[LaidFile]]:
        """Return the texts to send, as few as hold the addresses too, and the pictures that go out as such."""
        lines: list[str] = []
        pictures: list[LaidFile] = []
        for file in layout.files:
            url = self._file_url(file, FOR_A_PERSON)
            if url and file.mime in PICTURES:
                pictures.append(file)
            elif url:
                lines.append(self._address_of(file))
            elif self._words.ask_us not in lines:
                lines.append(self._words.ask_us)
        return packed([layout.text, *lines], TEXT_LIMIT), pictures

    def _address_of(self, file: LaidFile) -> str:
        named = f"📎 {clean_line(file.name, 60)}"
        return f"{named}\n{self._words.fetch_it} {self._file_url(file, FOR_A_PERSON)}"

    async def _send_picture(self, chat: str, picture: LaidFile, caption: str = "") -> str:
        """Send a picture; where Zalo could not fetch it, its address in words, by which the person still comes to it."""
        below = {"caption": caption} if caption else {}
        try:
            return await self._call(chat, "sendPhoto", photo=self._file_url(picture, FOR_ZALO), **below)
        except SendFailed as failed:
            if failed.outcome is not Outcome.NEVER:
                raise
        log.warning("Zalo did not take a picture; its address is sent instead")
        first = await self._call(chat, "sendMessage", text=caption) if caption else ""
        second = await self._call(chat, "sendMessage", text=self._address_of(picture))
        return first or second

    async def _call(self, chat: str, method: str, **parameters: str) -> str:
        # Zalo counts characters, and a letter with loose marks would count for several.
        composed = {name: unicodedata.normalize("NFC", words) for name, words in parameters.items()}
        try:
            sent = await self.client.call(method, {"chat_id": chat} | composed)
        except Refused as refused:
            raise self._failed(refused) from None
        except NotSent:
            raise SendFailed(Outcome.RETRY, "no connection") from None
        except Unclear as unclear:
            raise SendFailed(Outcome.UNKNOWN, f"no clear answer ({unclear})") from None
        self._forbidden = self._floods = 0
        return str(sent.get("message_id") or "") if isinstance(sent, dict) else ""

    def _failed(self, refused: Refused) -> SendFailed:
        """Return what an error means for the outbox. Source: the Bot API's table of errors, B1, B7; 403 also B2."""
        code = refused.code
        if code == 429:
            # Nothing tells how long: too many at once is over in seconds, but the month's quota may be used up.
            if self._now() >= self._flood_until:  # Those that were on their way at the same time meet the same flood.
                wait = min(FLOOD_WAIT * 2 ** min(self._floods, 12), LONGEST_FLOOD)
                self._flood_wait = timedelta(seconds=refused.wait) if refused.wait is not None else wait
                if self._flood_wait >= LONGEST_FLOOD:
                    log.error("Zalo takes no more messages of our bot: the month's quota may be used up")
                self._floods += 1
                self._flood_until = self._now() + self._flood_wait
            # Somebody must hear of it: it may last until the month is over.
            outcome = Outcome.STOPPED if self._flood_wait >= LONGEST_FLOOD else Outcome.RETRY
            return SendFailed(outcome, "too many messages", self._flood_until, whole_channel=True)
        if code == 403:
            self._forbidden += 1
        if code == 401 or (code == 403 and self._forbidden >= MOST_FORBIDDEN):
            return SendFailed(Outcome.STOPPED, "the token was refused", whole_channel=True)
        if code == 403:
            return SendFailed(Outcome.RETRY, "refused for now (403)")
        if code == 404 and not refused.by_zalo:
            return SendFailed(Outcome.STOPPED, "the platform is not at this address", whole_channel=True)
        if code == 404:
            return SendFailed(Outcome.BLOCKED, "the person is gone or has never written to this bot")
        if code == 408:
            return SendFailed(Outcome.UNKNOWN, "no clear answer (408)")
        return SendFailed(Outcome.NEVER, f"refused ({code})")


def back_off(tries: int, asked: float | None = None) -> float:
    """Return seconds to wait before the next try: what Zalo asked for, else 5, 10, 20, 30, each with jitter (B2, B3)."""
    seconds = asked if asked is not None else min(LONGEST_WAIT, 5.0 * 2 ** min(tries, 5))
    return seconds + random.uniform(0.1, 1)  # noqa: S311
