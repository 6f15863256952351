"""The tokens of an Official Account: sealed, refreshed by one at a time, and a login under way."""

import asyncio
from datetime import timedelta
from types import SimpleNamespace

from sqlalchemy import text

from bot.channels.base import SendFailed
from bot.channels.zalo_oauth import OAuth, grant_in
from bot.channels.zalo_tokens import Tokens
from bot.dialogue.values import Who
from bot.stopped import is_stopped, note_consent, sends_until
from bot.zalo_grants import DatabaseVault
from storage.zalo import Login, Pair, ZaloGrants
from tests.fakes.zalo_oa import APP_ID, APP_SECRET, FakeZaloOa
from tests.fakes.zalo_oa_http import FakeHttp
from tests.storage.conftest import NOW

ACCOUNT = "3886132808788086450"
PAIR = Pair("access-1", "refresh-1", NOW, NOW + timedelta(hours=25))
LATER = NOW + timedelta(minutes=1)


def grants(work) -> ZaloGrants:
    return ZaloGrants(work.ledger, ACCOUNT)


async def test_a_pair_comes_back_as_it_was_kept_and_never_in_the_clear(work):
    assert await grants(work).pair() is None
    await grants(work).keep(PAIR)
    assert await grants(work).pair() == PAIR
    assert await ZaloGrants(work.ledger, "another").pair() is None
    sealed = (await work.ledger.execute(text("SELECT pair FROM zalo_grants"))).scalar_one()
    assert b"access-1" not in sealed and b"refresh-1" not in sealed
    assert "access-1" not in repr(PAIR)


async def test_one_refreshes_at_a_time_and_who_is_not_back_in_time_has_died(work):
    await grants(work).keep(PAIR)
    assert await grants(work).begin("one", NOW, LATER) == (PAIR, False)
    assert await grants(work).begin("other", NOW, LATER) is None
    assert await grants(work).begin("other", LATER - timedelta(seconds=1), LATER) is None
    assert await grants(work).begin("other", LATER, LATER + timedelta(minutes=1)) == (PAIR, True)
    await grants(work).give_back("one")  # It has lost its turn and ends nobody else's.
    assert await grants(work).begin("third", LATER, LATER + timedelta(minutes=1)) is None
    await grants(work).give_back("other")
    assert await grants(work).begin("third", LATER, LATER + timedelta(minutes=1)) == (PAIR, False)


async def test_a_new_pair_ends_the_refresh_and_what_was_lost(work):
    await grants(work).keep(PAIR)
    await grants(work).begin("one", NOW, LATER)
    await grants(work).lose("one", "-14014 Invalid refresh token")
    lost = await grants(work).pair()
    assert lost is not None and lost.lost == "-14014 Invalid refresh token"
    assert await grants(work).begin("one", NOW, LATER) is None
    fresh = Pair("access-2", "refresh-2", NOW, NOW + timedelta(hours=25))
    await grants(work).keep(fresh)
    assert await grants(work).pair() == fresh
    assert await grants(work).begin("two", NOW, LATER) == (fresh, False)


async def test_a_pair_that_comes_late_never_replaces_that_of_a_login_meanwhile(work):
    await grants(work).keep(PAIR)
    await grants(work).begin("one", NOW, LATER)
    login = Pair("access-of-login", "refresh-of-login", NOW, NOW + timedelta(hours=25))
    await grants(work).keep(login)
    await grants(work).begin("two", LATER, LATER + timedelta(minutes=1))
    late = Pair("access-2", "refresh-2", NOW, NOW + timedelta(hours=25))
    assert not await grants(work).renew(late, PAIR)
    assert await grants(work).pair() == login
    assert await grants(work).begin("three", LATER, LATER) is None  # The second one's turn is not ended either.
    assert await grants(work).renew(late, login)
    assert await grants(work).pair() == late
    assert not await ZaloGrants(work.ledger, "another").renew(late, PAIR)


async def test_a_pair_that_comes_after_its_turn_was_lost_is_kept_as_it_is_the_only_good_one(work):
    await grants(work).keep(PAIR)
    await grants(work).begin("slow", NOW, LATER)
    await grants(work).begin("other", LATER, LATER + timedelta(minutes=1))
    await grants(work).lose("other", "-14014 Invalid refresh token")
    late = Pair("access-2", "refresh-2", NOW, NOW + timedelta(hours=25))
    assert await grants(work).renew(late, PAIR)
    assert await grants(work).pair() == late


