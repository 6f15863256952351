"""What staff hear of their cases by themselves, rung by rung, as a head, a supervisor and a chair read it."""

from __future__ import annotations

from datetime import datetime

import pytest

from bot.domain.deadlines import VIETNAM, in_vietnam
from bot.domain.people import Role
from bot.imports.duty import read_duty
from bot.usecases.digests import note
from bot.usecases.ladder import Kind
from bot.usecases.notices import To
from bot.usecases.ports_timed import Duty
from tests.chats.test_office import code_of, files_feedback, writes_the_answer
from tests.town import Someone, Town

WARD, PROVINCE = "Phường Tam Thanh", "20"


@pytest.fixture
async def ward(town: Town) -> str:
    return await code_of(town, WARD)


async def cast(town: Town, ward: str) -> tuple[Someone, Someone, Someone, Someone]:
    """A citizen, the head of the ward, the supervisor and the chair of the province."""
    lan = town.citizen("Lan")
    chu = await town.head("Lê Văn Chủ", of=ward)
    vy = await town.staff("Hà Vy", Role.SUPERVISOR, PROVINCE)
    dinh = await town.head("Trần Đỉnh", of=PROVINCE)
    await lan.agrees()
    return lan, chu, vy, dinh


def looks(*people: Someone) -> None:
    """Let everybody put the telephone away: what comes from now on is new."""
    for one in people:
        one._mark()


async def on_the_morning_of(town: Town, day: int, month: int, hour: int = 8, year: int = 2026) -> None:
    """Let time pass until that hour of that day."""
    until = datetime(year, month, day, hour, tzinfo=VIETNAM)
    await town.passes(hours=(until - town.now).total_seconds() / 3600)


async def test_every_rung_of_the_ladder_is_heard_by_the_one_it_is_for(town: Town, ward: str):
    lan, chu, vy, dinh = await cast(town, ward)
    code = await files_feedback(town, lan, WARD)  # Wednesday 25 November: due Friday 4 December.
    assert in_vietnam((await town.case(code)).due_at).strftime("%d/%m") == "04/12"
    await chu.picks("accept")
    looks(chu, vy, dinh)

    await on_the_morning_of(town, 2, 12)
    chu.sees("Còn 2 ngày làm việc")
    looks(chu)
    await on_the_morning_of(town, 3, 12)
    chu.sees("Còn 1 ngày làm việc")
    looks(chu)
    await on_the_morning_of(town, 4, 12)
    chu.sees("phải trả lời trong hôm nay")
    for other in (vy, dinh):
        other.does_not_see(code)
    looks(chu)

    await on_the_morning_of(town, 7, 12)
    chu.sees("Một vụ việc đã quá hạn")
    assert chu.offers("apologise")  # A missed date makes the head owe an apology: the same message says so.
    assert sum(code in line.text for line in chu.new) == 1
    assert (await town.case(code)).escalated == 1
    for other in (vy, dinh):
        other.does_not_see(code)
    looks(chu)
    await on_the_morning_of(town, 9, 12)  # The superior of the ward is the chair of the province.
    dinh.sees("Một vụ việc đã quá hạn")
    assert (await town.case(code)).escalated == 2
    looks(dinh)
    await on_the_morning_of(town, 11, 12)
    vy.sees("Một vụ việc đã quá hạn")
    assert (await town.case(code)).escalated == 3
    dinh.does_not_see(code)
    looks(vy)
    await on_the_morning_of(town, 18, 12)
    dinh.sees("Một vụ việc đã quá hạn")
    assert (await town.case(code)).escalated == 4
    vy.does_not_see(code)


async def test_a_morning_with_many_cases_is_one_message(town: Town, ward: str):
    lan, chu, vy, dinh = await cast(town, ward)
    for _nth in range(4):
        await files_feedback(town, lan, WARD)
        await lan.says("menu")
    looks(chu, vy, dinh)
    await on_the_morning_of(town, 27, 11)  # Nobody accepted them.
    assert len(chu.new) == len(vy.new) == 1
    told = chu.sees("4 vụ việc cần anh/chị")
    assert "Chưa tiếp nhận đúng hạn (4):" in told.text
    assert vy.offers("unaccepted") and chu.offers("work")
    assert not dinh.new


async def test_an_answer_before_the_morning_takes_the_case_out_of_it(town: Town, ward: str):
    lan, chu, vy, _dinh = await cast(town, ward)
    first = await files_feedback(town, lan, WARD)
    await lan.says("menu")
    second = await files_feedback(town, lan, WARD)
    case = await town.case(first)
    looks(chu, vy)
    # The line is noted in the evening, but before it may be said the citizen takes the case back.
    await on_the_morning_of(town, 26, 11, hour=20)
    await town.program.app.run(lambda work: note_for_all(work, case))
    await lan.says(first)
    await lan.picks("takeback")
    await lan.picks(f"takeback:{first}.yes")
    looks(chu, vy)
    await on_the_morning_of(town, 27, 11)
    assert all(first not in line.text for line in chu.new)
    assert second in chu.sees("chưa được tiếp nhận đúng hạn").text


async def note_for_all(work, case) -> None:
    await note(work, case, Kind.NOT_ACCEPTED.value, 0, (To.HEAD, To.SUPERVISOR))


