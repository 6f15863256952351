"""Pause, more time, missed dates and apologies, as a citizen, a head and the head above live through them."""

from __future__ import annotations

from datetime import date

import pytest

from bot.domain.cases import ApologyState, ExtensionState, Status
from bot.domain.deadlines import end_of_day, local_day
from bot.domain.people import Role
from bot.usecases.ports import Work
from tests.chats.test_office import WARD, a_citizen, code_of, files_feedback, writes_the_answer
from tests.town import Someone, Town

QUESTION = "Anh/chị cho biết hồ sơ số mấy ạ?"


@pytest.fixture
async def ward(town: Town) -> str:
    return await code_of(town, WARD)


async def accepted(town: Town, ward: str) -> tuple[Someone, Someone, str]:
    """A ward with its head Mai, and a case of Lan that she has accepted: sent on Wednesday 25/11, due on Friday 04/12."""
    mai = await town.head("Trần Thị Mai", ward)
    lan = await a_citizen(town)
    ref = await files_feedback(town, lan, WARD)
    await mai.picks("accept")
    return mai, lan, ref


async def asks(officer: Someone) -> None:
    await officer.picks("ask")
    await officer.says(QUESTION)
    await officer.picks("send")


async def day_of(town: Town, ref: str) -> date:
    due = (await town.case(ref)).due_at
    assert due is not None
    return local_day(due)


async def wants_more_time(officer: Someone, ref: str, days: str = "5", cause: str = "verification") -> None:
    await officer.says(f"/giahan {ref}")
    await officer.picks(cause)
    await officer.picks(days)
    officer.sees("Kính gửi Ông/Bà")
    await officer.picks("_prepared")
    await officer.picks("send")


# -- the pause --------------------------------------------------------------------------------------------------------


async def test_the_clock_stands_while_the_citizen_is_asked_and_gives_back_what_was_waited(town: Town, ward: str):
    mai, lan, ref = await accepted(town, ward)
    assert await day_of(town, ref) == date(2026, 12, 4)
    await asks(mai)
    mai.sees("tạm dừng")
    told = lan.sees(QUESTION)
    assert "2/12/2026" in told.text and "11/12/2026" in told.text  # Five working days; then as many are left as before.
    assert await day_of(town, ref) == date(2026, 12, 11)
    await mai.says(f"/mo {ref}")
    mai.sees("tạm dừng")
    await lan.says(ref)
    lan.sees("tạm dừng")
    await town.passes(days=2)  # Friday.
    await lan.picks("add")
    await lan.says("Hồ sơ số H12-2026.")
    await lan.picks("send")
    lan.sees("8/12/2026")
    assert await day_of(town, ref) == date(2026, 12, 8)
    await lan.says(ref)
    await lan.picks("timeline")
    lan.sees("Thời hạn của cơ quan chạy tiếp")
    await lan.says(ref)
    await lan.picks("whydate")
    lan.sees("tạm dừng từ")
    await mai.says(f"/mo {ref}")
    mai.does_not_see("tạm dừng")
    await asks(mai)  # A second question asks without a pause.
    assert "tạm dừng" not in lan.sees(QUESTION).text
    assert await day_of(town, ref) == date(2026, 12, 8)


async def test_a_citizen_who_does_not_answer_is_waited_for_no_longer_and_can_still_add(town: Town, ward: str):
    mai, lan, ref = await accepted(town, ward)
    await asks(mai)
    before = len(mai.lines)
    await town.passes(days=8)  # Thursday 03/12: the day after the five working days.
    assert (await town.case(ref)).status is Status.ACCEPTED
    assert await day_of(town, ref) == date(2026, 12, 11)
    assert any("Người dân chưa trả lời" in line.text and ref in line.text for line in mai.lines[before:])
    lan.sees("vẫn có thể bổ sung")
    await lan.picks("add")
    await lan.says("Tôi vừa tìm được giấy hẹn.")
    await lan.picks("send")
    mai.sees("bổ sung")
    assert await day_of(town, ref) == date(2026, 12, 11)


