"""Finding cases by words in chat."""

from __future__ import annotations

from bot.domain.people import Role
from tests.chats.test_office import WARD, a_citizen, code_of, files_feedback
from tests.town import Someone, Town

STORY = "Cán bộ quầy 3 bắt tôi mua tờ khai màu tím rồi mới nhận hồ sơ."


async def test_a_head_finds_a_case_by_words_without_tone_marks(town: Town):
    mai = await town.head("Trần Thị Mai", await code_of(town, WARD))
    ref = await files_feedback(town, await a_citizen(town), WARD, story=STORY)
    await mai.says("/timkiem to khai mau tim")
    mai.sees("1 vụ việc")
    mai.sees(ref)
    mai.does_not_see("màu tím")  # The list is cards; the story is read by opening one.
    await mai.picks(f"open:{ref}")
    mai.sees("màu tím")
    await mai.says("/timkiem tím vàng")
    mai.sees("chỉ thiếu một từ")
    await mai.says("/timkiem xe đạp")
    mai.sees("Không có vụ việc nào")
    await mai.picks("search")
    mai.sees("Anh/chị tìm gì?")
    await mai.says("TAM THANH")
    mai.sees(ref)


async def test_a_supervisor_finds_it_by_the_office_and_never_by_a_word_of_the_story(town: Town):
    sang = await town.staff("Hoàng Sang", Role.SUPERVISOR, "20")
    await town.head("Trần Thị Mai", await code_of(town, WARD))
    ref = await files_feedback(town, await a_citizen(town), WARD, story=STORY)
    await sang.says("/timkiem tím")
    sang.sees("Không có vụ việc nào")
    await sang.says("/timkiem phuong tam thanh quat thao")
    sang.sees(ref)
    sang.does_not_see("tím")


async def test_the_accused_finds_nothing_by_anything(town: Town):
    mai = await town.head("Trần Thị Mai", await code_of(town, WARD))
    vinh = await town.head("Phạm Quang Vinh", "20")
    ref = await files_feedback(town, await a_citizen(town), WARD, who="bà Trần Thị Mai", story=STORY)
    for words in ("tím", "tam thanh", ref, f"{ref} tím"):
        await mai.says(f"/timkiem {words}")
        mai.sees("Không có vụ việc nào")
        mai.does_not_see("• ")
    await vinh.says("/timkiem tờ khai tím")
    vinh.sees(ref)


async def test_a_citizen_has_no_search(town: Town):
    lan = await a_citizen(town)
    await lan.says("/timkiem tím")
    lan.sees("không có lệnh đó")


async def test_many_are_shown_by_pages_and_an_older_search_does_not_turn_them(town: Town):
    mai = await town.head("Trần Thị Mai", await code_of(town, WARD))
    refs = [await files_feedback(town, await a_citizen(town, f"Lan {n}"), WARD, story=STORY) for n in range(9)]
    await mai.says("/timkiem tím")
    mai.sees("9 vụ việc")
    assert [ref for ref in refs if not mai.offers(f"open:{ref}")] == refs[:1]  # The newest eight.
    older = next_page(mai)
    await mai.presses(older)
    mai.sees(refs[0])
    await mai.says("/timkiem quầy 3")
    await mai.presses(older)
    mai.sees("lần tìm trước")


def next_page(someone: Someone) -> str:
    return next(token for token, _label in someone.new[-1].buttons if token.startswith("found:"))
