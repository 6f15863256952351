"""The form: at most nine questions, five from the code of a counter; nothing that somebody typed is lost."""

from __future__ import annotations

import pytest

from bot.domain.cases import About, KnownAs, Status
from bot.domain.people import Role
from handlers.flows.feedback import FEEDBACK
from tests.chats.citizens import CONTACT, COUNTER, STORY, WARD, by_phone, files, fills, picks_unit
from tests.fakes.botapi_users import a_picture
from tests.town import Someone, Town


@pytest.fixture
async def lan(town: Town) -> Someone:
    """Somebody who has agreed to the notice."""
    lan = town.citizen("Lan")
    await lan.agrees()
    return lan


def questions(lan: Someone, before: int) -> int:
    """How many different questions were asked since line number `before`, the read-back left out."""
    asked = [line.text for line in lan.lines[before:] if any(token.startswith("_cancel") for token, _label in line.buttons)]
    return len(set(asked)) - sum(any(token.startswith("_send") for token, _l in line.buttons) for line in lan.lines[before:])


# -- how many questions ---------------------------------------------------------------------------------------------


def test_the_form_has_nine_counted_questions():
    assert sum(ask.counted for ask in FEEDBACK.asks) == 9


async def test_from_the_code_of_a_counter_there_are_five_questions(town: Town):
    lan = town.citizen("Lan")
    await lan.starts(await town.link(COUNTER, "3"))
    await lan.picks("agree")
    lan.sees("Trung tâm Phục vụ hành chính công phường Tam Thanh")
    seen = [lan.new[-1].text]
    for act, value in (
        (lan.says, "chị mặc áo xanh"), (lan.picks, ">C"), (lan.picks, "C02"), (lan.says, STORY), (lan.picks, "named"),
        (lan.says, CONTACT),
    ):  # fmt: skip
        await act(value)
        seen.append(lan.new[-1].text)
    # Who, category (a group and what is in it), story, how to be known, name and phone; the last is the read-back.
    assert len(seen) == 7
    line = lan.sees("ghi lại như sau")
    assert "quầy số 3 (09:00 thứ Tư, 25/11/2026)" in line.text
    assert "Trung tâm Phục vụ hành chính công phường Tam Thanh" in line.text
    await lan.picks("send")
    case = await town.case(lan.last_ref)
    assert (case.unit, case.about, case.official) == (COUNTER, About.PERSON, "chị mặc áo xanh")
    assert case.happened == "#3 (25/11/2026 09:00)"


async def test_a_changed_or_foreign_link_says_so_and_shows_the_menu(town: Town, lan: Someone):
    good = await town.link(COUNTER, "3")
    await lan.starts(good.replace("TTHCC", "VP"))
    lan.sees("không phải")
    assert lan.offers("feedback")


async def test_the_anonymous_are_asked_for_nothing(town: Town, lan: Someone):
    ref = await files(lan, known_as="anonymous")
    lan.sees("Mã PIN")
    assert (await town.case(ref)).known_as is KnownAs.ANONYMOUS


@pytest.mark.parametrize("known_as", ["named", "custodian"])
async def test_the_others_give_name_and_phone_in_one_message_or_two(town: Town, lan: Someone, known_as: str):
    await lan.says("menu")
    await lan.picks("feedback")
    await fills(lan, known_as="anonymous")
    await lan.picks("change")
    await lan.picks("edit=known_as")
    await lan.picks(known_as)
    await lan.says("Nguyễn Thị Lan")
    lan.sees("số điện thoại")
    await lan.says("12345678")
    lan.sees("0912 345 678")
    await lan.says("0912345678")
    lan.sees("Nguyễn Thị Lan, 0912 345 678")


async def test_the_own_number_can_be_shared(town: Town, lan: Someone):
    await lan.says("menu")
    await lan.picks("feedback")
    await fills(lan, known_as="anonymous")
    await lan.picks("change")
    await lan.picks("edit=known_as")
    await lan.picks("named")
    await lan.shares_phone()
    await lan.says("Lan")
    lan.sees("Lan, 0912 345 678")


