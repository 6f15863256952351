"""A second case about the same matter is offered as an addition to one's own first one."""

from datetime import timedelta

import pytest

from bot.domain.cases import About, KnownAs, Status
from bot.domain.people import Role
from bot.usecases.citizen import withdraw
from bot.usecases.joining import join_own, own_open_case
from tests.domain.town import COMMUNE, WARD
from tests.usecases.house import LAN, draft, refused


@pytest.fixture
async def first(house):
    await house.joins("Lê Văn Chu", Role.HEAD, WARD)
    return (await house.files("lan", "d1")).case


@pytest.mark.parametrize(
    ("passed", "facts", "offered"),
    [
        (timedelta(days=14), {}, True),
        (timedelta(days=14, seconds=1), {}, False),
        (timedelta(hours=1), {"category": "A02"}, False),
        (timedelta(hours=1), {"unit": COMMUNE}, False),
        (timedelta(hours=1), {"unit": None}, False),
        (timedelta(hours=1), {"denunciation": True}, False),
    ],
)
async def test_an_own_open_case_of_the_last_two_weeks_is_found(house, first, passed, facts, offered):
    house.at(house.now + passed)
    found = await own_open_case(house.work, await house.person("lan"), draft(**facts), house.now)
    assert (found is not None and found.code == first.code) is offered


@pytest.mark.parametrize(
    ("facts", "offered"),
    [
        ({"official": "ông Lê Văn Chu"}, False),
        ({"official": "ông Chu, chủ tịch"}, False),
        ({"about": About.HEAD}, False),
        ({"about": About.PERSON, "official": "chị Hoa"}, True),
    ],
)
async def test_what_names_whoever_has_the_case_is_not_added_to_it(house, first, facts, offered):
    assert (await own_open_case(house.work, await house.person("lan"), draft(**facts), house.now) is not None) is offered


@pytest.mark.parametrize(
    ("before", "now", "offered"),
    [
        ({}, {"known_as": KnownAs.ANONYMOUS}, False),
        ({}, {"known_as": KnownAs.CUSTODIAN}, False),
        ({"known_as": KnownAs.ANONYMOUS}, {}, True),
        ({"share_files": True}, {"share_files": False}, False),
        ({"share_files": False}, {"share_files": True}, True),
    ],
)
async def test_nobody_becomes_better_known_than_he_wished(house, before, now, offered):
    await house.joins("Lê Văn Chu", Role.HEAD, WARD)
    await house.files("lan", "d1", **before)
    assert (await own_open_case(house.work, await house.person("lan"), draft(**now), house.now) is not None) is offered


async def test_nobody_elses_case_is_ever_offered(house, first):
    assert await own_open_case(house.work, await house.person("tu"), draft(), house.now) is None


async def test_what_was_typed_and_sent_goes_to_the_case_and_its_dates_stay(house, first):
    house.passes(days=1)
    await house.sends_a_file("lan", "d2")
    again = draft(story="Hôm nay họ lại quát tôi.", happened="24/11, quầy 3", official="chị Hoa")
    case = await house.do(join_own, await house.reader("lan"), first.code, again, LAN, "d2", house.now)
    assert (case.id, case.due_at, case.legal_due_at) == (first.id, first.due_at, first.legal_due_at)
    [line] = await house.work.cases.talk(case.id)
    assert line.body == "Hôm nay họ lại quát tôi.\n24/11, quầy 3\nchị Hoa"
    assert len(await house.work.files.of_case(case.id)) == 1


async def test_a_case_that_is_over_by_now_is_not_joined(house, first):
    await house.do(withdraw, await house.reader("lan"), first.code, house.now)
    words = await refused(join_own(house.work, await house.reader("lan"), first.code, draft(), LAN, "d2", house.now))
    assert "of its own" in words
    assert (await house.case(first.code)).status is Status.WITHDRAWN