async def test_writing_the_answer_without_waiting_ends_the_pause(town: Town, ward: str):
    mai, lan, ref = await accepted(town, ward)
    await asks(mai)
    await mai.says(f"/mo {ref}")
    await mai.picks("answer")
    await mai.picks("true")
    await mai.picks("apologised")
    await mai.picks("done")
    await mai.says("Chúng tôi đã xem lại camera và làm việc với cán bộ quầy 3. Chúng tôi xin lỗi.")
    await mai.says("Biên bản làm việc ngày 25/11/2026.")
    await mai.picks("send")
    lan.sees("xem lại camera")
    case = await town.case(ref)
    assert (case.status, case.paused_until) == (Status.ANSWERED, None)


# -- more time --------------------------------------------------------------------------------------------------------


async def test_more_time_is_asked_granted_and_told_with_reason_apology_and_new_date(town: Town, ward: str):
    vinh = await town.head("Phạm Quang Vinh", "20")
    mai, lan, ref = await accepted(town, ward)
    told = len(lan.lines)
    await wants_more_time(mai, ref)
    assert len(lan.lines) == told
    asked = vinh.sees(ref)
    for secret in ("quát tôi", "Kính gửi", "Lan"):
        assert secret not in asked.text
    assert await day_of(town, ref) == date(2026, 12, 4)
    await vinh.picks("morerequest")
    vinh.sees("Kính gửi Ông/Bà")
    await vinh.picks("grant")
    later = lan.sees("trả lời muộn hơn")
    for part in ("11/12/2026", "4/12/2026", "Cần xác minh thêm", "xin lỗi Ông/Bà", "Trần Thị Mai", "Người liên hệ"):
        assert part in later.text
    mai.sees("Đã được gia hạn")
    case = await town.case(ref)
    assert (await day_of(town, ref), case.extension) == (date(2026, 12, 11), ExtensionState.GRANTED)
    await lan.says(ref)
    lan.sees("Đây là ngày hẹn lại")
    await lan.picks("timeline")
    lan.sees("được lùi đến")
    await mai.says(f"/giahan {ref}")
    mai.sees("chỉ được một lần")
    before = len(mai.lines)
    await town.passes(days=9, hours=1)  # Friday 04/12: reminders start afresh by the new date.
    assert not any("hôm nay" in line.text and ref in line.text for line in mai.lines[before:])
    assert (await town.case(ref)).apology is ApologyState.NONE


async def test_a_request_is_refused_with_a_reason_for_the_head_and_none_for_the_citizen(town: Town, ward: str):
    vinh = await town.head("Phạm Quang Vinh", "20")
    mai, lan, ref = await accepted(town, ward)
    await wants_more_time(mai, ref, "2")
    await vinh.says("/duyet")
    vinh.sees(ref)
    await vinh.picks("morerequest")
    await vinh.picks("refusemore")
    await vinh.says("Việc này chỉ cần xem camera, không cần thêm thời gian.")
    mai.sees("Không được gia hạn")
    mai.does_not_see("xem camera")
    lan.does_not_see("gia hạn")
    await mai.picks("open")
    mai.sees("xem camera")
    assert not mai.offers("extend")
    assert await day_of(town, ref) == date(2026, 12, 4)
    await vinh.says(f"/duyet {ref}")
    vinh.sees("không có đề nghị")


async def test_what_is_not_decided_by_the_due_time_has_lapsed(town: Town, ward: str):
    vinh = await town.head("Phạm Quang Vinh", "20")
    mai, lan, ref = await accepted(town, ward)
    await wants_more_time(mai, ref)
    grant = vinh.token("grant")
    await town.passes(days=12)  # Monday 07/12.
    assert any("Không ai quyết định" in line.text for line in mai.lines)
    assert (await town.case(ref)).extension is ExtensionState.LAPSED
    await vinh.presses(grant)
    await vinh.says(f"/duyet {ref}")
    vinh.sees("không có đề nghị")
    await mai.says(f"/giahan {ref}")
    mai.sees("quá hạn")
    assert await day_of(town, ref) == date(2026, 12, 4)


