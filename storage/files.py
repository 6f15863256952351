"""Files of drafts and cases, from the moment they are named in a turn."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, insert, select, update

from bot.dialogue.values import Attachment, Who
from bot.domain.cases import CaseFile
from storage.jobs import Jobs
from storage.ledger import Ledger
from storage.rows import case_files, contacts, jobs

FETCH = "fetch"
"""The kind of the job that fetches a file; its key is the file's id, its payload `{"file": id}`."""
DROP = "drop_report"
"""The kind of the job that removes the file of a report; its key is the file's name in the store."""

_f = case_files.c
_ADD = insert(case_files).returning(_f.id)
_SEAL = update(case_files).where(_f.id == bindparam("b_id")).values(ref=bindparam("b_ref"), name=bindparam("b_name"))
_SEEN = select(_f.id, _f.kind, _f.mime, _f.size, _f.state, _f.store, _f.copy, _f.words, _f.side, _f.at)
_OF_CASE = _SEEN.where(_f.case_id == bindparam("case")).order_by(_f.id)
_OF_DRAFT = _SEEN.where(_f.owner_hash == bindparam("owner"), _f.draft == bindparam("draft"), _f.case_id.is_(None)).order_by(_f.id)
_ATTACH = (
    update(case_files)
    .where(_f.owner_hash == bindparam("b_owner"), _f.draft == bindparam("b_draft"), _f.case_id.is_(None))
    .values(case_id=bindparam("b_case"))
)
# Once a file of a case needs no fetching, nothing in its row leads to the chat it came from.
_UNLINK = update(case_files).where(_f.case_id.is_not(None), _f.state != "pending").values(owner_hash="", draft="")
_UNLINK_CASE = _UNLINK.where(_f.case_id == bindparam("b_case"))
_UNLINK_FILE = _UNLINK.where(_f.id == bindparam("b_id"))
_DROP = delete(case_files).where(_f.id == bindparam("id"))
_PENDING = (
    select(_f.kind, _f.ref, _f.size, _f.mime, _f.name, _f.case_id, contacts.c.address_hash, contacts.c.address)
    .join(contacts, contacts.c.address_hash == _f.owner_hash)
    .where(_f.id == bindparam("id"), _f.state == "pending")
)
_STORED = (
    update(case_files)
    .where(_f.id == bindparam("b_id"))
    .values(
        state="stored",
        store=bindparam("b_store"),
        copy=bindparam("b_copy"),
        mime=bindparam("b_mime"),
        size=bindparam("b_size"),
        ref=b"",
    )
)
_FAILED = update(case_files).where(_f.id == bindparam("b_id")).values(state="failed", ref=b"")
_DESCRIBE = update(case_files).where(_f.id == bindparam("b_id")).values(words=bindparam("b_words"))

_NAMES = select(_f.store, _f.copy).where(_f.state == "stored")
# The files of reports are known by the jobs that will remove them.
_REPORTS = select(jobs.c.key).where(jobs.c.kind == DROP)


class Files:
    """Implements `ports.Files`."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    async def add(self, who: Who, attachment: Attachment, draft: str, case: int | None, side: str, now: datetime) -> int:
        """Keep the reference of a file that is still to be fetched, and the job that fetches it; return its id."""
        row = {
            "case_id": case,
            "owner_hash": self._ledger.chat(who),
            "draft": draft,
            "side": side,
            "platform": who.platform,
            "kind": attachment.kind,
            "mime": attachment.mime,
            "size": attachment.size or 0,
            "ref": b"",
            "name": b"",
            "state": "pending",
            "at": now,
        }
        number: int = (await self._ledger.execute(_ADD, row)).scalar_one()
        # Sealed for its own id, which is known only now.
        sealed = {
            "b_ref": self._ledger.close(attachment.ref, "case_files.ref", number),
            "b_name": self._ledger.close(attachment.name, "case_files.name", number),
        }
        await self._ledger.execute(_SEAL, sealed | {"b_id": number})
        await Jobs(self._ledger).put(FETCH, str(number), now, {"file": number})
        return number

    async def of_case(self, case: int) -> list[CaseFile]:
        """Return the files of a case, in the order in which they came."""
        rows = await self._ledger.execute(_OF_CASE, {"case": case})
        return [self._file(row) for row in rows]

    async def of_draft(self, who: Who, draft: str) -> list[CaseFile]:
        """Return the files of a draft that is not yet a case, in the order in which they came."""
        rows = await self._ledger.execute(_OF_DRAFT, {"owner": self._ledger.chat(who), "draft": draft})
        return [self._file(row) for row in rows]

    async def attach(self, who: Who, draft: str, case: int) -> int:
        """Move the files of a draft to the case; return how many."""
        moved = await self._ledger.execute(_ATTACH, {"b_owner": self._ledger.chat(who), "b_draft": draft, "b_case": case})
        await self._ledger.execute(_UNLINK_CASE, {"b_case": case})
        return moved.rowcount

    async def drop(self, file: int) -> None:
        """Forget a file."""
        await self._ledger.execute(_DROP, {"id": file})

    async def pending(self, file: int) -> tuple[Who, Attachment, int | None] | None:
        """Return (whose chat, the reference, case) of a file still to be fetched, None for any other or a forgotten chat."""
        row = (await self._ledger.execute(_PENDING, {"id": file})).one_or_none()
        if row is None:
            return None
        attachment = Attachment(
            kind=row.kind,
            ref=self._ledger.open(row.ref, "case_files.ref", file),
            size=row.size or None,
            mime=row.mime,
            name=self._ledger.open(row.name, "case_files.name", file),
        )
        return self._ledger.open_who(row.address_hash, row.address), attachment, row.case_id

    async def stored(self, file: int, store: str, copy: str, mime: str, size: int) -> None:
        """It is in the store, under these names."""
        row = {"b_id": file, "b_store": store, "b_copy": copy, "b_mime": mime, "b_size": size}
        await self._ledger.execute(_STORED, row)
        await self._ledger.execute(_UNLINK_FILE, {"b_id": file})

    async def failed(self, file: int, why: str) -> None:
        """It cannot be had for good; `why` is for the log of the caller."""
        await self._ledger.execute(_FAILED, {"b_id": file})
        await self._ledger.execute(_UNLINK_FILE, {"b_id": file})

    async def describe(self, file: int, words: str) -> None:
        """Keep what intake wrote down of it."""
        await self._ledger.execute(_DESCRIBE, {"b_id": file, "b_words": self._ledger.close(words, "case_files.words", file)})

    async def names(self) -> set[str]:
        """Return the store names of every file and copy that is kept."""
        kept = {name for row in await self._ledger.execute(_NAMES) for name in row if name}
        return kept | set((await self._ledger.execute(_REPORTS)).scalars())

    def _file(self, row: Any) -> CaseFile:
        return CaseFile(
            id=row.id,
            kind=row.kind,
            mime=row.mime,
            size=row.size,
            state=row.state,
            store=row.store,
            copy=row.copy,
            words="" if row.words is None else self._ledger.open(row.words, "case_files.words", row.id),
            at=row.at,
            side=row.side,
        )
