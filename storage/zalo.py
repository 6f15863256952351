"""The tokens of Zalo Official Accounts, sealed, and whose turn it is to refresh them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select, update

from bot.dialogue.values import Who
from storage.ledger import Ledger, insert_or
from storage.rows import contacts, zalo_grants

_g = zalo_grants.c
_ROW = select(zalo_grants).where(_g.account == bindparam("account"))
_LOCKED = _ROW.with_for_update()  # On PostgreSQL; on SQLite there is one writer.
_OF = update(zalo_grants).where(_g.account == bindparam("b_account"))
_MINE = _OF.where(_g.holder == bindparam("b_holder"))
_BEGIN = _OF.values(holder=bindparam("b_holder"), held_until=bindparam("b_until"))
_GIVE_BACK = _MINE.values(holder=None, held_until=None)
_LOSE = _MINE.values(holder=None, held_until=None, lost=bindparam("b_lost"))
_KEPT = ("pair", "issued_at", "expires_at", "lost", "holder", "held_until")
_KEEP = insert_or(
    zalo_grants,
    lambda new: new.on_conflict_do_update(index_elements=["account"], set_={name: new.excluded[name] for name in _KEPT}),
)
_LOGIN = insert_or(
    zalo_grants,
    lambda new: new.on_conflict_do_update(
        index_elements=["account"], set_={"login": new.excluded.login, "login_until": new.excluded.login_until}
    ),
)
_END_LOGIN = _OF.values(login_until=None)
_PERSON = select(contacts.c.person_id).where(contacts.c.address_hash == bindparam("chat"))
_SEEN = select(contacts.c.last_seen_at).where(contacts.c.address_hash == bindparam("chat"))


@dataclass(frozen=True, slots=True, repr=False)
class Pair:
    """Both tokens and their life; `lost` says why they are used up, "" while they are not. Never shown in a repr."""

    access: str
    refresh: str
    issued_at: datetime
    expires_at: datetime
    lost: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class Login:
    """A consent asked for: the code verifier, which stays the same from login to login, the state, and the callback's address."""

    verifier: str
    state: str
    redirect: str
    until: datetime | None


class ZaloGrants:
    """The one row of an account, on the connection of a turn."""

    def __init__(self, ledger: Ledger, account: str) -> None:
        self._ledger = ledger
        self._account = account

    async def pair(self) -> Pair | None:
        """Return the pair, lost or not; None where there never was one."""
        return self._pair(await self._row(_ROW))

    async def begin(self, holder: str, now: datetime, until: datetime) -> tuple[Pair, bool] | None:
        """Give the right to refresh to `holder` until then, and return the pair and whether another left a refresh unfinished.

        None while another has that right, and where there is no pair or it is lost.
        """
        row = await self._row(_LOCKED)
        pair = self._pair(row)
        if pair is None or pair.lost or (row.holder not in (None, holder) and row.held_until > now):
            return None
        await self._ledger.execute(_BEGIN, {"b_account": self._account, "b_holder": holder, "b_until": until})
        return pair, row.holder is not None

    async def keep(self, pair: Pair) -> None:
        """Keep the pair of a new consent; whatever refresh was under way is over."""
        sealed = self._ledger.seal.seal_json([pair.access, pair.refresh], "zalo_grants.pair", self._account)
        await self._ledger.execute(
            _KEEP,
            {
                "account": self._account,
                "pair": sealed,
                "issued_at": pair.issued_at,
                "expires_at": pair.expires_at,
                "lost": None,
                "holder": None,
                "held_until": None,
            },
        )

    async def renew(self, pair: Pair, after: Pair) -> bool:
        """Keep the pair that a refresh of `after` brought; False, and nothing is changed, where another pair is kept by now.

        It goes by the refresh token, not by who may refresh: a pair that comes late after a turn was lost is still the only good
        one, while a login meanwhile has made it worthless.
        """
        stored = self._pair(await self._row(_LOCKED))
        if stored is None or stored.refresh != after.refresh:
            return False
        await self.keep(pair)
        return True

    async def give_back(self, holder: str) -> None:
        """End a refresh that brought nothing."""
        await self._ledger.execute(_GIVE_BACK, {"b_account": self._account, "b_holder": holder})

    async def lose(self, holder: str, why: str) -> bool:
        """End a refresh by which it came out that the pair is used up; False where it was not this one's to end any more."""
        lost = await self._ledger.execute(_LOSE, {"b_account": self._account, "b_holder": holder, "b_lost": why})
        return lost.rowcount == 1

    async def ask_consent(self, login: Login) -> None:
        """Wait for the account's admin to consent."""
        sealed = self._ledger.seal.seal_json([login.verifier, login.state, login.redirect], "zalo_grants.login", self._account)
        await self._ledger.execute(_LOGIN, {"account": self._account, "login": sealed, "login_until": login.until})

    async def login(self) -> Login | None:
        """Return the consent that was asked for last."""
        row = await self._row(_ROW)
        if row is None or row.login is None:
            return None
        verifier, state, redirect = self._ledger.seal.open_json(row.login, "zalo_grants.login", self._account)
        return Login(verifier, state, redirect, row.login_until)

    async def end_login(self) -> None:
        """Take no code any more until consent is asked for again."""
        await self._ledger.execute(_END_LOGIN, {"b_account": self._account})

    async def last_seen(self, who: Who) -> datetime | None:
        """Return when somebody last wrote from this chat, perhaps an hour too early; None for a stranger."""
        found = await self._ledger.execute(_SEEN, {"chat": self._ledger.chat(who)})
        seen: datetime | None = found.scalar_one_or_none()
        return seen

    async def person_of(self, who: Who) -> int | None:
        """Return the person whose chat this is; None for a stranger."""
        found = await self._ledger.execute(_PERSON, {"chat": self._ledger.chat(who)})
        person: int | None = found.scalar_one_or_none()
        return person

    async def _row(self, statement: Any) -> Any:
        return (await self._ledger.execute(statement, {"account": self._account})).one_or_none()

    def _pair(self, row: Any) -> Pair | None:
        if row is None or row.pair is None:
            return None
        access, refresh = self._ledger.seal.open_json(row.pair, "zalo_grants.pair", self._account)
        return Pair(access, refresh, row.issued_at, row.expires_at, row.lost or "")
