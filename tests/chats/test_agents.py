"""A human of the office answers in the account's own tool: the bot keeps out of it, and nothing is lost."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.dialogue.values import Layout, Session
from bot.standing_aside import stand_aside
from bot.usecases.ports import Outgoing
from tests.fakes.zalo_oa import OA_ID

on_zalo = pytest.mark.parametrize("town", ["zalo_oa"], indirect=True)


async def in_the_form(town):
    """Lan is asked what happened."""
    lan = town.citizen("Lan")
    await lan.agrees()
    await lan.picks("feedback")
    return lan


async def agent(lan, words="Chào chị, tôi là Hoa ở bộ phận tiếp dân."):
    lan._mark()
    assert await lan.town.account.users[lan.zalo.id].is_written_to_by_an_agent(words) == 200
    await lan.town.settles()


@on_zalo
async def test_the_bot_says_nothing_while_a_human_speaks_and_asks_again_when_it_has_been_quiet(town):
    lan = await in_the_form(town)
    await agent(lan)
    for words in ("Chào anh", "1", "Tôi muốn hỏi về hồ sơ đất", "K7QF-2M4X"):
        await lan.says(words)
        assert lan.new == []
    await lan.sends_photos()
    assert lan.new == []
    await town.passes(seconds=20 * 60)
    await agent(lan, "Chị chờ tôi một chút nhé.")
    await town.passes(seconds=20 * 60)
    await lan.says("Vâng")
    assert lan.new == []
    await town.passes(seconds=11 * 60)
    await lan.says("Cảm ơn anh, vậy là rõ rồi ạ, tôi chào anh nhé")
    assert len(lan.new) == 1
    lan.sees("Anh/chị đang ở chỗ này")  # Where the form stood: no word to the human is an answer to it.


@on_zalo
@pytest.mark.parametrize("words", ["bắt đầu", "MENU", "/start", "/trogiup", "#pa:menu:"])
async def test_a_word_or_command_or_button_brings_the_bot_back_at_once(town, words):
    lan = await in_the_form(town)
    await agent(lan)
    await lan.says("Chào anh")
    assert lan.new == []
    await lan.says(words)
    assert lan.new
    await lan.says("menu")
    assert lan.new


def test_what_a_human_said_counts_from_when_he_said_it_however_late_it_is_heard_of():
    """Zalo brings an event again for hours where nobody took it."""
    now, minute = datetime(2026, 11, 25, 2, 0, tzinfo=UTC), timedelta(minutes=1)
    session = Session(asked="story", shown=["menu:"])
    stand_aside(session, now - 31 * minute, now)
    assert session == Session(asked="story", shown=["menu:"])
    stand_aside(session, now - 10 * minute, now)
    assert session.notes["agent_until"] == (now + 20 * minute).isoformat() and session.asked == ""
    stand_aside(session, now - 25 * minute, now)  # The one before it comes after it.
    assert session.notes["agent_until"] == (now + 20 * minute).isoformat()
    stand_aside(session, now + 300 * minute, now)  # A clock that is wrong silences nobody for hours.
    assert session.notes["agent_until"] == (now + 30 * minute).isoformat()


@on_zalo
async def test_what_must_arrive_goes_out_in_between_and_what_was_written_is_kept(town):
    lan = await in_the_form(town)
    await agent(lan)
    before = await town.program.app.run(lambda work: work.inbox.last_key("zalo_oa", OA_ID))
    await lan.says("Chào anh")
    assert await town.program.app.run(lambda work: work.inbox.last_key("zalo_oa", OA_ID)) != before

    async def notice(work):
        known = await work.people.known(lan.who, work.now, "vi")
        told = Outgoing(known.contact, "zalo_oa", Layout("Hồ sơ có câu trả lời."), "notice", must_arrive=True)
        await work.outbox.add([told], work.now)

    await town.program.app.run(notice)
    await town.settles()
    lan.sees("có câu trả lời")


@on_zalo
async def test_what_a_human_of_the_office_says_is_no_word_of_the_person(town):
    lan = await in_the_form(town)
    await town.passes(days=5)
    await agent(lan)

    async def last_seen(work):
        known = await work.people.known(lan.who, work.now, "vi", writes=False)
        return [chat.last_seen_at for chat in await work.chats.of(known.person.id)]

    [at] = await town.program.app.run(last_seen)
    assert town.now - at > timedelta(days=4)


@on_zalo
async def test_an_agent_who_writes_first_is_left_alone_with_whom_he_writes_to(town):
    lan = town.citizen("Lan")
    await agent(lan)
    await lan.says("Chào chị, tôi nghe đây ạ")
    assert lan.new == []
    await lan.says("bắt đầu")
    lan.sees("đồng ý")


@on_zalo
async def test_the_bots_own_echoes_pause_nothing(town):
    lan = await in_the_form(town)
    assert await town.account.send_event(town.account.event("oa_echo_oa_send_text", lan.zalo.id, text="Xin chào")) == 200
    await lan.says("menu")
    assert lan.new
