"""Two offices on one case: the lead asks, the other answers, the citizen hears with whom it is being worked on."""

from __future__ import annotations

from tests.chats.citizens import STORY, WARD, files
from tests.chats.test_office import a_citizen
from tests.town import Someone, Town

DEPARTMENT = "20-SNV"


async def asks_the_department(mai: Someone) -> None:
    await mai.picks("help_with")
    await mai.says("so noi vu")
    await mai.picks(DEPARTMENT)
    await mai.says("Đề nghị Sở cho biết quy định về trang phục.")
    await mai.says("1/12")
    await mai.picks("send")


async def test_another_office_gives_its_part_without_learning_who_sent_it(town: Town):
    mai = await town.head("Trần Thị Mai", WARD)
    son = await town.head("Nông Văn Sơn", DEPARTMENT)
    lan = await a_citizen(town)
    ref = await files(lan, known_as="named")
    due = (await town.case(ref)).due_at
    await mai.picks("accept")
    await mai.picks("note")
    await mai.says("Chị Hoa nhận lỗi rồi.")
    await asks_the_department(mai)
    mai.sees("Hạn của vụ việc không thay đổi")
    card = son.sees(ref)
    assert STORY not in card.text
    await son.says("/viec")
    son.sees(ref)
    await son.picks("open")
    shown = son.sees(STORY)
    for hidden in ("Chị Hoa nhận lỗi", "Nguyễn Thị Lan", "0912"):
        assert hidden not in shown.text
    son.sees("quy định về trang phục")
    assert not son.offers("whosent") and not son.offers("answer") and not son.offers("giveback")
    await lan.says(f"/hoso {ref}")
    await lan.picks("timeline")
    lan.sees("đang phối hợp với Sở Nội vụ")
    await son.picks("contribute")
    await son.says("Thông tư quy định phải đeo thẻ và mặc lịch sự.")
    await son.picks("send")
    mai.sees("đã có ý kiến")
    await mai.picks("open")
    mai.sees("Thông tư quy định")
    await son.says(f"/mo {ref}")
    son.does_not_see(STORY)
    assert (await town.case(ref)).due_at == due


async def test_the_lead_sees_what_is_late_and_goes_on_without(town: Town):
    mai = await town.head("Trần Thị Mai", WARD)
    son = await town.head("Nông Văn Sơn", DEPARTMENT)
    lan = await a_citizen(town)
    ref = await files(lan)
    await mai.picks("accept")
    await asks_the_department(mai)
    before = len(son.lines)
    await town.passes(days=7)
    await mai.says(f"/mo {ref}")
    mai.sees("Quá hạn: phải có trước hết")
    assert all("quá hạn" not in line.text.lower() for line in son.lines[before:])
    await mai.picks("endhelp")
    mai.sees("không chờ ý kiến")
    son.sees("không còn cần nữa")


async def test_a_day_that_cannot_be_is_refused_where_it_is_typed(town: Town):
    mai = await town.head("Trần Thị Mai", WARD)
    await town.head("Nông Văn Sơn", DEPARTMENT)
    lan = await a_citizen(town)
    await files(lan)  # Due on Friday 4 December.
    await mai.picks("accept")
    await mai.picks("help_with")
    await mai.says("so noi vu")
    await mai.picks(DEPARTMENT)
    await mai.says("Đề nghị Sở cho biết quy định về trang phục.")
    for day in ("24/11", "5/12", "24/11/2026"):  # Yesterday without a year is next year's; the day after the date; yesterday.
        await mai.says(day)
        assert not mai.offers("send"), day
    await mai.says("4/12")
    mai.sees("04/12/2026")
    assert mai.offers("send")