async def test_the_red_line_stands_first_and_comes_back_every_working_morning(town: Town, ward: str):
    lan, chu, vy, dinh = await cast(town, ward)
    code = await files_feedback(town, lan, WARD)  # 25 November: day 30 is Christmas, day 40 the 4th, day 45 the 9th of January.
    await chu.picks("accept")
    for day, month, year in ((25, 12, 2026), (4, 1, 2027)):
        await on_the_morning_of(town, day, month, hour=7, year=year)
        looks(chu, vy, dinh)
        await town.passes(hours=1)
        for one in (chu, vy, dinh):  # The chair is the superior of the ward.
            assert code in one.sees("đã quá 45 ngày mà").text
    await on_the_morning_of(town, 9, 1, hour=20, year=2027)  # A Saturday: nobody is disturbed.
    looks(chu, vy, dinh)
    for day in (11, 12, 13):
        await on_the_morning_of(town, day, 1, year=2027)
        assert f"gửi {day - 11 + 47} ngày trước" in vy.sees("đã quá 45 ngày mà").text
        dinh.sees("đã quá 45 ngày mà")
        looks(vy, dinh)
    await files_the_answer(chu, code)
    looks(chu, vy, dinh)
    await on_the_morning_of(town, 15, 1, year=2027)
    vy.does_not_see(code)
    dinh.does_not_see(code)


async def files_the_answer(chu: Someone, code: str) -> None:
    await chu.says(code)
    await writes_the_answer(chu)
    await chu.picks("send")


async def test_nobody_hears_of_a_case_about_himself(town: Town, ward: str):
    lan, chu, vy, dinh = await cast(town, ward)
    code = await files_feedback(town, lan, WARD, who="Hà Vy")
    await on_the_morning_of(town, 20, 12)
    assert all(code not in line.text for line in vy.lines)
    assert any(code in line.text for line in dinh.lines)


async def test_an_urgent_case_wakes_whoever_is_on_duty(town: Town, ward: str):
    lan, chu, vy, dinh = await cast(town, ward)
    truc = await town.staff("Nguyễn Trực", Role.DEPUTY, PROVINCE)
    await put_on_duty(town, "Nguyễn Trực", PROVINCE)
    await town.passes(hours=10)  # Seven in the evening.
    looks(chu, vy, dinh, truc)
    code = await files_feedback(town, lan, WARD, category="C02")
    chu.sees("Vụ việc mới")
    told = truc.sees("việc khẩn")
    assert code not in told.text and WARD in told.text  # He may not see the card, only that there is something.
    assert not vy.new and not dinh.new
    await vy.says("/truc")
    assert "Nguyễn Trực" in vy.sees("Đang trực").text


async def put_on_duty(town: Town, name: str, unit: str) -> None:
    staff = [one for one, _acts in await town.program.app.run(lambda work: work.staff.all())]
    sheet = f"đơn vị,người trực,từ,đến\n{unit},{name},25/11/2026 17:00,26/11/2026 07:30\n"
    read = read_duty(sheet.encode(), "truc.csv", {one.code: one for one in town.program.tree.all()}, staff)
    assert not read.problems
    duties = [Duty(one.unit, one.staff, one.from_at, one.to_at) for one in read.duties]
    await town.program.app.run(lambda work: work.duties.put(duties))


async def test_an_urgent_case_is_told_at_its_hour_and_to_the_superior_the_next_working_morning(town: Town, ward: str):
    lan, chu, vy, dinh = await cast(town, ward)
    code = await files_feedback(town, lan, WARD, category="C02")  # Nine o'clock: due at 15:00.
    await chu.picks("accept")
    looks(chu, vy, dinh)
    await on_the_morning_of(town, 25, 11, hour=14)
    chu.sees("trong vòng một giờ")
    looks(chu)
    await town.passes(hours=1)
    chu.does_not_see(code)  # The last second is still on time.
    await town.passes(hours=1)
    assert code in chu.sees("Một vụ việc khẩn đã quá hạn").text
    for other in (vy, dinh):
        other.does_not_see(code)
    await on_the_morning_of(town, 26, 11)
    assert code in dinh.sees("quá hạn").text


async def test_intake_is_reminded_of_what_it_leaves_lying_then_the_supervisor(town: Town):
    lan, nhan = town.citizen("Lan"), await town.staff("Vũ Nhận", Role.INTAKE, PROVINCE)
    vy = await town.staff("Hà Vy", Role.SUPERVISOR, PROVINCE)
    await lan.agrees()
    await lan.picks("feedback")
    await lan.picks("report")
    await lan.picks("_unknown")
    await lan.picks("_unknown")
    await lan.picks(">A")
    await lan.picks("A01")
    await lan.says("hôm qua")
    await lan.says("Tôi không biết cơ quan nào nhưng cán bộ đã quát tháo và đuổi tôi ra ngoài.")
    await lan.picks("none")
    await lan.picks("anonymous")
    await lan.picks("send")
    looks(nhan, vy)
    await on_the_morning_of(town, 27, 11)  # Eight working hours end on Thursday the 26th.
    nhan.sees("chờ ở bộ phận tiếp nhận")
    assert not vy.new
    await on_the_morning_of(town, 30, 11)
    vy.sees("chờ ở bộ phận tiếp nhận")


async def test_the_line_under_the_date_of_the_law_says_that_date(town: Town, ward: str):
    lan, chu, vy, dinh = await cast(town, ward)
    codes = [await files_feedback(town, lan, WARD) for _number in range(2)]  # By law Wednesday 9 December.
    for code in codes:
        await chu.says(f"/nhan {code}")
    await chu.says(f"/mo {codes[0]}")
    await chu.picks("ask")
    await chu.says("Anh/chị cho biết hồ sơ số mấy ạ?")
    await chu.picks("send")  # The service clock stands, up to Friday 11 December; that of the law never does.
    looks(chu)
    await on_the_morning_of(town, 10, 12)
    told = chu.sees("Quá cả hạn luật định").text
    part = told[told.index("Quá cả hạn luật định") :]
    assert part.count("thứ Tư, 09/12/2026 (quá hạn 1 ngày làm việc)") == 2 and "11/12/2026" not in part
    assert told.startswith("Hôm nay, thứ Năm, 10/12/2026: 2 vụ việc")