# -- the legal fork ---------------------------------------------------------------------------------------------------


async def test_who_wants_a_decision_reviewed_is_told_how_and_may_send_feedback(town: Town, lan: Someone):
    await lan.says("/phananh")
    await lan.picks("complain")
    lan.sees("90 ngày")
    lan.sees("Hùng Vương")
    lan.does_not_see("đã thụ lý")
    await lan.picks("guided=feedback")
    await picks_unit(lan, WARD)
    await lan.picks("_office")
    await lan.picks(">F")
    await lan.picks("F01")
    await lan.picks("today")
    await lan.says(STORY)
    await lan.picks("none")
    await lan.picks("anonymous")
    await lan.picks("send")
    case = await town.case(lan.last_ref)
    assert "denunciation_info" not in case.flags


async def test_a_denunciation_goes_to_intake_and_never_to_the_unit(town: Town):
    mai = await town.head("Trần Thị Mai", WARD)
    binh = await town.staff("Bình", Role.INTAKE, "20")
    lan = town.citizen("Lan")
    await lan.agrees()
    await lan.picks("feedback")
    await lan.picks("denounce")
    lan.sees("bí mật")
    await lan.picks("guided=feedback")
    await picks_unit(lan, WARD)
    await lan.says("anh Tuấn địa chính")
    await lan.picks(">G")
    await lan.picks("G01")
    await lan.says("hôm qua")
    await lan.says("Anh ta đòi tôi năm triệu đồng thì mới ký giấy.")
    await lan.picks("none")
    await lan.picks("anonymous")
    lan.sees("Cán bộ tiếp nhận")
    await lan.picks("send")
    case = await town.case(lan.last_ref)
    assert "denunciation_info" in case.flags and case.status is Status.NEW and case.handling_unit is None
    mai.does_not_see(case.code)
    binh.sees(case.code)


async def test_stopping_after_the_guidance_sends_nothing(town: Town, lan: Someone):
    await lan.says("/phananh")
    await lan.picks("denounce")
    await lan.picks("cancel")
    await lan.picks("stop")
    lan.sees("Chưa có gì được gửi")


# -- the read-back ----------------------------------------------------------------------------------------------------


async def test_the_read_back_names_who_will_answer_and_by_when(town: Town, lan: Someone):
    await lan.says("menu")
    await lan.picks("feedback")
    await fills(lan)
    lan.sees("Phường Tam Thanh")
    lan.sees("thứ Sáu, 04/12/2026")


async def test_a_body_with_its_own_line_of_command_goes_to_intake_and_the_citizen_is_told(town: Town, lan: Someone):
    await lan.says("menu")
    await lan.picks("feedback")
    await fills(lan, unit="05986-CA")
    lan.sees("ngành dọc")
    await lan.picks("send")
    assert (await town.case(lan.last_ref)).handling_unit is None


@pytest.mark.parametrize(("category", "shown"), [("A08", True), ("D01", True), ("J01", True), ("A01", False)])
async def test_the_emergency_numbers_stand_where_somebody_may_be_in_danger(town: Town, lan: Someone, category: str, shown: bool):
    await lan.says("menu")
    await lan.picks("feedback")
    await fills(lan, category=category)
    assert ("113" in lan.sees("ghi lại như sau").text) is shown


async def test_a_story_that_speaks_of_a_petition_is_shown_the_way_to_split(town: Town, lan: Someone):
    await lan.says("menu")
    await lan.picks("feedback")
    await fills(lan, story="Tôi muốn khiếu nại quyết định thu hồi đất và phản ánh thái độ của cán bộ.")
    lan.sees("Cách nộp đơn")


async def test_documents_and_sound_stay_with_intake_unless_the_citizen_lets_the_office_hear_them(town: Town, lan: Someone):
    await lan.says("menu")
    await lan.picks("feedback")
    await lan.sends_voice(VOICE)
    await fills(lan)
    line = lan.sees("ghi lại như sau")
    assert "1 tệp" in line.text
    await lan.picks("flip=share")
    lan.sees("Cơ quan được xem và nghe")
    await lan.picks("send")
    assert (await town.case(lan.last_ref)).share_files