async def test_nobody_above_is_said_plainly_and_an_urgent_case_has_no_more_time(town: Town, ward: str):
    mai, lan, ref = await accepted(town, ward)
    await mai.says(f"/giahan {ref}")
    mai.sees("Chưa có người đứng đầu cấp trên")
    await town.head("Phạm Quang Vinh", "20")
    tu = await a_citizen(town, "Tú")
    urgent = await files_feedback(town, tu, WARD, category="C02")
    await mai.says(f"/nhan {urgent}")
    await mai.says(f"/giahan {urgent}")
    mai.sees("không được gia hạn")


async def test_nobody_else_asks_for_more_time_or_grants_it(town: Town, ward: str):
    vinh = await town.head("Phạm Quang Vinh", "20")
    son = await town.head("Nông Văn Sơn", "20-SNV")
    mai, lan, ref = await accepted(town, ward)
    ha = await town.staff("Đặng Thu Hà", Role.HANDLER, ward)
    for other in (vinh, son, ha):
        await other.says(f"/giahan {ref}")
        other.sees("Không có vụ việc nào với mã này")
    await wants_more_time(mai, ref)
    for other in (mai, son):
        await other.says(f"/duyet {ref}")
        other.sees("Không có vụ việc nào với mã này")
    await ha.says(f"/duyet {ref}")
    assert (await town.case(ref)).extension is ExtensionState.ASKED


# -- the missed date --------------------------------------------------------------------------------------------------


async def test_a_missed_date_makes_the_head_apologise_and_the_citizen_gets_it_at_once(town: Town, ward: str):
    mai, lan, ref = await accepted(town, ward)
    before = len(mai.lines)
    await town.passes(days=12)  # Monday 07/12, the working day after.
    case = await town.case(ref)
    assert case.apology is ApologyState.DUE
    assert sum("Đã qua hạn trả lời" in line.text and ref in line.text for line in lan.lines) == 1
    assert any("xin lỗi" in line.text.casefold() and ref in line.text for line in mai.lines[before:])
    await mai.says("/viec")
    mai.sees("còn nợ")
    await mai.says("/xinloi")
    mai.sees(ref)
    await mai.picks("apologise")
    await mai.picks("other")
    await mai.says("phải chờ trích xuất camera của quầy")
    await mai.picks("2026-12-09")
    letter = mai.sees("Kính gửi Ông/Bà")
    for part in (ref, "4/12/2026", "09/12/2026", "chờ trích xuất camera", "Trần Thị Mai", "Người liên hệ"):
        assert part in letter.text
    await mai.picks("_prepared")
    mai.sees("vì phải chờ trích xuất camera")
    await mai.picks("send")
    got = lan.sees("xin lỗi Ông/Bà vì sự chậm trễ")
    assert "không phải kết luận về nội dung phản ánh" in got.text
    after = await town.case(ref)
    assert (after.apology, after.due_at, after.legal_due_at) == (ApologyState.GIVEN, case.due_at, case.legal_due_at)
    await lan.says(ref)
    await lan.picks("timeline")
    line = lan.sees("Cơ quan đã xin lỗi")
    assert "vẫn chưa có trả lời" in line.text
    await mai.says(f"/xinloi {ref}")
    mai.sees("không còn lời xin lỗi")


async def test_a_late_answer_does_not_pay_the_apology(town: Town, ward: str):
    mai, lan, ref = await accepted(town, ward)
    await town.passes(days=9, hours=16)  # Saturday 05/12, one o'clock in the night: before anybody was told.
    assert (await town.case(ref)).apology is ApologyState.NONE
    await mai.says(f"/mo {ref}")
    await writes_the_answer(mai)
    await mai.picks("send")
    lan.sees("xem lại camera")
    case = await town.case(ref)
    assert (case.status, case.apology) == (Status.ANSWERED, ApologyState.DUE)
    answer = await town.program.app.run(lambda work: work.cases.answer(case.id))
    assert answer is not None and (answer.days_late, answer.extended, answer.unit) == (1, False, ward)
    await mai.says(f"/xinloi {ref}")
    await mai.picks("staff")
    mai.sees("mới trả lời được vì thiếu nhân lực")
    await mai.says("Tôi, Trần Thị Mai, thành thật xin lỗi Ông/Bà vì trả lời chậm, do chúng tôi thiếu người ở bộ phận một cửa.")
    await mai.picks("send")
    lan.sees("thành thật xin lỗi")
    assert (await town.case(ref)).apology is ApologyState.GIVEN


