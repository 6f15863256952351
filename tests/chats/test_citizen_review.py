"""What a review of the citizens' side found, each as the script that showed it."""

from __future__ import annotations

import pytest

from bot.domain.refs import new_code
from tests.chats.citizens import STORY, files
from tests.town import Someone, Town


@pytest.fixture
async def lan(town: Town) -> Someone:
    """Somebody who has agreed to the notice."""
    lan = town.citizen("Lan")
    await lan.agrees()
    return lan


# -- codes and PINs ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("typed", ["K7QF-2M4X", "k7qf 2m4x", "K7QF-2MO1", "K7QF-2M4"])
async def test_a_mistyped_code_never_starts_a_complaint(town: Town, lan: Someone, typed: str):
    await lan.says(typed)
    lan.sees("gõ sai một ký tự")
    assert not lan.offers("report")
    await lan.picks("lookup")
    lan.sees("K7QF-2M4W")


async def test_six_digits_alone_never_start_a_complaint(town: Town, lan: Someone):
    await lan.says("123456")
    lan.sees("gõ mã vụ việc trước")
    assert not lan.offers("report")


async def test_a_mistyped_code_before_consent_does_not_become_a_story_either(town: Town):
    lan = town.citizen("Lan")
    await lan.says("K7QF-2M4X")
    await lan.picks("agree")
    lan.sees("gõ sai một ký tự")


async def test_code_and_pin_in_one_message_open_the_case(town: Town, lan: Someone):
    ref = await files(lan)
    pin = lan.last_pin
    tuan = town.citizen("Tuấn")
    await tuan.agrees()
    await tuan.says(f"{ref} {pin}")
    tuan.sees(STORY)


async def test_a_strangers_code_and_one_that_does_not_exist_are_answered_alike(town: Town, lan: Someone):
    ref, nobodys = await files(lan), new_code()
    tuan = town.citizen("Tuấn")
    await tuan.agrees()
    heard = []
    for code in (ref, nobodys):
        await tuan.says(code)
        heard.append([line.text.replace(code, "") for line in tuan.new])
        await tuan.says("000000")
        heard[-1] += [line.text.replace(code, "") for line in tuan.new]
        await tuan.says(f"{code} 000000")
        heard[-1] += [line.text.replace(code, "") for line in tuan.new]
    assert heard[0] == heard[1]


async def test_the_own_chat_is_never_locked_by_the_guesses_of_others(town: Town, lan: Someone):
    ref = await files(lan)
    for number in range(4):
        stranger = town.citizen(f"Người lạ {number}")
        await stranger.agrees()
        await stranger.says(ref)
        for _try in range(5):
            await stranger.says("111111")
    tuan = town.citizen("Tuấn")
    await tuan.agrees()
    await tuan.says(f"{ref} 111111")
    tuan.sees("quá nhiều lần")
    await lan.says(f"{ref} 111111")
    lan.sees(STORY)
    assert lan.offers("newpin")
