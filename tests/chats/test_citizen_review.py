"""What a review of the citizens' side found, each as the script that showed it."""

from __future__ import annotations

import pytest

from bot.domain.refs import new_code
from tests.chats.citizens import COUNTER, STORY, WARD, files, fills, picks_unit
from tests.chats.test_citizen_case import ANSWER, answers
from tests.fakes.botapi_users import a_picture
from tests.town import Someone, Town


@pytest.fixture
async def lan(town: Town) -> Someone:
    """Somebody who has agreed to the notice."""
    lan = town.citizen("Lan")
    await lan.agrees()
    return lan


# -- codes and PINs ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("typed", ["K7QF-2M4X", "k7qf 2m4x", "K7QF-2MO1", "K7QF-2M4"])
async def test_a_mistyped_code_never_starts_a_complaint(town: Town, lan: Someone, typed: str):
    await lan.says(typed)
    lan.sees("gõ sai một ký tự")
    assert not lan.offers("report")
    await lan.picks("lookup")
    lan.sees("K7QF-2M4W")
    await lan.says(typed)
    lan.sees("gõ sai một ký tự")


async def test_six_digits_alone_never_start_a_complaint(town: Town, lan: Someone):
    await lan.says("123456")
    lan.sees("gõ mã vụ việc trước")
    assert not lan.offers("report")


async def test_a_mistyped_code_before_consent_does_not_become_a_story_either(town: Town):
    lan = town.citizen("Lan")
    await lan.says("K7QF-2M4X")
    await lan.picks("agree")
    lan.sees("gõ sai một ký tự")


async def test_code_and_pin_in_one_message_open_the_case(town: Town, lan: Someone):
    ref = await files(lan)
    pin = lan.last_pin
    tuan = town.citizen("Tuấn")
    await tuan.agrees()
    await tuan.says(f"{ref} {pin}")
    tuan.sees(STORY)


async def test_a_strangers_code_and_one_that_does_not_exist_are_answered_alike(town: Town, lan: Someone):
    ref, nobodys = await files(lan), new_code()
    tuan = town.citizen("Tuấn")
    await tuan.agrees()
    heard = []
    for code in (ref, nobodys):
        await tuan.says(code)
        heard.append([line.text.replace(code, "") for line in tuan.new])
        await tuan.says("000000")
        heard[-1] += [line.text.replace(code, "") for line in tuan.new]
        await tuan.says(f"{code} 000000")
        heard[-1] += [line.text.replace(code, "") for line in tuan.new]
    assert heard[0] == heard[1]


async def test_the_own_chat_is_never_locked_by_the_guesses_of_others(town: Town, lan: Someone):
    ref = await files(lan)
    for number in range(4):
        stranger = town.citizen(f"Người lạ {number}")
        await stranger.agrees()
        await stranger.says(ref)
        for _try in range(5):
            await stranger.says("111111")
    tuan = town.citizen("Tuấn")
    await tuan.agrees()
    await tuan.says(f"{ref} 111111")
    tuan.sees("quá nhiều lần")
    await lan.says(f"{ref} 111111")
    lan.sees(STORY)
    assert lan.offers("newpin")


# -- files ------------------------------------------------------------------------------------------------------------


async def test_a_caption_beside_a_file_too_many_is_kept(town: Town, lan: Someone):
    await lan.says("/phananh")
    await lan.picks("report")
    for _album in range(2):
        await lan.sends_photos(*(a_picture(40 + number) for number in range(10)))
        await town.passes(seconds=2)
    lan.sees("20 tệp")
    await lan.sends_photos(a_picture(70), caption="them nua")
    lan.sees("nhiều nhất 20 tệp; 1 tệp")
    lan.sees("đã được lưu")
    lan.sees("Việc này về cơ quan nào")
    await fills(lan, kind="", story="")
    line = lan.sees("them nua")
    assert "20 tệp" in line.text


async def test_of_an_album_that_goes_over_the_limit_the_first_files_are_kept(town: Town, lan: Someone):
    await lan.says("/phananh")
    for number in (10, 8):
        await lan.sends_photos(*(a_picture(40 + each) for each in range(number)))
        await town.passes(seconds=2)
    before = len(lan.lines)
    await lan.sends_photos(*(a_picture(60 + each) for each in range(5)), caption="them nua")
    await town.passes(seconds=2)
    lan.looked = before
    assert "3 tệp anh/chị vừa gửi không được lưu. Lời anh/chị viết thì đã được lưu." in lan.sees("nhiều nhất 20 tệp").text
    await fills(lan, story="")
    assert "20 tệp" in lan.sees("them nua").text


