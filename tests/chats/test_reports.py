"""A supervisor and a head ask for numbers, files and a chart; reports that go out by themselves."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from io import BytesIO

import pytest
from openpyxl import load_workbook
from PIL import Image

from bot.charts import COLOURS, WIDTH
from bot.domain.people import Role
from tests.chats.test_office import a_citizen, code_of, files_feedback, writes_the_answer
from tests.town import Someone, Town

WARD = "Phường Tam Thanh"


@pytest.fixture
async def ward(town: Town) -> str:
    """A ward with its head."""
    return await code_of(town, WARD)


async def an_answer(town: Town, lan: Someone, mai: Someone, unit: str = WARD) -> str:
    ref = await files_feedback(town, lan, unit)
    await mai.picks("accept")
    await writes_the_answer(mai)
    await mai.picks("send")
    return ref


async def test_a_supervisor_counts_this_month_against_the_last_one_and_drills_down(town: Town, ward: str):
    son = await town.staff("Bùi Thanh Sơn", Role.SUPERVISOR, "20")
    mai = await town.head("Trần Thị Mai", ward)
    lan = await a_citizen(town)
    await an_answer(town, lan, mai)
    await lan.picks("rate")
    await son.says("/thongke")
    seen = son.sees("Đã trả lời: 1 (↑ 1)")
    assert "15/11/2026–14/12/2026" in seen.text
    for line in ("không gia hạn: 1 (↑ 1) (100%)", "sau khi gia hạn: 0 (=) (0%)", "Chậm: 0", "Tiếp nhận: 1 (↑ 1)", "Còn đang xử lý: 0"):
        assert line.casefold() in seen.text.casefold()
    await son.picks("stats:last.20")
    son.sees("15/10/2026–14/11/2026")
    await son.says("/thongke quý")
    son.sees("quý 4/2026")
    await son.picks("report:by_unit.c.2026-Q4.20")
    son.sees(f"{WARD}: 1 / 0 / 0")
