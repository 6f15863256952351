"""A supervisor reminds a head in writing, and the head writes what was done."""

from __future__ import annotations

from bot.domain.people import Role
from tests.chats.test_office import WARD, a_citizen, code_of, files_feedback
from tests.town import Someone, Town

MATTER = "Đề nghị đồng chí chỉ đạo trả lời dứt điểm vụ việc đã quá hạn, không để công dân phản ánh nhiều lần."
DONE = "Ngày 18/12 đã họp rút kinh nghiệm, trả lời công dân và xin lỗi trực tiếp."


async def writes(sang: Someone, day: str = "21/12") -> None:
    """Answer what the form asks from the matter on, up to the read-back."""
    await sang.says(MATTER)
    await sang.says(day)
    sang.sees("VĂN BẢN NHẮC NHỞ")


async def test_from_an_overdue_case_to_what_was_done(town: Town):
    sang = await town.staff("Hoàng Sang", Role.SUPERVISOR, "20")
    mai = await town.head("Trần Thị Mai", await code_of(town, WARD))
    ref = await files_feedback(town, await a_citizen(town), WARD)
    await sang.says(f"/mo {ref}")
    assert not sang.offers(f"remind:{ref}")  # It is not overdue yet.
    await town.passes(days=20)  # Tuesday 15/12/2026.
    await sang.says(f"/mo {ref}")
    await sang.picks("remind")
    await sang.says("chậm")
    sang.sees("ngắn")
    await sang.says(MATTER)
    await sang.says("19/12")
    sang.sees("ngày nghỉ")  # A Saturday.
    await sang.says("21/12")
    read_back = sang.sees("Kính gửi: Ông/Bà Trần Thị Mai")
    assert ref in read_back.text and "lần nhắc nhở thứ 1 trong năm 2026" in read_back.text
    await sang.picks("send")
    sang.sees("01/NN-2026")
    letter = mai.sees("VĂN BẢN NHẮC NHỞ")
    for line in ("Số: 01/NN-2026", "Kính gửi: Ông/Bà Trần Thị Mai", MATTER, ref, "21", "xếp loại"):
        assert line in letter.text, line
    await mai.says("menu")
    assert mai.offers("reminders:")
    await mai.says("/nhacnho")
    mai.sees("hạn thứ Hai, 21/12/2026")
    await mai.picks("reminder")
    await mai.picks("remind_done")
    await mai.says(DONE)
    await mai.picks("send")
    sang.sees(DONE)
    await sang.says("/nhacnho")
    sang.sees("đã có kết quả")


async def test_the_second_of_the_year_says_to_both_that_it_is_rated(town: Town):
    sang = await town.staff("Hoàng Sang", Role.SUPERVISOR, "20")
    mai = await town.head("Trần Thị Mai", await code_of(town, WARD))
    for number in (1, 2):
        await sang.says("/nhacnho")
        await sang.picks("remind:")
        await sang.says(WARD)
        await sang.picks(await code_of(town, WARD))
        await writes(sang, "30/11")
        rated = "đưa vào xếp loại người đứng đầu năm 2026"
        sang.sees(rated) if number == 2 else sang.does_not_see(rated)
        await sang.picks("send")
        mai.sees(f"0{number}/NN-2026")
        mai.sees(rated) if number == 2 else mai.does_not_see(rated)
    await town.passes(days=7)
    await mai.says("/nhacnho")
    mai.sees("2 văn bản nhắc nhở đã quá hạn")
    await mai.says("/nhacnho 2025")
    mai.sees("Năm 2025 không có")


async def test_a_head_who_is_complained_about_is_not_reminded_of_it_and_nobody_else_reminds(town: Town):
    sang = await town.staff("Hoàng Sang", Role.SUPERVISOR, "20")
    vinh = await town.head("Phạm Quang Vinh", "20")
    mai = await town.head("Trần Thị Mai", await code_of(town, WARD))
    ref = await files_feedback(town, await a_citizen(town), WARD, who="bà Trần Thị Mai")
    await town.passes(days=20)
    await sang.says(f"/mo {ref}")
    await sang.picks("remind")
    await writes(sang)
    await sang.picks("send")
    vinh.sees("VĂN BẢN NHẮC NHỞ")
    mai.does_not_see("/NN-2026")
    for token in (f"remind:{ref}", "reminder:1", "remind_done:1"):
        await mai.presses(token)
        mai.does_not_see(ref)
        mai.does_not_see(MATTER)
    await mai.says("/nhacnho")
    mai.sees("không có văn bản nhắc nhở nào")
