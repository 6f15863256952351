"""Cases, their words, talk, answers and reminders; and who sent them."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.dialogue.values import Layout
from bot.domain.cases import Answer, KnownAs, Status
from bot.domain.events import CaseFiled, CaseForwarded, DeadlineMoved
from bot.domain.people import Role
from bot.usecases.ports import Changed, CodeTaken, NewCase, Outgoing, Reporter
from storage.rows import case_texts, outbox, reporters
from storage.seal import SealBroken
from tests.storage.conftest import LAN, NOW, TUAN, case, contact, filed, only_sqlite, person, watched

SECOND, DAY = timedelta(seconds=1), timedelta(days=1)


def codes(found):
    return [one.code for one in found]


async def test_a_case_comes_back_as_it_was_filed(work):
    everything = case(
        flags=frozenset({"denunciation_info", "conflict"}), known_as=KnownAs.CUSTODIAN, resume=Status.ACCEPTED,
        forwarded_at=NOW, ack_due_at=NOW + DAY, accepted_at=NOW, answered_at=NOW, contest_until=NOW, contested=True, rating=4,
        returns=2, share_files=True, escalated=3, status=Status.NEED_INFO, legal_due_at=NOW + DAY, unit=None,
    )  # fmt: skip
    stored = await work.cases.add(NewCase(everything, "pin", Reporter(None, "", "")), None)
    assert stored == replace(everything, id=stored.id, version=1)
    assert await work.cases.by_code("K7QF-2M4X") == await work.cases.by_id(stored.id) == stored
    assert await work.cases.by_code("K7QF-2M4Y") is None and await work.cases.by_id(stored.id + 1) is None


async def test_a_code_that_exists_is_refused_and_nothing_is_stored_of_the_second(work):
    first = await filed(work)
    with pytest.raises(CodeTaken):
        await filed(work, story="other words")
    assert await work.cases.by_code(first.code) == first


async def test_of_two_changes_to_the_same_version_the_second_is_refused(work):
    first = await filed(work)
    accepted = await work.cases.save(first, replace(first, status=Status.ACCEPTED, accepted_at=NOW), NOW)
    assert (accepted.status, accepted.version) == (Status.ACCEPTED, 2)
    with pytest.raises(Changed):
        await work.cases.save(first, replace(first, status=Status.WITHDRAWN), None)
    assert await work.cases.by_id(first.id) == accepted


async def test_a_case_from_a_list_is_saved_without_losing_its_story(work):
    first = await filed(work)
    [listed] = await work.cases.of_units(["06001"])
    assert (listed.story, listed.happened, listed.official) == ("", "", first.official)
    await work.cases.save(listed, replace(listed, rating=5, official="khác"), None)
    after = await work.cases.by_id(first.id)
    assert (after.story, after.official, after.rating) == (first.story, "khác", 5)


async def test_a_list_holds_the_open_cases_of_these_units_by_due_date(work):
    await filed(work, "A222-2222", due_at=NOW + 2 * DAY)
    await filed(work, "B222-2222", due_at=None)
    await filed(work, "C222-2222", due_at=NOW + DAY, handling_unit="06002")
    await filed(work, "D222-2222", status=Status.ANSWERED)
    await filed(work, "E222-2222", handling_unit="20-SYT")
    units = ["06001", "06002"]
    assert codes(await work.cases.of_units(units)) == ["C222-2222", "A222-2222", "B222-2222"]
    assert codes(await work.cases.of_units(units, limit=1, offset=1)) == ["A222-2222"]
    assert codes(await work.cases.of_units(units, statuses=[Status.ANSWERED])) == ["D222-2222"]
    assert await work.cases.of_units([]) == []


async def test_a_handler_sees_only_what_was_handed_to_him(work):
    mai = await work.staff.enrol("Trần Thị Mai", "", None, NOW)
    await filed(work, "A222-2222", handler=mai)
    await filed(work, "B222-2222")
    assert codes(await work.cases.of_units(["06001"], handler=mai)) == ["A222-2222"]
    assert codes(await work.cases.of_units(["06001"], handler=mai, statuses=[Status.FORWARDED])) == ["A222-2222"]


async def test_a_province_of_nine_hundred_offices_is_listed(work):
    await filed(work)
    units = ["06001", *(f"{n:05}" for n in range(10_000, 10_900))]
    assert len(await work.cases.of_units(units)) == 1


async def test_intake_sees_what_waits_for_it_in_its_units_or_in_none_oldest_first(work):
    waits = {"handling_unit": None, "status": Status.NEW}
    await filed(work, "A222-2222", **waits, filed_at=NOW + DAY)
    await filed(work, "B222-2222", **waits, unit=None)
    await filed(work, "C222-2222", **waits, unit="06002")
    await filed(work, "D222-2222")
    await filed(work, "E222-2222", handling_unit=None, status=Status.RETURNED, filed_at=NOW - DAY)
    assert codes(await work.cases.with_intake(["06001"])) == ["E222-2222", "B222-2222", "A222-2222"]


async def test_cases_are_checked_when_their_moment_has_come_earliest_first(work):
    late = await filed(work, "A222-2222", next_check_at=NOW)
    await filed(work, "B222-2222", next_check_at=NOW - DAY)
    await filed(work, "C222-2222")
    assert codes(await work.cases.due_for_check(NOW, 10)) == ["B222-2222", "A222-2222"]
    await work.cases.set_next_check(late.id, NOW + DAY)
    assert codes(await work.cases.due_for_check(NOW, 10)) == ["B222-2222"]
    assert (await work.cases.by_id(late.id)).version == 1


async def test_a_reminder_is_said_once_for_one_due_date_and_again_after_an_extension(work):
    one = await filed(work)
    said = [
        await work.cases.remind_once(one.id, "due_soon", level, NOW + due, NOW) for level, due in ((1, DAY), (1, DAY), (2, DAY))
    ]
    assert said == [True, False, True]
    assert await work.cases.remind_once(one.id, "due_soon", 1, NOW + 2 * DAY, NOW)
    assert await work.cases.remind_once(one.id, "overdue", 1, NOW + DAY, NOW)


async def test_only_the_newest_pin_opens(work):
    one = await filed(work)
    assert await work.cases.check_pin(one.id, "pin") and not await work.cases.check_pin(one.id, "other")
    await work.cases.set_pin(one.id, "other")
    assert await work.cases.check_pin(one.id, "other") and not await work.cases.check_pin(one.id, "pin")
    assert not await work.cases.check_pin(one.id + 1, "pin")


async def test_the_talk_is_kept_in_order(work):
    one = await filed(work)
    mai = await work.staff.enrol("Trần Thị Mai", "", None, NOW)
    first = await work.cases.say(one.id, "office", "Bà gửi giúp ảnh phiếu hẹn.", mai, NOW)
    second = await work.cases.say(one.id, "citizen", "Đây ạ.", None, NOW)
    talk = await work.cases.talk(one.id)
    assert [(m.id, m.at, m.side, m.staff, m.body) for m in talk] == [
        (first, NOW, "office", mai, "Bà gửi giúp ảnh phiếu hẹn."),
        (second, NOW, "citizen", None, "Đây ạ."),
    ]


async def test_a_draft_can_be_changed_and_a_given_answer_cannot(work):
    one = await filed(work)
    mai = await work.staff.enrol("Trần Thị Mai", "", None, NOW)
    draft = Answer("true", "apologised", "Chúng tôi xin lỗi.", "biên bản kèm theo", mai)
    assert await work.cases.answer(one.id) is None
    await work.cases.put_answer(one.id, draft)
    given = replace(draft, body="Chúng tôi xin lỗi bà.", signer=mai, document="12/UBND", given_at=NOW)
    await work.cases.put_answer(one.id, given)
    assert await work.cases.answer(one.id) == given
    with pytest.raises(Changed):
        await work.cases.put_answer(one.id, draft)
    again = replace(draft, round=2, body="Lần hai.")
    await work.cases.put_answer(one.id, again)
    assert (await work.cases.answer(one.id), await work.cases.answer(one.id, 1)) == (again, given)


async def test_open_cases_about_an_office_are_found_whoever_handles_them(work):
    await filed(work, "A222-2222", handling_unit="20")
    await filed(work, "B222-2222", status=Status.CLOSED)
    await filed(work, "C222-2222", unit="06002")
    assert codes(await work.cases.open_about(["06001"])) == ["A222-2222"]


async def test_who_sent_a_case_is_kept_apart_and_found_by_that_person_only(work):
    lan, tuan = await person(work), await person(work, TUAN)
    one = await filed(work, sender=lan)
    assert await work.reporters.of(one.id) == Reporter(lan, "Nguyễn Thị Lan", "0912345678")
    assert await work.reporters.is_from(one.id, lan) and not await work.reporters.is_from(one.id, tuan)
    assert codes(await work.cases.of_person(lan)) == [one.code] and await work.cases.of_person(tuan) == []
    assert (await work.cases.of_person(lan))[0].story == one.story
    assert await work.reporters.of(one.id + 1) is None


async def test_a_persons_cases_come_newest_first_in_pages(work):
    lan = await person(work)
    for day, code in enumerate(("A222-2222", "B222-2222", "C222-2222")):
        await filed(work, code, sender=lan, filed_at=NOW + day * DAY)
    assert codes(await work.cases.of_person(lan, limit=2)) == ["C222-2222", "B222-2222"]
    assert codes(await work.cases.of_person(lan, limit=2, offset=2)) == ["A222-2222"]


async def test_a_forgotten_chat_leads_nowhere_any_more(work):
    lan = await person(work)
    one = await filed(work, sender=lan)
    await work.outbox.add([Outgoing(await contact(work), "telegram", Layout("ok"), "receipt", case=one.id)], NOW)
    await work.reporters.forget(one.id, NOW)
    await work.reporters.forget(one.id, NOW + DAY)
    assert await work.reporters.of(one.id) == Reporter(None, "Nguyễn Thị Lan", "0912345678")
    assert not await work.reporters.is_from(one.id, lan) and await work.cases.of_person(lan) == []
    row = (await work.ledger.execute(select(reporters))).one()
    assert (row.person, row.person_hash, row.forgotten_at) == (None, None, NOW)
    assert (await work.ledger.execute(select(outbox.c.case_id))).scalar_one() is None
    assert await work.cases.check_pin(one.id, "pin")


async def test_words_moved_to_another_case_are_refused(work):
    first, second = await filed(work), await filed(work, "A222-2222")
    story = (await work.ledger.execute(select(case_texts.c.story).where(case_texts.c.case_id == second.id))).scalar_one()
    await work.ledger.execute(case_texts.update().where(case_texts.c.case_id == first.id).values(story=story))
    with pytest.raises(SealBroken):
        await work.cases.by_id(first.id)


async def test_only_the_dates_of_a_case_are_moved_and_only_if_nobody_was_faster(work):
    one = await filed(work)
    dates = {"due_at": one.due_at + DAY, "legal_due_at": NOW, "ack_due_at": NOW + DAY}
    after = replace(one, **dates, status=Status.CLOSED, story="other words")
    moved = await work.cases.move_dates(one, after, NOW)
    stored = await work.cases.by_id(one.id)
    assert stored == replace(one, **dates, version=2) and moved.version == 2
    assert [case.id for case in await work.cases.due_for_check(NOW, 9)] == [one.id]
    with pytest.raises(Changed):
        await work.cases.move_dates(one, after, NOW)


async def test_open_cases_are_gone_through_in_order(work):
    first, closed, last = await filed(work), await filed(work, "A222-2222", status=Status.CLOSED), await filed(work, "B222-2222")
    assert await work.cases.open_after(0, 9) == [first.id, last.id]
    assert await work.cases.open_after(0, 1) == [first.id] and await work.cases.open_after(last.id, 9) == []
    assert codes(await work.cases.open_among([last.id, closed.id, first.id])) == [first.code, last.code]


async def test_what_dates_were_worked_out_from_comes_back_by_case_in_order(work):
    first, second = await filed(work), await filed(work, "A222-2222")
    happened = [
        CaseFiled(first.id, inputs="one"), CaseForwarded(first.id, unit="06001"), DeadlineMoved(first.id, inputs="two"),
        CaseFiled(second.id, inputs="three"),
    ]  # fmt: skip
    await work.write_events(happened, NOW)
    assert await work.inputs_of([first.id, second.id, 99]) == {first.id: ["one", "two"], second.id: ["three"], 99: []}


HOT = {
    "of_units": lambda w: w.cases.of_units(["06001"]),
    "with_intake": lambda w: w.cases.with_intake(["06001"]),
    "due_for_check": lambda w: w.cases.due_for_check(NOW, 500),
    "by_code": lambda w: w.cases.by_code("K7QF-2M4X"),
    "open_about": lambda w: w.cases.open_about(["06001"]),
    "open_after": lambda w: w.cases.open_after(1, 10),
    "open_among": lambda w: w.cases.open_among([1, 2]),
    "inputs_of": lambda w: w.inputs_of([1, 2]),
    "of_person": lambda w: w.cases.of_person(1),
    "claim": lambda w: w.outbox.claim(10, NOW, ["telegram"]),
    "next_due": lambda w: w.outbox.next_due(["telegram"]),
    "waiting": lambda w: w.outbox.waiting(),
    "recover": lambda w: w.outbox.recover(NOW),
    "dead_letters": lambda w: w.outbox.dead_letters(10),
    "release": lambda w: w.people.set_reachable(LAN, False, NOW),
    "dead updates": lambda w: w.inbox.dead_letters(10),
    "purge outbox": lambda w: w.outbox.purge(NOW),
    "purge inbox": lambda w: w.inbox.purge_raw(NOW),
    "purge sessions": lambda w: w.sessions.purge(NOW),
    "jobs next": lambda w: w.jobs.next_due(),
    "staff at": lambda w: w.staff.at(["06001"], Role.HEAD),
    "jobs": lambda w: w.jobs.due(NOW, 10),
    "unfinished": lambda w: w.inbox.unfinished(10, NOW),
    "unfinished of a chat": lambda w: w.inbox.unfinished(10, NOW, LAN),
    "known": lambda w: w.people.known(LAN, NOW, "vi"),
}


@only_sqlite
@pytest.mark.parametrize("name", HOT)
async def test_nothing_hot_reads_a_whole_table(work, name):
    """P9: no full scan in any plan of the hot list. PostgreSQL plans by the size of the tables, which are empty here."""
    plans = []
    await person(work)
    seen = watched(work)
    await HOT[name](work)
    for sql in list(seen):
        plans += [row.detail for row in work.ledger._connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}")]
    scans = [plan for plan in plans if plan.startswith("SCAN") and " USING " not in plan]
    assert plans and not scans, plans