async def test_a_file_that_could_not_be_kept_is_told_before_sending(town: Town, lan: Someone):
    await lan.says("menu")
    await lan.picks("feedback")
    await lan.sends_voice(b"OggS" + bytes(100))
    await fills(lan)
    line = lan.sees("không lưu được")
    assert "Tệp: Tôi không có" in line.text
    assert not lan.offers("flip=share")


async def test_every_answer_can_be_changed_before_sending(town: Town, lan: Someone):
    await lan.says("menu")
    await lan.picks("feedback")
    await fills(lan)
    changes = {
        "official": "anh Tuấn",
        "happened": "15/9/2026",
        "story": "Hôm đó cửa đóng cả buổi sáng, không ai trực.",
    }
    for key, words in changes.items():
        await lan.picks("change")
        await lan.picks(f"edit={key}")
        await lan.says(words)
        lan.sees("ghi lại như sau")
        lan.sees(words)
    await lan.picks("change")
    await lan.picks("edit=category")
    await lan.picks(">C")
    await lan.picks("C02")
    await lan.picks("change")
    await lan.picks("edit=unit")
    await picks_unit(lan, "06004")
    lan.sees("Xã Quốc Khánh")
    await lan.picks("change")
    await lan.picks("edit=files")
    await lan.sends_photos()
    await lan.picks("done")
    lan.sees("1 tệp")


async def test_back_goes_one_question_back_and_loses_nothing(town: Town, lan: Someone):
    await lan.says("/phananh")
    await lan.picks("report")
    await picks_unit(lan, WARD)
    await lan.says("quay lại")
    lan.sees("Việc này về cơ quan nào")
    await lan.picks("go")
    lan.sees("Việc này về ai")


# -- nothing is lost --------------------------------------------------------------------------------------------------


async def test_the_form_goes_on_next_week(town: Town, lan: Someone):
    await lan.says("/phananh")
    await lan.picks("report")
    await picks_unit(lan, WARD)
    await town.passes(days=7)
    await lan.says("chị Hoa quầy 3")
    lan.sees("Việc này chủ yếu là gì")


async def test_asking_something_else_in_between_does_not_lose_the_form(town: Town, lan: Someone):
    await lan.says("/phananh")
    await lan.picks("report")
    await lan.says("/trogiup")
    lan.sees("113")
    await lan.picks("go")
    lan.sees("Việc này về cơ quan nào")
    await lan.says("menu")
    await lan.picks("feedback")
    lan.sees("chưa xong")
    await lan.picks("feedback:new")
    lan.sees("Anh/chị muốn")
    await fills(lan)
    await lan.picks("send")
    await lan.picks("resume")
    lan.sees("Việc này về cơ quan nào")


async def test_a_long_text_typed_at_a_choice_becomes_the_story(town: Town, lan: Someone):
    await lan.says("/phananh")
    long = STORY + " Sau đó chị ấy ném trả hồ sơ và bảo tôi về, tuần sau quay lại."
    await lan.says(long)
    lan.sees("đã ghi")
    await fills(lan, story="")
    lan.sees(long)


async def test_words_typed_at_the_read_back_are_added_to_the_story(town: Town, lan: Someone):
    await lan.says("/phananh")
    await fills(lan)
    await lan.says("À quên, lúc đó có ba người khác cũng chứng kiến.")
    lan.sees(STORY + "\nÀ quên, lúc đó có ba người khác cũng chứng kiến.")


async def test_photos_can_come_at_any_question_with_words_beside_them(town: Town, lan: Someone):
    await lan.says("/phananh")
    await lan.picks("report")
    await lan.sends_photos(caption="Cửa đóng lúc chín giờ sáng")
    lan.sees("Việc này về cơ quan nào")
    await picks_unit(lan, WARD)
    await lan.picks("_unknown")
    await lan.picks(">C")
    await lan.picks("C04")
    await lan.picks("now")
    # The words beside the photo tell what happened already.
    await lan.picks("done")
    await lan.picks("anonymous")
    line = lan.sees("Cửa đóng lúc chín giờ sáng")
    assert "1 tệp" in line.text


