"""Afterwards: following, adding, answering, taking back, rating, contesting, a new PIN, forgetting the chat."""

from __future__ import annotations

import json

import pytest

from bot.dialogue.values import Who
from bot.domain.cases import Status
from bot.domain.people import Role
from bot.domain.refs import new_code
from tests.chats.citizens import STORY, WARD, files
from tests.fakes.botapi_users import a_picture
from tests.town import Someone, Town

ANSWER = "Chúng tôi đã xem lại camera và làm việc với cán bộ quầy 3. Phản ánh của anh/chị là đúng. Chúng tôi xin lỗi."


@pytest.fixture
async def mai(town: Town) -> Someone:
    """The head of the ward."""
    return await town.head("Trần Thị Mai", WARD)


@pytest.fixture
async def lan(town: Town, mai: Someone) -> Someone:
    """Somebody whose case is with the head of the ward."""
    lan = town.citizen("Lan")
    await lan.agrees()
    await files(lan)
    return lan


async def answers(mai: Someone) -> None:
    """Let the head accept the newest case and answer it."""
    await mai.picks("accept")
    await mai.picks("answer")
    await mai.picks("true")
    await mai.picks("apologised")
    await mai.picks("done")
    await mai.says(ANSWER)
    await mai.says("Biên bản làm việc ngày 25/11/2026, hình ảnh camera quầy 3.")
    await mai.picks("send")


async def test_the_receipt_has_code_pin_due_date_and_who_answers(town: Town, lan: Someone):
    line = lan.sees("Mã PIN")
    assert lan.last_ref in line.text
    assert "thứ Sáu, 04/12/2026" in line.text and "7 ngày làm việc" in line.text
    assert "Trần Thị Mai, Chủ tịch UBND" in line.text


async def test_a_case_code_typed_anywhere_opens_the_own_case(town: Town, lan: Someone):
    ref = lan.last_ref
    await lan.says("/phananh")
    await lan.says(ref.lower().replace("-", " "))
    lan.sees("Đã chuyển đơn vị xử lý")
    assert lan.offers("go")


async def test_a_code_of_somebody_else_asks_for_the_pin_as_does_one_that_does_not_exist(town: Town, lan: Someone):
    ref, pin = lan.last_ref, lan.last_pin
    tuan = town.citizen("Tuấn")
    await tuan.agrees()
    await tuan.says(ref)
    tuan.sees("PIN")
    tuan.does_not_see("quát")
    await tuan.says("000000")
    wrong = [line.text for line in tuan.new]
    await tuan.says(pin)
    tuan.sees(STORY)
    assert not tuan.offers("newpin") and not tuan.offers("forgetchat")
    nobodys = new_code()
    await tuan.says(nobodys)
    await tuan.says("000000")
    assert [line.text for line in tuan.new] == [text.replace(ref, nobodys) for text in wrong]


async def test_what_was_opened_by_pin_is_closed_an_hour_later(town: Town, lan: Someone):
    ref, pin = lan.last_ref, lan.last_pin
    tuan = town.citizen("Tuấn")
    await tuan.agrees()
    await tuan.says(f"/tracuu {ref}")
    await tuan.says(pin)
    tuan.sees(STORY)
    await town.passes(hours=2)
    await tuan.says(ref)
    tuan.sees("PIN")
    tuan.does_not_see(STORY)


async def test_the_pin_cannot_be_guessed(town: Town, lan: Someone):
    ref, pin = lan.last_ref, lan.last_pin
    tuan = town.citizen("Tuấn")
    await tuan.agrees()
    await tuan.says(ref)
    for _try in range(5):
        await tuan.says("111111")
    await tuan.says(pin)
    tuan.sees("quá nhiều lần")
    tuan.does_not_see(STORY)


async def test_words_and_photos_can_be_added(town: Town, mai: Someone, lan: Someone):
    await lan.picks("case")
    await lan.picks("add")
    await lan.sends_photos(a_picture())
    await lan.says("Có thêm ảnh chụp quầy lúc đó.")
    lan.sees("Có thêm ảnh")
    await lan.picks("send")
    mai.sees("bổ sung")
    await lan.picks("case")
    await lan.picks("timeline")
    lan.sees("đã bổ sung")


async def test_a_question_of_the_office_can_be_answered_by_just_typing(town: Town, mai: Someone, lan: Someone):
    ref = lan.last_ref
    await mai.picks("accept")
    await mai.picks("ask")
    await mai.says("Anh/chị đến quầy lúc mấy giờ?")
    await mai.picks("send")
    lan.sees("mấy giờ")
    await lan.says("Khoảng 9 giờ kém 15 sáng")
    lan.sees(ref)
    await lan.picks("add")
    lan.sees("Khoảng 9 giờ kém 15 sáng")
    await lan.picks("send")
    mai.sees("trả lời câu hỏi")
    assert (await town.case(ref)).status is not Status.NEED_INFO


