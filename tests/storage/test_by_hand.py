"""The books of calls and of the letterbox, on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from bot.usecases.ports_by_hand import CONFIRMED, DENIED
from storage.rows import calls
from tests.storage.conftest import NOW, TUAN, filed, person

WARD = "06001"
SAID = "Hỏi giờ làm việc của bộ phận một cửa"


async def officers(work):
    return [await work.staff.enrol(name, "", None, NOW) for name in ("Vi Thị An", "Lý Văn Bình")]


async def test_a_call_comes_back_as_it_was_said_and_is_sealed_on_the_disk(work):
    an, _binh = await officers(work)
    call = await work.by_hand.add_call(WARD, an, NOW, 3, SAID, False, None)
    assert await work.by_hand.call(call.id) == call and call.words == SAID
    stored = (await work.ledger.execute(select(calls.c.words).where(calls.c.id == call.id))).scalar_one()
    assert SAID.encode() not in stored
    assert await work.by_hand.call(call.id + 1) is None


async def test_it_is_read_back_once(work):
    an, _binh = await officers(work)
    call = await work.by_hand.add_call(WARD, an, NOW, None, SAID, False, None)
    assert await work.by_hand.read_back(call.id) and not await work.by_hand.read_back(call.id)
    assert (await work.by_hand.call(call.id)).read_back


@pytest.mark.parametrize(("since", "until", "there"), [(0, 1, True), (-1, 0, False), (1, 2, False)])
async def test_a_period_has_its_first_instant_and_not_the_one_after_its_last(work, since, until, there):
    an, binh = await officers(work)
    await work.by_hand.add_call(WARD, an, NOW, None, SAID, False, None)
    opening = await work.by_hand.add_opening(WARD, "Cổng trụ sở", 2, 0, an, binh, NOW)
    assert await work.by_hand.decide(opening.id, CONFIRMED, NOW)
    span = (NOW + timedelta(seconds=since), NOW + timedelta(seconds=until))
    assert bool(await work.by_hand.calls([WARD], *span)) is there
    assert bool(await work.by_hand.openings([WARD], *span)) is there
    assert await work.by_hand.calls([], *span) == [] == await work.by_hand.openings([], *span)


async def test_an_opening_counts_once_it_is_confirmed_and_is_decided_once(work):
    an, binh = await officers(work)
    opening = await work.by_hand.add_opening(WARD, "Cổng trụ sở", 12, 2, an, binh, NOW)
    span = (NOW, NOW + timedelta(seconds=1))
    assert await work.by_hand.openings([WARD], *span) == [] and await work.by_hand.latest([WARD], 5) == [opening]
    assert await work.by_hand.decide(opening.id, CONFIRMED, NOW)
    assert not await work.by_hand.decide(opening.id, DENIED, NOW)
    case = await filed(work)
    await work.by_hand.enter(opening.id, case.id)
    (found,) = await work.by_hand.openings([WARD], *span)
    assert (found.letters, found.not_eligible, found.state, found.cases) == (12, 2, CONFIRMED, (case.id,))


@pytest.mark.parametrize(("letters", "unfit", "alone"), [(2, 3, False), (2, -1, False), (2, 0, True)])
async def test_what_cannot_be_is_not_kept(work, letters, unfit, alone):
    an, binh = await officers(work)
    with pytest.raises(IntegrityError):
        await work.by_hand.add_opening(WARD, "Cổng trụ sở", letters, unfit, an, an if alone else binh, NOW)


async def test_a_case_keeps_how_it_came_in_and_who_took_it(work):
    an, _binh = await officers(work)
    case = await filed(work, channel="phone", taken_by=an)
    assert (case.channel, case.taken_by) == ("phone", an)
    found = await work.cases.by_id(case.id)
    assert (found.channel, found.taken_by) == ("phone", an)


async def test_a_case_without_a_chat_is_linked_once_and_never_again_after_it_was_cut(work):
    lan, tuan = await person(work), await person(work, TUAN)
    case = await filed(work)
    assert await work.reporters.has_no_chat(case.id) and await work.reporters.link(case.id, lan)
    assert await work.reporters.is_from(case.id, lan) and not await work.reporters.has_no_chat(case.id)
    assert not await work.reporters.link(case.id, tuan)
    assert (await work.reporters.of(case.id)).name == "Nguyễn Thị Lan"
    await work.reporters.forget(case.id, NOW)
    assert not await work.reporters.link(case.id, tuan) and not await work.reporters.has_no_chat(case.id)
