"""Tokens of an Official Account through half a year of trouble, and through kills at every step of a refresh (A8, M4)."""

from __future__ import annotations

import asyncio
import random
from datetime import timedelta

from bot.channels.base import Outcome, SendFailed
from bot.channels.zalo_oa import ZaloOaChannel
from bot.channels.zalo_oauth import OAuth, grant_in
from bot.channels.zalo_tokens import TURN, Tokens
from bot.dialogue.values import Layout, Who
from tests.fakes.zalo_oa import APP_ID, APP_SECRET, NO_CONNECTION, OA_ID, FakeZaloOa, Fault, utc
from tests.fakes.zalo_oa_http import FakeHttp
from tests.fakes.zalo_oa_vault import FakeVault

START = utc(2026, 11, 24, 3)
TOKEN, SEND = "/access_token", "/message/cs"
REFUSED_TOKENS = (-216, -220)
LOOKED_AT = timedelta(minutes=10)  # In trouble it looks every minute; half a year of that would take long.


async def test_in_200_days_with_outages_no_call_is_made_with_an_expired_token():
    now, chance = START, random.Random(16)
    api = FakeZaloOa(lambda: now)
    http = FakeHttp(api)
    tokens = Tokens(FakeVault(grant_in(api.grant(), now)), OAuth(http, APP_ID, APP_SECRET), lambda: now)
    channel = ZaloOaChannel(OA_ID, tokens, http, APP_SECRET, clock=lambda: now)
    lan = api.user("Lan")
    sent, waited, next_send = 0, 0, now
    outage_until, next_outage = now, now + timedelta(days=1)
    while now < START + timedelta(days=200):
        if now >= next_outage:
            # From minutes to longer than the half of a token's life that is left when a refresh begins.
            outage_until = now + timedelta(hours=chance.choice((0.2, 1, 6, 12, 14, 30)))
            next_outage = outage_until + timedelta(days=chance.uniform(0.5, 6))
        api.fail(TOKEN, *([chance.choice((NO_CONNECTION, Fault(-32), Fault(html="<html>")))] * 2 if now < outage_until else ()))
        rest = await tokens.keep_fresh()
        if now >= next_send:
            next_send, lan.last_interaction = now + timedelta(hours=3), now
            try:
                await channel.send(Who("zalo_oa", OA_ID, lan.id), Layout("x"))
                sent += 1
            except SendFailed as failed:
                assert failed.outcome in (Outcome.RETRY, Outcome.STOPPED) and failed.whole_channel
                waited += 1
        api._faults.clear()
        now += max(timedelta(seconds=rest), LOOKED_AT)
    assert [call for call in api.calls if call.error in REFUSED_TOKENS] == []
    assert sent > 1200 and waited > 0
    assert sent == len(lan.screen)


class Killed(BaseException):
    """The process dies here."""


class Steps:
    """Where two processes meet: at every step the others may go on, and at the step that was drawn one of them dies."""

    def __init__(self) -> None:
        self.left = -1

    async def pause(self) -> None:
        await asyncio.sleep(0)
        if self.left == 0:
            self.left = -1
            raise Killed
        self.left -= 1


class WatchedVault(FakeVault):
    """A vault whose commits take a while; a kill comes before or after one, never in the middle."""

    def __init__(self, grant, steps):
        super().__init__(grant)
        self.steps, self.alerts = steps, 0

    async def begin(self, holder, now, until):
        await self.steps.pause()
        begun = await super().begin(holder, now, until)
        await self.steps.pause()
        return begun

    async def keep(self, grant, after):
        await self.steps.pause()
        await super().keep(grant, after)
        await self.steps.pause()

    async def lose(self, holder, why):
        await self.steps.pause()
        self.alerts += self.holder == holder
        await super().lose(holder, why)


class WatchedOAuth(OAuth):
    """Counts how many refreshes are under way; a kill may come before the call, and after Zalo has used the token up."""

    def __init__(self, api, steps):
        super().__init__(FakeHttp(api), APP_ID, APP_SECRET)
        self.steps, self.under_way, self.most = steps, 0, 0

    async def refresh(self, refresh_token, now):
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        try:
            await self.steps.pause()
            grant = await super().refresh(refresh_token, now)
            await self.steps.pause()
            return grant
        finally:
            self.under_way -= 1


async def test_after_each_of_200_kills_two_processes_go_on_or_one_alert_asks_for_a_login():
    now, chance, steps = START, random.Random(8), Steps()
    api = FakeZaloOa(lambda: now)
    vault, oauth = WatchedVault(grant_in(api.grant(), now), steps), WatchedOAuth(api, steps)
    logins, lan = 0, api.user("Lan")

    def processes():
        made = [Tokens(vault, oauth, lambda: now) for _process in range(2)]
        return made, [ZaloOaChannel(OA_ID, tokens, FakeHttp(api), APP_SECRET, clock=lambda: now) for tokens in made]

    for _kill in range(200):
        now += timedelta(hours=13)
        steps.left = chance.randrange(8)
        pair, _channels = processes()
        await asyncio.gather(*(tokens.keep_fresh() for tokens in pair), return_exceptions=True)
        steps.left = -1
        now += TURN + timedelta(seconds=1)
        alerts = vault.alerts
        pair, channels = processes()
        await asyncio.gather(*(tokens.keep_fresh() for tokens in pair))
        if vault.lost:
            assert vault.alerts == alerts + 1
            vault.kept, vault.lost, logins = grant_in(api.grant(), now), "", logins + 1
        lan.last_interaction = now
        for channel in channels:
            await channel.send(Who("zalo_oa", OA_ID, lan.id), Layout("x"))
    assert len(lan.screen) == 400
    assert oauth.most == 1
    assert 0 < logins == vault.alerts < 100
