"""Taking a case."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from bot.dialogue.values import Who
from bot.domain.access import CONFLICT, DENUNCIATION, SENSITIVE, TO_SUPERIOR
from bot.domain.cases import About, CaseKind, KnownAs, Status
from bot.domain.deadlines import VIETNAM
from bot.domain.events import CaseFiled, CaseForwarded, CaseLeftToIntake
from bot.domain.people import Role
from bot.domain.refs import parse_code
from bot.usecases.filing import foresee
from tests.domain.town import COMMUNE, POLICE, TOP, WARD
from tests.usecases.house import draft, refused


async def test_a_case_goes_to_the_head_of_the_office_with_its_number_and_date(house):
    await house.joins("Lê Văn Chu", Role.HEAD, WARD)
    filed = await house.files()
    case = filed.case
    assert parse_code(case.code) == case.code
    assert len(filed.pin) == 6
    assert (filed.answered_by, filed.unit_name) == ("Lê Văn Chu, Chủ tịch UBND", "Phường Tam Thanh")
    assert (case.status, case.handling_unit, case.version) == (Status.FORWARDED, WARD, 1)
    # Seven working days from Monday 23 November, over the holiday of the 24th.
    assert case.due_at == datetime(2026, 12, 3, 23, 59, 59, tzinfo=VIETNAM)
    assert case.legal_due_at == datetime(2026, 12, 8, 23, 59, 59, tzinfo=VIETNAM)
    assert case.ack_due_at == datetime(2026, 11, 25, 23, 59, 59, tzinfo=VIETNAM)
    assert await house.case(case.code) == case


async def test_the_events_say_where_it_went_and_what_the_date_was_made_of(house):
    await house.joins("Lê Văn Chu", Role.HEAD, WARD)
    case = (await house.files()).case
    filed, forwarded = house.happened(CaseFiled, CaseForwarded)
    assert (forwarded.unit, forwarded.why) == (WARD, "chosen")
    inputs = json.loads(filed.inputs)
    assert inputs["service"]["rule"] == case.policy == "RES_NORMAL"
    assert inputs["service"]["special_days"] == ["2026-11-24"]
    assert inputs["legal"]["rule"] == "NOTICE_10"
    assert "Lan" not in filed.inputs


async def test_the_pin_is_kept_as_a_hash_only(house):
    filed = await house.files()
    rows = house.connection.exec_driver_sql("SELECT pin_hash FROM cases").scalars().all()
    assert filed.pin not in rows[0]


@pytest.mark.parametrize(
    ("answers", "why", "flag"),
    [
        (dict(unit=None), "unknown_office", None),
        (dict(unit=POLICE), "outside", None),
        (dict(category="G01"), "sensitive", SENSITIVE),
        (dict(denunciation=True), "denunciation", DENUNCIATION),
        (dict(unit=COMMUNE), "nobody", None),
    ],
)
async def test_what_intake_looks_at_first(house, answers, why, flag):
    await house.joins("Lê Văn Chu", Role.HEAD, WARD)
    filed = await house.files(**answers)
    assert (filed.case.status, filed.case.handling_unit, filed.answered_by, filed.unit_name) == (Status.NEW, None, "", "")
    assert [event.why for event in house.happened(CaseLeftToIntake)] == [why]
    assert flag is None or flag in filed.case.flags


async def test_a_case_about_the_head_goes_to_his_superior(house):
    await house.joins("Lê Văn Chu", Role.HEAD, WARD)
    await house.joins("Trần Đỉnh", Role.HEAD, TOP)
    assert (await house.files(about=About.HEAD)).case.handling_unit == TOP
    assert (await house.files(category="K02")).case.flags == {TO_SUPERIOR}
    named = (await house.files(about=About.PERSON, official="le van chu")).case
    assert (named.handling_unit, named.flags) == (TOP, {CONFLICT})


async def test_praise_has_the_time_limit_of_its_category_and_a_question_that_of_the_law(house):
    assert (await house.files(kind=CaseKind.PRAISE, category="Z")).case.policy == "NOTICE_10"
    assert (await house.files(kind=CaseKind.QUESTION, category="")).case.policy == "NOTICE_10"
    assert (await house.files(category="")).case.policy == "RES_NORMAL"
    assert (await house.files(category="C02")).case.policy == "RES_URGENT"


async def test_what_can_be_checked_at_once_and_is_happening_now_is_urgent(house):
    for category, happening, policy in (
        ("B01", False, "RES_ONSITE"),
        ("B01", True, "RES_URGENT"),
        ("A01", True, "RES_NORMAL"),
        ("G01", True, "RES_COMPLEX"),
    ):
        assert (await house.files(category=category, happening=happening)).case.policy == policy


async def test_an_anonymous_sender_leaves_neither_name_nor_phone(house):
    case = (await house.files(known_as=KnownAs.ANONYMOUS)).case
    reporter = await house.work.reporters.of(case.id)
    assert (reporter.name, reporter.phone) == ("", "")
    assert reporter.person is not None


async def test_the_files_of_the_draft_go_with_the_case_and_no_others(house):
    await house.sends_a_file(nonce="d1")
    await house.sends_a_file(nonce="d2")
    case = (await house.files(nonce="d1")).case
    assert len(await house.work.files.of_case(case.id)) == 1


async def test_a_case_needs_words_or_a_file(house):
    assert "what happened" in await refused(house.files(story="  "))
    await house.sends_a_file()
    assert (await house.files(story="")).case.story == ""


async def test_the_eleventh_case_of_a_day_is_refused_with_the_time(house):
    for _nth in range(10):
        await house.files()
    house.passes(hours=2)
    assert "{time}" in await refused(house.files())
    await house.files(sender="hoa")
    house.passes(hours=22)
    await house.files()


async def test_a_case_is_taken_although_the_calendar_is_missing(house):
    house.without_calendar()
    await house.joins("Lê Văn Chu", Role.HEAD, WARD)
    case = (await house.files()).case
    assert (case.due_at, case.legal_due_at, case.ack_due_at, case.status) == (None, None, None, Status.FORWARDED)


async def test_an_office_that_is_unknown_by_now_leaves_the_case_with_intake(house):
    assert (await house.files(unit="no-such-unit")).case.unit is None


async def test_what_is_foreseen_is_what_then_happens(house):
    await house.joins("Lê Văn Chu", Role.HEAD, WARD)
    seen = await foresee(house.work, draft(), house.now)
    case = (await house.files()).case
    assert (seen.unit, seen.due_at) == (case.handling_unit, case.due_at)
    assert not await house.work.cases.of_person((await house.person("hoa")).id)


async def test_the_clock_runs_from_the_moment_of_sending_in_vietnam(house):
    house.at(datetime(2026, 11, 19, 17, 30, tzinfo=UTC))  # Half past midnight of Friday the 20th there.
    assert (await house.files(category="B01")).case.due_at == datetime(2026, 11, 26, 23, 59, 59, tzinfo=VIETNAM)


async def test_another_chat_has_its_own_limit_and_the_next_day_starts_afresh(house):
    await house.files()
    until = await house.work.attempts.take("file", Who("webchat", "house", "lan").address, 1, 86400, house.now)
    assert until == house.now + timedelta(days=1)
