"""Light rows of open cases, by scope and date. The table of instants is the one that the pure rule is held against."""

from datetime import timedelta

import pytest

from bot.domain.cases import Answer, ApologyState, ExtensionState, Status
from bot.domain.watching import Watched, overdue_since
from storage.watch import FEW
from tests.storage.conftest import NOW, filed, only_sqlite, watched

SECOND, DAY = timedelta(seconds=1), timedelta(days=1)
MANY = [f"{n:05}" for n in range(10_000, 10_000 + FEW)]
SCOPES = {"few": ["06001", "06002"], "many": ["06001", "06002", *MANY]}


def codes(rows):
    return [row.code[0] for row in rows]


@pytest.fixture(params=SCOPES)
def units(request):
    return SCOPES[request.param]


async def test_a_row_holds_what_is_watched_and_no_words(work, units):
    stored = await filed(
        work, handler=None, flags=frozenset({"sensitive", "was:06002"}), helping=frozenset({"20-SYT"}), escalated=2,
        extension=ExtensionState.ASKED, apology=ApologyState.DUE, contested=True, due_at=NOW, legal_due_at=NOW + DAY,
        ack_due_at=NOW, paused_until=NOW + DAY,
    )  # fmt: skip
    assert await work.watch.open(units, 10) == [
        Watched(
            stored.id, "K7QF-2M4X", "06001", "06001", None, "A01", "feedback", "person", "sensitive was:06002", "20-SYT",
            "FORWARDED", NOW, NOW, NOW + DAY, NOW, 2, "asked", "due", True, NOW + DAY,
        )
    ]  # fmt: skip
    assert await work.watch.open([], 10) == []


# Seconds from now to the service date and to the legal one (None: to follow), and whether the case is overdue and due.
DATES = [
    (-86_400, None, True, False),
    (-1, None, True, False),
    (0, None, False, True),
    (1, None, False, True),
    (86_400, None, False, True),
    (86_401, None, False, False),
    (None, None, False, False),
    (None, -1, True, False),
    (86_400, -1, True, True),
    (86_400, 0, False, True),
    (-1, -1, True, False),
    (-1, 86_400, True, False),
]


@pytest.mark.parametrize("fraction", [0, 0.9])
@pytest.mark.parametrize(("service", "legal", "overdue", "due"), DATES)
async def test_rule_and_list_agree_on_what_is_overdue_and_what_is_due(work, units, service, legal, overdue, due, fraction):
    at = [None if offset is None else NOW + offset * SECOND for offset in (service, legal)]
    await filed(work, due_at=at[0], legal_due_at=at[1])
    now = NOW + fraction * SECOND
    assert (overdue_since(*at, now) is not None) is overdue
    assert bool(await work.watch.overdue(units, now, None, 10)) is overdue
    assert bool(await work.watch.due(units, now, NOW + DAY, 10)) is due


async def test_the_scope_is_what_is_handled_by_or_about_the_units(work, units):
    await filed(work, "A222-2222", due_at=NOW)
    await filed(work, "B222-2222", due_at=NOW - DAY, handling_unit="20")
    await filed(work, "C222-2222", due_at=NOW - 2 * DAY, handling_unit=None, status=Status.NEW)
    await filed(work, "D222-2222", due_at=NOW, status=Status.ANSWERED)
    await filed(work, "E222-2222", due_at=NOW, unit="20-SYT", handling_unit="20-SYT")
    await filed(work, "F222-2222", due_at=None, unit="20-SYT", handling_unit="06002")
    assert codes(await work.watch.overdue(units, NOW + DAY, None, 10)) == ["C", "B", "A"]
    assert codes(await work.watch.overdue(units, NOW + DAY, NOW, 10)) == ["C", "B"]
    assert codes(await work.watch.overdue(units, NOW + DAY, None, 2)) == ["C", "B"]
    assert codes(await work.watch.open(units, 10)) == ["C", "B", "A", "F"]


async def test_what_was_forwarded_and_not_accepted_is_listed(work, units):
    await filed(work, "A222-2222", ack_due_at=NOW)
    await filed(work, "B222-2222", ack_due_at=NOW, status=Status.ACCEPTED)
    assert await work.watch.unaccepted(units, NOW, 10) == []
    assert codes(await work.watch.unaccepted(units, NOW + SECOND, 10)) == ["A"]


async def test_only_words_that_were_written_are_opened(work):
    first, second = await filed(work, "A222-2222", official=""), await filed(work, "B222-2222", official="cô Hoa")
    assert await work.watch.officials([first.id, second.id]) == {second.id: "cô Hoa"}
    assert await work.watch.officials([]) == {}


async def test_the_last_answers_of_a_unit_come_newest_first(work):
    mai = await work.staff.enrol("Trần Thị Mai", "", None, NOW)
    for code, unit, at in (("A222-2222", "06001", NOW), ("B222-2222", "06001", NOW + DAY), ("C222-2222", "06002", NOW)):
        one = await filed(work, code)
        await work.cases.put_answer(one.id, Answer("true", "apologised", "Xin lỗi.", "", mai, mai, given_at=at, unit=unit))
    assert [(row.code[0], at) for row, at in await work.watch.answered_by("06001", 5)] == [("B", NOW + DAY), ("A", NOW)]


async def test_five_thousand_units_are_one_value(work):
    """PostgreSQL takes 32,767 values a statement, SQLite as many; a country has more offices than half of that."""
    await filed(work)
    units = ["06001", *(f"{n:06}" for n in range(40_000))]
    assert len(await work.watch.open(units, 10)) == 1


ASKED = {
    "overdue": lambda w, units: w.watch.overdue(units, NOW, None, 10),
    "due": lambda w, units: w.watch.due(units, NOW, NOW + DAY, 10),
    "open": lambda w, units: w.watch.open(units, 10),
    "unaccepted": lambda w, units: w.watch.unaccepted(units, NOW, 10),
    "answered": lambda w, units: w.watch.answered_by("06001", 3),
    "officials": lambda w, units: w.watch.officials([1, 2]),
}


@only_sqlite
@pytest.mark.parametrize("asked", ASKED)
async def test_no_list_reads_a_whole_table(work, units, asked):
    """P9: no full scan in any plan; a partial index gone through holds what is open or waits, no more."""
    seen = watched(work)
    await ASKED[asked](work, units)
    plans = []
    for sql in list(seen):
        plans += [row.detail for row in work.ledger._connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}")]
    tables = ("SCAN cases", "SCAN case_texts", "SCAN answers")
    assert plans and not [plan for plan in plans if plan.startswith(tables) and " USING " not in plan], plans
    if asked in ("overdue", "due", "unaccepted"):
        assert not [plan for plan in plans if plan.startswith(tables)], plans
