"""Persons, their chats and consents."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Boolean, and_, bindparam, delete, exists, insert, or_, select, update

from bot.dialogue.values import Session, Who
from bot.domain.people import Person
from bot.usecases.ports import Known
from storage.ledger import Ledger, insert_or
from storage.outbox import hold_back, release
from storage.prepared import Prepared
from storage.rows import consents, contacts, people, sessions, staff
from storage.sessions import open_session
from storage.staff import with_appointments

SERVICE = "service"
# A chat's last use only decides between several chats of one person, so it need not be written in every turn: it is when the
# hour has passed, and when another chat of the same person was used since.
_SEEN_EVERY = timedelta(hours=1)

_other = contacts.alias("other")
_OVERTAKEN = (
    exists()
    .where(
        _other.c.person_id == contacts.c.person_id,
        _other.c.id != contacts.c.id,
        _other.c.last_seen_at >= contacts.c.last_seen_at,
    )
    .correlate(contacts)
)
_PERSON = (people.c.id.label("person"), people.c.language, people.c.agreed, people.c.address_as)
_KNOWN = Prepared(
    select(
        contacts.c.id.label("contact"),
        contacts.c.reachable,
        contacts.c.last_seen_at,
        _OVERTAKEN.label("overtaken"),
        *_PERSON,
        sessions.c.state,
        sessions.c.version,
        staff.c.id.label("staff"),
        staff.c.name,
        staff.c.badge,
    )
    .select_from(contacts)
    .join(people, people.c.id == contacts.c.person_id)
    .outerjoin(sessions, sessions.c.address_hash == contacts.c.address_hash)
    .outerjoin(staff, and_(staff.c.person_id == people.c.id, staff.c.revoked_at.is_(None)))
    .where(contacts.c.address_hash == bindparam("chat"))
)
_NEW_PERSON = insert(people).returning(people.c.id)
_NEW_CONTACT = insert_or(
    contacts, lambda new: new.on_conflict_do_nothing(index_elements=["address_hash"]).returning(contacts.c.id)
)
_DROP_PERSON = delete(people).where(people.c.id == bindparam("b_person"))
_SEEN = update(contacts).where(contacts.c.id == bindparam("b_contact")).values(last_seen_at=bindparam("b_now"))
_BY_ID = select(*_PERSON).where(people.c.id == bindparam("person"))
_LANGUAGE = update(people).where(people.c.id == bindparam("b_person")).values(language=bindparam("b_language"))
_AGREED = update(people).where(people.c.id == bindparam("b_person")).values(agreed=bindparam("b_agreed"))
_CONSENTS = (
    select(consents.c.purpose, consents.c.granted)
    .where(consents.c.person_id == bindparam("person"))
    .order_by(consents.c.at, consents.c.id)
)
_CONSENT = insert(consents)
# The last use is noted once an hour only; every turn saves the session.
_TURN_AFTER = exists().where(sessions.c.address_hash == contacts.c.address_hash, sessions.c.updated_at > bindparam("b_at"))
_REACHABLE = (
    update(contacts)
    .where(
        contacts.c.address_hash == bindparam("b_chat"),
        contacts.c.reachable != bindparam("b_reachable"),
        or_(
            bindparam("b_reachable", type_=Boolean),
            and_(contacts.c.last_seen_at <= bindparam("b_at"), ~_TURN_AFTER.correlate(contacts)),
        ),
    )
    .values(reachable=bindparam("b_reachable"))
    .returning(contacts.c.id)
)


class People:
    """Implements `ports.People`."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    async def known(self, who: Who, now: datetime, language: str, writes: bool = True) -> Known:
        """Return who writes from this chat, or to whom somebody of the office does (not `writes`).

        A stranger becomes a person without consent, in `language`. One statement for a citizen, a second one for the appointments
        of a member of staff.
        """
        chat = self._ledger.chat(who)
        row = (await self._ledger.execute(_KNOWN, {"chat": chat})).one_or_none()
        if row is None:
            return await self._welcome(who, chat, now, language)
        if writes and (row.overtaken or now - row.last_seen_at >= _SEEN_EVERY):
            await self._ledger.execute(_SEEN, {"b_contact": row.contact, "b_now": now})
        return Known(
            person=_person(row),
            contact=row.contact,
            reachable=row.reachable,
            staff=None
            if row.staff is None
            else await with_appointments(self._ledger, now, row.staff, row.name, row.badge, row.person),
            session=Session() if row.state is None else open_session(self._ledger, chat, row.state, row.version),
        )

    async def _welcome(self, who: Who, chat: str, now: datetime, language: str) -> Known:
        """Make a stranger a person; when another process was faster with the same chat, read what it made."""
        person = (await self._ledger.execute(_NEW_PERSON, {"language": language, "created_at": now})).scalar_one()
        contact = {
            "person_id": person,
            "platform": who.platform,
            "address_hash": chat,
            "address": self._ledger.close_who(chat, who),
            "last_seen_at": now,
        }
        made = (await self._ledger.execute(_NEW_CONTACT, contact)).scalar_one_or_none()
        if made is None:
            await self._ledger.execute(_DROP_PERSON, {"b_person": person})
            return await self.known(who, now, language)
        return Known(Person(person, language, None), made, True, None, Session())

    async def by_id(self, person: int) -> Person | None:
        """Return the person, or None."""
        row = (await self._ledger.execute(_BY_ID, {"person": person})).one_or_none()
        return None if row is None else _person(row)

    async def set_language(self, person: int, language: str) -> None:
        """Remember in which language the person reads."""
        await self._ledger.execute(_LANGUAGE, {"b_person": person, "b_language": language})

    async def consent(self, person: int, purpose: str, granted: bool, wording: str, platform: str, now: datetime) -> None:
        """Keep an answer to a question of consent; purpose "service" also sets `Person.agreed`."""
        given = {"person_id": person, "purpose": purpose, "granted": granted, "wording": wording, "platform": platform, "at": now}
        await self._ledger.execute(_CONSENT, given)
        if purpose == SERVICE:
            await self._ledger.execute(_AGREED, {"b_person": person, "b_agreed": granted})

    async def consents(self, person: int) -> Mapping[str, bool]:
        """Return the latest answer for each purpose that was ever asked."""
        return {row.purpose: row.granted for row in await self._ledger.execute(_CONSENTS, {"person": person})}

    async def set_reachable(self, who: Who, reachable: bool, now: datetime, at: datetime | None = None) -> int | None:
        """Mark a chat as blocked or open again, and return its contact id; `at`: when the person did it, if not now.

        When it opens, held messages that must arrive wait for delivery again; when it closes, those that wait are held or
        dropped. A chat that we do not know, that is marked so already, or in which the person has written after closing it
        changes nothing: None.
        """
        asked = {"b_chat": self._ledger.chat(who), "b_reachable": reachable, "b_at": at or now}
        changed = await self._ledger.execute(_REACHABLE, asked)
        contact: int | None = changed.scalar_one_or_none()
        if contact is not None:
            await (release if reachable else hold_back)(self._ledger, contact, now)
        return contact


def _person(row: Any) -> Person:
    return Person(row.person, row.language, row.agreed, row.address_as)
