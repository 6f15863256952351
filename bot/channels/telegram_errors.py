"""What the answers of the Bot API mean for the outbox."""

from __future__ import annotations

import random
import re
from datetime import datetime, timedelta

from telegram.error import (
    BadRequest,
    ChatMigrated,
    EndPointNotFound,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
)

from bot.channels.base import Outcome, SendFailed

LONGEST_WAIT = 30.0  # Seconds between two tries when the server did not ask for more.


class NotSent(NetworkError):
    """No connection was had, so the request surely did not leave; every other network trouble leaves that open."""

    __slots__ = ()


class Flood(RetryAfter):
    """Too many requests: this one was not carried out. The library's own class warns each time that it will change."""

    __slots__ = ()

    def __init__(self, seconds: float) -> None:
        TelegramError.__init__(self, "Too many requests")
        self._retry_after = timedelta(seconds=seconds)


def send_failed(error: TelegramError, now: datetime) -> SendFailed:
    """Return an error of the library as the outbox understands it, without ids, names, tokens or words of the message.

    Source: the Bot API server's answers. `BadRequest` derives from `NetworkError` and is asked for first.
    """
    if isinstance(error, RetryAfter):
        wait = error._retry_after + timedelta(seconds=random.uniform(0.1, 1))  # noqa: S311
        return SendFailed(Outcome.RETRY, "too many requests", now + wait, whole_channel=True)
    if isinstance(error, (InvalidToken, EndPointNotFound)):
        return SendFailed(Outcome.STOPPED, "the token was refused", whole_channel=True)
    if isinstance(error, Forbidden):
        return SendFailed(Outcome.BLOCKED, "the person has blocked the bot or is gone")
    if isinstance(error, ChatMigrated):
        return SendFailed(Outcome.NEVER, "the chat has become another one")
    if isinstance(error, BadRequest):
        words = error.message.lower()
        if "chat not found" in words or "peer_id_invalid" in words:
            return SendFailed(Outcome.BLOCKED, "the person has never written to this bot")
        return SendFailed(Outcome.NEVER, _short(words))
    if isinstance(error, NotSent):
        return SendFailed(Outcome.RETRY, "no connection")
    return SendFailed(Outcome.UNKNOWN, f"no clear answer ({type(error).__name__})")


def back_off(tries: int, asked: timedelta | None = None) -> float:
    """Return seconds to wait before the next try: what the server asked for, else 1, 2, 4 ... 30, each with jitter."""
    seconds = asked.total_seconds() if asked is not None else min(LONGEST_WAIT, 2.0 ** min(tries, 10))
    return max(0.0, seconds) + random.uniform(0.1, 1)  # noqa: S311


def _short(words: str) -> str:
    """Return Telegram's reason without what it quotes from the message, and without ids."""
    return re.sub(r"[\"':].*|\d{4,}", "", words, flags=re.DOTALL).strip()[:80]