async def test_a_file_that_could_not_be_had_does_not_count(town: Town, lan: Someone):
    await lan.says("/phananh")
    await lan.sends_voice(b"OggS" + bytes(100))
    for _album in range(2):
        await lan.sends_photos(*(a_picture(40 + number) for number in range(10)))
        await town.passes(seconds=2)
        lan.does_not_see("nhiều nhất")
    await fills(lan)
    assert "20 tệp" in lan.sees("ghi lại như sau").text


@pytest.mark.parametrize("town", ["webchat"], indirect=True)
async def test_a_program_is_refused_at_once(town: Town, lan: Someone):
    file = town.web.keep("document", b"MZ" + bytes(100), "application/octet-stream")
    program = {"kind": "document", "ref": file.ref, "size": 102, "mime": "application/octet-stream", "name": "hồ sơ.EXE"}
    await lan._send(attachments=[program])
    lan.sees("không nhận được loại tệp này")
    assert not lan.offers("report")
    await lan.says("/phananh")
    await lan._send(attachments=[program], text="Chị ấy đưa tôi tệp này")
    lan.sees("không nhận được loại tệp này")
    await fills(lan, story="")
    line = lan.sees("Chị ấy đưa tôi tệp này")
    assert "Tệp: Tôi không có" in line.text


async def test_the_question_for_files_says_how_many(town: Town, lan: Someone):
    await lan.says("/phananh")
    await fills(lan)
    await lan.picks("change")
    await lan.picks("edit=files")
    lan.sees("nhiều nhất 20 tệp")


# -- when -------------------------------------------------------------------------------------------------------------


async def at_the_time(lan: Someone) -> None:
    await lan.says("/phananh")
    await lan.picks("report")
    await picks_unit(lan, WARD)
    await lan.picks("_head")
    await lan.picks(">A")
    await lan.picks("A02")


@pytest.mark.parametrize("yes", ["dung", "đúng", "có", "Vâng", "ok", "yes", "phải"])
async def test_a_typed_yes_takes_the_day_that_was_asked_back(town: Town, lan: Someone, yes: str):
    await at_the_time(lan)
    await lan.says("31/12")
    lan.sees("31/12/2025")
    await lan.says(yes)
    await lan.says(STORY)
    await lan.picks("none")
    await lan.picks("anonymous")
    assert "31/12 (thứ Tư, 31/12/2025)" in lan.sees("ghi lại như sau").text


async def test_a_typed_no_asks_for_the_year(town: Town, lan: Someone):
    await at_the_time(lan)
    await lan.says("31/12")
    await lan.says("không")
    lan.sees("kèm theo năm")
    await lan.says("30/12/2024")
    lan.sees("Sự việc thế nào")


@pytest.mark.parametrize("later", ["mai", "ngày mai", "ngay mai", "9h mai", "tối mai"])
async def test_tomorrow_is_still_to_come(town: Town, lan: Someone, later: str):
    await at_the_time(lan)
    await lan.says(later)
    lan.sees("chưa đến")


async def test_the_code_of_an_office_puts_its_name_beside_the_time(town: Town):
    lan = town.citizen("Lan")
    await lan.starts(await town.link(COUNTER))
    await lan.picks("agree")
    await lan.picks("_office")
    await lan.picks(">C")
    await lan.picks("C02")
    await lan.says(STORY)
    await lan.picks("anonymous")
    assert "Trung tâm Phục vụ hành chính công phường Tam Thanh (09:00 thứ Tư" in lan.sees("ghi lại như sau").text


# -- how much is said -------------------------------------------------------------------------------------------------


async def test_a_long_question_is_repeated_by_its_first_line_only(town: Town, lan: Someone):
    await at_the_time(lan)
    await lan.picks("today")
    await lan.says(STORY)
    await lan.picks("none")
    lan.sees("chúng tôi vẫn báo kết quả qua mã vụ việc")
    await lan.says("toi khong biet")
    lan.sees("Anh/chị muốn ai biết mình là ai?")
    lan.does_not_see("mã vụ việc")
    assert lan.offers("anonymous")
    await lan.says("/trogiup")
    await lan.picks("go")
    lan.sees("mã vụ việc")


# -- the answer -------------------------------------------------------------------------------------------------------


