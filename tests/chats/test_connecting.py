"""One person on several channels: a code shown in one chat and typed in another, news in the chat used last, and back again."""

from __future__ import annotations

import json
import re

import pytest

from bot.dialogue.values import Layout, Who
from bot.domain.cases import Status
from bot.domain.people import Role
from bot.usecases.ports import Outgoing, Work
from tests.chats.citizens import WARD, by_phone, files
from tests.chats.test_office import ANSWER, writes_the_answer
from tests.town import Someone, Town

pytestmark = pytest.mark.parametrize("town", ["telegram"], indirect=True)


async def shown(someone: Someone) -> str:
    """Have a code shown, and return it."""
    await someone.says("/chuyenkenh")
    found = re.search(r"/noikenh (\d{4} \d{4})", someone.sees("Mã của anh/chị").text)
    assert found is not None
    return found[1]


async def connects(old: Someone, new: Someone) -> None:
    """Let a new chat be connected with an old one."""
    code = await shown(old)
    await new.says(f"/noikenh {code}")
    assert "đọc được cuộc trò chuyện này" in new.sees("Đã kết nối").text  # Said of this app, as nobody was asked here.


async def lan_on_both(town: Town, second: str = "zalo_oa") -> tuple[Someone, Someone, str]:
    """Return Lan's Telegram, where she has sent a case, her second phone, and the code of the case."""
    lan, other = town.citizen("Lan"), town.citizen("Lan", on=second)
    await lan.agrees()
    ref = await files(lan)
    await connects(lan, other)
    await town.passes(seconds=1)
    return lan, other, ref


async def answered(mai: Someone, ref: str) -> None:
    """Let the head answer a case."""
    await mai.says(f"/mo {ref}")
    await mai.picks("accept")
    await writes_the_answer(mai)
    await mai.picks("send")


@pytest.mark.parametrize("second", ["zalo_oa", "zalo_bot", "webchat"])
async def test_a_case_goes_on_in_another_chat_without_asking_for_consent_again(town: Town, second: str):
    lan, zalo, ref = await lan_on_both(town, second)
    await zalo.says(ref)
    zalo.sees(ref)
    zalo.does_not_see("Anh/chị có đồng ý")
    assert lan.lines[-1].text.count("ở một cuộc trò chuyện khác") == 1  # It was told at once where the code was shown.
    await zalo.says(f"/hoso {ref}")
    await zalo.picks("add")
    await zalo.says("Hôm đó còn có anh Nam đứng cạnh.")
    await zalo.picks("send")
    zalo.sees("Đã bổ sung")


async def test_news_comes_to_the_chat_used_last_and_to_no_other(town: Town):
    mai = await town.head("Trần Thị Mai", of=WARD)
    lan, zalo, ref = await lan_on_both(town)
    await mai.says(f"/mo {ref}")
    await mai.picks("accept")
    zalo.sees(ref)
    lan.does_not_see("đã tiếp nhận")
    before = len(zalo.lines)
    await lan.says("/hoso")
    await mai.picks("ask")
    await mai.says("Việc xảy ra lúc mấy giờ, ở quầy nào?")
    await mai.picks("send")
    lan.sees("lúc mấy giờ")
    assert len(zalo.lines) == before


@pytest.mark.parametrize("way", ["in one", "with a dash", "with a dot", "in wide digits"])
async def test_a_code_may_be_typed_as_people_type_it_also_after_the_command(town: Town, way: str):
    lan, zalo = town.citizen("Lan"), town.citizen("Lan", on="zalo_oa")
    await lan.agrees()
    code = await shown(lan)
    halves = code.split()
    between = {"in one": "", "with a dash": " – ", "with a dot": "."}
    wide = code.translate({ord(digit): ord(digit) + 0xFEE0 for digit in "0123456789"})
    words = between[way].join(halves) if way in between else wide
    await zalo.says("/noikenh")
    zalo.sees("tám chữ số")
    await zalo.says(words)
    zalo.sees("Đã kết nối")


async def test_a_wrong_code_before_consent_is_asked_for_again_and_other_words_are_kept_for_after_it(town: Town):
    zalo = town.citizen("Lan", on="zalo_oa")
    await zalo.says("/noikenh")
    await zalo.says("1234 5678")
    zalo.sees("không đúng")
    zalo.sees("tám chữ số")
    await zalo.says("/phananh")
    zalo.sees("Anh/chị có đồng ý")
    await zalo.says("Chị nhân viên quầy 3 quát tôi trước mặt mọi người.")
    zalo.sees("đồng ý")
    await zalo.picks("agree")
    zalo.sees("Chúng tôi ghi nội dung vừa gửi")


