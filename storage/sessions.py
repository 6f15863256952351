"""Where people stand in the dialogue."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import bindparam, delete, select

from bot.dialogue.values import Session, Who
from storage.ledger import Ledger, insert_or
from storage.rows import case_files, sessions

_SAVE = insert_or(
    sessions,
    lambda new: new.on_conflict_do_update(
        index_elements=["address_hash"],
        set_={name: new.excluded[name] for name in ("state", "version", "updated_at")},
        where=sessions.c.version == new.excluded.version - 1,
    ).returning(sessions.c.version),
)
_OLD = sessions.c.updated_at < bindparam("older_than")
_PURGE_DRAFTS = delete(case_files).where(
    case_files.c.case_id.is_(None), case_files.c.owner_hash.in_(select(sessions.c.address_hash).where(_OLD))
)
_PURGE = delete(sessions).where(_OLD)


class Sessions:
    """Implements `ports.Sessions`."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    async def save(self, who: Who, session: Session, now: datetime) -> bool:
        """Store it if nobody stored another version since it was loaded, and raise its version.

        False means that the turn must run again; nothing was stored then.
        """
        chat = self._ledger.chat(who)
        row = {
            "address_hash": chat,
            "state": self._ledger.seal.seal_json(session.to_json(), "sessions.state", chat),
            "version": session.version + 1,
            "updated_at": now,
        }
        version = (await self._ledger.execute(_SAVE, row)).scalar_one_or_none()
        if version is None:
            return False
        session.version = version
        return True

    async def purge(self, older_than: datetime) -> int:
        """Forget sessions untouched since, and the files of their drafts; return how many sessions."""
        await self._ledger.execute(_PURGE_DRAFTS, {"older_than": older_than})
        return (await self._ledger.execute(_PURGE, {"older_than": older_than})).rowcount


def open_session(ledger: Ledger, chat: str, sealed: bytes, version: int) -> Session:
    """Return a stored session; raises `SealBroken`."""
    return Session.from_json(ledger.seal.open_json(sealed, "sessions.state", chat), version)
