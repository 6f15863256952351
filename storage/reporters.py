"""Who sent which case: sealed, apart from the case. Every use is named in the house test."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import bindparam, case, insert, or_, select, update

from bot.usecases.ports import Reporter
from storage.ledger import Ledger
from storage.prepared import Prepared
from storage.rows import case_files, contacts, outbox, reporters, staff

_r = reporters.c
_ADD = insert(reporters)
_OF = Prepared(select(_r.person, _r.name, _r.phone).where(_r.case_id == bindparam("case")))
_IS_FROM = select(_r.case_id).where(_r.case_id == bindparam("case"), _r.person_hash == bindparam("person"))
_FORGET = (
    update(reporters)
    .where(_r.case_id == bindparam("b_case"))
    .values(person_hash=None, person=None, forgotten_at=bindparam("b_now"))
)
_FORGET_FILES = (
    update(case_files)
    .where(case_files.c.case_id == bindparam("b_case"), case_files.c.side == "citizen")
    .values(owner_hash="", draft="", state=case((case_files.c.state == "pending", "failed"), else_=case_files.c.state), ref=b"")
)
# Also of chats that he disconnected before, so of all but those of staff; a once-value has the case's number in it.
_FORGET_MESSAGES = (
    update(outbox)
    .where(
        outbox.c.case_id == bindparam("b_case"),
        outbox.c.contact_id.in_(
            select(contacts.c.id)
            .outerjoin(staff, staff.c.person_id == contacts.c.person_id)
            .where(or_(contacts.c.person_id == bindparam("b_person"), staff.c.id.is_(None)))
        ),
    )
    .values(case_id=None, once=None)
)


_NO_CHAT = (_r.person_hash.is_(None), _r.forgotten_at.is_(None))
_HAS_NO_CHAT = select(_r.case_id).where(_r.case_id == bindparam("case"), *_NO_CHAT)
_LINK = (
    update(reporters)
    .where(_r.case_id == bindparam("b_case"), *_NO_CHAT)
    .values(person_hash=bindparam("b_hash"), person=bindparam("b_person"))
)
_OF_PERSON = select(_r.case_id).where(_r.person_hash == bindparam("person"))
_PASS_ON = (
    update(reporters)
    .where(_r.case_id == bindparam("b_case"))
    .values(person_hash=bindparam("b_hash"), person=bindparam("b_person"))
)


class Reporters:
    """Implements `ports.Reporters`."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    async def of(self, case: int) -> Reporter | None:
        """Return who sent it, or None when there is no such case."""
        row = (await self._ledger.execute(_OF, {"case": case})).one_or_none()
        if row is None:
            return None
        return Reporter(
            person=None if row.person is None else int(self._ledger.open(row.person, "reporters.person", case)),
            name=self._ledger.open(row.name, "reporters.name", case),
            phone=self._ledger.open(row.phone, "reporters.phone", case),
        )

    async def is_from(self, case: int, person: int) -> bool:
        """Whether this person sent it and did not cut it off."""
        found = await self._ledger.execute(_IS_FROM, {"case": case, "person": sent_by(self._ledger, person)})
        return found.first() is not None

    async def forget(self, case: int, now: datetime) -> None:
        """Cut the link between the case and any chat for good: here, in the files and in what was sent about it.

        A file that is still to be fetched is lost by that, since nobody knows any more where from.
        """
        reporter = await self.of(case)
        if reporter is None or reporter.person is None:
            return
        await self._ledger.execute(_FORGET, {"b_case": case, "b_now": now})
        await self._ledger.execute(_FORGET_FILES, {"b_case": case})
        await self._ledger.execute(_FORGET_MESSAGES, {"b_case": case, "b_person": reporter.person})

    async def has_no_chat(self, case: int) -> bool:
        """Whether no chat was ever linked to it."""
        return (await self._ledger.execute(_HAS_NO_CHAT, {"case": case})).first() is not None

    async def link(self, case: int, person: int) -> bool:
        """Link a case that has no chat to this person's; False where another was quicker, or a link was cut before."""
        row = {
            "b_case": case,
            "b_hash": sent_by(self._ledger, person),
            "b_person": self._ledger.close(str(person), "reporters.person", case),
        }
        return bool((await self._ledger.execute(_LINK, row)).rowcount == 1)


async def keep_reporter(ledger: Ledger, case: int, reporter: Reporter) -> None:
    """Store who sent a new case, sealed for it."""
    person = reporter.person
    row = {
        "case_id": case,
        "person_hash": None if person is None else sent_by(ledger, person),
        "person": None if person is None else ledger.close(str(person), "reporters.person", case),
        "name": ledger.close(reporter.name, "reporters.name", case),
        "phone": ledger.close(reporter.phone, "reporters.phone", case),
    }
    await ledger.execute(_ADD, row)


async def pass_on(ledger: Ledger, gone: int, kept: int) -> None:
    """Let the cases of a person be those of another, who is the same human being."""
    cases = (await ledger.execute(_OF_PERSON, {"person": sent_by(ledger, gone)})).scalars().all()
    if not cases:
        return
    there = sent_by(ledger, kept)
    rows = [{"b_case": one, "b_hash": there, "b_person": ledger.close(str(kept), "reporters.person", one)} for one in cases]
    await ledger.execute(_PASS_ON, rows)


def sent_by(ledger: Ledger, person: int) -> str:
    """Return the keyed hash under which a person's cases are found."""
    return ledger.hash("reporters.person", str(person))
