"""An officer takes a case for somebody without a chat: who is the reporter, what is stored, what counts in the books."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.dialogue.values import Who
from bot.domain.access import file_for
from bot.domain.cases import ByHand, CaseFile, KnownAs
from bot.domain.events import BoxConfirmed, CaseTaken, ReceiptPrinted
from bot.domain.people import Role
from bot.domain.refusal import Refusal
from bot.usecases.access import with_pin
from bot.usecases.citizen import my_cases
from bot.usecases.identity import see_reporter
from bot.usecases.taking import (
    PRINT,
    Source,
    call_read_back,
    decide_box,
    may_print,
    note_call,
    open_box,
    openings_for_letters,
    print_again,
    seal_pin,
    take_case,
)
from tests.domain.town import COUNTER, TOP, WARD
from tests.usecases.house import draft, refused

AN, BINH, CHU = "Vi Thị An", "Lý Văn Bình", "Lê Văn Chu"


@pytest.fixture
async def desk(house):
    """The province's intake with two officers, and the head of a ward."""
    for name, role, unit in ((AN, Role.INTAKE, TOP), (BINH, Role.INTAKE, TOP), (CHU, Role.HEAD, WARD)):
        await house.joins(name, role, unit)
    return house


async def takes(house, channel=ByHand.PHONE, minutes=None, opening=None, name=AN, nonce="d1", **answers):
    who = Who("webchat", "house", name)
    source = Source(channel, minutes, opening)
    return await house.do(take_case, await house.reader(name), who, draft(**answers), source, nonce, house.now)


async def calls(house):
    return await house.work.by_hand.calls([TOP], house.now - timedelta(days=1), house.now + timedelta(days=1))


async def test_the_caller_stands_in_the_sealed_row_and_no_chat_is_linked(desk):
    filed = await takes(desk, minutes=4)
    reporter = await desk.work.reporters.of(filed.case.id)
    assert (reporter.person, reporter.name, reporter.phone) == (None, "Nguyễn Thị Lan", "0912345678")
    case = await desk.case(filed.case.code)
    an = (await desk.reader(AN)).staff
    assert (case.channel, case.taken_by) == ("phone", an.id)
    assert await my_cases(desk.work, await desk.person(AN)) == []
    (event,) = desk.happened(CaseTaken)
    assert (event.actor, event.channel, event.read_back) == (an.id, "phone", True)
    (call,) = await calls(desk)
    assert (call.minutes, call.at, call.case, call.words, call.read_back) == (
        4, desk.now - timedelta(minutes=4), case.id, "", True,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("channel", "read_back", "in_the_book"),
    [(ByHand.PHONE, True, 1), (ByHand.COUNTER, True, 0), (ByHand.POST, False, 0), (ByHand.EMAIL, False, 0)],
)
async def test_what_is_spoken_is_read_back_and_only_calls_stand_in_the_book_of_calls(desk, channel, read_back, in_the_book):
    await takes(desk, channel)
    assert desk.happened(CaseTaken)[0].read_back is read_back
    assert len(await calls(desk)) == in_the_book


async def test_an_anonymous_caller_leaves_no_name(desk):
    filed = await takes(desk, known_as=KnownAs.ANONYMOUS)
    reporter = await desk.work.reporters.of(filed.case.id)
    assert (reporter.person, reporter.name, reporter.phone) == (None, "", "")


async def test_intake_may_look_up_whom_to_call_and_the_look_is_kept(desk):
    filed = await takes(desk, known_as=KnownAs.CUSTODIAN)
    assert await desk.do(see_reporter, await desk.reader(AN), filed.case.code, "gọi lại", desk.now) == (
        "Nguyễn Thị Lan", "0912345678",
    )  # fmt: skip
    with pytest.raises(Refusal):
        await desk.do(see_reporter, await desk.reader(CHU), filed.case.code, "tò mò", desk.now)


async def test_the_limit_of_a_day_is_not_for_an_officer(desk):
    for number in range(12):
        await takes(desk, nonce=f"d{number}")


async def test_only_intake_takes_cases_notes_calls_and_opens_boxes(desk):
    chu = await desk.reader(CHU)
    for act in (
        take_case(desk.work, chu, Who("webchat", "house", CHU), draft(), Source(ByHand.PHONE), "d1", desk.now),
        note_call(desk.work, chu, "gọi nhầm", None, desk.now),
        open_box(desk.work, chu, "Cổng", 1, 0, 1, desk.now),
        print_again(desk.work, chu, "K7QF-2M4W", desk.now),
    ):
        await refused(act)


