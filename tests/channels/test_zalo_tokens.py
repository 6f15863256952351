"""Tokens of an Official Account: one refresh at a time, kept before it is used; what is done when the grant is lost."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from bot.channels.base import Outcome, SendFailed
from bot.channels.zalo_http import ZaloHttp
from bot.channels.zalo_oa_errors import Unclear
from bot.channels.zalo_oauth import GrantRefused, OAuth, challenge_of, grant_in, new_verifier
from bot.channels.zalo_tokens import TURN, Tokens
from tests.fakes.zalo_oa import APP_ID, APP_SECRET, LOST_ANSWER, NO_CONNECTION, FakeZaloOa, Fault, recorded, utc
from tests.fakes.zalo_oa_http import FakeHttp
from tests.fakes.zalo_oa_server import Server
from tests.fakes.zalo_oa_vault import FakeVault

NOW = utc(2026, 11, 24, 3)
TOKEN = "/access_token"


class Room:
    """The platform, the vault, and as many processes as are asked for."""

    def __init__(self):
        self.now = NOW
        self.api = FakeZaloOa(lambda: self.now)
        self.oauth = OAuth(FakeHttp(self.api), APP_ID, APP_SECRET)
        self.vault = FakeVault(grant_in(self.api.grant(), self.now))

    def process(self):
        return Tokens(self.vault, self.oauth, lambda: self.now)


@pytest.fixture
def room():
    return Room()


async def failure(asking):
    with pytest.raises(SendFailed) as caught:
        await asking
    return caught.value


async def test_a_good_token_is_used_without_asking_anybody(room):
    tokens = room.process()
    assert await tokens.token() == room.api.access
    assert room.api.calls == []


async def test_it_is_refreshed_at_half_life(room):
    tokens = room.process()
    room.now += timedelta(hours=12, minutes=29)
    await tokens.keep_fresh()
    assert room.api.refreshes == 0
    room.now += timedelta(minutes=1)
    await tokens.keep_fresh()
    assert room.api.refreshes == 1 and await tokens.token() == room.api.access


async def test_an_expired_token_is_never_used(room):
    tokens = room.process()
    await tokens.token()
    room.now += timedelta(hours=25)
    assert await tokens.token() == room.api.access and room.api.refreshes == 1


async def test_two_hundred_days_with_outages_and_no_call_with_an_expired_token(room):
    tokens, bad = room.process(), 0
    for hour in range(200 * 24):
        room.now += timedelta(hours=1)
        if hour % 100 < 5:
            room.api.fail(TOKEN, NO_CONNECTION)
        await tokens.keep_fresh()
        try:
            bad += not (await tokens.token() == room.api.access and room.now < room.api.access_until)
        except SendFailed:
            bad += 1
    assert bad == 0 and room.api.refreshes > 300


async def test_two_processes_that_refresh_together_use_the_refresh_token_once(room):
    room.now += timedelta(hours=25)
    results = await asyncio.gather(*(room.process().token() for _ in range(5)), return_exceptions=True)
    assert room.api.refreshes == 1
    assert room.api.access in results
    assert all(result == room.api.access or result.outcome is Outcome.RETRY for result in results)


async def test_two_sends_of_one_process_that_are_refused_together_refresh_once(room):
    tokens = room.process()
    old = await tokens.token()
    assert await asyncio.gather(*(tokens.renewed(old) for _ in range(5))) == [room.api.access] * 5
    assert room.api.refreshes == 1


async def test_a_token_that_another_process_has_renewed_is_taken_from_the_store(room):
    one, other = room.process(), room.process()
    old = await one.token()
    assert await other.renewed(old) == await one.renewed(old) == room.api.access
    assert room.api.refreshes == 1


async def test_a_pair_that_another_kept_between_a_look_and_the_turn_is_taken(room):
    tokens = room.process()
    old = await tokens.token()
    fresh, begin = grant_in(room.api.grant(), room.now), room.vault.begin

    async def late(holder, now, until):
        room.vault.kept = fresh
        return await begin(holder, now, until)

    room.vault.begin = late
    assert await tokens.renewed(old) == fresh.access
    assert room.api.refreshes == 0 and room.vault.holder is None


async def test_a_new_pair_is_kept_before_it_is_used(room):
    tokens = room.process()
    room.vault.broken = 1
    room.now += timedelta(hours=25)
    assert (await failure(tokens.token())).outcome is Outcome.RETRY
    assert await tokens.token() == room.api.access == room.vault.kept.access
    assert room.api.refreshes == 1


async def test_a_crash_between_the_answer_and_the_commit_is_noticed_and_ends_in_a_clear_state(room):
    room.now += timedelta(hours=25)
    # A process asked, Zalo answered, and the process died before it could keep anything.
    await room.vault.begin("somebody else", room.now, room.now + TURN)
    await room.oauth.refresh(room.vault.kept.refresh, room.now)
    tokens = room.process()
    assert (await failure(tokens.token())).outcome is Outcome.RETRY  # It may still be at work.
    room.now += TURN
    failed = await failure(tokens.token())
    assert failed.outcome is Outcome.STOPPED and "zalo-login" in failed.why
    before = room.api.refreshes
    for _hour in range(10):
        await failure(tokens.token())
        await tokens.keep_fresh()
    assert room.api.refreshes == before  # Nothing is tried again and again.
    room.vault.kept, room.vault.lost = grant_in(room.api.grant(), room.now), ""
    assert await tokens.token() == room.api.access


async def test_a_crash_before_the_call_costs_nothing(room):
    room.now += timedelta(hours=25)
    await room.vault.begin("somebody else", room.now, room.now + TURN)
    room.now += TURN
    assert await room.process().token() == room.api.access


async def test_a_refresh_without_an_answer_may_have_used_the_token_up(room):
    tokens = room.process()
    room.now += timedelta(hours=25)
    room.api.fail(TOKEN, LOST_ANSWER)
    assert (await failure(tokens.token())).outcome is Outcome.RETRY
    assert (await failure(tokens.token())).outcome is Outcome.STOPPED


@pytest.mark.parametrize("fault", [NO_CONNECTION, Fault(-32), Fault(html="<html>")])
async def test_a_failed_refresh_leaves_the_stored_pair_alone(room, fault):
    tokens, kept = room.process(), room.vault.kept
    room.now += timedelta(hours=25)
    room.api.fail(TOKEN, fault)
    assert (await failure(tokens.token())).outcome is Outcome.RETRY
    assert room.vault.kept == kept and room.vault.holder is None and not room.vault.lost
    assert await tokens.token() == room.api.access


@pytest.mark.parametrize("status", [500, 502, 503, 504])
async def test_an_error_of_the_server_that_looks_like_a_refusal_loses_no_grant(room, status):
    server, http = Server(room.api), ZaloHttp()
    await server.start()
    tokens = Tokens(room.vault, OAuth(http, APP_ID, APP_SECRET, server.url), lambda: room.now)
    room.now += timedelta(hours=25)
    room.api.fail(TOKEN, Fault(500, status=status))
    assert (await failure(tokens.token())).outcome is Outcome.RETRY
    assert room.vault.holder is None and not room.vault.lost
    assert await tokens.token() == room.api.access
    await http.stop()
    await server.stop()


async def test_a_token_that_ended_and_cannot_be_renewed_stops_the_channel_after_ten_minutes(room):
    tokens = room.process()
    room.now += timedelta(hours=25)
    for minutes, outcome in ((0, Outcome.RETRY), (9, Outcome.RETRY), (1, Outcome.STOPPED), (60, Outcome.STOPPED)):
        room.now += timedelta(minutes=minutes)
        room.api.fail(TOKEN, NO_CONNECTION)
        failed = await failure(tokens.token())
        assert (failed.outcome, failed.whole_channel, failed.remedy) == (outcome, True, "")
    assert await tokens.token() == room.api.access


async def test_after_a_refusal_messages_go_out_as_long_as_the_old_token_lives_and_nobody_tries_again(room):
    room.api.refresh_tokens.clear()
    room.now += timedelta(hours=13)
    await room.process().keep_fresh()
    assert room.vault.lost == "-14014 Invalid refresh token"
    other, asked = room.process(), len(room.api.calls)
    token = await other.token()
    room.now += timedelta(hours=11, minutes=50)
    await other.keep_fresh()
    assert await other.token() == token and len(room.api.calls) == asked
    assert (await failure(other.renewed(token))).outcome is Outcome.STOPPED  # Zalo itself takes it no more.
    room.now += timedelta(minutes=10)
    assert (await failure(other.token())).outcome is Outcome.STOPPED
    assert (await failure(room.process().token())).outcome is Outcome.STOPPED


@pytest.mark.parametrize("code", [-1, -209, -14002, 404])
async def test_a_refusal_that_is_no_fault_of_the_refresh_token_leaves_it_good(room, code):
    tokens = room.process()
    first = await tokens.token()
    room.now += timedelta(hours=13)

    class Refuses(OAuth):
        async def refresh(self, refresh_token, now):
            raise GrantRefused(code, "System error")

    own, tokens._oauth = tokens._oauth, Refuses(FakeHttp(room.api), APP_ID, APP_SECRET)
    await tokens.keep_fresh()
    assert not room.vault.lost and await tokens.token() == first
    tokens._oauth = own  # Somebody has mended the settings.
    await tokens.keep_fresh()
    assert await tokens.token() != first


async def test_the_tokens_are_kept_fresh_also_after_the_database_was_away(room):
    tokens = room.process()

    async def away():
        raise OSError("no connection")

    own, room.vault.grant = room.vault.grant, away
    assert await tokens.keep_fresh() > 0
    room.vault.grant = own
    assert await tokens.keep_fresh() > 0 and await tokens.token()


async def test_a_refusal_in_the_last_minutes_of_the_old_token_holds_up_no_message(room):
    room.api.refresh_tokens.clear()
    tokens = room.process()
    old = await tokens.token()
    room.now += timedelta(hours=24, minutes=57)
    assert await tokens.token() == old and room.vault.lost
    assert await tokens.token() == old
    room.now += timedelta(minutes=3)
    assert (await failure(tokens.token())).outcome is Outcome.STOPPED


async def test_a_login_meanwhile_is_better_than_a_refused_refresh(room):
    tokens = room.process()
    old = await tokens.token()
    fresh = grant_in(room.api.grant(), room.now)

    class LoggedInMeanwhile(OAuth):
        async def refresh(self, refresh_token, now):
            room.vault.kept = fresh
            raise GrantRefused(-14014, "Invalid refresh token")

    tokens._oauth = LoggedInMeanwhile(FakeHttp(room.api), APP_ID, APP_SECRET)
    assert await tokens.renewed(old) == fresh.access and not room.vault.lost


async def test_a_login_while_the_answer_was_on_its_way_is_not_overwritten_by_it(room):
    tokens = room.process()
    old = await tokens.token()

    class LoggedInMeanwhile(OAuth):
        async def refresh(self, refresh_token, now):
            grant = await super().refresh(refresh_token, now)
            room.vault.kept, room.vault.holder = grant_in(room.api.grant(), now), None
            return grant

    tokens._oauth = LoggedInMeanwhile(FakeHttp(room.api), APP_ID, APP_SECRET)
    assert await tokens.renewed(old) == room.api.access == room.vault.kept.access


async def test_without_a_grant_everything_waits(room):
    room.vault.kept = None
    failed = await failure(room.process().token())
    assert failed.outcome is Outcome.STOPPED and failed.whole_channel and failed.retry_at > NOW


# The consent.


async def test_a_code_and_its_verifier_bring_the_first_pair(room):
    verifier = new_verifier()
    assert len(verifier) == 43
    code = room.api.consent(challenge_of(verifier))
    grant = await room.oauth.exchange(code, verifier, NOW)
    assert (grant.access, grant.expires_at) == (room.api.access, NOW + timedelta(hours=25))
    with pytest.raises(GrantRefused, match="-14003"):
        await room.oauth.exchange(code, verifier, NOW)


async def test_a_wrong_app_secret_is_unclear_and_a_wrong_app_a_refusal(room):
    with pytest.raises(Unclear):
        await OAuth(FakeHttp(room.api), APP_ID, "wrong").refresh("x", NOW)
    with pytest.raises(GrantRefused, match="-14002 Invalid appId"):
        await OAuth(FakeHttp(room.api), "1", APP_SECRET).refresh("x", NOW)


def test_the_link_carries_challenge_and_state():
    link = OAuth(None, APP_ID, APP_SECRET).link("https://bot.example/zalo/login", "v" * 43, "s")
    assert link.startswith("https://oauth.zaloapp.com/v4/oa/permission?app_id=" + APP_ID)
    assert (
        "redirect_uri=https%3A%2F%2Fbot.example%2Fzalo%2Flogin" in link and challenge_of("v" * 43) in link and "state=s" in link
    )
    assert "v" * 43 not in link


def test_the_challenge_is_that_of_the_standard():
    # RFC 7636, appendix B.
    assert challenge_of("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk") == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


@pytest.mark.parametrize(("life", "seconds"), [("90000", 90000), (3600, 3600), ("x", 3600), (None, 3600), (0, 3600)])
def test_the_life_of_a_token_comes_as_text_or_number(life, seconds):
    grant = grant_in(recorded("oauth_reply_token_ok") | {"expires_in": life}, NOW)
    assert grant.expires_at - NOW == timedelta(seconds=seconds)
    assert grant.half_life - NOW == timedelta(seconds=seconds / 2)


def test_no_token_stands_in_a_repr_or_an_error():
    grant = grant_in(recorded("oauth_reply_token_ok"), NOW)
    assert "EXAMPLE" not in repr(grant)
    for odd in ({"access_token": "EXAMPLE"}, [], "x"):
        with pytest.raises(Unclear) as caught:
            grant_in(odd, NOW)
        assert "EXAMPLE" not in str(caught.value)
    with pytest.raises(GrantRefused) as refused:
        grant_in(recorded("oauth_reply_invalid_refresh"), NOW)
    assert str(refused.value) == "-14014 Invalid refresh token"
