"""Supervisors and heads ask for deadlines, as they would type it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.domain.cases import Case, ExtensionState, Status
from bot.domain.people import Role
from bot.domain.refs import new_code
from bot.text import Text
from bot.usecases.ports import NewCase, Reporter
from handlers.telling import card
from tests.chats.citizens import files
from tests.chats.test_calendar_change import imports
from tests.domain.town import case
from tests.town import Someone, Town

PROVINCE, WARD, COUNTER, HEALTH, OTHER = "20", "05986", "05986-TTHCC", "20-SYT", "05983"
DAY = timedelta(days=1)


@pytest.fixture
async def son(town: Town) -> Someone:
    return await town.staff("Bùi Thanh Sơn", Role.SUPERVISOR, PROVINCE)


async def put(town: Town, unit: str, days: int, **more: object) -> Case:
    """Let a case be there that is due at the end of a day so many days from today."""
    due = town.now.replace(hour=16, minute=59, second=59) + days * DAY
    plain = {"unit": unit, "handling_unit": unit, "due_at": due, "filed_at": town.now - 12 * DAY, "code": new_code()}
    new = NewCase(case(**(plain | more)), "pin", Reporter(None, "", ""))
    return await town.program.app.run(lambda work: work.cases.add(new, None))


def code_of(town: Town, name: str) -> str:
    return next(unit.code for unit in town.program.tree.all() if unit.name == name)


async def test_a_case_whose_office_nobody_knows_is_in_the_supervisors_list_too(town: Town, son: Someone):
    lan = town.citizen("Lan")
    await lan.agrees()
    ref = await files(lan, unit="_unknown")
    await town.passes(days=21)
    await son.says("/quahan")
    assert ref in son.sees("Đang ở bộ phận tiếp nhận").text
    mai = await town.head("Trần Thị Mai", WARD)
    await mai.says("/quahan")
    mai.does_not_see(ref)


async def test_a_supervisor_goes_from_the_numbers_to_the_case(town: Town, son: Someone):
    await town.head("Trần Thị Mai", WARD)
    for number in range(10):
        await put(town, WARD, -1 - number)
    worst = await put(town, COUNTER, -20, official="chị Hoa", escalated=3)
    await put(town, HEALTH, -2, contested=True)
    await son.says("/quahan")
    told = son.sees("Quá hạn, thứ Tư, 25/11/2026: 12 vụ việc")
    assert "Phường Tam Thanh: 11" in told.text and "Sở Y tế: 1" in told.text
    assert told.text.index("Phường Tam Thanh") < told.text.index("Sở Y tế")
    assert "người giám sát: 1" in told.text and "không đồng ý" in told.text
    await son.picks(f"watch:o~u{WARD}")
    son.sees("11 vụ việc")
    son.sees("Đang lọc: Phường Tam Thanh")
    await son.picks(f"watch:o~u{WARD}.0")
    first = son.sees("Trần Thị Mai")
    assert "Chủ tịch" in first.text and "chị Hoa" not in first.text
    await son.picks(f"watch:o~u{WARD}.1")
    await son.says("/quahan")
    await son.picks(f"watch:o~u{WARD}")
    await son.picks(f"watch:o~u{WARD}~e3")
    son.sees(worst.code)
    await son.picks(f"open:{worst.code}")
    son.sees(worst.code)
    await son.says("/quahan")
    await son.picks(f"watch:o~u{WARD}")
    await son.picks("watch:o")
    son.sees("12 vụ việc")
    await son.picks("report:overdue.x.month.20")
    son.sees("Danh sách quá hạn")


async def test_every_way_of_saying_it_is_understood_and_said_back(town: Town, son: Someone):
    late = await put(town, WARD, -9)
    fresh = await put(town, WARD, -1)
    other = await put(town, HEALTH, -9, category="E01")
    for words in ("quá hạn 5 ngày phường tam thanh", "qua han 5 ngay phuong tam thanh", "/quahan 5 ngay phuong tam thanh"):
        await son.says(words)
        told = son.sees("Đang lọc: Phường Tam Thanh, UBND tỉnh Lạng Sơn; chậm từ 5 ngày làm việc trở lên")
        assert late.code in told.text and fresh.code not in told.text and other.code not in told.text
    await son.says("qua han thai do")
    assert other.code not in son.sees(late.code).text
    await son.says("quá hạn sở y tế bánh chưng")
    son.sees("Không hiểu: “bánh chưng”")
    son.does_not_see(late.code)


async def test_what_is_due_is_told_by_the_day(town: Town, son: Someone):
    today, tomorrow = await put(town, WARD, 0), await put(town, HEALTH, 1)
    await put(town, HEALTH, 30)
    await put(town, WARD, -1)
    await son.says("/sapden")
    told = son.sees("Sắp đến hạn, thứ Tư, 25/11/2026: 2 vụ việc")
    assert "đến hạn hôm nay: 1" in told.text and "còn 1 ngày làm việc: 1" in told.text
    await son.says("sap den han ngay mai so y te")
    assert today.code not in son.sees(tomorrow.code).text
    await son.says("đến hạn hôm nay")
    assert tomorrow.code not in son.sees(today.code).text


async def test_what_is_owed_is_asked_for_in_two_words(town: Town, son: Someone):
    asked = await put(town, WARD, 3, extension=ExtensionState.ASKED)
    await put(town, WARD, 3)
    await son.says("gia hạn")
    assert son.sees(asked.code).text.count("Hạn") == 1
    await son.says("cho xin loi")
    son.sees("Không có vụ việc nào đang mở")


async def test_an_office_is_shown_with_who_leads_it_and_what_is_open(town: Town, son: Someone):
    await town.head("Trần Thị Mai", WARD)
    await put(town, WARD, -1)
    await put(town, COUNTER, 30)
    await put(town, WARD, 1, status=Status.FORWARDED, ack_due_at=town.now - DAY)
    await son.says("/donvi tam thanh")
    if son.offers(f"office:={WARD}"):
        await son.picks(f"office:={WARD}")
    told = son.sees("Trần Thị Mai, đã tham gia")
    for line in ("Đang mở: 3", "Quá hạn: 1", "Sắp đến hạn: 1", "Chưa tiếp nhận đúng hạn: 1", "Chưa trả lời vụ việc nào"):
        assert line in told.text, told.text
    await son.picks(f"watch:o~u{WARD}")
    son.sees("Quá hạn, thứ Tư, 25/11/2026: 1 vụ việc")
    await son.says("đơn vị không có thật ở đâu cả")
    son.sees("không có đơn vị nào")
    await son.says("/donvi")
    son.sees("/donvi tam thanh")


async def test_a_head_sees_his_own_part_and_nobody_elses(town: Town, son: Someone):
    mai = await town.head("Trần Thị Mai", WARD)
    mine, other = await put(town, COUNTER, -3), await put(town, HEALTH, -3)
    about_her = await put(town, COUNTER, -3, official="bà Trần Thị Mai")
    await mai.says("/quahan")
    told = mai.sees("1 vụ việc")
    assert mine.code in told.text and other.code not in told.text and about_her.code not in told.text
    await mai.presses(f"watch:o~u{HEALTH}")
    mai.sees("Không có vụ việc nào quá hạn")
    await mai.says("/donvi sở y tế")
    mai.sees("không có đơn vị nào")
    await son.says("/quahan")
    son.sees("3 vụ việc")


async def test_a_token_that_nobody_made_says_nothing(town: Town, son: Someone):
    for token in ("watch:", "watch:z", "watch:o~u", "watch:o.99999", "watch:o~q3.1", "watch:o~uKHONGCO", "overdue:~~"):
        await son.presses(token)
        assert son.new, token


async def test_neither_a_citizen_nor_a_handler_is_taken_for_one_who_watches(town: Town, son: Someone):
    late = await put(town, WARD, -3)
    lan = town.citizen("Lan")
    await lan.agrees()
    await lan.says("quá hạn 5 ngày phường tam thanh")
    lan.does_not_see(late.code)
    lan.does_not_see("Đang lọc")
    handler = await town.staff("Hoàng Minh", Role.HANDLER, WARD)
    for words in ("/quahan", "/sapden", "/donvi tam thanh", "quá hạn"):
        await handler.says(words)
        handler.does_not_see(late.code)
    await handler.presses("watch:o")
    handler.does_not_see(late.code)


async def test_a_supervisor_who_tells_a_story_is_not_answered_with_a_list(town: Town, son: Someone):
    await put(town, WARD, -3)
    await son.says("Hồ sơ của tôi ở phường Tam Thanh đã quá hạn mười ngày mà không ai trả lời hay xin lỗi tôi một câu nào")
    son.sees("phản ánh")
    assert son.offers("citizen")
    await son.says("quá hạn phường tam thanh")
    assert son.offers("citizen")


async def test_days_are_counted_by_the_calendar_of_the_office_that_has_the_case(town: Town, son: Someone):
    mai = await town.head("Trần Thị Mai", WARD)
    await imports(town, "đơn vị", WARD)  # A storm closes the ward on Thursday and Friday.
    here, there = await put(town, WARD, 5), await put(town, HEALTH, 5)
    await mai.says("/viec")
    assert "còn 1 ngày làm việc" in mai.sees(here.code).text
    await son.says("/sapden")
    told = son.sees(here.code)
    assert "còn 1 ngày làm việc: 1" in told.text and "còn 3 đến 5 ngày làm việc: 1" in told.text and there.code in told.text
    await town.passes(days=1)
    assert "còn 1 ngày làm việc" in await pushed(town, here)


async def pushed(town: Town, one: Case) -> str:
    """Return what a push to staff carries of a case, in Vietnamese."""
    return town.program.app.translator("vi")(await town.program.app.run(lambda work: card(work, one, town.now, Text("."))))


async def test_an_office_that_is_hardly_named_is_asked_about_before_it_is_shown(town: Town, son: Someone):
    await son.says("/donvi bánh chưng")
    son.does_not_see("Đang mở")
    son.sees("Anh/chị muốn xem đơn vị nào?")
    await son.says("/donvi so y te")
    son.sees("Đang mở")
