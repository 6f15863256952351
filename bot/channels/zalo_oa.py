"""A Zalo Official Account: numbered text in private chats with citizens and staff.

Source: Zalo for developers, Official Account API (consultation messages, uploads, ZBS template messages). The version belongs to
each address: uploads and answers to anonymous visitors are still v2.0.
"""

from __future__ import annotations

import asyncio
import re
import unicodedata
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

import structlog

from bot.channels.base import Capabilities, FileRefused, Outcome, SendFailed
from bot.channels.clean import clean_file_name, clean_line
from bot.channels.zalo_http import Upload, ZaloHttp, may_fetch
from bot.channels.zalo_oa_errors import (
    ACCOUNT,
    TEMPLATE_BY_PHONE,
    NotSent,
    Refused,
    Unclear,
    Way,
    answer_of,
    at_night,
    send_failed,
)
from bot.channels.zalo_oa_read import ANONYMOUS, OF_THE_ACCOUNT, PLATFORM, PRESSED, UnknownEvent, read_event, sort_of
from bot.channels.zalo_oauth import proof_of
from bot.dialogue.layout import packed, split
from bot.dialogue.values import SILENT, Attachment, Inbound, LaidFile, Layout, Who

log = structlog.get_logger(__name__)

API = "https://openapi.zalo.me"
ZBS = "https://business.openapi.zalo.me"
FILE_HOSTS = ("zdn.vn", "zadn.vn", "zaloapp.com")
TEXT_LIMIT = 1900  # 2000 characters, and nobody has said whether Zalo counts code points or UTF-16 units: a margin.
MOST_BUTTONS = 5
LABEL_LIMIT = 100
IMAGE_BYTES = 2**20
FILE_BYTES = 5 * 2**20
DOWNLOAD_BYTES = 20 * 2**20
# Beside an attachment, which is ours alone: what is said where the account does not take it.
INSTEAD = "instead"
SEND, SEND_ANONYMOUS, TEMPLATE = "/v3.0/oa/message/cs", "/v2.0/oa/message", "/v3.0/oa/message/template"
_IMAGES = {"image/jpeg": ".jpg", "image/png": ".png"}
_PAPERS = {
    "application/pdf": ".pdf",
    "application/msword": ".doc",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
}
_CASE = re.compile(r"\b[2-9A-HJ-NP-Z]{4}-[2-9A-HJ-NP-Z]{4}\b")
# Zalo's week, and an hour more, as the last word of a chat is noted once an hour (`contacts.last_seen_at`).
WINDOW = timedelta(days=7, hours=1)
SOON_TRIES = 2
UNCLEAR_TEMPLATE = timedelta(minutes=10)
SOON_SECONDS = 1.5
MOST_UNKNOWN_KEPT = 20

Sleep = Callable[[float], Awaitable[None]]
Call = Callable[[Mapping[str, str]], Awaitable[Any]]
Buttons = str  # "off", "plain" (no template_type) or "template" (template_type button).


class Access(Protocol):
    """What gives the access token of the account."""

    async def token(self) -> str:
        """Return a token that is good by the clock; raises `SendFailed` with STOPPED where the grant is lost."""
        ...

    async def renewed(self, refused: str) -> str:
        """Return another token than the one that was refused; raises `SendFailed` where there is none."""
        ...


class Watch:
    """What is told of the running account, for the operator; here it goes nowhere."""

    def event(self, sort: str) -> None:
        """An event of this sort came in."""

    def sent(self, how: str) -> None:
        """A message went out: `reply` and other quotas by their names, `billed`, `template`."""

    def limits(self, limit: int, remain: int) -> None:
        """So many calls a minute are allowed to the app, so many are left."""

    def templates_left(self, left: int) -> None:
        """So many template messages are left of the quota that the last one was taken from."""


@dataclass(frozen=True, slots=True)
class Template:
    """An approved template message that says that there is news about a case, sent to who has not written for a week.

    `field` is its one parameter, the case's code. `phone_of` gives the number that the person has left with this case, 84..., ""
    where there is none.
    """

    id: str
    field: str
    phone_of: Callable[[Who, str], Awaitable[str]] | None = None