async def test_what_is_no_answer_to_the_question_starts_something_new(town: Town, mai: Someone, lan: Someone):
    await mai.picks("accept")
    await mai.picks("ask")
    await mai.says("Anh/chị đến quầy lúc mấy giờ?")
    await mai.picks("send")
    await lan.says("Trạm y tế đóng cửa cả ngày hôm nay, không ai trực.")
    await lan.picks("feedback:new")
    lan.sees("Anh/chị muốn")


async def test_a_case_is_taken_back_after_asking_once_more(town: Town, mai: Someone, lan: Someone):
    ref = lan.last_ref
    await lan.picks("case")
    await lan.picks("takeback")
    assert (await town.case(ref)).status is Status.FORWARDED
    await lan.picks(f"takeback:{ref}.yes")
    assert (await town.case(ref)).status is Status.WITHDRAWN
    lan.sees("rút lại")
    mai.sees("rút")


async def test_an_old_button_shows_how_the_case_stands_now(town: Town, mai: Someone, lan: Someone):
    await lan.picks("case")
    old = lan.token("takeback")
    await mai.picks("accept")
    await lan.presses(old)
    lan.sees("đã thay đổi")
    lan.sees("Đơn vị đã nhận xử lý")


async def test_an_answer_is_rated_once_with_one_tap_and_a_comment(town: Town, mai: Someone, lan: Someone):
    ref = lan.last_ref
    await answers(mai)
    lan.sees("xin lỗi")
    await lan.picks("rate")
    await lan.picks(f"rate:{ref}.2")
    lan.sees("2 trên 5")
    assert lan.offers("contest")
    await lan.picks("comment")
    await lan.says("Trả lời chung chung.")
    await lan.presses(f"rate:{ref}.5")
    lan.sees("đã chấm điểm")
    assert (await town.case(ref)).rating == 2


async def test_an_answer_is_contested_once_and_goes_to_the_head_above(town: Town, mai: Someone, lan: Someone):
    hung = await town.head("Hoàng Hùng", "20")
    ref = lan.last_ref
    await answers(mai)
    await lan.picks("contest")
    await lan.says("ngắn quá")
    lan.sees("hơi ngắn")
    await lan.says("Tôi không được mời xem camera, và người nói sai vẫn ngồi đó.")
    await lan.picks("send")
    hung.sees(ref)
    mai.does_not_see("không đồng ý")
    case = await town.case(ref)
    assert (case.status, case.handling_unit, case.contested) == (Status.REOPENED, "20", True)
    await lan.picks("case")
    assert not lan.offers("contest")


@pytest.mark.parametrize("typed", ["khong dong y", "Tôi chưa hài lòng.", "de nghi xem xet lai", "phản đối!"])
async def test_who_does_not_agree_says_so_in_his_own_words(town: Town, mai: Someone, lan: Someone, typed: str):
    ref = lan.last_ref
    await answers(mai)
    await lan.says(typed)
    lan.sees(f"về câu trả lời của vụ việc {ref}")
    await lan.picks("contest")
    lan.sees("hoặc còn thiếu gì")
    await lan.says("Tôi không được mời xem camera, và người nói sai vẫn ngồi đó.")
    await lan.picks("send")
    assert (await town.case(ref)).contested


async def test_a_reason_given_at_once_is_not_asked_for_again(town: Town, mai: Someone, lan: Someone):
    ref = lan.last_ref
    await answers(mai)
    await lan.says("Không đồng ý, tôi không được mời xem camera và người nói sai vẫn ngồi đó.")
    await lan.picks("contest")
    lan.sees("người nói sai vẫn ngồi đó")
    await lan.picks("send")
    assert (await town.case(ref)).contested


async def test_who_has_rated_and_does_not_agree_is_still_heard(town: Town, mai: Someone, lan: Someone):
    ref = lan.last_ref
    await answers(mai)
    await lan.says("2 sao")
    await lan.picks("rate")
    await lan.says("toi khong dong y")
    lan.sees(f"về câu trả lời của vụ việc {ref}")
    await lan.says("dung")
    lan.sees("hoặc còn thiếu gì")
    await lan.says("Tôi không được mời xem camera, và người nói sai vẫn ngồi đó.")
    assert "2 sao" not in lan.sees("người nói sai vẫn ngồi đó").text
    await lan.picks("send")
    assert (await town.case(ref)).contested


async def test_a_few_words_with_a_code_are_about_the_case_and_nothing_of_them_is_lost(town: Town, lan: Someone):
    ref = lan.last_ref
    await lan.says(f"ho so {ref.lower()} sao roi")
    lan.sees(f"Đây là về vụ việc {ref}")
    await lan.picks("feedback:new")
    lan.sees("ghi nội dung vừa gửi vào phần “Sự việc”")
    await lan.says("huy")
    await lan.picks("stop")
    await lan.says("bao gio co ket qua")
    lan.sees(ref)


async def test_words_that_were_not_about_the_answer_become_feedback_whole(town: Town, mai: Someone, lan: Someone):
    await answers(mai)
    await lan.says("Không đồng ý cho tôi nộp hồ sơ, cán bộ quầy 2 đuổi tôi về.")
    await lan.picks("feedback:new")
    lan.sees("ghi nội dung vừa gửi vào phần “Sự việc”")


