"""What happens around the messages of an Official Account: following, leaving, visitors without a name, and data to be erased."""

from __future__ import annotations

import pytest

from bot.dialogue.values import Layout
from bot.domain.people import Role
from bot.usecases.ports import Outgoing

on_zalo = pytest.mark.parametrize("town", ["zalo_oa"], indirect=True)


def phone(someone):
    return someone.town.account.users[someone.zalo.id]


async def dead_letters(town):
    return await town.program.app.run(lambda work: work.inbox.dead_letters(100))


@on_zalo
async def test_an_erasure_asked_of_zalo_is_filed_as_a_request_at_once_and_once(town):
    lan, nhung = town.citizen("Lan"), await town.staff("Nhung", Role.INTAKE, "20")
    await lan.agrees()
    lan._mark()
    assert await phone(lan).withdraw() == 200
    await town.settles()
    lan.sees("Chúng tôi đã nhận đề nghị")
    case = await town.case(lan.last_ref)
    assert case.category == "PD-DELETE" and "xóa dữ liệu" in case.story
    nhung.sees(case.code)
    lan._mark()
    assert await phone(lan).withdraw() == 200  # The very same event again.
    await town.settles()
    assert lan.new == []


@on_zalo
async def test_who_follows_the_account_in_the_middle_of_a_form_is_not_interrupted(town):
    lan = town.citizen("Lan")
    await lan.agrees()
    await lan.says("/phananh")
    lan._mark()
    assert await phone(lan).follow() == 200
    await town.settles()
    assert lan.new == []
    await lan.says("1")
    lan.sees("Việc này về cơ quan nào")


@on_zalo
async def test_an_erasure_before_any_consent_leaves_nothing_but_the_no(town):
    lan = town.citizen("Lan")
    await lan.says("Cán bộ ở quầy 3 quát tôi.")
    lan._mark()
    assert await phone(lan).withdraw() == 200
    await town.settles()
    lan.sees("không lưu gì")
    await lan.picks("agree")
    lan.does_not_see("quầy 3")


@on_zalo
async def test_an_erasure_after_the_consent_was_taken_back_is_filed_all_the_same(town):
    lan = town.citizen("Lan")
    await lan.agrees()
    await lan.says("/rutdongy")
    await lan.picks("unconsent:yes")
    await lan.says("Tôi muốn hỏi một chuyện.")
    lan.sees("không lưu gì")
    lan._mark()
    assert await phone(lan).withdraw() == 200
    await town.settles()
    assert (await town.case(lan.last_ref)).category == "PD-DELETE"


@on_zalo
async def test_who_leaves_is_not_written_to_and_finds_what_he_missed_when_he_is_back(town):
    lan = town.citizen("Lan")
    await lan.agrees()
    assert await phone(lan).unfollow() == 200
    lan._mark()

    async def told(work):
        known = await work.people.known(lan.who, work.now, "vi")
        await work.outbox.add(
            [Outgoing(known.contact, "zalo_oa", Layout("Hồ sơ có câu trả lời."), "answer", must_arrive=True)], work.now
        )

    await town.program.app.run(told)
    await town.settles()
    assert lan.new == []
    assert await phone(lan).follow() == 200
    await town.settles()
    lan.sees("có câu trả lời")


@on_zalo
@pytest.mark.parametrize("minutes", [1, 60])
async def test_news_of_leaving_that_comes_late_closes_no_chat_in_which_somebody_has_written_since(town, minutes):
    lan = town.citizen("Lan")
    await lan.agrees()
    await town.passes(seconds=300)
    left = str(int(town.now.timestamp() * 1000))
    await town.passes(seconds=60 * minutes)
    await lan.says("menu")
    event = town.account.event("oa_follow", lan.zalo.id) | {"event_name": "unfollow", "timestamp": left}
    assert await town.account.send_event(event) == 200
    lan._mark()

    async def told(work):
        known = await work.people.known(lan.who, work.now, "vi")
        await work.outbox.add(
            [Outgoing(known.contact, "zalo_oa", Layout("Hồ sơ có câu trả lời."), "answer", must_arrive=True)], work.now
        )

    await town.program.app.run(told)
    await town.settles()
    lan.sees("có câu trả lời")


@on_zalo
async def test_a_visitor_without_a_name_files_a_case_and_is_answered_where_visitors_are(town):
    guest = town.account.user("Khách", "77")
    guest.conversation = "c-9"
    for words in ("Xin chào", "1"):
        assert await guest.says(words) == 200
        await town.settles()
    assert "Anh/chị muốn" in guest.screen[-1].text
    assert {call.path for call in town.account.calls} == {"/v2.0/oa/message"}


@on_zalo
async def test_events_that_nobody_knows_are_kept_for_somebody_to_look_at(town):
    lan = town.citizen("Lan")
    for number in range(2):
        event = town.account.event("oa_follow", lan.zalo.id) | {"event_name": "user_did_something_new"}
        event["timestamp"] = str(int(event["timestamp"]) + number)
        assert await town.account.send_event(event) == 200
    await town.settles()
    assert [platform for _row, platform, _why, _at in await dead_letters(town)] == ["zalo_oa"] * 2
    assert lan.lines == []


@on_zalo
async def test_echoes_and_receipts_are_answered_by_nothing_and_kept_nowhere(town):
    lan = town.citizen("Lan")
    await lan.agrees()
    calls = len(town.account.calls)
    for name in ("oa_echo_oa_send_text", "oa_user_received_message"):
        assert await town.account.send_event(town.account.event(name, lan.zalo.id)) == 200
    seen = town.account.event("oa_user_received_message", lan.zalo.id) | {"event_name": "user_seen_message"}
    assert await town.account.send_event(seen) == 200
    reacted = town.account.event("oa_user_send_text", lan.zalo.id, react_icon="/-heart") | {"event_name": "user_reacted_message"}
    assert await town.account.send_event(reacted) == 200
    await town.settles()
    assert len(town.account.calls) == calls and await dead_letters(town) == []


@on_zalo
async def test_the_retries_of_a_message_up_to_two_hours_later_have_one_effect(town):
    lan = town.citizen("Lan")
    await lan.agrees()
    event = town.account.event("oa_user_send_text", lan.zalo.id, text="menu")
    assert await town.account.send_event(event) == 200
    await town.settles()
    said = len(lan.lines)
    for retry, minutes in enumerate((0.5, 5, 15, 30, 60), 1):
        await town.passes(hours=minutes / 60)
        assert await town.account.send_event(event, retry) == 200
        await town.settles()
    assert len(lan.lines) == said
