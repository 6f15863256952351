"""What is kept about a person, the switches that are off until turned on, and the requests that the law allows."""

from __future__ import annotations

import pytest

from bot.domain.people import Role
from tests.chats.citizens import STORY, files
from tests.town import Someone, Town


@pytest.fixture
async def lan(town: Town) -> Someone:
    """Somebody who has agreed to the notice."""
    lan = town.citizen("Lan")
    await lan.agrees()
    return lan


async def test_optional_uses_are_off_until_turned_on_each_for_itself(town: Town, lan: Someone):
    await lan.says("/dulieu")
    line = lan.sees("Những gì chúng tôi lưu")
    assert line.text.count(": tắt") == 3 and ("Zalo" if town.channel.startswith("zalo") else "Telegram") in line.text
    await lan.picks("consent:rating.on")
    line = lan.sees("Những gì chúng tôi lưu")
    assert line.text.count(": tắt") == 2 and line.text.count(": bật") == 1
    await lan.picks("consent:rating.off")
    assert lan.sees("Những gì chúng tôi lưu").text.count(": tắt") == 3


async def test_an_invented_switch_changes_nothing(town: Town, lan: Someone):
    await lan.presses("consent:service.off")
    assert lan.sees("Những gì chúng tôi lưu").text.count(": tắt") == 3
    await lan.says(STORY)
    lan.sees("Anh/chị muốn")


async def test_a_request_for_deletion_says_what_the_law_keeps_and_goes_to_intake(town: Town, lan: Someone):
    binh = await town.staff("Bình", Role.INTAKE, "20")
    await lan.says("/xoa")
    lan.sees("lưu trữ")
    await lan.picks("ask_erase")
    await lan.says("Xin xóa số điện thoại của tôi.")
    await lan.picks("send")
    binh.sees(lan.last_ref)
    case = await town.case(lan.last_ref)
    assert case.policy == "PD-DELETE"
    assert f"{case.due_at:%d/%m/%Y}" == "15/12/2026"


async def test_a_correction_is_asked_for_by_its_own_command(town: Town, lan: Someone):
    await lan.says("/sua")
    await lan.says("Tên tôi là Lân, không phải Lan.")
    await lan.picks("send")
    assert (await town.case(lan.last_ref)).policy == "PD-VIEW"


async def test_who_takes_the_consent_back_is_asked_again_before_anything_else(town: Town, lan: Someone):
    ref = await files(lan)
    await lan.says("/rutdongy")
    await lan.picks("unconsent:yes")
    lan.sees("0205 3812 345")
    await lan.says(ref)
    lan.sees("0205 3812 345")
    assert lan.offers("agree")
    await lan.picks("agree")
    await lan.says(ref)
    lan.sees(ref)


async def test_every_command_of_the_menu_exists(town: Town, lan: Someone):
    for command in ("menu", "phananh", "huy", "khen", "hoso", "tracuu", "huy", "huongdan", "dulieu", "chuyenkenh", "trogiup"):
        await lan.says(f"/{command}")
        lan.does_not_see("không có lệnh")
        assert lan.new
    await lan.says("/ngonngu")
    lan.sees("ngôn ngữ")


async def test_the_ways_to_a_petition_never_say_that_a_chat_is_one(town: Town, lan: Someone):
    await lan.says("/huongdan")
    for way in ("howto:complaint", "howto:denunciation"):
        await lan.presses(way)
        lan.sees("Hùng Vương")
        lan.does_not_see("đã thụ lý")