async def test_before_any_answer_such_words_are_feedback(town: Town, mai: Someone, lan: Someone):
    await lan.says("Không đồng ý cho tôi nộp hồ sơ, cán bộ quầy 2 đuổi tôi về.")
    lan.does_not_see("về câu trả lời của vụ việc")


async def test_stars_can_be_typed(town: Town, mai: Someone, lan: Someone):
    ref = lan.last_ref
    await answers(mai)
    await lan.says("5 sao")
    lan.sees(f"chấm 5 trên 5 sao cho câu trả lời của vụ việc {ref}")
    await lan.picks("rate")
    assert (await town.case(ref)).rating == 5


async def test_the_answer_and_the_timeline_stand_in_the_case(town: Town, mai: Someone, lan: Someone):
    ref = lan.last_ref
    await answers(mai)
    await lan.says(ref)
    lan.sees(ANSWER)
    await lan.picks("timeline")
    line = lan.sees("Những việc đã làm")
    assert "Phường Tam Thanh" in line.text and "Mai" not in line.text


async def test_a_draft_of_an_answer_is_never_shown(town: Town, mai: Someone, lan: Someone):
    hoa = await town.staff("Lê Hòa Bình", Role.HANDLER, WARD)
    ref = lan.last_ref
    await mai.says(ref)
    await mai.picks("accept")
    await mai.picks("assign")
    await mai.picks(_assign(mai))
    await hoa.says(ref)
    await hoa.picks("answer")
    await hoa.picks("true")
    await hoa.picks("apologised")
    await hoa.picks("done")
    await hoa.says(ANSWER)
    await hoa.says("Biên bản làm việc ngày 25/11/2026.")
    await hoa.picks("send")
    await lan.says(ref)
    lan.does_not_see("camera")


def _assign(mai: Someone) -> str:
    return next(token.split("@")[0] for line in mai.new for token, _label in line.buttons if token.startswith("assign:"))


async def test_a_new_pin_ends_the_old_one(town: Town, lan: Someone):
    ref, old = lan.last_ref, lan.last_pin
    await lan.picks("case")
    await lan.picks("newpin")
    await lan.picks(f"newpin:{ref}.yes")
    new = lan.last_pin
    tuan = town.citizen("Tuấn")
    await tuan.agrees()
    await tuan.says(ref)
    await tuan.says(old)
    tuan.does_not_see(STORY)
    await tuan.says(new)
    tuan.sees(STORY)


async def test_forgetting_the_chat_leaves_code_and_pin_only(town: Town, mai: Someone, lan: Someone):
    ref, pin = lan.last_ref, lan.last_pin
    await lan.picks("case")
    await lan.picks("forgetchat")
    lan.sees("vĩnh viễn")
    await lan.picks(f"forgetchat:{ref}.yes")
    await lan.says("/hoso")
    lan.does_not_see(ref)
    before = len(lan.lines)
    await answers(mai)
    assert len(lan.lines) == before
    assert ref not in json.dumps(await session_of(town, lan))
    await lan.says(ref)
    lan.sees("PIN")
    await lan.says(pin)
    lan.sees(ANSWER)


async def session_of(town: Town, lan: Someone) -> object:
    """What is kept of where somebody stands in the dialogue."""
    who = Who(town.channel, town.program.app.channels[town.channel].account, lan.chat)
    known = await town.program.app.run(lambda work: work.people.known(who, town.now, "vi"))
    return known.session.to_json()


async def test_the_list_of_cases_turns_its_pages(town: Town, lan: Someone):
    for number in range(7):
        await files(lan, story=f"{STORY} Lần {number}.")
    await lan.says("/hoso")
    first = lan.last_ref
    assert lan.offers("mine:1")
    await lan.picks("mine:1")
    assert lan.offers("mine:0")
    assert lan.last_ref != first


async def test_another_matter_about_the_same_office_begins_with_the_office_known(town: Town, lan: Someone):
    await lan.picks("another")
    lan.sees("Việc này về ai")


async def test_the_citizen_can_ask_why_the_answer_is_due_on_that_day(town: Town, lan: Someone):
    await lan.picks("case")
    await lan.picks("whydate")
    line = lan.sees("7 ngày làm việc")
    assert "04/12/2026" in line.text and "Luật 42/2013" in line.text and "09/12/2026" in line.text
    for day in (
        "thứ Tư, 25/11/2026: ngày đầu tiên không tính (Điều 147 Bộ luật Dân sự)",
        "thứ Năm, 26/11/2026: ngày làm việc thứ 1",
        "thứ Bảy, 28/11/2026: thứ Bảy hoặc Chủ nhật, không tính; mới đề xuất, chưa tính: Làm bù cho ngày 23/11/2026",
        "thứ Sáu, 04/12/2026: ngày làm việc thứ 7",
    ):
        assert day in line.text
