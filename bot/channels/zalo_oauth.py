"""The consent of an Official Account's admin: the link, and the pair of tokens that a code or a refresh token is changed into.

Source: Zalo for developers, OAuth v4 of the Official Account API (PKCE; RFC 7636).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from bot.channels.clean import clean_line
from bot.channels.zalo_http import ZaloHttp
from bot.channels.zalo_oa_errors import Unclear

OAUTH = "https://oauth.zaloapp.com"
USED_UP = (-14014, -14020, -118)
TOO_MANY = -32


@dataclass(frozen=True, slots=True, repr=False)
class Grant:
    """What an account's admin has given us: the access token, and the refresh token that works once. Never shown in a repr.

    `lost`: the refresh token is used up; the access token is good as long as it lives.
    """

    access: str
    refresh: str
    issued_at: datetime
    expires_at: datetime
    lost: bool = False

    @property
    def half_life(self) -> datetime:
        """The instant at which half of the access token's life is over."""
        return self.issued_at + (self.expires_at - self.issued_at) / 2


class GrantRefused(Exception):
    """Zalo gives no tokens; `code` and `name` are Zalo's, the name cleaned and short. `passing` when it may next minute.

    `used_up`: what was brought is good no more, which other codes do not say.
    """

    def __init__(self, code: int, name: str) -> None:
        super().__init__(f"{code} {name}".strip())
        self.code = code
        self.name = name
        self.passing = code == TOO_MANY
        self.used_up = code in USED_UP


def new_verifier() -> str:
    """Return a code verifier of 43 characters."""
    return secrets.token_urlsafe(32)


def challenge_of(verifier: str) -> str:
    """Return the code challenge of a verifier: base64url of its SHA-256, without padding."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode("ascii")).digest()).rstrip(b"=").decode()


def proof_of(app_secret: str, access_token: str) -> str:
    """Return the `appsecret_proof` of a call: it tells that whoever has the token is the app itself.

    An app's owner may switch on that Zalo asks for it (-242 without); where it does not, the header does no harm.
    """
    return hmac.new(app_secret.encode(), access_token.encode(), hashlib.sha256).hexdigest()


class OAuth:
    """The token endpoint for one app. `app_secret` goes in a header; no token ever stands in an address or in an error."""

    def __init__(self, http: ZaloHttp, app_id: str, app_secret: str, url: str = OAUTH) -> None:
        self._http = http
        self._app_id = app_id
        self._app_secret = app_secret
        self._url = url.rstrip("/")

    def link(self, redirect: str, verifier: str, state: str) -> str:
        """Return the address where the account's admin consents; `redirect` must stand in the app's settings as it is."""
        asked = {"app_id": self._app_id, "redirect_uri": redirect, "code_challenge": challenge_of(verifier), "state": state}
        return f"{self._url}/v4/oa/permission?{urlencode(asked)}"

    async def exchange(self, code: str, verifier: str, now: datetime) -> Grant:
        """Return the first pair for a code, good for ten minutes and once; raises `GrantRefused`, `NotSent`, `Unclear`."""
        return await self._ask({"code": code, "grant_type": "authorization_code", "code_verifier": verifier}, now)

    async def refresh(self, refresh_token: str, now: datetime) -> Grant:
        """Return a new pair; the refresh token is used up, and the old access token dead. Raises as `exchange` does."""
        return await self._ask({"refresh_token": refresh_token, "grant_type": "refresh_token"}, now)

    async def _ask(self, fields: Mapping[str, str], now: datetime) -> Grant:
        answer = await self._http.post(
            f"{self._url}/v4/oa/access_token",
            {"secret_key": self._app_secret},
            form={"app_id": self._app_id, **fields},
        )
        return grant_in(answer, now)


def grant_in(answer: Any, now: datetime) -> Grant:
    """Return the pair in an answer; `expires_in` comes as text or as a number of seconds. Raises `GrantRefused`, `Unclear`."""
    if not isinstance(answer, dict):
        raise Unclear("not an answer")
    access, refresh = answer.get("access_token"), answer.get("refresh_token")
    if isinstance(access, str) and isinstance(refresh, str) and access and refresh:
        try:
            seconds = int(str(answer.get("expires_in")))
        except ValueError:
            seconds = 0
        # A life that nobody can read is taken for an hour, the shortest that was ever seen.
        return Grant(access, refresh, now, now + timedelta(seconds=seconds if seconds > 0 else 3600))
    try:
        code = int(answer.get("error") or 0)
    except (TypeError, ValueError):
        code = 0
    if not code:
        raise Unclear("neither tokens nor an error")
    raise GrantRefused(code, clean_line(str(answer.get("error_name") or answer.get("message") or ""), 60))
