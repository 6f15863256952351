"""Every update that came in, once."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import and_, bindparam, exists, or_, select, text, update

from bot.dialogue.values import Inbound, Who
from storage.ledger import Ledger, insert_or
from storage.rows import inbox

_NEW = insert_or(inbox, lambda new: new.on_conflict_do_nothing().returning(inbox.c.id))
_FAILED = insert_or(
    inbox,
    lambda new: new.on_conflict_do_update(
        index_elements=["platform", "account", "key"],
        set_={
            "state": "failed",
            "tries": inbox.c.tries + 1,
            "incident": new.excluded.incident,
            "why": new.excluded.why,
            "raw": new.excluded.raw,
            "next_try_at": new.excluded.next_try_at,
        },
    ).returning(inbox.c.tries),
)
# Written out as in the partial index, so that SQLite takes it.
_UNFINISHED = text("inbox.state IN ('waiting','failed')")
_earlier = inbox.alias()
_WAITS_BEHIND = exists().where(
    _earlier.c.chat_hash == inbox.c.chat_hash,
    _earlier.c.id < inbox.c.id,
    text("inbox_1.state IN ('waiting','failed')"),
    _earlier.c.state == "failed",
    _earlier.c.next_try_at > bindparam("now"),
)
_ROW = select(inbox.c.id, inbox.c.platform, inbox.c.account, inbox.c.key, inbox.c.raw).where(
    _UNFINISHED, inbox.c.raw.is_not(None)
)
_DUE = (
    _ROW.where(or_(inbox.c.state == "waiting", inbox.c.next_try_at <= bindparam("now")), ~_WAITS_BEHIND)
    .order_by(inbox.c.id)
    .limit(bindparam("limit"))
)
_OF_CHAT = _ROW.where(inbox.c.chat_hash == bindparam("chat")).order_by(inbox.c.id).limit(bindparam("limit"))
_MARK = update(inbox).where(inbox.c.id == bindparam("b_row")).values(state=bindparam("b_state"), why=bindparam("b_why"))
_LAST = (
    select(inbox.c.key)
    .where(and_(inbox.c.platform == bindparam("platform"), inbox.c.account == bindparam("account")))
    .order_by(inbox.c.id.desc())
    .limit(1)
)
_FORGET_ALL = update(inbox).where(inbox.c.chat_hash == bindparam("b_chat")).values(raw=None)
_FORGET_ONE = (
    update(inbox)
    .where(
        inbox.c.platform == bindparam("b_platform"), inbox.c.account == bindparam("b_account"), inbox.c.key == bindparam("b_key")
    )
    .values(raw=None)
)
_DEAD = (
    select(inbox.c.id, inbox.c.platform, inbox.c.why, inbox.c.received_at)
    .where(text("inbox.state = 'dead'"))
    .order_by(inbox.c.id.desc())
    .limit(bindparam("limit"))
)
_PURGE = (
    update(inbox)
    .where(text("state = 'done' AND raw IS NOT NULL"), inbox.c.received_at < bindparam("b_older_than"))
    .values(raw=None, chat_hash="")
)


class Inbox:
    """Implements `ports.Inbox`.

    The keys that a provider gives are never dropped; a message's own key is kept as a keyed hash, since Telegram's is made of the
    chat's number. Nothing here compares keys by size: after a quiet week Telegram goes on at a random number (B1).
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    async def claim(self, inbound: Inbound, raw: bytes, now: datetime, state: str = "done") -> bool:
        """Insert the update; False means that it came before, by update id or by message id."""
        row = self._row(inbound, raw, now) | {"state": state}
        return (await self._ledger.execute(_NEW, row)).scalar_one_or_none() is not None

    async def unreadable(self, platform: str, account: str, key: str, raw: bytes, why: str, now: datetime) -> bool:
        """Keep an update that cannot be read as a dead letter; False when it is kept already."""
        row = {
            "platform": platform,
            "account": account,
            "key": key,
            "message_key": None,
            "chat_hash": "",
            "state": "dead",
            "why": why,
            "raw": self._sealed(platform, account, key, raw),
            "received_at": now,
        }
        return (await self._ledger.execute(_NEW, row)).scalar_one_or_none() is not None

    async def failed(self, inbound: Inbound, raw: bytes, incident: str, why: str, now: datetime, next_try_at: datetime) -> int:
        """Keep a turn that raised, to be tried again; return how often it was tried (1 the first time)."""
        row = self._row(inbound, raw, now) | {
            "state": "failed",
            "tries": 1,
            "incident": incident,
            "why": why,
            "next_try_at": next_try_at,
        }
        tries: int = (await self._ledger.execute(_FAILED, row)).scalar_one()
        return tries

    async def unfinished(self, limit: int, now: datetime, who: Who | None = None) -> list[tuple[int, str, bytes]]:
        """Return rows to work off, oldest first, as (id, platform, raw).

        Waiting ones, and failed ones whose time has come; a row behind a failed one of its chat waits with it, so that
        a chat's order holds. With `who` all of that chat whatever their time.
        """
        if who is None:
            rows = await self._ledger.execute(_DUE, {"now": now, "limit": limit})
        else:
            rows = await self._ledger.execute(_OF_CHAT, {"chat": self._ledger.chat(who), "limit": limit})
        return [
            (r.id, r.platform, self._ledger.seal.open(r.raw, "inbox.raw", _bound(r.platform, r.account, r.key))) for r in rows
        ]

    async def mark(self, row: int, state: str, why: str = "") -> None:
        """Set the state of a row: done, waiting, failed or dead, and why."""
        await self._ledger.execute(_MARK, {"b_row": row, "b_state": state, "b_why": why or None})

    async def forget(self, who: Who, key: str | None = None) -> None:
        """Drop the bodies of a chat's updates now, or of one update; the keys stay, so that none is taken twice."""
        if key is not None:
            await self._ledger.execute(_FORGET_ONE, {"b_platform": who.platform, "b_account": who.account, "b_key": key})
        else:
            await self._ledger.execute(_FORGET_ALL, {"b_chat": self._ledger.chat(who)})

    async def dead_letters(self, limit: int) -> list[tuple[int, str, str, datetime]]:
        """Return (id, platform, why, received_at) of updates that were given up, newest first."""
        rows = await self._ledger.execute(_DEAD, {"limit": limit})
        return [(row.id, row.platform, row.why or "", row.received_at) for row in rows]

    async def last_key(self, platform: str, account: str) -> str | None:
        """Return the key of the newest row of a bot, by arrival, for the polling offset."""
        return (await self._ledger.execute(_LAST, {"platform": platform, "account": account})).scalar_one_or_none()

    async def purge_raw(self, older_than: datetime) -> int:
        """Drop the bodies of done updates, and what tells whose chat they came from; return how many. The keys stay (B2)."""
        return (await self._ledger.execute(_PURGE, {"b_older_than": older_than})).rowcount

    def _row(self, inbound: Inbound, raw: bytes, now: datetime) -> dict[str, Any]:
        who, message = inbound.who, inbound.message_key
        return {
            "platform": who.platform,
            "account": who.account,
            "key": inbound.key,
            "message_key": self._ledger.hash("inbox.message_key", message) if message else None,
            "chat_hash": self._ledger.chat(who),
            "raw": self._sealed(who.platform, who.account, inbound.key, raw),
            "received_at": now,
        }

    def _sealed(self, platform: str, account: str, key: str, raw: bytes) -> bytes:
        return self._ledger.seal.seal(raw, "inbox.raw", _bound(platform, account, key))


def _bound(platform: str, account: str, key: str) -> str:
    """Return the name of a row to seal for: its unique key, known before the row is."""
    return f"{platform}:{account}:{key}"
