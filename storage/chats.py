"""The chats of one person on several channels: which to write to, how they are connected and disconnected."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import bindparam, delete, insert, literal_column, select, update

from bot.dialogue.values import Session, Who
from bot.usecases.ports_chats import Contact, Offer
from storage.ledger import Ledger, insert_or
from storage.reporters import pass_on
from storage.rows import Instant, case_files, consents, contacts, link_codes, people, sessions, staff
from storage.sessions import open_session

_c, _l = contacts.c, link_codes.c
# On PostgreSQL held until the commit, so that none of them is given to somebody else before what is written to it is there to
# be moved. It hinders neither turns nor senders.
_OF = (
    select(_c.id, _c.platform, people.c.language, _c.reachable, _c.last_seen_at, _c.joined_at)
    .join_from(contacts, people, people.c.id == _c.person_id)
    .where(_c.person_id == bindparam("person"))
    .order_by(_c.reachable.desc(), _c.last_seen_at.desc(), _c.id.desc())
    .with_for_update(of=contacts, read=True, key_share=True)
)
_OWNER = select(_c.person_id).where(_c.id == bindparam("contact"))
_WITHDRAW = delete(link_codes).where(_l.person_id == bindparam("person"))
# No row: the code is somebody else's, or another chat of the person had one shown at the same moment.
_OFFER = insert_or(link_codes, lambda new: new.on_conflict_do_nothing().returning(link_codes.c.person_id))
_OFFERED = select(_l.person_id, _l.contact_id, _l.expires_at).where(_l.code_hash == bindparam("code"))
_TAKE = delete(link_codes).where(_l.code_hash == bindparam("code"))

_MOVE_CHATS = (
    update(contacts)
    .where(_c.person_id == bindparam("b_gone"))
    .values(person_id=bindparam("b_kept"), joined_at=bindparam("b_now"))
)
# A turn under way in another of these chats runs again, as it would act for a person who is no more.
_RUN_AGAIN = (
    update(sessions)
    .where(
        sessions.c.address_hash.in_(
            select(_c.address_hash).where(_c.person_id == bindparam("b_gone"), _c.id != bindparam("b_contact"))
        )
    )
    .values(version=sessions.c.version + 1)
)
_USED_NOW = update(contacts).where(_c.id == bindparam("b_contact")).values(last_seen_at=bindparam("b_now"))
_MOVE_STAFF = update(staff).where(staff.c.person_id == bindparam("b_gone")).values(person_id=bindparam("b_kept"))
_SAID = ("purpose", "granted", "wording", "platform", "at")
# An answer to a question of consent is never changed, so the rows stay with the person who is no more, as evidence.
_COPY_CONSENTS = insert(consents).from_select(
    ["person_id", *_SAID],
    select(bindparam("b_kept", type_=consents.c.person_id.type), *(consents.c[name] for name in _SAID))
    .where(consents.c.person_id == bindparam("b_gone"))
    .order_by(consents.c.id),
)

_NEW_PERSON = insert(people).returning(people.c.id)
_LANGUAGE = (
    select(people.c.language, _c.address_hash)
    .join_from(contacts, people, people.c.id == _c.person_id)
    .where(_c.id == bindparam("contact"))
    .with_for_update(of=contacts)
)
_MOVE_CHAT = (
    update(contacts)
    .where(_c.id == bindparam("b_contact"))
    .values(person_id=bindparam("b_person"), joined_at=literal_column("NULL"))
)
_DROP_SHOWN = delete(link_codes).where(_l.contact_id == bindparam("contact"))
_DROP_DRAFTS = delete(case_files).where(case_files.c.case_id.is_(None), case_files.c.owner_hash == bindparam("chat"))
_DIALOGUES = (
    select(_c.address_hash, _c.address, sessions.c.state, sessions.c.version)
    .join(sessions, sessions.c.address_hash == _c.address_hash)
    .where(_c.person_id == bindparam("person"), _c.id != bindparam("but"))
)
_CHAT = select(_c.address_hash).where(_c.id == bindparam("contact"))
_END_SESSION = (
    update(sessions)
    .where(sessions.c.address_hash == bindparam("b_chat"))
    .values(state=bindparam("b_state"), version=sessions.c.version + 1, updated_at=bindparam("b_now", type_=Instant))
)


class Chats:
    """Implements `ports_chats.Chats`."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    async def of(self, person: int) -> list[Contact]:
        """Return a person's chats, those where he can be reached first, then the one used last first."""
        rows = await self._ledger.execute(_OF, {"person": person})
        return [Contact(r.id, r.platform, r.language, r.reachable, r.last_seen_at, r.joined_at) for r in rows]

    async def owner(self, contact: int) -> int:
        """Return the person whose chat this is."""
        person: int = (await self._ledger.execute(_OWNER, {"contact": contact})).scalar_one()
        return person

    async def offer(self, code_hash: str, offer: Offer) -> bool:
        """Keep a code in place of the person's code before; False when that failed, so that another is made."""
        await self._ledger.execute(_WITHDRAW, {"person": offer.person})
        row = {"person_id": offer.person, "code_hash": code_hash, "contact_id": offer.contact, "expires_at": offer.expires_at}
        return (await self._ledger.execute(_OFFER, row)).scalar_one_or_none() is not None

    async def offered(self, code_hash: str) -> Offer | None:
        """Return what a code leads to, expired or not."""
        row = (await self._ledger.execute(_OFFERED, {"code": code_hash})).one_or_none()
        return None if row is None else Offer(row.person_id, row.contact_id, row.expires_at)

    async def take(self, code_hash: str) -> bool:
        """Use a code up; False when somebody was faster."""
        return (await self._ledger.execute(_TAKE, {"code": code_hash})).rowcount == 1

    async def join(self, gone: int, kept: int, here: int, now: datetime) -> None:
        """Give one person's chats, cases, consents and staff account to another, who uses the chat `here` now.

        Of the person who is no more only the row stays, for the consents that he gave.
        """
        both = {"b_gone": gone, "b_kept": kept}
        # First of all, so that it waits for a turn that is about to commit, and the statements below see what that one wrote.
        await self._ledger.execute(_RUN_AGAIN, {"b_gone": gone, "b_contact": here})
        await self._ledger.execute(_WITHDRAW, {"person": gone})
        await self._ledger.execute(_MOVE_CHATS, both | {"b_now": now})
        await self._ledger.execute(_USED_NOW, {"b_contact": here, "b_now": now})
        await self._ledger.execute(_MOVE_STAFF, both)
        await self._ledger.execute(_COPY_CONSENTS, both)
        await pass_on(self._ledger, gone, kept)

    async def part(self, contact: int, now: datetime) -> int:
        """Give a chat to a new person, who has nothing and has not agreed; return him. Its drafts' files are forgotten."""
        row = (await self._ledger.execute(_LANGUAGE, {"contact": contact})).one()
        made = await self._ledger.execute(_NEW_PERSON, {"language": row.language, "created_at": now})
        person: int = made.scalar_one()
        await self._ledger.execute(_MOVE_CHAT, {"b_contact": contact, "b_person": person})
        await self._ledger.execute(_DROP_SHOWN, {"contact": contact})
        await self._ledger.execute(_DROP_DRAFTS, {"chat": row.address_hash})
        return person

    async def dialogues(self, person: int, but: int) -> list[tuple[Who, Session]]:
        """Return where a person stands in his chats other than `but`, where he stands anywhere."""
        rows = await self._ledger.execute(_DIALOGUES, {"person": person, "but": but})
        return [
            (
                self._ledger.open_who(row.address_hash, row.address),
                open_session(self._ledger, row.address_hash, row.state, row.version),
            )
            for row in rows
        ]

    async def end_session(self, contact: int, now: datetime) -> None:
        """Let the dialogue in a chat begin anew; the version rises, so that a turn under way there runs again."""
        chat = (await self._ledger.execute(_CHAT, {"contact": contact})).scalar_one()
        state = self._ledger.seal.seal_json(Session().to_json(), "sessions.state", chat)
        await self._ledger.execute(_END_SESSION, {"b_chat": chat, "b_state": state, "b_now": now})
