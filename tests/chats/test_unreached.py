"""Citizens whom an answer, a question or a date did not reach: who sees it, and how it is made good."""

import pytest

from bot.dialogue.values import Who
from bot.domain.people import Role
from tests.chats.test_office import ANSWER, WARD, a_citizen, code_of, files_feedback, writes_the_answer
from tests.town import Someone, Town


@pytest.fixture
async def ward(town: Town) -> str:
    return await code_of(town, WARD)


def chat_of(town: Town, someone: Someone) -> Who:
    return Who(town.channel, town.program.app.channels[town.channel].account, someone.chat)


async def closes(town: Town, someone: Someone) -> None:
    """Let somebody close his chat."""
    await town.program.app.run(lambda work: work.people.set_reachable(chat_of(town, someone), False, town.now))


async def answered_behind_a_closed_chat(town: Town, ward: str) -> tuple[Someone, Someone, str]:
    """Return the head, the citizen and the code of a case whose answer waits for the chat to open."""
    mai = await town.head("Trần Thị Mai", ward)
    lan = await a_citizen(town)
    ref = await files_feedback(town, lan, WARD)
    await mai.picks("accept")
    await closes(town, lan)
    await writes_the_answer(mai)
    await mai.picks("send")
    return mai, lan, ref


async def test_the_supervisor_and_the_head_see_what_did_not_arrive_and_never_whose_it_is(town: Town, ward: str):
    mai, _lan, ref = await answered_behind_a_closed_chat(town, ward)
    thu = await town.staff("Lê Văn Thu", Role.SUPERVISOR, "20")
    for reader in (thu, mai):
        await reader.says("/khongtoi")
        line = reader.sees(ref).text
        for said in (WARD, "câu trả lời", "đã chặn hoặc đóng cuộc trò chuyện", "Có số điện thoại", "1 vụ việc"):
            assert said in line, said
        for secret in ("Lan", "0912", "quát tôi"):
            assert secret not in line
    await thu.picks(f"open:{ref}")
    assert "quát tôi" not in thu.sees("Chưa đến được người dân: câu trả lời").text


async def test_who_leads_another_office_or_is_spoken_of_sees_nothing_of_it(town: Town, ward: str):
    hung = await town.head("Nông Văn Hùng", await code_of(town, "Xã Đồng Đăng"))
    duc = await town.staff("Hoàng Văn Đức", Role.SUPERVISOR, ward)
    mai = await town.head("Trần Thị Mai", ward)
    lan = await a_citizen(town)
    ref = await files_feedback(town, lan, WARD, who="ông Hoàng Văn Đức")
    await closes(town, lan)
    await mai.says(f"/nhan {ref}")
    await mai.says("/khongtoi")
    mai.sees(ref)
    for other in (hung, duc):
        await other.says("/khongtoi")
        other.sees("đều đã đến nơi")
        other.does_not_see(ref)
        await other.says(f"/dabaodan {ref}")
        other.does_not_see(ref)
    await lan.says("/khongtoi")
    lan.does_not_see("chưa liên lạc")


async def test_what_was_held_is_shown_when_the_citizen_writes_again_after_the_reply(town: Town, ward: str):
    mai, lan, ref = await answered_behind_a_closed_chat(town, ward)
    assert not any(ANSWER in line.text for line in lan.lines)
    await lan.says("/menu")
    shown = [line.text for line in lan.new]
    assert "muốn làm gì" in shown[0] and ANSWER in "\n".join(shown[1:])
    await mai.says("/khongtoi")
    mai.sees("đều đã đến nơi")
    mai.does_not_see(ref)


async def test_somebody_who_told_the_citizen_otherwise_says_so_once_under_his_name(town: Town, ward: str):
    mai, lan, ref = await answered_behind_a_closed_chat(town, ward)
    await mai.says(f"/mo {ref}")
    await mai.picks("told")
    mai.sees("Đã ghi")
    await mai.says("/khongtoi")
    mai.does_not_see(ref)
    await mai.says(f"/dabaodan {ref}")
    mai.sees("không còn tin nào chờ báo")
    case = await town.case(ref)
    [told] = [one for one in await town.program.app.run(lambda work: work.events_of(case.id)) if one.name == "CitizenTold"]
    head = await town.program.app.run(lambda work: work.staff.at([ward], Role.HEAD))
    assert (told.actor, told.details["messages"] >= 1) == (head[0].id, True)
    await lan.says("/menu")
    assert any(ANSWER in line.text for line in lan.new)  # The chat still gets it.
    await lan.picks("case")
    await lan.picks("timeline")
    lan.sees("báo anh/chị bằng cách khác")


async def test_a_citizen_who_reads_the_answer_in_the_case_has_been_reached(town: Town, ward: str):
    mai, lan, ref = await answered_behind_a_closed_chat(town, ward)
    pin = lan.last_pin
    other = await a_citizen(town, "Điện thoại khác của Lan")
    await other.says("/tracuu")
    await other.says(ref)
    await other.says(pin)
    other.sees(ANSWER)
    await mai.says("/khongtoi")
    mai.does_not_see(ref)


async def test_many_are_counted_first_narrowed_by_buttons_and_listed_a_page_at_a_time(town: Town, ward: str):
    mai = await town.head("Trần Thị Mai", ward)
    thu = await town.staff("Lê Văn Thu", Role.SUPERVISOR, "20")
    dong_dang = await town.head("Nông Văn Hùng", await code_of(town, "Xã Đồng Đăng"))
    lan = await a_citizen(town)
    refs = []
    for office in (*[WARD] * 8, "Xã Đồng Đăng"):
        await lan.says("/menu")
        refs.append(await files_feedback(town, lan, office))
    await closes(town, lan)
    for ref in refs[:8]:
        await mai.says(f"/nhan {ref}")
    await dong_dang.says(f"/nhan {refs[8]}")
    await thu.says("/khongtoi")
    numbers = thu.sees("9 vụ việc").text
    assert "Tin chưa đến:" in numbers and not any(ref in numbers for ref in refs)
    await thu.picks(f"unreached:u{ward}")
    assert all(ref in thu.new[-1].text for ref in refs[:8]) and refs[8] not in thu.new[-1].text
    await thu.presses("unreached:.1")
    assert sum(ref in thu.new[-1].text for ref in refs) == 1
    await thu.says("không liên lạc được xã Đồng Đăng")
    assert refs[8] in thu.sees("Đồng Đăng").text
    await thu.says("/khongtoi Bệnh viện ở nơi khác hẳn")
    thu.sees("Không có đơn vị nào như vậy")


@pytest.mark.parametrize("town", ["zalo_oa"], indirect=True)
async def test_on_zalo_what_comes_after_a_week_of_silence_is_held_told_and_shown_after_the_next_reply(town: Town, ward: str):
    mai = await town.head("Trần Thị Mai", ward)
    lan = await a_citizen(town)
    ref = await files_feedback(town, lan, WARD)
    await mai.says(f"/nhan {ref}")
    await town.passes(days=8)
    await mai.says(f"/mo {ref}")
    await writes_the_answer(mai)
    await mai.picks("send")
    assert not any(ANSWER in line.text for line in lan.lines)
    await mai.says("/khongtoi")
    assert "đã lâu không nhắn" in mai.sees(ref).text
    before = len(lan.lines)
    await lan.says("menu")
    shown = [line.text for line in lan.lines[before:]]
    assert "muốn làm gì" in shown[0] and any(ANSWER in text for text in shown[1:])
    await mai.says("/khongtoi")
    mai.does_not_see(ref)