async def test_what_was_said_before_the_code_goes_on_after_it(town: Town):
    lan, zalo = town.citizen("Lan"), town.citizen("Lan", on="zalo_oa")
    await lan.agrees()
    await zalo.says("Chị nhân viên quầy 3 quát tôi trước mặt mọi người.")
    zalo.sees("Anh/chị có đồng ý")
    await zalo.says(f"/noikenh {await shown(lan)}")
    zalo.sees("Đã kết nối")
    zalo.sees("Anh/chị muốn")


async def test_a_code_is_good_for_ten_minutes_once_and_only_the_last_one(town: Town):
    lan, zalo, web = town.citizen("Lan"), town.citizen("Lan", on="zalo_oa"), town.citizen("Lan", on="webchat")
    await lan.agrees()
    first = await shown(lan)
    second = await shown(lan)
    await zalo.says(f"/noikenh {first}")
    zalo.sees("không đúng, hoặc không còn dùng được")
    await town.passes(seconds=601)
    await zalo.says(f"/noikenh {second}")
    zalo.sees("không đúng, hoặc không còn dùng được")
    third = await shown(lan)
    await zalo.says(f"/noikenh {third}")
    zalo.sees("Đã kết nối")
    await web.says(f"/noikenh {third}")
    web.sees("không đúng, hoặc không còn dùng được")


async def test_guesses_are_few(town: Town):
    lan, thief = town.citizen("Lan"), town.citizen("Kẻ trộm", on="zalo_oa")
    await lan.agrees()
    code = await shown(lan)
    for guess in range(5):
        await thief.says(f"/noikenh 0000 000{guess}")
        thief.sees("không đúng")
    await thief.says(f"/noikenh {code}")
    thief.sees("quá nhiều lần")
    lan.does_not_see("cuộc trò chuyện khác")


async def test_the_code_is_of_no_use_in_the_chat_that_shows_it_nor_where_it_is_connected_already(town: Town):
    lan, zalo, _ref = await lan_on_both(town)
    code = await shown(lan)
    await lan.says(f"/noikenh {code}")
    lan.sees("cuộc trò chuyện kia")
    await zalo.says(f"/noikenh {code}")
    zalo.sees("kết nối với nhau rồi")


async def test_who_has_cases_of_his_own_is_asked_before_anybody_else_sees_them(town: Town):
    lan, zalo = town.citizen("Lan"), town.citizen("Lan", on="zalo_oa")
    await lan.agrees()
    there = await files(lan)
    await zalo.agrees()
    here = await files(zalo, who="_head")
    code = await shown(lan)
    await zalo.says(f"/noikenh {code}")
    zalo.sees("có 1 hồ sơ")
    lan.does_not_see("cuộc trò chuyện khác")
    await zalo.picks("joinchat")
    zalo.sees("Đã kết nối")
    for phone in (lan, zalo):
        await phone.says("/hoso")
        for ref in (there, here):
            phone.sees(ref)


async def test_the_question_cannot_be_left_out_by_typing_what_its_button_would_say(town: Town):
    """Somebody who is talked into typing a line is asked all the same."""
    thief, lan = town.citizen("Kẻ trộm"), town.citizen("Lan", on="zalo_oa")
    await thief.agrees()
    await lan.agrees()
    ref = await files(lan)
    code = await shown(thief)
    for _time in range(2):
        await lan.says(f"/noikenh {code}.yes")
        lan.sees("có 1 hồ sơ")
        await lan.says("menu")
    await lan.says("/noikenh")
    await lan.says(f"{code}.yes")
    lan.sees("8 chữ số")
    await thief.says(ref)
    thief.sees("mã PIN")


async def test_the_chat_that_was_there_sends_an_intruder_away(town: Town):
    mai = await town.head("Trần Thị Mai", of=WARD)
    lan, thief = town.citizen("Lan"), town.citizen("Kẻ trộm", on="zalo_oa")
    await lan.agrees()
    ref = await files(lan)
    code = await shown(lan)
    await thief.says(f"/noikenh {code}")
    lan.sees("Không phải anh/chị?")
    chats = len(lan.lines)
    await thief.says("/ngatkenh")
    await thief.picks(_other(thief))
    thief.sees("vừa mới được kết nối")  # He cannot send the other one away first.
    assert len(lan.lines) == chats
    await lan.picks("part")
    lan.sees("Đã ngắt")
    thief.sees("đã bị ngắt")
    await thief.says(ref)
    thief.does_not_see(ref)
    thief.sees("Anh/chị có đồng ý")
    heard = len(thief.lines)
    await answered(mai, ref)
    lan.sees(ANSWER)
    assert len(thief.lines) == heard
    written = await town.program.app.run(lambda work: work.events_since(0, 100))
    assert [one.case for one in written if one.name in ("ChatJoined", "ChatParted")] == [None, None]


