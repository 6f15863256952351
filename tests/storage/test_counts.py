"""What an operator watches is counted, and on SQLite from the indexes alone."""

from datetime import timedelta

from sqlalchemy import text

from bot.domain.cases import Status
from bot.usecases.ports import Counts
from storage.counts import _COUNTS
from tests.storage.conftest import NOW, at, contact, filed, message, only_sqlite, update


async def test_nothing_is_counted_where_nothing_is(work):
    assert await work.counts() == Counts(0, 0, 0, 0, 0)


async def test_what_waits_and_what_was_given_up_is_counted(work):
    lan = await contact(work)
    await work.inbox.claim(update("1"), b"{}", NOW, "waiting")
    await work.inbox.claim(update("2"), b"{}", NOW)
    await work.inbox.unreadable("telegram", "1", "3", b"{", "unreadable", NOW)
    await work.outbox.add([message(lan, "one"), message(lan, "two"), message(lan, "three")], NOW)
    [first] = await work.outbox.claim(10, NOW, ["telegram"])
    await work.outbox.dead(first.id, "refused", NOW)
    [second] = await work.outbox.claim(10, NOW, ["telegram"])
    assert await work.counts() == Counts(inbox_waiting=1, outbox_waiting=2, dead_letters=2, cases_open=0, cases_overdue=0)
    await work.outbox.sent([second.id], NOW)
    assert (await work.counts()).outbox_waiting == 1


async def test_of_what_perhaps_arrived_only_what_must_arrive_is_counted(work):
    lan = await contact(work)
    for must_arrive in (True, False):
        await work.outbox.add([message(lan, must_arrive=must_arrive)], NOW)
        [claimed] = await work.outbox.claim(10, NOW, ["telegram"])
        await work.outbox.uncertain(claimed.id, "no clear answer", NOW, None)
    assert (await work.counts()).dead_letters == 1


async def test_open_cases_are_counted_and_overdue_from_the_instant_after_the_due_one(work):
    await filed(work, "AAAA-AAAA", due_at=NOW)
    await filed(work, "BBBB-BBBB", due_at=None)
    await filed(work, "CCCC-CCCC", due_at=NOW - timedelta(days=9), status=Status.CLOSED)
    assert [await at(work, moment).counts() for moment in (NOW, NOW + timedelta(seconds=1))] == [
        Counts(0, 0, 0, cases_open=2, cases_overdue=0),
        Counts(0, 0, 0, cases_open=2, cases_overdue=1),
    ]


@only_sqlite
async def test_counting_reads_indexes_and_no_table(work):
    plan = await work.ledger.execute(text(f"EXPLAIN QUERY PLAN {_COUNTS.text}"), {"now": NOW.isoformat()})
    steps = [row.detail for row in plan if row.detail.startswith(("SCAN ", "SEARCH ")) and row.detail != "SCAN CONSTANT ROW"]
    assert len(steps) == 7
    assert [step for step in steps if "INDEX" not in step] == []
