"""Several people send the same matter: it is answered once, each of them hears only of his own case."""

from __future__ import annotations

from bot.domain.cases import Status
from bot.domain.people import Role
from tests.chats.citizens import WARD, files
from tests.chats.test_office import ANSWER, PROOF, a_citizen, writes_the_answer
from tests.town import Town

OTHER_STORY = "Tôi cũng bị chị nhân viên quầy 3 quát khi nộp hồ sơ đất, cả phòng đều nghe."


async def test_a_head_merges_two_cases_and_both_citizens_are_answered(town: Town):
    mai = await town.head("Trần Thị Mai", WARD)
    lan, tu = await a_citizen(town), await a_citizen(town, "Tú")
    first = await files(lan)
    second = await files(tu, story=OTHER_STORY, known_as="named")
    await mai.says(f"/mo {second}")
    mai.sees("Có thể cùng nội dung")
    mai.sees(first)
    await mai.picks("merge")
    mai.sees("Vụ việc nào cùng nội dung")
    await mai.says("K7QF-2M4W")
    mai.sees("Không có vụ việc nào với mã này")
    await mai.picks(first)
    mai.sees(OTHER_STORY)
    await mai.picks("send")
    panel = mai.sees("Có 2 người gửi nội dung này")
    assert OTHER_STORY in panel.text and "Nguyễn Thị Lan" not in panel.text
    told = tu.sees("giải quyết chung")
    assert first not in told.text and second in told.text
    lan.does_not_see("giải quyết chung")
    await tu.says(f"/hoso {second}")
    shown = tu.sees("Tình trạng hiện nay")
    assert first not in shown.text
    await mai.says("/viec")
    mai.does_not_see(second)

    await mai.says(f"/nhan {first}")
    await writes_the_answer(mai)
    await mai.picks("send")
    lan.sees(PROOF)
    answer = tu.sees(ANSWER)
    assert second in answer.text and first not in answer.text and PROOF not in answer.text
    await tu.picks("rate")
    await tu.picks(f"rate:{second}.5")
    assert ((await town.case(second)).rating, (await town.case(first)).rating) == (5, None)
    await tu.says(f"/hoso {second}")
    tu.sees(ANSWER)
    await tu.picks("contest")
    await tu.says("Chị ấy vẫn quát người khác, tôi thấy sáng nay.")
    await tu.picks("send")
    assert (await town.case(first)).status is not Status.ANSWERED
    lan.sees("đang xem xét lại")
    await lan.says(f"/hoso {first}")
    await lan.picks("timeline")
    lan.does_not_see("vẫn quát người khác")


async def test_the_other_way_round_is_said_in_words(town: Town):
    mai = await town.head("Trần Thị Mai", WARD)
    lan, tu = await a_citizen(town), await a_citizen(town, "Tú")
    first = await files(lan)
    await town.passes(days=2)
    second = await files(tu)
    await mai.says(f"/mo {first}")
    await mai.picks("merge")
    assert not mai.offers(second)  # It is due later, so it cannot be chosen here.
    await mai.says(second)
    mai.sees("gộp ngược lại")
    await mai.says("/huy")
    await mai.says(f"/mo {second}")
    await mai.picks("merge")
    assert mai.offers(first)


async def test_intake_is_asked_for_a_representative_of_five(town: Town):
    await town.head("Trần Thị Mai", WARD)
    anh = await town.staff("Vũ Ngọc Anh", Role.INTAKE, "20")
    people = [await a_citizen(town, f"Người {number}") for number in range(5)]
    first, *others = [await files(someone) for someone in people]
    for ref in others:
        await anh.says(f"/mo {ref}")
        await anh.picks("merge")
        await anh.picks(first)
        await anh.picks("send")
    anh.sees("Có 5 người cùng gửi một nội dung")
    assert "group" in (await town.case(first)).flags


async def test_who_takes_the_leading_case_back_leaves_the_others_theirs(town: Town):
    mai = await town.head("Trần Thị Mai", WARD)
    lan, tu = await a_citizen(town), await a_citizen(town, "Tú")
    first, second = await files(lan), await files(tu)
    await mai.says(f"/mo {second}")
    await mai.picks("merge")
    await mai.picks(first)
    await mai.picks("send")
    await lan.says(f"/hoso {first}")
    await lan.picks("takeback")
    await lan.picks("takeback")
    lan.does_not_see(second)
    tu.sees("giải quyết riêng trở lại")
    mai.sees(second)
    await mai.says(f"/nhan {second}")
    await writes_the_answer(mai)
    await mai.picks("send")
    tu.sees(ANSWER)
    lan.does_not_see(ANSWER)
