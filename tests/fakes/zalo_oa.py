"""A Zalo Official Account as strict as the platform, in this process; over HTTP by `tests.fakes.zalo_oa_server`.

What it answers and what events look like comes from the payload files in `tests/channels/payloads/zalo_oa`. Where nobody knows
how the platform behaves it takes the stricter of two truths.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import itertools
import json
import unicodedata
from collections.abc import Awaitable, Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.fakes.zalo_oa_users import ZaloUser

PAYLOADS = Path(__file__).parent.parent / "channels" / "payloads" / "zalo_oa"
VECTORS = json.loads((PAYLOADS / "signature_vectors.json").read_text("utf-8"))
APP_ID, OA_ID, OA_KEY, APP_SECRET = (VECTORS[name] for name in ("app_id", "oa_id", "oa_secret_key", "app_secret_key"))
FREE, WEEK = timedelta(hours=48), timedelta(days=7)
UPLOADS_KEPT = timedelta(days=7)
REFRESH_TOKEN_LIFE = timedelta(days=90)
PER_MINUTE = 4000
BUTTON_TYPES = ("oa.open.url", "oa.query.show", "oa.query.hide", "oa.open.phone", "oa.open.sms")
ENDINGS = {"image": (".jpg", ".jpeg", ".png"), "gif": (".gif",), "file": (".pdf", ".doc", ".docx", ".csv")}
MOST_BYTES = {"image": 2**20, "gif": 5 * 2**20, "file": 5 * 2**20}


def recorded(name: str) -> Any:
    """Return a copy of a payload file."""
    return json.loads((PAYLOADS / f"{name}.json").read_text("utf-8"))


class Error(Exception):
    """An answer with another `error` than 0, and HTTP 200 all the same."""

    def __init__(self, code: int, message: str = "") -> None:
        super().__init__(code)
        self.body = {"error": code, "message": message or f"error {code}"}


@dataclass(frozen=True)
class Answer:
    """One HTTP answer; `broken` instead of one: `connect` (never arrived) or `cut` (no answer came)."""

    body: Any
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    broken: str = ""


@dataclass(frozen=True)
class Fault:
    """Trouble to come; `done`: the call is carried out first."""

    code: int = 0
    status: int = 200
    html: str = ""
    broken: str = ""
    done: bool = False


NO_CONNECTION = Fault(broken="connect")
LOST_ANSWER = Fault(broken="cut", done=True)
GATEWAY = Fault(status=502, html="<html>502 Bad Gateway</html>")


@dataclass(frozen=True)
class Call:
    """One call of the program: the path, the JSON body or form fields, and the `error` that was answered."""

    path: str
    body: Any
    error: int


class FakeZaloOa:
    """The account's whole state: people, tokens, uploads, templates, and the trouble that was ordered.

    `receiver(raw, headers)` gets every event and returns the status of its answer. `accepts_buttons`: "" (the account refuses
    them), "plain" or "template".
    """

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self.clock = clock
        self.app_id = APP_ID
        self.users: dict[str, ZaloUser] = {}
        self.receiver: Callable[[bytes, Mapping[str, str]], Awaitable[int]] | None = None
        self.calls: list[Call] = []
        self.accepts_buttons = ""
        self.by_user_id = True
        self.nested_user_id = False
        self.templates: dict[str, dict[str, int]] = {}
        self.knocks: list[tuple[str, Mapping[str, str]]] = []
        self.file_host = "https://f9-zpdl.zdn.vn"
        self.files: dict[str, bytes] = {}
        self.uploads: dict[str, tuple[bytes, str, datetime]] = {}
        self.per_minute = PER_MINUTE
        self.expires_in: Any = "90000"
        self.access = ""
        self.access_until = clock()
        self.refresh_tokens: dict[str, datetime] = {}
        self.codes: dict[str, str] = {}
        self.refreshes = 0
        self._faults: list[tuple[str, Fault]] = []
        self._minute: tuple[datetime, int] = (clock(), 0)
        self.numbers = itertools.count(1)

    # What tests arrange.

    def user(self, name: str, id: str = "") -> ZaloUser:
        """Return a new person with a phone."""
        user = ZaloUser(self, id or str(2468458835291979220 + len(self.users)), name)
        self.users[user.id] = user
        return user

    def fail(self, path: str, *faults: Fault) -> None:
        """Let the next calls whose path ends so meet these troubles, in their order."""
        self._faults += [(path, fault) for fault in faults]

    def consent(self, challenge: str) -> str:
        """Let the account's admin consent; return the code of the callback."""
        code = f"EXAMPLE-code-{next(self.numbers)}"
        self.codes[code] = challenge
        return code

    def grant(self) -> dict[str, Any]:
        """Return a new pair of tokens as the token endpoint answers it; what was there before is dead."""
        answer: dict[str, Any] = recorded("oauth_reply_token_ok")
        number = next(self.numbers)
        self.access = answer["access_token"] = f"EXAMPLE-access-token-{number:04}"
        refresh = answer["refresh_token"] = f"EXAMPLE-refresh-token-{number:04}"
        answer["expires_in"] = self.expires_in
        self.access_until = self.clock() + timedelta(seconds=int(self.expires_in))
        self.refresh_tokens = {refresh: self.clock() + REFRESH_TOKEN_LIFE}
        return answer

    # Events on their way to the program.

    async def send_event(self, event: Mapping[str, Any], retry: int = 0, key: str = OA_KEY) -> int:
        """Sign an event and bring it; return the status of the answer."""
        raw = json.dumps(event, ensure_ascii=False).encode()
        text = APP_ID.encode() + raw + str(event.get("timestamp", "")).encode() + key.encode()
        headers = {"Content-Type": "application/json", "X-ZEvent-Signature": f"mac={hashlib.sha256(text).hexdigest()}"}
        if retry:
            headers["num_retry"] = str(retry)
        assert self.receiver is not None
        return await self.receiver(raw, headers)

    def event(self, name: str, user: str, **message: Any) -> dict[str, Any]:
        """Return an event of a person, or about what the account said to him, made from its payload file."""
        event = deepcopy(recorded(name))
        ours = name.startswith(("oa_echo_", "oa_user_received_"))
        for place in ("recipient",) if ours else ("sender", "follower"):
            if place in event:
                event[place] = {"id": user}
        event["timestamp"] = str(int(self.clock().timestamp() * 1000))
        if "message" in event:
            event["message"] = {**event["message"], **message, "msg_id": f"{next(self.numbers):020x}"}
        return event

    # What the program asks for.

    def answer(self, path: str, headers: Mapping[str, str], body: Any) -> Answer:
        """Answer one call; `body` is the JSON, the form's fields, or (file name, bytes) of an upload."""
        place = next((n for n, (end, _fault) in enumerate(self._faults) if path.endswith(end)), None)
        fault = self._faults.pop(place)[1] if place is not None else None
        if fault is not None and not fault.done:
            return self._noted(path, body, _trouble(fault))
        try:
            if path.startswith("/v4/oa/"):
                done = self._oauth(path, headers, body)
            else:
                done = Answer(self._api(path, headers, body), headers=self._rate())
        except Error as error:
            done = Answer(error.body, headers=self._rate())
        return self._noted(path, body, _trouble(fault) if fault is not None else done)

    def _noted(self, path: str, body: Any, answer: Answer) -> Answer:
        error = answer.body.get("error", 0) if isinstance(answer.body, dict) else 0
        self.calls.append(Call(path, body, error))
        return answer

    def _rate(self) -> dict[str, str]:
        return {"X-RateLimit-Limit": str(self.per_minute), "X-RateLimit-Remain": str(max(0, self.per_minute - self._minute[1]))}

    def _oauth(self, path: str, headers: Mapping[str, str], form: Mapping[str, str]) -> Answer:
        if path != "/v4/oa/access_token" or headers.get("secret_key") != APP_SECRET:
            return Answer("empty api", 404)
        if form.get("app_id") != APP_ID:
            return Answer({"error": -14002, "error_name": "Invalid appId", "error_description": "Invalid appId"})
        if form.get("grant_type") == "authorization_code":
            challenge = self.codes.pop(form.get("code", ""), None)
            digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
            if challenge is None or base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != challenge:
                return Answer({"error": -14003, "error_name": "Invalid code verifier", "error_description": ""})
            return Answer(self.grant())
        self.refreshes += 1
        until = self.refresh_tokens.pop(form.get("refresh_token", ""), None)
        if until is None or until < self.clock():
            return Answer(recorded("oauth_reply_invalid_refresh"))
        return Answer(self.grant())

    def _api(self, path: str, headers: Mapping[str, str], body: Any) -> Any:
        token = headers.get("access_token", "")
        if not token or token != self.access:
            raise Error(**_error("oa_reply_error_216"))
        if self.clock() >= self.access_until:
            raise Error(-220, "Access token is expired or removed")
        # Whether an account is asked for a proof is its owner's switch: the stricter of two truths.
        if headers.get("appsecret_proof") != hmac.new(APP_SECRET.encode(), token.encode(), hashlib.sha256).hexdigest():
            raise Error(-242, "Invalid appsecret_proof provided in the API argument")
        minute = self.clock().replace(second=0, microsecond=0)
        self._minute = (minute, self._minute[1] + 1 if self._minute[0] == minute else 1)
        if self._minute[1] > self.per_minute:
            raise Error(-32, "App reached its rate limit")
        if path.startswith("/v2.0/oa/upload/"):
            return self._upload(path.rpartition("/")[2], *body)
        match path:
            case "/v3.0/oa/message/cs":
                return self._message(body)
            case "/v2.0/oa/message":
                return self._to_a_visitor(body)
            case "/v3.0/oa/message/template":
                return self._template_by_id(body)
            case "/message/template":
                return self._template_by_phone(body)
        raise Error(-240, "MessageV2 API has been shut down")

    def _upload(self, kind: str, name: str, content: bytes) -> Any:
        if kind not in ENDINGS or len(content) > MOST_BYTES[kind]:
            raise Error(-210, "file size exceeds the limit")
        answer = recorded("oa_reply_upload_file_ok" if kind == "file" else "oa_reply_upload_image_ok")
        if not name.lower().endswith(ENDINGS[kind]):
            return answer | {"data": {}}
        field_name = "token" if kind == "file" else "attachment_id"
        answer["data"][field_name] = upload = f"EXAMPLE-{field_name}-{next(self.numbers)}"
        self.uploads[upload] = (content, kind, self.clock())
        return answer

    def _message(self, body: Any) -> Any:
        if set(body) != {"recipient", "message"} or set(body["recipient"]) != {"user_id"}:
            raise Error(-201, "recipient is invalid")
        user = self.users.get(body["recipient"]["user_id"])
        if user is None:
            raise Error(-201, "user_id is invalid")
        shown = self._checked(body["message"])
        if user.blocked:
            raise Error(-244, "User has restricted this type of message from your OA")
        if user.last_interaction is None:
            raise Error(-232, "User has not interacted with the OA, or the last interaction is over")
        since = self.clock() - user.last_interaction
        if since > WEEK:
            raise Error(**_error("oa_reply_error_230"))
        answer = recorded("oa_reply_send_ok")
        answer["data"] |= {"message_id": f"{next(self.numbers):020x}", "user_id": user.id}
        if since > FREE:
            del answer["data"]["quota"]
            user.billed += 1
        user.shows(answer["data"]["message_id"], *shown)
        return answer

    def _to_a_visitor(self, body: Any) -> Any:
        recipient = body.get("recipient", {})
        user = self.users.get(recipient.get("anonymous_id", ""))
        if set(recipient) != {"anonymous_id", "conversation_id"} or user is None:
            raise Error(-201, "anonymous_id is invalid")
        user.shows(f"{next(self.numbers):020x}", *self._checked(body["message"]))
        answer = recorded("oa_reply_send_ok")
        del answer["data"]["quota"]  # Nobody has shown one for visitors.
        return answer

    def _checked(self, message: Any) -> tuple[str, tuple[tuple[str, str], ...], bytes | None, bool]:
        """Return text, buttons, file and whether a contact is asked for; refuses what the platform refuses."""
        if not isinstance(message, dict) or not message or set(message) - {"text", "attachment", "quote_message_id"}:
            raise Error(-201, "message is invalid")
        text = message.get("text", "")
        if "text" in message and (not text.strip() or "attachment" not in message and not text):
            raise Error(-201, "text is empty")
        if len(text.encode("utf-16-le")) // 2 > 2000 or not unicodedata.is_normalized("NFC", text):
            raise Error(-210, "text exceeds the limit of 2000 characters")  # Loose marks count for themselves.
        attachment = message.get("attachment")
        if attachment is None:
            return text, (), None, False
        payload = attachment.get("payload", {})
        if attachment.get("type") == "file":
            if "text" in message or set(payload) != {"token"}:
                raise Error(-201, "attachment is invalid")
            return "", (), self._uploaded(payload["token"], "file"), False
        if attachment.get("type") != "template":
            raise Error(-201, "attachment type is invalid")
        if "buttons" in payload:
            return text, self._checked_buttons(payload), None, False
        elements = payload.get("elements", [])
        if len(elements) != 1:
            raise Error(-201, "elements are invalid")
        if payload.get("template_type") == "request_user_info":
            if set(elements[0]) != {"title", "subtitle", "image_url"} or not elements[0]["image_url"].startswith("https://"):
                raise Error(-201, "elements are invalid")
            if len(elements[0]["title"]) > 100 or len(elements[0]["subtitle"]) > 500:
                raise Error(-210, "title exceeds the limit")
            return elements[0]["title"], (), None, True
        if payload.get("template_type") != "media" or set(elements[0]) != {"media_type", "attachment_id"}:
            raise Error(-233, "message type is not supported")
        return text, (), self._uploaded(elements[0]["attachment_id"], "image"), False

    def _checked_buttons(self, payload: Any) -> tuple[tuple[str, str], ...]:
        wanted = {"plain": {"buttons"}, "template": {"buttons", "template_type"}}.get(self.accepts_buttons)
        if wanted is None or set(payload) != wanted or payload.get("template_type", "button") != "button":
            raise Error(-201, "attachment is invalid")
        buttons = payload["buttons"]
        if not 1 <= len(buttons) <= 5:
            raise Error(-201, "buttons are invalid")
        for button in buttons:
            if set(button) != {"title", "type", "payload"} or button["type"] not in BUTTON_TYPES or not button["title"]:
                raise Error(-201, "buttons are invalid")
            if len(button["title"]) > 100 or len(button["payload"]) > 1000:
                raise Error(-210, "button exceeds the limit")
        return tuple((button["payload"], button["title"]) for button in buttons)

    def _uploaded(self, name: str, kind: str) -> bytes:
        content, what, at = self.uploads.get(name, (b"", "", self.clock()))
        if what != kind:
            raise Error(-201, "attachment_id is invalid")
        if self.clock() - at > UPLOADS_KEPT:
            raise Error(-100, "attachment_id is expired")
        return content

    def _template_by_id(self, body: Any) -> Any:
        place = "recipient" if self.nested_user_id else "user_id"
        if set(body) != {place, "template_id", "template_data"}:
            raise Error(-201, f"{place} is invalid")
        user = body[place]["user_id"] if self.nested_user_id else body[place]
        if user not in self.users:
            raise Error(-201, "user_id is invalid")
        if not self.by_user_id:
            raise Error(-249, "This template cannot be sent by user id")
        self._knock(user, body)
        return recorded("zbs_reply_send_uid_ok")

    def _template_by_phone(self, body: Any) -> Any:
        if not str(body.get("phone", "")).startswith("84") or not str(body["phone"]).isdecimal():
            raise Error(-108, "Phone number is invalid")
        if not str(body.get("tracking_id", "")).isalnum() or len(body["tracking_id"]) > 48:
            raise Error(-1124, "tracking_id is invalid")
        if not 6 <= (self.clock() + timedelta(hours=7)).hour < 22:
            raise Error(-133, "Not allowed at night")
        self._knock(body["phone"], body)
        return recorded("zbs_reply_send_phone_ok")

    def _knock(self, to: str, body: Any) -> None:
        fields = self.templates.get(body["template_id"])
        if fields is None:
            raise Error(-131, "Template is not approved")
        if set(body["template_data"]) != set(fields):
            raise Error(-1122, "Template data is missing")
        if any(len(value) > fields[name] for name, value in body["template_data"].items()):
            raise Error(-1121, "Template data is too long")
        self.knocks.append((to, body["template_data"]))


def _error(name: str) -> dict[str, Any]:
    answer = recorded(name)
    return {"code": answer["error"], "message": answer["message"]}


def _trouble(fault: Fault) -> Answer:
    if fault.broken or fault.html:
        return Answer(fault.html, fault.status, broken=fault.broken)
    return Answer({"error": fault.code, "message": f"error {fault.code}"}, fault.status)


def utc(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    """Return an instant in UTC."""
    return datetime(year, month, day, hour, minute, tzinfo=UTC)
