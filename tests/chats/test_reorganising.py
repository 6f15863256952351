"""A ward is merged away or split while its cases are open: they go on, by the same date, and everybody is told."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from bot.domain.people import Role
from tests.chats.citizens import WARD, files
from tests.chats.test_office import a_citizen, code_of
from tests.town import Town

LAST = date(2026, 11, 25)  # Today.


async def ends(town: Town, *successors: str) -> None:
    """Let the ward end with today."""
    ward = town.program.tree.get(WARD)
    assert ward is not None
    await town.program.save_units([replace(ward, valid_to=LAST, successors=successors)], [])


@pytest.mark.parametrize("several", [False, True])
async def test_an_open_case_of_a_ward_that_ends_goes_on_by_the_same_date(town: Town, several: bool):
    await town.head("Trần Thị Mai", WARD)
    ky_lua, dong_kinh = await code_of(town, "Phường Kỳ Lừa"), await code_of(town, "Phường Đông Kinh")
    lua = await town.head("Nông Văn Lừa", ky_lua)
    await town.head("Hoàng Thị Kinh", dong_kinh)
    anh = await town.staff("Vũ Ngọc Anh", Role.INTAKE, "20")
    lan = await a_citizen(town)
    ref = await files(lan)
    due = (await town.case(ref)).due_at
    await ends(town, *((ky_lua, dong_kinh) if several else (ky_lua,)))
    before = len(lan.lines)
    await town.passes(hours=20)
    told = [line.text for line in lan.lines[before:] if "không còn hoạt động" in line.text]
    assert len(told) == 1 and ref in told[0]
    case = await town.case(ref)
    assert case.due_at == due
    if not several:
        assert case.handling_unit == ky_lua
        await lua.says(f"/nhan {ref}")
        lua.sees("quát tôi")
        return
    assert case.handling_unit is None
    await anh.says(f"/mo {ref}")
    panel = anh.sees("Các cơ quan kế thừa")
    assert "Phường Kỳ Lừa" in panel.text and "Phường Đông Kinh" in panel.text
    await anh.picks("forward")
    await anh.says("dong kinh")
    await anh.picks(dong_kinh)
    await anh.picks("send")
    case = await town.case(ref)
    assert (case.handling_unit, case.due_at) == (dong_kinh, due)
