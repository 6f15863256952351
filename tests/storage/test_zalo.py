"""The tokens of an Official Account: sealed, refreshed by one at a time, and a login under way."""

from datetime import timedelta

from sqlalchemy import text

from bot.dialogue.values import Who
from storage.zalo import Login, Pair, ZaloGrants
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
