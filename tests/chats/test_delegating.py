"""The head is away: a deputy signs for her, by a written document and for some days."""

from __future__ import annotations

from bot.domain.cases import Status
from bot.domain.people import Role
from tests.chats.citizens import WARD, files
from tests.chats.test_office import ANSWER, a_citizen, writes_the_answer
from tests.town import Someone, Town

TO_THE_HEAD = "Trình người đứng đầu ký"


def labels(someone: Someone) -> list[str]:
    """The buttons under what this person sees now."""
    return [label for line in someone.new for _token, label in line.buttons]


async def test_a_deputy_signs_only_while_the_head_lets_him(town: Town):
    mai = await town.head("Trần Thị Mai", WARD)
    binh = await town.staff("Lê Văn Bình", Role.DEPUTY, WARD)
    lan = await a_citizen(town)
    first = await files(lan)
    binh.does_not_see(first)
    await binh.says(f"/nhan {first}")
    await writes_the_answer(binh)
    assert TO_THE_HEAD in labels(binh)
    await binh.picks("send")
    lan.does_not_see(ANSWER)
    await binh.says(f"/ky {first}")
    lan.does_not_see(ANSWER)

    await mai.says("/uyquyen")
    mai.sees("Ai ký thay")
    await mai.presses(next(token for token, label in mai.new[-1].buttons if "Bình" in label))
    await mai.says("hôm nay")
    await mai.says("24/11/2026")
    mai.sees("đã qua")  # Today is the 25th.
    await mai.says("27/11")
    await mai.says("QĐ 15/QĐ-UBND ngày 24/11/2026")
    mai.sees("27")
    await mai.picks("send")
    binh.sees("QĐ 15/QĐ-UBND")

    second = await files(lan)
    binh.sees(second)  # What the head gets, he gets.
    await binh.says(f"/ky {first}")
    lan.sees(ANSWER)
    assert (await town.case(first)).status is Status.ANSWERED
    await lan.says(f"/hoso {first}")
    await lan.picks("contest")
    await lan.says("Cán bộ đó vẫn chưa xin lỗi tôi và vẫn quát người khác.")
    await lan.picks("send")

    await mai.says("/uyquyen")
    mai.sees("Lê Văn Bình ký thay")
    await mai.picks("delegate")
    mai.sees("Đã thu hồi")
    binh.sees("thu hồi")
    await binh.says(f"/nhan {second}")
    await writes_the_answer(binh)
    assert TO_THE_HEAD in labels(binh)


async def test_it_ends_by_itself_after_its_last_day(town: Town):
    await town.head("Trần Thị Mai", WARD)
    binh = await town.staff("Lê Văn Bình", Role.DEPUTY, WARD)
    await town.deputises("Lê Văn Bình", WARD, days=2)
    lan = await a_citizen(town)
    ref = await files(lan)
    binh.sees(ref)
    await binh.says(f"/nhan {ref}")
    await town.passes(days=2)
    await writes_the_answer(binh)
    assert TO_THE_HEAD in labels(binh)
    await binh.picks("send")
    lan.does_not_see(ANSWER)
    await binh.says("/uyquyen")
    binh.does_not_see("ký thay")
