"""The access token of an Official Account, kept fresh by one process at a time.

A refresh token works once, and the pair that it brings must be kept before it is used: whoever loses it must ask the account's
admin again. So a refresh is begun in a commit, made by whoever began it, and ended in another; between the two a program may
die, and the next one then knows that the pair it reads may be used up.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from bot.channels.base import Outcome, SendFailed
from bot.channels.zalo_oa_errors import NotSent, Unclear, next_minute
from bot.channels.zalo_oauth import Grant, GrantRefused, OAuth

log = structlog.get_logger(__name__)

# A refresh takes 20 seconds at most (`zalo_http`); whoever has begun one and is not back after this long has died.
TURN = timedelta(seconds=60)
EARLY = timedelta(minutes=5)  # Before it ends by the clock: clocks differ, and a call takes its time.
LOOK_AGAIN = timedelta(seconds=5)
AFTER_REFUSAL = timedelta(minutes=30)
AFTER_TROUBLE = timedelta(minutes=1)
PATIENCE = timedelta(minutes=10)  # So long a token that ended is taken for a passing trouble.
LOGIN = "python -m bot zalo-login"


@dataclass(frozen=True, slots=True)
class Begun:
    """A refresh that this process may make now; `unfinished`: another had begun one and never came back."""

    grant: Grant
    unfinished: bool


class Vault(Protocol):
    """Where the pair is kept, sealed, for all processes; each call is one commit."""

    async def grant(self) -> Grant | None:
        """Return the pair, also one whose refresh token is lost; None where there is none."""
        ...

    async def begin(self, holder: str, now: datetime, until: datetime) -> Begun | None:
        """Give the right to refresh to `holder` until then; None while another has it, or where there is no pair."""
        ...

    async def keep(self, grant: Grant, after: Grant) -> None:
        """Keep the pair that a refresh of `after` brought and end the refresh; nothing where another pair is kept by now."""
        ...

    async def give_back(self, holder: str) -> None:
        """End a refresh that brought nothing."""
        ...

    async def lose(self, holder: str, why: str) -> None:
        """Note that the refresh token is used up, so that nobody tries it again, and end the refresh."""
        ...


class Tokens:
    """Implements `zalo_oa.Access`."""

    def __init__(self, vault: Vault, oauth: OAuth, clock: Callable[[], datetime]) -> None:
        self._vault = vault
        self._oauth = oauth
        self._clock = clock
        self._name = secrets.token_hex(8)
        self._known: Grant | None = None
        self._unkept: tuple[Grant, Grant] | None = None  # A new pair, and the one that it comes after.
        self._one_at_a_time = asyncio.Lock()

    async def token(self) -> str:
        """Return an access token that is good by the clock; raises `SendFailed` for the whole channel where there is none."""
        known = self._known
        if known is None or self._ends_soon(known):
            known = await self._read()
        if self._ends_soon(known) and not known.lost:
            try:
                known = await self._refreshed(known.access)
            except SendFailed as failed:
                if failed.outcome is Outcome.STOPPED:
                    return (await self._read()).access  # What is lost is the refresh token: this one goes on to its last minute.
                if self._clock() < known.expires_at + PATIENCE:
                    raise
                # Refreshing has failed since half of its life was over: somebody must hear of it.
                raise SendFailed(Outcome.STOPPED, failed.why, failed.retry_at, whole_channel=True) from None
        return known.access

    async def renewed(self, refused: str) -> str:
        """Return another token than the one that Zalo refused: what another process has kept, or one of a refresh."""
        known = await self._read()
        if known.access == refused or self._ends_soon(known):
            known = await self._refreshed(known.access)
        return known.access

    async def keep_fresh(self) -> float:
        """Refresh when half of the token's life is over; return the seconds after which to look again. Never raises."""
        try:
            known = await self._read()
            if self._clock() >= known.half_life:
                known = await self._refreshed(known.access)
            left = (known.half_life - self._clock()).total_seconds()
        except SendFailed as failed:
            log.warning("the access token of the Official Account is not fresh", why=failed.why)
            return AFTER_TROUBLE.total_seconds()
        except Exception as error:  # The database may be away for a moment; whoever keeps the tokens must not end by that.
            log.error("the tokens of the Official Account could not be looked at", exc_info=error)
            return AFTER_TROUBLE.total_seconds()
        # Another process may change the pair at any time; reading it costs next to nothing.
        return min(max(left, LOOK_AGAIN.total_seconds()), AFTER_TROUBLE.total_seconds() * 10)

    def _ends_soon(self, grant: Grant) -> bool:
        return self._clock() >= grant.expires_at - EARLY

    async def _read(self) -> Grant:
        await self._keep_unkept()
        self._known = await self._vault.grant()
        if self._known is None or (self._known.lost and self._clock() >= self._known.expires_at):
            raise self._stopped("there is no consent of the account's admin, or it is lost")
        return self._known

    async def _keep_unkept(self) -> None:
        """Keep a pair whose commit failed: until that is done it must not be used, and nothing else would bring it back."""
        if self._unkept is None:
            return
        try:
            await self._vault.keep(*self._unkept)
        except Exception as error:
            log.error("a new pair of tokens cannot be kept yet", exc_info=error)
            raise self._later("the new token is not kept yet", self._clock() + LOOK_AGAIN) from error
        self._unkept = None

    async def _refreshed(self, old: str) -> Grant:
        """Return the pair after `old`: that of whoever was faster, or a new one."""
        async with self._one_at_a_time:
            known = await self._read()
            if known.access != old:
                return known
            if known.lost:
                raise self._stopped("the refresh token is used up")
            begun = await self._vault.begin(self._name, self._clock(), self._clock() + TURN)
            if begun is None:
                raise self._later("another process refreshes the token", self._clock() + LOOK_AGAIN)
            if begun.grant.access != old:
                await self._vault.give_back(self._name)
                return begun.grant
            if begun.unfinished:
                log.error("a refresh of the tokens was never finished: the pair may be used up; trying it once")
            fresh = await self._ask(begun.grant)
            if fresh is not None:
                self._unkept = fresh, begun.grant
            return await self._read()

    async def _ask(self, grant: Grant) -> Grant | None:
        """Return the new pair; whatever else comes, the stored pair stays as it is and the refresh is ended.

        None where the store has another pair by now: somebody has logged in meanwhile.
        """
        try:
            return await self._oauth.refresh(grant.refresh, self._clock())
        except GrantRefused as refused:
            if refused.passing:
                await self._vault.give_back(self._name)
                raise self._later("too many requests", next_minute(self._clock())) from None
            stored = await self._vault.grant()
            if stored is not None and stored.access != grant.access:
                return None
            if not refused.used_up:
                # The settings, the app or Zalo have a fault: the refresh token is as good as before.
                log.error("Zalo refuses to refresh the tokens: look at the app and its secret", why=str(refused))
                await self._vault.give_back(self._name)
                raise self._later(f"the refresh was refused ({refused.code})", self._clock() + AFTER_REFUSAL) from None
            until = grant.expires_at.isoformat(timespec="minutes")
            log.error(f"the consent of the Official Account is lost; run: {LOGIN}", why=str(refused), messages_wait_from=until)
            await self._vault.lose(self._name, str(refused))
            raise self._stopped("the refresh token is used up") from None
        except NotSent as error:
            await self._vault.give_back(self._name)
            raise self._later(f"the token could not be refreshed ({error})", self._clock() + AFTER_TROUBLE) from None
        except Unclear as error:
            # It may have been used up on the other side. The next try will tell; it is not made at once, nor in a loop.
            log.error("a refresh of the tokens got no answer: the pair may be used up", why=str(error))
            await self._vault.give_back(self._name)
            raise self._later("the refresh got no answer", self._clock() + AFTER_TROUBLE) from None

    def _stopped(self, why: str) -> SendFailed:
        return SendFailed(
            Outcome.STOPPED, f"{why}; run: {LOGIN}", self._clock() + AFTER_TROUBLE, whole_channel=True, remedy=LOGIN
        )

    def _later(self, why: str, at: datetime) -> SendFailed:
        return SendFailed(Outcome.RETRY, why, at, whole_channel=True)
