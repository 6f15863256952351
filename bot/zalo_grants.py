"""The grant of a Zalo Official Account in the database, and the consent of its admin by which it comes there."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import structlog

from bot.channels.zalo_http import ZaloHttp
from bot.channels.zalo_oa_errors import NotSent, Unclear
from bot.channels.zalo_oa_read import PLATFORM
from bot.channels.zalo_oauth import Grant, GrantRefused, OAuth, challenge_of, new_verifier
from bot.channels.zalo_tokens import LOGIN, Begun
from bot.control import Outcome
from bot.domain.deadlines import in_vietnam
from bot.program import Program
from bot.stopped import note_consent, note_lost, note_stop
from bot.usecases import ports
from bot.web.zalo import LOGIN_PATH
from bot.writer import R
from storage.work import Work
from storage.zalo import Login, Pair, ZaloGrants

log = structlog.get_logger()

# A code is good for ten minutes; the link for as long as it takes to find whoever is the account's admin.
CONNECTED = "The Official Account is connected, you may close this page. / Đã kết nối Official Account, có thể đóng trang này."
LINK_GOOD_FOR = timedelta(hours=24)


class DatabaseVault:
    """Implements `zalo_tokens.Vault`: each call is one commit of the program's writer."""

    def __init__(self, program: Program, account: str) -> None:
        self._program = program
        self._account = account

    async def grant(self) -> Grant | None:
        """Return the pair, also one whose refresh token is lost; None where there is none."""
        pair = await self._program.read(lambda work: grants(work, self._account).pair())
        return None if pair is None else _grant(pair)

    async def begin(self, holder: str, now: datetime, until: datetime) -> Begun | None:
        """Give the right to refresh to `holder` until then; None while another has it, or where there is no pair."""
        begun = await self._run(lambda kept: kept.begin(holder, now, until))
        return None if begun is None else Begun(_grant(begun[0]), begun[1])

    async def keep(self, grant: Grant, after: Grant) -> None:
        """Keep the pair that a refresh of `after` brought and end the refresh; nothing where another pair is kept by now."""
        if not await self._run(lambda kept: kept.renew(_pair(grant), _pair(after))):
            log.warning("a refresh of the tokens came back after a newer pair was kept; what it brought is dropped")

    async def give_back(self, holder: str) -> None:
        """End a refresh that brought nothing."""
        await self._run(lambda kept: kept.give_back(holder))

    async def lose(self, holder: str, why: str) -> None:
        """Note that the refresh token is used up, so that nobody tries it again, and end the refresh."""

        async def step(work: ports.Work) -> None:
            kept = grants(work, self._account)
            pair = await kept.pair()
            if not await kept.lose(holder, why):
                return
            if pair is not None and pair.expires_at > work.now:
                await note_lost(work, PLATFORM, why, LOGIN, pair.expires_at)
            else:
                await note_stop(work, PLATFORM, why, LOGIN)

        await self._program.app.run(step)

    async def _run(self, step: Callable[[ZaloGrants], Awaitable[R]]) -> R:
        async def on_work(work: ports.Work) -> R:
            return await step(grants(work, self._account))

        return await self._program.app.run(on_work)


class Consent:
    """Asks the account's admin to let us in, and takes what he brings back."""

    def __init__(self, program: Program, http: ZaloHttp | None = None) -> None:
        config = program.config
        self._program = program
        self._account = config.zalo_oa_id
        self._redirect = config.public_url + LOGIN_PATH
        self._http = http or ZaloHttp(connections=1)
        self._oauth = OAuth(self._http, config.zalo_app_id, config.zalo_app_secret, config.zalo_oauth_url)

    async def ask(self) -> tuple[str, str, str]:
        """Return the link, the callback's address and the code challenge, which both stand in the app's settings at Zalo.

        The challenge stays the same from login to login: some say that Zalo goes by the one in the settings.
        """

        async def step(work: ports.Work) -> Login:
            kept = grants(work, self._account)
            before = await kept.login()
            verifier = before.verifier if before is not None else new_verifier()
            login = Login(verifier, secrets.token_urlsafe(16), self._redirect, work.now + LINK_GOOD_FOR)
            await kept.ask_consent(login)
            return login

        login = await self._program.app.run(step)
        return self._oauth.link(self._redirect, login.verifier, login.state), self._redirect, challenge_of(login.verifier)

    async def finish(self, code: str, oa_id: str, state: str) -> str:
        """Change a code into tokens and keep them; return a sentence for the account's admin.

        Nobody else can bring a code: it is worth something only with our verifier, while a login is under way. A link copied from
        Zalo's own page has no state; a wrong one is refused.
        """
        now = self._program.clock()
        login = await self._program.read(lambda work: grants(work, self._account).login())
        if login is None or login.until is None or login.until < now:
            return "No login is under way. Run: python -m bot zalo-login"
        if (
            not code
            or (oa_id and oa_id != self._account)
            or (state and not hmac.compare_digest(state.encode(), login.state.encode()))
        ):
            log.warning("a consent that is not ours was brought to the login page of Zalo")
            return "This consent is not for this account. Run python -m bot zalo-login and follow the link again."
        try:
            grant = await self._oauth.exchange(code, login.verifier, now)
        except GrantRefused as refused:
            log.error("Zalo refuses the consent", why=str(refused))
            return f"Zalo refuses the code ({refused}). A code is good once and for ten minutes: follow the link again."
        except (NotSent, Unclear) as error:
            log.error("Zalo gave no tokens", why=str(error))
            return f"Zalo gave no clear answer ({error}). Check ZALO_APP_SECRET, then follow the link again."
        finally:
            await self._http.stop()

        async def step(work: ports.Work) -> None:
            kept = grants(work, self._account)
            await kept.keep(_pair(grant))
            await kept.end_login()
            await note_consent(work, PLATFORM)

        await self._program.app.run(step)
        log.info("the Official Account has let us in", until=grant.expires_at.isoformat())
        return CONNECTED


async def zalo_login(program: Program, code: str) -> Outcome:
    """Do the command `zalo-login`: print the link, or take the code that its page showed."""
    config = program.config
    if not config.zalo_oa_id:
        return Outcome("There is no Official Account: set ZALO_OA_ID, ZALO_OA_SECRET, ZALO_APP_ID and ZALO_APP_SECRET.", 1)
    consent = Consent(program)
    if code:
        said = await consent.finish(code, "", "")
        return Outcome(said, 0 if said == CONNECTED else 1)
    link, redirect, challenge = await consent.ask()
    until = in_vietnam(program.clock() + LINK_GOOD_FOR)
    return Outcome(
        "In the app's settings at developers.zalo.me, under Official Account, write once:\n"
        f"  callback URL    {redirect}\n"
        f"  code challenge  {challenge}\n"
        f"Then let the account's admin open this link before {until:%d/%m/%Y %H:%M} and consent:\n"
        f"{link}\n"
        "If the callback cannot be reached, take `code` from the address that he lands on, and run: zalo-login --code CODE"
    )


def grants(work: ports.Work, account: str) -> ZaloGrants:
    """Return the account's row as a turn sees it."""
    assert isinstance(work, Work)
    return ZaloGrants(work.ledger, account)


def _pair(grant: Grant) -> Pair:
    return Pair(grant.access, grant.refresh, grant.issued_at, grant.expires_at)


def _grant(pair: Pair) -> Grant:
    return Grant(pair.access, pair.refresh, pair.issued_at, pair.expires_at, bool(pair.lost))
