"""Two offices say that it is not theirs: then the superior decides, once, and the date stays what it was."""

from __future__ import annotations

from bot.domain.people import Role
from tests.chats.citizens import WARD, files
from tests.chats.test_office import a_citizen
from tests.town import Someone, Town

DEPARTMENT = "20-SNV"


async def gives_back(officer: Someone, ref: str, why: str) -> None:
    await officer.says(f"/mo {ref}")
    await officer.picks("giveback")
    await officer.says(why)
    await officer.picks("send")


async def test_a_case_is_returned_twice_and_no_more(town: Town):
    mai = await town.head("Trần Thị Mai", WARD)
    son = await town.head("Nông Văn Sơn", DEPARTMENT)
    vinh = await town.head("Phạm Quang Vinh", "20")
    anh = await town.staff("Vũ Ngọc Anh", Role.INTAKE, "20")
    lan = await a_citizen(town)
    ref = await files(lan)
    due = (await town.case(ref)).due_at
    await gives_back(mai, ref, "Người này thuộc Sở Nội vụ, không thuộc phường.")
    anh.sees(ref)
    await anh.picks("open")
    await anh.picks("forward")
    await anh.says("so noi vu")
    await anh.picks(DEPARTMENT)
    await anh.picks("send")
    son.sees(ref)
    await town.passes(days=1)
    await gives_back(son, ref, "Sở không quản lý người này, đề nghị phường giải quyết.")
    vinh.sees("lần thứ hai")
    await vinh.picks("open")
    assert not vinh.offers("giveback")
    await vinh.picks("forward")
    await vinh.says("phuong tam thanh")
    await vinh.picks(WARD)
    await vinh.picks("send")
    mai.sees(ref)
    await mai.says(f"/mo {ref}")
    assert not mai.offers("giveback") and not mai.offers("forward")
    await mai.presses(f"giveback:{ref}@{(await town.case(ref)).version}")
    await mai.says("Vẫn không phải của phường, đề nghị xem lại.")
    await mai.picks("send")
    mai.sees("đã được trả lại hai lần")
    case = await town.case(ref)
    assert (case.handling_unit, case.returns, case.due_at) == (WARD, 2, due)