def _other(someone: Someone) -> str:
    """Return the token that disconnects the other chat."""
    for line in reversed(someone.lines):
        tokens = [token for token, label in line.buttons if token.startswith("part:") and "dùng gần nhất" in label]
        if tokens:
            return tokens[0]
    raise AssertionError("no other chat is offered")


async def test_what_waits_for_a_chat_that_is_disconnected_comes_to_the_one_that_is_left(town: Town):
    lan, thief, _ref = await lan_on_both(town)

    async def numbers(work: Work) -> list[int]:
        one = await work.people.known(Who("telegram", town.program.app.channels["telegram"].account, lan.chat), town.now, "vi")
        return sorted(chat.id for chat in await work.chats.of(one.person.id))

    _old, new = await town.program.app.run(numbers)
    await town.waiting(Outgoing(new, "zalo_oa", Layout("Trả lời của cơ quan."), "notice", 5, must_arrive=True))
    await town.waiting(Outgoing(new, "zalo_oa", Layout("Một lời nhắn."), "notice", 5))
    await lan.picks("part")
    lan.sees("Trả lời của cơ quan.")
    assert not [line for line in thief.lines if "cơ quan." in line.text or "lời nhắn" in line.text]


async def test_after_three_days_a_lost_phone_is_disconnected_from_the_new_one(town: Town):
    lan, zalo, ref = await lan_on_both(town)
    await town.passes(days=3)
    await zalo.says("/dulieu")
    zalo.sees("Telegram, dùng gần nhất")
    await zalo.picks(_other(zalo))
    zalo.sees("Đã ngắt")
    lan.sees("đã bị ngắt")
    await lan.says("/hoso")
    lan.sees("Anh/chị có đồng ý")
    await zalo.says(ref)
    zalo.sees(ref)


async def test_a_chat_disconnects_itself_after_asking_once_more(town: Town):
    lan, zalo, ref = await lan_on_both(town)
    await zalo.says("/phananh")
    await zalo.says("/ngatkenh")
    zalo.sees("chính là đây")
    await zalo.picks(next(token for token, label in zalo.new[-1].buttons if label == "Ngắt kênh này"))
    zalo.sees("Ngắt cuộc trò chuyện này?")
    await zalo.picks("part")
    zalo.sees("Đã ngắt cuộc trò chuyện này")
    await zalo.says(ref)
    zalo.sees("Anh/chị có đồng ý")
    await zalo.picks("agree")
    zalo.does_not_see("biểu mẫu")
    await lan.says("/dulieu")
    lan.sees("Telegram, chính là đây")
    lan.does_not_see("Zalo, dùng")
    await lan.says("/ngatkenh 2")
    lan.sees("không kết nối với")


async def test_a_blocked_chat_costs_nothing_and_nothing_comes_twice(town: Town):
    mai = await town.head("Trần Thị Mai", of=WARD)
    lan, zalo, ref = await lan_on_both(town)
    await lan.says("/hoso")  # Telegram is the one used last.
    assert lan.api is not None
    await by_phone(lan, lan.api.blocks())
    before = len(zalo.lines)
    await answered(mai, ref)
    news = [line.text for line in zalo.lines[before:]]
    assert sum(ANSWER in text for text in news) == 1
    assert "Gõ" in next(text for text in news if ANSWER in text)  # Laid out for Zalo.
    mai.does_not_see("không gửi được")
    assert (await town.case(ref)).status is Status.ANSWERED
    seen = len(lan.lines)
    await by_phone(lan, lan.api.unblocks())
    await lan.says("/hoso")
    assert not [line for line in lan.lines[seen:] if ANSWER in line.text]


