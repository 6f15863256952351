"""Which cases one stands for, from how many people they came, and which may be the same; on both databases."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.cases import Status
from tests.storage.conftest import LAN, NOW, TUAN, filed, person

DAY = timedelta(days=1)
CODES = ("K7QF-2M4X", "K7QF-2M4Y", "K7QF-2M4Z", "K7QF-2M5A")


async def into(work, case, lead):
    return await work.cases.save(case, replace(case, status=Status.MERGED, merged_into=lead.id), None)


async def test_those_merged_into_a_case_come_by_their_date(work):
    lead = await filed(work, CODES[0])
    late, early = await filed(work, CODES[1], due_at=NOW + 2 * DAY), await filed(work, CODES[2], due_at=NOW + DAY)
    for case in (late, early):
        await into(work, case, lead)
    assert await work.merges.into(lead.id) == [early.id, late.id]
    assert await work.merges.into(late.id) == []
    kept = await work.cases.by_id(late.id)
    assert (kept.status, kept.merged_into) == (Status.MERGED, lead.id)


async def test_people_are_counted_once_and_forgotten_chats_as_one(work):
    lan, tuan = await person(work, LAN), await person(work, TUAN)
    lead = await filed(work, CODES[0], lan)
    for code, sender in zip(CODES[1:], (lan, tuan, tuan), strict=True):
        await into(work, await filed(work, code, sender), lead)
    assert await work.merges.senders(lead.id) == 2
    for code in CODES[2:]:
        await work.reporters.forget((await work.cases.by_code(code)).id, NOW)
    assert await work.merges.senders(lead.id) == 2
    assert await work.merges.senders((await work.cases.by_code(CODES[1])).id) == 1


@pytest.mark.parametrize(
    ("facts", "alike"),
    [
        ({}, True),
        ({"filed_at": NOW - 7 * DAY}, True),
        ({"filed_at": NOW - 7 * DAY - timedelta(seconds=1)}, False),
        ({"filed_at": NOW + 7 * DAY}, True),
        ({"filed_at": NOW + 7 * DAY + timedelta(seconds=1)}, False),
        ({"category": "A02"}, False),
        ({"unit": "06002"}, False),
        ({"status": Status.ANSWERED}, False),
    ],
)
async def test_what_may_be_the_same_is_open_near_and_about_the_same(work, facts, alike):
    case = await filed(work, CODES[0])
    other = await filed(work, CODES[1], **facts)
    assert await work.merges.alike(case, 5) == ([other.id] if alike else [])
