"""Written reminders: numbers without holes, what is kept of them sealed, and register R3."""

from dataclasses import fields
from datetime import date, timedelta

import pytest
from sqlalchemy import text

from bot.usecases.ports import Changed
from bot.usecases.ports_written import RegisterRow, threshold_of
from storage.rules_in_force import read_rules
from storage.work import Work
from tests.storage.conftest import LOOKUP_KEY, NOW, SEAL, TREE, blocking, filed, work_on

BY = date(2026, 11, 30)
WORDS = "Đề nghị trả lời dứt điểm vụ việc đã quá hạn."


@pytest.fixture
async def people(work) -> tuple[int, int, int]:
    """A supervisor and two heads."""
    return tuple([await work.staff.enrol(name, "", None, NOW) for name in ("Hoàng Sang", "Trần Thị Mai", "Lê Văn Nam")])


async def with_rules(work) -> Work:
    """The same transaction with the rules in force."""
    connection = work.ledger._connection
    return Work(connection, SEAL, LOOKUP_KEY, TREE, await blocking(connection, read_rules), NOW)


async def test_numbers_go_up_within_a_year_and_begin_again_in_the_next(work, people):
    sang, mai, nam = people
    first = await work.written_reminders.add("06001", mai, WORDS, BY, sang, None, 2026, NOW)
    second = await work.written_reminders.add("06002", nam, WORDS, BY, sang, None, 2026, NOW)
    third = await work.written_reminders.add("06001", mai, WORDS, BY, sang, None, 2026, NOW)
    later = await work.written_reminders.add("06001", mai, WORDS, BY, sang, None, 2027, NOW + timedelta(days=60))
    assert [one.sign for one in (first, second, third, later)] == ["01/NN-2026", "02/NN-2026", "03/NN-2026", "01/NN-2027"]
    assert [one.nth for one in (first, second, third, later)] == [1, 1, 2, 1]
    assert await work.written_reminders.by_id(third.id) == third
    assert await work.written_reminders.by_id(99) is None


async def test_those_about_cases_are_told_apart(work, people):
    sang, mai, _nam = people
    case = await filed(work)
    for number, when in ((case.id, NOW), (None, NOW), (case.id, NOW + timedelta(days=9))):
        await work.written_reminders.add("06001", mai, WORDS, BY, sang, number, 2026, when)
    found = await work.written_reminders.about_cases(["06001", "06002"], NOW, NOW + timedelta(days=9))
    assert found == [("06001", case.id)]


async def test_what_comes_to_nothing_leaves_no_hole_and_the_same_number_is_never_given_twice(database):
    async with database.turn() as work:
        sang, mai = [await work.staff.enrol(name, "", None, NOW) for name in ("Sang", "Mai")]
        await work.written_reminders.add("06001", mai, WORDS, BY, sang, None, 2026, NOW)
    with pytest.raises(RuntimeError):
        async with database.turn() as work:
            assert (await work.written_reminders.add("06001", mai, WORDS, BY, sang, None, 2026, NOW)).number == 2
            raise RuntimeError("the turn fails")
    async with database.connection() as connection:
        work = work_on(connection)
        assert (await work.written_reminders.add("06001", mai, WORDS, BY, sang, None, 2026, NOW)).number == 2
        execute = work.ledger.execute

        async def behind(statement, params=None):
            """Say of the last number what another turn saw before this one."""
            return await execute(
                text("SELECT 1") if "max(" in str(statement) else statement, params if "max(" not in str(statement) else None
            )

        work.ledger.execute = behind
        with pytest.raises(Changed):
            await work.written_reminders.add("06001", mai, WORDS, BY, sang, None, 2026, NOW)


async def test_lists_are_by_sender_and_by_head_and_unit_newest_first(work, people):
    sang, mai, nam = people
    one = await work.written_reminders.add("06001", mai, WORDS, BY, sang, None, 2026, NOW)
    two = await work.written_reminders.add("06002", nam, WORDS, BY, sang, None, 2026, NOW)
    old = await work.written_reminders.add("06002", nam, WORDS, BY, mai, None, 2025, NOW)
    assert await work.written_reminders.sent_by(sang, 2026) == [two, one]
    assert await work.written_reminders.sent_by(sang, 2025) == []
    assert await work.written_reminders.to_head(mai, [], 2026) == [one]
    assert await work.written_reminders.to_head(mai, ["06002"], 2026) == [two, one]
    assert await work.written_reminders.to_head(nam, ["06002"], 2025) == [old]
    assert await work.written_reminders.count("06001", mai, 2026) == 1
    assert await work.written_reminders.count("06001", nam, 2026) == 0


async def test_a_result_is_written_once(work, people):
    sang, mai, _nam = people
    one = await work.written_reminders.add("06001", mai, WORDS, BY, sang, None, 2026, NOW)
    assert await work.written_reminders.write_result(one.id, "Đã trả lời công dân.", mai, NOW)
    assert not await work.written_reminders.write_result(one.id, "Khác", sang, NOW)
    after = await work.written_reminders.by_id(one.id)
    assert (after.result, after.result_by, after.result_at, after.done) == ("Đã trả lời công dân.", mai, NOW, True)


async def test_what_is_written_is_sealed(work, people):
    sang, mai, _nam = people
    one = await work.written_reminders.add("06001", mai, WORDS, BY, sang, None, 2026, NOW)
    await work.written_reminders.write_result(one.id, "Đã trả lời công dân.", mai, NOW)
    words, result = (await work.ledger.execute(text("SELECT words, result FROM written_reminders"))).one()
    assert "hạn".encode() not in words and "trả lời".encode() not in result


COLUMNS = "STT Đơn vị · Người đứng đầu · Số, ngày · Nội dung · Lần thứ · Năm · Hạn khắc phục · Kết quả · Người ghi sổ · Xếp loại"


async def test_the_register_has_the_columns_of_the_law_and_flags_from_the_second_on(work, people):
    sang, mai, nam = people
    work = await with_rules(work)
    about = await filed(work)
    for unit, head, case in (("06001", mai, about.id), ("06002", nam, None), ("06001", mai, None)):
        last = await work.written_reminders.add(unit, head, WORDS, BY, sang, case, 2026, NOW)
    await work.written_reminders.write_result(last.id, "Đã làm xong.", mai, NOW)
    first, second, third = await work.written_reminders.register(["06001", "06002"], 2026)
    assert first == RegisterRow(
        1,
        "Phường Tam Thanh",
        "Trần Thị Mai",
        "01/NN-2026",
        date(2026, 11, 24),
        WORDS,
        1,
        2026,
        BY,
        "",
        "Hoàng Sang",
        False,
        about.id,
    )
    assert (second.unit, second.nth, second.rated) == ("Xã Đồng Đăng", 1, False)
    assert (third.row, third.nth, third.rated, third.result) == (3, 2, True, "Đã làm xong.")
    assert [row.row for row in await work.written_reminders.register(["06001"], 2026)] == [1, 2]
    assert await work.written_reminders.register(["06001"], 2027) == [] == await work.written_reminders.register([], 2026)
    # Number and day are one column of the law, `case` is none.
    assert len(fields(RegisterRow)) - 2 == len(COLUMNS.split("·")) + 1


async def test_the_threshold_is_the_row_of_the_rules(work):
    assert threshold_of((await with_rules(work)).rules.rows("policies")) == 2
