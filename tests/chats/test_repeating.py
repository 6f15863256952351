"""Somebody sends again what was answered: intake says so, the head refuses it kindly and in writing."""

from __future__ import annotations

from bot.domain.cases import Status
from bot.domain.people import Role
from tests.chats.citizens import WARD, files
from tests.chats.test_office import a_citizen, writes_the_answer
from tests.town import Town


async def test_a_repeat_is_refused_by_the_head_in_writing(town: Town):
    mai = await town.head("Trần Thị Mai", WARD)
    anh = await town.staff("Vũ Ngọc Anh", Role.INTAKE, "20")
    lan = await a_citizen(town)
    first = await files(lan)
    await mai.says(f"/nhan {first}")
    await writes_the_answer(mai)
    await mai.picks("send")
    second = await files(lan)
    await anh.says(f"/mo {second}")
    await anh.picks("repeat")
    await anh.says(first)
    await anh.says("Cùng một việc, cùng một ngày, không có gì mới.")
    await anh.picks("send")
    mai.sees(first)
    await mai.says(f"/mo {second}")
    mai.sees("Được từ chối bằng văn bản trước hết")
    await mai.picks("refuserepeat")
    await mai.says("Việc này phường đã trả lời anh/chị hôm nay, không có tình tiết mới.")
    await mai.says("12/TB-UBND ngày 25/11/2026")
    await mai.picks("send")
    told = lan.sees(second)
    assert "12/TB-UBND" in told.text and "không có tình tiết mới" in told.text
    assert (await town.case(second)).status is Status.REJECTED


async def test_the_head_may_go_on_with_it(town: Town):
    mai = await town.head("Trần Thị Mai", WARD)
    anh = await town.staff("Vũ Ngọc Anh", Role.INTAKE, "20")
    lan = await a_citizen(town)
    first = await files(lan)
    await mai.says(f"/nhan {first}")
    await writes_the_answer(mai)
    await mai.picks("send")
    second = await files(lan)
    await anh.says(f"/mo {second}")
    await anh.picks("repeat")
    await anh.says(first)
    await anh.says("Cùng một việc, cùng một ngày, không có gì mới.")
    await anh.picks("send")
    await mai.says(f"/mo {second}")
    await mai.picks("norepeat")
    mai.sees("tiếp tục như thường")
    assert mai.offers("accept")
