"""Messages on their way out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Integer,
    LargeBinary,
    String,
    and_,
    bindparam,
    case,
    exists,
    func,
    literal,
    literal_column,
    or_,
    select,
    union_all,
    update,
)

from bot.dialogue.values import Layout
from bot.usecases.ports import STAYS, Claimed, Outgoing, Waiting
from storage.ledger import Ledger, insert_or
from storage.prepared import Prepared
from storage.rows import PERHAPS, Instant, contacts, outbox

_o = outbox.c
# States stand in the statements as they stand in the partial indexes, not as parameters: SQLite takes such an index only then.
_PENDING: ColumnElement[str] = literal_column("'pending'")
_SENDING: ColumnElement[str] = literal_column("'sending'")
_HELD: ColumnElement[str] = literal_column("'held'")
_GIVEN_UP: ColumnElement[str] = literal_column("'dead'")
_IS_PENDING = _o.state == _PENDING
_PERHAPS: ColumnElement[bool] = literal_column(PERHAPS)
_IS_STUCK = _o.state.in_([_SENDING, _GIVEN_UP, _HELD])

# A chat that cannot be reached keeps what must arrive and is spared the rest, so the row is made from the contact's own.
_ADDED = {
    "contact_id": contacts.c.id,
    "platform": bindparam("b_platform", type_=String),
    "priority": bindparam("b_priority", type_=Integer),
    "once": bindparam("b_once", type_=String),
    "kind": bindparam("b_kind", type_=String),
    "must_arrive": bindparam("b_must_arrive", type_=Boolean),
    "case_id": bindparam("b_case", type_=Integer),
    "place": bindparam("b_place", type_=Integer),
    "payload": bindparam("b_payload", type_=LargeBinary),
    "state": case((contacts.c.reachable, "pending"), else_="held"),
    "next_try_at": bindparam("b_now", type_=Instant),
    "created_at": bindparam("b_now", type_=Instant),
}
_ADD = insert_or(
    outbox,
    lambda new: new.from_select(
        list(_ADDED),
        select(*(value.label(name) for name, value in _ADDED.items())).where(
            contacts.c.id == bindparam("b_contact", type_=Integer),
            or_(contacts.c.reachable, bindparam("b_must_arrive", type_=Boolean)),
        ),
    ).on_conflict_do_nothing(index_elements=["once"]),
)

_other = outbox.alias("other")
_of_the_chat = _other.c.contact_id == _o.contact_id
_LIVE = _other.c.state.in_([_PENDING, _SENDING])
_CHAT_IS_BUSY = exists().where(_LIVE, _of_the_chat, _other.c.state == _SENDING)
_BEHIND_ANOTHER = exists().where(_LIVE, _of_the_chat, _other.c.priority == _o.priority, _other.c.id < _o.id)
_MAY_GO = and_(_IS_PENDING, ~_CHAT_IS_BUSY, ~_BEHIND_ANOTHER)
# On PostgreSQL a sender holds the chats it claims from until it commits, so two senders never take from one chat; others skip
# them. The update below looks again, as what this statement saw may be older than the lock. On SQLite nobody else writes.
_CANDIDATES = Prepared(
    select(
        _o.id,
        _o.contact_id,
        _o.kind,
        _o.must_arrive,
        _o.case_id,
        _o.payload,
        _o.place,
        _o.created_at,
        _o.tries,
        _o.again,
        contacts.c.address,
        contacts.c.address_hash,
    )
    .join(contacts, contacts.c.id == _o.contact_id)
    .where(_MAY_GO, _o.next_try_at <= bindparam("now"), _o.platform == bindparam("platform"))
    .order_by(_o.priority, _o.id)
    .limit(bindparam("limit"))
    .with_for_update(of=contacts, key_share=True, skip_locked=True)
)
_TAKE = (
    update(outbox)
    .where(
        _o.id.in_(bindparam("b_rows", expanding=True)),
        _IS_PENDING,
        _o.next_try_at <= bindparam("b_now"),
        ~_CHAT_IS_BUSY,
        ~_BEHIND_ANOTHER,
    )
    .values(state="sending", tries=_o.tries + 1)
    .returning(_o.id)
)

_ROW = update(outbox).where(_o.id == bindparam("b_row"))
_TAKE_ON_SQLITE = Prepared(_ROW.values(state="sending", tries=_o.tries + 1))
_SENT = Prepared(_ROW.values(state="sent", done_at=bindparam("b_now"), why=None))
# A chat may have been taken from its person while a message was on its way there: then it is over, however that went.
_ON_ITS_WAY = _ROW.where(_o.state == _SENDING)
_RETRY = _ON_ITS_WAY.values(state="pending", next_try_at=bindparam("b_at"), why=bindparam("b_why"))
_DEAD = _ON_ITS_WAY.values(state="dead", done_at=bindparam("b_now"), why=bindparam("b_why"))
_REST = _ON_ITS_WAY.values(state="uncertain", done_at=bindparam("b_now"), why=bindparam("b_why"))
_ONCE_MORE = _ON_ITS_WAY.values(state="pending", next_try_at=bindparam("b_at"), why=bindparam("b_why"), again=True)
_REVIVE = _ROW.where(or_(_o.state == "dead", _PERHAPS), _o.payload.is_not(None)).values(
    state="pending", next_try_at=bindparam("b_now"), done_at=None, why=None
)
_CONTACT = select(_o.contact_id).where(_o.id == bindparam("row"))
_BLOCKED = update(contacts).where(contacts.c.id == bindparam("b_contact")).values(reachable=False)
_HOLD_BACK = (
    update(outbox)
    .where(
        _o.contact_id == bindparam("b_contact"),
        _o.state.in_([_PENDING, _SENDING]),
        or_(_IS_PENDING, _o.id == bindparam("b_row")),
    )
    .values(
        state=case((_o.must_arrive, "held"), else_="dropped"),
        done_at=case((_o.must_arrive, None), else_=func.coalesce(bindparam("b_now", type_=Instant), _o.next_try_at)),
        why=bindparam("b_why"),
    )
)
_RELEASE = (
    update(outbox)
    .where(_o.contact_id == bindparam("b_contact"), _IS_STUCK, _o.state == _HELD)
    .values(state="pending", next_try_at=bindparam("b_now"), why=None)
)
_KEPT_FOR = (
    select(_o.id, _o.kind, _o.priority, _o.case_id, _o.once, _o.payload, _o.place, _o.created_at, _o.again, _o.state)
    .where(_o.contact_id == bindparam("contact"), _o.must_arrive, _o.kind != STAYS)
    .order_by(_o.id)
    .with_for_update()
)
# Locked on PostgreSQL, so that a sender who claims one at this moment has it, or finds it gone. Each by its own index: those that
# wait by the chat, those that are held by their state.
_IS_UNDER_WAY = _KEPT_FOR.where(_o.state.in_([_PENDING, _SENDING]))
_TO_MOVE = (
    _IS_UNDER_WAY.where(or_(_IS_PENDING, _o.id == bindparam("row"), bindparam("all", type_=Boolean))),
    _KEPT_FOR.where(_IS_STUCK, _o.state == _HELD),
)
_STRANDED = select(_o.contact_id).where(_IS_PENDING, _o.platform.not_in(bindparam("platforms", expanding=True))).distinct()
_MOVED = _ROW.values(state="dropped", once=None, payload=None, done_at=bindparam("b_now"), why="moved to another chat")
_OF_CHAT = update(outbox).where(_o.contact_id == bindparam("b_contact"))
_OVER = {"state": "dropped", "payload": None, "done_at": bindparam("b_now", type_=Instant), "why": "the chat was disconnected"}
_CLEAR = (
    _OF_CHAT.where(_o.state.in_([_PENDING, _SENDING])).values(_OVER),
    _OF_CHAT.where(_IS_STUCK, _o.state == _HELD).values(_OVER),
    _OF_CHAT.where(_IS_STUCK, _o.state == _GIVEN_UP).values(payload=None),
    _OF_CHAT.where(_PERHAPS).values(payload=None),
)
_RECOVER = (
    update(outbox).where(_IS_STUCK, _o.state == _SENDING).values(state="pending", next_try_at=bindparam("b_now"), again=True)
)
_NEXT = Prepared(select(_o.next_try_at).where(_MAY_GO, _o.platform == bindparam("platform")).order_by(_o.next_try_at).limit(1))
_WAITING = select(func.count()).where(_o.state.in_([_PENDING, _SENDING]))
_WHY = func.coalesce(_o.why, "")
_LETTER = (_o.platform, _o.kind)
_DEAD_LETTERS = (
    union_all(
        select(_o.id, *_LETTER, _WHY.label("why"), _o.created_at).where(_IS_STUCK, _o.state == _GIVEN_UP),
        # With the bare id SQLite would go through all messages in the order that is asked for.
        select(literal_column("+outbox.id"), *_LETTER, (literal("perhaps arrived: ") + _WHY).label("why"), _o.created_at).where(
            _PERHAPS
        ),
    )
    .order_by(literal_column("id").desc())
    .limit(bindparam("limit"))
)
_PURGE = update(outbox).where(_o.payload.is_not(None), _o.done_at < bindparam("b_older_than")).values(payload=None)

_STATE_OF = select(outbox.c.state).where(outbox.c.once == bindparam("once"))
_RECENT = (
    select(outbox.c.id, outbox.c.kind, outbox.c.state, outbox.c.created_at).order_by(outbox.c.id.desc()).limit(bindparam("limit"))
)


class Outbox:
    """Implements `ports.Outbox`: in order within one chat and priority, parallel across chats.

    What waits is found by its state, never by an id that grew (C5): a transaction with a smaller id may commit later.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    async def add(self, messages: Sequence[Outgoing], now: datetime) -> None:
        """Put messages in the outbox, in this order; one whose `once` is there already is left out.

        For a chat that cannot be reached, what must arrive is held and the rest is left out.
        """
        if not messages:
            return
        await self._ledger.execute(
            _ADD,
            [
                {
                    "b_contact": m.contact,
                    "b_platform": m.platform,
                    "b_priority": m.priority,
                    "b_once": m.once,
                    "b_kind": m.kind,
                    "b_must_arrive": m.must_arrive,
                    "b_case": m.case,
                    "b_place": place,
                    "b_payload": self._ledger.seal.seal_json(m.layout.to_json(), "outbox.payload", _bound(m.contact, now, place)),
                    "b_now": now,
                }
                for place, m in enumerate(messages)
            ],
        )

    async def claim(self, limit: int, now: datetime, platforms: Iterable[str]) -> list[Claimed]:
        """Mark up to `limit` due messages as sending and return them, lower priority numbers first.

        Only the first of each chat and priority, at most one of each chat, and none of a chat to which one is on its way: so
        replies stay in order although one of them is tried again later. `tries` counts this try.
        """
        firsts: dict[int, Any] = {}
        for platform in platforms:
            asked = {"now": now, "platform": platform, "limit": limit - len(firsts)}
            for row in await self._ledger.execute(_CANDIDATES, asked):
                firsts.setdefault(row.contact_id, row)
        if not firsts:
            return []
        if self._ledger.dialect == "sqlite":
            await self._ledger.execute(_TAKE_ON_SQLITE, [{"b_row": row.id} for row in firsts.values()])
            return [self._claimed(row) for row in firsts.values()]
        taken = set((await self._ledger.execute(_TAKE, {"b_rows": [r.id for r in firsts.values()], "b_now": now})).scalars())
        return [self._claimed(row) for row in firsts.values() if row.id in taken]

    def _claimed(self, row: Any) -> Claimed:
        return Claimed(
            id=row.id,
            contact=row.contact_id,
            who=self._ledger.open_who(row.address_hash, row.address),
            layout=self._layout(row.payload, row.contact_id, row.created_at, row.place),
            kind=row.kind,
            must_arrive=row.must_arrive,
            case=row.case_id,
            tries=row.tries + 1,
            again=row.again,
        )

    def _layout(self, payload: bytes, contact: int, created_at: datetime, place: int) -> Layout:
        return Layout.from_json(self._ledger.seal.open_json(payload, "outbox.payload", _bound(contact, created_at, place)))

    async def sent(self, rows: Sequence[int], now: datetime) -> None:
        """They were delivered."""
        if rows:
            await self._ledger.execute(_SENT, [{"b_row": row, "b_now": now} for row in rows])

    async def retry(self, row: int, at: datetime, why: str) -> None:
        """It was surely not delivered: it is due again at that instant, and what comes after it in its chat waits."""
        await self._ledger.execute(_RETRY, {"b_row": row, "b_at": at, "b_why": why})

    async def held(self, row: int, why: str) -> None:
        """The chat is blocked: keep what must arrive until it opens, drop the rest; the contact is marked."""
        contact = (await self._ledger.execute(_CONTACT, {"row": row})).scalar_one()
        await self._ledger.execute(_BLOCKED, {"b_contact": contact})
        await hold_back(self._ledger, contact, None, why, row)

    async def take_away(
        self, contact: int, now: datetime, row: int | None = None, also_on_its_way: bool = False
    ) -> list[Waiting]:
        """Return what must arrive and waits for a chat or is held for it, the oldest first, for another chat of its reader.

        It is dropped here, so that it is sent once. `row` was on its way, and surely did not arrive; with `also_on_its_way`
        whatever is on its way at this moment is taken too, and goes out marked, as it may arrive here all the same. What is
        about the chat itself (`STAYS`) stays.
        """
        asked = {"contact": contact, "row": row, "all": also_on_its_way}
        waiting = (await self._ledger.execute(_TO_MOVE[0], asked)).all()
        held = (await self._ledger.execute(_TO_MOVE[1], {"contact": contact})).all()
        rows = sorted([*waiting, *held], key=lambda each: each.id)
        if rows:
            await self._ledger.execute(_MOVED, [{"b_row": each.id, "b_now": now} for each in rows])
        return [
            Waiting(
                layout=self._layout(each.payload, contact, each.created_at, each.place),
                kind=each.kind,
                priority=each.priority,
                case=each.case_id,
                once=each.once,
                again=each.again or (each.state == "sending" and each.id != row),
            )
            for each in rows
        ]

    async def stranded(self, platforms: Iterable[str]) -> list[int]:
        """Return the chats for which something waits that are on none of these platforms."""
        found = await self._ledger.execute(_STRANDED, {"platforms": list(platforms)})
        return list(found.scalars())

    async def clear(self, contact: int, now: datetime) -> None:
        """Send nothing more to a chat of all that was meant for it, also not what an operator would send again."""
        for statement in _CLEAR[:2]:
            await self._ledger.execute(statement, {"b_contact": contact, "b_now": now})
        for statement in _CLEAR[2:]:
            await self._ledger.execute(statement, {"b_contact": contact})

    async def dead(self, row: int, why: str, now: datetime) -> None:
        """It cannot be delivered: a dead letter."""
        await self._ledger.execute(_DEAD, {"b_row": row, "b_why": why, "b_now": now})

    async def uncertain(self, row: int, why: str, now: datetime, again_at: datetime | None) -> None:
        """It may have arrived: with `again_at` it goes out once more, marked, else it rests."""
        if again_at is None:
            await self._ledger.execute(_REST, {"b_row": row, "b_why": why, "b_now": now})
        else:
            await self._ledger.execute(_ONCE_MORE, {"b_row": row, "b_why": why, "b_at": again_at})

    async def recover(self, now: datetime) -> int:
        """Rows found in sending at start-up go out once more, marked; return how many.

        To be called before anything is claimed, and by the only process that sends.
        """
        return (await self._ledger.execute(_RECOVER, {"b_now": now})).rowcount

    async def next_due(self, platforms: Iterable[str]) -> datetime | None:
        """Return when the next message on these platforms that nothing stands in front of is due, perhaps in the past.

        None when there is none.
        """
        found = [(await self._ledger.execute(_NEXT, {"platform": one})).scalar_one_or_none() for one in platforms]
        return min((due for due in found if due is not None), default=None)

    async def waiting(self) -> int:
        """Return how many messages are still to be sent; held ones do not count."""
        count: int = (await self._ledger.execute(_WAITING)).scalar_one()
        return count

    async def state_of(self, once: str) -> str | None:
        """Return the state of the message with this once-value, or None."""
        state: str | None = (await self._ledger.execute(_STATE_OF, {"once": once})).scalar_one_or_none()
        return state

    async def dead_letters(self, limit: int) -> list[tuple[int, str, str, str, datetime]]:
        """Return (id, platform, kind, why, created_at) of dead messages and of those that perhaps arrived, newest first."""
        return [tuple(row) for row in await self._ledger.execute(_DEAD_LETTERS, {"limit": limit})]

    async def recent(self, limit: int) -> list[tuple[int, str, str, datetime]]:
        """Return (id, kind, state, created_at) of the newest messages, newest first."""
        return [tuple(row) for row in await self._ledger.execute(_RECENT, {"limit": limit})]

    async def revive(self, row: int, now: datetime) -> bool:
        """Send after all what `dead_letters` lists; False when it is not among that, or its words were purged."""
        return (await self._ledger.execute(_REVIVE, {"b_row": row, "b_now": now})).rowcount == 1

    async def purge(self, older_than: datetime) -> int:
        """Drop payloads of messages that were finished before; return how many."""
        return (await self._ledger.execute(_PURGE, {"b_older_than": older_than})).rowcount


async def hold_back(ledger: Ledger, contact: int, now: datetime | None, why: str = "blocked", row: int | None = None) -> None:
    """Hold what must arrive and drop the rest of what waits for a chat, and of `row` on its way there.

    Without `now` what is dropped counts as finished at the instant it was due.
    """
    await ledger.execute(_HOLD_BACK, {"b_contact": contact, "b_row": row, "b_now": now, "b_why": why})


async def release(ledger: Ledger, contact: int, now: datetime) -> None:
    """Let what was held for a chat wait for delivery again."""
    await ledger.execute(_RELEASE, {"b_contact": contact, "b_now": now})


def _bound(contact: int, created_at: datetime, place: int) -> str:
    """Return the name of a row to seal for: what never changes of it, known before it has an id."""
    return f"{contact}:{created_at.astimezone(UTC).isoformat()}:{place}"
