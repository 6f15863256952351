"""Telegram, through python-telegram-bot as a typed API: its `Bot`, `Update.de_json` and errors, never its Updater.

The Updater tells Telegram that updates were handled before any of them was, so a kill loses all that wait.
"""

from __future__ import annotations

import asyncio
import hmac
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import structlog
from telegram import (
    Bot,
    BotCommand,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    KeyboardButton,
    LinkPreviewOptions,
    ReplyKeyboardMarkup,
    ReplyKeyboardRemove,
)
from telegram.error import BadRequest, TelegramError
from telegram.request import BaseRequest

from bot.channels.base import Capabilities, FileRefused, Outcome, SendFailed
from bot.channels.clean import clean_file_name
from bot.channels.telegram_errors import back_off, send_failed
from bot.channels.telegram_http import UPLOAD_SECONDS, AiohttpRequest, Downloads
from bot.channels.telegram_read import read_update
from bot.dialogue.values import Attachment, Inbound, LaidFile, Layout, Who

log = structlog.get_logger(__name__)

API = "https://api.telegram.org"
ALLOWED_UPDATES = ["message", "edited_message", "callback_query", "my_chat_member"]  # Telegram remembers the list: always sent.
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105
CAPTION_LIMIT = 1024  # Code points. Source: Bot API, sendPhoto.
PHOTO_BYTES = 10 * 2**20  # Source: Bot API, "Sending files".
UPLOAD_BYTES = 50 * 2**20
DOWNLOAD_BYTES = 20 * 2**20  # Source: Bot API, getFile.
COURTESY_EVERY = timedelta(hours=1)

