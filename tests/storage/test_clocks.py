"""Requests for more time, and apologies: sealed, decided once, signed once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from bot.domain.cases import ApologyState, ExtensionState, Status
from bot.domain.clocks import Apology, ExtensionRequest
from tests.storage.conftest import NOW, blocking, filed

APOLOGY = "Chúng tôi xin lỗi Ông/Bà vì sự chậm trễ này."
NOTE = "Đủ thời gian rồi."
LATER = NOW + timedelta(days=5)


@pytest.fixture
async def mai(work):
    return await work.staff.enrol("Trần Thị Mai", "17", None, NOW)


async def asked(work, case, mai, **more):
    return replace(ExtensionRequest(0, case.id, NOW, LATER, 5, "staff", APOLOGY, mai, NOW), **more)


async def raw(work, table):
    def read(connection):
        return [dict(row._mapping) for row in connection.execute(text(f"SELECT * FROM {table}"))]

    return await blocking(work.ledger._connection, read)


async def test_a_request_is_kept_sealed_and_decided_once(work, mai):
    case = await filed(work)
    number = await work.extensions.add(await asked(work, case, mai))
    waiting = await work.extensions.waiting(case.id)
    assert waiting == replace(await asked(work, case, mai), id=number)
    assert await work.extensions.by_id(number) == waiting
    assert await work.extensions.waiting_below(["06001", "20"], 9) == [case.id]
    assert await work.extensions.waiting_below(["06002"], 9) == []
    later = replace(waiting, new_due_at=LATER + timedelta(days=1))
    assert await work.extensions.decide(later, "refused", mai, LATER, NOTE)
    assert not await work.extensions.decide(waiting, "granted", mai, LATER)
    assert await work.extensions.waiting(case.id) is None
    decided = await work.extensions.last(case.id)
    assert (decided.state, decided.note, decided.decided_by, decided.decided_at) == ("refused", NOTE, mai, LATER)
    assert decided.new_due_at == LATER + timedelta(days=1)
    for row in await raw(work, "extensions"):
        for words in (APOLOGY, NOTE):
            assert words.encode() not in bytes(row["words"]) + bytes(row["note"])


async def test_one_request_at_a_time_waits_on_a_case(work, mai):
    case = await filed(work)
    await work.extensions.add(await asked(work, case, mai))
    with pytest.raises(Exception, match=r"(?i)unique"):
        await work.extensions.add(await asked(work, case, mai))


async def test_an_apology_is_owed_once_for_a_date_and_signed_once(work, mai):
    case = await filed(work)
    owed = Apology(0, case.id, NOW, "06001", LATER)
    assert await work.apologies.owe(owed)
    assert not await work.apologies.owe(owed)
    (one,) = await work.apologies.owed_on(case.id)
    assert one == replace(owed, id=one.id)
    assert await work.apologies.owed_by(["06001"]) == [one]
    assert await work.apologies.owed_by(["06002"]) == []
    signed = replace(one, cause="staff", words=APOLOGY, new_due_at=LATER, signer=mai, signed_at=LATER, in_person=True)
    assert await work.apologies.sign(signed)
    assert not await work.apologies.sign(signed)
    assert await work.apologies.of_case(case.id) == [signed]
    assert await work.apologies.owed_on(case.id) == await work.apologies.owed_by(["06001"]) == []
    assert APOLOGY.encode() not in bytes((await raw(work, "apologies"))[0]["words"])


async def test_the_one_due_first_stands_on_top(work, mai):
    second, first = await filed(work, "K7QF-2M4X"), await filed(work, "K7QF-2M4W")
    await work.apologies.owe(Apology(0, second.id, NOW, "06001", LATER))
    await work.apologies.owe(Apology(0, first.id, NOW, "06001", NOW))
    assert [one.case for one in await work.apologies.owed_by(["06001"])] == [first.id, second.id]
    await work.extensions.add(await asked(work, second, mai, due_at=LATER))
    await work.extensions.add(await asked(work, first, mai))
    assert await work.extensions.waiting_below(["06001"], 9) == [first.id, second.id]
    assert await work.extensions.waiting_below(["06001"], 1) == [first.id]


@pytest.mark.parametrize(
    ("status", "owed"),
    [
        (Status.ANSWERED, 1),
        (Status.CLOSED, 1),
        (Status.WITHDRAWN, 0),
        (Status.REJECTED, 0),
        (Status.GUIDED, 0),
        (Status.MERGED, 0),
    ],
)
async def test_nothing_is_owed_on_a_case_that_ended_without_an_answer(work, status, owed):
    case = await filed(work)
    await work.apologies.owe(Apology(0, case.id, NOW, "06001", LATER))
    await work.cases.save(case, replace(case, status=status), None)
    assert len(await work.apologies.owed_on(case.id)) == owed
    assert len(await work.apologies.of_case(case.id)) == 1


async def test_a_case_keeps_how_its_clocks_stand(work):
    case = await filed(work)
    after = replace(case, paused_until=LATER, extension=ExtensionState.LAPSED, apology=ApologyState.DUE)
    await work.cases.save(case, after, None)
    found = await work.cases.by_id(case.id)
    assert (found.paused_until, found.extension, found.apology) == (LATER, ExtensionState.LAPSED, ApologyState.DUE)
