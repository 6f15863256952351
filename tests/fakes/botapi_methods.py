"""What the methods of the Bot API do to the fake server's people, chats, files and waiting updates."""

from __future__ import annotations

import asyncio
import io
import json
import re
import time
from typing import TYPE_CHECKING, Any

from PIL import Image, UnidentifiedImageError

from tests.fakes.botapi_rules import CAPTION_LIMIT, TEXT_LIMIT, Refused, Upload, final_text
from tests.fakes.botapi_users import ApiGroup, ApiUser

DAY = 24 * 3600
DEFAULT_UPDATES = {"message", "edited_message", "callback_query", "my_chat_member"}


class Methods:
    """The methods under their own names, each with a leading underscore; its state is that of `FakeBotApi`."""

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any: ...

    def _getMe(self) -> dict[str, Any]:
        more = {"can_join_groups": True, "can_read_all_group_messages": False, "supports_inline_queries": False}
        return self.bot_json() | more

    def _logOut(self) -> bool:
        return True

    _close = _logOut

    async def _getUpdates(
        self, offset: int = 0, limit: int = 100, timeout: int = 0, allowed_updates: list[str] | None = None
    ) -> list[dict[str, Any]]:
        if self.webhook:
            raise Refused(
                "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first", 409
            )
        self._remember(allowed_updates)
        waiting = self.alive()
        if offset < 0:
            del waiting[:offset]
        elif 0 < offset <= self._next_update_id - 1 + 11:  # An offset far above what there is is overlooked.
            waiting[:] = [p for p in waiting if p.update["update_id"] >= offset]
        limit = max(1, min(100, limit))
        now = time.monotonic()
        if self._last_poll[0] == offset and now - self._last_poll[1] < 0.5:
            limit = 1  # Whoever asks for the same again and again gets them one by one.
        self._last_poll = (offset, now)
        if not waiting and timeout > 0:
            await self._wait_for_update(min(50, timeout))
        return [p.update for p in self.alive()[:limit]]

    async def _wait_for_update(self, seconds: float) -> None:
        if self._poll is not None and not self._poll.done():
            self._poll.set_exception(
                Refused("terminated by other getUpdates request; make sure that only one bot instance is running", 409)
            )
        self._poll = mine = asyncio.get_running_loop().create_future()
        try:
            await asyncio.wait_for(mine, seconds)
        except TimeoutError:
            pass
        finally:
            if self._poll is mine:
                self._poll = None

    def _remember(self, allowed_updates: list[str] | None) -> None:
        if allowed_updates is not None:
            self._allowed = set(allowed_updates) or set(DEFAULT_UPDATES)

    def _setWebhook(
        self,
        url: str,
        max_connections: int = 40,
        allowed_updates: list[str] | None = None,
        drop_pending_updates: bool = False,
        secret_token: str = "",
        **_rest: Any,
    ) -> bool:
        if url and not re.fullmatch(r"https://.+|http://(127\.0\.0\.1|localhost)[:/].*", url):
            raise Refused("bad webhook: An HTTPS URL must be provided for webhook")
        self._remember(allowed_updates)
        if drop_pending_updates:
            self.pending.clear()
        self.webhook = {"url": url, "max_connections": max_connections, "secret_token": secret_token} if url else {}
        if self._poll is not None and not self._poll.done():
            self._poll.set_exception(Refused("terminated by setWebhook request", 409))
        if url and self.server is not None:
            for lane in {pending.lane for pending in self.pending}:
                self.server.deliver(lane)
        return True

    def _deleteWebhook(self, drop_pending_updates: bool = False) -> bool:
        self.webhook = {}
        if drop_pending_updates:
            self.pending.clear()
        return True

    def _getWebhookInfo(self) -> dict[str, Any]:
        info = {
            "url": self.webhook.get("url", ""),
            "has_custom_certificate": False,
            "pending_update_count": len(self.alive()),
            "max_connections": self.webhook.get("max_connections", 40),
            "allowed_updates": sorted(self._allowed),
        }
        return info | (self.server.last_error if self.server is not None else {})

    def _sendMessage(
        self,
        chat_id: Any,
        text: str,
        parse_mode: str = "",
        entities: list[dict[str, Any]] | None = None,
        reply_markup: dict[str, Any] | None = None,
        **rest: Any,
    ) -> dict[str, Any]:
        chat = self._reachable(chat_id)
        text, found = final_text(text, parse_mode, entities, TEXT_LIMIT)
        return self._put(chat, {"text": text} | ({"entities": found} if found else {}), reply_markup, rest)

    def _sendPhoto(self, chat_id: Any, photo: Any, **rest: Any) -> dict[str, Any]:
        chat = self._reachable(chat_id)
        if not isinstance(photo, Upload):
            self._known_file(photo)
            return self._media(chat, "photo", [{"file_id": photo, "file_unique_id": "AQAD", "width": 1, "height": 1}], rest)
        if len(photo.content) > 10 * 2**20:
            raise Refused("file of photo is too big; must be at most 10 MB")
        try:
            width, height = Image.open(io.BytesIO(photo.content)).size
        except (UnidentifiedImageError, OSError):
            raise Refused("IMAGE_PROCESS_FAILED") from None
        if width + height > 10000 or max(width, height) > 20 * min(width, height):
            raise Refused("PHOTO_INVALID_DIMENSIONS")
        sizes = [self.keep_file("photo", photo.content, width=width, height=height)]
        return self._media(chat, "photo", sizes, rest)

    def _sendDocument(self, chat_id: Any, document: Any, **rest: Any) -> dict[str, Any]:
        return self._send_file(chat_id, "document", document, rest)

    def _sendVoice(self, chat_id: Any, voice: Any, **rest: Any) -> dict[str, Any]:
        return self._send_file(chat_id, "voice", voice, rest, duration=rest.pop("duration", 0))

    def _sendAudio(self, chat_id: Any, audio: Any, **rest: Any) -> dict[str, Any]:
        return self._send_file(chat_id, "audio", audio, rest, duration=rest.pop("duration", 0))

    def _sendVideo(self, chat_id: Any, video: Any, **rest: Any) -> dict[str, Any]:
        sizes = {"width": rest.pop("width", 0), "height": rest.pop("height", 0), "duration": rest.pop("duration", 0)}
        return self._send_file(chat_id, "video", video, rest, **sizes)

    def _send_file(self, chat_id: Any, kind: str, given: Any, rest: dict[str, Any], **facts: Any) -> dict[str, Any]:
        chat = self._reachable(chat_id)
        if isinstance(given, Upload):
            if not given.content:
                raise Refused("file must be non-empty")
            if len(given.content) > 50 * 2**20:
                raise Refused("Request Entity Too Large", 413)
            named = {"file_name": given.filename, "mime_type": given.mime} if kind in ("document", "audio", "video") else {}
            return self._media(chat, kind, self.keep_file(kind, given.content, name=given.filename, **named, **facts), rest)
        self._known_file(given)
        return self._media(chat, kind, {"file_id": given, "file_unique_id": "AgAD", **facts}, rest)

    def _sendLocation(
        self, chat_id: Any, latitude: float, longitude: float, reply_markup: Any = None, **rest: Any
    ) -> dict[str, Any]:
        chat = self._reachable(chat_id)
        return self._put(chat, {"location": {"latitude": latitude, "longitude": longitude}}, reply_markup, rest)

    def _sendChatAction(self, chat_id: Any, action: str, **_rest: Any) -> bool:
        self._reachable(chat_id)
        if action not in ("typing", "upload_photo", "upload_document", "record_voice", "upload_voice", "find_location"):
            raise Refused("wrong parameter action in request")
        return True

    def _editMessageText(
        self,
        text: str,
        chat_id: Any = None,
        message_id: int = 0,
        parse_mode: str = "",
        entities: list[dict[str, Any]] | None = None,
        reply_markup: dict[str, Any] | None = None,
        **_rest: Any,
    ) -> dict[str, Any]:
        message = self._editable(chat_id, message_id)
        if "text" not in message:
            raise Refused("there is no text in the message to edit")
        text, found = final_text(text, parse_mode, entities, TEXT_LIMIT)
        return self._change(message, {"text": text} | ({"entities": found} if found else {}), reply_markup)

    def _editMessageReplyMarkup(
        self, chat_id: Any = None, message_id: int = 0, reply_markup: dict[str, Any] | None = None, **_rest: Any
    ) -> dict[str, Any]:
        message = self._editable(chat_id, message_id)
        kept = {key: message[key] for key in ("text", "entities") if key in message}
        return self._change(message, kept, reply_markup)

    def _deleteMessage(self, chat_id: Any, message_id: int) -> bool:
        chat = self._chat(chat_id)
        message = next((m for m in chat.chat if m["message_id"] == message_id), None)
        if message is None:
            raise Refused("message to delete not found")
        if self.clock().timestamp() - message["date"] > 2 * DAY:
            raise Refused("message can't be deleted for everyone")
        chat.chat.remove(message)
        return True

    def _answerCallbackQuery(self, callback_query_id: str, text: str = "", **_rest: Any) -> bool:
        user, until = self._queries.get(callback_query_id, (None, self.clock()))
        if user is None or until < self.clock():
            raise Refused("query is too old and response timeout expired or query ID is invalid")
        user.waiting.discard(callback_query_id)
        if text:
            user.alerts.append(text)
        return True

    def _getFile(self, file_id: str) -> dict[str, Any]:
        file = self._known_file(file_id)
        if len(file.content) > 20 * 2**20:
            raise Refused("file is too big")
        facts = {"file_id": file_id, "file_unique_id": f"AgAD{file_id[-6:]}", "file_size": len(file.content)}
        return facts | {"file_path": file.path}

    def _setMyCommands(
        self, commands: list[dict[str, str]], scope: dict[str, Any] | None = None, language_code: str = ""
    ) -> bool:
        self.commands[_scope(scope), _language(language_code)] = commands
        return True

    def _getMyCommands(self, scope: dict[str, Any] | None = None, language_code: str = "") -> list[dict[str, str]]:
        return self.commands.get((_scope(scope), _language(language_code)), [])

    def _deleteMyCommands(self, scope: dict[str, Any] | None = None, language_code: str = "") -> bool:
        self.commands.pop((_scope(scope), _language(language_code)), None)
        return True

    def _getChat(self, chat_id: Any) -> dict[str, Any]:
        return self._chat(chat_id).chat_json() | {"accent_color_id": 1, "max_reaction_count": 11}

    def _setMyDescription(self, **_rest: Any) -> bool:
        return True

    _setMyShortDescription = _setChatMenuButton = _setMyDescription

    # What they share.

    def _chat(self, chat_id: Any) -> ApiUser | ApiGroup:
        chat = self.users.get(chat_id) or self.groups.get(chat_id)
        if chat is None:
            raise Refused("chat not found")
        return chat

    def _reachable(self, chat_id: Any) -> ApiUser | ApiGroup:
        chat = self._chat(chat_id)
        if isinstance(chat, ApiUser):
            if chat.deactivated:
                raise Refused("user is deactivated", 403)
            if chat.blocked:
                raise Refused("bot was blocked by the user", 403)
            if not chat.started:
                raise Refused("bot can't initiate conversation with a user", 403)
        return chat

    def _known_file(self, file_id: str) -> Any:
        if file_id not in self.files:
            raise Refused("wrong file_id or the file is temporarily unavailable")
        return self.files[file_id]

    def _media(self, chat: ApiUser | ApiGroup, kind: str, file: Any, rest: dict[str, Any]) -> dict[str, Any]:
        caption, entities = final_text(
            rest.pop("caption", ""), rest.pop("parse_mode", ""), rest.pop("caption_entities", None), CAPTION_LIMIT, empty=True
        )
        words = ({"caption": caption} if caption else {}) | ({"caption_entities": entities} if entities else {})
        return self._put(chat, {kind: file} | words, rest.pop("reply_markup", None), rest)

    def _put(
        self, chat: ApiUser | ApiGroup, content: dict[str, Any], markup: dict[str, Any] | None, rest: dict[str, Any]
    ) -> dict[str, Any]:
        reply = rest.get("reply_parameters")
        if reply and not reply.get("allow_sending_without_reply"):
            if all(m["message_id"] != reply["message_id"] for m in chat.chat):
                raise Refused("message to be replied not found")
        message: dict[str, Any] = {
            "message_id": self.next_message_id(),
            "from": self.bot_json(),
            "chat": chat.chat_json(),
            "date": self.date(),
            **content,
        }
        if rest.get("protect_content"):
            message["has_protected_content"] = True
        if markup and "inline_keyboard" in markup:
            message["reply_markup"] = markup
        elif markup and isinstance(chat, ApiUser):
            if "keyboard" in markup:
                chat.keyboard = [[b if isinstance(b, dict) else {"text": b} for b in row] for row in markup["keyboard"]]
            elif "remove_keyboard" in markup:
                chat.keyboard = None
        chat.chat.append(message)
        return message

    def _editable(self, chat_id: Any, message_id: int) -> dict[str, Any]:
        chat = self._reachable(chat_id)
        message = next((m for m in chat.chat if m["message_id"] == message_id), None)
        if message is None:
            raise Refused("message to edit not found")
        if not message["from"]["is_bot"]:
            raise Refused("message can't be edited")
        return message

    def _change(self, message: dict[str, Any], words: dict[str, Any], markup: dict[str, Any] | None) -> dict[str, Any]:
        changed = words | ({"reply_markup": markup} if markup else {})
        if changed == {key: message[key] for key in ("text", "entities", "reply_markup") if key in message}:
            raise Refused(
                "message is not modified: specified new message content and reply markup are exactly the same as a current "
                "content and reply markup of the message"
            )
        for key in ("entities", "reply_markup"):
            message.pop(key, None)
        message |= changed | {"edit_date": self.date()}
        return message


def _scope(scope: dict[str, Any] | None) -> str:
    return json.dumps(scope or {"type": "default"}, sort_keys=True)


def _language(code: str) -> str:
    if not re.fullmatch("([a-z]{2})?", code):
        raise Refused("invalid language code specified")
    return code
