"""Reminding a head in writing: who may remind whom, of what, by when; what follows; and who must not know of it."""

from datetime import date, timedelta

import pytest

from bot.domain.cases import About
from bot.domain.events import NO_CASE, ReminderActedOn, ReminderWritten
from bot.domain.people import Role
from bot.usecases.written import (
    draft_reminder,
    open_reminder,
    received_in,
    register,
    send_reminder,
    sent_in,
    why_not_by,
    write_result,
)
from tests.domain.town import COMMUNE, DEPARTMENT, TOP, WARD
from tests.usecases.house import House, refused

WORDS = "Đề nghị chấn chỉnh việc trả lời phản ánh chậm."
BY = date(2026, 11, 30)  # A Monday; the house begins on Monday 23/11/2026.


@pytest.fixture
async def town(house: House) -> House:
    for name, role, unit in (
        ("Vinh", Role.HEAD, TOP), ("Sang", Role.SUPERVISOR, TOP), ("Thu", Role.SUPERVISOR, DEPARTMENT),
        ("Mai", Role.HEAD, WARD), ("Hà", Role.HANDLER, WARD), ("Nam", Role.HEAD, COMMUNE),
    ):  # fmt: skip
        await house.joins(name, role, unit)
    return house


async def sends(town: House, name: str = "Sang", unit: str = WARD, ref: str = "", words: str = WORDS):
    return await town.do(send_reminder, await town.reader(name), unit, words, BY, town.now, ref)


async def overdue_case(town: House, **answers) -> str:
    code = (await town.files(**answers)).case.code
    town.at(town.now + timedelta(days=20))
    return code


async def test_the_second_in_a_year_to_the_same_head_is_rated(town: House):
    one, other, two = await sends(town), await sends(town, unit=COMMUNE), await sends(town)
    assert [(r.sign, r.nth) for r in (one, other, two)] == [("01/NN-2026", 1), ("02/NN-2026", 1), ("03/NN-2026", 2)]
    events = town.happened(ReminderWritten)
    assert [(e.case, e.unit, e.nth, e.rated) for e in events] == [
        (NO_CASE, WARD, 1, False), (NO_CASE, COMMUNE, 1, False), (NO_CASE, WARD, 2, True)
    ]  # fmt: skip
    assert [row.rated for row in await register(town.work, await town.reader("Sang"), 2026)] == [False, False, True]


async def test_a_new_head_of_the_unit_and_a_new_year_begin_with_the_first(town: House):
    await sends(town)
    await town.joins("Bình", Role.HEAD, WARD)
    assert (await sends(town)).nth == 1
    town.at(town.now.replace(year=2027, month=1, day=5))
    written = await town.do(send_reminder, await town.reader("Sang"), WARD, WORDS, date(2027, 1, 8), town.now)
    assert (written.sign, written.nth) == ("01/NN-2027", 1)


async def test_only_a_supervisor_of_that_part_of_the_tree_reminds_and_not_himself(town: House):
    for name in ("Mai", "Hà", "Vinh", "Thu", "lan"):
        assert await refused(sends(town, name))
    assert not town.happened(ReminderWritten)
    assert "no head" in await refused(sends(town, unit=DEPARTMENT))
    assert "not in your area" in await refused(sends(town, unit="24"))
    assert "sentence" in await refused(sends(town, words="chậm"))


@pytest.mark.parametrize(
    ("day", "why"),
    [
        ("2026-11-22", "after today"), ("2026-11-23", "after today"), ("2026-11-24", "day off"),  # Culture Day, 24/11.
        ("2026-11-25", None), ("2026-11-27", None), ("2026-11-28", "day off"), ("2026-11-29", "day off"), ("2026-11-30", None),
    ],
)  # fmt: skip
async def test_the_day_to_act_is_a_working_day_after_today(town: House, day: str, why: str | None):
    said = await why_not_by(town.work, WARD, date.fromisoformat(day), town.now)
    assert (said is None) if why is None else (said is not None and why in said.message)