async def test_the_pin_of_the_paper_opens_it_for_everybody_but_who_took_it(desk):
    filed = await takes(desk)
    an = (await desk.reader(AN)).staff
    await desk.do(seal_pin, an, filed.case, "482913")
    assert desk.happened(ReceiptPrinted)
    code = filed.case.code
    assert (await with_pin(desk.work, await desk.person("Lan"), code, "482913", desk.now)).id == filed.case.id
    assert (await with_pin(desk.work, await desk.person(BINH), code, "482913", desk.now)).id == filed.case.id
    wrong = await refused(with_pin(desk.work, await desk.person("Hoa"), code, "000000", desk.now))
    assert await refused(with_pin(desk.work, await desk.person(AN), code, "482913", desk.now)) == wrong
    if filed.pin != "482913":
        await refused(with_pin(desk.work, await desk.person("Hoa"), code, filed.pin, desk.now))


async def test_the_job_of_a_receipt_knows_no_pin(desk):
    filed = await takes(desk)
    due = await desk.work.jobs.due(desk.now, 20)
    (payload,) = [payload for _id, kind, _key, payload, _tries in due if kind == PRINT]
    assert set(payload) == {"case", "staff", "once"} and filed.pin not in str(payload)
    an = (await desk.reader(AN)).staff
    assert await may_print(desk.work, an.id, filed.case.id) is not None
    assert await may_print(desk.work, (await desk.reader(CHU)).staff.id, filed.case.id) is None


async def test_no_receipt_is_printed_for_a_case_that_came_by_chat(desk):
    filed = await desk.files()
    assert "came by chat" in await refused(print_again(desk.work, await desk.reader(AN), filed.case.code, desk.now))
    assert await may_print(desk.work, (await desk.reader(AN)).staff.id, filed.case.id) is None


async def test_a_letter_waits_for_the_second_person(desk):
    an, binh = await desk.reader(AN), await desk.reader(BINH)
    opening = await desk.do(open_box, an, "Cổng trụ sở", 2, 1, binh.staff.id, desk.now)
    assert "confirmed by both" in await refused(takes(desk, ByHand.LETTERBOX, opening=opening.id))
    assert await openings_for_letters(desk.work, an, desk.now) == []
    assert "waits for you" in await refused(decide_box(desk.work, an, opening.id, True, desk.now))
    await desk.do(decide_box, binh, opening.id, True, desk.now)
    assert desk.happened(BoxConfirmed)
    filed = await takes(desk, ByHand.LETTERBOX, opening=opening.id)
    (found,) = await openings_for_letters(desk.work, an, desk.now)
    assert found.cases == (filed.case.id,)
    assert "already" in await refused(decide_box(desk.work, binh, opening.id, False, desk.now))


@pytest.mark.parametrize("second", [AN, CHU])
async def test_the_second_person_is_another_one_of_the_same_office(desk, second):
    staff = (await desk.reader(second)).staff
    assert "somebody else" in await refused(open_box(desk.work, await desk.reader(AN), "Cổng", 1, 0, staff.id, desk.now))


@pytest.mark.parametrize(("letters", "unfit"), [(1, 2), (-1, 0), (501, 0)])
async def test_letters_that_cannot_be_are_refused(desk, letters, unfit):
    binh = (await desk.reader(BINH)).staff.id
    await refused(open_box(desk.work, await desk.reader(AN), "Cổng", letters, unfit, binh, desk.now))


async def test_a_call_is_read_back_by_whoever_took_it(desk):
    call = await desk.do(note_call, await desk.reader(AN), "Hỏi giờ làm việc", 3, desk.now)
    await refused(call_read_back(desk.work, await desk.reader(BINH), call.id, desk.now))
    await desk.do(call_read_back, await desk.reader(AN), call.id, desk.now)
    assert (await calls(desk))[0].read_back


@pytest.mark.parametrize(("channel", "seen"), [("letterbox", ""), ("post", ""), ("phone", "c"), ("telegram", "c"), ("", "c")])
async def test_the_picture_of_a_letter_stays_with_intake(desk, channel, seen):
    filed = await desk.files(unit=COUNTER)
    case = replace(await desk.case(filed.case.code), channel=channel, handling_unit=WARD)
    picture = CaseFile(1, "photo", "image/jpeg", 1, "stored", "s", "c", "", desk.now)
    head, intake = (await desk.reader(CHU)).staff, (await desk.reader(AN)).staff
    assert file_for(picture, head, case, desk.units).copy == seen
    assert file_for(picture, intake, case, desk.units).copy == "c"
    assert file_for(picture, head, replace(case, share_files=True), desk.units).copy == "c"
    assert file_for(picture, intake, case, desk.units).store == ""
