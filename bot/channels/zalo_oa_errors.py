"""What the answers of Zalo's Official Account API mean for the outbox.

Application errors come with HTTP 200 and a number in `error`. The phone host of template messages numbers its errors its own way.
Source: Zalo for developers, "Bảng mã lỗi" of the Official Account API and of ZBS template messages.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from enum import Enum
from typing import Any

from bot.channels.base import Outcome, SendFailed
from bot.dialogue.values import SILENT

VIETNAM = timezone(timedelta(hours=7))


class Way(Enum):
    """What is done about an error."""

    RENEW = "renew"  # The access token is refreshed once and the call made once more.
    SOON = "soon"  # The same call again, twice at most, a moment later; then it is given up.
    MINUTE = "minute"  # Everything waits for the next minute.
    MORNING = "morning"  # This kind of message may go again at six in the morning in Vietnam.
    LATER = "later"  # This person's quota is used up.
    QUOTA = "quota"  # The account's quota is used up: what costs waits, somebody must look.
    PLAIN = "plain"  # The same words without buttons; where there were none, it is given up.
    AGAIN = "again"  # An uploaded file has expired: it is uploaded anew.
    CLOSED = "closed"  # The person has not written for a week: only a template message reaches him.
    PHONE = "phone"  # The template reaches this person by phone number only.
    GONE = "gone"  # This person cannot be reached until he writes again.
    NEVER = "never"  # This message is refused for good.
    HUMAN = "human"  # Somebody must mend the account: nothing is sent meanwhile.


def _table(**codes: str) -> Mapping[int, Way]:
    return {int(code): Way[name] for name, listed in codes.items() for code in listed.split()}


# 216, 401 and -401 were seen in place of -216.
ACCOUNT = _table(
    RENEW="-216 -220 216 401 -401",
    SOON="-200 -214",
    MINUTE="-32",
    MORNING="-234",
    LATER="-218",
    QUOTA="-211",
    PLAIN="-201 -210 -233",
    AGAIN="-100",
    CLOSED="-230 -232 -305 -311",
    PHONE="-249",
    GONE="-213 -217 -222 -227 -244",
    NEVER="-237 -403 -238 -241 -248",
    HUMAN="-202 -204 -205 -207 -208 -209 -212 -215 -219 -221 -223 -224 -235 -240 -242 -320 -321",
)
TEMPLATE_BY_PHONE = _table(
    RENEW="-124 -216 -220",
    SOON="-100",
    MINUTE="-32",
    MORNING="-133",
    LATER="-144 -1441 -147 -1471 -1472",
    QUOTA="-115 -126",
    GONE="-108 -114 -118 -139 -140 -141",
    NEVER="-109 -110 -111 -112 -1121 -1122 -1124 -113 -116 -119 -121 -122 -132 -127",
    HUMAN="-101 -102 -103 -104 -105 -117 -120 -125 -131 -135 -1351 -136 -137 -1381 -146",
)


class Refused(Exception):
    """An answer with another `error` than 0; `way` is what to do. The words of the answer are not kept: they may quote ours."""

    def __init__(self, code: int, way: Way) -> None:
        super().__init__(f"error {code}")
        self.code = code
        self.way = way


class NotSent(Exception):
    """No connection was had, or a gateway turned the call away: it was surely not carried out."""


class Unclear(Exception):
    """The call left and no readable answer came: it may have been carried out."""


def answer_of(body: Any, table: Mapping[int, Way] = ACCOUNT) -> Mapping[str, Any]:
    """Return `data` of an answer, {} where it has none; raises `Refused`, and `Unclear` for what is no answer.

    A number that is in no table ends this one message only. Zalo says `error` with every answer; what does not, as a gateway's
    401, is none.
    """
    if not isinstance(body, dict):
        raise Unclear("not an answer")
    try:
        code = int(body["error"])
    except (KeyError, TypeError, ValueError):
        raise Unclear("not an answer") from None
    if code:
        raise Refused(code, table.get(code, Way.NEVER))
    data = body.get("data")
    return data if isinstance(data, dict) else {}


def send_failed(error: Refused | NotSent | Unclear, now: datetime) -> SendFailed:
    """Return an error as the outbox understands it, without ids, names, tokens or words of the message."""
    if isinstance(error, NotSent):
        return SendFailed(Outcome.RETRY, "no connection")
    if isinstance(error, Unclear):
        return SendFailed(Outcome.UNKNOWN, f"no clear answer ({error})")
    why = f"error {error.code}"
    match error.way:
        case Way.MINUTE:
            return SendFailed(Outcome.RETRY, f"too many requests ({why})", next_minute(now), whole_channel=True)
        case Way.QUOTA:
            # What is free, as every answer within two days, goes out all the same.
            return SendFailed(Outcome.RETRY, f"the account's quota is used up ({why})", now + timedelta(hours=1))
        case Way.MORNING:
            # Which zone the night is counted in stands nowhere: refused by day here, it is tried again in two hours.
            return SendFailed(Outcome.RETRY, f"not at night ({why})", at_night(now) or now + timedelta(hours=2))
        case Way.AGAIN:
            return SendFailed(Outcome.RETRY, why)
        case Way.LATER:
            return SendFailed(Outcome.RETRY, f"the person's quota is used up ({why})", now + timedelta(hours=6))
        case Way.CLOSED:
            return SendFailed(Outcome.BLOCKED, f"{SILENT} ({why})")
        case Way.GONE:
            return SendFailed(Outcome.BLOCKED, f"the person cannot be reached ({why})")
        case Way.HUMAN | Way.RENEW:
            return SendFailed(
                Outcome.STOPPED, f"the account must be mended ({why})", now + timedelta(minutes=10), whole_channel=True
            )
    return SendFailed(Outcome.NEVER, why)


def next_minute(now: datetime) -> datetime:
    """Return a moment in the next minute: the limit is counted by the minute."""
    return now.replace(second=0, microsecond=0) + timedelta(minutes=1, seconds=random.uniform(0.1, 5))  # noqa: S311


def at_night(now: datetime) -> datetime | None:
    """Return the next five past six in the morning in Vietnam, None by day: until half past nine in the evening."""
    there = now.astimezone(VIETNAM)
    morning = there.replace(hour=6, minute=5, second=0, microsecond=0)
    if morning <= there < there.replace(hour=21, minute=30, second=0, microsecond=0):
        return None
    return (morning if there < morning else morning + timedelta(days=1)).astimezone(UTC)
