"""What the form makes of a typed post, of a petition, of an office outside, and of danger."""

from __future__ import annotations

import pytest

from bot.domain.cases import About, Status
from bot.domain.people import Role
from tests.chats.citizens import COUNTER, STORY, WARD, files, fills, picks_unit
from tests.town import Someone, Town


@pytest.fixture
async def lan(town: Town) -> Someone:
    """Somebody who has agreed to the notice."""
    lan = town.citizen("Lan")
    await lan.agrees()
    return lan


@pytest.mark.parametrize(
    ("typed", "about"),
    [("chu tich phuong", About.HEAD), ("ông phó chủ tịch", About.DEPUTY), ("ban lãnh đạo phường", About.OFFICE)],
)
async def test_a_typed_post_is_passed_by_and_read_back(town: Town, lan: Someone, typed: str, about: About):
    mai = await town.head("Trần Thị Mai", WARD)
    handler = await town.staff("Đặng Thu Hà", Role.HANDLER, WARD)
    vinh = await town.head("Phạm Quang Vinh", "20")
    await lan.says("menu")
    await lan.picks("feedback")
    await fills(lan, who=typed)
    label = {About.HEAD: "Người đứng đầu", About.DEPUTY: "Cấp phó", About.OFFICE: "Cả cơ quan"}[about]
    line = lan.sees(f"({typed})")
    assert label in line.text and "không xem được" in line.text
    await lan.picks("send")
    ref = lan.last_ref
    vinh.sees(ref)
    for accused in (mai, handler):
        accused.does_not_see(ref)
        await accused.says(f"/mo {ref}")
        accused.does_not_see("quát tôi")
    case = await town.case(ref)
    assert (case.about, case.official, case.handling_unit) == (about, typed, "20")


async def test_the_chair_of_the_ward_named_at_its_counter_does_not_get_it(town: Town, lan: Someone):
    mai = await town.head("Trần Thị Mai", WARD)
    vinh = await town.head("Phạm Quang Vinh", "20")
    ref = await files(lan, unit=COUNTER, who="chủ tịch phường")
    mai.does_not_see(ref)
    vinh.sees(ref)


async def test_a_described_clerk_is_for_the_head(town: Town, lan: Someone):
    mai = await town.head("Trần Thị Mai", WARD)
    mai_sees = await files(lan, who="nhân viên phòng một cửa")
    mai.sees(mai_sees)


@pytest.mark.parametrize(
    ("way", "paper", "flagged"), [("denunciation", "đơn tố cáo", True), ("complaint", "đơn khiếu nại", False)]
)
async def test_feedback_from_the_guidance_knows_what_was_wanted(town: Town, lan: Someone, way: str, paper: str, flagged: bool):
    mai = await town.head("Trần Thị Mai", WARD)
    await lan.says("/huongdan")
    await lan.picks(f"howto:{way}")
    await lan.picks(f"howto:{way}.feedback")
    lan.sees("Việc này về cơ quan nào")
    await answers(lan)
    lan.sees(f"(không phải {paper})")
    await lan.picks("send")
    case = await town.case(lan.last_ref)
    assert ("denunciation_info" in case.flags) is flagged
    if flagged:
        assert case.status is Status.NEW and case.handling_unit is None
        mai.does_not_see(case.code)


async def answers(lan: Someone) -> None:
    """Answer what is asked from the office on."""
    await picks_unit(lan, WARD)
    await lan.says("anh Tuấn địa chính")
    await lan.picks(">A")
    await lan.picks("A01")
    await lan.says("hôm qua")
    await lan.says(STORY)
    await lan.picks("none")
    await lan.picks("anonymous")


async def test_another_matter_does_not_ask_again_what_was_wanted(town: Town, lan: Someone):
    ref = await files(lan)
    await lan.picks(f"another:{ref}")
    lan.sees("Việc này về ai")


async def test_of_a_body_outside_no_answer_is_promised_but_word_of_where_it_went(town: Town, lan: Someone):
    await lan.says("menu")
    await lan.picks("feedback")
    await fills(lan, unit="05986-CA")
    line = lan.sees("ngành dọc")
    assert "đã chuyển đến đâu" in line.text and "sẽ nhận được trả lời" not in line.text


@pytest.mark.parametrize(("category", "shown"), [("A08", True), ("J01", True), ("A01", False)])
async def test_the_emergency_numbers_come_with_the_next_question(town: Town, lan: Someone, category: str, shown: bool):
    await lan.says("menu")
    await lan.picks("feedback")
    await lan.picks("report")
    await picks_unit(lan, WARD)
    await lan.picks("_unknown")
    await lan.picks(f">{category[0]}")
    await lan.picks(category)
    assert ("113" in lan.new[-1].text) is shown


async def test_from_the_code_of_a_counter_the_numbers_come_with_the_story(town: Town):
    lan = town.citizen("Lan")
    await lan.starts(await town.link(COUNTER, "3"))
    await lan.picks("agree")
    await lan.says("chị mặc áo xanh")
    await lan.picks(">A")
    await lan.picks("A08")
    assert "113" in lan.new[-1].text
