"""What reports read, on both databases, and along an index."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert, text

from bot.domain.cases import Answer, Status
from bot.domain.people import Appointment, Role
from storage.rows import apologies, extensions, written_reminders
from tests.storage.conftest import NOW, at, filed, only_sqlite, person, watched

SINCE, UNTIL = datetime(2026, 11, 14, 17, tzinfo=UTC), datetime(2026, 12, 14, 17, tzinfo=UTC)
SECOND = timedelta(seconds=1)
ALL = ["20", "20-SYT", "06001", "06001-VP", "06002"]


async def officer(work, name="Trần Thị Mai") -> int:
    number = await work.staff.enrol(name, "", None, NOW)
    await work.staff.join(number, await person(work), NOW)
    return number


@pytest.mark.parametrize(
    ("filed_at", "counted"), [(SINCE - SECOND, False), (SINCE, True), (UNTIL - SECOND, True), (UNTIL, False)]
)
async def test_a_case_counts_in_the_period_in_which_it_came(work, filed_at, counted):
    made = await filed(work, filed_at=filed_at, official="chị Hoa")
    found = await work.reports.filed(ALL, SINCE, UNTIL)
    assert [one.id for one in found] == [made.id] * counted
    assert [one.official for one in found] == ["chị Hoa"] * counted


async def test_a_case_counts_for_who_has_it_and_else_for_whom_it_is_about(work):
    await filed(work, "AAAA-2222", handling_unit="20")
    await filed(work, "BBBB-2222", handling_unit=None)
    assert [one.code for one in await work.reports.filed(["06001"], SINCE, UNTIL)] == ["BBBB-2222"]
    assert [one.code for one in await work.reports.standing(["06001"])] == ["BBBB-2222"]
    assert {one.office for one in await work.reports.standing(ALL)} == {"20", "06001"}


async def test_an_answer_counts_as_it_was_given(work):
    mai = await officer(work)
    case = await filed(work, filed_at=NOW - timedelta(days=60))
    given = Answer("true", "apologised,reprimand", "x", "y", mai, mai, "12/UBND", NOW, 1, "06001", NOW, None, True, 3)
    await work.cases.put_answer(case.id, given)
    await work.cases.save(case, replace(case, status=Status.ANSWERED, handling_unit="20", due_at=NOW + timedelta(days=99)), None)
    (found,) = await work.reports.answered(["06001"], SINCE, UNTIL)
    assert (found.office, found.due_at, found.extended, found.days_late) == ("06001", NOW, True, 3)
    assert (found.finding, found.action, found.author, found.document) == ("true", "apologised,reprimand", mai, "12/UBND")
    assert await work.reports.answered(["20"], SINCE, UNTIL) == []
    assert await work.reports.answered(ALL, SINCE, NOW) == []
    assert len(await work.reports.answered(ALL, NOW, NOW + SECOND)) == 1
    assert (await work.reports.last_answers([case.id]))[case.id] == (NOW, "true", "apologised,reprimand", "12/UBND")


async def test_a_draft_is_no_answer(work):
    mai = await officer(work)
    case = await filed(work)
    await work.cases.put_answer(case.id, Answer("true", "apologised", "x", "y", mai))
    assert await work.reports.answered(ALL, SINCE, UNTIL) == []
    assert await work.reports.last_answers([case.id]) == {}


async def test_apologies_are_owed_until_they_are_signed(work):
    mai = await officer(work)
    case = await filed(work)
    row = {"case_id": case.id, "due_at": NOW, "unit": "06001", "cause": "short_staffed"}
    await work.ledger.execute(insert(apologies).values(row))
    (owed,) = await work.reports.sorry_owed(["06001"])
    assert (owed.case.id, owed.office, owed.signed_at) == (case.id, "06001", None)
    assert await work.reports.sorry_given(ALL, SINCE, UNTIL) == []
    await work.ledger.execute(apologies.update().values(signer=mai, signed_at=NOW))
    assert await work.reports.sorry_owed(["06001"]) == []
    (given,) = await work.reports.sorry_given(ALL, SINCE, UNTIL)
    assert (given.cause, given.signer, given.signed_at) == ("short_staffed", mai, NOW)
    assert await work.reports.sorry_of([case.id]) == {case.id: ("short_staffed", mai, NOW)}


async def test_what_ended_without_an_answer_is_found_by_when_it_ended(work):
    case = await filed(work, filed_at=NOW - timedelta(days=40))
    await work.cases.save(case, replace(case, status=Status.WITHDRAWN), None)
    event = "INSERT INTO events (case_id, at, name, details) VALUES (:case, :at, 'CaseWithdrawn', '{}')"
    await work.ledger.execute(text(event).bindparams(case=case.id, at=str(NOW)[:19] if work.ledger.dialect == "sqlite" else NOW))
    span = (NOW - timedelta(days=180), NOW)
    assert [one.id for one in await work.reports.ended(ALL, *span, NOW - timedelta(days=1))] == [case.id]
    assert await work.reports.ended(ALL, *span, NOW + timedelta(days=1)) == []


async def test_small_facts_are_found_by_case(work):
    mai = await officer(work)
    case, other = await filed(work), await filed(work, "BBBB-2222")
    for kind, level in (("due_soon", 2), ("due_soon", 1), ("overdue", 1), ("close", 0)):
        await work.cases.remind_once(case.id, kind, level, NOW, NOW)
    extension = {"case_id": case.id, "due_at": NOW, "new_due_at": NOW, "words": b"", "value": 5}
    extension |= {"asked_by": mai, "asked_at": NOW}
    await work.ledger.execute(insert(extensions).values(**extension, cause="other", state="refused"))
    await work.ledger.execute(insert(extensions).values(**extension, cause="verification", state="granted"))
    ids = [case.id, other.id]
    assert await work.reports.reminded(ids) == {case.id: 3}
    assert await work.reports.causes_of(ids) == {case.id: "verification"}
    assert await work.reports.files_of(ids) == {}
    assert await work.reports.names([mai, mai]) == {mai: "Trần Thị Mai"}


async def test_heads_are_those_of_today_who_have_joined(work):
    mai = await officer(work)
    await work.staff.appoint(mai, Appointment(Role.HEAD, "06001", NOW))
    assert await work.reports.heads(ALL) == {"06001": "Trần Thị Mai"}
    await work.staff.revoke(mai, NOW)
    assert await at(work, NOW + SECOND).reports.heads(ALL) == {}


async def test_written_reminders_are_counted_by_office(work):
    mai = await officer(work)
    row = {"year": 2026, "unit": "06001", "nth": 1, "words": b"", "act_by": NOW.date(), "by": mai}
    for number, when in enumerate((SINCE - SECOND, SINCE, UNTIL - SECOND, UNTIL), 1):
        await work.ledger.execute(insert(written_reminders).values(**row, number=number, at=when))
    assert await work.reports.written(ALL, SINCE, UNTIL) == {"06001": 2}


async def test_what_a_report_costs_is_counted_up_to_a_limit(work):
    for number in range(5):
        await filed(work, f"AAAA-222{number + 2}")
    assert await work.reports.how_many(SINCE, UNTIL, 3) == 3
    assert await work.reports.how_many(SINCE, UNTIL, 9) == 5
    # What is open is read whatever the period.
    assert await work.reports.how_many(UNTIL, UNTIL + timedelta(days=1), 9) == 5


async def test_answers_of_cases_from_before_cost_too(work):
    mai = await officer(work)
    for number in range(4):
        code = f"AAAA-222{number + 2}"
        one = await filed(work, code, filed_at=SINCE - timedelta(days=9), status=Status.ANSWERED, answered_at=SINCE)
        given = Answer("true", "apologised", "Có.", "Camera.", author=mai, signer=mai, given_at=SINCE, unit="06001")
        await work.cases.put_answer(one.id, given)
    assert await work.reports.how_many(SINCE, UNTIL, 9) == 4


async def test_the_files_of_reports_are_known_to_the_sweep(work):
    await work.jobs.put("drop_report", "f" * 32, NOW + timedelta(days=7), {})
    assert await work.files.names() == {"f" * 32}


READS = {
    "filed": lambda r: r.filed(ALL, SINCE, UNTIL),
    "answered": lambda r: r.answered(ALL, SINCE, UNTIL),
    "standing": lambda r: r.standing(ALL),
    "ended": lambda r: r.ended(ALL, SINCE, UNTIL, SINCE),
    "sorry_owed": lambda r: r.sorry_owed(ALL),
    "sorry_given": lambda r: r.sorry_given(ALL, SINCE, UNTIL),
    "sorry_of": lambda r: r.sorry_of([1, 2]),
    "causes_of": lambda r: r.causes_of([1, 2]),
    "written": lambda r: r.written(ALL, SINCE, UNTIL),
    "reminded": lambda r: r.reminded([1, 2]),
    "files_of": lambda r: r.files_of([1, 2]),
    "last_answers": lambda r: r.last_answers([1, 2]),
    "forwarded": lambda r: r.forwarded([1, 2]),
    "names": lambda r: r.names([1, 2]),
    "heads": lambda r: r.heads(ALL),
    "how_many": lambda r: r.how_many(SINCE, UNTIL, 10),
}


@only_sqlite
@pytest.mark.parametrize("name", READS)
async def test_no_report_reads_a_whole_table(work, name):
    seen = watched(work)
    await READS[name](work.reports)
    plans = [row.detail for sql in list(seen) for row in work.ledger._connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}")]
    scans = [plan for plan in plans if plan.startswith("SCAN") and "_SOME" not in plan and not plan.startswith("SCAN anon")]
    assert plans and not scans, plans