Commands = Mapping[str, Sequence[tuple[str, str]]]
Sleep = Callable[[float], Awaitable[None]]
_Part = Callable[[], Awaitable[str]]


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where Telegram is to deliver updates, and the word it proves itself with. `connections` at once, 1 to 100."""

    url: str
    secret: str
    connections: int = 40


def utc_now() -> datetime:
    """Return the instant now, aware."""
    return datetime.now(UTC)


def authentic(headers: Mapping[str, str], secret: str) -> bool:
    """Return whether a webhook call carries our secret, compared in constant time. Without a secret nothing is authentic."""
    given = headers.get(SECRET_HEADER, "").encode("utf-8", "surrogateescape")
    return bool(secret) and hmac.compare_digest(given, secret.encode())


class TelegramChannel:
    """Private chats with our bot.

    `files` gives the bytes of a file in our store by its name (raises `FileRefused`). `clock` dates button presses and the
    end of flood waits. `group_lines` holds, by language code ("" for all others), the one line said in groups; the bot's
    address follows it. The three clients may be given, so that tests need no socket.
    """

    name = "telegram"
    can = Capabilities(
        messenger="Telegram",
        text_limit=4096,
        buttons=True,
        max_buttons=100,
        row_characters=30,
        label_characters=38,
        asks_phone=True,
        asks_location=True,
        protects=True,
    )

    def __init__(
        self,
        token: str,
        api_url: str = API,
        request: BaseRequest | None = None,
        get_updates_request: BaseRequest | None = None,
        clock: Callable[[], datetime] | None = None,
        files: Callable[[str], Awaitable[bytes]] | None = None,
        downloads: Downloads | None = None,
        group_lines: Mapping[str, str] | None = None,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self.now = clock or utc_now
        self._files = files
        self._sleep = sleep
        self._group_lines = group_lines or {}
        self._in_groups: dict[int, datetime] = {}
        self._request = request or AiohttpRequest()
        self._polling = get_updates_request or AiohttpRequest(connections=1)
        self._downloads = downloads or AiohttpRequest(connections=4)
        self._file_url = f"{api_url.rstrip('/')}/file/bot{token}/"
        self._bot = Bot(
            token,
            base_url=f"{api_url.rstrip('/')}/bot",
            base_file_url=f"{api_url.rstrip('/')}/file/bot",
            request=self._request,
            get_updates_request=self._polling,
        )
        self.account = token.partition(":")[0]
        self._username = ""
        self._starting: asyncio.Task[None] | None = None
        self.started = asyncio.Event()

    # What every channel offers.

    def read(self, payload: Any) -> Inbound | None:
        """Return what an update says, or None where it concerns us not; see `read_update`."""
        return read_update(payload, self.account, self.now())

    async def send(self, who: Who, layout: Layout) -> str:
        """Send one message and its files, and return the id of the first; raises `SendFailed`.

        Text and one file go out as one message where the text fits a caption. Where more than one is needed and a later one
        fails, the outcome is UNKNOWN instead of RETRY, as the first has arrived.
        """
        parts = await self._parts(int(who.chat), layout)
        first = ""
        for number, part in enumerate(parts):
            try:
                message = await part()
            except TelegramError as error:
                failed = self._failed(error)
                if number and failed.outcome is Outcome.RETRY:
                    failed.outcome = Outcome.UNKNOWN
                raise failed from None
            first = first or message
        return first

    async def fetch(self, attachment: Attachment, limit: int) -> bytes:
        """Return the bytes of a file, at most `limit`.

        The file is taken from the configured server only, whatever path the server names (E13). Raises `FileRefused` for good and
        `SendFailed` with RETRY for now, also for what Telegram calls wrong *or* temporarily unavailable: it does not say which.
        """
        limit = min(limit, DOWNLOAD_BYTES)
        if (attachment.size or 0) > limit:
            raise FileRefused("the file is too large")
        try:
            file = await self.call("get_File", file_id=attachment.ref)
            size, path = file.get("file_size"), file.get("file_path")
            if not isinstance(path, str) or not _harmless(path):
                raise FileRefused("the file is not on the server")
            content = await self._downloads.download(self._file_url + quote(path), limit)
        except TelegramError as error:
            if isinstance(error, BadRequest) and "temporarily unavailable" not in error.message.lower():
                raise FileRefused("the file is too large" if "too big" in error.message.lower() else "the file is gone") from None
            failed = self._failed(error)
            if failed.outcome is not Outcome.STOPPED:
                failed.outcome = Outcome.RETRY  # Nothing is changed by fetching twice.
            raise failed from None
        if isinstance(size, int) and size != len(content):
            raise SendFailed(Outcome.RETRY, "the file came in part only")
        return content

    async def acknowledge(self, inbound: Inbound) -> None:
        """End the spinner on a pressed button. After some tens of seconds Telegram refuses; that harms nothing."""
        if inbound.press_id is None:
            return
        try:
            await self._bot.answer_callback_query(inbound.press_id)
        except TelegramError as error:
            log.debug("a press was not acknowledged", why=type(error).__name__)

    # What Telegram needs besides.

    async def courtesy(self, payload: Any) -> None:
        """Say the one line in a group, at most once an hour for each; keeps the group's id in memory only. Never raises."""
        now = self.now()
        try:
            event = payload.get("message") or payload.get("my_chat_member") or {}
            chat, language = event["chat"], str(event["from"].get("language_code", ""))
            joined = event.get("new_chat_member", {}).get("status", "member") in ("member", "administrator")
            if chat["type"] not in ("group", "supergroup") or not joined:
                return
            group = int(chat["id"])
        except (KeyError, TypeError, AttributeError, ValueError):
            return
        line = self._group_lines.get(language[:2]) or self._group_lines.get("")
        self._in_groups = {known: said for known, said in self._in_groups.items() if now - said < COURTESY_EVERY}
        if not line or group in self._in_groups:
            return
        self._in_groups[group] = now
        address = f" https://t.me/{self._username}" if self._username else ""
        try:
            await self._bot.send_message(group, line + address, link_preview_options=_NO_PREVIEW)
        except TelegramError as error:
            log.debug("a group was not answered", why=type(error).__name__)

    @property
    def username(self) -> str:
        """The bot's name for deep links, `https://t.me/<username>?start=...`; "" until Telegram was reached once."""
        return self._username

    async def learn_name(self) -> str:
        """Ask Telegram for the bot's name and return it; raises `SendFailed`."""
        try:
            await self._request.initialize()
            self._username = (await self._bot.get_me()).username or ""
        except TelegramError as error:
            raise self._failed(error) from None
        return self._username

    async def start(self, commands: Commands, webhook: Webhook | None = None) -> None:
        """Open the clients and return; tell Telegram our commands and where updates go in the background, until it hears it.

        `commands` by two-letter language ("" for all others): name and description each. Without `webhook` updates are for
        polling. Waiting updates are never dropped. `started` is set when all of it is done.
        """
        await self._request.initialize()
        await self._polling.initialize()
        self._starting = asyncio.create_task(self._introduce(commands, webhook), name="telegram start")

    async def stop(self) -> None:
        """Stop what `start` began and close the clients."""
        if self._starting is not None:
            self._starting.cancel()
            await asyncio.gather(self._starting, return_exceptions=True)
        for client in (self._request, self._polling, self._downloads):
            if isinstance(client, BaseRequest):
                await client.shutdown()

    async def call(self, method: str, read_timeout: float | None = None, **parameters: Any) -> Any:
        """Return the raw JSON result of a call; raises `TelegramError`.

        `method` is written half in snake case, `get_Updates`: the library warns, for each call, about names that it has a typed
        method for. Ours must be raw: of a batch with one unreadable update the typed one returns nothing at all.
        """
        waits = BaseRequest.DEFAULT_NONE if read_timeout is None else read_timeout
        return await self._bot.do_api_request(method, api_kwargs=parameters, read_timeout=waits)

    async def reopen_polling(self) -> None:
        """Close and open the polling client; after a cut in mid-air its one connection may never come back."""
        await self._polling.shutdown()
        await self._polling.initialize()

    # How it is done.

    async def _introduce(self, commands: Commands, webhook: Webhook | None) -> None:
        tries = 0
        while not self.started.is_set():
            try:
                await self.learn_name()
                if webhook is None:
                    await self._bot.delete_webhook()
                else:
                    await self._bot.set_webhook(
                        webhook.url,
                        secret_token=webhook.secret,
                        max_connections=webhook.connections,
                        allowed_updates=ALLOWED_UPDATES,
                    )
                await self._tell_commands(commands)
                self.started.set()
            except (SendFailed, TelegramError) as error:
                failed = error if isinstance(error, SendFailed) else self._failed(error)
                alarm = log.error if failed.outcome is Outcome.STOPPED else log.warning
                alarm("Telegram was not reached, trying again", why=failed.why, tries=tries)
                await self._sleep(back_off(tries, None if failed.retry_at is None else failed.retry_at - self.now()))
                tries += 1

    async def _tell_commands(self, commands: Commands) -> None:
        for language, rows in commands.items():
            wanted = tuple(BotCommand(name, description) for name, description in rows)
            if await self._bot.get_my_commands(language_code=language or None) != wanted:
                await self._bot.set_my_commands(wanted, language_code=language or None)

    async def _parts(self, chat: int, layout: Layout) -> list[_Part]:
        """Return the calls that make up one message, in order, with every file already at hand."""
        files = [(file, await self._content(file)) for file in layout.files]
        buttons = _buttons(layout)
        request = _request_keyboard(layout)
        # A plain message takes away the keyboard of an answered request; where there is none it changes nothing.
        markup = buttons or request or ReplyKeyboardRemove()
        parts: list[_Part] = []
        captioned = len(files) == 1 and len(layout.text) <= CAPTION_LIMIT
        if layout.text and not captioned:
            parts.append(lambda: self._send_text(chat, layout.text, markup, layout.protect))
        for file, content in files:
            caption = layout.text if captioned else ""
            parts.append(_later(self._send_file, chat, file, content, caption, markup if captioned else None, layout.protect))
        if request is not None and buttons is not None:  # One message carries one kind of keyboard only.
            parts.append(lambda: self._send_text(chat, layout.request_label, request, layout.protect))
        if not parts:
            raise SendFailed(Outcome.NEVER, "the message is empty")
        return parts

    async def _content(self, file: LaidFile) -> bytes:
        if self._files is None:
            raise SendFailed(Outcome.NEVER, "no file store")
        try:
            content = await self._files(file.store)
        except FileRefused as refused:
            raise SendFailed(Outcome.NEVER, refused.why) from None
        if len(content) > UPLOAD_BYTES:
            raise SendFailed(Outcome.NEVER, "the file is too large")
        return content

    async def _send_text(self, chat: int, text: str, markup: Any, protect: bool) -> str:
        # The raw call: making a typed message of the answer, of which only the id is wanted, costs more than all the rest of it.
        protected = {"protect_content": True} if protect else {}
        sent = await self.call(
            "send_Message", chat_id=chat, text=text, reply_markup=markup, link_preview_options=_NO_PREVIEW, **protected
        )
        return str(sent["message_id"])

    async def _send_file(self, chat: int, file: LaidFile, content: bytes, caption: str, markup: Any, protect: bool) -> str:
        name = clean_file_name(file.name) or "file"
        common: dict[str, Any] = {
            "caption": caption or None,
            "reply_markup": markup,
            "protect_content": protect or None,
            "filename": name,
            "read_timeout": UPLOAD_SECONDS,
        }
        if file.mime in ("image/jpeg", "image/png") and len(content) <= PHOTO_BYTES:
            try:
                return str((await self._bot.send_photo(chat, content, **common)).message_id)
            except BadRequest as error:
                # A picture too long and narrow, or broken, can still be read as a file.
                if not error.message.lower().startswith(("photo_", "image_process")):
                    raise
        sent = await self._bot.send_document(chat, content, disable_content_type_detection=True, **common)
        return str(sent.message_id)

    def _failed(self, error: TelegramError) -> SendFailed:
        return send_failed(error, self.now())


_NO_PREVIEW = LinkPreviewOptions(is_disabled=True)  # A link in a citizen's words is not to be fetched by anybody.


def _later(send: Callable[..., Awaitable[str]], *arguments: Any) -> _Part:
    return lambda: send(*arguments)


def _buttons(layout: Layout) -> InlineKeyboardMarkup | None:
    if not layout.rows:
        return None
    return InlineKeyboardMarkup(
        [[InlineKeyboardButton(button.label, callback_data=button.token) for button in row] for row in layout.rows]
    )


def _request_keyboard(layout: Layout) -> ReplyKeyboardMarkup | None:
    if not layout.request:
        return None
    button = KeyboardButton(
        layout.request_label,
        request_contact=layout.request == "phone" or None,
        request_location=layout.request == "location" or None,
    )
    return ReplyKeyboardMarkup([[button]], resize_keyboard=True, one_time_keyboard=True)


def _harmless(path: str) -> bool:
    """Return whether a path named by getFile stays below the server's file address."""
    steps = path.split("/")
    return not (re.search(r"[\\:\x00-\x20\x7f]", path) or any(step in ("", ".", "..") for step in steps))