async def test_messages_on_their_way_when_a_chat_closes_come_in_order_to_the_other(town: Town):
    mai = await town.head("Trần Thị Mai", of=WARD)
    lan, zalo, ref = await lan_on_both(town)
    await lan.says("/hoso")
    assert lan.api is not None
    lan.api.blocked = True  # Without a word: it comes out with the first message.
    before = len(zalo.lines)
    await mai.says(f"/mo {ref}")
    await mai.picks("accept")
    await mai.picks("ask")
    await mai.says("Việc xảy ra lúc mấy giờ, ở quầy nào?")
    await mai.picks("send")
    news = [line.text for line in zalo.lines[before:]]
    assert [("đã tiếp nhận" in text, "lúc mấy giờ" in text) for text in news] == [(True, False), (False, True)]


async def test_what_was_held_comes_into_whichever_chat_opens_first(town: Town):
    mai = await town.head("Trần Thị Mai", of=WARD)
    lan, web, ref = await lan_on_both(town, "webchat")
    await lan.says("/hoso")
    assert lan.api is not None
    await by_phone(lan, lan.api.blocks())
    await town.program.app.run(lambda work: work.people.set_reachable(_who(web), False, town.now))
    await answered(mai, ref)
    assert not [line for phone in (lan, web) for line in phone.new if ANSWER in line.text]
    await web.says("/hoso")
    assert sum(ANSWER in line.text for line in web.new) == 1


def _who(someone: Someone) -> Who:
    return Who("webchat", someone.town.web.account, someone.chat)


async def test_staff_work_and_are_reached_in_either_chat(town: Town):
    mai = await town.head("Trần Thị Mai", of=WARD)
    await mai.picks("part")
    mai.sees("Các kênh của anh/chị")
    zalo = town.citizen("Mai", on="zalo_oa")
    await connects(mai, zalo)
    zalo.sees("Trần Thị Mai")
    lan = town.citizen("Lan", on="webchat")
    await lan.agrees()
    before = len(mai.lines)
    ref = await files(lan)
    zalo.sees(ref)
    assert len(mai.lines) == before
    await zalo.says(f"/nhan {ref}")
    lan.sees(ref)
    assert (await town.case(ref)).status is Status.ACCEPTED
    await mai.says("/viec")
    mai.sees(ref)


async def test_two_members_of_staff_are_not_one_and_a_role_goes_to_nobody_by_a_code_typed(town: Town):
    mai, son = await town.head("Trần Thị Mai", of=WARD), await town.staff("Bùi Thanh Sơn", Role.SUPERVISOR, "20")
    lan = town.citizen("Lan", on="zalo_oa")
    await lan.agrees()
    await son.says(f"/noikenh {await shown(mai)}")
    son.sees("không gộp được")
    await mai.says(f"/noikenh {await shown(lan)}")
    mai.sees("làm ngược lại")
    await lan.says("/viec")
    lan.does_not_see("Chờ anh/chị")


async def test_an_officer_does_not_become_the_sender_of_a_case_that_he_handles(town: Town):
    """Who has got hold of a code learns nothing from the refusal either."""
    mai = await town.head("Trần Thị Mai", of=WARD)
    lan = town.citizen("Lan", on="zalo_oa")
    await lan.agrees()
    about_mai = await files(lan, who="_head")
    code = await shown(mai)
    await lan.says(f"/noikenh {code}")
    lan.sees("không kết nối được với nhau")
    await mai.says(about_mai)
    mai.does_not_see("hồ sơ của anh/chị")
    mai.does_not_see("cuộc trò chuyện khác")


async def test_a_case_that_is_forgotten_is_forgotten_in_every_chat(town: Town):
    lan, zalo, ref = await lan_on_both(town)
    await zalo.says(ref)
    await zalo.picks("add")
    await lan.says(ref)
    await lan.picks("forgetchat")
    await lan.picks(f"forgetchat:{ref}.yes")

    async def kept(work: Work) -> str:
        one = await work.people.known(Who("zalo_oa", town.program.app.channels["zalo_oa"].account, zalo.chat), town.now, "vi")
        return json.dumps(one.session.to_json())

    assert ref not in await town.program.app.run(kept)
    await zalo.says("/hoso")
    zalo.does_not_see(ref)
    await zalo.says(ref)
    zalo.sees("mã PIN")


async def test_consent_that_is_taken_back_holds_for_every_chat(town: Town):
    lan, zalo, _ref = await lan_on_both(town)
    await zalo.says("/phananh")
    await lan.says("/rutdongy")
    lan.sees("Các kênh khác đã kết nối")
    await lan.picks("unconsent:yes")
    await zalo.says("Chị nhân viên quầy 3 quát tôi.")
    zalo.sees("0205 3812 345")
    await zalo.picks("agree")
    await lan.says("/hoso")
    lan.does_not_see("Anh/chị có đồng ý")