@pytest.fixture
async def mai(town: Town) -> Someone:
    """The head of the ward."""
    return await town.head("Trần Thị Mai", WARD)


async def test_without_the_switch_an_answer_has_one_calm_button_to_rate_it(town: Town, mai: Someone, lan: Someone):
    ref = await files(lan)
    await answers(mai)
    line = lan.sees(ANSWER)
    assert line.buttons == way_in(ref) or [label for _token, label in line.buttons] == ["Chấm điểm", "Tôi chưa đồng ý"]
    assert "hài lòng" not in line.text
    await lan.picks("rate")
    lan.sees("5 là rất hài lòng")
    await lan.picks(f"rate:{ref}.4")
    assert (await town.case(ref)).rating == 4


async def test_with_the_switch_on_the_stars_come_with_the_answer(town: Town, mai: Someone, lan: Someone):
    ref = await files(lan)
    await lan.says("/dulieu")
    await lan.picks("consent:rating.on")
    await answers(mai)
    line = lan.sees(ANSWER)
    stars = ["1 ★", "2 ★", "3 ★", "4 ★", "5 ★", "Tôi chưa đồng ý"]
    assert line.buttons == way_in(ref) or [label for _token, label in line.buttons] == stars
    if line.buttons == way_in(ref):
        await lan.picks("rate")
    await lan.picks(f"rate:{ref}.4")
    assert (await town.case(ref)).rating == 4


async def test_words_after_a_rating_are_first_offered_as_a_comment(town: Town, mai: Someone, lan: Someone):
    ref = await files(lan)
    await answers(mai)
    await lan.picks("rate")
    await lan.picks(f"rate:{ref}.3")
    await lan.says("cam on nhung chua hai long")
    lan.sees(f"câu trả lời của vụ việc {ref}")
    await lan.picks("comment")
    lan.sees("Cơ quan sẽ đọc")
    await lan.says(ref)
    lan.sees("cam on nhung chua hai long")


async def test_or_they_are_something_new(town: Town, mai: Someone, lan: Someone):
    ref = await files(lan)
    await answers(mai)
    await lan.picks("rate")
    await lan.picks(f"rate:{ref}.3")
    await lan.says("Trạm y tế đóng cửa cả ngày hôm nay, không ai trực.")
    await lan.picks("feedback:new")
    lan.sees("Anh/chị muốn")
    await fills(lan, story="")
    lan.sees("Trạm y tế đóng cửa")


async def test_an_hour_later_words_start_something_new(town: Town, mai: Someone, lan: Someone):
    ref = await files(lan)
    await answers(mai)
    await lan.picks("rate")
    await lan.picks(f"rate:{ref}.3")
    await town.passes(hours=2)
    await lan.says("Trạm y tế đóng cửa cả ngày hôm nay, không ai trực.")
    lan.sees("Anh/chị muốn")


async def test_a_second_contest_says_that_the_head_above_is_looking(town: Town, mai: Someone, lan: Someone):
    await town.head("Hoàng Hùng", "20")
    ref = await files(lan)
    await answers(mai)
    await lan.picks("contest")
    await lan.says("Tôi không được mời xem camera, và người nói sai vẫn ngồi đó.")
    await lan.picks("send")
    await lan.presses(f"contest:{ref}")
    line = lan.sees("đang được cấp trên xem lại. Mỗi vụ việc chỉ đề nghị xem lại một lần.")
    assert "người nói sai vẫn ngồi đó" in line.text


def way_in(ref: str) -> tuple[tuple[str, str], ...]:
    """What an answer offers where there are no buttons: its code, by which the case opens, and in the case the rest."""
    return ((f"case:{ref}", ref),)


# -- both directions --------------------------------------------------------------------------------------------------


async def test_the_read_back_of_an_answer_to_the_office_counts_its_files(town: Town, mai: Someone, lan: Someone):
    ref = await files(lan)
    await mai.picks("accept")
    await mai.picks("ask")
    await mai.says("Anh/chị đến quầy lúc mấy giờ?")
    await mai.picks("send")
    await lan.picks("add")
    await lan.sends_photos(a_picture())
    await lan.says("Khoảng 9 giờ kém 15 sáng")
    lan.sees("Số tệp: 1")
    await lan.picks("send")
    await lan.says(ref)
    line = lan.sees("Anh/chị đến quầy lúc mấy giờ?")
    assert "Khoảng 9 giờ kém 15 sáng" in line.text