async def test_a_missing_badge_that_can_be_seen_now_is_urgent_and_due_at_an_hour(town: Town, lan: Someone):
    for when, due in (("hôm qua", "Hạn trả lời chậm nhất: thứ"), ("now", "hôm nay, trước 15:00")):
        await lan.says("/phananh")
        await lan.picks("report")
        await picks_unit(lan, WARD)
        await lan.picks("_unknown")
        await lan.picks(">B")
        await lan.picks("B01")
        await (lan.picks(when) if when == "now" else lan.says(when))
        await lan.says("Cán bộ quầy 3 không đeo thẻ, hỏi tên thì không nói.")
        await lan.picks("none")
        await lan.picks("anonymous")
        await lan.picks("send")
        lan.sees(due)


async def test_ten_photos_at_once_are_one_answer(town: Town, lan: Someone):
    await lan.says("/phananh")
    await lan.picks("report")
    before = len(lan.lines)
    await lan.sends_photos(*(a_picture(40 + number) for number in range(10)))
    await town.passes(seconds=2)
    lan.looked = before
    assert sum("tệp" in line.text for line in lan.new) == 1
    lan.sees("10 tệp")
    lan.sees("Việc này về cơ quan nào")


async def test_a_voice_message_alone_starts_a_case(town: Town, lan: Someone):
    await lan.sends_voice(VOICE)
    lan.sees("Anh/chị muốn")
    await fills(lan, story="")
    lan.sees("trong các tệp")
    await lan.picks("send")
    assert (await town.case(lan.last_ref)).story == ""


async def test_words_outside_any_form_start_a_case(town: Town, lan: Someone):
    await lan.says(STORY)
    await fills(lan, story="")
    await lan.picks("send")
    assert (await town.case(lan.last_ref)).story == STORY


async def test_the_same_button_pressed_twice_sends_once(town: Town, lan: Someone):
    await lan.says("/phananh")
    await fills(lan)
    send = lan.token("send")
    await lan.presses(send)
    ref = lan.last_ref
    await lan.presses(send)
    lan.sees(ref)
    lan.does_not_see("Mã PIN:")
    await lan.says("/hoso")
    assert [token for token, _label in lan.sees("Vụ việc của anh/chị").buttons].count(f"case:{ref}") == 1


async def test_an_old_button_changes_nothing(town: Town, lan: Someone):
    await lan.says("/phananh")
    await lan.picks("report")
    old = lan.token("unit=_unknown")
    await lan.picks("cancel")
    await lan.picks("stop")
    await lan.says("/phananh")
    await lan.picks("report")
    await lan.presses(old)
    lan.sees("Không có gì thay đổi")
    lan.sees("Việc này về cơ quan nào")


async def test_a_button_of_somebody_else_changes_nothing(town: Town, lan: Someone):
    tuan = town.citizen("Tuấn")
    await tuan.agrees()
    await tuan.says("/phananh")
    await lan.says("/phananh")
    await lan.picks("report")
    await tuan.presses(lan.token("unit=_unknown"))
    tuan.sees("Không có gì thay đổi")
    await picks_unit(lan, WARD)
    lan.sees("Việc này về ai")


@pytest.mark.parametrize("town", ["telegram"], indirect=True)
async def test_a_sticker_is_refused_and_the_question_stands(town: Town, lan: Someone):
    await lan.says("/phananh")
    await lan.picks("report")
    await by_phone(lan, lan.api.sends_sticker())
    lan.sees("không đọc được")
    lan.sees("Việc này về cơ quan nào")