async def test_a_reminder_about_a_case_needs_an_overdue_one_that_waits_with_that_head(town: House):
    code = (await town.files()).case.code
    assert "not overdue" in await refused(sends(town, ref=code))
    town.at(town.now + timedelta(days=20))
    with_case = await town.do(send_reminder, await town.reader("Sang"), WARD, WORDS, date(2026, 12, 15), town.now, code)
    assert with_case.case == (await town.case(code)).id
    [event] = town.happened(ReminderWritten)
    assert event.case == with_case.case


async def test_whoever_a_case_speaks_about_is_not_reminded_of_it_and_sees_no_reminder_that_names_it(town: House):
    code = await overdue_case(town, about=About.PERSON, official="bà Mai")
    sang = await town.reader("Sang")
    assert (await town.case(code)).handling_unit == TOP  # Past Mai.
    day = date(2026, 12, 15)
    assert "cannot be written to" in await refused(draft_reminder(town.work, sang, WARD, WORDS, day, town.now, code))
    sent = await town.do(send_reminder, sang, TOP, WORDS, day, town.now, code)
    mai = await town.joins("Mai", Role.HEAD, TOP)  # She takes the place of whoever was reminded.
    assert TOP in mai.units(Role.HEAD)
    reader = await town.reader("Mai")
    assert await received_in(town.work, reader, 2026) == []
    assert await refused(open_reminder(town.work, reader, sent.id))
    assert await refused(write_result(town.work, reader, sent.id, "Đã làm.", town.now))
    await town.joins("Mai", Role.SUPERVISOR, TOP)
    assert await register(town.work, await town.reader("Mai"), 2026) == []
    assert len(await register(town.work, sang, 2026)) == 1
    assert [one.id for one in await received_in(town.work, await town.reader("Vinh"), 2026)] == [sent.id]


async def test_the_head_writes_once_what_was_done_and_the_sender_reads_it(town: House):
    sent = await sends(town)
    for name in ("Nam", "Hà", "lan"):
        assert await refused(write_result(town.work, await town.reader(name), sent.id, "Đã làm.", town.now))
    assert await refused(write_result(town.work, await town.reader("Sang"), sent.id, "Đã làm.", town.now))
    mai = await town.reader("Mai")
    assert await refused(write_result(town.work, mai, sent.id, "  ", town.now))
    await town.do(write_result, mai, sent.id, "Đã họp rút kinh nghiệm.", town.now)
    assert "already" in await refused(write_result(town.work, mai, sent.id, "Khác.", town.now))
    [event] = town.happened(ReminderActedOn)
    assert (event.reminder, event.actor) == (sent.id, mai.staff.id)
    assert (await open_reminder(town.work, await town.reader("Sang"), sent.id)).result == "Đã họp rút kinh nghiệm."
    assert (await register(town.work, await town.reader("Sang"), 2026))[0].result == "Đã họp rút kinh nghiệm."


async def test_lists_are_of_a_year_and_of_oneself(town: House):
    sent = await sends(town)
    assert [one.id for one in await sent_in(town.work, await town.reader("Sang"), 2026)] == [sent.id]
    assert await sent_in(town.work, await town.reader("Sang"), 2025) == []
    assert [one.id for one in await received_in(town.work, await town.reader("Mai"), 2026)] == [sent.id]
    assert await received_in(town.work, await town.reader("Nam"), 2026) == []


async def test_the_audit_names_each_step_without_a_case(town: House):
    sent = await sends(town)
    await town.do(write_result, await town.reader("Mai"), sent.id, "Đã họp rút kinh nghiệm.", town.now)
    stored = await town.work.events_since(0, 500)
    last = [event for event in stored if event.name.startswith("Reminder")]
    assert [(event.name, event.case) for event in last] == [("ReminderWritten", None), ("ReminderActedOn", None)]
    assert "chấn chỉnh" not in str([event.details for event in last])
