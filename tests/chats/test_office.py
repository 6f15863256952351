"""From the citizen's message to the head's answer and back."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.domain.cases import Status
from bot.domain.people import Role
from bot.usecases.staffing import invite
from tests.town import Someone, Town, town_on

WARD = "Phường Tam Thanh"


async def files_feedback(
    town: Town, lan: Someone, unit: str, *, who: str = "_unknown", category: str = "A01", known_as: str = "named", story: str = ""
) -> str:
    """Let somebody go through the whole form; return the case code."""
    await lan.says("/phananh")
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


ANSWER = "Chúng tôi đã xem lại camera và làm việc với cán bộ quầy 3. Phản ánh của anh/chị là đúng. Chúng tôi xin lỗi."
PROOF = "Biên bản làm việc ngày 25/11/2026, hình ảnh camera quầy 3."


async def writes_the_answer(officer: Someone) -> None:
    """Go through the form of the answer up to its read-back."""
    await officer.picks("answer")
    await officer.picks("true")
    await officer.picks("apologised")
    await officer.picks("done")
    await officer.says(ANSWER)
    await officer.says(PROOF)


async def a_citizen(town: Town, name: str = "Lan") -> Someone:
    lan = town.citizen(name)
    await lan.agrees()
    return lan


async def test_a_case_reaches_the_head_of_the_right_office_and_comes_back_answered(town: Town, ward: str):
    mai = await town.head("Trần Thị Mai", ward)
    lan = await a_citizen(town)
    ref = await files_feedback(town, lan, WARD)
    card = mai.sees(ref)
    for secret in ("quát tôi", "Lan", "0912"):
        assert secret not in card.text  # A push carries neither story nor identity.
    await mai.picks("accept")
    mai.sees("quát tôi")
    lan.sees("Phường Tam Thanh")
    await writes_the_answer(mai)
    read_back = mai.sees(PROOF)
    await mai.picks("send")
    answer = lan.sees(ANSWER)
    for line in (ANSWER, PROOF):
        assert line in read_back.text and line in answer.text
    assert (await town.case(ref)).status is Status.ANSWERED
    await lan.picks("rate")
    await lan.picks("rate")
    assert (await town.case(ref)).rating == 1
    await lan.picks("contest")
    await lan.says("Cán bộ đó vẫn chưa xin lỗi tôi và vẫn quát người khác.")
    await lan.picks("send")
    assert (await town.case(ref)).contested


async def test_the_head_named_by_the_citizen_never_hears_of_it(town: Town, ward: str):
    mai = await town.head("Trần Thị Mai", ward)
    vinh = await town.head("Phạm Quang Vinh", "20")
    handler = await town.staff("Đặng Thu Hà", Role.HANDLER, ward)
    lan = await a_citizen(town)
    ref = await files_feedback(town, lan, WARD, who="_head")
    vinh.sees(ref)
    for accused in (mai, handler):
        accused.does_not_see(ref)
        await accused.says(f"/mo {ref}")
        refusal = accused.new[-1].text
        await accused.says("/mo K7QF-2M4W")
        assert accused.new[-1].text == refusal  # Missing and not yours read the same.
        await accused.says("/viec")
        accused.does_not_see(ref)
        await accused.presses(f"accept:{ref}@1")
        accused.does_not_see("quát tôi")
    assert (await town.case(ref)).handling_unit == "20"


@pytest.mark.parametrize("typed", ["ba Tran Thi Mai", "bà Mai chủ tịch phường", "người có thẻ TT-001"])
async def test_a_head_typed_by_name_or_badge_is_passed_by_too(town: Town, ward: str, typed: str):
    mai = await town.head("Trần Thị Mai", ward, "TT-001")
    vinh = await town.head("Phạm Quang Vinh", "20")
    lan = await a_citizen(town)
    ref = await files_feedback(town, lan, WARD, who=typed)
    mai.does_not_see(ref)
    vinh.sees(ref)


async def test_somebody_complained_about_who_becomes_head_later_does_not_get_the_case(town: Town, ward: str):
    mai = await town.head("Trần Thị Mai", ward)
    vinh = await town.head("Phạm Quang Vinh", "20")
    lan = await a_citizen(town)
    ref = await files_feedback(town, lan, WARD, who="ông Hoàng Văn Đức ở quầy 3")
    mai.sees(ref)
    duc = await town.head("Hoàng Văn Đức", ward)  # He takes Mai's place.
    for step in (f"/mo {ref}", "/viec", "/quahan"):
        await duc.says(step)
        duc.does_not_see("quát tôi")
        if step != f"/mo {ref}":
            duc.does_not_see(ref)
    await mai.says("/viec")
    mai.does_not_see(ref)
    await vinh.says(f"/mo {ref}")
    vinh.sees("quát tôi")


async def test_a_handler_drafts_and_the_head_signs(town: Town, ward: str):
    mai = await town.head("Trần Thị Mai", ward)
    ha = await town.staff("Đặng Thu Hà", Role.HANDLER, ward)
    lan = await a_citizen(town)
    ref = await files_feedback(town, lan, WARD)
    await mai.picks("accept")
    await mai.picks("assign")
    await mai.presses(next(token for token, label in mai.new[-1].buttons if "Hà" in label))
    ha.sees(ref)
    await ha.picks("open")
    await writes_the_answer(ha)
    await ha.picks("send")
    lan.does_not_see(ANSWER)
    mai.sees(ref)
    await mai.picks("open")
    mai.sees(ANSWER)
    await mai.picks("rework")
    await mai.says("Cần nêu rõ thời gian khắc phục.")
    ha.sees(ref)
    await ha.picks("open")
    ha.sees("thời gian khắc phục")
    await writes_the_answer(ha)
    await ha.picks("send")
    await mai.picks("open")
    await mai.picks("sign")
    lan.sees(ANSWER)


async def test_a_question_is_relayed_both_ways_and_nobody_learns_an_account(town: Town, ward: str):
    mai = await town.head("Trần Thị Mai", ward)
    lan = await a_citizen(town)
    ref = await files_feedback(town, lan, WARD, known_as="anonymous")
    await mai.picks("accept")
    await mai.picks("ask")
    await mai.says("Lúc đó là buổi sáng hay buổi chiều ạ?")
    await mai.picks("send")
    lan.sees("buổi sáng hay buổi chiều")
    assert (await town.case(ref)).status is Status.NEED_INFO
    await lan.picks("add")
    await lan.says("Buổi sáng, khoảng 9 giờ.")
    await lan.picks("send")
    mai.sees(ref)
    mai.does_not_see("khoảng 9 giờ")
    await mai.picks("open")
    mai.sees("khoảng 9 giờ")
    mai.does_not_see(lan.chat)
    assert (await town.case(ref)).status is Status.ACCEPTED


async def test_not_ours_goes_back_to_intake_and_on_to_the_right_office(town: Town, ward: str):
    mai = await town.head("Trần Thị Mai", ward)
    anh = await town.staff("Vũ Ngọc Anh", Role.INTAKE, "20")
    son = await town.head("Nông Văn Sơn", "20-SNV")
    lan = await a_citizen(town)
    ref = await files_feedback(town, lan, WARD)
    due = (await town.case(ref)).due_at
    await mai.picks("giveback" if mai.offers("giveback") else "open")
    if not mai.offers("send"):
        await mai.picks("giveback")
    await mai.says("Cán bộ này thuộc Sở Nội vụ, không thuộc phường.")
    await mai.picks("send")
    anh.sees(ref)
    assert (await town.case(ref)).status is Status.RETURNED
    await anh.picks("open")
    anh.sees("thuộc Sở Nội vụ")
    await anh.picks("forward")
    await anh.says("so noi vu")
    await anh.picks("20-SNV")
    await anh.picks("send")
    son.sees(ref)
    lan.sees("Sở Nội vụ")
    case = await town.case(ref)
    assert (case.handling_unit, case.due_at) == ("20-SNV", due)  # A return never moves the due date.


async def test_who_sent_this_is_shown_only_where_it_may_be_and_each_look_is_written_down(town: Town, ward: str):
    mai = await town.head("Trần Thị Mai", ward)
    lan = await a_citizen(town)
    ref = await files_feedback(town, lan, WARD, known_as="named")
    await mai.picks("accept")
    await mai.picks("whosent")
    await mai.says("Cần gọi mời chị lên làm việc trực tiếp.")
    mai.sees("Nguyễn Thị Lan")
    case = await town.case(ref)
    looks = [e for e in await town.program.app.run(lambda work: work.events_of(case.id)) if e.name == "ReporterSeen"]
    assert len(looks) == 1
    tu = await a_citizen(town, "Tú")
    hidden = await files_feedback(town, tu, WARD, known_as="anonymous")
    await mai.says(f"/mo {hidden}")
    assert not mai.offers("whosent")
    await mai.presses(f"whosent:{hidden}@1")
    mai.does_not_see("0912")


async def test_the_supervisor_is_asked_and_told_what_is_overdue(town: Town, ward: str):
    mai = await town.head("Trần Thị Mai", ward)
    vinh = await town.head("Phạm Quang Vinh", "20")
    son = await town.staff("Bùi Thanh Sơn", Role.SUPERVISOR, "20")
    lan = await a_citizen(town)
    ref = await files_feedback(town, lan, WARD)  # Due on Friday 04/12.
    await son.says("/quahan")
    son.does_not_see(ref)
    await mai.picks("accept")
    reminded = len(mai.lines)
    await town.passes(days=9)
    told = [line.text for line in mai.lines[reminded:] if ref in line.text]
    assert len(told) == 3, told  # Two working days before, one, and on the day.
    await town.passes(days=3, hours=2)  # Monday 07/12: one working day overdue.
    assert len([line for line in mai.lines[reminded:] if ref in line.text]) == 4
    await son.says("/quahan")
    son.sees(ref)
    son.does_not_see("quát tôi")
    await town.passes(days=2)
    vinh.sees(ref)
    await town.passes(days=2)
    son.sees(ref)


async def test_a_card_not_accepted_in_time_is_on_the_supervisors_list(town: Town, ward: str):
    mai = await town.head("Trần Thị Mai", ward)
    son = await town.staff("Bùi Thanh Sơn", Role.SUPERVISOR, "20")
    lan = await a_citizen(town)
    ref = await files_feedback(town, lan, WARD)
    await town.passes(days=3)
    await son.says("/chuanhan")
    son.sees(ref)
    await mai.picks("accept")
    await son.says("/chuanhan")
    son.does_not_see(ref)


async def test_a_unit_without_a_head_here_leaves_the_case_to_the_superior_else_to_intake(town: Town, ward: str):
    lan = await a_citizen(town)
    anh = await town.staff("Vũ Ngọc Anh", Role.INTAKE, "20")
    first = await files_feedback(town, lan, WARD)
    anh.sees(first)
    vinh = await town.head("Phạm Quang Vinh", "20")
    tu = await a_citizen(town, "Tú")
    second = await files_feedback(town, tu, WARD)
    vinh.sees(second)
    son = await town.staff("Bùi Thanh Sơn", Role.SUPERVISOR, "20")
    await son.says("/thieudaumoi")
    son.sees("Phường Tam Thanh")


async def test_revocation_bites_at_the_next_message_and_every_button_dies(town: Town, ward: str):
    mai = await town.head("Trần Thị Mai", ward)
    lan = await a_citizen(town)
    ref = await files_feedback(town, lan, WARD)
    await mai.picks("accept")
    await mai.picks("answer")

    async def revoke(work):
        member = next(m for m, _active in await work.staff.all() if m.name == "Trần Thị Mai")
        await work.staff.revoke(member.id, town.now)

    await town.program.app.run(revoke)
    await mai.picks("true")
    for act in ("sign", "work", "open"):
        await mai.presses(f"{act}:{ref}")
        mai.does_not_see("quát tôi")
    assert (await town.case(ref)).status is Status.ACCEPTED


async def test_an_invitation_without_a_name_asks_for_it_and_the_guard_knows_it(town: Town, ward: str):
    code = await town.program.app.run(lambda work: invite(work, Role.HEAD, ward, "", "", town.now))
    mai = town.citizen("Mai")
    await mai.starts(f"i_{code}")
    await mai.picks("agree")
    mai.sees("họ tên")
    await mai.says("Trần Thị Mai")
    assert mai.offers("work")
    lan = await a_citizen(town)
    ref = await files_feedback(town, lan, WARD, who="bà Trần Thị Mai")
    mai.does_not_see(ref)


async def test_an_old_button_is_answered_and_changes_nothing(town: Town, ward: str):
    mai = await town.head("Trần Thị Mai", ward)
    lan = await a_citizen(town)
    ref = await files_feedback(town, lan, WARD)
    stale = mai.token("accept")
    await mai.picks("accept")
    version = (await town.case(ref)).version
    await mai.presses(stale)
    assert len(mai.new) >= 1
    assert (await town.case(ref)).version == version


async def test_an_answer_that_could_not_be_delivered_shows_on_the_case_and_waits_for_the_chat(
    town_template: Path, tmp_path: Path
):
    async with town_on("telegram", town_template, tmp_path) as town:
        mai = await town.head("Trần Thị Mai", await code_of(town, WARD))
        lan = await a_citizen(town)
        ref = await files_feedback(town, lan, WARD)
        await mai.picks("accept")
        assert lan.api is not None
        await lan.api.blocks()
        await writes_the_answer(mai)
        await mai.picks("send")
        assert not any(ANSWER in line.text for line in lan.lines)
        await mai.says(f"/mo {ref}")
        mai.sees("chưa đến được")
        await lan.api.unblocks()
        await lan.says("menu")
        assert any(ANSWER in line.text for line in lan.lines)


async def test_an_answer_that_was_read_before_the_chat_was_forgotten_is_not_said_to_be_undelivered(town: Town, ward: str):
    mai = await town.head("Trần Thị Mai", ward)
    lan = await a_citizen(town)
    ref = await files_feedback(town, lan, WARD)
    await mai.picks("accept")
    await writes_the_answer(mai)
    await mai.picks("send")
    await lan.says(ref)
    await lan.picks("forgetchat")
    await lan.picks(f"forgetchat:{ref}.yes")
    await mai.says(f"/mo {ref}")
    mai.sees(ANSWER)
    mai.does_not_see("chưa đến được")


async def test_forty_overdue_cases_are_one_list_and_not_a_storm(town: Town, ward: str):
    mai = await town.head("Trần Thị Mai", ward)
    son = await town.staff("Bùi Thanh Sơn", Role.SUPERVISOR, "20")
    refs = []
    for number in range(3):
        lan = await a_citizen(town, f"Lan {number}")
        refs.append(await files_feedback(town, lan, WARD))
    before = len(mai.lines), len(son.lines)
    await town.passes(days=3)  # Nobody accepted: one message to the head, one to the supervisor.
    assert (len(mai.lines) - before[0], len(son.lines) - before[1]) == (1, 1)
    assert all(ref in mai.lines[-1].text and ref in son.lines[-1].text for ref in refs)
    await son.picks("unaccepted")
    for ref in refs:
        son.sees(ref)
    son.sees("Trần Thị Mai")


async def test_a_command_without_a_code_says_what_is_missing(town: Town, ward: str):
    mai = await town.head("Trần Thị Mai", ward)
    await mai.says("/nhan")
    mai.sees("Xin gõ kèm mã vụ việc")


async def test_what_stands_below_a_photo_names_it_and_done_is_understood(town: Town, ward: str):
    mai = await town.head("Trần Thị Mai", ward)
    lan = await a_citizen(town)
    ref = await files_feedback(town, lan, WARD)
    await mai.says(f"/nhan {ref}")
    for caption, said in (("Biên bản", "Căn cứ: Biên bản"), ("", "Căn cứ: tệp gửi kèm")):
        await mai.says(f"/mo {ref}")
        await mai.says("tra loi")
        await mai.says("1")
        await mai.says("xin loi nguoi dan")
        await mai.says("xong")
        await mai.says(ANSWER)
        await mai.sends_photos(caption=caption)
        if not caption:
            await mai.says("xong")
        mai.sees(said)
        await mai.says("huy")
        await mai.picks("stop")


async def test_who_types_numbers_one_after_the_other_finds_every_measure_where_it_was(town: Town, ward: str):
    mai = await town.head("Trần Thị Mai", ward)
    await files_feedback(town, await a_citizen(town), WARD)
    await mai.picks("accept")
    await mai.picks("answer")
    await mai.picks("true")
    await mai.says("1")
    await mai.says("2")
    mai.sees("Đã chọn: Giải thích; Xin lỗi người dân.")
    await mai.says("còn gì nữa")
    mai.sees("Đã chọn: Giải thích; Xin lỗi người dân.")
    await mai.says("xong")
    mai.sees("Xin viết trả lời")


async def test_a_photo_alone_is_evidence_and_several_things_may_have_been_done(town: Town, ward: str):
    mai = await town.head("Trần Thị Mai", ward)
    lan = await a_citizen(town)
    await files_feedback(town, lan, WARD)
    await mai.picks("accept")
    await mai.picks("answer")
    await mai.picks("partly_true")
    assert not mai.offers("no_violation")
    await mai.picks("apologised")
    await mai.picks("reminded")
    await mai.picks("done")
    await mai.says(ANSWER)
    await mai.sends_photos()
    await mai.picks("_files")
    await mai.picks("send")
    answer = lan.sees(ANSWER)
    assert "Xin lỗi người dân; Nhắc nhở" in answer.text
    assert any(line.files for line in lan.new)