@dataclass(frozen=True, slots=True)
class Hosts:
    """Where Zalo is: the account's API, template messages by phone, and whence files may be fetched (`may_fetch`)."""

    api: str = API
    zbs: str = ZBS
    files: tuple[str, ...] = FILE_HOSTS


class ZaloOaChannel:
    """Private chats with an Official Account.

    `account` is its id. `files` gives the bytes of a file in our store by its name (raises `FileRefused`), `elsewhere` what is
    said in place of a file of a kind or size that Zalo does not take: where else it is. `picture` is the address of a picture,
    without which Zalo lets nobody ask for the phone number. `last_seen` says when somebody last wrote: who has not for a week is
    not even tried. `app_secret` proves with every call that the token is used by the app that it was given to. `buttons_refused`
    hears once that the account takes no buttons, so that it can be remembered.
    """

    name = PLATFORM

    def __init__(
        self,
        account: str,
        access: Access,
        http: ZaloHttp,
        app_secret: str,
        hosts: Hosts = Hosts(),
        clock: Callable[[], datetime] | None = None,
        files: Callable[[str], Awaitable[bytes]] | None = None,
        watch: Watch | None = None,
        elsewhere: Callable[[LaidFile], str] | None = None,
        picture: str = "",
        template: Template | None = None,
        last_seen: Callable[[Who], Awaitable[datetime | None]] | None = None,
        buttons: Buttons = "off",
        buttons_refused: Callable[[], Awaitable[None]] | None = None,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self.account = account
        self.can = Capabilities(
            messenger="Zalo",
            text_limit=TEXT_LIMIT,
            buttons=False,
            label_characters=LABEL_LIMIT,
            asks_phone=bool(picture),
            extra_buttons=0 if buttons == "off" else MOST_BUTTONS,
        )
        self.now = clock or _utc_now
        self.access = access
        self._http = http
        self._app_secret = app_secret
        self._hosts = hosts
        self._files = files
        self._watch = watch or Watch()
        self._elsewhere = elsewhere
        self._picture = picture
        self._template = template
        self._last_seen = last_seen
        self._buttons = buttons
        self._buttons_refused = buttons_refused
        self._sleep = sleep
        self._unknown: dict[str, int] = {}

    # What every channel offers.

    def read(self, payload: Any) -> Inbound | None:
        """Return what an event says, or None where nobody speaks to us; see `read_event`.

        Events that we do not know are counted; the first of each name raise, so that they are kept for somebody to look at.
        """
        sort = sort_of(payload)
        self._watch.event(sort)
        if sort in OF_THE_ACCOUNT:
            log.warning("Zalo has changed a template or a quota of the account: look at it in its console", sort=sort)
        try:
            return read_event(payload, self.account)
        except UnknownEvent as unknown:
            seen = self._unknown[unknown.name] = self._unknown.get(unknown.name, 0) + 1
            if seen > MOST_UNKNOWN_KEPT or len(self._unknown) > MOST_UNKNOWN_KEPT:
                return None
            raise

    async def send(self, who: Who, layout: Layout) -> str:
        """Send one message and its files, and return the id of the first; raises `SendFailed`.

        Where more than one is needed and a later one fails, the outcome is UNKNOWN instead of RETRY, as the first has arrived.
        A person outside the window of a week is told by a template message, where there is one, that there is news; the message
        itself is BLOCKED then, as without: it is shown when he writes again.
        """
        first, sent = "", 0
        if await self._is_closed(who):
            await self._knock(who, layout.text)
            raise SendFailed(Outcome.BLOCKED, SILENT)
        try:
            for message in await self._messages(layout):
                async for name in self._deliver(who, message):
                    first, sent = first or name, sent + 1
        except (Refused, NotSent, Unclear, SendFailed) as error:
            if isinstance(error, Refused) and error.way is Way.CLOSED:
                await self._knock(who, layout.text)
            failed = error if isinstance(error, SendFailed) else send_failed(error, self.now())
            if failed.outcome is Outcome.STOPPED or (isinstance(error, Refused) and error.way is Way.QUOTA):
                log.error("the Official Account cannot send", why=failed.why)
            if sent and failed.outcome in (Outcome.RETRY, Outcome.STOPPED):
                failed.outcome = Outcome.UNKNOWN  # What has arrived already is not said again as if it had not.
            raise failed from None
        return first

    async def fetch(self, attachment: Attachment, limit: int) -> bytes:
        """Return the bytes of a file, at most `limit`, from Zalo's own file hosts only, whatever address an event names (E13).

        Raises `FileRefused` for good and `SendFailed` with RETRY for now.
        """
        limit = min(limit, DOWNLOAD_BYTES)
        if not may_fetch(attachment.ref, self._hosts.files):
            raise FileRefused("the file is on another server")
        if (attachment.size or 0) > limit:
            raise FileRefused("the file is too large")
        return await self._http.download(attachment.ref, limit)

    async def acknowledge(self, inbound: Inbound) -> None:
        """Do nothing: a press is a message, and no client waits for more."""

    async def courtesy(self, payload: Any) -> None:
        """Do nothing: answering echoes and receipts would make an endless loop."""

    def leave_buttons_out(self) -> None:
        """Send no buttons: the account has refused them before."""
        self._buttons = "off"

    async def stop(self) -> None:
        """Close the connections."""
        await self._http.stop()

    # How a message is made.

    async def _messages(self, layout: Layout) -> list[dict[str, Any]]:
        """Return the messages that make up one, in order, every file uploaded already."""
        text = unicodedata.normalize("NFC", layout.text)
        attached: list[dict[str, Any]] = []
        places: list[str] = []
        for file in layout.files:
            attachment = await self._uploaded(file)
            place = self._elsewhere(file) if self._elsewhere is not None else ""
            named = f"📎 {clean_line(file.name, 60)}\n{place}".strip()
            if attachment is None:
                places.append(named)
            else:
                attached.append({"attachment": attachment, INSTEAD: named})
        texts = packed([text, *places], TEXT_LIMIT)
        messages: list[dict[str, Any]] = [{"text": part} for part in texts]
        if len(attached) == 1 and attached[0]["attachment"]["type"] == "template" and texts:
            messages[0] |= attached.pop()
        elif texts:
            messages[-1] |= self._with_buttons(layout)
        messages += attached
        if layout.request == "phone" and self._picture:
            messages.append({"attachment": self._asking(layout.request_label)})
        if not messages:
            raise SendFailed(Outcome.NEVER, "the message is empty")
        return messages

    def _with_buttons(self, layout: Layout) -> dict[str, Any]:
        """Return the buttons below a text that is complete without them."""
        buttons = [button for row in layout.rows for button in row]
        if self._buttons == "off" or not 1 <= len(buttons) <= MOST_BUTTONS:
            return {}
        shown = [{"title": b.label[:LABEL_LIMIT], "type": "oa.query.hide", "payload": PRESSED + b.token} for b in buttons]
        payload: dict[str, Any] = {"template_type": "button"} if self._buttons == "template" else {}
        return {"attachment": {"type": "template", "payload": payload | {"buttons": shown}}}

    def _asking(self, label: str) -> dict[str, Any]:
        """Return the form in which a person shares his name and number; its words are those of a button elsewhere."""
        element = {"title": label[:LABEL_LIMIT], "subtitle": label[:500], "image_url": self._picture}
        return {"type": "template", "payload": {"template_type": "request_user_info", "elements": [element]}}

    async def _uploaded(self, file: LaidFile) -> dict[str, Any] | None:
        """Upload one file and return its attachment; None for what Zalo does not take."""
        if self._files is None:
            raise SendFailed(Outcome.NEVER, "no file store")
        try:
            content = await self._files(file.store)
        except FileRefused as refused:
            raise SendFailed(Outcome.NEVER, refused.why) from None
        endings = _IMAGES if file.mime in _IMAGES else _PAPERS
        if file.mime not in endings or len(content) > (IMAGE_BYTES if endings is _IMAGES else FILE_BYTES):
            return None
        ending = endings[file.mime]
        stem = re.sub(r"\.[A-Za-z0-9]{1,5}$", "", clean_file_name(file.name)) or "file"
        kind = "image" if endings is _IMAGES else "file"
        upload = Upload(stem[-90:] + ending, content, file.mime)  # Without the right ending the answer is empty.
        try:
            data = await self._with_token(
                lambda headers: self._http.upload(f"{self._hosts.api}/v2.0/oa/upload/{kind}", headers, upload)
            )
        except Unclear as error:
            raise NotSent(str(error)) from None  # Nothing was said yet.
        except Refused as refused:
            if refused.way in (Way.RENEW, Way.MINUTE):
                raise
            # Its address says as much, and the words must not wait for a file.
            log.warning("Zalo does not take a file; its address goes out instead", code=refused.code)
            return None
        name = str(data.get("attachment_id" if kind == "image" else "token") or "")
        if not name:
            return None
        if kind == "file":
            return {"type": "file", "payload": {"token": name}}
        element = {"media_type": "image", "attachment_id": name}
        return {"type": "template", "payload": {"template_type": "media", "elements": [element]}}

    # How it is sent.

    async def _deliver(self, who: Who, message: dict[str, Any]) -> AsyncIterator[str]:
        """Send one message, falling back to another form of it where the account refuses this one; yield the id of whatever has
        arrived.
        """
        try:
            name = await self._post(who, {name: part for name, part in message.items() if name != INSTEAD})
        except Refused as refused:
            text, attached = message.get("text", ""), message.get("attachment", {})
            # A package, or an interface, may be missing for what is attached alone.
            if refused.way is not Way.PLAIN and not (attached and refused.way is Way.HUMAN):
                raise
            if attached.get("payload", {}).get("template_type") == "request_user_info":
                log.warning("the Official Account may not ask for phone numbers; people type them", code=refused.code)
                return
            if attached:
                # The same in words alone: buttons are numbered in the text already, a file goes by its address.
                words = packed([part for part in (text, message.get(INSTEAD, "")) if part], TEXT_LIMIT)
                if not words:
                    raise
                arrived = 0
                for part in words:
                    async for name in self._deliver(who, {"text": part}):
                        arrived += 1
                        yield name
                # Where the text had to be split it was refused for its length, not for its buttons.
                if "buttons" in attached["payload"] and arrived == len(words):
                    await self._forget_buttons(refused.code)
                return
            parts = split(text, TEXT_LIMIT // 2)
            if refused.code != -210 or len(parts) == 1:
                raise
            for part in parts:
                yield await self._post(who, {"text": part})
        else:
            yield name

    async def _post(self, who: Who, message: dict[str, Any]) -> str:
        kind, _colon, ids = who.chat.partition(":")
        recipient, path = {"user_id": who.chat}, SEND
        if kind == ANONYMOUS:
            visitor, _colon, conversation = ids.partition(":")
            recipient, path = {"anonymous_id": visitor, "conversation_id": conversation}, SEND_ANONYMOUS
        body = {"recipient": recipient, "message": message}
        try:
            data = await self._with_token(lambda headers: self._http.post(self._hosts.api + path, headers, body=body))
        except Refused as refused:
            if kind == ANONYMOUS and refused.way is Way.HUMAN:
                # This address is of an older version: if it is shut down, that is no trouble of those who are known.
                raise Refused(refused.code, Way.GONE) from None
            raise
        quota = data.get("quota")
        free = "reply" if kind == ANONYMOUS else "billed"
        self._watch.sent(str(quota.get("quota_type", "other")) if isinstance(quota, dict) else free)
        return str(data.get("message_id") or "")

    async def _forget_buttons(self, code: int) -> None:
        if self._buttons == "off":
            return
        self._buttons = "off"
        log.warning("the Official Account takes no buttons; menus go out as numbered text alone", code=code)
        if self._buttons_refused is not None:
            await self._buttons_refused()

    async def _with_token(self, call: Call, table: Mapping[int, Way] = ACCOUNT) -> Mapping[str, Any]:
        """Return `data` of a call with its headers; renew the token once where it is refused, and try twice more what fails
        without a reason.
        """
        token, renewed, tries = await self.access.token(), False, 0
        while True:
            try:
                headers = {"access_token": token, "appsecret_proof": proof_of(self._app_secret, token)}
                return answer_of(await call(headers), table)
            except Refused as refused:
                if refused.way is Way.RENEW and not renewed:
                    token, renewed = await self.access.renewed(token), True
                elif refused.way is Way.SOON and tries < SOON_TRIES:
                    tries += 1
                    await self._sleep(SOON_SECONDS * tries)
                else:
                    raise

    # Outside the window.

    async def _is_closed(self, who: Who) -> bool:
        seen = await self._last_seen(who) if self._last_seen is not None else None
        return seen is not None and self.now() - seen > WINDOW

    async def _knock(self, who: Who, text: str) -> None:
        """Tell somebody who has not written for a week that there is news about his case.

        Raises `SendFailed` where it may go out later: at night, when it would come without a sound or is refused, without a
        connection, or where a quota or the consent is to be renewed. Then all of it is tried again.
        """
        code = _CASE.search(text)
        if self._template is None or code is None or who.chat.startswith(ANONYMOUS):
            return
        if (morning := at_night(self.now())) is not None:
            raise SendFailed(Outcome.RETRY, "not at night", morning)
        template = {"template_id": self._template.id, "template_data": {self._template.field: code[0]}}
        try:
            try:
                data = await self._knock_by_id(who, template)
            except Refused as refused:
                phone = await self._template.phone_of(who, code[0]) if self._template.phone_of is not None else ""
                if refused.way not in (Way.PHONE, Way.GONE, Way.CLOSED) or not phone:
                    raise
                # The number of the try is not in it: Zalo keeps a second one with the same id from going out.
                tracked = {"phone": phone, **template, "tracking_id": f"{code[0].replace('-', '').lower()}{self.now():%Y%m%d}"}
                data = await self._with_token(
                    lambda headers: self._http.post(f"{self._hosts.zbs}/message/template", headers, body=tracked),
                    TEMPLATE_BY_PHONE,
                )
            self._watch.sent("template")
            self._tell_quota(data)
        except Refused as refused:
            tell = log.error if refused.way in (Way.HUMAN, Way.QUOTA) else log.warning
            tell("a person outside the window could not be told that there is news", code=refused.code)
            if refused.way is Way.SOON:
                raise SendFailed(Outcome.RETRY, f"error {refused.code}") from None
            if refused.way in (Way.MORNING, Way.MINUTE, Way.LATER, Way.QUOTA, Way.RENEW):
                raise send_failed(refused, self.now()) from None
        except (NotSent, Unclear) as error:
            # One that comes twice does less harm than a message that nobody hears of.
            raise SendFailed(Outcome.RETRY, str(error), self.now() + UNCLEAR_TEMPLATE) from None

    async def _knock_by_id(self, who: Who, template: Mapping[str, Any]) -> Mapping[str, Any]:
        """Send a template by user id; some say that the id stands by itself, one that it stands under `recipient`."""
        url = self._hosts.api + TEMPLATE
        plain, nested = {"user_id": who.chat, **template}, {"recipient": {"user_id": who.chat}, **template}
        try:
            return await self._with_token(lambda headers: self._http.post(url, headers, body=plain))
        except Refused as refused:
            if refused.code != -201:
                raise
        return await self._with_token(lambda headers: self._http.post(url, headers, body=nested))

    def _tell_quota(self, data: Mapping[str, Any]) -> None:
        quota = data.get("quota")
        left = str(quota.get("remain", quota.get("remainingQuota", ""))) if isinstance(quota, dict) else ""
        if left.isdecimal():
            self._watch.templates_left(int(left))


def _utc_now() -> datetime:
    return datetime.now(UTC)
