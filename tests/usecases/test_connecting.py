"""Joining two chats: what a code is, who must not be one with whom, and who may disconnect whom."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.dialogue.values import Session, Who
from bot.domain.cases import About, ByHand
from bot.domain.events import ChatJoined, ChatParted
from bot.domain.people import Role
from bot.usecases.connecting import SETTLED, join, part, read_code, show_code
from bot.usecases.filing import Taken, file_case
from tests.domain.town import WARD
from tests.usecases.house import House, draft, refused


async def known(house: House, name: str):
    return await house.work.people.known(Who("webchat", "house", name), house.now, "vi")


async def shows(house: House, name: str) -> str:
    one = await known(house, name)
    code: str = await house.do(show_code, one.person, one.contact, house.now)
    return code


async def joins(house: House, name: str, code: str, sure: bool = True):
    one = await known(house, name)
    return await house.do(
        join, one.person, one.staff, one.contact, Who("webchat", "house", name), code, house.now, sure
    )  # fmt: skip


async def parts(house: House, here: str, other: str):
    one, two = await known(house, here), await known(house, other)
    return await house.do(part, one.person, one.staff, one.contact, two.contact, house.now)


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("12345678", "12345678"),
        (" 1234 5678 ", "12345678"),
        ("1234-5678", "12345678"),
        ("1234\u20135678", "12345678"),
        ("１２３４　５６７８", "12345678"),
        ("12 34 56 78", "12345678"),
        ("1234567", None),
        ("123456789", None),
        ("1234567a", None),
        ("١٢٣٤٥٦٧٨", None),
        ("", None),
    ],
)
def test_a_code_is_read_however_it_is_typed(typed, code):
    assert read_code(typed) == code


async def test_a_code_shown_too_often_is_no_more_shown(house: House):
    for _time in range(10):
        await shows(house, "lan")
    assert await refused(shows(house, "lan")) == "That was tried too often. Please try again after {time}."


async def test_only_a_keyed_hash_of_a_code_is_kept(house: House):
    code = await shows(house, "lan")
    digits = code.replace(" ", "")
    assert await house.work.chats.offered(digits) is None
    assert await house.work.chats.offered(house.work.secrets.hash("link code", digits)) is not None


@pytest.mark.parametrize("case", ["handled", "about him", "taken by him"])
async def test_nobody_becomes_the_sender_of_a_case_that_he_may_handle_or_that_speaks_about_him(house: House, case: str):
    mai = await house.joins("Trần Thị Mai", Role.HEAD, WARD)
    if case == "taken by him":
        intake = await house.joins("Bình", Role.INTAKE, "20")
        lan = await house.person("lan")
        taken = await house.do(
            file_case, lan, Who("webchat", "house", "Bình"), draft(), "d1", house.now, Taken(ByHand.COUNTER, intake.id)
        )
        assert await house.work.reporters.link(taken.case.id, lan.id)
        code = await shows(house, "Bình")
    else:
        await house.files("lan", **({"official": mai.name, "about": About.PERSON} if case == "about him" else {}))
        code = await shows(house, "Trần Thị Mai")
    said = await refused(joins(house, "lan", code))
    assert said == "These two chats cannot be connected. Please go on using each for itself."
    assert (await known(house, "lan")).staff is None and house.happened(ChatJoined) == []


async def test_a_case_that_is_nothing_to_him_hinders_nobody(house: House):
    await house.joins("Sơn", Role.HANDLER, "20")
    filed = await house.files("lan")
    son = await known(house, "Sơn")
    person, staff = await joins(house, "lan", await shows(house, "Sơn"))
    assert (person.id, staff.id) == (son.person.id, son.staff.id)
    assert await house.work.reporters.is_from(filed.case.id, person.id)
    assert [event.actor for event in house.happened(ChatJoined)] == [son.staff.id]


async def test_who_came_later_may_be_sent_away_at_once_and_sends_away_who_was_there_after_three_days(house: House):
    await joins(house, "zalo", await shows(house, "lan"))
    house.passes(minutes=1)
    await joins(house, "web", await shows(house, "lan"))
    assert "was connected a short while ago" in await refused(parts(house, "zalo", "lan"))
    assert "was connected a short while ago" in await refused(parts(house, "web", "zalo"))
    assert await house.work.sessions.save(
        Who("webchat", "house", "web"), Session(flow="feedback", notes={"opened": "{}"}), house.now
    )
    stranger = await parts(house, "zalo", "web")
    assert (await known(house, "web")).session == Session(version=2)
    assert (await known(house, "web")).person == stranger and stranger.agreed is None
    house.at(house.now + SETTLED - timedelta(minutes=2))
    assert "was connected a short while ago" in await refused(parts(house, "zalo", "lan"))
    house.passes(minutes=2)
    await parts(house, "zalo", "lan")
    assert await refused(parts(house, "zalo", "zalo")) == "This is your only chat here, so there is nothing to disconnect."
    assert [event.by_itself for event in house.happened(ChatParted)] == [False, False]


async def test_a_chat_of_somebody_else_is_nobodys_to_disconnect(house: House):
    await joins(house, "zalo", await shows(house, "lan"))
    await known(house, "tuan")
    assert await refused(parts(house, "lan", "tuan")) == "That chat is not connected with this one."