@pytest.mark.parametrize("town", ["telegram"], indirect=True)
async def test_an_edited_message_changes_its_answer_while_the_form_is_open(town: Town, lan: Someone):
    await lan.says("/phananh")
    await lan.picks("report")
    await picks_unit(lan, WARD)
    message = await lan.api.says("chị Hoa quầy 3")
    await town.settles()
    number = (message.get("message") or message)["message_id"]
    await by_phone(lan, lan.api.edits("chị Hòa quầy 4", number))
    lan.sees("Đã sửa")
    await lan.picks(">A")
    await lan.picks("A01")
    await lan.picks("today")
    await lan.says(STORY)
    await lan.picks("none")
    await lan.picks("anonymous")
    lan.sees("chị Hòa quầy 4")


@pytest.mark.parametrize(
    ("typed", "fragment"),
    [
        ("ngày mai", "chưa đến"),
        ("30/12/2026", "chưa đến"),
        ("15/9/1999", "5 năm"),
        ("31/2", "không có"),
    ],
)
async def test_impossible_times_are_refused_with_a_clear_sentence(town: Town, lan: Someone, typed: str, fragment: str):
    await lan.says("/phananh")
    await lan.picks("report")
    await picks_unit(lan, WARD)
    await lan.picks("_head")
    await lan.picks(">A")
    await lan.picks("A02")
    await lan.says(typed)
    lan.sees(fragment)
    await lan.says("hom qua o quay 3")
    lan.sees("Sự việc thế nào")


async def test_a_whole_story_typed_where_the_time_was_asked_is_kept_as_the_story(town: Town, lan: Someone):
    await lan.says("/phananh")
    await lan.picks("report")
    await picks_unit(lan, WARD)
    await lan.picks("_head")
    await lan.picks(">A")
    await lan.picks("A02")
    await lan.says(6 * STORY)
    lan.sees("đã ghi")
    await lan.says("hôm qua")
    await lan.picks("none")
    await lan.picks("anonymous")
    lan.sees(6 * STORY)


async def test_a_day_without_year_that_is_still_to_come_is_asked_back(town: Town, lan: Someone):
    await lan.says("/phananh")
    await lan.picks("report")
    await picks_unit(lan, WARD)
    await lan.picks("_head")
    await lan.picks(">A")
    await lan.picks("A02")
    await lan.says("28/12 ở quầy 3")
    lan.sees("28/12/2025")
    await lan.picks("2025-12-28")
    await lan.says(STORY)
    await lan.picks("none")
    await lan.picks("anonymous")
    lan.sees("28/12 ở quầy 3 (Chủ Nhật, 28/12/2025)".split(" (")[0])
    lan.sees("28/12/2025)")


async def test_the_office_is_found_by_an_old_name_without_tone_marks(town: Town, lan: Someone):
    await lan.says("/phananh")
    await lan.picks("report")
    await lan.says("xa tri phuong")
    # Where the button has no room for it, the text has.
    assert any("Tri Phương" in words for line in lan.new for words in (line.text, *(label for _token, label in line.buttons)))
    await lan.picks("06004")
    lan.sees("Việc này về ai")


async def test_a_shared_place_offers_the_nearest_offices(town: Town, lan: Someone):
    await lan.says("/phananh")
    await lan.picks("report")
    await lan.shares_location(21.8537, 106.7615)
    assert any(token.startswith("unit=0") for line in lan.new for token, _label in line.buttons)


async def test_typed_numbers_choose_like_buttons(town: Town, lan: Someone):
    await lan.says("/phananh")
    await lan.says("1")
    lan.sees("Việc này về cơ quan nào")


@pytest.mark.parametrize("typed", ["khong biet", "Tôi không rõ tên", "ko biết ạ"])
async def test_who_does_not_know_whom_is_not_taken_for_a_name(town: Town, lan: Someone, typed: str):
    await lan.says("/phananh")
    await fills(lan, who=typed)
    assert "Về ai: Tôi không biết" in lan.sees("đúng không ạ").text


@pytest.mark.parametrize("typed", ["ok", "Đúng rồi ạ", "dung roi", "gui di"])
async def test_a_yes_to_the_read_back_sends_it(town: Town, lan: Someone, typed: str):
    await lan.says("/phananh")
    await fills(lan)
    lan.sees("có đúng không ạ")
    await lan.says(typed)
    lan.sees("Mã vụ việc")