class Process:
    """What one process has of the program: commits of its own on the database that all share."""

    def __init__(self, database):
        self.app = SimpleNamespace(run=self.read)
        self._database = database

    async def read(self, step):
        async with self._database.turn() as work:
            return await step(work)


async def test_two_processes_refresh_once_and_a_login_meanwhile_wins_over_what_comes_back_late(database):
    clock = [NOW]
    api = FakeZaloOa(lambda: clock[0])
    one, other = Process(database), Process(database)

    class Slow(OAuth):
        """An answer of Zalo that takes as long as the test likes; `logs_in` is what happens meanwhile."""

        logs_in = False

        async def refresh(self, refresh_token, now):
            grant = await super().refresh(refresh_token, now)
            await asyncio.sleep(0)
            if self.logs_in:
                fresh = grant_in(api.grant(), now)
                pair = Pair(fresh.access, fresh.refresh, fresh.issued_at, fresh.expires_at)
                await other.read(lambda work: grants(work).keep(pair))
            return grant

    oauth = Slow(FakeHttp(api), APP_ID, APP_SECRET)
    tokens = [Tokens(DatabaseVault(process, ACCOUNT), oauth, lambda: clock[0]) for process in (one, other)]
    first = grant_in(api.grant(), NOW)
    await one.read(lambda work: grants(work).keep(Pair(first.access, first.refresh, first.issued_at, first.expires_at)))
    clock[0] += timedelta(hours=25)
    found = await asyncio.gather(*(each.token() for each in tokens), return_exceptions=True)
    assert api.refreshes == 1 and api.access in found
    assert all(each == api.access or isinstance(each, SendFailed) for each in found)
    assert [await each.token() for each in tokens] == [api.access] * 2
    clock[0] += timedelta(hours=25)
    oauth.logs_in = True
    assert await tokens[0].token() == api.access == await tokens[1].token()
    assert api.refreshes == 2


async def test_a_lost_pair_is_noted_as_good_until_it_ends_and_as_stopped_after_that(database):
    process = Process(database)
    vault = DatabaseVault(process, ACCOUNT)
    for life, until, stopped in ((timedelta(hours=12), NOW + timedelta(hours=12), False), (timedelta(0), None, True)):
        await process.read(lambda work, life=life: grants(work).keep(Pair("access-1", "refresh-1", NOW, NOW + life)))
        await process.read(lambda work: note_consent(work, "zalo_oa"))
        assert await vault.begin("one", NOW, LATER) is not None
        await vault.lose("one", "-14014 Invalid refresh token")
        assert await process.read(lambda work: sends_until(work, "zalo_oa")) == until
        assert await process.read(lambda work: is_stopped(work, "zalo_oa")) is stopped


async def test_the_right_to_refresh_is_there_for_the_next_process_after_the_commit(database):
    async with database.turn() as work:
        await grants(work).keep(PAIR)
    async with database.turn() as work:
        assert await grants(work).begin("one", NOW, LATER) == (PAIR, False)
    async with database.turn() as work:
        assert await grants(work).begin("other", NOW, LATER) is None


async def test_a_login_keeps_its_verifier_and_leaves_the_pair_alone(work):
    login = Login("v" * 43, "state", "https://bot.example/zalo/login", NOW)
    await grants(work).ask_consent(login)
    assert await grants(work).login() == login and await grants(work).pair() is None
    await grants(work).keep(PAIR)
    await grants(work).end_login()
    ended = await grants(work).login()
    assert ended is not None and (ended.verifier, ended.until) == ("v" * 43, None)
    assert await grants(work).pair() == PAIR


async def test_when_somebody_last_wrote_and_who_he_is_is_found_by_his_chat(work):
    lan = Who("zalo_oa", ACCOUNT, "2468458835291979220")
    assert await grants(work).last_seen(lan) is None and await grants(work).person_of(lan) is None
    known = await work.people.known(lan, NOW, "vi")
    assert await grants(work).last_seen(lan) == NOW and await grants(work).person_of(lan) == known.person.id
