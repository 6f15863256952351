"""From the citizen's message to the head's answer and back."""

from __future__ import annotations

import pytest

from bot.domain.cases import Status
from bot.domain.people import Role
from tests.town import Someone, Town

WARD = "Phường Tam Thanh"


async def files_feedback(
    town: Town, lan: Someone, unit: str, *, who: str = "_unknown", category: str = "A01", known_as: str = "named", story: str = ""
) -> str:
    """Let somebody go through the whole form; return the case code."""
    await lan.picks("feedback")
    await lan.picks("report")
    await lan.says(unit)
    await lan.picks(await code_of(town, unit))
    await (lan.picks(who) if who.startswith("_") else lan.says(who))
    await lan.picks(f">{category[0]}")
    await lan.picks(category)
    await lan.says("hôm qua lúc 9 giờ, quầy 3")
    await lan.says(story or "Cán bộ ở quầy 3 quát tôi trước mặt mọi người khi tôi hỏi về hồ sơ.")
    await lan.picks("none")
    await lan.picks(known_as)
    if known_as != "anonymous":
        await lan.says("Nguyễn Thị Lan 0912 345 678")
    await lan.picks("send")
    return lan.last_ref


async def code_of(town: Town, name: str) -> str:
    """The code of the office with this name."""
    return next(unit.code for unit in town.program.tree.all() if unit.name == name)


@pytest.fixture
async def ward(town: Town) -> str:
    """A ward with its head."""
    return await code_of(town, "Phường Tam Thanh")


async def test_a_case_reaches_the_head_of_the_right_office_and_comes_back_answered(town: Town, ward: str):
    mai = await town.head("Trần Thị Mai", ward)
    lan = town.citizen("Lan")
    await lan.agrees()
    ref = await files_feedback(town, lan, "Phường Tam Thanh")
    mai.sees(ref)
    await mai.picks("accept")
    mai.sees("quát tôi")
    lan.sees(ref)
    await mai.picks("answer")
    await mai.picks("true")
    await mai.picks("apologised")
    await mai.says("Chúng tôi đã xem lại camera và làm việc với cán bộ quầy 3. Phản ánh của anh/chị là đúng. Chúng tôi xin lỗi.")
    await mai.says("Biên bản làm việc ngày 25/11/2026, hình ảnh camera quầy 3.")
    mai.sees("quầy 3")
    await mai.picks("send")
    lan.sees("xin lỗi")
    assert (await town.case(ref)).status is Status.ANSWERED
    await lan.picks(f"rate:{ref.replace('-', '')}.5" if False else "rate")