async def test_a_no_to_the_read_back_asks_what_to_change(town: Town, lan: Someone):
    await lan.says("/phananh")
    await fills(lan)
    await lan.says("sai rồi")
    lan.does_not_see("Mã vụ việc")
    lan.sees("muốn sửa")


async def test_a_number_without_a_line_is_nobodys_name(town: Town, lan: Someone):
    await lan.says("/phananh")
    await lan.picks("report")
    await picks_unit(lan, WARD)
    await lan.says("10")
    lan.sees("Chúng tôi chưa hiểu “10”")
    await lan.says("0123")  # A badge has more digits.
    lan.sees("Việc này chủ yếu là gì")


async def test_a_form_put_aside_stands_in_the_menu_until_it_goes_on(town: Town, lan: Someone):
    await lan.says("/phananh")
    await lan.picks("report")
    await lan.says("/tracuu")
    await lan.says("huy")
    await lan.picks("stop")
    lan.sees("Anh/chị muốn điền tiếp không")
    await lan.says("menu")
    assert lan.offers("_resume")
    await lan.says("menu")
    await lan.picks("_resume")
    lan.sees("Việc này về cơ quan nào")


async def test_a_yes_takes_up_the_form_that_was_put_aside(town: Town, lan: Someone):
    await lan.says("/phananh")
    await lan.picks("report")
    await lan.says("/tracuu")
    await lan.says("huy")
    await lan.picks("stop")
    await lan.says("có")
    lan.sees("Việc này về cơ quan nào")


async def test_nought_brings_the_menu_from_anywhere_and_the_form_waits(town: Town, lan: Someone):
    await lan.says("0")
    lan.sees("Anh/chị muốn làm gì")
    await lan.says("/phananh")
    await lan.says("1")
    await lan.says("０")  # As a phone's Japanese or wide keyboard writes it.
    lan.sees("Anh/chị muốn làm gì")
    await lan.says("tiep tuc")
    lan.sees("Việc này về cơ quan nào")


async def test_praise_asks_for_office_person_and_words_only(town: Town, lan: Someone):
    mai = await town.head("Trần Thị Mai", WARD)
    await lan.says("/khen")
    await lan.picks("praise:praise")
    await picks_unit(lan, WARD)
    await lan.says("chị Hoa quầy 3")
    await lan.says("Chị hướng dẫn rất tận tình.")
    lan.sees("ghi lại như sau")
    await lan.picks("send")
    mai.sees(lan.last_ref)


async def test_staff_send_as_citizens_too(town: Town):
    mai = await town.head("Trần Thị Mai", WARD)
    await mai.says("Ở quê tôi, xã đóng cửa suốt buổi chiều, không ai trực.")
    assert mai.offers("work")
    await mai.picks("citizen")
    mai.sees("Anh/chị muốn")
    await fills(mai, unit="06004", story="")
    mai.sees("Ở quê tôi")


VOICE = b"OggS\0\x02" + bytes(20) + b"\x01\x13OpusHead\x01\x01" + bytes(100)


async def test_what_is_not_understood_inside_a_group_leaves_its_lines(town: Town, lan: Someone):
    await lan.says("/phananh")
    await lan.picks("report")
    await picks_unit(lan, WARD)
    await lan.picks("_head")
    await lan.picks(">A")
    await lan.says("7 nữa")
    lan.sees("“7 nữa”")
    assert lan.offers("A02") and not lan.offers(">B")
    await lan.says("quat thao nat no")
    lan.sees("Việc xảy ra khi nào")


async def test_the_beginning_of_a_line_of_the_menu_is_no_answer_to_the_question_behind_it(town: Town):
    lan = town.citizen("Lan")
    await lan.agrees()
    await lan.picks("feedback")
    await lan.picks("report")
    await picks_unit(lan, WARD)
    lan.sees("Việc này về ai")
    await lan.says("menu")
    await lan.says("vu viec")
    lan.sees("vụ việc nào")
    await lan.picks("go")
    lan.sees("Việc này về ai")