async def test_nobody_but_the_head_signs_the_apology(town: Town, ward: str):
    vinh = await town.head("Phạm Quang Vinh", "20")
    ha = await town.staff("Đặng Thu Hà", Role.HANDLER, ward)
    pho = await town.staff("Lý Thị Phó", Role.DEPUTY, ward)
    mai, lan, ref = await accepted(town, ward)
    await town.passes(days=12)
    for other in (vinh, ha, pho):
        await other.says(f"/xinloi {ref}")
        if other is not vinh:
            other.sees("Không có vụ việc nào với mã này")
        other.does_not_see("Kính gửi")
    await mai.says(f"/mo {ref}")
    assert mai.offers("apologise")


async def test_where_nobody_can_apologise_the_head_above_is_told(town: Town, ward: str):
    vinh = await town.head("Phạm Quang Vinh", "20")
    mai, lan, ref = await accepted(town, ward)

    async def revoke(work: Work) -> None:
        member = next(one for one, _acts in await work.staff.all() if one.name == mai.name)
        await work.staff.revoke(member.id, town.now)

    await town.program.app.run(revoke)
    await town.passes(days=12)
    assert any("chưa có người đứng đầu" in line.text and ref in line.text for line in vinh.lines)
    hoa = await town.head("Nguyễn Thị Hoa", ward)  # Whoever comes after her owes it.
    await hoa.says("/xinloi")
    hoa.sees(ref)


async def test_what_is_missed_last_second_by_last_second(town: Town, ward: str):
    mai, lan, ref = await accepted(town, ward)
    due = end_of_day(date(2026, 12, 4))
    assert (await town.case(ref)).due_at == due
    await town.passes(days=9, hours=14, seconds=3599)
    assert town.now == due  # The last second is still on time.
    await mai.says(f"/giahan {ref}")
    mai.sees("Chưa có người đứng đầu cấp trên")
    await town.passes(seconds=1)
    await mai.says(f"/giahan {ref}")
    mai.sees("quá hạn")


async def test_a_question_and_a_letter_are_called_what_the_office_wrote(town: Town, ward: str):
    mai, lan, ref = await accepted(town, ward)
    await asks(mai)
    await lan.says(ref)
    lan.sees(f"Cơ quan viết: {QUESTION}")


async def test_days_given_back_bring_a_granted_date_forward_and_only_one_date_is_shown(town: Town, ward: str):
    vinh = await town.head("Phạm Quang Vinh", "20")
    mai, lan, ref = await accepted(town, ward)
    await asks(mai)
    await wants_more_time(mai, ref)
    await vinh.picks("grant")
    assert await day_of(town, ref) == date(2026, 12, 18)
    await town.passes(days=1)
    await lan.says(ref)
    await lan.picks("add")
    await lan.says("Hồ sơ số H12-2026.")
    await lan.picks("send")
    assert await day_of(town, ref) == date(2026, 12, 14)
    await mai.says(f"/mo {ref}")
    shown = mai.sees("Đã được gia hạn một lần").text
    assert "14/12/2026" in shown and "gia hạn đến" not in shown


async def test_the_day_of_a_promise_can_be_typed(town: Town, ward: str):
    mai, lan, ref = await accepted(town, ward)
    await town.passes(days=12)  # Monday 07/12.
    await mai.says(f"/xinloi {ref}")
    await mai.picks("staff")
    await mai.says("hôm qua")
    mai.sees("chọn một dòng")
    await mai.says("9/12/2026")
    mai.sees("hẹn trả lời chậm nhất ngày 09/12/2026")
